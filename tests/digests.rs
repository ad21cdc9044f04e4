//! Digests prove that files hold the same, and that a file holds what was stored: with real files, damaged on purpose.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::{Scratch, guest, python, repository};

/// The only line of `host digest`, without the name of the trajectory.
#[track_caller]
fn digest(scratch: &Scratch, file: &str) -> String {
    let said = scratch.host(["digest", file]).exits(0).stdout();
    let (digest, _) = said.trim_end().split_once("  ").expect("a digest and a name");
    assert!(digest.len() == 64 && said.lines().count() == 1, "{said}");
    digest.to_owned()
}

#[track_caller]
fn is_right(scratch: &Scratch, file: &str) {
    let said = scratch.host(["check-file", file]).exits(0).stdout();
    assert!(said.ends_with(", all right\n"), "{said}");
}

/// What `host check-file` finds wrong, which is something.
#[track_caller]
fn wrong(scratch: &Scratch, file: &str) -> String {
    let ended = scratch.host(["check-file", file]).exits(5);
    format!("{}{}", ended.stdout(), ended.stderr())
}

/// Explores `job` as `spec` says, into the kind of file that the ending of `output` tells.
#[track_caller]
fn explore(scratch: &Scratch, guest: &str, spec: &str, output: &str, code: i32) {
    let service = if output.ends_with(".sqlite") { "[storage]\nservice = \"sqlite\"\n" } else { "" };
    scratch.write("exp.toml", format!("{spec}\n{service}"));
    scratch.host(["run", &job(guest), "--spec", "exp.toml", "--output", output, "-q"]).exits(code);
}

fn job(name: &str) -> String {
    guest(name).display().to_string()
}

#[test]
fn whatever_it_is_stored_in_the_digest_is_the_same() {
    let scratch = Scratch::new();
    scratch.write("weights.csv", "current,label\n1.5,a\n2.5,ü\n");
    let spec = crate::exploration::CONFORMANCE;
    let unpurged = spec.replacen("[job]", "[environment]\npurge_duplicate_comments = false\nncores = 1\n[job]", 1);
    for (spec, output) in [(spec, "a.hdf5"), (spec, "b.sqlite"), (&unpurged, "c.hdf5")] {
        explore(&scratch, "conformance", spec, output, 0);
    }
    scratch.host(["export", "c.hdf5", "-o", "d.sqlite"]).exits(0);
    scratch.host(["export", "d.sqlite", "-o", "e.hdf5"]).exits(0);
    let expected = digest(&scratch, "a.hdf5");
    for file in ["a.hdf5", "b.sqlite", "c.hdf5", "d.sqlite", "e.hdf5"] {
        assert_eq!(digest(&scratch, file), expected, "{file}");
        is_right(&scratch, file);
    }
    let runs = |file| scratch.host(["digest", file, "--runs"]).exits(0).stdout();
    assert_eq!(runs("a.hdf5"), runs("d.sqlite"));
    assert_eq!(runs("a.hdf5").lines().count(), 5, "four runs and the whole");
    // Another seed is another content.
    explore(&scratch, "conformance", &spec.replace("seed = 7", "seed = 8"), "f.hdf5", 0);
    assert_ne!(digest(&scratch, "f.hdf5"), expected);
}

const LONG: &str = "spec = 1\n[trajectory]\nname = \"long\"\nadd_time = false\n[environment]\nncores = 2\n\
                    [parameters]\nx = 0\nwork = 100\n[explore.axes]\nx = { range = [0, 60] }\n";

/// Starts an exploration and interrupts it once some of its runs are in the journal, so that journal and file hold them.
fn interrupted() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("exp.toml", LONG);
    let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
    command.args(["run", &job("linger"), "--spec", "exp.toml", "--quiet"]).current_dir(scratch.path());
    let mut child = command.stdout(Stdio::null()).spawn().expect("the binary starts");
    let journal = scratch.join("hdf5/long.cnt");
    let begin = Instant::now();
    let size = || std::fs::metadata(&journal).map_or(0, |metadata| metadata.len());
    let mut first = 0;
    while first == 0 || size() < first + 2000 {
        assert!(begin.elapsed() < Duration::from_secs(60), "no run ends");
        first = if first == 0 { size() } else { first };
        std::thread::sleep(Duration::from_millis(5));
    }
    // While somebody writes to it, it can be looked at.
    let seen = scratch.host(["journal", "hdf5/long.cnt", "--json"]).exits(0).stdout();
    let seen: serde_json::Value = serde_json::from_str(&seen).expect("JSON");
    assert_eq!((&seen["trajectory"], &seen["runs"], &seen["complete"]), (&"long".into(), &60.into(), &false.into()));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    child.wait().expect("it ends");
    scratch
}

