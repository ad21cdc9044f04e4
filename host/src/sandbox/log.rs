//! [`RunLog`]: what a guest says, as `tracing` events with the target `job`, up to a limit.
//!
//! Guests choose the text, terminals and log files show it: it is cut into lines and control
//! characters are escaped, so that no guest can forge a line or move the cursor.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

pub use crate::trajectory::one_line;
use crate::trajectory::{RunIndex, harmless};

/// What a line counts beside its text; roughly what a log file adds to it.
const LINE_OVERHEAD: u64 = 32;
/// A line on standard output that has not ended by then is written anyway.
const LONGEST_LINE: usize = 8192;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Of interest to who wrote the job.
    Debug,
    /// Of interest to who runs it.
    Info,
    /// Something is odd.
    Warning,
    /// Something is wrong.
    Error,
}

/// Which of the two standard streams.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    /// Standard output, logged as information.
    Out,
    /// Standard error, logged as a warning.
    Err,
}

/// The log of one run.
#[derive(Debug)]
pub struct RunLog {
    /// `None` while a job describes itself.
    run: Option<RunIndex>,
    limit: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    left: u64,
    dropping: bool,
    /// Lines without an end, of both streams.
    partial: [Vec<u8>; 2],
}

impl RunLog {
    /// An empty log that takes `limit` bytes.
    pub fn new(run: Option<RunIndex>, limit: u64) -> Self {
        Self { run, limit, state: Mutex::new(State { left: limit, dropping: false, partial: Default::default() }) }
    }

    /// Logs a message of one or more lines; an empty one is an empty line.
    pub fn message(&self, level: Level, text: &str) {
        let mut state = self.lock();
        if text.is_empty() {
            self.emit(&mut state, level, text);
        }
        for line in text.lines() {
            if state.dropping {
                break;
            }
            self.emit(&mut state, level, line);
        }
    }

    /// Takes bytes of a standard stream and logs the lines that are complete.
    pub fn write(&self, stream: Stream, mut bytes: &[u8]) {
        let mut state = self.lock();
        while let Some(end) = bytes.iter().position(|&b| b == b'\n') {
            let mut line = std::mem::take(&mut state.partial[stream as usize]);
            line.extend_from_slice(&bytes[..end]);
            self.emit_bytes(&mut state, stream, &line);
            bytes = &bytes[end + 1..];
        }
        if state.dropping {
            return;
        }
        state.partial[stream as usize].extend_from_slice(bytes);
        if state.partial[stream as usize].len() >= LONGEST_LINE {
            let mut line = std::mem::take(&mut state.partial[stream as usize]);
            let rest = line.split_off(line.len() - begun_character(&line));
            self.emit_bytes(&mut state, stream, &line);
            state.partial[stream as usize] = rest;
        }
    }

    /// Logs lines that have not ended.
    pub fn finish(&self) {
        let mut state = self.lock();
        for stream in [Stream::Out, Stream::Err] {
            let line = std::mem::take(&mut state.partial[stream as usize]);
            if !line.is_empty() {
                self.emit_bytes(&mut state, stream, &line);
            }
        }
    }

    fn emit_bytes(&self, state: &mut State, stream: Stream, line: &[u8]) {
        let level = match stream {
            Stream::Out => Level::Info,
            Stream::Err => Level::Warning,
        };
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.emit(state, level, &String::from_utf8_lossy(line));
    }

    fn emit(&self, state: &mut State, level: Level, line: &str) {
        // Lines that nobody wants cost the run nothing, neither time nor room.
        if state.dropping || !is_wanted(level) {
            return;
        }
        let cost = line.len() as u64 + LINE_OVERHEAD;
        if cost > state.left {
            state.dropping = true;
            let limit = self.limit;
            self.event(
                Level::Warning,
                format_args!(
                    "the rest of what this run says is dropped: it reached its limit of {limit} bytes ([limits] log)"
                ),
            );
            return;
        }
        state.left -= cost;
        self.event(level, format_args!("{}", harmless(line)));
    }

