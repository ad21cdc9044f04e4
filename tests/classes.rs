//! Classes of the user's own, from the spec to the file and back, with the real binary and real components.

use crate::support::{Ended, Scratch, guest, python, without_amount};

/// Copies guests beside the spec: what a message names shall not depend on where the repository is.
fn scratch(guests: &[&str]) -> Scratch {
    let scratch = Scratch::new();
    for name in guests {
        std::fs::copy(guest(name), scratch.join(format!("{name}.wasm"))).expect("components can be copied");
    }
    scratch
}

const ALL: [&str; 4] = ["custom-classes", "duration-class", "packed-class", "lying-class"];

fn spec(rest: &str) -> String {
    format!(
        "spec = 1\n[trajectory]\nname = \"t\"\nadd_time = false\n[environment]\n\
         dynamically_imported_classes = [\"duration-class.wasm\", \"packed-class.wasm\", \"lying-class.wasm\"]\n{rest}"
    )
}

const EVERYTHING: &str = r#"
[parameters]
pause = { value = "1h 30min", class = "Duration", comment = "between trials" }
start = { value = "2min", class = "Duration" }
weights = { array = [1.0, 2.0], class = "ArrayParameter" }
[explore.axes]
pause = ["5s", "1h 30min", "5s"]
"#;

/// An exploration with parameters, derived parameters and results of classes, in `hdf5/t.hdf5`.
pub fn explored() -> Scratch {
    let scratch = scratch(&ALL);
    scratch.write("exp.toml", spec(EVERYTHING));
    scratch.host(["run", "custom-classes.wasm", "--spec", "exp.toml"]).exits(0);
    scratch
}

/// A message without what depends on the compiler of the guests: functions of their runtime, sizes of memories.
fn steady(message: &str) -> String {
    let mut lines = Vec::new();
    for line in message.lines() {
        let line = line.split(" instruction executed").next().unwrap_or(line);
        lines.push(without_amount(line));
    }
    lines.join("\n")
}

fn shown(scratch: &Scratch, args: &[&str]) -> String {
    scratch.host(["show", "hdf5/t.hdf5"].iter().chain(args)).exits(0).stdout()
}

#[test]
fn pypet_reads_what_classes_have_stored() {
    let scratch = explored();
    insta::assert_snapshot!(python("check_classes.py", [scratch.join("hdf5/t.hdf5")]));
}

#[test]
fn results_of_classes_do_not_depend_on_workers() {
    let explored = |cores: &str| {
        let scratch = scratch(&ALL);
        scratch.write("exp.toml", spec(EVERYTHING));
        let axis: Vec<String> = (0..20).map(|n| format!("{n}min {n}s")).collect();
        let axis = format!("pause={}", axis.join(","));
        scratch.host(["run", "custom-classes.wasm", "--spec", "exp.toml", "-j", cores, "-p", &axis]).exits(0);
        scratch
    };
    let scratches = ["1", "2", "8"].map(explored);
    println!("{}", python("check_same_results.py", scratches.each_ref().map(|scratch| scratch.path().join("hdf5"))));
}

