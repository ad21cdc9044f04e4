use std::{
    collections::BTreeMap,
    fs,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt, fs::symlink},
    process::Command,
    thread,
};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::trajectory::RunIndex;

const TIME: &str = "2026_11_22_22h08m49s";

fn scratch() -> TempDir {
    tempfile::Builder::new().prefix("host-logs-").tempdir().unwrap()
}

fn options(folder: Option<PathBuf>) -> LogOptions<'static> {
    LogOptions { folder, level: LogLevel::default(), verbosity: LevelFilter::OFF, trajectory_time: TIME }
}

/// The files that `action` leaves behind, by name, with times masked.
fn logged(level: LogLevel, variable: Option<&str>, action: impl FnOnce()) -> BTreeMap<String, String> {
    let scratch = scratch();
    let logs = Logs::open_with(
        &LogOptions { level, ..options(Some(scratch.path().join("logs/t"))) },
        variable.map(OsString::from),
    );
    let logs = logs.unwrap();
    tracing::dispatcher::with_default(logs.dispatch(), action);
    drop(logs);
    let entries = fs::read_dir(scratch.path().join("logs/t")).unwrap();
    let read = |path: PathBuf| fs::read_to_string(path).unwrap().lines().map(masked).collect();
    entries
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), read(entry.path())))
        .collect()
}

/// `2026-11-22 22:08:49,123 rest` as `TIME rest`.
fn masked(line: &str) -> String {
    let shape: String = line.chars().take(23).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    match shape == "0000-00-00 00:00:00,000" {
        true => format!("TIME{}\n", &line[23..]),
        false => format!("{line}\n"),
    }
}

fn shown(files: &BTreeMap<String, String>) -> String {
    files.iter().map(|(name, text)| format!("{name}:\n{text}\n")).collect()
}

/// Runs `action` in a thread of that name, with the dispatcher of this one, as the pool does.
fn in_thread(name: &str, action: impl FnOnce() + Send) {
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    thread::scope(|scope| {
        let work = || tracing::dispatcher::with_default(&dispatch, action);
        thread::Builder::new().name(name.into()).spawn_scoped(scope, work).unwrap();
    });
}

#[test]
fn every_origin_has_its_files() {
    let files = logged(LogLevel::Info, None, || {
        tracing::info!(target: "host", "the beginning");
        in_thread("worker-0003", || {
            let _origin = Origin::Worker(3).enter();
            for run in [RunIndex(0), RunIndex(12_345_678)] {
                Origin::takes(run);
                tracing::info!(target: "job", run = %run, "hello");
                tracing::warn!(target: "job", run = %run, count = 3, "odd");
                tracing::debug!(target: "job", run = %run, "not wanted");
            }
            tracing::warn!(target: "host", "about no run");
        });
        in_thread("any", || {
            let origin = Origin::Run(RunIndex(7)).enter();
            tracing::error!(target: "job", run = %RunIndex(7), "wrong");
            drop(origin);
            tracing::info!(target: "host", "between runs");
            let _origin = Origin::Run(RunIndex(8)).enter();
        });
        in_thread("any", || {
            let _origin = Origin::Queue.enter();
            tracing::info!(target: "host", "1000 runs written");
        });
    });
    insta::assert_snapshot!(shown(&files));
}

#[test]
fn without_a_folder_there_are_no_files() {
    let logs = Logs::open_with(&options(None), None).unwrap();
    assert_eq!(logs.folder(), None);
    tracing::dispatcher::with_default(logs.dispatch(), || {
        let _origin = Origin::Worker(0).enter();
        Origin::takes(RunIndex(0));
        assert!(!tracing::enabled!(tracing::Level::ERROR), "nobody reads it");
    });
}

