//! The other side: a process that does runs for a [`Supervisor`](super::Supervisor), each in a copy of itself.
//!
//! It prepares everything that runs have in common and then has one thread only, so it may copy itself (`fork`). It
//! never runs the job: whatever a run does to its process, the next one starts from the same untouched state.

use std::{
    env,
    fs::File,
    io::{self, BufWriter, ErrorKind, Read, Write},
    os::fd::{FromRawFd, RawFd},
    sync::Arc,
    thread,
    time::{Duration, SystemTime},
};

use thiserror::Error;
use tracing::level_filters::LevelFilter;

use super::{
    frame::{self, HELLO, Nonsense, Own, Reply},
    program::{self, ASKED, GREET, SERVE},
    relay,
};
use crate::{
    sandbox::{Job, PackedJob, PreparedWorker, UnpackError, Watch, WorkerError},
    trajectory::{FinishedRun, RunFailure, RunIndex, SingleRun, Trajectory},
};

/// Exit code of a process that could not begin.
const CANNOT: i32 = 70;
/// What is written at a time.
const PIECE: usize = 64 << 10;

/// Does single runs and ends, if this process was started for that; otherwise returns at once.
///
/// To be called first in the `main` of a program that explores with `use_pool = false`, while it has one thread only:
/// the program is started anew for its runs. Mirrors `multiprocessing.freeze_support` of Python.
pub fn serve_single_run_if_asked() {
    match env::var(ASKED).as_deref() {
        Ok(SERVE) => {
            let code = match serve() {
                Ok(()) => 0,
                Err(why) => {
                    let _ = writeln!(io::stderr(), "runs cannot be served: {why}");
                    CANNOT
                }
            };
            end(code);
        }
        Ok(GREET) => {
            let said = io::stdout().write_all(&frame::hello()).and_then(|()| io::stdout().flush());
            end(if said.is_ok() { 0 } else { CANNOT });
        }
        _ => program::can_serve(),
    }
}

