//! What is refused before anything runs.

use super::*;
use crate::spec::{Access, DirGrant, Grants};

fn refused(wasm: &[u8]) -> String {
    match load(wasm, JobOptions::default()) {
        Ok(_) => "loaded".into(),
        Err(error) => error.to_string(),
    }
}

fn text(component: &str) -> String {
    refused(&wat::parse_str(component).unwrap())
}

#[test]
fn refusals_say_what_and_how_to_get_out() {
    let missing = Job::load(Path::new("/nowhere/job.wasm"), &JobOptions::default()).err().unwrap();
    let interface = |name: &str| text(&format!(r#"(component (import "{name}" (instance)))"#));
    let mut damaged = Guest::new("").component();
    damaged.truncate(damaged.len() / 2);
    assert!(refused(&damaged).starts_with("it does not compile: "));
    let messages = [
        missing.to_string(),
        refused(b""),
        refused(b"(component)"),
        refused(b"#!/bin/sh"),
        refused(&[0x7f, b'E', b'L', b'F', 2]),
        text("(module)"),
        text("(component)"),
        text(
            r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m)) (func (export "wasi:cli/run") (canon lift (core func $i "f"))))"#,
        ),
        text(
            r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m)) (func (export "run") (canon lift (core func $i "f"))))"#,
        ),
        text(
            r#"(component (import "host:exploration/single-run@0.1.0" (instance (export "v-idx" (func (result u32))))) (core module $m (func (export "f"))) (core instance $i (instantiate $m)) (func (export "run") (canon lift (core func $i "f"))))"#,
        ),
        text(
            r#"(component (import "host:exploration/single-run@0.1.9" (instance (export "v-new" (func)))) (core module $m (func (export "f"))) (core instance $i (instantiate $m)) (func (export "run") (canon lift (core func $i "f"))))"#,
        ),
        interface("host:exploration/single-run@0.0.9"),
        interface("host:exploration/single-run@0.2.0"),
        interface("wasi:http/types@0.2.6"),
        interface("wasi:sockets/tcp@0.2.6"),
        interface("my:own/thing"),
    ];
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn a_pin_must_match() {
    let wasm = Guest::new("").component();
    let job = load(&wasm, JobOptions::default()).unwrap();
    let pinned = |sha256: String| load(&wasm, JobOptions { sha256: Some(sha256), ..JobOptions::default() });
    assert!(pinned(job.sha256().to_uppercase()).is_ok());
    assert!(matches!(pinned("9f2c".into()), Err(JobError::HashMismatch { .. })));
    assert_eq!(
        job.imports().collect::<Vec<_>>(),
        ["host:exploration/types@0.1.0", "host:exploration/single-run@0.1.0"]
    );
}

#[test]
fn a_directory_must_exist() {
    let dir = DirGrant::new("/nowhere/data", "/data", Access::Read);
    let grants = Grants { dirs: vec![dir], ..Grants::default() };
    let refused = load(&Guest::new("").component(), JobOptions { grants, ..JobOptions::default() });
    assert!(matches!(refused, Err(JobError::Directory { .. })));
}

#[test]
fn threads_are_refused() {
    let guest = r#"(component (core module $m (memory 1 1 shared) (func (export "f"))) (core instance $i (instantiate $m)) (func (export "run") (canon lift (core func $i "f"))))"#;
    assert!(!text(guest).contains("loaded"), "{}", text(guest));
}
