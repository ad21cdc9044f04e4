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

#[test]
fn an_interrupt_keeps_what_is_finished() {
    let scratch = Scratch::new();
    let modes: Vec<_> = (0..200).map(|i| if i < 4 { "ok" } else { "loop" }).collect();
    scratch.write("exp.toml", format!(
        "spec = 1\n[trajectory]\nname = \"stopped\"\nadd_time = false\n[parameters]\nmode = \"ok\"\n[explore.axes]\nmode = {modes:?}\n[limits]\ntimeout = \"500ms\"\n"
    ));
    let mut running = Command::new(env!("CARGO_BIN_EXE_host"))
        .args(["run", &guest("misbehave").display().to_string(), "--spec", "exp.toml"])
        .current_dir(scratch.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    // 200 runs that take half a second each cannot end before this.
    let part = scratch.join("hdf5/stopped.hdf5.part");
    let begin = Instant::now();
    while !part.exists() && begin.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(1500));
    let kill = Command::new("kill").args(["-INT", &running.id().to_string()]).status().expect("kill runs");
    assert!(kill.success());
    assert_eq!(running.wait().expect("it ends").code(), Some(130));
    let runs = scratch.host(["runs", "hdf5/stopped.hdf5", "--json"]).exits(0).stdout();
    let runs: serde_json::Value = serde_json::from_str(&runs).expect("JSON");
    let count = |status: &str| runs.as_array().expect("a list").iter().filter(|run| run["status"] == status).count();
    assert_eq!(count("ok"), 4);
    assert!(count("timeout") >= 1 && count("pending") >= 1, "{runs}");
    assert!(!part.exists(), "the file was completed");
}
