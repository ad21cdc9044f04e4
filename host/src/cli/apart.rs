//! [`go_on_in_a_copy`]: files are read in a copy of this process, which a damaged file may end.
//!
//! The libraries that read them are written in C. Of most damage their checksums keep them; but files of older versions
//! of HDF5 have none, and whoever wants to can make them right. So a crash of a library is one more error here.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
    process,
    time::Duration,
};

use crate::{
    pool::{Side, fork, wait},
    storage::ReadError,
};

use super::failure::Failure;

/// Returns in a copy of this process, which does the rest of the work. The original waits for it and ends as it has
/// ended, without returning; it returns only to say what is wrong.
///
/// # Errors
/// The copy could not be made, or `file`, which it reads, has made a library crash or go round in circles.
pub(super) fn go_on_in_a_copy(file: &Path) -> Result<(), Failure> {
    // Nothing has started a thread so far.
    let Side::Original(copy) = fork().map_err(Failure::Copy)? else { return Ok(()) };
    let is_stuck = watch(copy);
    let status = wait(copy).map_err(Failure::Copy)?;
    if is_stuck {
        return Err(ReadError::Endless { path: file.to_owned(), library: library(file) }.into());
    }
    if libc::WIFEXITED(status) {
        process::exit(libc::WEXITSTATUS(status));
    }
    match libc::WTERMSIG(status) {
        signal @ (libc::SIGSEGV | libc::SIGBUS | libc::SIGABRT | libc::SIGFPE | libc::SIGILL) => {
            Err(ReadError::Crashed { path: file.to_owned(), library: library(file), signal }.into())
        }
        // As a shell says it.
        signal => process::exit(128 + signal),
    }
}

/// Which library reads the file.
fn library(file: &Path) -> &'static str {
    let mut begin = [0; 16];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut begin));
    if read.is_ok() && begin == *b"SQLite format 3\0" { "SQLite" } else { "HDF5" }
}

/// How often is looked after a copy.
const LOOK: Duration = Duration::from_secs(1);
/// A copy that computes for so many looks and reads and writes nothing is stuck in a library.
const STUCK: u32 = 30;

/// Returns when the copy has ended. One that is stuck is ended, and then this is `true`. Where the operating system does
/// not tell enough, nobody is taken for stuck.
fn watch(copy: libc::pid_t) -> bool {
    // SAFETY: a call without pointers.
    let handle = unsafe { libc::syscall(libc::SYS_pidfd_open, copy, 0) };
    let Ok(handle @ 0..) = i32::try_from(handle) else { return false };
    let mut waits = libc::pollfd { fd: handle, events: libc::POLLIN, revents: 0 };
    let (mut before, mut still) = (None, 0);
    let is_stuck = loop {
        // SAFETY: one descriptor, which outlives the call.
        match unsafe { libc::poll(&mut waits, 1, LOOK.as_millis() as i32) } {
            0 => {}
            _ if waits.revents != 0 => break false,
            // A signal.
            _ => continue,
        }
        let Some(now) = Doing::of(copy) else { break false };
        let is_idle =
            before.as_ref().is_some_and(|before: &Doing| before.bytes == now.bytes && before.ticks < now.ticks);
        still = if is_idle { still + 1 } else { 0 };
        before = Some(now);
        if still >= STUCK {
            // SAFETY: our own child, for which nobody has waited yet.
            unsafe { libc::kill(copy, libc::SIGKILL) };
            break true;
        }
    };
    // SAFETY: opened above.
    unsafe { libc::close(handle) };
    is_stuck
}

/// What a process has done so far.
struct Doing {
    /// Bytes read and written.
    bytes: u64,
    /// Time of the processor, in ticks of the clock.
    ticks: u64,
}

impl Doing {
    fn of(process: libc::pid_t) -> Option<Self> {
        let io = fs::read_to_string(format!("/proc/{process}/io")).ok()?;
        let bytes = |name: &str| io.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // After the name, which may hold anything, the 12th and 13th word are times in the program and in the kernel.
        let mut words = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let mut ticks = || words.next()?.parse::<u64>().ok();
        Some(Self { bytes: bytes("rchar:")? + bytes("wchar:")?, ticks: ticks()? + ticks()? })
    }
}
