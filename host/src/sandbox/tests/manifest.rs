//! What a job says of itself.

use super::*;
use crate::spec::DeclaredType;

/// `describe` with one parameter, whose fields begin at 4096, and whatever `body` stores.
fn described(body: &str) -> Result<Option<crate::spec::Manifest>, JobError> {
    // manifest: comment (0), option<list> (8: case, 12: address, 16: length), results (20, 24).
    let describe = format!(
        r#"(func (export "describe") (result i32)
             (i32.store8 (i32.const 3008) (i32.const 1))
             (i32.store (i32.const 3012) (i32.const 4096))
             (i32.store (i32.const 3016) (i32.const 1))
             (i32.store (i32.const 4096) (i32.const 60000))
             (i32.store (i32.const 4100) (i32.const 3))
             {body}
             (i32.const 3000))
           (data (i32.const 60000) "tau")"#
    );
    load(&Guest::new("").described().with(&describe).component(), JobOptions::default()).unwrap().manifest()
}

#[test]
fn a_job_need_not_describe_itself() {
    assert_eq!(load(&Guest::new("").component(), JobOptions::default()).unwrap().manifest().unwrap(), None);
}

#[test]
fn a_description_is_checked() {
    let manifest = described("(i32.store8 (i32.const 4104) (i32.const 2))").unwrap().unwrap();
    let parameter = &manifest.parameters.unwrap()[0];
    assert_eq!((parameter.name.as_str(), parameter.value_type), ("tau", DeclaredType::Real));
    assert_eq!((&parameter.default, parameter.minimum), (&None, None));

    let bad_name = described("(i32.store8 (i32.const 60000) (i32.const 32))").unwrap_err();
    assert!(matches!(&bad_name, JobError::Manifest { what: "parameter", .. }), "{bad_name}");
    let lost = described(r#"(drop (call $v_idx))"#).unwrap_err();
    assert!(lost.to_string().contains("`v-idx` was called in `describe`"), "{lost}");
    let refused = described(
        r#"(drop (i32.div_u (i32.const 1) (i32.and (call $get (i32.const 60000) (i32.const 3)) (i32.eq (i32.load8_u (i32.const 1032)) (i32.const 3)))))"#,
    );
    assert!(refused.is_ok(), "f-get refuses as not-visible: {refused:?}");
}