    fn event(&self, level: Level, message: fmt::Arguments<'_>) {
        let run: &dyn fmt::Display = match &self.run {
            Some(run) => run,
            None => &"describe",
        };
        match level {
            Level::Debug => tracing::debug!(target: "job", run = %run, "{message}"),
            Level::Info => tracing::info!(target: "job", run = %run, "{message}"),
            Level::Warning => tracing::warn!(target: "job", run = %run, "{message}"),
            Level::Error => tracing::error!(target: "job", run = %run, "{message}"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // At worst a line is half-done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RunLog {
    /// Also when the host itself has panicked, the last words of the guest are kept.
    fn drop(&mut self) {
        self.finish();
    }
}

fn is_wanted(level: Level) -> bool {
    match level {
        Level::Debug => tracing::enabled!(target: "job", tracing::Level::DEBUG),
        Level::Info => tracing::enabled!(target: "job", tracing::Level::INFO),
        Level::Warning => tracing::enabled!(target: "job", tracing::Level::WARN),
        Level::Error => tracing::enabled!(target: "job", tracing::Level::ERROR),
    }
}

/// How many bytes at the end of `bytes` are the beginning of a character whose rest is still to come.
fn begun_character(bytes: &[u8]) -> usize {
    let last = bytes.utf8_chunks().last().map_or(&[][..], |chunk| chunk.invalid());
    match std::str::from_utf8(last) {
        Err(error) if error.error_len().is_none() => last.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_flood_ends_and_streams_count_too() {
        let said = logged(|| {
            let log = RunLog::new(None, 3 * 42);
            log.message(Level::Info, "0123456789");
            log.write(Stream::Out, b"0123456789\n");
            log.write(Stream::Err, b"0123456789\n");
            assert!(!log.lock().dropping, "the limit is reached and not passed");
            log.message(Level::Error, "");
            log.write(Stream::Out, b"dropped");
            assert_eq!(log.lock().left, 0);
        });
        assert_eq!(said.matches("0123456789").count(), 3, "{said}");
        assert_eq!(said.matches("reached its limit of 126 bytes ([limits] log)").count(), 1, "{said}");
        assert_eq!(said.lines().count(), 4, "{said}");
    }

    #[test]
    fn what_nobody_wants_needs_no_room() {
        let said = logged(|| {
            let log = RunLog::new(None, 2 * 42);
            for _ in 0..1000 {
                log.message(Level::Debug, "0123456789");
            }
            log.message(Level::Info, "0123456789");
        });
        assert_eq!(said.lines().count(), 1, "{said}");
    }

    #[test]
    fn partial_lines_are_bounded() {
        logged(|| {
            let log = RunLog::new(None, 100);
            for _ in 0..1000 {
                log.write(Stream::Out, &[b'x'; 1000]);
            }
            assert!(log.lock().dropping);
            assert!(log.lock().partial[0].len() < LONGEST_LINE + 1000);
        });
    }

    #[test]
    fn empty_lines_and_last_words_are_kept() {
        let said = logged(|| {
            let log = RunLog::new(None, 1000);
            log.message(Level::Info, "");
            log.message(Level::Info, "\n\n");
            log.write(Stream::Out, b"\nlast words");
        });
        assert_eq!(said.lines().count(), 5, "{said}");
        assert!(said.contains("last words"), "{said}");
    }

    proptest! {
        /// However a guest cuts its output, all of it arrives, and no character is broken by a cut of ours.
        #[test]
        fn streams_lose_nothing(text in "[a-z¡-¬ä€🦀]{0,9000}", cuts in prop::collection::vec(1_usize..3000, 1..20)) {
            let said = logged(|| {
                let log = RunLog::new(None, 1 << 20);
                let mut rest = text.as_bytes();
                for cut in cuts.iter().cycle() {
                    let (now, later) = rest.split_at(rest.len().min(*cut));
                    log.write(Stream::Out, now);
                    rest = later;
                    if rest.is_empty() {
                        break;
                    }
                }
            });
            let said: String = said.lines().map(|line| line.split_once("job: ").unwrap().1.replace(" run=describe", "")).collect();
            prop_assert_eq!(said, text);
        }
    }

    /// What arrives from `action` at level INFO, without times.
    fn logged(action: impl FnOnce()) -> String {
        let (sender, receiver) = crossbeam_channel::unbounded();
        let writer = move || Sink(sender.clone());
        let subscriber = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).without_time().finish();
        tracing::subscriber::with_default(subscriber, action);
        String::from_utf8(receiver.try_iter().flatten().collect()).unwrap()
    }

    struct Sink(crossbeam_channel::Sender<Vec<u8>>);

    impl std::io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.send(bytes.to_vec()).unwrap();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
}
