//! From an empty folder to results: `host init`, `host build`, `host doctor`.

use crate::support::{Ended, Scratch, guest};

/// Nothing of any toolchain is found.
const NOTHING: [(&str, &str); 2] = [("PATH", "/nowhere"), ("HOST_GUEST_WAY", "a")];

#[test]
fn a_job_in_rust_from_an_empty_folder() {
    let scratch = Scratch::new();
    let begun = scratch.host(["init", "sweep", "--lang", "rust"]).exits(0).stdout();
    insta::assert_snapshot!(begun);
    let built = scratch.host(["build", "sweep", "--quiet"]).exits(0);
    assert_eq!(built.stdout(), "");
    let job = scratch.join("sweep/job.wasm");
    let time = || std::fs::metadata(&job).expect("a component").len();
    let size = time();
    assert!(size > 1000);
    scratch.host(["check", "sweep/job.wasm", "--spec", "sweep/exp.toml"]).exits(0);
    scratch.host(["plan", "sweep"]).exits(0);
    scratch.host(["run", "sweep", "--no-time", "-q"]).exits(0);
    let distance = scratch.host(["show", "sweep/hdf5/sweep.hdf5", "run_00000024.distance"]).exits(0).stdout();
    // Without drag, at 45 degrees: v^2 / g.
    assert!(distance.contains("40.7"), "{distance}");

    // What does not compile says so in the words of its compiler.
    let source = scratch.join("sweep/src/lib.rs");
    let text = std::fs::read_to_string(&source).expect("the source");
    std::fs::write(&source, text.replace("drag: f64", "drag: Drag")).expect("it can be written");
    let failed = scratch.host(["build", "sweep", "--quiet"]).exits(2).stderr();
    assert!(failed.contains("cannot find type `Drag`"), "{failed}");
    assert!(failed.contains("does not compile; `cargo` says why above"), "{failed}");
    std::fs::write(&source, text.replace("unit = \"m/s\"", "unti = \"m/s\"")).expect("it can be written");
    let failed = scratch.host(["build", "sweep", "--quiet"]).exits(2).stderr();
    assert!(failed.contains("error: `#[parameter]` has no `unti`; it has `name`, `unit`,"), "{failed}");
    assert_eq!(failed.matches("\n --> ").count() + failed.matches("\n  --> ").count(), 1, "one error: {failed}");
    std::fs::write(&source, text.replace("speed: f64", "speed: std::time::SystemTime")).expect("it can be written");
    let failed = scratch.host(["build", "sweep", "--quiet"]).exits(2).stderr();
    assert!(failed.contains("`SystemTime` is no type that a manifest can declare"), "{failed}");
    assert_eq!(time(), size, "the component is still the last one that compiled");
}

/// What `host init` writes in C, C++ and Zig builds without a warning, fits its spec and runs; and again after a change, with what
/// is wrong in the words of the compiler.
#[test]
fn jobs_in_c_cpp_and_zig_are_begun_built_and_run() {
    let languages =
        [("c", "job.c", "double x = 0.0"), ("cpp", "job.cpp", "double x = 0.0"), ("zig", "job.zig", "var x: f64 = 0")];
    for (language, source, declaration) in languages {
        let scratch = Scratch::new();
        scratch.host(["init", "ball", "--lang", language]).exits(0);
        let built = scratch.host(["build", "ball"]).exits(0);
        assert_eq!(built.stderr(), "", "{language}");
        scratch.host(["check", "ball/job.wasm", "--spec", "ball/exp.toml"]).exits(0);
        scratch.host(["run", "ball/job.wasm", "--spec", "ball/exp.toml", "--no-time", "-o", "ball.hdf5"]).exits(0);
        let shown = scratch.host(["show", "ball.hdf5", "run_00000000.distance", "--json"]).exits(0).stdout();
        let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
        let distance = shown["results.runs.run_set_00000.run_00000000.distance"]["items"]["distance"].as_f64();
        // Five degrees, 20 m/s, no drag: v² sin(2α) / g.
        let wanted = 20.0_f64.powi(2) * (2.0 * 5.0_f64.to_radians()).sin() / 9.81;
        assert!(distance.is_some_and(|found| (found - wanted).abs() < 0.05), "{language}: {distance:?}, not {wanted}");

        let path = format!("ball/{source}");
        let text = std::fs::read_to_string(scratch.join(&path)).expect("the template has a source");
        scratch.write(&path, text.replace(declaration, &declaration.replacen(" x", "", 1)));
        let refused = scratch.host(["build", "ball"]).exits(2).stderr();
        assert!(refused.contains(&format!("{source}:")) && refused.contains("does not compile"), "{refused}");

        // A folder in which nothing asks for the SDK becomes a program.
        match language {
            "zig" => scratch.write("program/main.zig", "pub fn main() void {}\n"),
            _ => scratch.write(format!("program/{source}"), "int main(void) { return 0; }\n"),
        };
        let built = scratch.host(["build", "program"]).exits(0).stdout();
        assert!(built.contains("program"), "{built}");
    }
}

