//! What people read when something is wrong: exit code, message, place, way out. And that nothing is left behind.

use crate::support::{Scratch, example, guest, repository};

/// Runs `host run` with `spec` and a component, demands that it fails and leaves nothing, and compares the message.
#[track_caller]
fn check_spec(name: &str, component: &std::path::Path, spec: &str) {
    let scratch = Scratch::new();
    scratch.write("exp.toml", spec);
    std::fs::copy(component, scratch.join("job.wasm")).expect("components can be copied");
    let before = scratch.listing();
    let ended = scratch.host(["run", "job.wasm", "--spec", "exp.toml"]);
    assert_ne!(ended.code(), Some(0), "{name} is no mistake");
    // The hash of a component depends on the compiler that built it.
    let (before_hash, after_hash) = ("its sha256 is ", ", but the spec pins");
    let mut message = ended.message();
    if let (Some(start), Some(end)) = (message.find(before_hash), message.find(after_hash)) {
        message.replace_range(start + before_hash.len()..end, "[sha256]");
    }
    insta::assert_snapshot!(name, message);
    assert_eq!(scratch.listing(), before, "{name} left something behind");
}

const HEAD: &str = "spec = 1\n[trajectory]\nname = \"t\"\nadd_time = false\n";

#[test]
fn mistakes_in_a_spec() {
    let multiply = guest("multiply");
    let cases = [
        ("not_toml", "spec = = 1\n".to_owned()),
        ("no_version", "[explore.axes]\nx = [1]\n".to_owned()),
        ("unknown_key", format!("{HEAD}[environment]\nncore = 4\n")),
        ("unknown_section", format!("{HEAD}[enviroment]\nncores = 4\n")),
        ("wrong_type", format!("{HEAD}[environment]\nncores = \"four\"\n")),
        ("planned_for_later", format!("{HEAD}[explore]\nmode = \"sobol\"\n[explore.axes]\nx = [1]\n")),
        ("unknown_value", format!("{HEAD}[explore]\nmode = \"grid\"\n[explore.axes]\nx = [1]\n")),
        ("empty_axis", format!("{HEAD}[explore.axes]\nx = []\n")),
        ("mixed_axis", format!("{HEAD}[explore.axes]\nx = [1, 2, \"three\"]\n")),
        ("nan_among_integers", format!("{HEAD}[explore.axes]\nx = [1, nan]\n")),
        ("unequal_zip", format!("{HEAD}[explore]\nmode = \"zip\"\n[explore.axes]\nx = [1, 2]\ny = [1, 2, 3]\n")),
        (
            "undeclared",
            format!("{HEAD}[parameters]\nx = 1\n\"net.current\" = 2\n[explore.axes]\n\"net.curent\" = [1, 2]\n"),
        ),
        ("reserved_name", format!("{HEAD}[parameters]\n\"net.par\" = 1\n")),
        ("leading_underscore", format!("{HEAD}[parameters]\n_x = 1\n")),
        ("long_name", format!("{HEAD}[parameters]\n{} = 1\n", "x".repeat(128))),
        ("dots", format!("{HEAD}[parameters]\n\"a..b\" = 1\n")),
        ("ambiguous", format!("{HEAD}[parameters]\n\"a.tau\" = 1\n\"b.tau\" = 1\n[explore.axes]\ntau = [1]\n")),
        (
            "same_parameter_twice",
            format!("{HEAD}[parameters]\n\"a.tau\" = 1\n[explore.axes]\ntau = [1]\n\"a.tau\" = [2]\n"),
        ),
        ("value_inside_of_value", format!("{HEAD}[parameters]\n\"a\" = 1\n\"a.tau\" = 1\n")),
        ("infinite_range", format!("{HEAD}[explore.axes]\nx = {{ linspace = [0.0, inf, 3] }}\n")),
        (
            "too_many_points",
            format!("{HEAD}[explore.axes]\nx = {{ range = [0, 1000000] }}\ny = {{ range = [0, 1000000] }}\n"),
        ),
        ("missing_data_file", format!("{HEAD}[explore.axes]\nx = {{ file = \"none.csv\", column = \"x\" }}\n")),
        (
            "missing_directory",
            format!(
                "{HEAD}[capabilities]\ndirs = [{{ host = \"none\", guest = \"/data\" }}]\n[explore.axes]\nx = [1]\n"
            ),
        ),
        ("sha256_mismatch", format!("{HEAD}[job]\nsha256 = \"{}\"\n[explore.axes]\nx = [1]\n", "0".repeat(64))),
        ("date", format!("{HEAD}[parameters]\nx = 2026-01-01\n")),
        ("bad_size", format!("{HEAD}[limits]\nmemory = \"512 potatoes\"\n[explore.axes]\nx = [1]\n")),
    ];
    for (name, spec) in cases {
        check_spec(name, &multiply, &spec);
    }
}

