//! The same job in every language stores the same, value by value: `tests/guests/conformance*`.
//!
//! What each of these jobs does stands in `tests/guests/conformance/README.md`. The one in Rust is the reference; that its
//! values are right, pypet says in `exploration`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::PathBuf,
};

use host::{
    sandbox::{Job, JobOptions},
    storage::{self, Reader},
};

use crate::support::{Scratch, guest, repository};

/// Results that a language may leave out, or have in its own way.
const OWN: [&str; 1] = ["access.every_parameter"];
/// Items that a language may leave out: the generator of the Rust SDK.
const OPTIONAL_ITEMS: [(&str, &str); 1] = [("properties", "random")];

/// What one language has made of the exploration.
struct Conformed {
    language: String,
    /// By part and name: everything that was stored, in words that tell every bit but those of a NaN.
    stored: BTreeMap<(String, String), String>,
    /// By part: how the run ended, and why.
    ended: BTreeMap<String, (String, String)>,
    /// What the run that does everything has logged.
    log: Vec<String>,
    /// How the job describes itself.
    manifest: String,
}

/// The languages there are, Rust first: `rust`, or what follows after `conformance-`.
fn languages() -> Vec<(String, PathBuf)> {
    let mut found = vec![("rust".to_owned(), guest("conformance"))];
    let mut folders: Vec<String> = fs::read_dir(repository().join("tests/guests"))
        .expect("the guests")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("conformance-"))
        .collect();
    folders.sort();
    found.extend(folders.iter().map(|name| (name.trim_start_matches("conformance-").to_owned(), guest(name))));
    found
}

fn conform(language: String, job: PathBuf) -> Conformed {
    let scratch = Scratch::new();
    for class in ["packed-class", "duration-class"] {
        fs::copy(guest(class), scratch.join(format!("{class}.wasm"))).expect("components can be copied");
    }
    let spec = repository().join("tests/guests/conformance/exp.toml");
    fs::copy(spec, scratch.join("exp.toml")).expect("the spec can be copied");
    // Two of its runs are to fail.
    scratch.host(["run", &job.display().to_string(), "--spec", "exp.toml", "-j", "1", "--quiet"]).exits(1);

    let reader = storage::open(&scratch.join("languages.hdf5")).expect("the file opens");
    let runs = reader.runs("languages", 0..100).expect("the table of runs");
    let (mut stored, mut ended) = (BTreeMap::new(), BTreeMap::new());
    for run in &runs.rows {
        let [host::trajectory::Value::Text(part)] = run.values.as_slice() else { panic!("the part is explored") };
        ended.insert(part.clone(), (run.status.clone(), run.failure.clone()));
        for branch in ["results", "derived_parameters"] {
            let group = format!("{branch}.runs.run_set_00000.run_{:08}", run.index);
            let mut leaves = BTreeMap::new();
            collect(&*reader, &group, &mut leaves);
            for (node, leaf) in leaves {
                let name = node.trim_start_matches(&group).trim_start_matches('.').to_owned();
                let name = if branch == "results" { name } else { format!("{branch}.{name}") };
                if !OWN.contains(&&*name) {
                    stored.insert((part.clone(), name), leaf);
                }
            }
        }
    }
    let log = fs::read_to_string(scratch.join("logs/languages/main.txt")).expect("a log");
    let log =
        log.lines().filter_map(|line| line.split_once("worker-0000 job ")).map(|(_, said)| said.to_owned()).collect();
    // The cache of the command: interpreters compile for minutes.
    let options = JobOptions { cache: Some(repository().join("target/test-cache/host")), ..JobOptions::default() };
    let manifest = Job::load(&job, &options).and_then(|job| job.manifest()).expect("it describes itself");
    Conformed { language, stored, ended, log, manifest: format!("{manifest:#?}") }
}

/// Every leaf below a node, in words.
fn collect(reader: &dyn Reader, node: &str, into: &mut BTreeMap<String, String>) {
    let Ok(children) = reader.children("languages", node) else { return };
    for child in children {
        let path = format!("{node}.{}", child.name);
        if child.is_leaf {
            let mut leaf = reader.leaf("languages", &path).expect("what is there can be read");
            assert_eq!(leaf.unreadable, [], "{path}");
            leaf.items.retain(|(item, _)| !OPTIONAL_ITEMS.iter().any(|(name, of)| path.ends_with(name) && item == of));
            into.insert(path, format!("{leaf:?}"));
        } else {
            collect(reader, &path, into);
        }
    }
}

