//! [`Program`]: which executable does single runs, and how it is asked to.

use std::{
    env,
    ffi::OsStr,
    io::{self, Read},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use thiserror::Error;

use super::{ending::Tail, frame};

/// Set in the environment of a process that shall serve, and nowhere else.
pub(super) const ASKED: &str = "HOST_SINGLE_RUN";
/// Its value for one run.
pub(super) const SERVE: &str = "serve";
/// Its value for saying who one is, and nothing else.
pub(super) const GREET: &str = "greet";

/// How long a program may take to say who it is.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether [`serve_single_run_if_asked`](super::serve_single_run_if_asked) was called in this process.
static SERVES: AtomicBool = AtomicBool::new(false);

/// Which executable does single runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Program {
    /// The present one, which has called [`serve_single_run_if_asked`](super::serve_single_run_if_asked).
    #[default]
    Present,
    /// This one: `host` of the same version, or a program that calls the same function.
    At(PathBuf),
}

/// Why a program cannot do single runs.
#[derive(Debug, Error)]
pub enum ProgramError {
    /// It would start itself anew from the beginning.
    #[error(
        "this program cannot do a run in a process of its own; call `host::pool::serve_single_run_if_asked()` first \
         in its `main`, name the program `host` (`Program::At`), or take a pool (`use_pool = true`)"
    )]
    DoesNotServe,
    /// It was started for a run and has not served.
    #[error(
        "this process was started to do single runs (`{ASKED}` is set) and explores instead; call \
         `host::pool::serve_single_run_if_asked()` first in its `main`, or unset that variable"
    )]
    Nested,
    /// The operating system does not start it.
    #[error("the program `{}` that is to do single runs cannot be started: {source}", path.display())]
    Start {
        /// Which one.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// It does something else.
    #[error(
        "the program `{}` does not do single runs; it has to be `host` {}, or call \
         `host::pool::serve_single_run_if_asked()` first in its `main`{said}", path.display(), crate::VERSION
    )]
    Other {
        /// Which one.
        path: PathBuf,
        /// What it wrote on standard error; empty if nothing.
        said: String,
    },
}

/// This process serves when it is asked to.
pub(super) fn can_serve() {
    SERVES.store(true, Ordering::Relaxed);
}

impl Program {
    /// Finds out whether it can be asked to, so that no program is started again and again by mistake.
    pub(super) fn check(&self) -> Result<(), ProgramError> {
        if env::var_os(ASKED).is_some() {
            return Err(ProgramError::Nested);
        }
        match self {
            Self::Present if SERVES.load(Ordering::Relaxed) => Ok(()),
            Self::Present => Err(ProgramError::DoesNotServe),
            Self::At(path) => greet(path),
        }
    }

    /// The command that asks it to do what `asked` says, with its three streams as pipes.
    pub(super) fn command(&self, asked: &str) -> Command {
        let mut command = match self {
            Self::Present => present(),
            Self::At(path) => Command::new(path),
        };
        // Most programs that do not serve refuse such an argument, and do nothing.
        command.arg("single-run").env(ASKED, asked).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// The program of this process, whatever has become of its file since it was started.
fn present() -> Command {
    let itself = Path::new("/proc/self/exe");
    if itself.exists() {
        let mut command = Command::new(itself);
        command.arg0(env::args_os().next().as_deref().unwrap_or(OsStr::new("host")));
        return command;
    }
    Command::new(env::current_exe().unwrap_or_else(|_| env::args_os().next().unwrap_or_default().into()))
}

/// Asks the program at `path` who it is.
fn greet(path: &Path) -> Result<(), ProgramError> {
    let failed = |source| ProgramError::Start { path: path.to_owned(), source };
    let mut child = Program::At(path.to_owned()).command(GREET).spawn().map_err(failed)?;
    let ended = wait(&mut child, PATIENCE);
    if ended.is_err() || matches!(ended, Ok(false)) {
        let _ = child.kill();
        let _ = child.wait();
    }
    // What has not been written by now is not waited for: somebody else may hold the pipe.
    let (mut hello, mut said) = (Vec::new(), Vec::new());
    if matches!(ended, Ok(true)) {
        let piece = |from: &mut dyn Read, to: &mut Vec<u8>| from.take(frame::HELLO as u64 + 1).read_to_end(to);
        let _ = child.stdout.as_mut().map(|stream| piece(stream, &mut hello));
        let _ = child.stderr.as_mut().map(|stream| stream.take(4096).read_to_end(&mut said));
    }
    if hello == frame::hello() {
        return Ok(());
    }
    let mut tail = Tail::default();
    tail.push(&said);
    Err(ProgramError::Other { path: path.to_owned(), said: tail.after("") })
}

/// Whether `child` ends within `patience`.
fn wait(child: &mut Child, patience: Duration) -> io::Result<bool> {
    let start = Instant::now();
    loop {
        if child.try_wait()?.is_some() {
            return Ok(true);
        }
        if start.elapsed() > patience {
            return Ok(false);
        }
        thread::sleep(Duration::from_millis(1));
    }
}