#[test]
fn a_journal_has_the_digest_of_its_file() {
    let scratch = interrupted();
    let partly = digest(&scratch, "hdf5/long.cnt");
    assert_eq!(digest(&scratch, "hdf5/long.hdf5"), partly);
    let runs = |file| scratch.host(["digest", file, "--runs"]).exits(0).stdout();
    assert_eq!(runs("hdf5/long.cnt"), runs("hdf5/long.hdf5"));
    let said = scratch.host(["check-file", "hdf5/long.hdf5"]).exits(0).stdout();
    assert!(said.contains(" pending, all right"), "{said}");

    look_into_it(&scratch);

    scratch.host(["resume", "hdf5/long.cnt", "-q"]).exits(0);
    let whole = digest(&scratch, "hdf5/long.hdf5");
    assert_ne!(whole, partly);
    is_right(&scratch, "hdf5/long.hdf5");
    explore(&scratch, "linger", LONG, "again.sqlite", 0);
    assert_eq!(digest(&scratch, "again.sqlite"), whole, "undisturbed");
    let said = scratch.host(["digest", "hdf5/long.cnt"]).exits(2).stderr();
    assert!(said.contains("hint: ask its file") && said.contains("long.hdf5"), "{said}");
    let said = scratch.host(["journal", "hdf5/long.cnt"]).exits(0).stdout();
    assert!(said.contains("complete: everything is in the file"), "{said}");
}

/// `host journal` on a journal that is whole, torn, damaged.
fn look_into_it(scratch: &Scratch) {
    let bytes = std::fs::read(scratch.join("hdf5/long.cnt")).expect("the journal is there");
    let json = |file: &str, code| -> serde_json::Value {
        serde_json::from_str(&scratch.host(["journal", file, "--json"]).exits(code).stdout()).expect("JSON")
    };
    let whole = json("hdf5/long.cnt", 0);
    let ended = whole["ended"].as_u64().expect("a number");
    assert!(ended > 0 && whole["records"]["ok"] == ended && whole["tail"] == "whole", "{whole}");
    assert_eq!(whole["sha256"].as_str().map(str::len), Some(64));
    let records = scratch.host(["journal", "hdf5/long.cnt", "--records"]).exits(0).stdout();
    assert_eq!(records.lines().filter(|line| line.starts_with("finished  run_")).count() as u64, ended, "{records}");
    let listed = scratch.host(["journal", "hdf5/long.cnt", "--records", "--json"]).exits(0).stdout();
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!(listed["list"].as_array().map(Vec::len), Some(records.lines().count()));
    let said = scratch.host(["journal", "hdf5/long.cnt"]).exits(0).stdout();
    assert!(said.contains(&format!("{ended} of 60 runs have ended; go on with `host resume hdf5/long.cnt`")), "{said}");

    scratch.write("torn.cnt", &bytes[..bytes.len() - 5]);
    let torn = json("torn.cnt", 0);
    assert!(torn["tail"] == "torn" && torn["cut"].as_u64().is_some_and(|cut| cut > 0), "{torn}");
    scratch.host(["digest", "torn.cnt"]).exits(0);

    let mut flipped = bytes.clone();
    let inside = flipped.windows(16).position(|window| window == b"Mostly harmless!").expect("a comment");
    flipped[inside] ^= 1;
    scratch.write("damaged.cnt", &flipped);
    let damaged = json("damaged.cnt", 5);
    assert!(damaged["tail"] == "damaged" && damaged["cut"].as_u64() > torn["cut"].as_u64(), "{damaged}");
    let said = scratch.host(["journal", "damaged.cnt"]).exits(5).stdout();
    assert!(said.contains("is damaged at byte") && said.contains("resuming cuts off"), "{said}");
    scratch.host(["journal", "damaged.cnt", "--records"]).exits(5);
    scratch.host(["digest", "damaged.cnt"]).exits(5);
    assert_eq!(std::fs::read(scratch.join("hdf5/long.cnt")).expect("it is there"), bytes, "looking changes nothing");
}