#[test]
fn show_loads_values_with_the_class() {
    let scratch = explored();
    let nodes = ["parameters", "run_00000001.spikes", "derived_parameters"];
    let all = |args: &[&str]| nodes.map(|node| shown(&scratch, &[&[node], args].concat())).join("\n");
    let loaded = all(&[]);
    insta::assert_snapshot!("shown_with_classes", loaded);
    insta::assert_snapshot!("shown_with_classes_as_json", shown(&scratch, &["parameters.pause", "--json"]));
    let listed = scratch.host(["runs", "hdf5/t.hdf5", "--json"]).exits(0).stdout();
    let of_runs: Vec<_> = json_rows(&listed).iter().map(|run| run["parameters"]["pause"].clone()).collect();
    assert_eq!(of_runs, ["5 s", "5400 s", "5 s"], "without the class, its words");

    // Another component at the recorded place, then none, then one that is named.
    std::fs::copy(scratch.join("lying-class.wasm"), scratch.join("packed-class.wasm")).expect("files can be copied");
    std::fs::rename(scratch.join("duration-class.wasm"), scratch.join("moved.wasm")).expect("files can be moved");
    insta::assert_snapshot!("shown_without_classes", all(&[]));
    insta::assert_snapshot!("shown_without_classes_as_json", shown(&scratch, &["parameters.pause", "--json"]));
    let packed = guest("packed-class").display().to_string();
    assert_eq!(all(&["--class", "moved.wasm", "--class", &packed]), loaded);
    let refused = scratch.host(["show", "hdf5/t.hdf5", "pause", "--class", "custom-classes.wasm"]).exits(2);
    insta::assert_snapshot!("show_with_a_job_for_a_class", refused.message());
}

/// The rows of `host runs --json`.
fn json_rows(listed: &str) -> Vec<serde_json::Value> {
    let listed: serde_json::Value = serde_json::from_str(listed).expect("JSON");
    let rows = listed.as_array().or_else(|| listed["runs"].as_array()).expect("a list of runs");
    rows.clone()
}

#[test]
fn overviews_speak_the_words_of_classes() {
    let scratch = explored();
    insta::assert_snapshot!(python("read_overview_values.py", [scratch.join("hdf5/t.hdf5")]));
}

#[test]
fn classes_that_lie_are_refused_before_anything_is_on_disk() {
    let scratch = scratch(&ALL);
    let modes = [
        "trap",
        "loop",
        "error",
        "nothing",
        "illegal name",
        "name of the layout",
        "nested",
        "twice",
        "contradiction",
        "memory",
        "lie",
        "other type",
        "more",
        "less",
        "load traps",
        "load errors",
        "no words",
    ];
    let mut messages = String::new();
    let mut refused = |title: &str, rest: &str| {
        scratch.write("exp.toml", spec(rest));
        let before = scratch.listing();
        for verb in ["run", "check"] {
            let ended = scratch.host([verb, "custom-classes.wasm", "--spec", "exp.toml"]);
            if verb == "run" {
                messages.push_str(&format!("## {title}\n{}\n", steady(&ended.message())));
            }
            assert_eq!(ended.code(), Some(2), "{title}");
        }
        assert_eq!(scratch.listing(), before, "{title} left something behind");
    };
    let limits = "[limits]\ntimeout = \"200ms\"\nmemory = \"64 MiB\"\n";
    for mode in modes {
        refused(mode, &format!("{limits}[parameters]\n\"net.x\" = {{ value = \"{mode}\", class = \"Lying\" }}\n"));
    }
    let fine = "[parameters]\nx = { value = \"fine\", class = \"Lying\" }\n";
    refused("an explored value", &format!("{fine}[explore.axes]\nx = [\"fine\", \"lie\"]\n"));
    refused("not its kind of value", "[parameters]\nx = { value = 1, class = \"Duration\" }\n");
    refused("unknown", "[parameters]\nx = { value = 1, class = \"Durations\" }\n");
    refused("a class of results", "[parameters]\nx = { value = 1, class = \"Packed\" }\n");
    insta::assert_snapshot!(messages);
}

#[test]
fn components_that_cannot_be_classes() {
    let scratch = scratch(&ALL);
    let run = |files: &str| -> Ended {
        let text = spec("[explore.axes]\nx = [1, 2]\n");
        let line = text.lines().find(|line| line.starts_with("dynamically")).expect("the line of classes").to_owned();
        scratch.write("exp.toml", text.replace(&line, &format!("dynamically_imported_classes = {files}")));
        scratch.host(["run", "custom-classes.wasm", "--spec", "exp.toml"])
    };
    let before = ["custom-classes.wasm", "duration-class.wasm", "exp.toml", "lying-class.wasm", "packed-class.wasm"];
    let messages = ["none.wasm", "exp.toml", "custom-classes.wasm", "duration-class.wasm\", \"duration-class.wasm"]
        .map(|file| run(&format!("[\"{file}\"]")).exits(2).message());
    assert_eq!(scratch.listing(), before);
    insta::assert_snapshot!(messages.join("\n"));
    let as_job = scratch.host(["run", "duration-class.wasm", "-p", "x=1,2"]).exits(2);
    insta::assert_snapshot!("a_class_is_no_job", as_job.message());
}

