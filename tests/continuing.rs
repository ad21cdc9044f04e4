//! Explorations that were killed or interrupted go on where they were.

use std::{
    path::Path,
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
    kill_when_begun(command, &scratch.join("hdf5/long.cnt"), signal);
}

/// Starts it, and sends `signal` once some runs are in the journal.
fn kill_when_begun(mut command: Command, journal: &Path, signal: &str) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts");
    wait_until_begun(journal);
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    child.wait().expect("it ends");
}

/// Waits until some runs are in the journal.
fn wait_until_begun(journal: &Path) {
    let begin = Instant::now();
    let size = || std::fs::metadata(journal).map_or(0, |metadata| metadata.len());
    let mut first = 0;
    // Some hundred bytes more than at its beginning are some runs.
    while first == 0 || size() < first + 800 {
        assert!(begin.elapsed() < Duration::from_secs(60), "no run ends");
        first = if first == 0 { size() } else { first };
        std::thread::sleep(Duration::from_millis(5));
    }
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
        // Doing it once more changes nothing.
        let before = std::fs::read(scratch.join("hdf5/long.hdf5")).expect("a file");
        for file in ["hdf5/long.cnt", "hdf5/long.hdf5"] {
            let done = scratch.host(["resume", file]).exits(0);
            assert!(done.stdout().contains("60 ok; nothing is left to run"), "{}", done.stdout());
        }
        assert_eq!(std::fs::read(scratch.join("hdf5/long.hdf5")).expect("a file"), before);
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
    scratch.host(["resume", "hdf5/four.cnt"]).exits(0);
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

/// A folder with job, spec and an exploration that was killed.
fn killed_with_its_job(environment: &str) -> Scratch {
    let scratch = Scratch::new();
    let project = scratch.join("project");
    std::fs::create_dir(&project).expect("folders can be made");
    std::fs::copy(guest("linger"), project.join("job.wasm")).expect("components can be copied");
    let text = spec(environment).replace("[parameters]", "[job]\ncomponent = \"job.wasm\"\n[parameters]");
    scratch.write("project/exp.toml", text);
    let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
    command.args(["run", "--spec", "project/exp.toml", "-q"]).current_dir(scratch.path());
    kill_when_begun(command, &project.join("hdf5/long.cnt"), "-9");
    scratch
}

#[test]
fn another_job_is_refused_unless_it_is_allowed() {
    let scratch = killed_with_its_job("");
    std::fs::copy(guest("multiply"), scratch.join("project/job.wasm")).expect("components can be copied");
    let refused = scratch.host(["resume", "project/hdf5/long.cnt"]).exits(3);
    assert!(refused.stderr().contains("the component: SHA-256"), "{}", refused.stderr());
    // The right one is taken from wherever it is.
    let linger = guest("linger").display().to_string();
    let ended = scratch.host(["resume", "project/hdf5/long.cnt", "--component", &linger, "-q"]).exits(0);
    assert!(ended.stdout().contains("60 ok"), "{}", ended.stdout());

    let scratch = killed_with_its_job("");
    let spec = std::fs::read_to_string(scratch.join("project/exp.toml")).expect("a spec");
    let resume = |scratch: &Scratch, extra: &[&str]| {
        scratch.host(["resume", "project/hdf5/long.cnt", "--spec", "project/other.toml", "-q"].iter().chain(extra))
    };
    // Other points are another exploration, whatever is allowed.
    scratch.write("project/other.toml", spec.replace("[0, 60]", "[0, 61]").replace("work = 100", "work = 7"));
    let mut messages = resume(&scratch, &["--allow-changed-job"]).message();
    // Another limit is allowed if it is said.
    scratch.write("project/other.toml", format!("{spec}[limits]\ntimeout = \"2h\"\nresult_count = 7\n"));
    let refused = resume(&scratch, &[]).exits(3);
    assert!(
        refused.stderr().contains("the limit `timeout`") && refused.stderr().contains("7200s"),
        "{}",
        refused.stderr()
    );
    resume(&scratch, &["--allow-changed-job"]).exits(0);
    let config = scratch.host(["show", "project/hdf5/long.hdf5", "config", "--json"]).exits(0).stdout();
    let config: serde_json::Value = serde_json::from_str(&config).expect("JSON");
    let changed: Vec<_> =
        config.as_object().expect("leaves").iter().filter(|(key, _)| key.ends_with(".changed_job")).collect();
    assert!(changed.len() == 1 && changed[0].1.to_string().contains("7200s"), "{changed:?}");
    // What works on no limits but more workers needs no permission.
    messages += &scratch.host(["resume", "project/hdf5/long.cnt", "-j", "1"]).exits(0).stdout();
    insta::assert_snapshot!(messages);
}

#[test]
fn what_was_moved_goes_on_where_it_is() {
    let scratch = killed_with_its_job("");
    std::fs::rename(scratch.join("project"), scratch.join("moved")).expect("folders can be moved");
    let ended = scratch.host(["resume", "moved/hdf5/long.cnt", "-q"]).exits(0);
    assert!(ended.stdout().contains("moved/hdf5/long.hdf5") && ended.stdout().contains("60 ok"), "{}", ended.stdout());
    assert!(!scratch.join("project").exists() && scratch.join("moved/logs/long").is_dir());
    println!("{}", python("check_same_results.py", [scratch.join("moved/hdf5"), undisturbed("").join("hdf5")]));

    // Only the results were moved; the job is where it was.
    let scratch = killed_with_its_job("");
    std::fs::rename(scratch.join("project/hdf5"), scratch.join("results")).expect("folders can be moved");
    scratch.host(["resume", "results/long.cnt", "-q"]).exits(0);
    assert!(scratch.join("results/long.hdf5").exists() && !scratch.join("project/hdf5").exists());
}

#[test]
fn the_file_of_results_is_enough() {
    // Not ended, and named by the file that does not exist yet.
    let scratch = killed_with_its_job("");
    scratch.host(["resume", "project/hdf5/long.hdf5", "-q"]).exits(0);
    assert!(scratch.host(["runs", "project/hdf5/long.hdf5"]).exits(0).stdout().contains("60 of 60 runs"));
    assert_eq!(
        scratch.listing().iter().filter(|path| path.starts_with("project/hdf5/")).collect::<Vec<_>>(),
        ["project/hdf5/long.cnt", "project/hdf5/long.hdf5"],
        "nothing is left lying around"
    );

    // Interrupted, and without its journal.
    for service in ["", "[storage]\nservice = \"sqlite\"\n"] {
        let scratch = Scratch::new();
        scratch.write("exp.toml", spec("") + service);
        let folder = if service.is_empty() { "hdf5" } else { "sqlite" };
        let (file, journal) = (format!("{folder}/long.{folder}"), scratch.join(folder).join("long.cnt"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
        let job = guest("linger").display().to_string();
        command.args(["run", &job, "--spec", "exp.toml", "-q"]).current_dir(scratch.path());
        kill_when_begun(command, &journal, "-INT");
        std::fs::remove_file(&journal).expect("a journal");
        let ended = scratch.host(["resume", &file, "--json"]).exits(0);
        let summary: serde_json::Value = serde_json::from_str(&ended.stdout()).expect("JSON");
        assert!(summary["kept"].as_u64().expect("kept") > 0 && summary["ok"] == 60, "{summary}");
        scratch.host(["resume", &file]).exits(0);
    }
}

#[test]
fn the_journal_is_enough() {
    // Another trajectory was in the file, and the file is gone, or no file any more.
    for gone in [true, false] {
        let scratch = Scratch::new();
        scratch.write("exp.toml", spec(""));
        interrupted(&scratch, "-INT");
        let file = scratch.join("hdf5/long.hdf5");
        if gone {
            std::fs::remove_file(&file).expect("a file");
        } else {
            std::fs::write(&file, b"\x89HDF\r\n\x1a\n and no more").expect("a file");
        }
        let ended = scratch.host(["resume", "hdf5/long.cnt"]).exits(0);
        assert!(ended.stdout().contains("60 ok"), "{}", ended.stdout());
        assert_eq!(ended.stderr().contains("could not be read and is now `hdf5/long.hdf5.unreadable`"), !gone);
        assert_eq!(scratch.join("hdf5/long.hdf5.unreadable").exists(), !gone);
        println!(
            "{}",
            python("check_same_results.py", [file.parent().expect("a folder"), &undisturbed("").join("hdf5")])
        );
    }
}

#[test]
fn a_complete_journal_needs_its_file() {
    let scratch = undisturbed("");
    std::fs::remove_file(scratch.join("hdf5/long.hdf5")).expect("a file");
    insta::assert_snapshot!(scratch.host(["resume", "hdf5/long.cnt"]).message());
}

#[test]
fn failed_runs_are_run_again_on_request() {
    let scratch = Scratch::new();
    let text = |limit: &str| {
        format!(
            "spec = 1\n[trajectory]\nname = \"some\"\nadd_time = false\n[job]\ncomponent = {:?}\n[parameters]\nx = 0\n\
             work = 0\n[explore]\nmode = \"zip\"\n[explore.axes]\nx = {{ range = [0, 6] }}\nwork = [0, 0, 2000, 0, 0, 0]\n\
             [limits]\ntimeout = {limit:?}\n",
            guest("linger").display().to_string()
        )
    };
    scratch.write("exp.toml", text("100ms"));
    scratch.host(["run", "--spec", "exp.toml", "-q"]).exits(1);
    let same = scratch.host(["resume", "hdf5/some.cnt"]).exits(1);
    assert!(same.stdout().contains("--retry-failed"), "{}", same.stdout());
    // It fails again, and the others are not run again.
    let again = scratch.host(["resume", "hdf5/some.hdf5", "--retry-failed", "--json"]).exits(1);
    let summary: serde_json::Value = serde_json::from_str(&again.stdout()).expect("JSON");
    assert_eq!((&summary["kept"], &summary["ok"]), (&5.into(), &5.into()), "{summary}");
    // With more time it ends well.
    scratch.write("exp.toml", text("10min"));
    let longer = ["resume", "hdf5/some.cnt", "--retry-failed", "--spec", "exp.toml", "--allow-changed-job", "--json"];
    let again = scratch.host(longer).exits(0);
    let summary: serde_json::Value = serde_json::from_str(&again.stdout()).expect("JSON");
    assert_eq!((&summary["kept"], &summary["ok"]), (&5.into(), &6.into()), "{summary}");
    assert!(scratch.host(["runs", "hdf5/some.hdf5"]).exits(0).stdout().contains("6 of 6 runs"));
}

#[test]
fn the_second_signal_stops_now_and_loses_nothing() {
    let scratch = Scratch::new();
    // The last two take seconds.
    let work: Vec<u32> = (0..22).map(|run| if run < 20 { 0 } else { 4000 }).collect();
    let axes = format!("[explore]\nmode = \"zip\"\n[explore.axes]\nx = {{ range = [0, 22] }}\nwork = {work:?}\n");
    let text = spec("grace = \"none\"");
    scratch.write("exp.toml", text[..text.find("[explore.axes]").expect("axes")].to_owned() + &axes);
    let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
    let job = guest("linger").display().to_string();
    command.args(["run", &job, "--spec", "exp.toml"]).current_dir(scratch.path()).stderr(Stdio::piped());
    let child = command.stdout(Stdio::null()).spawn().expect("the binary starts");
    wait_until_begun(&scratch.join("hdf5/long.cnt"));
    let signal = || {
        let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
    };
    signal();
    std::thread::sleep(Duration::from_millis(300));
    signal();
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("go on with: host resume") && said.contains("long.cnt"), "{said}");
    assert!(!scratch.join("hdf5/long.hdf5").exists(), "it did not wait to store");
    let ended = scratch.host(["resume", "hdf5/long.cnt", "--json"]).exits(0);
    let summary: serde_json::Value = serde_json::from_str(&ended.stdout()).expect("JSON");
    assert_eq!((&summary["kept"], &summary["ok"]), (&20.into(), &22.into()), "{summary}");
}

#[test]
fn after_the_time_of_grace_runs_are_abandoned() {
    let scratch = Scratch::new();
    // Each run would take minutes.
    scratch.write("exp.toml", spec("grace = \"200ms\"").replace("work = 100", "work = 1_000_000"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
    let job = guest("linger").display().to_string();
    command.args(["run", &job, "--spec", "exp.toml", "--json"]).current_dir(scratch.path()).stdout(Stdio::piped());
    let child = command.stderr(Stdio::null()).spawn().expect("the binary starts");
    let begin = Instant::now();
    while !scratch.join("hdf5/long.cnt").exists() {
        assert!(begin.elapsed() < Duration::from_secs(60), "it does not begin");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(300));
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&summary["ok"], &summary["ended"]), (&0.into(), &"interrupted".into()), "{summary}");
    assert!(scratch.host(["runs", "hdf5/long.hdf5"]).exits(0).stdout().contains("pending"));
}