/// Five arrays in `big.hdf5`, uncompressed, and as many scalars in `small.hdf5`.
fn small_files() -> Scratch {
    let scratch = Scratch::new();
    let head = |name: &str| format!("spec = 1\n[trajectory]\nname = \"{name}\"\nadd_time = false\n");
    let big = "[storage]\ncompression = \"none\"\n[parameters]\nn = 1000\ni = { value = 0, comment = \"about i\" }\n\
               [explore.axes]\ni = { range = [0, 5] }\n";
    explore(&scratch, "big", &(head("big") + big), "big.hdf5", 0);
    let linger = head("linger") + "[parameters]\nx = 0\nwork = 0\n[explore.axes]\nx = { range = [11, 31] }\n";
    for output in ["small.hdf5", "small.sqlite"] {
        explore(&scratch, "linger", &linger, output, 0);
    }
    scratch
}

/// Copies a file with one bit flipped wherever `pattern` stands, at its end.
#[track_caller]
fn flip(scratch: &Scratch, file: &str, pattern: &[u8]) -> String {
    let mut bytes = std::fs::read(scratch.join(file)).expect("the file is there");
    let places: Vec<usize> =
        bytes.windows(pattern.len()).enumerate().filter(|(_, window)| *window == pattern).map(|(at, _)| at).collect();
    assert!(!places.is_empty(), "the pattern is not in {file}");
    places.iter().for_each(|at| bytes[at + pattern.len() - 1] ^= 1);
    let flipped = format!("flipped-{file}");
    scratch.write(&flipped, bytes);
    flipped
}

fn bytes_of(numbers: impl Iterator<Item = f64>) -> Vec<u8> {
    numbers.flat_map(f64::to_le_bytes).collect()
}

#[test]
fn flipped_bits_are_found_and_named() {
    let scratch = small_files();
    is_right(&scratch, "big.hdf5");
    is_right(&scratch, "small.hdf5");
    // The last element of the last run stands nowhere else.
    let file = flip(&scratch, "big.hdf5", &bytes_of([502.5, 503.0, 503.5].into_iter()));
    let said = wrong(&scratch, &file);
    assert!(said.contains("5 runs, 1 thing is wrong\n  run_00000004: not what was stored"), "{said}");
    // What stands in the head of an object, the library finds itself.
    let said = wrong(&scratch, &flip(&scratch, "small.hdf5", b"Mostly harmless!"));
    assert!(said.contains("  run_00000000: ") && said.contains("checksum"), "{said}");
    // The length of a text among others, of which nobody keeps a checksum, and the library believes it.
    let mut bytes = std::fs::read(scratch.join("small.hdf5")).expect("the file is there");
    let ok = b"\x02\0\0\0\0\0\0\0ok\0\0\0\0\0\0";
    let at = bytes.windows(ok.len()).position(|window| window == ok).expect("texts of the status");
    bytes[at + 1] ^= 4;
    scratch.write("heap.hdf5", bytes);
    // It may crash with it, or run out of the file, or find a text that nobody has stored.
    let said = wrong(&scratch, "heap.hdf5");
    assert!(said.contains("is damaged") || said.contains("wrong"), "{said}");
    // The column of a derived parameter, one number after the other.
    let column: Vec<u8> = (11..31i64).flat_map(|x| (2 * x).to_le_bytes()).collect();
    let said = wrong(&scratch, &flip(&scratch, "small.hdf5", &column));
    assert!(said.contains("1 thing is wrong\n  overview.columns.derived_parameters.twice: it does not hold"), "{said}");
    // The digest itself.
    let runs = scratch.host(["digest", "small.hdf5", "--runs"]).exits(0).stdout();
    let (third, _) = runs.lines().nth(3).and_then(|line| line.split_once("  ")).expect("a digest");
    let said = wrong(&scratch, &flip(&scratch, "small.hdf5", third.as_bytes()));
    assert!(said.contains("1 thing is wrong\n  run_00000003: "), "{said}");
    // A file that is cut off.
    let bytes = std::fs::read(scratch.join("big.hdf5")).expect("the file is there");
    scratch.write("cut.hdf5", &bytes[..bytes.len() / 2]);
    assert!(wrong(&scratch, "cut.hdf5").contains("cut.hdf5` is damaged"));
    // Nothing that is flipped anywhere is taken for right where the digest has changed.
    let expected = digest(&scratch, "small.hdf5");
    let bytes = std::fs::read(scratch.join("small.hdf5")).expect("the file is there");
    for at in (1000..bytes.len()).step_by(bytes.len() / 23) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 4;
        scratch.write("any.hdf5", flipped);
        let said = scratch.host(["digest", "any.hdf5"]);
        let is_same = said.code() == Some(0) && said.stdout().starts_with(&expected);
        let found = scratch.host(["check-file", "any.hdf5"]);
        assert!(is_same || found.code() != Some(0), "byte {at}: {}", found.stdout());
        assert!(matches!(found.code(), Some(0 | 5)), "byte {at}: {}", found.stderr());
    }
}

