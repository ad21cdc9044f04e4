//! Explorations that were killed or interrupted go on where they were.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::{Scratch, guest, python};

const SPEC: &str = "spec = 1\n[trajectory]\nname = \"long\"\nadd_time = false\n[environment]\nncores = 2\n";

fn spec(environment: &str) -> String {
    format!("{SPEC}{environment}\n[parameters]\nx = 0\nwork = 100\n[explore.axes]\nx = {{ range = [0, 60] }}\n")
}

/// Starts an exploration and sends `signal` once some of its runs are in the journal.
fn interrupted(scratch: &Scratch, signal: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
    let job = guest("linger").display().to_string();
    command.args(["run", &job, "--spec", "exp.toml", "--quiet"]).current_dir(scratch.path());
    let mut child = command.stdout(Stdio::null()).spawn().expect("the binary starts");
    let journal = scratch.join("hdf5/long.cnt");
    let begin = Instant::now();
    let size = || std::fs::metadata(&journal).map_or(0, |metadata| metadata.len());
    let mut first = 0;
    // Some hundred bytes more than at its beginning are some runs.
    while first == 0 || size() < first + 2000 {
        assert!(begin.elapsed() < Duration::from_secs(60), "no run ends");
        first = if first == 0 { size() } else { first };
        std::thread::sleep(Duration::from_millis(5));
    }
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    child.wait().expect("it ends");
}

/// The same exploration, undisturbed.
fn undisturbed(environment: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.write("exp.toml", spec(environment));
    scratch.host(["run", &guest("linger").display().to_string(), "--spec", "exp.toml", "-q"]).exits(0);
    scratch
}

#[test]
fn what_was_killed_goes_on() {
    for environment in ["", "wrap_mode = \"LOCK\"", "multiproc = false"] {
        let scratch = Scratch::new();
        scratch.write("exp.toml", spec(environment));
        interrupted(&scratch, "-9");
        // Neither starting anew nor starting beside it loses anything.
        let again = scratch.host(["run", &guest("linger").display().to_string(), "--spec", "exp.toml"]).exits(3);
        assert!(again.stderr().contains("long.cnt"), "{}", again.stderr());
        let ended = scratch.host(["resume", "hdf5/long.cnt", "--json"]).exits(0);
        let summary: serde_json::Value = serde_json::from_str(&ended.stdout()).expect("JSON");
        let (kept, ok) = (summary["kept"].as_u64().expect("kept"), summary["ok"].as_u64().expect("ok"));
        assert!(kept > 0 && kept < 60 && ok == 60, "{summary}");
        let other = undisturbed(environment);
        println!("{}", python("check_same_results.py", [scratch.join("hdf5"), other.join("hdf5")]));
        let done = scratch.host(["resume", "hdf5/long.cnt"]).exits(2);
        assert!(done.stderr().contains("nothing to continue"), "{}", done.stderr());
    }
}

#[test]
fn what_was_interrupted_goes_on() {
    let scratch = Scratch::new();
    scratch.write("exp.toml", spec(""));
    interrupted(&scratch, "-INT");
    let runs = scratch.host(["runs", "hdf5/long.hdf5", "--status", "pending"]).exits(0);
    assert!(!runs.stdout().starts_with('0'), "{}", runs.stdout());
    scratch.host(["resume", "hdf5/long.cnt"]).exits(0);
    println!("{}", python("check_same_results.py", [scratch.join("hdf5"), undisturbed("").join("hdf5")]));
    let config = scratch.host(["show", "hdf5/long.hdf5", "config", "--json"]).exits(0).stdout();
    let config: serde_json::Value = serde_json::from_str(&config).expect("JSON");
    let entries = |ending: &str| config.as_object().expect("leaves").keys().filter(|key| key.ends_with(ending)).count();
    assert_eq!((entries(".hexsha"), entries("continued_runs"), entries("normal_runs")), (2, 1, 1), "a node for each");
}

#[test]
fn without_a_journal_there_is_nothing_to_go_on_from() {
    let scratch = undisturbed("continuable = false");
    assert!(!scratch.join("hdf5/long.cnt").exists());
    let mut messages = scratch.host(["resume", "hdf5/long.cnt"]).message();
    messages += &scratch.host(["resume", "hdf5/long.hdf5"]).message();
    scratch.write("cut.cnt", b"HOSTCNT\n");
    messages += &scratch.host(["resume", "cut.cnt"]).message();
    insta::assert_snapshot!(messages);
}
