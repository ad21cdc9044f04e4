//! Failing runs: each costs itself alone, and everybody can read why.

use crate::support::{Scratch, guest, python};

/// 200 runs: 140 good ones, 50 that trap, 5 that loop for ever, 5 that want too much memory.
fn mixed_modes() -> Vec<&'static str> {
    (0..200)
        .map(|i| match i % 40 {
            0..10 => "trap",
            20 => "loop",
            30 => "memory",
            _ => "ok",
        })
        .collect()
}

fn spec(name: &str, modes: &[&str], more: &str) -> String {
    format!(
        "spec = 1\n[trajectory]\nname = \"{name}\"\nadd_time = false\n[parameters]\nmode = \"ok\"\n[explore]\nmode = \"zip\"\n\
         [explore.axes]\nmode = {modes:?}\n[limits]\ntimeout = \"1s\"\nmemory = \"64MiB\"\n{more}"
    )
}

/// Runs the binary in the scratch folder, demands an exit code, and returns its output, time and peak memory.
#[track_caller]
fn measured(scratch: &Scratch, args: &[&str], code: i32) -> serde_json::Value {
    let folder = scratch.path().display().to_string();
    let said = python("peak_memory.py", [&[env!("CARGO_BIN_EXE_host"), "--cwd", &folder, "--"], args].concat());
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(report["exit"], code, "{said}");
    report
}

#[track_caller]
fn assert_peak_below(report: &serde_json::Value, mib: f64) {
    let peak = report["peak_mib"].as_f64().expect("a number");
    println!("peak memory {peak} MiB");
    assert!(peak < mib, "peak memory was {peak} MiB");
}

#[test]
fn sixty_of_two_hundred() {
    let scratch = Scratch::new();
    scratch.write("exp.toml", spec("mixed", &mixed_modes(), ""));
    let report = measured(&scratch, &["run", &guest("misbehave").display().to_string(), "--spec", "exp.toml"], 1);
    let summary = report["stdout"].as_str().expect("text");
    assert!(summary.contains("200 runs: 140 ok, 60 failed (5 memory, 5 timeout, 50 trap)"), "{summary}");
    assert_peak_below(&report, 300.0);

    let failed = scratch.host(["runs", "hdf5/mixed.hdf5", "--failed", "--json"]).exits(0).stdout();
    let failed: serde_json::Value = serde_json::from_str(&failed).expect("JSON");
    let failed = failed.as_array().expect("a list");
    assert_eq!(failed.len(), 60);
    for run in failed {
        let (mode, status) = (run["parameters"]["mode"].as_str().expect("text"), run["status"].as_str().expect("text"));
        assert_eq!(if mode == "loop" { "timeout" } else { mode }, status, "{run}");
        assert!(!run["failure"].as_str().expect("text").is_empty(), "{run}");
    }
    let log = std::fs::read_to_string(scratch.join("logs/mixed/warnings_and_errors.txt")).expect("a log");
    assert_eq!(log.lines().filter(|line| line.contains(" failed after ")).count(), 60, "{log}");
    println!("{}", python("read_with_pypet.py", [scratch.join("hdf5/mixed.hdf5")]).lines().count());
}

#[test]
fn every_way_to_fail_has_its_reason() {
    let modes = [
        "trap",
        "panic",
        "error",
        "loop",
        "host-call-loop",
        "memory",
        "stack",
        "many-results",
        "huge-array",
        "partial",
        "nonsense",
    ];
    let scratch = Scratch::new();
    scratch.write("exp.toml", spec("ways", &modes, "results = \"16MiB\"\nresult_count = 100\n"));
    scratch.host(["run", &guest("misbehave").display().to_string(), "--spec", "exp.toml"]);
    let runs = scratch.host(["runs", "hdf5/ways.hdf5", "--json"]).exits(0).stdout();
    let runs: serde_json::Value = serde_json::from_str(&runs).expect("JSON");
    let reasons: String = runs
        .as_array()
        .expect("a list")
        .iter()
        .map(|run| {
            let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
            format!(
                "{}: {}: {}\n",
                text(&run["parameters"]["mode"]),
                text(&run["status"]),
                stable(&text(&run["failure"]))
            )
        })
        .collect();
    insta::assert_snapshot!(reasons);
}

/// A reason without what depends on the compiler of the guest: names of functions, sizes of allocations.
fn stable(reason: &str) -> String {
    let reason = reason.split(" in misbehave::").next().expect("split gives at least one part");
    let reason = reason.split("; there are ").next().expect("split gives at least one part");
    let wanted = |word: &str| word.len() > 6 && word.bytes().all(|b| b.is_ascii_digit()) && word != "67108864";
    reason.split(' ').map(|word| if wanted(word) { "N" } else { word }).collect::<Vec<_>>().join(" ")
}

#[test]
fn failure_policies_stop_early() {
    let scratch = Scratch::new();
    let job = guest("misbehave").display().to_string();
    let modes = ["trap"; 100];
    scratch.write("fast.toml", spec("fast", &modes, "[failure]\npolicy = \"fail_fast\"\n"));
    let ended = scratch.host(["run", &job, "--spec", "fast.toml", "-j", "1", "--json"]).exits(4);
    let summary: serde_json::Value = serde_json::from_str(&ended.stdout()).expect("JSON");
    assert_eq!(summary["ended"], "failure-limit");
    let runs = scratch.host(["runs", "hdf5/fast.hdf5", "--status", "pending", "--json"]).exits(0).stdout();
    let pending: serde_json::Value = serde_json::from_str(&runs).expect("JSON");
    assert_eq!(pending.as_array().expect("a list").len(), 99, "the first failure stops a single worker");

    scratch.write("some.toml", spec("some", &modes, "[failure]\nmax_failures = 10\n"));
    scratch.host(["run", &job, "--spec", "some.toml"]).exits(4);
    scratch.write("all.toml", spec("all", &modes, "[failure]\nmax_failures = \"100%\"\n"));
    scratch.host(["run", &job, "--spec", "all.toml"]).exits(1);
}

#[test]
fn large_results_do_not_pile_up() {
    let scratch = Scratch::new();
    let report = measured(
        &scratch,
        &[
            "run",
            &guest("big").display().to_string(),
            "-p",
            "n=100000",
            "-p",
            "x=0..999:1000",
            "--name",
            "big",
            "--no-time",
            "-o",
            "big.hdf5",
        ],
        0,
    );
    assert_peak_below(&report, 250.0);
    println!("{}", python("check_big.py", [scratch.join("big.hdf5")]));
}

#[test]
fn a_million_points_are_planned_in_flat_memory() {
    let scratch = Scratch::new();
    let report = measured(
        &scratch,
        &["plan", &guest("multiply").display().to_string(), "-p", "x=0..999:1000", "-p", "y=0..999:1000"],
        0,
    );
    assert!(report["stdout"].as_str().expect("text").contains("1 000 000 runs"), "{report}");
    println!("took {} s", report["seconds"]);
    assert_peak_below(&report, 100.0);
}
