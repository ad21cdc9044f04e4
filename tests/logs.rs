//! The log files: who wrote what where, how much a run may say, and what happens when they cannot be written.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Output},
};

use crate::support::{Scratch, guest, repository};

/// What each run of the guest `talk` says at level INFO, for every time that it is to speak.
const SAID: [(&str, &str); 5] =
    [("INFO", "info"), ("WARNING", "warning"), ("ERROR", "error"), ("INFO", "out"), ("WARNING", "err")];

fn spec(times: &[usize], more: &str) -> String {
    format!(
        "spec = 1\n[trajectory]\nname = \"t\"\nadd_time = false\n[parameters]\ntimes = 1\n[explore.axes]\ntimes = {times:?}\n{more}"
    )
}

/// Explores with the guest `talk`, one run for each of `times`.
fn explored(workers: usize, times: &[usize], more: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.write("exp.toml", spec(times, more));
    let talk = guest("talk").display().to_string();
    let ended = scratch.host(["run", &talk, "--spec", "exp.toml", "-j", &workers.to_string()]).exits(0);
    assert!(!ended.stderr().contains("warning:"), "{}", ended.stderr());
    scratch
}

/// All files of a log folder by name.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).expect("a log folder").map(|entry| entry.expect("an entry"));
    let name = |entry: &fs::DirEntry| entry.file_name().into_string().expect("text");
    entries.map(|entry| (name(&entry), fs::read_to_string(entry.path()).expect("text"))).collect()
}

/// Level and message of the lines of guests in `text`, by run. `before` is how many words stand before the name.
fn by_run(text: &str, before: usize) -> BTreeMap<String, Vec<(String, String)>> {
    let mut runs: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words[before] != "job" {
            continue;
        }
        let run = words[before + 2].strip_suffix(':').unwrap_or_else(|| panic!("no run is named: {line}"));
        runs.entry(run.to_owned()).or_default().push((words[before + 1].to_owned(), words[before + 3..].join(" ")));
    }
    runs
}

/// What a run says that is to speak so many times.
fn expected(index: usize, times: usize) -> Vec<(String, String)> {
    let lines = |time| SAID.map(|(level, place)| (level.to_owned(), format!("{place} {time} of {index}")));
    (0..times).flat_map(lines).collect()
}

fn run_name(index: usize) -> String {
    format!("run_{index:08}")
}

#[test]
fn every_line_is_where_it_belongs() {
    const RUNS: usize = 48;
    let times: Vec<usize> = (0..RUNS).map(|index| index % 3).collect();
    for workers in [1, 2, 8] {
        let scratch = explored(workers, &times, "");
        let files = files(&scratch.join("logs/t"));
        let processes =
            (0..workers).flat_map(|number| ["", "_runs"].map(|end| format!("process_{number:04}{end}.txt")));
        let mut names: Vec<String> = processes.collect();
        names.extend(["main.txt", "queue_process.txt", "warnings_and_errors.txt"].map(str::to_owned));
        names.sort();
        assert_eq!(files.keys().cloned().collect::<Vec<_>>(), names);

        let mut taken = Vec::new();
        for number in 0..workers {
            let list = &files[&format!("process_{number:04}_runs.txt")];
            let mut own: Vec<String> = Vec::new();
            for line in list.lines() {
                let (time, run) = line.split_once(": ").expect("time and run");
                let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
                assert_eq!(shape, "0000_00_00_00h00m00s", "{line}");
                own.push(run.to_owned());
            }
            let said = by_run(&files[&format!("process_{number:04}.txt")], 2);
            for (run, lines) in &said {
                assert!(own.contains(run), "worker {number} speaks of {run}, which it has not taken");
                let index: usize = run["run_".len()..].parse().expect("a number");
                assert_eq!(*lines, expected(index, times[index]));
            }
            let talkative = own.iter().filter(|run| times[run["run_".len()..].parse::<usize>().expect("a number")] > 0);
            assert_eq!(said.len(), talkative.count(), "worker {number} has lost a run that speaks");
            taken.extend(own);
        }
        taken.sort();
        assert_eq!(taken, (0..RUNS).map(run_name).collect::<Vec<_>>(), "each run is taken once");

        let (main, warnings) = (by_run(&files["main.txt"], 3), by_run(&files["warnings_and_errors.txt"], 3));
        for (index, times) in times.iter().enumerate().filter(|(_, times)| **times > 0) {
            let mut all = expected(index, *times);
            assert_eq!(main[&run_name(index)], all);
            all.retain(|(level, _)| level != "INFO");
            assert_eq!(warnings[&run_name(index)], all);
        }
        assert_eq!((main.len(), warnings.len()), (RUNS * 2 / 3, RUNS * 2 / 3));
    }
}

