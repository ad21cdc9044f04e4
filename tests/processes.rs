//! A process of its own for every run: the same results as from the pool, and a crash costs one run.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use host::{
    pool::{self, Activity, Collector, Delivery, PoolError, PoolOptions, Program, Runner, Stop},
    sandbox::{Job, JobOptions},
    trajectory::{Axis, Combine, Explored, FinishedRun, NodePath, Parameter, Points, RunSet, Trajectory, Value},
};

use crate::{
    exploration::CONFORMANCE,
    support::{Ended, Scratch, example, guest, python, repository},
};

/// A spec over modes of the guest `misbehave`, with a process for every run or without.
fn spec(name: &str, modes: &[&str], use_pool: bool, more: &str) -> String {
    format!(
        "spec = 1\n[trajectory]\nname = \"{name}\"\nadd_time = false\n[environment]\nuse_pool = {use_pool}\n\
         [parameters]\nmode = \"ok\"\n[explore]\nmode = \"zip\"\n[explore.axes]\nmode = {modes:?}\n{more}"
    )
}

/// Runs a spec with the guest `misbehave`.
fn misbehave(scratch: &Scratch, text: &str, more: &[&str]) -> Ended {
    scratch.write("exp.toml", text);
    let job = guest("misbehave").display().to_string();
    scratch.host([&["run", &job, "--spec", "exp.toml"], more].concat())
}

/// Mode, status and reason of every run.
fn runs(scratch: &Scratch, name: &str) -> Vec<[String; 3]> {
    let shown = scratch.host(["runs", &format!("hdf5/{name}.hdf5"), "--json"]).exits(0).stdout();
    let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let runs = shown.as_array().expect("a list").iter();
    runs.map(|run| [text(&run["parameters"]["mode"]), text(&run["status"]), text(&run["failure"])]).collect()
}

#[test]
fn results_are_those_of_the_pool() {
    let lif = fs::read_to_string(example("02-lif-neuron").with_file_name("exp.toml")).expect("a spec");
    for (job, text) in [(example("02-lif-neuron"), lif.as_str()), (guest("conformance"), CONFORMANCE)] {
        let mut scratches = Vec::new();
        for (use_pool, cores) in [(true, "2"), (false, "1"), (false, "2"), (false, "8")] {
            let scratch = Scratch::new();
            scratch.write("weights.csv", "current,label\n1.5,a\n2.5,ü\n");
            scratch.write("exp.toml", with_use_pool(text, use_pool));
            scratch.host(["run", &job.display().to_string(), "--spec", "exp.toml", "-j", cores]).exits(0);
            scratches.push((scratch.join("hdf5"), scratch));
        }
        println!("{}", python("check_same_results.py", scratches.iter().map(|(folder, _)| folder)));
    }
}

fn with_use_pool(spec: &str, use_pool: bool) -> String {
    let line = format!("[environment]\nuse_pool = {use_pool}\n");
    match spec.split_once("[environment]\n") {
        Some((before, after)) => format!("{before}{line}{after}"),
        None => format!("{spec}{line}"),
    }
}

