//! What the verbs print on standard output when all is well.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::{Scratch, example, guest};

/// A small exploration of the first example.
fn explored() -> Scratch {
    let scratch = Scratch::new();
    std::fs::copy(example("01-multiplication"), scratch.join("job.wasm")).expect("components can be copied");
    scratch.write("exp.toml", SPEC);
    scratch.host(["run", "job.wasm", "--spec", "exp.toml"]).exits(0);
    scratch
}

const SPEC: &str = r#"
spec = 1
[trajectory]
name = "small"
comment = "a small one"
add_time = false
[parameters]
x = { value = 1, unit = "m" }
y = 1
[explore.axes]
x = { range = [0, 3] }
y = [10, 20]
"#;

/// Text without what differs from run to run and from compiler to compiler.
fn stable(text: &str) -> String {
    let mut words = Vec::new();
    for line in text.lines() {
        let line = match line.split_once("sha256 ") {
            Some((before, _)) => format!("{before}sha256 [sha256]"),
            None => line.to_owned(),
        };
        words.push(if line.trim_start().starts_with("imports ") { "  imports […]".to_owned() } else { line });
    }
    words.join("\n")
}

#[test]
fn plan_check_ls_show() {
    let scratch = explored();
    let said = |args: &[&str]| stable(&scratch.host(args).exits(0).stdout());
    insta::assert_snapshot!("plan", said(&["plan", "job.wasm", "--spec", "exp.toml", "--limit", "3"]));
    insta::assert_snapshot!("plan_json", said(&["plan", "--spec", "exp.toml", "--limit", "1", "--json"]));
    insta::assert_snapshot!("check", said(&["check", "job.wasm", "--spec", "exp.toml"]));
    let listing = said(&["ls", "hdf5/small.hdf5"]);
    assert!(listing.starts_with("small   6 runs   2"), "{listing}");
    insta::assert_snapshot!("ls_node", said(&["ls", "hdf5/small.hdf5", "parameters"]));
    insta::assert_snapshot!("show_parameter", said(&["show", "hdf5/small.hdf5", "x"]));
    insta::assert_snapshot!("show_run", said(&["show", "hdf5/small.hdf5", "run_00000005"]));
    insta::assert_snapshot!("show_json", said(&["show", "hdf5/small.hdf5", "run_00000005.z", "--json"]));
    insta::assert_snapshot!("help", said(&["--help"]));
}