#[test]
fn what_others_change_in_a_file_is_found_and_named() {
    let scratch = small_files();
    for (node, attribute, expected) in [
        ("parameters/x", "SRVC_INIT_COMMENT", "1 thing is wrong\n  parameters: not what was stored"),
        ("parameters/x", "SRVC_AN_unit", "1 thing is wrong\n  parameters: not what was stored"),
        (
            "results/runs/run_set_00000/run_00000000/z",
            "SRVC_INIT_COMMENT",
            "  comments of the runs: not what was stored",
        ),
        ("results/runs/run_set_00000/run_00000003/z", "SRVC_AN_note", "  run_00000003: not what was stored"),
        ("results/runs/run_set_00000/run_00000004/z/z", "", "  run_00000004: not what was stored"),
        ("parameters/x/data", "", "  parameters: not what was stored"),
        ("overview/columns/z", "", "  overview.columns.z: it does not hold what was written to it"),
        ("overview/host_digests", "HOST_HEAD", "  parameters: not what was stored"),
    ] {
        std::fs::copy(scratch.join("small.hdf5"), scratch.join("changed.hdf5")).expect("files can be copied");
        let node = format!("linger/{node}");
        python("change_hdf5.py", [&scratch.join("changed.hdf5").display().to_string(), &node, attribute]);
        let said = wrong(&scratch, "changed.hdf5");
        assert!(said.contains(expected) && said.contains("1 thing is wrong"), "{node} {attribute}:\n{said}");
    }
    is_right(&scratch, "small.hdf5");
}

fn sql(path: &Path, statements: &str) {
    rusqlite::Connection::open(path).and_then(|file| file.execute_batch(statements)).expect("the statements are right");
}

#[test]
fn changed_rows_are_found_and_named() {
    let scratch = small_files();
    let changed = |statements: &str| {
        std::fs::copy(scratch.join("small.sqlite"), scratch.join("changed.sqlite")).expect("files can be copied");
        sql(&scratch.join("changed.sqlite"), statements);
    };
    for (statements, expected) in [
        ("UPDATE results SET value = 7 WHERE name = 'z' AND run = 3", "  run_00000003: not what was stored"),
        ("DELETE FROM results WHERE run = 4", "  run_00000004: not what was stored"),
        ("UPDATE runs SET status = 'trap' WHERE idx = 5", "  run_00000005: it has failed, but there are results of it"),
        ("UPDATE runs SET status = 'pending' WHERE idx = 6", "  run_00000006: it is said to be pending"),
        ("UPDATE runs SET digest = 'x' WHERE idx = 7", "  run_00000007: the digest that was stored with it is gone"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM runs WHERE idx = 8", "  run_00000008: "),
        ("UPDATE parameters SET value = 2 WHERE name = 'work'", "  parameters: not what was stored"),
        ("UPDATE results SET comment = 'changed' WHERE comment = 'odd'", "  comments of the runs: not what was stored"),
    ] {
        changed(statements);
        let said = wrong(&scratch, "changed.sqlite");
        assert!(said.contains(expected), "{statements}:\n{said}");
    }
    changed("UPDATE results SET value = value + 1 WHERE name = 'own'; UPDATE parameters SET unit = 's'");
    insta::assert_snapshot!("every_run_is_wrong", only_places(&wrong(&scratch, "changed.sqlite")));
    let json = scratch.host(["check-file", "changed.sqlite", "--json"]).exits(5).stdout();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["right"], &json["trajectories"][0]["wrong_count"]), (&false.into(), &21.into()), "{json}");
}

