//! Classes of the user's own: what is refused when they are loaded, and when they are called.

use std::{path::PathBuf, time::Duration};

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::*;
use crate::sandbox::{Class, ClassError, ClassKind, ClassOptions, Classes};
use crate::trajectory::ValueLoader;

/// A class in WAT. It gives back whatever it gets, unless a test says otherwise.
///
/// `(call $echo (local.get 0) (local.get 1))` returns the items of a function, `(call $err at len)` a refusal.
struct ClassGuest {
    name: &'static str,
    kind: u32,
    describe: &'static str,
    store: &'static str,
    load: &'static str,
    text: &'static str,
    imports: &'static str,
    world: &'static str,
}

const ECHO: &str = "(call $echo (local.get 0) (local.get 1))";

impl ClassGuest {
    fn new(name: &'static str) -> Self {
        // Its words are "é[", which is at 512.
        let text = "(call $echo (i32.const 512) (i32.const 3))";
        Self { name, kind: 0, describe: "", store: ECHO, load: ECHO, text, imports: "", world: "" }
    }

    fn component(&self) -> Vec<u8> {
        let Self { name, kind, describe, store, load, text, imports, world } = self;
        let len = name.len() - 2 * name.matches('\\').count();
        let module = format!(
            r#"(module {imports} (memory (export "memory") 2) (global $heap (mut i32) (i32.const 8192))
              (data (i32.const 0) "{name}") (data (i32.const 512) "é[") (data (i32.const 600) "no\0asuch") (data (i32.const 700) "a b")
              (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
                (global.set $heap (i32.add (local.get $at) (local.get 3)))
                (local.get $at))
              (func $echo (param i32 i32) (result i32)
                (i32.store (i32.const 1024) (i32.const 0))
                (i32.store (i32.const 1028) (local.get 0)) (i32.store (i32.const 1032) (local.get 1)) (i32.const 1024))
              (func $err (param i32 i32) (result i32)
                (drop (call $echo (local.get 0) (local.get 1))) (i32.store (i32.const 1024) (i32.const 1)) (i32.const 1024))
              (func $rename (param i32 i32) (result i32)
                (i32.store (local.get 0) (i32.const 700)) (i32.store offset=4 (local.get 0) (i32.const 3))
                (call $echo (local.get 0) (local.get 1)))
              (func $dive (result i32) (i32.add (call $dive) (i32.const 1)))
              (func (export "describe") (result i32) {describe}
                (i32.store (i32.const 2048) (i32.const 0)) (i32.store (i32.const 2052) (i32.const {len}))
                (i32.store (i32.const 2056) (i32.const {kind}))
                (i32.store (i32.const 2060) (i32.const 512)) (i32.store (i32.const 2064) (i32.const 3)) (i32.const 2048))
              (func (export "store-values") (param i32 i32) (result i32) {store})
              (func (export "load-values") (param i32 i32) (result i32) {load})
              (func (export "value-to-str") (param i32 i32) (result i32) {text}))"#
        );
        let mut resolve = Resolve::default();
        resolve.push_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit")).unwrap();
        let world =
            format!("package test:guest; world guest {{ include host:exploration/custom-class@0.1.0; {world} }}");
        let package = resolve.push_str("guest.wit", &world).unwrap();
        let world = resolve.select_world(&[package], Some("guest")).unwrap();
        let mut module = wat::parse_str(module).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap()
    }
}

fn limits(change: impl FnOnce(&mut Limits)) -> ClassOptions {
    let mut options = ClassOptions::default();
    change(&mut options.limits);
    options
}

/// Components in a folder, with a cache of their own.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, file: &str, wasm: &[u8]) -> PathBuf {
        let path = self.0.path().join(file);
        std::fs::write(&path, wasm).unwrap();
        path
    }

    fn load(&self, files: &[PathBuf], options: ClassOptions) -> Result<Classes, ClassError> {
        Classes::load(files, &ClassOptions { cache: Some(self.0.path().join("cache")), ..options })
    }

    /// The message without the name of the folder.
    fn message(&self, error: &dyn std::fmt::Display) -> String {
        error.to_string().replace(&format!("{}/", self.0.path().display()), "")
    }

    fn refusal(&self, wasm: &[u8]) -> String {
        let loaded = self.load(&[self.put("class.wasm", wasm)], ClassOptions::default());
        self.message(&loaded.expect_err("a class that is refused"))
    }
}

