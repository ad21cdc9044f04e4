//! [`LogFile`]: a log file whose writing never fails. [`Background`]: the same, in a thread of its own.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};

/// Lines that wait for a slow disk at most; then whoever logs waits, too.
const WAITING_LINES: usize = 4096;

/// What has been said of log files that cannot be written. A disk is full for all of them, so each is said once.
#[derive(Debug, Default)]
pub(super) struct Complaints {
    open: AtomicBool,
    write: AtomicBool,
}

impl Complaints {
    fn open(&self, path: &Path, error: &io::Error) {
        say_once(&self.open, format_args!("could not open the log file {}: {error}", path.display()));
    }

    fn write(&self, path: &Path, error: &io::Error) {
        say_once(&self.write, format_args!("could not write the log file {}: {error}", path.display()));
    }
}

fn say_once(said: &AtomicBool, what: std::fmt::Arguments<'_>) {
    if !said.swap(true, Ordering::Relaxed) {
        // There is nobody left to tell if that fails.
        let _ = writeln!(io::stderr(), "warning: {what}; its lines are missing, perhaps those of other log files too");
    }
}

/// An open log file. Errors are said once on standard error, and it goes on: no exploration ends because of its log.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    file: BufWriter<File>,
    complaints: Arc<Complaints>,
}

impl LogFile {
    /// Opens the file at `path`, whose lines stay.
    pub(super) fn open(path: PathBuf, complaints: &Arc<Complaints>) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(&path)?;
        Ok(Self { path, file: BufWriter::new(file), complaints: complaints.clone() })
    }

    /// The same, or `None` once that has been said.
    pub(super) fn open_if_possible(path: PathBuf, complaints: &Arc<Complaints>) -> Option<Self> {
        Self::open(path.clone(), complaints).map_err(|error| complaints.open(&path, &error)).ok()
    }

    /// Adds lines, which reach the disk with the next [`flush`](Self::flush) or earlier.
    pub(super) fn add(&mut self, lines: &[u8]) {
        let written = self.file.write_all(lines);
        self.complain(written);
    }

    /// Hands over to the operating system whatever waits.
    pub(super) fn flush(&mut self) {
        let flushed = self.file.flush();
        self.complain(flushed);
    }

    fn complain(&self, result: io::Result<()>) {
        if let Err(error) = result {
            self.complaints.write(&self.path, &error);
        }
    }
}

impl Drop for LogFile {
    fn drop(&mut self) {
        self.flush();
    }
}

/// A log file that a thread of its own writes, so that who logs need not wait for the disk.
#[derive(Debug)]
pub(super) struct Background {
    queue: NonBlocking,
    waiting: Arc<Waiting>,
    /// Ends the thread. It waits for a second at most and then loses lines; [`Background::finish`] does neither.
    _thread: WorkerGuard,
}

/// How many lines have not been handed over to the operating system.
#[derive(Debug, Default)]
struct Waiting {
    lines: Mutex<usize>,
    none: Condvar,
}

impl Background {
    pub(super) fn new(file: LogFile) -> Self {
        let waiting = Arc::new(Waiting::default());
        let writer = Writer { file, unflushed: 0, waiting: waiting.clone() };
        let builder = NonBlockingBuilder::default().lossy(false).buffered_lines_limit(WAITING_LINES).thread_name("log");
        let (queue, thread) = builder.finish(writer);
        Self { queue, waiting, _thread: thread }
    }

    /// Adds one line, or several.
    pub(super) fn add(&self, text: &str) {
        *self.waiting.lines.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        // The thread ends with the guard and never before.
        let _ = self.queue.clone().write_all(text.as_bytes());
    }

    /// Waits until all that was added has been written.
    pub(super) fn finish(&self) {
        let lines = self.waiting.lines.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.waiting.none.wait_while(lines, |lines| *lines > 0));
    }
}

/// What the thread writes to. It flushes whenever its queue is empty.
struct Writer {
    file: LogFile,
    unflushed: usize,
    waiting: Arc<Waiting>,
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.add(bytes);
        self.unflushed += 1;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush();
        let mut lines = self.waiting.lines.lock().unwrap_or_else(PoisonError::into_inner);
        *lines -= std::mem::take(&mut self.unflushed);
        if *lines == 0 {
            self.waiting.none.notify_all();
        }
        Ok(())
    }
}