/// A text without its digests, which follow from what guests do.
fn only_places(text: &str) -> String {
    let line = |line: &str| line.split(": its digest is").next().unwrap_or(line).to_owned();
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn files_without_digests_stay_readable_and_say_so() {
    let scratch = small_files();
    let expected = digest(&scratch, "small.sqlite");
    sql(
        &scratch.join("small.sqlite"),
        "ALTER TABLE runs DROP COLUMN digest; ALTER TABLE trajectories DROP COLUMN head_digest;
         ALTER TABLE trajectories DROP COLUMN comments_digest;",
    );
    assert_eq!(digest(&scratch, "small.sqlite"), expected, "digests are computed from the content");
    let pypet = repository().join("tests/data/pypet-0.7.0.hdf5");
    std::fs::copy(pypet, scratch.join("pypet.hdf5")).expect("files can be copied");
    let said = |args: &[&str]| {
        let ended = scratch.host(args);
        format!("$ host {}\n{}{}\n", args.join(" "), ended.stdout(), ended.message())
    };
    let mut text = String::new();
    for args in [
        &["check-file", "small.sqlite"][..],
        &["check-file", "pypet.hdf5"],
        &["digest", "pypet.hdf5"],
        &["check-file", "none.hdf5"],
        &["check-file", "big.hdf5", "--trajectory", "small"],
        &["check-file", "big.hdf5", "--json"],
        &["digest", "big.hdf5", "--trajectory", "small"],
        &["digest", "exp.toml"],
        &["digest", "none.cnt"],
        &["journal", "none.cnt"],
        &["journal", "big.hdf5"],
        &["digest", "--help"],
        &["check-file", "--help"],
        &["journal", "--help"],
    ] {
        text.push_str(&said(args));
    }
    insta::assert_snapshot!(text);
    // What is added to such a file has digests.
    scratch.host(["export", "big.hdf5", "-o", "small.sqlite", "-q"]).exits(0);
    let said = scratch.host(["check-file", "small.sqlite"]).exits(0).stdout();
    assert!(said.contains("trajectory big: 5 runs, all right\n") && said.contains("no digests are stored"), "{said}");
}

#[test]
fn failures_and_long_reasons_have_the_same_digest_everywhere() {
    let scratch = Scratch::new();
    let mode = "x".repeat(700);
    let spec = format!(
        "spec = 1\n[trajectory]\nname = \"t\"\nadd_time = false\ncomment = \"{}\"\n[explore.axes]\n\
         mode = [\"ok\", \"trap\", \"panic\", \"error\", \"{mode}\"]\n",
        "long ".repeat(200)
    );
    for output in ["a.hdf5", "b.sqlite"] {
        explore(&scratch, "misbehave", &spec, output, 1);
        is_right(&scratch, output);
    }
    assert_eq!(digest(&scratch, "a.hdf5"), digest(&scratch, "b.sqlite"));
}

#[test]
fn classes_are_not_needed() {
    let scratch = crate::classes::explored();
    scratch.host(["export", "hdf5/t.hdf5", "-o", "t.sqlite"]).exits(0);
    for file in scratch.listing().iter().filter(|file| file.ends_with(".wasm")) {
        std::fs::remove_file(scratch.join(file)).expect("our own file");
    }
    assert_eq!(digest(&scratch, "t.sqlite"), digest(&scratch, "hdf5/t.hdf5"));
    is_right(&scratch, "hdf5/t.hdf5");
    is_right(&scratch, "t.sqlite");
}
