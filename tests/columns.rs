//! The layout `columns`: the same content as a tree, for every verb and every reader.

use crate::support::{Scratch, guest, python};

/// The conformance job, every kind of value, as a tree and in columns.
fn conformance() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("weights.csv", "current,label\n1.5,a\n2.5,ü\n");
    let job = guest("conformance").display().to_string();
    for layout in ["tree", "columns"] {
        let spec = format!("{}\n[storage]\nlayout = {layout:?}\n", crate::exploration::CONFORMANCE);
        scratch.write("exp.toml", spec);
        let file = format!("{layout}.hdf5");
        scratch.host(["run", &job, "--spec", "exp.toml", "-o", &file]).exits(0);
    }
    scratch
}

fn digest(scratch: &Scratch, file: &str) -> String {
    scratch.host(["digest", file, "--runs"]).exits(0).stdout()
}

/// A table without the columns that no two explorations have in common.
fn without_times(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let odd = reader.headers().expect("a head").iter().position(|name| name == "seconds").expect("seconds");
    let row = |row: csv::StringRecord| {
        row.iter().enumerate().filter(|(at, _)| *at != odd).map(|(_, cell)| cell.to_owned()).collect()
    };
    reader.records().map(|record| row(record.expect("a row"))).collect()
}

#[test]
fn every_verb_and_reader_finds_the_same_in_columns() {
    let scratch = conformance();
    assert_eq!(digest(&scratch, "columns.hdf5"), digest(&scratch, "tree.hdf5"));
    let said = |args: &[&str], file: &str| {
        let args: Vec<&str> = args.iter().map(|arg| if *arg == "FILE" { file } else { arg }).collect();
        scratch.host(&args).exits(0).stdout().replace(file, "FILE")
    };
    for args in [
        &["ls", "FILE", "parameters"][..],
        &["ls", "FILE", "results"],
        &["ls", "FILE", "results.runs"],
        &["ls", "FILE", "results.runs.run_set_00000", "--json"],
        &["ls", "FILE", "derived_parameters.runs.run_set_00000.run_00000000"],
        &["show", "FILE", "results.runs.run_set_00000.run_00000001", "--json"],
        &["show", "FILE", "run_00000000"],
        &["show", "FILE", "parameters"],
        &["show", "FILE", "derived_parameters", "--json"],
        &["check-file", "FILE"],
    ] {
        assert_eq!(said(args, "columns.hdf5"), said(args, "tree.hdf5"), "{args:?}");
    }
    let runs = |file: &str| without_times(&said(&["runs", "FILE", "--csv"], file));
    assert_eq!(runs("columns.hdf5"), runs("tree.hdf5"));
    let files = ["tree.hdf5", "columns.hdf5"].map(|name| scratch.join(name).display().to_string());
    insta::assert_snapshot!(python("check_columns.py", [&files[0], &files[1], &"conformance".to_owned()]));

    // There and back.
    scratch.host(["convert", "tree", "columns.hdf5", "again.hdf5"]).exits(0);
    scratch.host(["convert", "columns", "again.hdf5", "last.hdf5"]).exits(0);
    scratch.host(["export", "last.hdf5", "-o", "last.sqlite"]).exits(0);
    for file in ["again.hdf5", "last.hdf5", "last.sqlite"] {
        assert_eq!(digest(&scratch, file), digest(&scratch, "tree.hdf5"), "{file}");
        assert!(scratch.host(["check-file", file]).exits(0).stdout().contains("all right"), "{file}");
    }
    // pypet loads what was converted as it loads what was a tree from the beginning, and parameters from columns.
    let [tree, again, columns] =
        ["tree.hdf5", "again.hdf5", "columns.hdf5"].map(|name| python("read_with_pypet.py", [scratch.join(name)]));
    assert_eq!(again, tree);
    // Python writes numbers that JSON does not have.
    let read = |text: &str| -> serde_json::Value {
        serde_json::from_str(&text.replace("NaN", "null").replace("-Infinity", "null").replace("Infinity", "null"))
            .expect("JSON")
    };
    let (columns, tree) = (read(&columns), read(&tree));
    let parameters = |all: &serde_json::Value| all["parameters"].clone();
    assert!(!parameters(&tree).is_null() && parameters(&columns) == parameters(&tree), "{columns:#}");
}