#[test]
fn a_run_hears_what_its_class_refuses() {
    let scratch = scratch(&ALL);
    let modes = [
        "lie",
        "trap",
        "loop",
        "error",
        "names",
        "handled lie",
        "handled trap",
        "handled error",
        "handled names",
        "handled unknown",
        "handled parameter class",
        "handled result class",
        "handled no duration",
        "handled number",
        "handled no items",
        "handled twice",
    ];
    let limits = "[limits]\ntimeout = \"500ms\"\n[failure]\nretries = 0\n";
    scratch.write("exp.toml", spec(&format!("{limits}[parameters]\nmode = \"\"\n[explore.axes]\nmode = {modes:?}\n")));
    scratch.host(["run", "custom-classes.wasm", "--spec", "exp.toml"]).exits(1);
    let listed = scratch.host(["runs", "hdf5/t.hdf5", "--failed", "--json"]).exits(0).stdout();
    let mut heard = String::new();
    for (run, mode) in json_rows(&listed).iter().zip(modes) {
        heard.push_str(&format!("## {mode}\n{}: {}\n", run["status"], run["failure"].as_str().expect("text")));
    }
    for (index, mode) in modes.iter().enumerate().filter(|(_, mode)| mode.starts_with("handled")) {
        let node = format!("results.runs.run_set_00000.run_{index:08}.refusal");
        let said: serde_json::Value = serde_json::from_str(&shown(&scratch, &[&node, "--json"])).expect("JSON");
        heard.push_str(&format!("## {mode}\n{}\n", said[&node]["items"]["refusal"].as_str().expect("text")));
    }
    insta::assert_snapshot!(steady(&heard));
}

#[test]
fn what_a_class_makes_counts_against_the_run() {
    let scratch = scratch(&ALL);
    let run = |limits: &str| {
        scratch.write("exp.toml", spec(&format!("[limits]\n{limits}\n{EVERYTHING}")));
        scratch.host(["run", "custom-classes.wasm", "--spec", "exp.toml", "--overwrite"])
    };
    let failure = |ended: Ended| {
        let said = ended.exits(1).stdout();
        said.lines().find(|line| line.contains("run_00000000")).expect("a failed run").trim().to_owned()
    };
    run("result_count = 4\nresults = \"12 KiB\"").exits(0);
    let messages = [failure(run("result_count = 3")), failure(run("results = \"4 KiB\""))];
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn what_classes_have_stored_goes_to_sqlite_and_back() {
    let scratch = explored();
    let first = scratch.listing().into_iter().find(|name| name.ends_with(".hdf5")).expect("a file");
    scratch.host(["export", &first, "-o", "second.sqlite", "-q"]).exits(0);
    scratch.host(["export", "second.sqlite", "-o", "third.hdf5", "-q"]).exits(0);
    let shown = |file: &str| scratch.host(["show", file, "parameters", "--json"]).exits(0).stdout();
    assert_eq!(shown("third.hdf5"), shown(&first));
    assert_eq!(shown("second.sqlite"), shown(&first));
    // Without the class there is no value, and so no copy: better than another one.
    std::fs::remove_file(scratch.join("duration-class.wasm")).expect("a component");
    let refused = scratch.host(["export", &first, "-o", "fourth.hdf5", "-q"]).exits(5);
    assert!(refused.stderr().contains("--class"), "{}", refused.stderr());
    assert!(!scratch.join("fourth.hdf5").exists());
}
