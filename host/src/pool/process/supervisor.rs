//! [`Supervisor`]: one run after the other, each in a process of its own.

use std::{
    io::{self, ErrorKind, Read, Write},
    mem::MaybeUninit,
    os::fd::{AsRawFd, RawFd},
    process::{Child, ChildStderr, ChildStdin, ChildStdout},
    sync::Arc,
    thread,
    time::{Duration, Instant, SystemTime},
};

use tracing::level_filters::LevelFilter;

use super::{
    Processes,
    ending::{Tail, ended},
    frame::{self, Replies, Reply},
    own,
    program::SERVE,
    relay,
};
use crate::{
    sandbox::Watch,
    trajectory::{FinishedRun, RunFailure, RunIndex, SingleRun},
};

/// How long a process may take to be ready. Generous: a busy machine is no reason to fail.
const STARTING: Duration = Duration::from_secs(60);
/// How much longer than its time limit a run may take before its process is killed: it has not ended itself, so it
/// hangs in a call of the host.
const GRACE: Duration = Duration::from_secs(5);
/// How long a process may say nothing in the middle of a reply.
const REPLYING: Duration = Duration::from_secs(60);
/// How long a process that has closed its streams may take to end.
const ENDING: Duration = Duration::from_secs(1);
/// How soon an abandoned run is noticed.
const TICK: Duration = Duration::from_millis(20);
/// What is read and written at a time.
const PIECE: usize = 64 << 10;
/// What a reply may have beside results that reach their limit: names, numbers, lengths.
const BESIDE_RESULTS: u64 = 64 << 20;

/// Does runs one after the other, each in a process of its own, and survives whatever happens there.
///
/// Belongs to one thread, like a [`Worker`](crate::sandbox::Worker).
pub struct Supervisor {
    processes: Arc<Processes>,
    watch: Arc<dyn Watch>,
}

impl Supervisor {
    /// Tells `watch` how far its runs are, and asks it whether anybody still wants them.
    pub fn new(processes: Arc<Processes>, watch: Arc<dyn Watch>) -> Self {
        Self { processes, watch }
    }

    /// Does one run in a fresh process. Whatever happens there, this returns.
    pub fn run(&mut self, run: SingleRun) -> FinishedRun {
        let index = run.index();
        let started = SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, |since| since.as_secs_f64());
        let start = Instant::now();
        self.attempt(index).unwrap_or_else(|failure| FinishedRun {
            index,
            outcome: Err(failure),
            additions: Vec::new(),
            started,
            took: start.elapsed(),
        })
    }

    fn attempt(&self, index: RunIndex) -> Result<FinishedRun, RunFailure> {
        let host = |what: &str, why: &dyn std::fmt::Display| RunFailure::Host(format!("{what}: {why}"));
        let shared = self.processes.shared().map_err(|why| RunFailure::Host(why.to_string()))?;
        let own = own(index, LevelFilter::current());
        let child = spawn(self.processes.program.command(SERVE).args(["single-run", &index.to_string()]))
            .map_err(|why| host("no process can be started for it (fewer `ncores` need fewer)", &why))?;
        let mut process = Process::of(child).map_err(|why| host("its process cannot be talked to", &why))?;
        let (shared_length, own_length) = (frame::length(shared.len()), frame::length(own.len()));
        let hello = frame::hello();
        let mut request = Request::new([&hello, &shared_length, shared, &own_length, &own]);
        self.converse(index, &mut process, &mut request)
    }

    fn converse(
        &self,
        index: RunIndex,
        process: &mut Process,
        request: &mut Request<'_>,
    ) -> Result<FinishedRun, RunFailure> {
        let limits = self.processes.limits();
        let longest = limits.results.saturating_mul(2).saturating_add(BESIDE_RESULTS);
        let mut replies = Replies::new(longest);
        let mut patience = Patience::new(STARTING, RunFailure::Process("it was not ready in time".into()));
        let mut piece = vec![0; PIECE];
        loop {
            process.wait(!request.is_done());
            if self.watch.is_abandoned() {
                return Err(RunFailure::Abandoned);
            }
            if let Some(failure) = patience.lost() {
                return Err(failure);
            }
            if !request.is_done() && request.write(&mut process.stdin).is_err() {
                // It has ended, or wants no more; what it says tells which.
                request.give_up();
            }
            process.hear_errors(&mut piece);
            let read = match process.stdout.read(&mut piece) {
                Ok(0) => return Err(process.ended_early(&mut piece)),
                Ok(read) => read,
                Err(why) if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => continue,
                Err(why) => {
                    return Err(RunFailure::Process(process.tail.after(&format!("its replies are lost: {why}"))));
                }
            };
            replies.push(&piece[..read]);
            loop {
                let reply = replies.next().map_err(|why| {
                    process.hear_errors(&mut piece);
                    RunFailure::Process(process.tail.after(&format!("it replied nonsense ({why})")))
                })?;
                match reply {
                    Some(Reply::Started) => {
                        patience = match limits.timeout {
                            Some(limit) => Patience::new(limit.saturating_add(GRACE), RunFailure::Timeout { limit }),
                            None => Patience::endless(),
                        }
                    }
                    Some(Reply::Line(line)) => relay::say(&line),
                    Some(Reply::Progress(fraction, message)) => self.watch.progress(index, fraction, &message),
                    Some(Reply::Finished(finished)) if finished.index == index => return Ok(*finished),
                    Some(Reply::Finished(finished)) => {
                        let text = format!("it replied nonsense (the end of {} instead of {index})", finished.index);
                        return Err(RunFailure::Process(process.tail.after(&text)));
                    }
                    None => break,
                }
            }
            if replies.is_ending() {
                patience = Patience::new(REPLYING, RunFailure::Process("it stopped in the middle of its reply".into()));
            }
        }
    }
}