/// Why runs cannot be served.
#[derive(Debug, Error)]
enum ServeError {
    #[error("the streams cannot be set up: {0}")]
    Streams(io::Error),
    #[error("no request: {0}")]
    Request(io::Error),
    #[error("the request is not that of a host {}", crate::VERSION)]
    Hello,
    #[error("the request cannot be read: {0}")]
    Block(#[from] Nonsense),
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    #[error("could not start a worker: {0}")]
    Worker(#[from] WorkerError),
    #[error("{0} is not one of the {1} runs")]
    NoSuchRun(RunIndex, u64),
    #[error("no process can be started for a run: {0}; ask for fewer workers ([environment] ncores)")]
    Fork(io::Error),
}

/// Does run after run until nobody asks any more.
fn serve() -> Result<(), ServeError> {
    end_with_parent();
    close_others();
    // SAFETY: standard input was opened by whoever started this process, and nothing else here uses it.
    let mut requests = unsafe { File::from_raw_fd(libc::STDIN_FILENO) };
    let mut out = take_stdout().map_err(ServeError::Streams)?;
    let mut hello = [0; HELLO];
    requests.read_exact(&mut hello).map_err(ServeError::Request)?;
    if hello != frame::hello() {
        return Err(ServeError::Hello);
    }
    out.write_all(&frame::hello()).map_err(ServeError::Streams)?;

    let shared = frame::read_block(&mut requests).map_err(ServeError::Request)?;
    let (job, trajectory): (PackedJob, Trajectory) = frame::decode(&shared)?;
    drop(shared);
    let (job, trajectory) = (Job::unpack(job)?, Arc::new(trajectory));
    let worker = job.prepare()?;
    loop {
        let own = match frame::read_block(&mut requests) {
            Ok(block) => frame::decode::<Own>(&block)?,
            Err(why) if why.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            Err(why) => return Err(ServeError::Request(why)),
        };
        if u64::from(own.run.0) >= trajectory.run_count() {
            return Err(ServeError::NoSuchRun(own.run, trajectory.run_count()));
        }
        match fork().map_err(ServeError::Fork)? {
            Side::Copy => do_run(worker, job.thread_stack(), trajectory, own, out),
            Side::Original(copy) => {
                let status = wait(copy).map_err(ServeError::Fork)?;
                requests.write_all(&status.to_le_bytes()).map_err(ServeError::Request)?;
            }
        }
    }
}

/// Which of both processes this is.
pub(crate) enum Side {
    /// The one that was made.
    Copy,
    /// With the number of the copy.
    Original(libc::pid_t),
}

/// Copies this process, which has one thread.
pub(crate) fn fork() -> io::Result<Side> {
    let original = std::process::id();
    // SAFETY: this thread is the only one, so the copy finds nothing half-done by another.
    match unsafe { libc::fork() } {
        0 => {
            end_with_parent();
            if std::os::unix::process::parent_id() != original {
                // It was gone before the line above.
                end(CANNOT);
            }
            Ok(Side::Copy)
        }
        copy if copy > 0 => Ok(Side::Original(copy)),
        _ => Err(io::Error::last_os_error()),
    }
}

/// How the process `copy` has ended, as the operating system says it.
pub(crate) fn wait(copy: libc::pid_t) -> io::Result<i32> {
    let mut status = 0;
    loop {
        // SAFETY: `status` outlives the call.
        if unsafe { libc::waitpid(copy, &mut status, 0) } == copy {
            return Ok(status);
        }
        let why = io::Error::last_os_error();
        if why.kind() != ErrorKind::Interrupted {
            return Err(why);
        }
    }
}

/// Does one run in this process, which then ends.
fn do_run(worker: PreparedWorker, stack: usize, trajectory: Arc<Trajectory>, own: Own, out: File) -> ! {
    let run = own.run;
    let say = Arc::new(relay::writer(BufWriter::with_capacity(PIECE, out)));
    if let Some(level) = own.level {
        let sender = Arc::clone(&say);
        let level = LevelFilter::from_level(relay::level(level));
        let sender = relay::Sender::new(move |reply: &Reply| sender(reply), level);
        // Nobody can have set another one.
        let _ = tracing::subscriber::set_global_default(sender);
    }
    let tell = Arc::clone(&say);
    let work = move || {
        let progress = Arc::clone(&tell);
        let watch = Teller(move |fraction, message: &str| progress(&Reply::Progress(fraction, message.to_owned())));
        let finished = match worker.here(Arc::new(watch)) {
            Ok(mut worker) => {
                tell(&Reply::Started);
                worker.run(SingleRun::new(trajectory, run))
            }
            Err(why) => not_run(run, &format!("could not start a worker: {why}")),
        };
        tell(&Reply::Finished(Box::new(finished)));
        end(0)
    };
    let thread = thread::Builder::new().name("run".into()).stack_size(stack).spawn(work);
    if let Err(why) = &thread {
        say(&Reply::Finished(Box::new(not_run(run, &format!("could not start a thread: {why}")))));
        end(0);
    }
    wait_until_unwanted();
    end(CANNOT)
}

fn not_run(index: RunIndex, why: &str) -> FinishedRun {
    let started = SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, |since| since.as_secs_f64());
    let outcome = Err(RunFailure::Host(why.to_owned()));
    FinishedRun { index, outcome, additions: Vec::new(), started, took: Duration::ZERO }
}

/// Tells progress to the supervisor.
struct Teller<F>(F);

impl<F: Fn(f64, &str) + Send + Sync> Watch for Teller<F> {
    fn progress(&self, _: RunIndex, fraction: f64, message: &str) {
        (self.0)(fraction, message);
    }
}

/// Returns when nobody holds the other end of standard input any more.
fn wait_until_unwanted() {
    let mut input = libc::pollfd { fd: libc::STDIN_FILENO, events: 0, revents: 0 };
    loop {
        // SAFETY: one entry, which outlives the call.
        let ready = unsafe { libc::poll(&mut input, 1, -1) };
        if ready > 0 || (ready < 0 && io::Error::last_os_error().kind() != ErrorKind::Interrupted) {
            return;
        }
    }
}

/// Ends this process at once: nothing in it needs an orderly end.
fn end(code: i32) -> ! {
    // SAFETY: has no preconditions.
    unsafe { libc::_exit(code) }
}

/// Lets this process end when the thread ends that has started it and waits for it. Where the system cannot do that,
/// it notices by its standard input.
fn end_with_parent() {
    // SAFETY: both take plain numbers. A write beyond `ulimit -f` shall fail, as it does in a worker of the pool.
    unsafe {
        #[cfg(target_os = "linux")]
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// Closes what was inherited beside the standard streams. Libraries open files that the programs they are in pass on:
/// a file of HDF5 would stay locked for as long as this process lives.
fn close_others() {
    let first = libc::STDERR_FILENO + 1;
    #[cfg(target_os = "linux")]
    // SAFETY: takes plain numbers. Nothing in this process has opened a file yet.
    if unsafe {
        libc::syscall(libc::SYS_close_range, libc::c_long::from(first), libc::c_long::from(i32::MAX), 0 as libc::c_long)
    } == 0
    {
        return;
    }
    // SAFETY: as above; numbers that are not open are refused.
    unsafe {
        let most = libc::sysconf(libc::_SC_OPEN_MAX).clamp(0, 1 << 16) as RawFd;
        for file in first..most {
            libc::close(file);
        }
    }
}

/// Standard output under another number. Whatever somebody prints goes to standard error from now on.
fn take_stdout() -> io::Result<File> {
    let checked = |fd: RawFd| if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(fd) };
    // SAFETY: duplicates descriptors by number; the new one belongs to nobody else, so the file may own it.
    unsafe {
        let out = checked(libc::fcntl(libc::STDOUT_FILENO, libc::F_DUPFD_CLOEXEC, 3))?;
        let out = File::from_raw_fd(out);
        checked(libc::dup2(libc::STDERR_FILENO, libc::STDOUT_FILENO))?;
        Ok(out)
    }
}