/// The rows of the table: a part, and what the first word of a name says of function and type.
fn row((part, name): &(String, String)) -> (String, String) {
    let words: Vec<&str> = name.split('.').collect();
    let depth = if words[0] == "derived_parameters" || part == "round_trip" { 2 } else { 1 };
    (part.clone(), words[..depth.min(words.len())].join("."))
}

#[test]
fn every_language_stores_the_same() {
    let conformed: Vec<Conformed> = languages().into_iter().map(|(language, job)| conform(language, job)).collect();
    let (reference, others) = conformed.split_first().expect("Rust is there");
    assert!(reference.stored.len() > 250, "{} results", reference.stored.len());

    let mut table = format!("{:<14} {:<34}", "part", "function or type");
    conformed.iter().for_each(|one| write!(table, " {:>10}", one.language).expect("text grows"));
    let mut wrong = String::new();
    let rows: BTreeSet<(String, String)> = reference.stored.keys().map(row).collect();
    for (part, what) in &rows {
        write!(table, "\n{part:<14} {what:<34}").expect("text grows");
        let of_row: Vec<_> =
            reference.stored.iter().filter(|(key, _)| row(key) == (part.clone(), what.clone())).collect();
        for one in &conformed {
            let same = of_row.iter().filter(|(key, leaf)| one.stored.get(*key) == Some(*leaf)).count();
            write!(table, " {:>10}", format!("{same}/{}", of_row.len())).expect("text grows");
        }
    }
    for one in others {
        differences(reference, one, &mut wrong);
    }
    println!("{table}");
    assert!(wrong.is_empty(), "{table}\n{wrong}");
}

/// Says where a language has stored, said or done anything else than the reference.
fn differences(reference: &Conformed, one: &Conformed, wrong: &mut String) {
    let language = &one.language;
    let mut say = |line: String| wrong.push_str(&format!("{language}: {line}\n"));
    for (key, leaf) in &reference.stored {
        match one.stored.get(key) {
            Some(found) if found == leaf => {}
            Some(found) => say(format!("{} {}\n  is  {found}\n  not {leaf}", key.0, key.1)),
            None => say(format!("{} {} is missing", key.0, key.1)),
        }
    }
    for key in one.stored.keys().filter(|key| !reference.stored.contains_key(*key)) {
        say(format!("{} {} should not be there", key.0, key.1));
    }
    for (part, (status, failure)) in &reference.ended {
        let Some((found_status, found_failure)) = one.ended.get(part) else {
            say(format!("no run of {part}"));
            continue;
        };
        // The place in the source is that of each language.
        let message = |failure: &str| failure.split(" (").next().unwrap_or_default().to_owned();
        // Where the SDK catches exceptions, what must not happen is an error like any other, with the name of its class.
        let caught = part == "panic"
            && found_status == "error"
            && message(found_failure).ends_with("the guest panics on purpose: ä");
        if (status, message(failure)) != (found_status, message(found_failure)) && !caught {
            say(format!("{part} ended as {found_status} ({found_failure}), not as {status} ({failure})"));
        }
    }
    if reference.log != one.log {
        say(format!("logged\n{}\nand not\n{}", one.log.join("\n"), reference.log.join("\n")));
    }
    if reference.manifest != one.manifest {
        say(format!("describes itself as\n{}\nand not\n{}", one.manifest, reference.manifest));
    }
}

/// Everything that goes wrong in C ends its own run, with a message that tells where.
#[test]
fn every_way_to_fail_in_c_has_its_reason() {
    let scratch = Scratch::new();
    let modes = r#""good", "abort", "assert", "panic", "exit", "exit well", "trap", "silent", "negative", "failure", "no reason",
        "not found", "ambiguous", "wrong type", "no integer", "too large", "inexact", "no array", "array of others", "no table",
        "forgotten", "twice", "entry in entry", "divide", "recursion", "null", "outside", "overrun", "nowhere", "loop", "memory",
        "unknown", "good""#;
    insta::assert_snapshot!(reasons(&scratch, "misbehave-c", modes));
    // What was printed without the end of a line is in the log, whichever way the run ended well or with an error.
    let log = fs::read_to_string(scratch.join("logs/bad/main.txt")).expect("a log");
    for mode in ["good", "silent", "not found"] {
        assert!(log.contains(&format!(": begins: {mode}\n")), "{mode}: {log}");
    }
}

