//! The process of a run, from inside.

use std::{
    env,
    fs::File,
    io::{self, BufWriter, Read, Write},
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
    sandbox::{Job, PackedJob, UnpackError, Watch, WorkerError},
    trajectory::{FinishedRun, RunFailure, RunIndex, SingleRun, Trajectory},
};

/// Exit code of a process that could not begin its run.
const CANNOT: i32 = 70;

/// Does a single run and ends, if this process was started for that; otherwise returns at once.
///
/// To be called first in the `main` of a program that explores with `use_pool = false`: it starts itself anew for
/// every run. Mirrors `multiprocessing.freeze_support` of Python.
pub fn serve_single_run_if_asked() {
    match env::var(ASKED).as_deref() {
        Ok(SERVE) => {
            let why = match serve() {
                Ok(never) => match never {},
                Err(why) => why,
            };
            let _ = writeln!(io::stderr(), "the run cannot begin: {why}");
            end(CANNOT);
        }
        Ok(GREET) => {
            let said = io::stdout().write_all(&frame::hello()).and_then(|()| io::stdout().flush());
            end(if said.is_ok() { 0 } else { CANNOT });
        }
        _ => program::can_serve(),
    }
}

/// Why a run cannot begin.
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
    #[error("there is no thread for it: {0}")]
    Thread(io::Error),
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    #[error("{0} is not one of the {1} runs")]
    NoSuchRun(RunIndex, u64),
}

/// What does not happen.
enum Never {}

fn serve() -> Result<Never, ServeError> {
    end_with_parent();
    let out = take_stdout().map_err(ServeError::Streams)?;
    let mut input = io::stdin().lock();
    let mut hello = [0; HELLO];
    input.read_exact(&mut hello).map_err(ServeError::Request)?;
    if hello != frame::hello() {
        return Err(ServeError::Hello);
    }
    let shared = frame::read_block(&mut input).map_err(ServeError::Request)?;
    let own = frame::read_block(&mut input).map_err(ServeError::Request)?;

    let mut out = BufWriter::with_capacity(64 << 10, out);
    out.write_all(&frame::hello()).map_err(ServeError::Streams)?;
    let own: Own = frame::decode(&own)?;
    let (job, trajectory): (PackedJob, Trajectory) = frame::decode(&shared)?;
    drop(shared);
    let job = Job::unpack(job)?;
    if u64::from(own.run.0) >= trajectory.run_count() {
        return Err(ServeError::NoSuchRun(own.run, trajectory.run_count()));
    }
    let stack = job.thread_stack();
    let run = move || do_run(&job, &Arc::new(trajectory), &own, out);
    thread::Builder::new().name("run".into()).stack_size(stack).spawn(run).map_err(ServeError::Thread)?;

    // The other end stays open for as long as somebody waits for the run.
    let mut rest = [0; 64];
    while !matches!(input.read(&mut rest), Ok(0) | Err(_)) {}
    end(CANNOT)
}

fn do_run(job: &Job, trajectory: &Arc<Trajectory>, own: &Own, out: impl Write + Send + 'static) {
    let say = Arc::new(relay::writer(out));
    if let Some(level) = own.level {
        let sender = Arc::clone(&say);
        let sender =
            relay::Sender::new(move |reply: &Reply| sender(reply), LevelFilter::from_level(relay::level(level)));
        // Nobody can have set another one.
        let _ = tracing::subscriber::set_global_default(sender);
    }
    let progress = Arc::clone(&say);
    let watch = Teller(move |fraction, message: &str| progress(&Reply::Progress(fraction, message.to_owned())));
    let finished = match job.worker(Arc::new(watch)) {
        Ok(mut worker) => {
            say(&Reply::Started);
            worker.run(SingleRun::new(Arc::clone(trajectory), own.run))
        }
        Err(why) => without_worker(own.run, &why),
    };
    say(&Reply::Finished(Box::new(finished)));
    end(0);
}

fn without_worker(index: RunIndex, why: &WorkerError) -> FinishedRun {
    let outcome = Err(RunFailure::Host(format!("could not start a worker: {why}")));
    let started = SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, |since| since.as_secs_f64());
    FinishedRun { index, outcome, additions: Vec::new(), started, took: Duration::ZERO }
}

/// Tells progress to the supervisor.
struct Teller<F>(F);

impl<F: Fn(f64, &str) + Send + Sync> Watch for Teller<F> {
    fn progress(&self, _: RunIndex, fraction: f64, message: &str) {
        (self.0)(fraction, message);
    }
}

/// Ends this process at once: nothing in it needs an orderly end.
fn end(code: i32) -> ! {
    // SAFETY: has no preconditions.
    unsafe { libc::_exit(code) }
}

/// Lets this process end when the thread ends that has started it and waits for it.
fn end_with_parent() {
    // SAFETY: both take plain numbers. A write beyond `ulimit -f` shall fail, as it does in a worker of the pool.
    unsafe {
        #[cfg(target_os = "linux")]
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
    // The parent may have been gone before; then standard input ends, which is noticed as well.
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