#[test]
fn the_doctor_says_what_is_missing() {
    let scratch = Scratch::new();
    insta::assert_snapshot!(scratch.host_with(&NOTHING, ["doctor"]).exits(0).stdout());
    scratch.host_with(&NOTHING, ["doctor", "--lang", "rust"]).exits(2);

    let json = scratch.host_with(&NOTHING, ["doctor", "--json"]).exits(0).stdout();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let languages = json["languages"].as_array().expect("a list");
    assert_eq!(languages.len(), 7);
    for language in languages {
        assert!(language["missing"]["commands"].as_array().is_some_and(|ways| !ways.is_empty()), "{language}");
    }

    // Here, the tests of Rust have been compiled.
    scratch.host(["doctor", "--lang", "rust"]).exits(0);
    let json = scratch.host(["doctor", "--json"]).exits(0).stdout();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert!(json["languages"][0]["missing"].is_null(), "{json}");
    assert!(json["languages"][0]["parts"][0]["version"].as_str().is_some_and(|version| version.starts_with("1.")));
}

#[test]
fn refusals() {
    let scratch = Scratch::new();
    let mut said = String::new();
    let mut refused = |what: &str, ended: Ended| {
        said.push_str(&format!("== {what}\n{}", ended.message()));
        assert_ne!(ended.code(), Some(0), "{what}");
    };
    scratch.write("empty/notes.txt", "nothing of any language");
    refused("no source", scratch.host(["build", "empty"]));
    refused("no folder", scratch.host(["build", "nowhere"]));
    scratch.write("both/job.py", "");
    scratch.write("both/job.c", "");
    refused("two languages", scratch.host(["build", "both"]));
    refused("a folder with something in it", scratch.host(["init", "both", "--lang", "rust"]));
    refused("no language", scratch.host(["init", "new"]));
    refused("an unknown language", scratch.host(["init", "new", "--lang", "cobol"]));
    assert!(!scratch.join("new").exists());
    refused("two folders, one file", scratch.host(["build", "both", "empty", "-o", "x.wasm"]));
    scratch.write("rust/Cargo.toml", "[package]\nname = \"x\"\n");
    refused("no toolchain", scratch.host_with(&NOTHING, ["build", "rust"]));
    refused("a text", scratch.host(["build", "empty/notes.txt"]));
    let wat = |text: &str| wat::parse_str(text).expect("a module");
    scratch.write("none.wasm", wat("(module (func (export \"main\")))"));
    refused("a module without `run`", scratch.host(["build", "none.wasm"]));
    scratch.write("other.wasm", wat("(module (memory (export \"memory\") 1) (func (export \"run\") (param i64)))"));
    refused("a `run` of another type", scratch.host(["build", "other.wasm"]));
    scratch.write("foreign.wasm", wat("(module (import \"env\" \"f\" (func)) (func (export \"_start\")))"));
    refused("an import of something else", scratch.host(["build", "foreign.wasm"]));
    scratch.write("broken.wasm", b"\0asm\x01\0\0\0\x01\xff");
    refused("cut off", scratch.host(["build", "broken.wasm"]));
    assert!(!scratch.join("job.wasm").exists());
    insta::assert_snapshot!(said);
}

/// Whatever compiles to a module with the functions of the contract is a job: no bindings are needed for that.
#[test]
fn a_core_module_becomes_a_job() {
    let scratch = Scratch::new();
    let module = r#"(module
        (import "host:exploration/single-run@0.1.0" "v-idx" (func $idx (result i64)))
        (import "host:exploration/single-run@0.1.0" "f-add-result"
            (func $add (param i32 i32 i32 i32 i32 i32 i32)))
        (memory (export "memory") 2)
        (global $heap (mut i32) (i32.const 65536))
        (data (i32.const 16) "z")
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (global.set $heap (i32.add (global.get $heap) (local.get 3)))
            (i32.sub (global.get $heap) (local.get 3)))
        (func (export "run") (param i32 i32 i32 i32) (result i32)
            ;; One item without a name: an integer.
            (i64.store (i32.const 4096) (i64.const 0))
            (i32.store8 (i32.const 4104) (i32.const 0))
            (i32.store8 (i32.const 4112) (i32.const 2))
            (i64.store (i32.const 4120) (i64.mul (call $idx) (i64.const 7)))
            (call $add (i32.const 16) (i32.const 1) (i32.const 4096) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 1024))
            (i32.const 2048)))"#;
    scratch.write("core.wasm", wat::parse_str(module).expect("a module"));
    scratch.host(["build", "core.wasm", "-q"]).exits(0);
    scratch.host(["run", "job.wasm", "-p", "x=1,2,3", "--name", "core", "--no-time", "-q"]).exits(0);
    let z = scratch.host(["show", "hdf5/core.hdf5", "run_00000002.z"]).exits(0).stdout();
    assert!(z.contains("14"), "{z}");
    // A component stays what it is.
    scratch.host(["build", guest("multiply").to_str().expect("text"), "-o", "copy.wasm", "-q"]).exits(0);
    let (copy, original) = (std::fs::read(scratch.join("copy.wasm")), std::fs::read(guest("multiply")));
    assert!(copy.expect("a copy") == original.expect("the guest"));
}