#[test]
fn levels() {
    let everything = || {
        tracing::debug!(target: "job", "debug of the job");
        tracing::debug!(target: "host", "debug of the host");
        tracing::info!(target: "host", "info");
        tracing::warn!(target: "host", "warning");
        tracing::error!(target: "host", "error");
        let _origin = Origin::Worker(0).enter();
        Origin::takes(RunIndex(0));
    };
    let mut all = String::new();
    for level in [LogLevel::Debug, LogLevel::Info, LogLevel::Warning, LogLevel::Error] {
        for variable in [None, Some("info"), Some("job=debug"), Some("off")] {
            let files = logged(level, variable, everything);
            assert!(files["process_0000_runs.txt"].ends_with("run_00000000\n"), "{level:?} {variable:?}");
            let message = |line: &str| line.split_whitespace().skip(4).collect::<Vec<_>>().join(" ");
            let messages = |name: &str| -> Vec<String> { files[name].lines().map(message).collect() };
            let (main, warnings) = (messages("main.txt"), messages("warnings_and_errors.txt"));
            all += &format!("{level:?}, {variable:?}\n  main {main:?}\n  warnings {warnings:?}\n");
        }
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_variable_that_cannot_be_understood_is_said_once() {
    let not_text = OsString::from(std::ffi::OsStr::from_bytes(b"\xff"));
    let variables =
        ["", " , ", "debug", "host=warn, job = off", "job", "loud=loud", "job=debug=info", "dbug", "WARNING", "7"];
    let mut all = String::new();
    for variable in variables.iter().map(OsString::from).chain([not_text]) {
        let (threshold, ignored) = Threshold::new(LogLevel::Info, Some(&variable));
        let said = ignored.map_or(format!("{} and above", threshold.lowest()), |ignored| ignored.to_string());
        all += &format!("{variable:?}: {said}\n");
    }
    insta::assert_snapshot!(all);

    let files = logged(LogLevel::Error, Some("job=loud"), || tracing::error!(target: "host", "afterwards"));
    for name in ["main.txt", "warnings_and_errors.txt"] {
        assert_eq!(files[name].matches("RUST_LOG is ignored").count(), 1, "{files:?}");
        assert!(files[name].contains("afterwards"), "{files:?}");
    }
}

#[test]
fn a_slow_disk_loses_nothing() {
    const LINES: usize = 3 * 4096;
    let scratch = scratch();
    let pipe = scratch.path().join("main.txt");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // A pipe takes 64 KiB, and then nothing until somebody reads: longer than the library would wait at its end.
    let reader = thread::spawn(move || {
        let mut pipe = fs::File::open(pipe).unwrap();
        thread::sleep(Duration::from_secs(3));
        io::read_to_string(&mut pipe).unwrap()
    });
    let logs = Logs::open_with(&options(Some(scratch.path().to_owned())), None).unwrap();
    tracing::dispatcher::with_default(logs.dispatch(), || {
        for number in 0..LINES {
            tracing::info!(target: "host", "line {number}.");
        }
    });
    drop(logs);
    let read = reader.join().unwrap();
    assert_eq!(read.lines().count(), LINES);
    assert!(read.lines().enumerate().all(|(number, line)| line.ends_with(&format!(" line {number}."))));
}

#[test]
fn a_full_disk_ends_nothing() {
    let scratch = scratch();
    for name in ["main.txt", "process_0000.txt", "process_0000_runs.txt"] {
        symlink("/dev/full", scratch.path().join(name)).unwrap();
    }
    fs::create_dir(scratch.path().join("queue_process.txt")).unwrap();
    let logs = Logs::open_with(&options(Some(scratch.path().to_owned())), None).unwrap();
    tracing::dispatcher::with_default(logs.dispatch(), || {
        let _worker = Origin::Worker(0).enter();
        for number in 0..10_000 {
            Origin::takes(RunIndex(number));
            tracing::warn!(target: "job", run = %RunIndex(number), "hello");
        }
        let _queue = Origin::Queue.enter();
        tracing::warn!(target: "host", "it goes on");
    });
    drop(logs);
    let warnings = fs::read_to_string(scratch.path().join("warnings_and_errors.txt")).unwrap();
    assert_eq!(warnings.lines().count(), 10_001, "other files are complete");
}

#[test]
fn what_cannot_be_opened_is_one_clear_error() {
    let mut all = String::new();
    let mut check = |name: &str, prepare: fn(&Path)| {
        let scratch = scratch();
        fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o755)).unwrap();
        prepare(scratch.path());
        let folder = scratch.path().join("logs/t");
        let opened = thread::spawn(move || {
            leave_root();
            Logs::open_with(&options(Some(folder)), None).map(drop)
        });
        let error = opened.join().unwrap().expect_err(name).to_string();
        all += &format!("{name}: {}\n", error.replace(&scratch.path().display().to_string(), "SCRATCH"));
    };
    check("a file in the way of the folder", |scratch| fs::write(scratch.join("logs"), "").unwrap());
    check("no permission to make the folder", |scratch| make(&scratch.join("logs"), 0o555));
    check("no permission to make a file", |scratch| make(&scratch.join("logs/t"), 0o555));
    check("a folder in the way of a file", |scratch| {
        make(&scratch.join("logs/t/main.txt"), 0o777);
        fs::set_permissions(scratch.join("logs/t"), fs::Permissions::from_mode(0o777)).unwrap();
    });
    check("a file that is for reading only", |scratch| {
        make(&scratch.join("logs/t"), 0o777);
        let file = scratch.join("logs/t/warnings_and_errors.txt");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    });
    insta::assert_snapshot!(all);
}

fn make(folder: &Path, mode: u32) {
    fs::create_dir_all(folder).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
}

/// Permissions do not bind root; what this thread does with files, it does as somebody else.
fn leave_root() {
    // SAFETY: it takes a number, changes only this thread, and without the right to do so does nothing.
    #[cfg(target_os = "linux")]
    unsafe {
        libc::setfsuid(65_534);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Every line of every worker is in main.txt and in the worker's own file and nowhere else, in order.
    #[test]
    fn workers_do_not_mix(lines in prop::collection::vec(0_usize..300, 1..12)) {
        let files = logged(LogLevel::Info, None, || {
            let dispatch = tracing::dispatcher::get_default(Clone::clone);
            thread::scope(|scope| {
                for (worker, count) in lines.iter().enumerate() {
                    let dispatch = &dispatch;
                    scope.spawn(move || tracing::dispatcher::with_default(dispatch, || {
                        let _origin = Origin::Worker(worker).enter();
                        for number in 0..*count {
                            Origin::takes(RunIndex((worker * 1000 + number) as u32));
                            tracing::info!(target: "job", "line {number} of {worker}");
                        }
                    }));
                }
            });
        });
        prop_assert_eq!(files.len(), 2 + 2 * lines.len());
        prop_assert_eq!(files["main.txt"].lines().count(), lines.iter().sum::<usize>());
        for (worker, count) in lines.iter().enumerate() {
            let own: String = (0..*count).map(|number| format!("TIME job INFO     line {number} of {worker}\n")).collect();
            prop_assert_eq!(&files[&format!("process_{worker:04}.txt")], &own);
            let runs: String = (0..*count).map(|number| format!("{TIME}: run_{:08}\n", worker * 1000 + number)).collect();
            prop_assert_eq!(&files[&format!("process_{worker:04}_runs.txt")], &runs);
        }
    }
}
