//! [`Supervisor`]: one run after the other, each in a process of its own.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Read, Write},
    marker::PhantomData,
    mem::MaybeUninit,
    os::{
        fd::{AsRawFd, OwnedFd, RawFd},
        unix::{net::UnixStream, process::ExitStatusExt},
    },
    process::{Child, ChildStderr, ChildStdout, Command, ExitStatus},
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
/// Belongs to one thread, like a [`Worker`](crate::sandbox::Worker). Its processes are copies of one that has
/// everything prepared, and that is replaced when a run did not end as it should.
pub struct Supervisor {
    processes: Arc<Processes>,
    watch: Arc<dyn Watch>,
    /// `None` before the first run, and after one that ended badly.
    original: Option<Original>,
    /// Processes end with the thread that started them.
    here: PhantomData<*const ()>,
}

impl Supervisor {
    /// Tells `watch` how far its runs are, and asks it whether anybody still wants them.
    pub fn new(processes: Arc<Processes>, watch: Arc<dyn Watch>) -> Self {
        Self { processes, watch, original: None, here: PhantomData }
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

    fn attempt(&mut self, index: RunIndex) -> Result<FinishedRun, RunFailure> {
        let own = own(index, LevelFilter::current());
        let own_length = frame::length(own.len());
        // Taken out, so that it ends together with a run that fails here.
        let finished = match self.original.take() {
            Some(mut original) => {
                original.tail = Tail::default();
                let finished = self.converse(index, &mut original, Request::new(&[&own_length, &own]))?;
                self.original = Some(original);
                finished
            }
            None => {
                let processes = Arc::clone(&self.processes);
                let shared = processes.shared().map_err(|why| RunFailure::Host(why.to_string()))?;
                let (hello, length) = (frame::hello(), frame::length(shared.len()));
                let request = Request::new(&[&hello, &length, shared, &own_length, &own]);
                let mut original = Original::start(&self.processes)?;
                let finished = self.converse(index, &mut original, request)?;
                self.original = Some(original);
                finished
            }
        };
        Ok(finished)
    }

    /// Sends `request` to `original` and waits for the end of its run.
    fn converse(
        &self,
        index: RunIndex,
        original: &mut Original,
        mut request: Request<'_>,
    ) -> Result<FinishedRun, RunFailure> {
        let limits = self.processes.limits();
        let mut patience = Patience::new(STARTING, RunFailure::Process("it was not ready in time".into()));
        let mut piece = vec![0; PIECE];
        loop {
            original.wait(!request.is_done());
            if self.watch.is_abandoned() {
                return Err(RunFailure::Abandoned);
            }
            if let Some(failure) = patience.lost() {
                return Err(failure);
            }
            if !request.is_done() && request.write(&mut original.control).is_err() {
                // It has ended; its replies and its status tell why.
                request.give_up();
            }
            original.hear_errors(&mut piece);
            // Asked first: whoever has ended has said all that comes below.
            let status = original.status();
            while let Some(read) = original.read(&mut piece)? {
                original.replies.push(&piece[..read]);
                while let Some(reply) = original.replies.next().map_err(|why| original.nonsense(&why, &mut piece))? {
                    match reply {
                        Reply::Started => patience = Patience::of_run(limits.timeout),
                        Reply::Line(line) => relay::say(&line),
                        Reply::Progress(fraction, message) => self.watch.progress(index, fraction, &message),
                        Reply::Finished(finished) if finished.index == index => {
                            original.owed += u32::from(status.is_none());
                            return Ok(*finished);
                        }
                        Reply::Finished(finished) => {
                            let why = format!("the end of {} instead of {index}", finished.index);
                            return Err(original.nonsense(&why, &mut piece));
                        }
                    }
                }
                if original.replies.is_ending() {
                    let why = "it stopped in the middle of its reply";
                    patience = Patience::new(REPLYING, RunFailure::Process(why.into()));
                }
                // Of one that goes on, no more at a time; of one that has ended, all.
                if status.is_none() {
                    break;
                }
            }
            match status {
                Some(status) => return Err(original.failed(&ended(status), &mut piece)),
                None if original.is_silent => return Err(original.ended_early(&mut piece)),
                None => {}
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

    /// That of a run under way: it ends itself at its limit, unless it hangs.
    fn of_run(timeout: Option<Duration>) -> Self {
        match timeout {
            Some(limit) => Self::new(limit.saturating_add(GRACE), RunFailure::Timeout { limit }),
            None => Self(None),
        }
    }

    fn lost(&mut self) -> Option<RunFailure> {
        self.0.take_if(|(until, _)| Instant::now() >= *until).map(|(_, failure)| failure)
    }
}

/// What is still to be written to a process.
struct Request<'a> {
    pieces: Vec<&'a [u8]>,
}

impl<'a> Request<'a> {
    fn new(pieces: &[&'a [u8]]) -> Self {
        Self { pieces: pieces.to_vec() }
    }

    fn is_done(&self) -> bool {
        self.pieces.iter().all(|piece| piece.is_empty())
    }

    fn give_up(&mut self) {
        self.pieces.clear();
    }

    /// Writes as much as fits now.
    fn write(&mut self, to: &mut UnixStream) -> io::Result<()> {
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

/// The process that copies itself for every run, and its streams. It and its copies end with this.
struct Original {
    child: Child,
    /// Takes requests, and gives back how copies have ended. Its end tells them that nobody waits any more.
    control: UnixStream,
    /// Statuses of runs that have been dealt with.
    owed: u32,
    /// What has arrived of the next status.
    status: Vec<u8>,
    stdout: ChildStdout,
    /// There will be no more replies.
    is_silent: bool,
    replies: Replies,
    stderr: Option<ChildStderr>,
    tail: Tail,
}

impl Original {
    fn start(processes: &Processes) -> Result<Self, RunFailure> {
        let host = |why: io::Error| {
            RunFailure::Host(format!(
                "no process can be started for it: {why}; ask for fewer workers ([environment] ncores)"
            ))
        };
        let longest = processes.limits().results.saturating_mul(2).saturating_add(BESIDE_RESULTS);
        let (control, theirs) = UnixStream::pair().map_err(host)?;
        let mut command = processes.program.command(SERVE);
        command.stdin(OwnedFd::from(theirs));
        let mut child = spawn(&mut command).map_err(host)?;
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            unreachable!("both are pipes")
        };
        let original = Self {
            child,
            control,
            owed: 0,
            status: Vec::new(),
            stdout,
            is_silent: false,
            replies: Replies::new(longest),
            stderr: Some(stderr),
            tail: Tail::default(),
        };
        let streams = [Some(original.stdout.as_raw_fd()), original.stderr.as_ref().map(AsRawFd::as_raw_fd)];
        original.control.set_nonblocking(true).map_err(host)?;
        streams.into_iter().flatten().try_for_each(do_not_block).map_err(host)?;
        Ok(original)
    }

    /// Waits a moment, or until a stream is ready.
    fn wait(&self, writing: bool) {
        let ready = |fd: RawFd, events| libc::pollfd { fd, events, revents: 0 };
        // Entries with a negative number are passed over.
        let stderr = self.stderr.as_ref().map_or(-1, AsRawFd::as_raw_fd);
        let control = libc::POLLIN | if writing { libc::POLLOUT } else { 0 };
        let mut streams = [
            ready(self.stdout.as_raw_fd(), libc::POLLIN),
            ready(stderr, libc::POLLIN),
            ready(self.control.as_raw_fd(), control),
        ];
        // SAFETY: the array lives as long as the call, and its length is what is told. Whatever it returns, all streams
        // are tried.
        unsafe { libc::poll(streams.as_mut_ptr(), streams.len() as libc::nfds_t, TICK.as_millis() as i32) };
    }

    /// Takes what is there of the replies, at most a `piece`.
    fn read(&mut self, piece: &mut [u8]) -> Result<Option<usize>, RunFailure> {
        match self.stdout.read(piece) {
            Ok(0) => {
                self.is_silent = true;
                Ok(None)
            }
            Ok(read) => Ok(Some(read)),
            Err(why) if is_for_later(&why) => Ok(None),
            Err(why) => Err(self.failed(&format!("its replies are lost: {why}"), piece)),
        }
    }

    /// How the process of the present run has ended, if it has.
    fn status(&mut self) -> Option<ExitStatus> {
        loop {
            let mut bytes = [0; 4];
            let missing = bytes.len() - self.status.len();
            // Its end shows in the replies as well.
            let read = self.control.read(&mut bytes[..missing]).unwrap_or(0);
            self.status.extend_from_slice(&bytes[..read]);
            let status = i32::from_le_bytes(*self.status.first_chunk()?);
            self.status.clear();
            if self.owed == 0 {
                return Some(ExitStatus::from_raw(status));
            }
            self.owed -= 1;
        }
    }

    /// Takes what is there of standard error.
    fn hear_errors(&mut self, piece: &mut [u8]) {
        while let Some(stderr) = &mut self.stderr {
            match stderr.read(piece) {
                Ok(0) => self.stderr = None,
                Ok(read) => self.tail.push(&piece[..read]),
                Err(why) if is_for_later(&why) => return,
                Err(_) => self.stderr = None,
            }
        }
    }

    fn nonsense(&mut self, why: &dyn Display, piece: &mut [u8]) -> RunFailure {
        self.failed(&format!("it replied nonsense ({why})"), piece)
    }

    /// `what`, and what was said on standard error.
    fn failed(&mut self, what: &str, piece: &mut [u8]) -> RunFailure {
        self.hear_errors(piece);
        RunFailure::Process(self.tail.after(what))
    }

    /// Why there will be no further replies, when the original itself has closed its end.
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
        self.failed(&what, piece)
    }
}

impl Drop for Original {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_for_later(why: &io::Error) -> bool {
    matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// Starts a process that leaves signals from a terminal or a service manager to this one.
///
/// They are blocked in the new process from its first moment on. It stays in the process group of this one, so that
/// Ctrl-Z and `fg` concern both.
fn spawn(command: &mut Command) -> io::Result<Child> {
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
