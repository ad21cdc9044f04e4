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

/// Four runs into `hdf5/four.hdf5`, or into the file that is named.
fn four(scratch: &Scratch, x: &str, extra: &[&str]) -> crate::support::Ended {
    scratch.write(
        "four.toml",
        format!(
            "spec = 1\n[trajectory]\nname = \"four\"\nadd_time = false\n[parameters]\nx = 0\nwork = 0\n[explore.axes]\nx = {x}\n"
        ),
    );
    let job = guest("linger").display().to_string();
    scratch.host(["run", &job, "--spec", "four.toml", "-q"].iter().chain(extra))
}

#[test]
fn a_refused_exploration_leaves_everything_as_it_is() {
    let scratch = Scratch::new();
    four(&scratch, "[0, 1, 2, 3]", &[]).exits(0);
    let before = std::fs::read(scratch.join("hdf5/four.cnt")).expect("a journal");
    let refused = four(&scratch, "[0, 1]", &[]).exits(3);
    assert!(!refused.stderr().contains("resume"), "{}", refused.stderr());
    assert_eq!(std::fs::read(scratch.join("hdf5/four.cnt")).expect("a journal"), before);
    scratch.host(["resume", "hdf5/four.cnt"]).exits(2);
    assert!(scratch.host(["runs", "hdf5/four.hdf5"]).exits(0).stdout().contains("4 of 4 runs"));
}

#[test]
fn a_journal_belongs_to_its_file_and_its_exploration() {
    let scratch = Scratch::new();
    scratch.write("exp.toml", spec(""));
    interrupted(&scratch, "-9");
    // Another file in the same folder does not take the place of what was not finished.
    let text = spec("").replace("[environment]\n", "[environment]\nfilename = \"hdf5/other.hdf5\"\n");
    scratch.write("other.toml", text);
    let job = guest("linger").display().to_string();
    let refused = scratch.host(["run", &job, "--spec", "other.toml", "--overwrite", "-q"]).exits(3);
    assert!(refused.stderr().contains("host resume"), "{}", refused.stderr());

    // Somebody has stored another trajectory of this name meanwhile: it stays.
    std::fs::rename(scratch.join("hdf5/long.cnt"), scratch.join("kept.cnt")).expect("a journal");
    scratch.write("short.toml", spec("").replace("[0, 60]", "[0, 3]").replace("work = 100", "work = 0"));
    scratch.host(["run", &job, "--spec", "short.toml", "-q"]).exits(0);
    let refused = scratch.host(["resume", "kept.cnt"]).exits(3);
    assert!(refused.stderr().contains("holds another trajectory `long`"), "{}", refused.stderr());
    assert!(scratch.host(["runs", "hdf5/long.hdf5"]).exits(0).stdout().contains("3 of 3 runs"));

    // And another job is told from the one it began with.
    std::fs::remove_file(scratch.join("hdf5/long.hdf5")).expect("a file");
    scratch.host(["resume", "kept.cnt", "-q"]).exits(0);
    assert!(scratch.host(["runs", "hdf5/long.hdf5"]).exits(0).stdout().contains("60 of 60 runs"));
}

#[test]
fn another_job_is_refused() {
    let scratch = Scratch::new();
    std::fs::copy(guest("linger"), scratch.join("job.wasm")).expect("components can be copied");
    scratch.write("exp.toml", spec("").replace("[parameters]", "[job]\ncomponent = \"job.wasm\"\n[parameters]"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_host"))
        .args(["run", "--spec", "exp.toml", "-q"])
        .current_dir(scratch.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let begin = Instant::now();
    while !scratch.join("hdf5/long.cnt").exists() {
        assert!(begin.elapsed() < Duration::from_secs(60), "it does not begin");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(200));
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    std::fs::copy(guest("multiply"), scratch.join("job.wasm")).expect("components can be copied");
    let refused = scratch.host(["resume", "hdf5/long.cnt"]).exits(3);
    assert!(refused.stderr().contains("another component than the one"), "{}", refused.stderr());
}
