//! [`OriginFiles`]: the files of workers, of processes for one run, and of the queue.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use tracing::{
    Event,
    field::{Field, Visit},
};

use super::file::{Complaints, LogFile};
use crate::{
    pool::{BEGINS, ENDS, Origin, TAKES},
    trajectory::RunIndex,
};

/// The files of all origins but [`Origin::Main`]. Each is open from the beginning of its origin to its end, so that
/// there are never more than a few for every run under way.
#[derive(Debug)]
pub(super) struct OriginFiles {
    folder: PathBuf,
    trajectory_time: String,
    complaints: Arc<Complaints>,
    /// A thread touches the files of its own origin, so that nobody waits for anybody.
    open: RwLock<HashMap<Origin, Arc<Mutex<Files>>>>,
}

/// The files of one origin, as far as it has them.
#[derive(Debug, Default)]
struct Files {
    lines: Option<LogFile>,
    runs: Option<LogFile>,
}

impl OriginFiles {
    pub(super) fn new(folder: PathBuf, trajectory_time: String, complaints: Arc<Complaints>) -> Self {
        Self { folder, trajectory_time, complaints, open: RwLock::default() }
    }

    /// Adds a line to the file of `origin`. `line` is only called if there is one.
    pub(super) fn add(&self, origin: Origin, line: impl FnOnce() -> String) {
        if origin != Origin::Main
            && let Some(file) = &mut lock(&self.of(origin)).lines
        {
            file.add(line().as_bytes());
        }
    }

    /// Follows an event of the pool about `origin`.
    pub(super) fn note(&self, origin: Origin, event: &Event<'_>) {
        let mut noted = Noted::default();
        event.record(&mut noted);
        if origin == Origin::Main {
            return;
        }
        if noted.begins {
            self.of(origin);
        }
        if let Some(run) = noted.takes
            && let Some(file) = &mut lock(&self.of(origin)).runs
        {
            file.add(format!("{}: {run}\n", self.trajectory_time).as_bytes());
        }
        if noted.ends {
            self.open.write().unwrap_or_else(PoisonError::into_inner).remove(&origin);
        }
    }

    /// Hands over to the operating system whatever waits.
    pub(super) fn flush(&self) {
        // A slow disk must not keep origins from beginning.
        let all: Vec<_> = self.open.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        for files in all {
            let mut files = lock(&files);
            files.lines.iter_mut().for_each(LogFile::flush);
            files.runs.iter_mut().for_each(LogFile::flush);
        }
    }

    fn of(&self, origin: Origin) -> Arc<Mutex<Files>> {
        if let Some(files) = self.open.read().unwrap_or_else(PoisonError::into_inner).get(&origin) {
            return files.clone();
        }
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        open.entry(origin).or_insert_with(|| Arc::new(Mutex::new(self.open_files(origin)))).clone()
    }

    fn open_files(&self, origin: Origin) -> Files {
        let file = |name: String| LogFile::open_if_possible(self.folder.join(name), &self.complaints);
        match origin {
            Origin::Main => Files::default(),
            Origin::Worker(number) => Files {
                lines: file(format!("process_{number:04}.txt")),
                runs: file(format!("process_{number:04}_runs.txt")),
            },
            Origin::Run(run) => Files { lines: file(format!("{run}.txt")), runs: None },
            Origin::Queue => Files { lines: file("queue_process.txt".to_owned()), runs: None },
        }
    }
}

fn lock(files: &Mutex<Files>) -> MutexGuard<'_, Files> {
    files.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an event of the pool says.
#[derive(Default)]
struct Noted {
    begins: bool,
    ends: bool,
    takes: Option<RunIndex>,
}

impl Visit for Noted {
    fn record_bool(&mut self, field: &Field, value: bool) {
        match field.name() {
            BEGINS => self.begins = value,
            ENDS => self.ends = value,
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == TAKES {
            // It was a `RunIndex` when the event was made.
            self.takes = u32::try_from(value).ok().map(RunIndex);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
