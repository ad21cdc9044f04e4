//! What is left to this process once everything that it needs is open. Second line behind the sandbox.
//!
//! Guests cannot leave wasmtime; if one ever does, it finds a process that reaches the places of [`Reach`] and nothing
//! else: no other files, no TCP, no signals to strangers. [`restrict`] asks the kernel for that (landlock, Linux 5.13 or
//! later), for every thread of this process and for good: nothing takes it back, and processes that are started later
//! inherit it. The library never calls it by itself; `host run` and `host resume` do, just before the first run.
//!
//! This module knows no experiment: places in, what was applied out.

#[cfg(target_os = "linux")]
mod landlock;
mod program;
#[cfg(test)]
mod tests;
#[cfg(target_os = "linux")]
mod threads;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
};

use thiserror::Error;

/// The places that a process may reach.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    places: Vec<(PathBuf, May)>,
}

/// What may be done in one place. A folder stands for everything below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// Look, and change nothing.
    Read,
    /// Read, and run as a program.
    Run,
    /// Read, and make, write, rename and remove plain files: what results, journals and logs need.
    Store,
    /// All that a guest may do in a directory that it was granted for reading and writing: also folders and links.
    /// Neither devices nor programs.
    Change,
}

impl Reach {
    /// What this program needs in order to go on: its own file and libraries, to start processes for single runs; the
    /// description of its memory; time zones.
    pub fn of_this_program() -> Self {
        Self { places: program::places() }
    }

    /// The same, and `may` at `path` in addition.
    #[must_use]
    pub fn allow(mut self, path: impl Into<PathBuf>, may: May) -> Self {
        self.places.push((path.into(), may));
        self
    }

    /// All places, with what may be done there.
    pub fn places(&self) -> impl Iterator<Item = (&Path, May)> {
        self.places.iter().map(|(path, may)| (path.as_path(), *may))
    }
}

/// What holds for this process, as a header or a configuration entry says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nobody has called [`restrict`].
    #[default]
    NotAsked,
    /// It was called in vain, for this reason.
    Not(String),
    /// The process is restricted.
    Hardened(Hardened),
}

/// What was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hardened {
    /// Which landlock the kernel has, or the newest that this program knows.
    pub abi: u32,
    /// Whether TCP is refused: landlock 4, Linux 6.7.
    pub no_tcp: bool,
    /// Whether signals to others and their abstract UNIX sockets are refused: landlock 6, Linux 6.12.
    pub no_strangers: bool,
    /// Threads that were there before and did not answer; they are not restricted.
    pub missed: usize,
}

/// Why a process is not restricted.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum HardenError {
    #[error("this kernel has no landlock")]
    NoLandlock,
    #[error("landlock is switched off in this kernel (`lsm=` of its command line names it where it is on)")]
    SwitchedOff,
    #[error("only Linux has landlock")]
    NotLinux,
    #[error("`{}` cannot be opened: {source}", path.display())]
    Place { path: PathBuf, source: io::Error },
    #[error("the kernel refuses: {0}")]
    Refused(String),
    #[error("this process is restricted already, for good")]
    Already,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked => f.write_str("not hardened: not asked for"),
            Self::Not(why) => write!(f, "not hardened: {why}"),
            Self::Hardened(hardened) => write!(f, "hardened: {hardened}"),
        }
    }
}

impl fmt::Display for Hardened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "files (landlock ABI {}): output, logs and grants only", self.abi)?;
        if self.no_tcp {
            f.write_str("; no TCP")?;
        }
        if self.no_strangers {
            f.write_str("; no signals to others")?;
        }
        match self.missed {
            0 => Ok(()),
            1 => f.write_str("; 1 thread escaped it"),
            many => write!(f, "; {many} threads escaped it"),
        }
    }
}

static STATE: RwLock<State> = RwLock::new(State::NotAsked);

/// What holds for this process.
pub fn state() -> State {
    STATE.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Restricts this process, all its threads and whatever they start, to `reach`, and lets it leave no core files.
/// There is no way back.
///
/// Files that are open stay open. Programs that are started later gain no privileges (`PR_SET_NO_NEW_PRIVS`).
///
/// # Errors
/// If the kernel cannot do it, or a place cannot be opened; then nothing has changed.
pub fn restrict(reach: &Reach) -> Result<Hardened, HardenError> {
    let mut state = STATE.write().unwrap_or_else(PoisonError::into_inner);
    if let State::Hardened(_) = *state {
        return Err(HardenError::Already);
    }
    let applied = apply(reach);
    *state = match &applied {
        Ok(hardened) => State::Hardened(*hardened),
        Err(why) => State::Not(why.to_string()),
    };
    applied
}

#[cfg(target_os = "linux")]
fn apply(reach: &Reach) -> Result<Hardened, HardenError> {
    let hardened = landlock::apply(reach)?;
    leave_no_core_files();
    Ok(hardened)
}

#[cfg(not(target_os = "linux"))]
fn apply(_: &Reach) -> Result<Hardened, HardenError> {
    Err(HardenError::NotLinux)
}

/// A core file holds all that a job was granted to read, and as many as there are runs fill a disk.
#[cfg(target_os = "linux")]
fn leave_no_core_files() {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the structure outlives the call. Lowering a limit is always allowed.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &none) };
}
