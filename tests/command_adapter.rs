//! Programs that know nothing of `host`, run as jobs: what they get, what becomes of what they leave, and what they
//! cannot do.

use std::{path::Path, sync::OnceLock};

use crate::support::{Scratch, guest, repository, without_amount};

/// The program of `tests/programs/decay`, compiled once.
fn decay() -> &'static Path {
    static BUILT: OnceLock<(Scratch, std::path::PathBuf)> = OnceLock::new();
    let (_, program) = BUILT.get_or_init(|| {
        let scratch = Scratch::new();
        let source = std::fs::read(repository().join("tests/programs/decay/decay.c")).expect("the source is there");
        scratch.write("decay.c", source);
        let said = scratch.host(["build", "."]).exits(0).stdout();
        assert!(said.starts_with("./job.wasm: a program, "), "{said}");
        let program = scratch.join("job.wasm");
        (scratch, program)
    });
    program
}

/// A folder with a spec for `decay` in `mode`.
fn of_mode(mode: &str, job: &str, rest: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.write(
        "exp.toml",
        format!(
            r#"
spec = 1
[trajectory]
name = "decay"
add_time = false
[job]
adapter = "command"
args = ["{mode}", "{{rate}}", "{{sim.steps}}"]
{job}
[parameters]
rate = 0.5
"sim.steps" = 3
text = {{ value = "a \"quoted\" word" }}
[explore.axes]
rate = [0.25, 0.5]
{rest}
"#
        ),
    );
    scratch
}

fn run(scratch: &Scratch, more: &[&str]) -> crate::support::Ended {
    let mut args = vec!["run", decay().to_str().expect("text"), "--spec", "exp.toml", "--quiet"];
    args.extend(more);
    scratch.host(args)
}

fn shown(scratch: &Scratch, node: &str) -> serde_json::Value {
    let text = scratch.host(["show", "hdf5/decay.hdf5", node, "--json"]).exits(0).stdout();
    serde_json::from_str(&text).expect("JSON")
}

const FILES: &str = "[job.command]\nresults = { trace = \"trace.csv\", \"kept.array\" = \"trace.npy\", out = \"out.json\", raw = \"raw.bin\" }";

#[test]
fn what_a_program_leaves_becomes_results() {
    let scratch = of_mode("files", FILES, "");
    run(&scratch, &[]).exits(0);
    let node =
        |name: &str| serde_json::to_string_pretty(&shown(&scratch, &format!("run_00000001.{name}"))).expect("JSON");
    let all: Vec<String> = ["end", "trace", "kept.array", "out", "raw"].map(node).to_vec();
    insta::assert_snapshot!(all.join("\n"));
    let text = all.join("\n");
    // e^-0.5, in the table, the array and the object.
    assert_eq!(text.matches(&(-0.5_f64).exp().to_string()).count(), 3, "{text}");
}

