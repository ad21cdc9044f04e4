//! Trajectories that go from HDF5 to SQLite and back, judged by Python's readers of both.

use std::{path::Path, process::Command};

use crate::support::{Scratch, example, guest, python, repository};

/// The conformance job: every kind of value, in an HDF5 file.
fn conformance() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("weights.csv", "current,label\n1.5,a\n2.5,ü\n");
    scratch.write("exp.toml", crate::exploration::CONFORMANCE);
    scratch.host(["run", &guest("conformance").display().to_string(), "--spec", "exp.toml"]).exits(0);
    std::fs::rename(scratch.join("hdf5/conformance.hdf5"), scratch.join("first.hdf5")).expect("the file is there");
    scratch
}

/// Ten thousand runs of the first example.
fn multiplication() -> Scratch {
    let scratch = Scratch::new();
    let folder = example("01-multiplication").parent().expect("a folder").to_owned();
    for name in ["job.wasm", "exp.toml"] {
        std::fs::copy(folder.join(name), scratch.join(name)).expect("files can be copied");
    }
    scratch.host(["run", "job.wasm", "--spec", "exp.toml", "--output", "first.hdf5"]).exits(0);
    scratch
}

fn there_and_back(scratch: &Scratch) -> String {
    scratch.host(["export", "first.hdf5", "-o", "second.sqlite"]).exits(0);
    scratch.host(["export", "second.sqlite", "--output", "third.hdf5"]).exits(0);
    let [first, second, third] = ["first.hdf5", "second.sqlite", "third.hdf5"].map(|name| scratch.join(name));
    assert_eq!(python("check_same_file.py", [&first, &third]), "the same\n");
    python("check_sqlite.py", [&second, &first])
}

#[test]
fn every_value_goes_to_sqlite_and_back() {
    let scratch = conformance();
    insta::assert_snapshot!(there_and_back(&scratch));
    // The verbs say the same of both files.
    let said = |args: &[&str], file: &str| {
        let args: Vec<&str> = args.iter().map(|arg| if *arg == "FILE" { file } else { arg }).collect();
        scratch.host(&args).exits(0).stdout().replace(file, "FILE")
    };
    for args in [
        &["ls", "FILE"][..],
        &["ls", "FILE", "--json"],
        &["ls", "FILE", "parameters"],
        &["ls", "FILE", "results.runs.run_set_00000"],
        &["show", "FILE", "results.runs.run_set_00000.run_00000001", "--json"],
        &["show", "FILE", "run_00000000"],
        &["show", "FILE", "parameters"],
        &["show", "FILE", "config"],
        &["show", "FILE", "derived_parameters", "--json"],
    ] {
        assert_eq!(said(args, "second.sqlite"), said(args, "first.hdf5"), "{args:?}");
    }
    let runs = |file: &str| without_seconds(&said(&["runs", "FILE", "--csv"], file));
    assert_eq!(runs("second.sqlite"), runs("first.hdf5"));
}

/// A table without the column that is known to a fraction of a microsecond only.
fn without_seconds(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let odd = reader.headers().expect("a head").iter().position(|name| name == "seconds").expect("seconds");
    let row = |row: csv::StringRecord| {
        row.iter().enumerate().filter(|(at, _)| *at != odd).map(|(_, cell)| cell.to_owned()).collect()
    };
    reader.records().map(|record| row(record.expect("a row"))).collect()
}

#[test]
fn ten_thousand_runs_go_to_sqlite_and_back() {
    let scratch = multiplication();
    insta::assert_snapshot!(there_and_back(&scratch));
    // A disk that is full before all of them are stored.
    let command = format!("ulimit -f 600; exec {} export first.hdf5 -o full.sqlite", env!("CARGO_BIN_EXE_host"));
    let ended = Command::new("bash").args(["-c", &command]).current_dir(scratch.path()).output().expect("bash starts");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(5), "{said}");
    assert!(said.contains("SQLite failed while") && said.contains("the file may not grow further"), "{said}");
}

/// Three runs in `many.hdf5`, as the trajectories `a` and `b`.
fn small() -> Scratch {
    let scratch = Scratch::new();
    let job = guest("multiply").display().to_string();
    for name in ["a", "b"] {
        let args = ["run", &job, "-p", "x=1,2,3", "-p", "y=2", "--name", name, "--no-time", "-o", "many.hdf5"];
        scratch.host(args).exits(0);
    }
    scratch
}