#[test]
fn an_exploration_in_columns_goes_on_from_its_file() {
    let scratch = Scratch::new();
    let spec = |modes: &str, layout: &str| {
        format!(
            "spec = 1\n[trajectory]\nname = \"any\"\nadd_time = false\n[job]\ncomponent = {:?}\n[storage]\nlayout = {layout:?}\n\
             [explore.axes]\nmode = [{modes}]\n",
            guest("misbehave").display().to_string()
        )
    };
    let modes = r#""ok", "trap", "error", "ok", "partial", "panic""#;
    let mut digests = Vec::new();
    for layout in ["tree", "columns"] {
        scratch.write("exp.toml", spec(modes, layout));
        let file = format!("{layout}/any.hdf5");
        scratch.host(["run", "--spec", "exp.toml", "-q", "-o", &file]).exits(1);
        let before = digest(&scratch, &file);
        let ended = scratch.host(["resume", &file, "--retry-failed", "--json", "-q"]).exits(1);
        let summary: serde_json::Value = serde_json::from_str(&ended.stdout()).expect("JSON");
        assert_eq!(summary["kept"], 2, "{summary:#}");
        assert_eq!(digest(&scratch, &file), before, "the same runs fail in the same way");
        assert!(scratch.host(["check-file", &file]).exits(0).stdout().contains("all right"));
        digests.push(before);
    }
    assert_eq!(digests[0], digests[1]);
    let failed = |file: &str| without_times(&scratch.host(["runs", file, "--failed", "--csv"]).exits(0).stdout());
    assert_eq!(failed("columns/any.hdf5"), failed("tree/any.hdf5"));
}

#[test]
fn what_is_said_of_layouts() {
    let scratch = Scratch::new();
    let job = guest("multiply").display().to_string();
    scratch.write(
        "exp.toml",
        "spec = 1\n[trajectory]\nname = \"many\"\nadd_time = false\n[storage]\nlayout = \"columns\"\n",
    );
    scratch.host(["run", &job, "-p", "x=1,2,3", "-p", "y=2", "--name", "a", "--no-time", "-o", "few.hdf5"]).exits(0);
    let mut text = String::new();
    for args in [
        &["convert", "columns", "few.hdf5", "out.sqlite"][..],
        &["convert", "columns", "few.hdf5", "few.hdf5"],
        &["convert", "rows", "few.hdf5", "out.hdf5"],
        &["convert", "tree", "nothing.hdf5", "out.hdf5"],
        &["export", "few.hdf5", "-o", "out.sqlite", "--layout", "columns"],
    ] {
        let ended = scratch.host(args);
        text.push_str(&format!("$ host {}\n{}{}\n", args.join(" "), ended.stdout(), ended.message()));
    }
    let many = ["-p", "x=0..1:200", "-p", "y=0..1:150", "--limit", "1"];
    for begin in [&["plan", "--name", "many", "--no-time"][..], &["plan", "--spec", "exp.toml"]] {
        let args = [begin, &many].concat();
        let ended = scratch.host(&args).exits(0);
        text.push_str(&format!("$ host {}\n{}\n", args.join(" "), ended.stdout()));
    }
    let args = ["run", &job, "--spec", "exp.toml", "-p", "x=0..1:50", "-p", "y=0..1:20"];
    let ended = scratch.host(args).exits(0);
    let said = ended.stderr();
    let told = said.lines().find(|line| line.starts_with("  file  ")).expect("what storing costs is told");
    text.push_str(&format!("$ host run … (1000 runs)\n{told}\n"));
    insta::assert_snapshot!(text);
}