/// Everything that goes wrong in Zig ends its own run, and what is checked there says which function it was in.
#[test]
fn every_way_to_fail_in_zig_has_its_reason() {
    let scratch = Scratch::new();
    let modes = r#""good", "own error", "failure", "failure with its place", "not found", "ambiguous", "wrong type", "too large",
        "two dimensions", "twice", "forgotten", "stale", "annotation of a table", "shape of others", "no text", "panic",
        "unreachable", "assert", "out of bounds", "empty slice", "overflow", "cast", "no integer", "null", "divide",
        "caught too early", "entry in entry", "abort", "exit", "trap", "recursion", "wild pointer", "unchecked", "loop",
        "memory", "unknown", "good""#;
    insta::assert_snapshot!(reasons(&scratch, "misbehave-zig", modes));
    let log = fs::read_to_string(scratch.join("logs/bad/main.txt")).expect("a log");
    for line in ["job INFO     run_00000000: begins: good", "job WARNING  run_00000019: printed by empty slice"] {
        assert!(log.contains(line), "{line}: {log}");
    }
}

/// How the runs of a job have ended, in all these modes.
fn reasons(scratch: &Scratch, job: &str, modes: &str) -> String {
    scratch.write("exp.toml", MISBEHAVE.replace("MODES", modes));
    let job = guest(job).display().to_string();
    scratch.host(["run", &job, "--spec", "exp.toml", "--quiet"]).exits(1);
    let runs = scratch.host(["runs", "bad.hdf5", "--json"]).exits(0).stdout();
    let runs: serde_json::Value = serde_json::from_str(&runs).expect("JSON");
    let mut reasons = String::new();
    for run in runs.as_array().expect("a list") {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let failure = text(&run["failure"]);
        // How much was wanted is up to malloc.
        let failure = match failure.split_once(" wanted ") {
            Some((before, after)) => {
                format!("{before} wanted [n]{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
            }
            None => failure,
        };
        writeln!(reasons, "{}: {}: {failure}", text(&run["parameters"]["mode"]), text(&run["status"]))
            .expect("text grows");
    }
    reasons
}

const MISBEHAVE: &str = r#"
spec = 1
[trajectory]
name = "bad"
add_time = false
[environment]
filename = "bad.hdf5"
[parameters]
mode = "good"
"a.twin" = 300
"b.twin" = 2
third = 0.3125
large = 16777217
grid = { array = [[0.5, 1.5]] }
[explore.axes]
mode = [MODES]
[limits]
timeout = "1s"
memory = "64MiB"
"#;

/// The neuron of example 02 in every language: the same arithmetic, whatever compiled it.
#[test]
fn neurons_fire_alike_in_every_language() {
    let folder = repository().join("examples/02-lif-neuron");
    let mut jobs = vec![("rust".to_owned(), folder.join("job.wasm"))];
    for entry in fs::read_dir(&folder).expect("the example") {
        let entry = entry.expect("an entry");
        let job = entry.path().join("job.wasm");
        if job.is_file() {
            jobs.push((entry.file_name().to_string_lossy().into_owned(), job));
        }
    }
    assert!(jobs.len() > 1, "the example is built in one language only; tests/run.sh builds all");
    let mut rates: Vec<(String, Vec<f64>)> = Vec::new();
    for (language, job) in jobs {
        let scratch = Scratch::new();
        fs::copy(folder.join("exp.toml"), scratch.join("exp.toml")).expect("the spec can be copied");
        scratch.host(["run", &job.display().to_string(), "--spec", "exp.toml", "--quiet"]).exits(0);
        let reader = storage::open(&scratch.join("hdf5/lif_neuron.hdf5")).expect("the file opens");
        let rate = |run: u64| {
            let leaf = reader.leaf("lif_neuron", &format!("results.runs.run_set_00000.run_{run:08}.rate"));
            match leaf.expect("every run has a rate").items.as_slice() {
                [(_, host::trajectory::Value::Float(rate))] => *rate,
                other => panic!("{language}: {other:?} is no rate"),
            }
        };
        rates.push((language.clone(), (0..32).map(rate).collect()));
    }
    let (_, reference) = rates[0].clone();
    assert!(reference.iter().filter(|rate| **rate > 0.0).count() > 15);
    for (language, rates) in &rates[1..] {
        for (found, wanted) in rates.iter().zip(&reference) {
            assert!((found - wanted).abs() <= 1e-12 * wanted.abs(), "{language}: {found} instead of {wanted}");
        }
    }
}

/// What values are read as, in the languages that say which type they want: the jobs assert it.
#[test]
fn values_are_read_exactly_or_not_at_all_in_c_cpp_and_zig() {
    for job in ["conformance-c", "conformance-cpp", "conformance-zig"] {
        let scratch = Scratch::new();
        let job = guest(job).display().to_string();
        scratch.host(["run", &job, "-p", "part=typed", "-p", "x=1,2", "--quiet", "-o", "typed.hdf5"]).exits(0);
    }
}
