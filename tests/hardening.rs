//! `host run` and `host resume` keep themselves from what they do not need, and say so.

use std::{
    fs, io,
    os::unix::{fs::symlink, process::CommandExt},
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::support::{Scratch, guest, repository};

const SPEC: &str = "spec = 1\n[trajectory]\nname = \"t\"\nadd_time = false\n[parameters]\nx = 0\nwork = 0\n\
                    [explore.axes]\nx = { range = [0, 6] }\n";

/// What the first line about it says where this kernel has landlock.
const HARDENED: &str = "hardened: files (landlock ABI ";

fn command(scratch: &Scratch, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
    command.args(args).current_dir(scratch.path()).env_remove("RUST_LOG").env("NO_COLOR", "1");
    command.env("XDG_CACHE_HOME", repository().join("target/test-cache"));
    command
}

fn linger(scratch: &Scratch, more: &[&str]) -> Command {
    let job = guest("linger").display().to_string();
    command(scratch, &[&["run", &job, "--spec", "exp.toml"], more].concat())
}

#[track_caller]
fn ends_well(output: io::Result<Output>) -> String {
    let output = output.expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    said
}

/// The entry of the configuration, from the file.
#[track_caller]
fn stored(scratch: &Scratch, file: &str) -> String {
    let shown = scratch.host(["show", file, "config.environment", "--json"]).exits(0).stdout();
    let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    let (_, entry) =
        shown.as_object().expect("entries").iter().find(|(path, _)| path.ends_with(".hardened")).expect("it");
    entry["items"]["data"].as_str().expect("a text").to_owned()
}

/// Lets `command` find a kernel without landlock: `error` is what the calls return.
fn without_landlock(command: &mut Command, error: i32) -> &mut Command {
    const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const JUMP: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
    const END: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let first = u32::try_from(libc::SYS_landlock_create_ruleset).expect("a small number");
    let last = u32::try_from(libc::SYS_landlock_restrict_self).expect("a small number");
    let steps = [
        // The number of the call is the first field of what a filter sees.
        step(LOAD, 0, 0, 0),
        step(JUMP, 0, 2, first),
        step(JUMP, 1, 0, last + 1),
        step(END, 0, 0, libc::SECCOMP_RET_ERRNO | u32::try_from(error).expect("a small number")),
        step(END, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let filter = move || {
        let mut steps = steps;
        let program = libc::sock_fprog { len: steps.len() as u16, filter: steps.as_mut_ptr() };
        // SAFETY: plain calls of the kernel; the program outlives them.
        let set = unsafe {
            libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
                && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program) == 0
        };
        if set { Ok(()) } else { Err(io::Error::last_os_error()) }
    };
    // SAFETY: the filter allocates nothing and takes no lock.
    unsafe { command.pre_exec(filter) }
}

#[test]
fn what_was_applied_is_said_and_stored() {
    let scratch = Scratch::new();
    scratch.write("exp.toml", SPEC);
    let said = ends_well(linger(&scratch, &[]).output());
    let line = said.lines().map(str::trim).find(|line| line.contains("hardened: ")).expect("a line of the header");
    assert_eq!(stored(&scratch, "hdf5/t.hdf5"), line);
    if line.starts_with(HARDENED) {
        assert!(line.contains(": output, logs and grants only"), "{line}");
        assert!(!line.contains("escaped"), "all threads answer: {line}");
    } else {
        eprintln!("not tested: {line}");
    }
    let said = ends_well(linger(&scratch, &["--overwrite", "--no-harden"]).output());
    assert!(said.contains("not hardened: not asked for"), "{said}");
    assert_eq!(stored(&scratch, "hdf5/t.hdf5"), "not hardened: not asked for");
}

#[test]
fn kernels_without_landlock_explore_as_well() {
    let scratch = Scratch::new();
    for (use_pool, error, why) in [
        (true, libc::ENOSYS, "not hardened: this kernel has no landlock"),
        (true, libc::EOPNOTSUPP, "not hardened: landlock is switched off in this kernel"),
        (false, libc::ENOSYS, "not hardened: this kernel has no landlock"),
    ] {
        scratch.write("exp.toml", format!("{SPEC}[environment]\nuse_pool = {use_pool}\n"));
        let said = ends_well(without_landlock(&mut linger(&scratch, &["--overwrite"]), error).output());
        assert!(said.contains(why), "{said}");
        assert!(stored(&scratch, "hdf5/t.hdf5").starts_with(why));
        assert!(scratch.host(["runs", "hdf5/t.hdf5"]).exits(0).stdout().contains("6 of 6 runs"));
    }
}

/// The value of a line `Name:  value` of every thread of `process`.
fn of_all_threads(process: u32, name: &str) -> Vec<String> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let values = threads.filter_map(|thread| {
        let status = fs::read_to_string(thread.path().join("status")).ok()?;
        Some(status.lines().find_map(|line| line.strip_prefix(name))?.trim().to_owned())
    });
    values.collect()
}

fn end(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}

#[test]
fn every_thread_and_every_process_of_a_run_is_restricted() {
    for use_pool in [true, false] {
        let scratch = Scratch::new();
        // Runs that take until they are stopped.
        let spec = SPEC.replace("work = 0", "work = 1000000");
        scratch.write("exp.toml", format!("{spec}[environment]\nuse_pool = {use_pool}\nncores = 2\n"));
        let child = linger(&scratch, &[]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let process = child.id();
        let worker = if use_pool { "process_0001.txt" } else { "run_00000001.txt" };
        let start = Instant::now();
        while !scratch.join("logs/t").join(worker).exists() && start.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(Duration::from_millis(200));
        let own = of_all_threads(process, "NoNewPrivs:");
        let children: Vec<u32> = fs::read_dir(format!("/proc/{process}/task"))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
            .flat_map(|children| children.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>())
            .collect();
        let theirs: Vec<String> = children.iter().flat_map(|child| of_all_threads(*child, "NoNewPrivs:")).collect();
        let core = fs::read_to_string(format!("/proc/{process}/limits")).unwrap_or_default();
        let (mut child, mut said) = (child, String::new());
        let _ = child.kill();
        let _ = io::Read::read_to_string(&mut child.stderr.take().expect("a pipe"), &mut said);
        end(child);
        if !said.contains(HARDENED) {
            eprintln!("not tested: {said}");
            return;
        }
        assert!(own.len() >= 4, "workers, logs, signals, the clock: {own:?}");
        assert!(own.iter().all(|value| value == "1"), "{own:?}");
        assert_eq!(theirs.is_empty(), use_pool);
        assert!(theirs.iter().all(|value| value == "1"), "{theirs:?}");
        let core = core.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
        assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    }
}

#[test]
fn results_and_logs_lie_wherever_they_are_to() {
    let scratch = Scratch::new();
    let elsewhere = Scratch::new();
    // Folders by links, a file by a link to where there is none yet, folders that are not there yet.
    symlink(elsewhere.path(), scratch.join("linked")).expect("a link");
    fs::create_dir(elsewhere.join("files")).expect("a folder");
    symlink(elsewhere.join("files/real.hdf5"), scratch.join("link.hdf5")).expect("a link");
    let other_file_system = Path::new("/dev/shm").is_dir().then(|| tempfile::tempdir_in("/dev/shm").ok()).flatten();
    let mut outputs = vec!["linked/t.hdf5", "link.hdf5", "a/b/c/t.hdf5", "t.hdf5", "linked/t.sqlite"];
    let shared = other_file_system.as_ref().map(|folder| folder.path().join("t.hdf5").display().to_string());
    outputs.extend(shared.as_deref());
    for use_pool in [true, false] {
        for output in &outputs {
            let service = if output.ends_with(".sqlite") { "sqlite" } else { "hdf5" };
            let more = format!("[environment]\nuse_pool = {use_pool}\n[storage]\nservice = \"{service}\"\n");
            scratch.write("exp.toml", [SPEC, &more].concat());
            let more = ["--overwrite", "--output", output, "--log-folder", "linked/deep/logs"];
            let said = ends_well(linger(&scratch, &more).output());
            assert!(!said.contains("warning"), "{output}: {said}");
            assert!(scratch.host(["runs", output]).exits(0).stdout().contains("6 of 6 runs"), "{output}");
            assert!(elsewhere.join("deep/logs/t/main.txt").is_file());
            fs::remove_dir_all(elsewhere.join("deep")).expect("logs");
        }
    }
    assert!(elsewhere.join("files/real.hdf5").is_file());
}