#[test]
fn classes_that_cannot_be_loaded() {
    let folder = Folder::new();
    let guest = ClassGuest::new;
    let other_type = r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f"))) (export "describe" (func $f)) (export "store-values" (func $f))
        (export "load-values" (func $f)) (export "value-to-str" (func $f)))"#;
    let sees_runs = ClassGuest {
        world: "import host:exploration/single-run@0.1.0;",
        imports: r#"(import "host:exploration/single-run@0.1.0" "v-seed" (func (result i64)))"#,
        ..guest("Seeing")
    };
    let missing = folder.load(&[folder.0.path().join("none.wasm")], ClassOptions::default()).unwrap_err();
    let mut messages = vec![
        folder.message(&missing),
        folder.refusal(b"I am a text"),
        folder.refusal(&wat::parse_str("(module)").unwrap()),
        folder.refusal(&wat::parse_str("(component)").unwrap()),
        folder.refusal(&Guest::new("").component()),
        folder.refusal(&wat::parse_str(other_type).unwrap()),
        folder.refusal(&sees_runs.component()),
        folder.refusal(&ClassGuest { describe: "unreachable", ..guest("Trapping") }.component()),
    ];
    for name in ["", "Parameter", "SharedResult", "a-b", "1st", "_Own", "lambda", "a\\1b[b"] {
        messages.push(folder.refusal(&guest(name).component()));
    }
    let looping = ClassGuest { describe: "(loop $l (br $l))", ..guest("Looping") }.component();
    let looping = folder
        .load(&[folder.put("class.wasm", &looping)], limits(|limits| limits.timeout = Some(Duration::from_millis(50))));
    messages.push(folder.message(&looping.unwrap_err()));
    let [first, second] = ["first.wasm", "second.wasm"].map(|file| folder.put(file, &guest("Same").component()));
    messages.push(folder.message(&folder.load(&[first, second], ClassOptions::default()).unwrap_err()));
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn a_class_says_who_it_is() {
    let folder = Folder::new();
    let wasm = ClassGuest { kind: 1, ..ClassGuest::new("Own_1") }.component();
    let classes = folder.load(&[folder.put("class.wasm", &wasm)], ClassOptions::default()).unwrap();
    let class: &Class = classes.get("Own_1").unwrap();
    assert_eq!((class.kind(), class.comment(), class.sha256().len()), (ClassKind::Result, "é[", 64));
    assert_eq!(format!("{class:?}").split(',').next(), Some("Class { name: \"Own_1\""));
    let entries: Vec<_> = classes
        .entries()
        .map(|(name, text, comment)| {
            format!("{name} = {} # {comment}", folder.message(&text).replace(class.sha256(), "[sha256]"))
        })
        .collect();
    insta::assert_snapshot!(entries.join("\n"));
}

/// A trajectory with one parameter of the class.
fn of_class(class: &str, value: Value) -> Trajectory {
    let mut trajectory = Trajectory::new("t").unwrap();
    trajectory.f_add_parameter("a.b", value, "").unwrap().class = Some(class.into());
    trajectory
}

/// What comes of a parameter of the class that `guest` is.
fn kept(guest: &ClassGuest, value: Value, options: ClassOptions) -> Result<Trajectory, String> {
    let folder = Folder::new();
    let classes = folder.load(&[folder.put("class.wasm", &guest.component())], options).unwrap();
    let mut trajectory = of_class(guest.name, value);
    classes.prepare(&mut trajectory).map_err(|error| folder.message(&error))?;
    Ok(trajectory)
}

#[test]
fn values_come_back_bit_for_bit() {
    let array = Array::new(vec![2, 2], ArrayData::Float64(vec![-0.0, f64::NAN, 1.0, f64::INFINITY])).unwrap();
    let table = crate::trajectory::Table::new(vec![("t".into(), Array::flat(ArrayData::Int8(vec![1])).unwrap())]);
    let values = [
        Value::None,
        Value::Float(-0.0),
        // The sign of NaN has no meaning, and guests cannot keep it.
        Value::Float(-f64::NAN),
        Value::Text("ü".into()),
        Value::Array(array),
        Value::Table(table.unwrap()),
    ];
    for value in values {
        let trajectory = kept(&ClassGuest::new("Echo"), value.clone(), ClassOptions::default()).unwrap();
        let parameter = trajectory.parameters().values().next().unwrap();
        let stored = parameter.stored.as_ref().unwrap();
        assert_eq!(stored.default[0].1.repr(99), value.repr(99));
        assert_eq!((stored.default[0].0.as_str(), stored.summary.as_str()), ("data", "é["));
    }
}