#[test]
fn a_run_that_says_too_much_is_cut_off_once() {
    const LIMIT: usize = 4096;
    // What a line counts beside its text.
    const OVERHEAD: usize = 32;
    let times = [1000, 1, 1000, 5];
    let scratch = explored(2, &times, &format!("[limits]\nlog = \"{LIMIT}B\"\n"));
    let files = files(&scratch.join("logs/t"));
    let processes = format!("{}{}", files["process_0000.txt"], files["process_0001.txt"]);
    for (lines, place) in [(by_run(&processes, 2), "processes"), (by_run(&files["main.txt"], 3), "main")] {
        for (index, times) in times.into_iter().enumerate() {
            let mut said = lines[&run_name(index)].clone();
            let mut whole = expected(index, times);
            if times == 1000 {
                let (level, last) = said.pop().expect("lines");
                assert_eq!(level, "WARNING");
                assert!(last.contains("reached its limit of 4096 bytes ([limits] log)"), "{place}: {last}");
                let mut left = LIMIT;
                let fits = |(_, line): &(String, String)| {
                    let rest = left.checked_sub(line.len() + OVERHEAD);
                    left = rest.unwrap_or(left);
                    rest.is_some()
                };
                let kept = whole.iter().cloned().take_while(fits).count();
                assert!(kept > 50, "the limit is not that low");
                whole.truncate(kept);
            }
            assert_eq!(said, whole, "{place}");
        }
    }
}

#[test]
fn formats() {
    let scratch = explored(1, &[1], "");
    let shown: String =
        files(&scratch.join("logs/t")).iter().map(|(name, text)| format!("{name}:\n{}\n", masked(text))).collect();
    insta::assert_snapshot!(shown);
}

/// The same lines with other digits in their times.
fn masked(text: &str) -> String {
    let line = |line: &str| {
        let time = line.find([' ', ':']).map_or(0, |end| if line[..end].contains('_') { end } else { 23 });
        let masked: String = line[..time].chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        format!("{masked}{}\n", &line[time..])
    };
    text.lines().map(line).collect()
}

#[test]
fn a_variable_of_the_environment_chooses_the_level() {
    let lines = |variable: &str| {
        let scratch = Scratch::new();
        scratch.write("exp.toml", spec(&[1], ""));
        let output = start(&scratch, Some(variable), &[]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        files(&scratch.join("logs/t")).remove("main.txt").expect("main.txt")
    };
    let debug = lines("job=debug");
    assert!(debug.contains(" job DEBUG    run_00000000: debug 0 of 0\n"), "{debug}");
    assert!(
        debug.contains(" 1 runs: 1 ok\n") && !debug.contains(" finished in "),
        "other lines stay as they are: {debug}"
    );
    assert_eq!(lines("off"), "");
    let wrong = lines("job=loud");
    assert_eq!(wrong.matches("RUST_LOG is ignored: `job=loud`").count(), 1, "{wrong}");
    assert!(wrong.contains("info 0 of 0") && !wrong.contains("debug 0 of 0"), "{wrong}");
}

fn start(scratch: &Scratch, variable: Option<&str>, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
    command.arg("run").arg(guest("talk")).args(["--spec", "exp.toml"]).args(more).current_dir(scratch.path());
    command.env("NO_COLOR", "1").env("XDG_CACHE_HOME", repository().join("target/test-cache"));
    match variable {
        Some(variable) => command.env("RUST_LOG", variable),
        None => command.env_remove("RUST_LOG"),
    };
    command.output().expect("the binary starts")
}

#[test]
fn a_full_disk_does_not_end_an_exploration() {
    let scratch = Scratch::new();
    scratch.write("exp.toml", spec(&[5; 20].map(|times: usize| times), ""));
    fs::create_dir_all(scratch.join("logs/t")).expect("a folder");
    for name in ["main.txt", "process_0000.txt"] {
        symlink("/dev/full", scratch.join("logs/t").join(name)).expect("a link");
    }
    // Otherwise the device is out of reach of what is opened after the start.
    let output = start(&scratch, None, &["--no-harden"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let warnings: Vec<&str> = said.lines().filter(|line| line.starts_with("warning:")).collect();
    assert_eq!(warnings.len(), 1, "{said}");
    assert!(warnings[0].contains("could not write the log file"), "{said}");
    assert!(warnings[0].contains("No space left on device"), "{said}");
    let rest = by_run(&files_but_links(&scratch)["warnings_and_errors.txt"], 3);
    assert_eq!(rest.len(), 20, "other files are complete");
}

fn files_but_links(scratch: &Scratch) -> BTreeMap<String, String> {
    for name in ["main.txt", "process_0000.txt"] {
        fs::remove_file(scratch.join("logs/t").join(name)).expect("a link");
    }
    files(&scratch.join("logs/t"))
}

#[test]
fn a_log_that_cannot_be_opened_is_one_error() {
    let scratch = Scratch::new();
    scratch.write("exp.toml", spec(&[1], ""));
    scratch.write("logs", "no folder");
    let talk = guest("talk").display().to_string();
    let in_the_way = scratch.host(["run", &talk, "--spec", "exp.toml"]).message();
    assert_eq!(scratch.listing(), ["exp.toml", "hdf5", "logs"], "the folder for results stays, with nothing in it");
    fs::create_dir_all(scratch.join("l/t/main.txt")).expect("a folder");
    let folder = scratch.host(["run", &talk, "--spec", "exp.toml", "--log-folder", "l"]).message();
    insta::assert_snapshot!(format!("{in_the_way}\n{folder}"));
}