#[test]
fn a_spec_that_contradicts_the_job() {
    let job = example("01-multiplication");
    let cases = [
        ("job_does_not_know", format!("{HEAD}[parameters]\nx = 1\nyy = 2\n")),
        ("job_wants_another_type", format!("{HEAD}[parameters]\nx = \"one\"\n")),
        ("job_wants_integers", format!("{HEAD}[explore.axes]\nx = [0.5, 1.5]\n")),
    ];
    for (name, spec) in cases {
        check_spec(name, &job, &spec);
    }
}

/// Components written as text; each is wrong in one way.
const COMPONENTS: [(&str, &str); 6] = [
    ("core_module", "(module)"),
    (
        "another_world",
        "(component (core module $m (func (export \"f\"))) (core instance $i (instantiate $m)) (func (export \"main\") (canon lift (core func $i \"f\"))))",
    ),
    (
        "older_contract",
        "(component (import \"host:exploration/single-run@0.0.9\" (instance (export \"v-idx\" (func (result u64))))))",
    ),
    ("wants_http", "(component (import \"wasi:http/outgoing-handler@0.2.10\" (instance)))"),
    ("wants_sockets", "(component (import \"wasi:sockets/network@0.2.10\" (instance)))"),
    ("wants_what_nobody_has", "(component (import \"acme:anvil/drop@1.0.0\" (instance (export \"fall\" (func)))))"),
];

#[test]
fn components_that_cannot_be_jobs() {
    let scratch = Scratch::new();
    for (name, text) in COMPONENTS {
        scratch.write(format!("{name}.wasm"), wat::parse_str(text).expect("the text is right"));
    }
    scratch.write("not_wasm.wasm", "I am a text");
    scratch.write("empty.wasm", "");
    let before = scratch.listing();
    let names = COMPONENTS.iter().map(|(name, _)| *name).chain(["not_wasm", "empty", "missing"]);
    for name in names {
        let ended = scratch.host(["run", &format!("{name}.wasm"), "-p", "x=1,2"]);
        assert_ne!(ended.code(), Some(0), "{name} is no job");
        insta::assert_snapshot!(format!("component_{name}"), ended.message());
    }
    assert_eq!(scratch.listing(), before);
}

#[test]
fn mistakes_on_the_command_line() {
    let scratch = Scratch::new();
    let job = guest("multiply").display().to_string();
    let cases: [(&str, &[&str]); 8] = [
        ("no_verb_like_that", &["rnu", "job.wasm"]),
        ("nothing_to_explore", &["run"]),
        ("no_values", &["run", &job, "-p", "x"]),
        ("bad_values", &["run", &job, "-p", "x=0..1"]),
        ("missing_spec", &["run", &job, "--spec", "none.toml"]),
        ("no_component", &["check", "-p", "x=1,2"]),
        ("no_such_file", &["runs", "none.hdf5"]),
        ("bad_name", &["run", &job, "-p", "x=1,2", "--name", "a/b"]),
    ];
    for (name, args) in cases {
        let ended = scratch.host(args);
        insta::assert_snapshot!(
            format!("usage_{name}"),
            ended.message().replace(&repository().display().to_string(), "REPO")
        );
    }
    assert!(scratch.listing().is_empty(), "{:?}", scratch.listing());
}

#[test]
fn files_that_cannot_be_written() {
    let scratch = Scratch::new();
    std::fs::copy(guest("multiply"), scratch.join("job.wasm")).expect("components can be copied");
    let run = |out: &str| {
        scratch.host(["run", "job.wasm", "-p", "x=1,2", "-p", "y=3", "--name", "t", "--no-time", "-o", out])
    };
    scratch.write("text.hdf5", "I am no HDF5 file");
    scratch.write("file", "");

    run("once.hdf5").exits(0);
    let first = std::fs::read(scratch.join("once.hdf5")).expect("the file is there");
    let before = scratch.listing();
    insta::assert_snapshot!("file_holds_that_name", run("once.hdf5").exits(3).message());
    assert_eq!(std::fs::read(scratch.join("once.hdf5")).expect("still there"), first, "a refusal changes nothing");
    insta::assert_snapshot!("file_is_no_hdf5", run("text.hdf5").exits(5).message());
    insta::assert_snapshot!("file_below_a_file", run("file/t.hdf5").exits(5).message());
    insta::assert_snapshot!("file_in_no_directory", run("/proc/none/t.hdf5").exits(5).message());
    assert_eq!(scratch.listing(), before, "a refusal leaves nothing behind");
}