#[test]
fn explored_values_are_stored_too() {
    let folder = Folder::new();
    let path = folder.put("class.wasm", &ClassGuest::new("Echo").component());
    let classes = folder.load(&[path], ClassOptions::default()).unwrap();
    let mut trajectory = of_class("Echo", Value::Int(0));
    trajectory.f_explore([("a.b", Axis::integers(3, 6, 1).unwrap())], Combine::Zip).unwrap();
    let seeds = |t: &Trajectory| t.runs().map(|run| t.seed(run)).collect::<Vec<_>>();
    let before = seeds(&trajectory);
    classes.prepare(&mut trajectory).unwrap();
    assert_eq!(seeds(&trajectory), before, "a class changes no seed");
    let stored = trajectory.parameters().values().next().unwrap().stored.clone().unwrap();
    assert_eq!(stored.explored.iter().map(|items| items[0].1.clone()).collect::<Vec<_>>(), [3, 4, 5].map(Value::Int));
    assert_eq!(stored.explored_summaries, ["é["; 3]);
    trajectory.f_explore([("a.b", Axis::integers(0, 9, 1).unwrap())], Combine::Zip).unwrap();
    assert_eq!(trajectory.parameters().values().next().unwrap().stored, None, "it belonged to other values");
}

#[test]
fn classes_that_do_wrong() {
    let guest = || ClassGuest::new("Wrong");
    let guests = [
        ClassGuest { store: "unreachable", ..guest() },
        ClassGuest { store: "(call $err (i32.const 600) (i32.const 7))", ..guest() },
        ClassGuest { store: "(call $echo (i32.const 0) (i32.const 0))", ..guest() },
        ClassGuest { store: "(call $rename (local.get 0) (local.get 1))", ..guest() },
        ClassGuest { store: "(call $echo (local.get 0) (i32.const 0x7fffffff))", ..guest() },
        ClassGuest { store: "(drop (memory.grow (i32.const 100))) (i32.const 0)", ..guest() },
        ClassGuest { load: "unreachable", ..guest() },
        ClassGuest { load: "(call $err (i32.const 600) (i32.const 7))", ..guest() },
        // The lowest bit of the number.
        ClassGuest {
            load: "(i64.store8 offset=24 (local.get 0) (i64.const 1)) (call $echo (local.get 0) (local.get 1))",
            ..guest()
        },
        ClassGuest { text: "unreachable", ..guest() },
        ClassGuest { text: "(call $err (i32.const 600) (i32.const 7))", ..guest() },
        ClassGuest { store: "(loop $l (br $l)) unreachable", ..guest() },
        ClassGuest { text: "(loop $l (br $l)) unreachable", ..guest() },
    ];
    let options = || {
        limits(|limits| {
            limits.timeout = Some(Duration::from_millis(200));
            limits.memory = 1 << 20;
        })
    };
    let wrong = |guest: ClassGuest| kept(&guest, Value::Float(2.0), options()).expect_err("it is wrong");
    let messages = guests.map(wrong);
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn a_class_that_cannot_read_says_why() {
    let folder = Folder::new();
    let wasm = ClassGuest { load: "(call $err (i32.const 600) (i32.const 7))", ..ClassGuest::new("Own") }.component();
    let classes = folder.load(&[folder.put("class.wasm", &wasm)], ClassOptions::default()).unwrap();
    let items = [(NodePath::new("x").unwrap(), Value::Int(1))];
    assert_eq!(classes.values("Other", "parameters.x", &items), None);
    let refused = classes.values("Own", "parameters.x", &items).unwrap().unwrap_err();
    insta::assert_snapshot!(refused);
}

#[test]
fn fuel_and_returned_data_are_limited() {
    let looping = ClassGuest { store: "(loop $l (br $l)) unreachable", ..ClassGuest::new("Looping") };
    let fuel = kept(&looping, Value::Int(1), limits(|limits| limits.fuel = Some(10_000))).unwrap_err();
    // A text of two megabytes, where 64 KiB and the overhead of a call are allowed.
    let large = ClassGuest {
        text: "(drop (memory.grow (i32.const 32))) (call $echo (i32.const 0) (i32.const 0x200000))",
        ..ClassGuest::new("Large")
    };
    let returned = kept(&large, Value::Int(1), limits(|limits| limits.results = 64 << 10)).unwrap_err();
    insta::assert_snapshot!(format!("{fuel}\n{returned}"));
}

#[test]
fn parameters_of_unknown_classes() {
    let folder = Folder::new();
    let guests = [ClassGuest { kind: 1, ..ClassGuest::new("OfResults") }, ClassGuest::new("OfParameters")];
    let files = guests.map(|guest| folder.put(&format!("{}.wasm", guest.name), &guest.component()));
    let classes = folder.load(&files, ClassOptions::default()).unwrap();
    let refusal =
        |classes: &Classes, class| classes.prepare(&mut of_class(class, Value::Int(1))).unwrap_err().to_string();
    let messages = [
        refusal(&Classes::default(), "OfParameter"),
        refusal(&classes, "OfParameter"),
        refusal(&classes, "OfResults"),
        refusal(&classes, "SparseParameter"),
    ];
    insta::assert_snapshot!(messages.join("\n"));
    for built_in in ["ArrayParameter", "Parameter"] {
        classes.prepare(&mut of_class(built_in, Value::Int(1))).unwrap();
    }
}

/// A job that calls the class `Deep` from so many calls inside of one another, and returns the refusal.
fn diving(depth: u32) -> Guest {
    let items = "(i64.store (i32.const 4096) (i64.const 0)) (i32.store8 (i32.const 4104) (i32.const 0))
        (i32.store8 (i32.const 4112) (i32.const 3)) (f64.store (i32.const 4120) (f64.const 1))";
    let body =
        format!("{items} (call $dive (i32.const {depth})) (return (call $refused (i32.load8_u (i32.const 1024))))");
    let add =
        "(call $add_as (i32.const 60000) (i32.const 4) (i32.const 60004) (i32.const 1) (i32.const 4096) (i32.const 1)
        (i32.const 0) (i32.const 0) (i32.const 1024))";
    Guest::new(&body).with(&format!(
        r#"(import "host:exploration/single-run@0.1.0" "f-add-result-as" (func $add_as (param i32 i32 i32 i32 i32 i32 i32 i32 i32)))
        (data (i32.const 60000) "Deepz")
        (func $dive (param i32) (if (local.get 0) (then (call $dive (i32.sub (local.get 0) (i32.const 1)))) (else {add})))"#
    ))
}