#[test]
fn runs_end_for_the_same_reasons_as_in_the_pool() {
    let modes = [
        "ok",
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
    let limits = "[limits]\ntimeout = \"1s\"\nmemory = \"64MiB\"\nresults = \"16MiB\"\nresult_count = 100\n";
    let scratch = Scratch::new();
    let [pool, processes] = [("pool", true), ("processes", false)].map(|(name, use_pool)| {
        misbehave(&scratch, &spec(name, &modes, use_pool, limits), &["-j", "2"]).exits(1);
        runs(&scratch, name)
    });
    assert_eq!(pool, processes);
    assert_eq!(pool.iter().filter(|[_, status, _]| status != "ok").count(), 11, "{pool:?}");
}

#[test]
fn logs_are_those_of_the_pool() {
    let scratch = Scratch::new();
    scratch.write("weights.csv", "current,label\n1.5,a\n2.5,ü\n");
    let flood = spec("flood", &["log-flood"], true, "").replace("use_pool = true\n", "");
    for (name, text, at_least) in [("conformance", CONFORMANCE, 8), ("flood", flood.as_str(), 1000)] {
        let job = guest(if name == "flood" { "misbehave" } else { name }).display().to_string();
        let lines = [true, false].map(|use_pool| {
            scratch.write("exp.toml", with_use_pool(text, use_pool));
            scratch.host(["run", &job, "--spec", "exp.toml", "-j", "1", "--overwrite"]).exits(0);
            let log = scratch.join(format!("logs/{name}/main.txt"));
            let said = fs::read_to_string(&log).expect("a log");
            fs::remove_file(log).expect("the log can be removed");
            // Date, time and who speaks stand in front: a worker there, the run itself here.
            let said = said.lines().filter(|line| line.contains(" job "));
            said.map(|line| line.splitn(4, ' ').skip(2).map(str::to_owned).collect::<Vec<_>>()).collect::<Vec<_>>()
        });
        let texts = lines.each_ref().map(|lines| lines.iter().map(|line| line[1].clone()).collect::<Vec<_>>());
        assert_eq!(texts[0], texts[1]);
        assert!(texts[0].len() >= at_least, "{} lines", texts[0].len());
        assert_eq!([&lines[0][0][0], &lines[1][0][0]], ["worker-0000", "run_00000000"]);
    }
}

#[test]
fn failure_policies_are_those_of_the_pool() {
    let scratch = Scratch::new();
    let fast = spec("fast", &["trap"; 20], false, "[failure]\npolicy = \"fail_fast\"\nretries = 2\n");
    misbehave(&scratch, &fast, &["-j", "1"]).exits(4);
    let pending = runs(&scratch, "fast").iter().filter(|[_, status, _]| status == "pending").count();
    assert_eq!(pending, 19, "the first failure stops a single worker");
    let log = fs::read_to_string(scratch.join("logs/fast/warnings_and_errors.txt")).expect("a log");
    assert_eq!(log.matches("failed and is tried again").count(), 2, "{log}");
}

/// A program that explores while the test looks at its processes.
struct Exploring {
    host: Child,
    scratch: Scratch,
}

impl Exploring {
    /// Starts eight runs that loop for ever, two at a time.
    fn start(limits: &str) -> Self {
        let scratch = Scratch::new();
        scratch.write("exp.toml", spec("loops", &["loop"; 8], false, limits));
        let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
        command.args(["run", &guest("misbehave").display().to_string(), "--spec", "exp.toml", "-j", "2"]);
        command.current_dir(scratch.path()).env_remove("RUST_LOG");
        command.env("XDG_CACHE_HOME", repository().join("target/test-cache"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Self { host: command.spawn().expect("the binary starts"), scratch }
    }

    fn pid(&self) -> u32 {
        self.host.id()
    }

    /// The processes of two runs under way, once they compute, and those of which they are copies.
    #[track_caller]
    fn processes(&self) -> (Vec<u32>, Vec<u32>) {
        eventually(Duration::from_secs(30), || {
            let originals = children(self.pid());
            let copies: Vec<u32> = originals.iter().flat_map(|original| children(*original)).collect();
            (copies.len() == 2 && copies.iter().all(|copy| threads(*copy) > 1)).then_some((copies, originals))
        })
    }

    /// Sends a signal to all processes of the group, as a terminal does.
    fn interrupt(&self) {
        signal(-i32::try_from(self.pid()).expect("a small number"), libc::SIGINT);
    }
}

impl Drop for Exploring {
    fn drop(&mut self) {
        let _ = self.host.kill();
        let _ = self.host.wait();
    }
}

fn signal(process: i32, signal: i32) {
    // SAFETY: takes plain numbers; the processes are those that this test has started.
    assert_eq!(unsafe { libc::kill(process, signal) }, 0, "{}", std::io::Error::last_os_error());
}

#[track_caller]
fn eventually<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < patience, "it has not happened within {patience:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// State and parent of a process.
fn stat(pid: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

fn children(pid: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").expect("/proc is readable").filter_map(|entry| {
        let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        Some((pid, stat(pid)?))
    });
    all.filter(|(_, (state, parent))| *parent == pid && *state != 'Z').map(|(pid, _)| pid).collect()
}

fn threads(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count)
}

fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != 'Z')
}

#[test]
fn nothing_outlives_a_program_that_was_killed() {
    let mut exploring = Exploring::start("");
    let (copies, originals) = exploring.processes();
    exploring.host.kill().expect("it can be killed");
    exploring.host.wait().expect("it ends");
    let all = [copies, originals].concat();
    assert_eq!(all.len(), 4);
    eventually(Duration::from_secs(1), || all.iter().all(|pid| !is_alive(*pid)).then_some(()));
}

