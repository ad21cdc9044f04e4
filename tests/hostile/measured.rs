//! The real binary under watch: how long it takes, how much memory it needs at most, what it says.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

/// A program with more memory than this is stopped, so that a failing test does not harm the machine.
const MOST_MIB: u64 = 2048;

/// A program that has ended.
pub struct Measured {
    /// `None` if a signal ended it, or we did.
    pub code: Option<i32>,
    /// Everything that it said on both streams.
    pub said: String,
    pub seconds: f64,
    pub peak_mib: u64,
}

/// What is to happen while a program runs.
#[derive(Clone, Copy)]
pub struct Watch {
    /// It is stopped after so long.
    pub longest: Duration,
    /// It is interrupted after so long.
    pub interrupt: Option<Duration>,
}

impl Watch {
    pub const fn seconds(seconds: u64) -> Self {
        Self { longest: Duration::from_secs(seconds), interrupt: None }
    }
}

/// Runs the binary in `folder`. It believes to be on a terminal, and keeps compiled code in `cache`.
#[expect(clippy::zombie_processes, reason = "`wait4` waits for it, and says more than the standard library")]
pub fn host<'a>(folder: &Path, args: impl IntoIterator<Item = &'a str>, cache: &Path, watch: Watch) -> Measured {
    let [out, err] = ["stdout.txt", "stderr.txt"].map(|name| folder.join(name));
    let file = |path| File::create(path).expect("files can be made");
    let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
    command.args(args).current_dir(folder).env_remove("RUST_LOG").env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1");
    command.env("XDG_CACHE_HOME", cache).stdout(file(&out)).stderr(file(&err));
    // Whoever runs the tests in the background has them ignore it, and children inherit that.
    let heed_interrupts = || {
        // SAFETY: a call without pointers.
        unsafe { libc::signal(libc::SIGINT, libc::SIG_DFL) };
        Ok(())
    };
    // SAFETY: it makes one call, which may be made there.
    unsafe { command.pre_exec(heed_interrupts) };
    let start = Instant::now();
    let child = command.spawn().expect("the binary starts");
    let pid = libc::pid_t::try_from(child.id()).expect("a process number");
    let (status, peak_kib) = wait(pid, start, watch);
    let seconds = start.elapsed().as_secs_f64();
    let said = [&out, &err].map(|path| String::from_utf8_lossy(&fs::read(path).expect("a file")).into_owned()).concat();
    for path in [out, err] {
        fs::remove_file(path).expect("files can be removed");
    }
    Measured {
        code: libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status)),
        said,
        seconds,
        peak_mib: peak_kib >> 10,
    }
}

/// Waits for the end of a child and returns its status and its largest resident size in KiB.
fn wait(pid: libc::pid_t, start: Instant, watch: Watch) -> (i32, u64) {
    let mut interrupt = watch.interrupt;
    let mut seen = 0;
    loop {
        let mut status = 0;
        // SAFETY: all zeros are a valid `rusage`, and both places live through the call.
        let (ended, usage) = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            (libc::wait4(pid, &mut status, libc::WNOHANG, &mut usage), usage)
        };
        assert!(ended >= 0, "the child is ours");
        if ended == pid {
            // A program inherits the largest size of the one that starts it. Where that hides its own, what was last seen
            // of it, and of processes that it has started, has to do.
            let whole = u64::try_from(usage.ru_maxrss).expect("a size");
            return (status, if whole > largest_kib("self") { whole } else { seen });
        }
        seen = seen.max(largest_of_all_kib(&pid.to_string()));
        let signal = if start.elapsed() > watch.longest || seen >> 10 > MOST_MIB {
            Some(libc::SIGKILL)
        } else if interrupt.take_if(|after| start.elapsed() > *after).is_some() {
            Some(libc::SIGINT)
        } else {
            None
        };
        if let Some(signal) = signal {
            // SAFETY: the child has not been waited for, so the number is still its own.
            unsafe { libc::kill(pid, signal) };
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// The largest resident size of a process so far, or of any that it has started and that still runs.
fn largest_of_all_kib(process: &str) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let children = tasks.map(|task| fs::read_to_string(task.path().join("children")).unwrap_or_default());
    let own = largest_kib(process);
    children.flat_map(|all| all.split_whitespace().map(largest_of_all_kib).max()).fold(own, u64::max)
}

/// The largest resident size of a process so far.
fn largest_kib(process: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