#[test]
fn runs_are_filtered() {
    let scratch = explored();
    let rows = |args: &[&str]| {
        let args = [&["runs", "hdf5/small.hdf5", "--csv"], args].concat();
        let text = scratch.host(args).exits(0).stdout();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().expect("a head"), vec!["run", "status", "seconds", "seed", "x", "y", "failure"]);
        reader.records().map(|row| row.expect("a row")[0].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(rows(&[]).len(), 6);
    assert_eq!(rows(&["--where", "x=2"]), ["run_00000004", "run_00000005"]);
    assert_eq!(rows(&["--where", "x=2", "--where", "y=20"]), ["run_00000005"]);
    assert_eq!(rows(&["--limit", "1"]), ["run_00000000"]);
    assert!(rows(&["--failed"]).is_empty());
    assert_eq!(rows(&["--status", "ok"]).len(), 6);
    let wrong = scratch.host(["runs", "hdf5/small.hdf5", "--where", "z=1"]).exits(2);
    assert!(wrong.stderr().contains("`z` is not explored; these are: x, y"), "{}", wrong.stderr());
}

#[test]
fn the_schema_and_completions_are_written() {
    let scratch = Scratch::new();
    let schema: serde_json::Value =
        serde_json::from_str(&scratch.host(["schema"]).exits(0).stdout()).expect("the schema is JSON");
    assert!(schema["properties"]["explore"].is_object(), "{schema}");
    for shell in ["bash", "zsh", "fish"] {
        assert!(scratch.host(["completions", shell]).exits(0).stdout().contains("host"));
    }
}

#[test]
fn a_probe_estimates_the_time() {
    let scratch = explored();
    let plan = scratch.host(["plan", "job.wasm", "--spec", "exp.toml", "--probe", "3", "--json"]).exits(0).stdout();
    let plan: serde_json::Value = serde_json::from_str(&plan).expect("JSON");
    assert_eq!(plan["estimate"]["probes"], 3);
    assert_eq!(plan["estimate"]["failed"], 0);
    assert!(plan["estimate"]["seconds_per_run"].as_f64().is_some_and(|seconds| seconds > 0.0 && seconds < 1.0));
}

/// Four good runs, then nothing but loops that end after `timeout`. Sends SIGINT when they have begun, and gives them the
/// time `grace`.
fn interrupted(timeout: &str, grace: &str) -> Scratch {
    let scratch = Scratch::new();
    let modes: Vec<_> = (0..200).map(|i| if i < 4 { "ok" } else { "loop" }).collect();
    let spec = format!(
        "spec = 1\n[trajectory]\nname = \"stopped\"\nadd_time = false\n[environment]\ngrace = {grace:?}\n\
         [parameters]\nmode = \"ok\"\n[explore.axes]\nmode = {modes:?}\n[limits]\ntimeout = \"{timeout}\"\n"
    );
    scratch.write("exp.toml", spec);
    let mut running = Command::new(env!("CARGO_BIN_EXE_host"))
        .args(["run", &guest("misbehave").display().to_string(), "--spec", "exp.toml"])
        .current_dir(scratch.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let part = scratch.join("hdf5/stopped.hdf5.part");
    let begin = Instant::now();
    while !part.exists() && begin.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(1500));
    let kill = Command::new("kill").args(["-INT", &running.id().to_string()]).status().expect("kill runs");
    assert!(kill.success());
    assert_eq!(running.wait().expect("it ends").code(), Some(130));
    assert!(!part.exists(), "the file was completed");
    scratch
}

fn count_of(scratch: &Scratch, status: &str) -> usize {
    let runs = scratch.host(["runs", "hdf5/stopped.hdf5", "--status", status, "--json"]).exits(0).stdout();
    serde_json::from_str::<serde_json::Value>(&runs).expect("JSON").as_array().expect("a list").len()
}

#[test]
fn an_interrupt_finishes_what_runs() {
    // 200 runs that take half a second each cannot end before this.
    let scratch = interrupted("500ms", "1h");
    assert_eq!(count_of(&scratch, "ok"), 4);
    assert!(count_of(&scratch, "timeout") >= 1 && count_of(&scratch, "pending") >= 1);
}

#[test]
fn an_interrupt_abandons_what_takes_longer_and_keeps_the_rest() {
    // Nobody waits an hour for the running ones.
    let scratch = interrupted("1h", "300ms");
    assert_eq!(count_of(&scratch, "ok"), 4);
    assert_eq!(count_of(&scratch, "pending"), 196);
}

#[test]
fn many_in_a_second_get_names_of_their_own() {
    let scratch = Scratch::new();
    let job = guest("multiply").display().to_string();
    for x in ["1", "2", "3"] {
        let x = format!("x={x}");
        scratch.host(["run", &job, "-p", &x, "-p", "y=1", "--name", "loop", "-o", "all.hdf5"]).exits(0);
    }
    let all = scratch.host(["ls", "all.hdf5", "--json"]).exits(0).stdout();
    let all: serde_json::Value = serde_json::from_str(&all).expect("JSON");
    assert_eq!(all.as_array().expect("a list").len(), 3, "{all}");
}

#[test]
fn a_full_standard_output_and_too_many_workers_are_no_panics() {
    let scratch = Scratch::new();
    let job = guest("multiply").display().to_string();
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let ended = Command::new(env!("CARGO_BIN_EXE_host"))
        .args(["run", &job, "-p", "x=1,2", "-p", "y=1", "--json", "-j", "4294967295"])
        .current_dir(scratch.path())
        .stdout(full)
        .output()
        .expect("the binary starts");
    assert_eq!(ended.status.code(), Some(5), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("could not write to standard output"));
}

#[test]
fn a_failed_run_is_shown_with_its_reason() {
    let scratch = Scratch::new();
    let job = guest("misbehave").display().to_string();
    scratch.host(["run", &job, "-p", "mode=trap,ok", "--name", "t", "--no-time", "-o", "t.hdf5"]).exits(1);
    let shown = scratch.host(["show", "t.hdf5", "run_00000000"]).exits(2).stderr();
    assert!(shown.contains("run_00000000 has no results (trap): the job trapped"), "{shown}");
}

#[test]
fn a_file_that_may_not_grow_is_reported() {
    let scratch = Scratch::new();
    let command = format!(
        "export XDG_CACHE_HOME=$PWD/no-cache-yet; ulimit -f 200; exec {} run {} -p x=0..1:5000 -p y=1 --name t --no-time -o t.hdf5",
        env!("CARGO_BIN_EXE_host"),
        guest("multiply").display()
    );
    let ended = Command::new("bash").args(["-c", &command]).current_dir(scratch.path()).output().expect("bash starts");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(5), "{said}");
    assert!(said.contains("t.hdf5"), "{said}");
    assert!(!scratch.join("t.hdf5").exists(), "nothing incomplete takes the name");
}