/// Until when a process is waited for, and what is wrong after that.
struct Patience(Option<(Instant, RunFailure)>);

impl Patience {
    fn new(time: Duration, failure: RunFailure) -> Self {
        Self(Instant::now().checked_add(time).map(|until| (until, failure)))
    }

    fn endless() -> Self {
        Self(None)
    }

    fn lost(&mut self) -> Option<RunFailure> {
        self.0.take_if(|(until, _)| Instant::now() >= *until).map(|(_, failure)| failure)
    }
}

/// What is still to be written to a process.
struct Request<'a> {
    pieces: [&'a [u8]; 5],
}

impl<'a> Request<'a> {
    fn new(pieces: [&'a [u8]; 5]) -> Self {
        Self { pieces }
    }

    fn is_done(&self) -> bool {
        self.pieces.iter().all(|piece| piece.is_empty())
    }

    fn give_up(&mut self) {
        self.pieces = [&[]; 5];
    }

    /// Writes as much as fits now.
    fn write(&mut self, to: &mut ChildStdin) -> io::Result<()> {
        for piece in &mut self.pieces {
            while !piece.is_empty() {
                match to.write(piece) {
                    Ok(0) => return Err(ErrorKind::WriteZero.into()),
                    Ok(written) => *piece = &piece[written..],
                    Err(why) if why.kind() == ErrorKind::WouldBlock => return Ok(()),
                    Err(why) if why.kind() == ErrorKind::Interrupted => {}
                    Err(why) => return Err(why),
                }
            }
        }
        Ok(())
    }
}

/// A process and its streams. It ends with this.
struct Process {
    child: Child,
    /// Stays open: its end tells the process that nobody waits any more.
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: Option<ChildStderr>,
    tail: Tail,
}

impl Process {
    fn of(mut child: Child) -> io::Result<Self> {
        let streams = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = streams else { unreachable!("all three are pipes") };
        let process = Self { child, stdin, stdout, stderr: Some(stderr), tail: Tail::default() };
        let stderr = process.stderr.as_ref().map(AsRawFd::as_raw_fd);
        for stream in [process.stdin.as_raw_fd(), process.stdout.as_raw_fd()].into_iter().chain(stderr) {
            do_not_block(stream)?;
        }
        Ok(process)
    }

    /// Waits a moment, or until a stream is ready.
    fn wait(&self, writing: bool) {
        let ready = |fd: RawFd, events| libc::pollfd { fd, events, revents: 0 };
        // Entries with a negative number are passed over.
        let stderr = self.stderr.as_ref().map_or(-1, AsRawFd::as_raw_fd);
        let stdin = if writing { self.stdin.as_raw_fd() } else { -1 };
        let mut streams =
            [ready(self.stdout.as_raw_fd(), libc::POLLIN), ready(stderr, libc::POLLIN), ready(stdin, libc::POLLOUT)];
        // SAFETY: the array lives as long as the call, and its length is what is told. Whatever it returns, all streams
        // are tried.
        unsafe { libc::poll(streams.as_mut_ptr(), streams.len() as libc::nfds_t, TICK.as_millis() as i32) };
    }

    /// Takes what is there of standard error.
    fn hear_errors(&mut self, piece: &mut [u8]) {
        let Some(stderr) = &mut self.stderr else { return };
        match stderr.read(piece) {
            Ok(0) => self.stderr = None,
            Ok(read) => self.tail.push(&piece[..read]),
            Err(why) if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(_) => self.stderr = None,
        }
    }

    /// Why there will be no further replies.
    fn ended_early(&mut self, piece: &mut [u8]) -> RunFailure {
        let start = Instant::now();
        let what = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break ended(status),
                Ok(None) if start.elapsed() < ENDING => thread::sleep(Duration::from_millis(1)),
                Ok(None) => break "it closed its end before it had replied".to_owned(),
                Err(why) => break format!("nobody knows how ({why})"),
            }
        };
        // Now all of it is there; a pipe holds no more than this.
        for _ in 0..64 {
            self.hear_errors(piece);
        }
        RunFailure::Process(self.tail.after(&what))
    }
}

impl Drop for Process {
    /// A process that has replied has nothing left to do.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a process that leaves signals from a terminal or a service manager to this one.
///
/// They are blocked in the new process from its first moment on. It stays in the process group of this one, so that
/// Ctrl-Z and `fg` concern both.
fn spawn(command: &mut std::process::Command) -> io::Result<Child> {
    let mut before = MaybeUninit::uninit();
    // SAFETY: the sets are initialised by `sigemptyset` and `pthread_sigmask` before anything reads them; the mask is
    // that of this thread alone and is set back below.
    let before: libc::sigset_t = unsafe {
        let mut blocked = MaybeUninit::uninit();
        libc::sigemptyset(blocked.as_mut_ptr());
        for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
            libc::sigaddset(blocked.as_mut_ptr(), signal);
        }
        match libc::pthread_sigmask(libc::SIG_BLOCK, blocked.as_ptr(), before.as_mut_ptr()) {
            0 => before.assume_init(),
            error => return Err(io::Error::from_raw_os_error(error)),
        }
    };
    let child = command.spawn();
    // SAFETY: `before` is the mask as it was.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &before, std::ptr::null_mut()) };
    child
}

/// Lets reading and writing return at once, on this side of a pipe.
fn do_not_block(fd: RawFd) -> io::Result<()> {
    // SAFETY: takes plain numbers, and the descriptor is open.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
    // SAFETY: as above.
    if flags < 0 || unsafe { libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
