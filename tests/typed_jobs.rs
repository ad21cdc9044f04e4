//! Jobs in Rust whose parameters and results are structs, and jobs without the standard library: `tests/guests/typed` and
//! `tests/guests/bare`.

use std::fmt::Write;

use host::{
    sandbox::{Job, JobOptions},
    storage,
    trajectory::Value,
};

use crate::support::{Scratch, guest};

/// A file whose only trajectory explores what goes wrong.
fn explored(scratch: &Scratch, job: &str, spec: &str, code: i32) {
    scratch.write("exp.toml", spec);
    scratch.host(["run", &guest(job).display().to_string(), "--spec", "exp.toml", "-o", "exp.hdf5", "-q"]).exits(code);
}

/// How every run has ended, with the value that was explored.
fn ended(scratch: &Scratch) -> String {
    let runs = scratch.host(["runs", "exp.hdf5", "--json"]).exits(0).stdout();
    let runs: serde_json::Value = serde_json::from_str(&runs).expect("JSON");
    let mut said = String::new();
    for run in runs.as_array().expect("a list") {
        let explored = run["parameters"].as_object().and_then(|parameters| parameters.values().next());
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let explored = explored.map(text).unwrap_or_default();
        writeln!(said, "{explored}: {}: {}", text(&run["status"]), text(&run["failure"])).expect("text grows");
    }
    said
}

#[test]
fn the_manifest_follows_from_the_structs() {
    let manifest = Job::load(&guest("typed"), &JobOptions::default()).and_then(|job| job.manifest());
    insta::assert_snapshot!(format!("{:#?}", manifest.expect("a job").expect("it describes itself")));
}

#[test]
fn structs_are_read_and_added() {
    let scratch = Scratch::new();
    explored(&scratch, "typed", TYPED, 1);
    insta::assert_snapshot!(ended(&scratch));

    insta::assert_snapshot!(scratch.host(["show", "exp.hdf5", "run_00000000"]).exits(0).stdout());
    insta::assert_snapshot!(scratch.host(["show", "exp.hdf5", "parameters"]).exits(0).stdout());
    insta::assert_snapshot!(scratch.host(["show", "exp.hdf5", "derived_parameters"]).exits(0).stdout());
}

/// What is `None` is not there, and no other run misses what it has.
#[test]
fn what_is_none_is_not_added() {
    let scratch = Scratch::new();
    let spec =
        "spec = 1\n[trajectory]\nname = \"typed\"\nadd_time = false\n[explore.axes]\n\"neuron.v_th\" = [3.0, 5.0]\n";
    explored(&scratch, "typed", spec, 0);
    let reader = storage::open(&scratch.join("exp.hdf5")).expect("the file opens");
    let leaf = |run: u64, name: &str| {
        reader.leaf("typed", &format!("results.runs.run_set_00000.run_{run:08}.{name}")).ok().map(|leaf| leaf.items)
    };
    let names = |run| leaf(run, "spikes").expect("spikes").into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert!(leaf(0, "trace").is_some() && leaf(1, "trace").is_none());
    assert_eq!(names(0), ["times", "count", "late"]);
    assert_eq!(names(1), ["times", "count"]);
    assert_eq!(leaf(1, "rate").expect("a rate")[0].1, Value::Float(0.0));
}

/// Before anything runs: what the structs ask for is what a spec is checked against.
#[test]
fn specs_are_checked_against_the_structs() {
    let scratch = Scratch::new();
    let job = guest("typed").display().to_string();
    let mut said = String::new();
    let mut refused = |params: &[&str]| {
        let params = params.iter().flat_map(|param| ["-p", param]);
        let ended = scratch.host(["check", job.as_str()].into_iter().chain(params));
        assert_eq!(ended.code(), Some(2), "{}", ended.stdout());
        writeln!(said, "{}", ended.message().replace(&job, "job.wasm")).expect("text grows");
    };
    refused(&[]);
    refused(&["neuron.v_th=high"]);
    refused(&["neuron.v_th=3", "neuron.tau=20"]);
    refused(&["neuron.v_th=3", "neuron.cells=0"]);
    refused(&["neuron.v_th=3", "neuron.cells=2.5"]);
    refused(&["neuron.v_th=3", "neuron.input.mod=direct"]);
    insta::assert_snapshot!(said);
    // Which texts are a choice, only the run knows.
    let run =
        scratch.host(["run", &job, "-p", "neuron.v_th=3", "-p", "neuron.input.mode=warp", "-q", "-o", "exp.hdf5"]);
    let failure = run.exits(1).stdout();
    let message = "`neuron.input.mode` is the text \"warp\", not \"direct\" or \"through_synapse\"";
    assert!(failure.contains(message), "{failure}");
}

/// Without the standard library: results, memory beyond what a job begins with, and every way to fail with its reason.
#[test]
fn jobs_run_without_the_standard_library() {
    let scratch = Scratch::new();
    explored(&scratch, "bare", BARE, 1);
    let mut said: Vec<String> = ended(&scratch)
        .lines()
        // How much was wanted besides what the job asks for is up to the linker.
        .map(|line| match line.split_once(" wanted ") {
            Some((before, after)) => {
                format!("{before} wanted [n]{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
            }
            None => line.to_owned(),
        })
        .collect();
    // Most of a long message is told, and no character is cut in two.
    let long = said.remove(5);
    let told = long.strip_prefix("long: panic: the job panicked: ").expect("it panicked").chars();
    assert!(told.clone().take_while(|&c| c == 'ä').count() > 100, "{long}");
    assert!(!long.contains('\u{fffd}'), "{long}");
    insta::assert_snapshot!(said.join("\n"));
    let shown = scratch.host(["show", "exp.hdf5", "run_00000001"]).exits(0).stdout();
    insta::assert_snapshot!(shown);
    // Nothing of one run is left in another, and the numbers follow from the seed.
    let run = |run: &str| scratch.host(["show", "exp.hdf5", &format!("{run}.z")]).exits(0).stdout();
    assert_eq!(run("run_00000000").split_once('\n').map(|(_, z)| z.to_owned()), Some("  4.0   (real)\n".to_owned()));
}

/// A component without the standard library asks the host for nothing but its contract, whatever it was built for.
#[test]
fn jobs_without_the_standard_library_import_no_wasi() {
    let job = Job::load(&guest("bare"), &JobOptions::default()).expect("a job");
    let foreign: Vec<&str> = job.imports().filter(|import| !import.starts_with("host:exploration/")).collect();
    assert_eq!(foreign, Vec::<&str>::new());
}

const TYPED: &str = r#"
spec = 1
[trajectory]
name = "typed"
add_time = false
[parameters]
"neuron.v_th" = 3.0
"neuron.label" = "a label"
[explore.axes]
wrong = ["nothing", "ragged", "beyond", "group", "missing", "result", "warp"]
"#;

const BARE: &str = r#"
spec = 1
[trajectory]
name = "bare"
add_time = false
[parameters]
x = 2.0
[explore.axes]
what = ["nothing", "memory", "error", "panic", "index", "long", "too much"]
[limits]
memory = "64MiB"
"#;
