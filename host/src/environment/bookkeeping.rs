//! What happens to every run that has ended, whichever worker it comes from.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{EnvironmentError, Listener, Summary, timings::Collecting};
use crate::{
    journal::{Journal, PLACED_FROM},
    pool::{Activity, Collector},
    storage::{StorageService, StoreRequest},
    trajectory::FinishedRun,
};

/// What all workers share, and keep one after the other.
pub(super) struct Books<'a> {
    pub(super) summary: Summary,
    pub(super) journal: Option<Journal>,
    pub(super) listener: &'a mut dyn Listener,
    /// What that has taken, if it is measured.
    pub(super) collecting: Option<Collecting>,
}

/// Where one worker, or the one writer, puts finished runs.
pub(super) struct Shelf<'a, 'l> {
    pub(super) storage: Box<dyn StorageService + 'a>,
    pub(super) books: &'a Mutex<Books<'l>>,
    pub(super) activity: &'a Activity,
    pub(super) is_measured: bool,
}

/// Measures what comes one after the other, if it is measured.
struct Lap(Option<Instant>);

impl Lap {
    fn start(is_measured: bool) -> Self {
        Self(is_measured.then(Instant::now))
    }

    /// What was taken since this was asked last.
    fn next(&mut self) -> Duration {
        let Some(since) = &mut self.0 else { return Duration::ZERO };
        let now = Instant::now();
        now.saturating_duration_since(std::mem::replace(since, now))
    }
}

impl Books<'_> {
    pub(super) fn lock(books: &Mutex<Self>) -> MutexGuard<'_, Self> {
        books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time has passed.
    pub(super) fn tick(&mut self, activity: &Activity) {
        if let Some(journal) = &mut self.journal
            && let Err(error) = journal.sync_when_due()
        {
            // The next run that ends is refused with the same words.
            tracing::error!("{error}");
        }
        self.listener.stored(&[], activity);
    }
}

impl Collector for Shelf<'_, '_> {
    type Error = EnvironmentError;

    fn collect(&mut self, runs: &[FinishedRun]) -> Result<(), EnvironmentError> {
        let mut lap = Lap::start(self.is_measured);
        let (mut waiting, journal, store);
        // What is large is written once, and the journal refers to it.
        if runs.iter().any(|run| run.bytes() >= PLACED_FROM as u64) && self.storage.array_file().is_some() {
            self.storage.store(StoreRequest::Runs(runs))?;
            store = lap.next();
            let mut books = Books::lock(self.books);
            waiting = lap.next();
            if let Some(journal) = &mut books.journal {
                journal.finished_with(runs, &self.storage.places())?;
            }
            journal = lap.next();
        } else {
            let mut books = Books::lock(self.books);
            waiting = lap.next();
            // The journal first: what it holds survives whatever happens to the storage.
            if let Some(journal) = &mut books.journal {
                journal.finished(runs)?;
            }
            journal = lap.next();
            drop(books);
            self.storage.store(StoreRequest::Runs(runs))?;
            store = lap.next();
        }
        let mut books = Books::lock(self.books);
        waiting += lap.next();
        if let Some(collecting) = &mut books.collecting {
            collecting.add(Collecting { journal, store, waiting });
        }
        books.summary.count(runs);
        log(runs);
        books.listener.stored(runs, self.activity);
        Ok(())
    }
}

/// Failures go to the log at once; a line per good run only at level DEBUG.
fn log(runs: &[FinishedRun]) {
    for run in runs {
        match &run.outcome {
            Ok(()) => tracing::debug!("{} finished in {:?}", run.index, run.took),
            Err(why) => tracing::error!("{} failed after {:?}: {why}", run.index, run.took),
        }
    }
}