#[test]
fn a_program_gets_its_point_in_three_ways() {
    let scratch = of_mode("echo", "[job.command]\ninput = \"in/point.json\"", "");
    run(&scratch, &[]).exits(0);
    let arguments = shown(&scratch, "run_00000000.arguments").to_string();
    assert!(arguments.contains(r#"["program","echo","0.25","3"]"#), "{arguments}");
    assert!(shown(&scratch, "run_00000000.same").to_string().contains("true"));
    let point = r#"{"rate":0.25,"sim.steps":3,"text":"a \"quoted\" word"}"#;
    let bytes = shown(&scratch, "run_00000000.stdin_bytes").to_string();
    assert!(bytes.contains(&point.len().to_string()), "{bytes}");
}

#[test]
fn text_is_a_result_and_lines_go_to_the_log() {
    let scratch = of_mode("text", "[job.command]\nstdout = \"text\"\nstdin = \"none\"", "");
    run(&scratch, &[]).exits(0);
    let text = shown(&scratch, "run_00000001.stdout").to_string();
    assert!(text.contains(r#"y = 0.22313\nsecond line"#), "{text}");

    let scratch = of_mode("text", "[job.command]\nstdout = \"log\"", "");
    run(&scratch, &[]).exits(0);
    let log = scratch.listing().into_iter().filter(|file| file.ends_with(".txt"));
    let log: String = log.map(|file| std::fs::read_to_string(scratch.join(file)).expect("a log")).collect();
    assert!(log.contains("run_00000001: second line"), "{log}");
}

/// Nothing of this machine, of the time or of other runs reaches a program; random numbers follow from the seed.
#[test]
fn a_program_finds_nothing_that_was_not_granted() {
    let of = |more: &[&str]| {
        let scratch = of_mode("world", "[job.command]\nresults = {}\ninput = \"x\"", "[replicate]\ncount = 2");
        run(&scratch, more).exits(0);
        let runs = ["run_00000000", "run_00000003"];
        runs.map(|run| ["time", "random", "sees"].map(|name| shown(&scratch, &format!("{run}.{name}")).to_string()))
    };
    let first = of(&[]);
    assert_eq!(first, of(&["-j", "1"]));
    assert_ne!(first[0][1], first[1][1], "seeds differ");
    for run in &first {
        assert!(run[0].contains("946684800") && run[2].contains("false"), "{run:?}");
    }
}

#[test]
fn results_are_the_same_whatever_the_workers() {
    let digest = |environment: &str| {
        let scratch = of_mode("files", FILES, environment);
        run(&scratch, &[]).exits(0);
        scratch.host(["digest", "hdf5/decay.hdf5"]).exits(0).stdout()
    };
    let first = digest("[environment]\nmultiproc = false");
    for environment in ["ncores = 2", "ncores = 2\nuse_pool = false", "ncores = 2\nwrap_mode = \"LOCK\""] {
        assert_eq!(digest(&format!("[environment]\n{environment}")), first, "{environment}");
    }
    // The same program as the module that it was made of, and with another name.
    let scratch = of_mode("files", FILES, "");
    std::fs::copy(decay(), scratch.join("other.wasm")).expect("it can be copied");
    scratch.host(["run", "other.wasm", "--spec", "exp.toml", "-q"]).exits(0);
    assert_eq!(scratch.host(["digest", "hdf5/decay.hdf5"]).exits(0).stdout(), first);
}

#[test]
fn failures_say_why() {
    let mut said = String::new();
    let limits = "[limits]\ntimeout = \"2s\"\nmemory = \"16MiB\"\nresults = \"1MiB\"\nwritten = \"2MiB\"";
    let files = "[job.command]\nresults = { trace = \"trace.csv\" }";
    for mode in [
        "silent", "none", "fails", "aborts", "fills", "spins", "floods", "writes", "link", "badcsv", "twice", "badname",
    ] {
        let job = if matches!(mode, "writes" | "link" | "badcsv") { files } else { "" };
        let scratch = of_mode(mode, job, limits);
        run(&scratch, &[]).exits(1);
        let reason = scratch.host(["runs", "hdf5/decay.hdf5", "--json"]).exits(0).stdout();
        let reason: serde_json::Value = serde_json::from_str(&reason).expect("JSON");
        said.push_str(&format!("{mode}: {}\n", without_amount(&failure(&reason))));
    }
    let scratch = of_mode("files", "[job.command]\nresults = { trace = \"trace.dat\" }", limits);
    run(&scratch, &[]).exits(1);
    let reason = scratch.host(["runs", "hdf5/decay.hdf5", "--json"]).exits(0).stdout();
    said.push_str(&format!("no file: {}\n", failure(&serde_json::from_str(&reason).expect("JSON"))));
    insta::assert_snapshot!(said);
}

/// Why the first run has failed.
fn failure(runs: &serde_json::Value) -> String {
    let text = runs.to_string();
    let at = text.find("\"failure\":").unwrap_or_else(|| panic!("a failure in {text}"));
    let rest = &text[at + "\"failure\":".len()..];
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<serde_json::Value>();
    values.next().expect("a value").expect("JSON").to_string()
}

#[test]
fn folders_of_runs_are_gone_afterwards() {
    for environment in ["", "[environment]\nuse_pool = false"] {
        let scratch = of_mode("files", FILES, environment);
        std::fs::create_dir(scratch.join("temporary")).expect("a folder");
        let temporary = scratch.join("temporary").display().to_string();
        let program = decay().to_str().expect("text");
        scratch.host_with(&[("TMPDIR", &temporary)], ["run", program, "--spec", "exp.toml", "-q"]).exits(0);
        let left: Vec<String> = scratch.listing().into_iter().filter(|name| name.starts_with("temporary/")).collect();
        assert!(matches!(&left[..], [one] if one.starts_with("temporary/host-programs-")), "{left:?}");
    }
}

/// What the journal or the file says of the program is enough to go on.
#[test]
fn what_was_ended_goes_on_as_it_began() {
    let scratch = of_mode("{text}", FILES, "[environment]\nmultiproc = false\n[failure]\npolicy = \"fail_fast\"");
    let spec = std::fs::read_to_string(scratch.join("exp.toml")).expect("the spec");
    let spec = spec.replace("rate = [0.25, 0.5]", "text = [\"files\", \"fails\", \"files\"]");
    scratch.write("exp.toml", spec.replace(r#"text = { value = "a \"quoted\" word" }"#, "text = \"files\""));
    run(&scratch, &[]).exits(4);
    let status = || {
        let runs = scratch.host(["runs", "hdf5/decay.hdf5"]).exits(0).stdout();
        runs.lines()
            .filter_map(|line| line.split_whitespace().nth(1).map(str::to_owned))
            .take(4)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(status(), "status ok error pending");
    scratch.host(["resume", "hdf5/decay.hdf5", "-q"]).exits(1);
    assert_eq!(status(), "status ok error ok");
    let of = |run: &str| shown(&scratch, &format!("{run}.kept.array")).to_string().replace(run, "");
    assert_eq!(of("run_00000000"), of("run_00000002"));
}

/// What no program can be run with is said before anything runs.
#[test]
fn refusals() {
    let program = decay().to_str().expect("text").to_owned();
    let mut said = String::new();
    let mut refuse = |what: &str, job: &str, component: &str| {
        let scratch = Scratch::new();
        let spec = format!(
            "spec = 1\n[job]\n{job}\n[parameters]\nx = 1.0\nm = {{ array = [1, 2], dtype = \"float64\" }}\n[explore.axes]\nx = [1.0, 2.0]\n"
        );
        scratch.write("exp.toml", spec);
        std::fs::copy(component, scratch.join("job.wasm")).expect("it can be copied");
        let ended = scratch.host(["run", "job.wasm", "--spec", "exp.toml"]);
        said.push_str(&format!("== {what}\n{}", ended.message()));
        assert!(!scratch.join("hdf5").exists(), "{what}");
    };
    let job = guest("multiply").display().to_string();
    refuse("a program, and nothing is said of it", "", &program);
    refuse("a job as a program", "adapter = \"command\"", &job);
    refuse("another adapter", "adapter = \"shell\"", &program);
    refuse("no adapter", "command = { stdin = \"none\" }", &program);
    refuse("a wrong key", "adapter = \"command\"\ncommand = { stdn = \"none\" }", &program);
    refuse("keyword arguments", "adapter = \"command\"\nkwargs = { a = 1 }", &program);
    refuse("an open place", "adapter = \"command\"\nargs = [\"{x\"]", &program);
    refuse("an unknown parameter", "adapter = \"command\"\nargs = [\"{y}\"]", &program);
    refuse("an array in an argument", "adapter = \"command\"\nargs = [\"{m}\"]", &program);
    refuse("a list as an argument", "adapter = \"command\"\nargs = [[1, 2]]", &program);
    refuse("a file elsewhere", "adapter = \"command\"\ncommand = { results = { a = \"../a.npy\" } }", &program);
    refuse("an absolute file", "adapter = \"command\"\ncommand = { input = \"/etc/passwd\" }", &program);
    insta::assert_snapshot!(said);
}

/// A module of the first WASI, as any compiler makes it, without `host build`.
#[test]
fn a_core_module_is_a_program_too() {
    let scratch = of_mode("unused", "", "");
    let module = wat::parse_str(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "\10\00\00\00\09\00\00\00")
            (data (i32.const 16) "{\"z\": 42}")
            (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#,
    )
    .expect("a module");
    scratch.write("core.wasm", module);
    scratch.host(["run", "core.wasm", "--spec", "exp.toml", "-q"]).exits(0);
    assert!(shown(&scratch, "run_00000001.z").to_string().contains("42"));
    // From the cache, it is the same.
    scratch.host(["run", "core.wasm", "--spec", "exp.toml", "-q", "--overwrite"]).exits(0);
}