fn names(scratch: &Scratch, file: &str) -> Vec<String> {
    let listed = scratch.host(["ls", file, "--json"]).exits(0).stdout();
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    let names = listed.as_array().expect("a list").iter();
    names.map(|info| info["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn what_export_says() {
    let scratch = small();
    let said = |args: &[&str]| {
        let ended = scratch.host(args);
        format!("$ host {}\n{}{}\n", args.join(" "), ended.stdout(), ended.message())
    };
    scratch.write("text.sqlite", "This is text, which nobody takes for a file of SQLite. ".repeat(9));
    let pypet = repository().join("tests/data/pypet-0.7.0.hdf5");
    std::fs::copy(&pypet, scratch.join("pypet.hdf5")).expect("files can be copied");
    std::os::unix::fs::symlink("many.hdf5", scratch.join("link.hdf5")).expect("links can be made");
    let before = scratch.listing();
    let mut text = String::new();
    for args in [
        &["export", "many.hdf5", "c", "-o", "out.sqlite"][..],
        &["export", "nothing.hdf5", "-o", "out.sqlite"],
        &["export", "text.sqlite", "-o", "out.hdf5"],
        &["export", "many.hdf5", "-o", "many.hdf5"],
        &["export", "many.hdf5", "-o", "link.hdf5"],
        &["export", "many.hdf5", "-o", "out"],
        &["export", "many.hdf5", "-o", "text.sqlite"],
        &["export", "many.hdf5", "-o", "text.sqlite/out.sqlite"],
        &["export", "pypet.hdf5", "-o", "out.sqlite"],
        &["export", "pypet.hdf5", "-o", "out.hdf5"],
        &["export", "many.hdf5"],
    ] {
        text.push_str(&said(args));
    }
    assert_eq!(scratch.listing(), before, "whoever is refused leaves nothing behind");
    text.push_str(&without_sizes(&said(&["export", "many.hdf5", "b", "b", "-o", "out.sqlite"])));
    text.push_str(&said(&["export", "many.hdf5", "-o", "out.sqlite"]));
    assert_eq!(names(&scratch, "out.sqlite"), ["b"], "all or nothing");
    text.push_str(&without_sizes(&said(&["export", "many.hdf5", "--overwrite", "-o", "out.sqlite"])));
    assert_eq!(names(&scratch, "out.sqlite"), ["a", "b"]);
    text.push_str(&without_sizes(&said(&["export", "out.sqlite", "-o", "again.sqlite", "--json"])));
    text.push_str(&said(&["export", "--help"]));
    insta::assert_snapshot!(text);
    let left: Vec<String> = scratch.listing().into_iter().filter(|name| !before.contains(name)).collect();
    assert_eq!(left, ["again.sqlite", "out.sqlite"], "no journals and no locks");
}

/// Sizes depend on the versions of the libraries.
fn without_sizes(text: &str) -> String {
    let stable = |line: &str| match line.split_once("\"bytes\": ") {
        Some((before, _)) => format!("{before}\"bytes\": […],"),
        None => match line.split_once(", compared with ") {
            Some((before, after)) => {
                format!("{}  [size], compared with {after}", before.trim_start().split("  ").next().unwrap_or(""))
            }
            None => line.to_owned(),
        },
    };
    text.lines().map(|line| stable(line) + "\n").collect()
}

#[test]
fn a_file_of_pypet_is_exported_as_far_as_it_can_be_read() {
    let scratch = Scratch::new();
    let script = "import sys, tables\nwith tables.open_file(sys.argv[1], 'a') as f:\n for g in [n for n in f.walk_groups('/') if n._v_name == 'frame']: f.remove_node(g, recursive=True)\n";
    let script = scratch.write("without_frames.py", script);
    let pypet = scratch.join("pypet.hdf5");
    std::fs::copy(repository().join("tests/data/pypet-0.7.0.hdf5"), &pypet).expect("files can be copied");
    python(script, [&pypet]);
    scratch.host(["export", "pypet.hdf5", "-o", "out.sqlite"]).exits(0);
    let shown = |file: &str| {
        let json = scratch.host(["show", file, "run_00000001", "--json"]).exits(0).stdout();
        serde_json::from_str::<serde_json::Value>(&json).expect("JSON")
    };
    let (a, b) = (shown("pypet.hdf5"), shown("out.sqlite"));
    let z = |shown: &serde_json::Value| {
        let mut found = shown.as_object().expect("leaves").iter().filter(|(path, _)| path.ends_with(".z"));
        found.next().expect("the result z").1["items"].clone()
    };
    assert_eq!(z(&a), z(&b));
    assert!(Path::new(&scratch.join("out.sqlite")).is_file());
}