#[test]
fn a_class_has_its_own_stack_however_deep_the_job_is() {
    let folder = Folder::new();
    let deep = ClassGuest { kind: 1, store: "(call $dive)", ..ClassGuest::new("Deep") }.component();
    let small = |limits: &mut Limits| limits.stack = 128 << 10;
    let classes = folder.load(&[folder.put("class.wasm", &deep)], limits(small)).unwrap();
    let mut seen = [0, 0];
    for depth in (0..6000).step_by(250) {
        let options = JobOptions { classes: classes.clone(), ..limited(small) };
        match outcome(&diving(depth), options) {
            Err(RunFailure::Error(text)) => {
                let words = "the class `Deep` cannot keep `results.runs.run_set_00000.run_00000000.z`: its \
                             `store-values` used up the stack of 131072 bytes ([limits] stack)";
                assert_eq!(text, words);
                seen[0] += 1;
            }
            Err(RunFailure::Stack { .. }) => seen[1] += 1,
            other => panic!("{depth}: {other:?}"),
        }
    }
    assert!(seen.iter().all(|&n| n > 2), "both ends of the stack were met: {seen:?}");
}

#[test]
fn a_class_ends_with_its_run() {
    let folder = Folder::new();
    let wasm = ClassGuest { kind: 1, store: "(loop $l (br $l)) unreachable", ..ClassGuest::new("Deep") }.component();
    // It may take as long as it likes by itself.
    let classes = folder.load(&[folder.put("class.wasm", &wasm)], limits(|limits| limits.timeout = None)).unwrap();
    let limit = Duration::from_millis(50);
    let options = JobOptions { classes, ..limited(|limits| limits.timeout = Some(limit)) };
    assert_eq!(outcome(&diving(0), options), Err(RunFailure::Timeout { limit }));
    assert!(
        matches!(outcome(&diving(0), JobOptions::default()), Err(RunFailure::Error(text)) if text.starts_with("there is no class `Deep`"))
    );
}
