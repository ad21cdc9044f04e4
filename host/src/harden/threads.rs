//! [`restrict_others`]: threads that are there already are restricted too.
//!
//! Before its version 8, landlock restricts the calling thread and those that it starts later. But threads share their
//! memory: whoever takes over one takes over all. So every other thread gets a signal whose handler makes the two calls;
//! libpsx does the same for capabilities, and the C library for user ids.

use std::{
    collections::BTreeSet,
    fs, mem, ptr,
    sync::atomic::{AtomicI32, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

/// How long a thread may take to answer. All of ours sleep or wait in calls that a signal interrupts.
const PATIENCE: Duration = Duration::from_secs(1);

/// The ruleset while threads are being asked, else -1.
static RULES: AtomicI32 = AtomicI32::new(-1);
/// Threads that are restricted by the handler, and that it has failed to restrict.
static DONE: AtomicUsize = AtomicUsize::new(0);
static FAILED: AtomicUsize = AtomicUsize::new(0);

/// Restricts all threads but this one with the ruleset `rules`; how many could not be.
pub(super) fn restrict_others(rules: i32) -> usize {
    let Some(signal) = free_signal() else { return others().len() };
    let Some(before) = install(signal) else { return others().len() };
    RULES.store(rules, Ordering::SeqCst);
    let (mut asked, mut missed) = (BTreeSet::new(), 0);
    // Those that have been started meanwhile by threads that were not yet restricted are found the next time round.
    loop {
        let new: Vec<_> = others().difference(&asked).copied().collect();
        if new.is_empty() {
            break;
        }
        for thread in new {
            asked.insert(thread);
            missed += usize::from(!restrict(thread, signal));
        }
    }
    RULES.store(-1, Ordering::SeqCst);
    if missed == 0 {
        // SAFETY: `before` is what `install` has found. Nobody has the signal pending any more.
        unsafe { libc::sigaction(signal, &before, ptr::null_mut()) };
    }
    missed + FAILED.swap(0, Ordering::SeqCst)
}

/// The other threads of this process.
fn others() -> BTreeSet<libc::pid_t> {
    // SAFETY: has no preconditions.
    let me = unsafe { libc::gettid() };
    let names = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    names.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(|thread| *thread != me).collect()
}

/// Whether `thread` is restricted now, or has ended.
fn restrict(thread: libc::pid_t, signal: i32) -> bool {
    let answers = || DONE.load(Ordering::SeqCst) + FAILED.load(Ordering::SeqCst);
    let before = answers();
    if !send(thread, signal) {
        return true;
    }
    let start = Instant::now();
    while answers() == before {
        if !send(thread, 0) {
            return true;
        }
        if start.elapsed() > PATIENCE {
            return false;
        }
        thread::sleep(Duration::from_micros(20));
    }
    true
}

/// Whether `thread` is there to receive the signal.
fn send(thread: libc::pid_t, signal: i32) -> bool {
    // SAFETY: takes plain numbers.
    unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, signal) == 0 }
}

/// A real-time signal that nobody uses.
fn free_signal() -> Option<i32> {
    (libc::SIGRTMIN()..=libc::SIGRTMAX()).rev().find(|signal| {
        // SAFETY: asks only; a zeroed structure is a valid one.
        unsafe {
            let mut there: libc::sigaction = mem::zeroed();
            libc::sigaction(*signal, ptr::null(), &mut there) == 0 && there.sa_sigaction == libc::SIG_DFL
        }
    })
}

/// Sets the handler; gives back what was there.
fn install(signal: i32) -> Option<libc::sigaction> {
    // SAFETY: zeroed structures are valid ones; the handler keeps to what a handler may do.
    unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = restrict_here as *const () as libc::sighandler_t;
        action.sa_flags = libc::SA_RESTART;
        libc::sigfillset(&mut action.sa_mask);
        let mut before: libc::sigaction = mem::zeroed();
        (libc::sigaction(signal, &action, &mut before) == 0).then_some(before)
    }
}

/// The handler: plain calls of the kernel and nothing else.
extern "C" fn restrict_here(_: i32) {
    let rules = RULES.load(Ordering::SeqCst);
    if rules < 0 {
        return;
    }
    // SAFETY: the calls take plain numbers, and the error number of the interrupted code is set back.
    unsafe {
        let errno = libc::__errno_location();
        let before = *errno;
        libc::prctl(
            libc::PR_SET_NO_NEW_PRIVS,
            1 as libc::c_ulong,
            0 as libc::c_ulong,
            0 as libc::c_ulong,
            0 as libc::c_ulong,
        );
        let failed = libc::syscall(libc::SYS_landlock_restrict_self, rules, 0_u32) != 0;
        *errno = before;
        if failed { &FAILED } else { &DONE }.fetch_add(1, Ordering::SeqCst);
    }
}
