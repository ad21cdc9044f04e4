//! [`without_debug_info`]: a module as it is, but for what debuggers read.

use wasmparser::{Parser, Payload};

use super::ComponentError;

/// The same module without the sections of DWARF. The names of functions stay, so that a trap can tell where it happened:
/// linkers drop both or keep both.
///
/// # Errors
/// It is no module.
pub(super) fn without_debug_info(module: &[u8]) -> Result<Vec<u8>, ComponentError> {
    const HEADER: usize = 8;
    let mut kept = module.get(..HEADER).unwrap_or_default().to_vec();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.map_err(|error| ComponentError::NotWasm { why: error.message().to_owned() })?;
        if matches!(&payload, Payload::CustomSection(section) if section.name().starts_with(".debug_")) {
            continue;
        }
        if let Some((kind, range)) = payload.as_section() {
            // It was read from these bytes.
            let content = &module[range.start as usize..range.end as usize];
            kept.push(kind);
            put_length(content.len(), &mut kept);
            kept.extend_from_slice(content);
        }
    }
    Ok(kept)
}

/// A length as modules have it: seven bits in each byte, the lowest first.
fn put_length(mut length: usize, into: &mut Vec<u8>) {
    while length >= 0x80 {
        into.push(length as u8 | 0x80);
        length >>= 7;
    }
    into.push(length as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_stays_but_debug_info() {
        let text = |between: &str| {
            format!(
                r#"(module (@custom "producers" (before first) "clang") (func $named (export "run") (result i32) i32.const 7)
                    {between} (memory 1) (data (i32.const 0) "{}"))"#,
                "many bytes ".repeat(30)
            )
        };
        let dwarf = r#"(@custom ".debug_info" "where") (@custom ".debug_line" (after data) "lines")"#;
        let plain = wat::parse_str(text("")).unwrap();
        let with = wat::parse_str(text(dwarf)).unwrap();
        assert!(with.len() > plain.len());
        assert_eq!(without_debug_info(&with).unwrap(), plain);
        assert_eq!(without_debug_info(&plain).unwrap(), plain);
        assert!(plain.windows(5).any(|bytes| bytes == b"named"));
        assert!(without_debug_info(b"\0asm").is_err());
    }
}