#[test]
fn the_first_interruption_lets_runs_finish_and_the_second_ends_them() {
    let mut exploring = Exploring::start("");
    let (copies, originals) = exploring.processes();
    exploring.interrupt();
    thread::sleep(Duration::from_millis(500));
    let all = [copies, originals].concat();
    assert!(all.iter().all(|pid| is_alive(*pid)), "the runs under way go on");
    exploring.interrupt();
    eventually(Duration::from_secs(2), || all.iter().all(|pid| !is_alive(*pid)).then_some(()));
    assert_eq!(exploring.host.wait().expect("it ends").code(), Some(130));
    assert!(!exploring.scratch.join("hdf5/loops.hdf5").exists(), "nothing was waited for");
}

#[test]
fn a_run_without_a_time_limit_is_ended_too() {
    let mut exploring = Exploring::start("[limits]\ntimeout = \"none\"\n");
    let (copies, _) = exploring.processes();
    // A hang-up abandons at once.
    signal(exploring.pid() as i32, libc::SIGHUP);
    eventually(Duration::from_secs(2), || copies.iter().all(|pid| !is_alive(*pid)).then_some(()));
    assert_eq!(exploring.host.wait().expect("it ends").code(), Some(130));
}

#[test]
fn a_run_has_no_files_of_the_program() {
    let exploring = Exploring::start("");
    let (copies, originals) = exploring.processes();
    assert!(originals.iter().all(|pid| threads(*pid) == 1), "a process with threads could not copy itself");
    for pid in copies.iter().chain(&originals) {
        let files: Vec<PathBuf> = fs::read_dir(format!("/proc/{pid}/fd"))
            .expect("it is ours")
            .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
            .collect();
        let expected = |file: &Path| {
            let text = file.to_string_lossy();
            text.starts_with("pipe:") || text.starts_with("socket:") || file.extension() == Some(OsStr::new("cwasm"))
        };
        assert!(files.len() >= 4 && files.iter().all(|file| expected(file)), "{files:?}");
        let count = |word: &str| files.iter().filter(|file| file.to_string_lossy().contains(word)).count();
        assert!(count("socket:") == 1 && count("cwasm") >= 1, "{files:?}");
    }
}

#[test]
fn a_crash_costs_one_run() {
    let mut exploring = Exploring::start("[limits]\ntimeout = \"2s\"\n");
    // As when the host itself gives up.
    let (copies, _) = exploring.processes();
    signal(copies[0] as i32, libc::SIGABRT);
    assert_eq!(exploring.host.wait().expect("it ends").code(), Some(1));
    let reasons: Vec<String> = runs(&exploring.scratch, "loops").into_iter().map(|[_, _, reason]| reason).collect();
    let crashed = "the process of the run ended early: killed by signal 6 (SIGABRT)";
    let late = "the run took longer than its limit of 2s ([limits] timeout)";
    let count = |text: &str| reasons.iter().filter(|reason| *reason == text).count();
    assert_eq!((count(crashed), count(late)), (1, 7), "{reasons:?}");
}

#[test]
fn whoever_is_killed_or_hangs_costs_one_run() {
    let mut exploring = Exploring::start("[limits]\ntimeout = \"2s\"\n");
    // One is killed from outside, the other hangs, as in a call of the operating system that does not return.
    let (copies, originals) = exploring.processes();
    signal(copies[0] as i32, libc::SIGKILL);
    signal(copies[1] as i32, libc::SIGSTOP);
    // Later, the process from which the others are copied is killed.
    let original = eventually(Duration::from_secs(30), || {
        let now = children(exploring.pid());
        now.into_iter().find(|pid| !originals.contains(pid) && children(*pid).iter().any(|copy| threads(*copy) > 1))
    });
    signal(original as i32, libc::SIGKILL);
    assert_eq!(exploring.host.wait().expect("it ends").code(), Some(1));
    let mut reasons = BTreeMap::<String, usize>::new();
    for [_, _, reason] in runs(&exploring.scratch, "loops") {
        *reasons.entry(reason).or_default() += 1;
    }
    let killed =
        "the process of the run ended early: killed by signal 9 (SIGKILL), as the kernel does when memory runs out";
    assert_eq!(reasons.get(killed), Some(&2), "{reasons:?}");
    assert_eq!(reasons.get("the run took longer than its limit of 2s ([limits] timeout)"), Some(&6), "{reasons:?}");
}

#[test]
fn a_process_that_should_serve_starts_no_others() {
    let scratch = Scratch::new();
    scratch.write("exp.toml", spec("nested", &["ok"], false, ""));
    let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
    command.args(["run", &guest("misbehave").display().to_string(), "--spec", "exp.toml"]);
    command.current_dir(scratch.path()).env("XDG_CACHE_HOME", repository().join("target/test-cache"));
    let output = command.env("HOST_SINGLE_RUN", "something else").output().expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("this process was started to do single runs (`HOST_SINGLE_RUN` is set)"), "{said}");
}

/// Four runs of `tests/guests/multiply`.
fn trajectory() -> Arc<Trajectory> {
    let path = |name: &str| NodePath::new(name).expect("a name");
    let axis = Axis::integers(0, 4, 1).expect("an axis");
    let explored = Some(Explored { axis, position: 0 });
    let parameters = BTreeMap::from([
        (path("x"), Parameter { explored, ..Parameter::new(Value::Int(0), "") }),
        (path("y"), Parameter::new(Value::Int(3), "")),
    ]);
    let points = Points::new(vec![4], Combine::Cartesian, 1).expect("points");
    Arc::new(Trajectory::from_parts("embedded", "", parameters, points, 1).expect("a trajectory"))
}

/// Keeps whatever has ended.
#[derive(Default)]
struct Kept(Vec<FinishedRun>);

impl Collector for &mut Kept {
    type Error = std::convert::Infallible;

    fn collect(&mut self, runs: &[FinishedRun]) -> Result<(), Self::Error> {
        self.0.extend_from_slice(runs);
        Ok(())
    }
}

/// What a program gets that explores through the library.
fn explore(job: &Job, runner: Runner) -> Result<Vec<FinishedRun>, String> {
    let stop = Arc::new(Stop::default());
    let workers = NonZeroUsize::new(2).expect("two");
    let activity = Arc::new(Activity::new(2, Arc::clone(&stop)));
    let done = RunSet::default();
    let options = PoolOptions { runner, workers, queued_bytes: 1 << 20, retries: 0, tolerated: u64::MAX, done };
    let mut kept = Kept::default();
    pool::run_all(job, &trajectory(), &options, &stop, &activity, Delivery::Queue(&mut kept), &mut || ())
        .map_err(|why: PoolError<_>| why.to_string())?;
    let mut all = kept.0;
    all.sort_by_key(|run| run.index);
    // Clocks differ.
    all.iter_mut().for_each(|run| (run.started, run.took) = (0.0, Duration::ZERO));
    Ok(all)
}

#[test]
fn programs_of_others_use_a_host_or_serve_themselves() {
    let scratch = Scratch::new();
    let options = JobOptions { cache: Some(scratch.join("cache")), ..JobOptions::default() };
    let job = Job::load(&guest("multiply"), &options).expect("a job");
    let expected = explore(&job, Runner::Pool).expect("four runs");
    assert!(expected.len() == 4 && expected.iter().all(|run| run.outcome.is_ok()), "{expected:?}");

    let host = Runner::Processes(Program::At(env!("CARGO_BIN_EXE_host").into()));
    assert_eq!(explore(&job, host.clone()).as_ref(), Ok(&expected));
    // Somebody has emptied the cache meanwhile.
    fs::remove_dir_all(scratch.join("cache")).expect("the cache can be removed");
    assert_eq!(explore(&job, host).as_ref(), Ok(&expected));

    // This program does not serve, and is not started again and again.
    let refusal = |program| explore(&job, Runner::Processes(program)).expect_err("no program for runs");
    let itself = std::env::current_exe().expect("a path");
    let quiet = scratch.write("quiet", "#!/bin/sh\necho something else; echo '  and\nmore' >&2\n");
    fs::set_permissions(&quiet, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("it can be made executable");
    let said = [
        refusal(Program::Present),
        refusal(Program::At("nowhere/host".into())),
        refusal(Program::At(quiet)).replace(&scratch.path().display().to_string(), "scratch"),
    ];
    insta::assert_snapshot!(said.join("\n"));
    assert!(refusal(Program::At(itself)).contains("does not do single runs"));
}
