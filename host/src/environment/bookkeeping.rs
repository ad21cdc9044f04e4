//! What happens to every run that has ended, whichever worker it comes from.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{EnvironmentError, Listener, Summary};
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
}

/// Where one worker, or the one writer, puts finished runs.
pub(super) struct Shelf<'a, 'l> {
    pub(super) storage: Box<dyn StorageService + 'a>,
    pub(super) books: &'a Mutex<Books<'l>>,
    pub(super) activity: &'a Activity,
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
        // What is large is written once, and the journal refers to it.
        if runs.iter().any(|run| run.bytes() >= PLACED_FROM as u64) && self.storage.array_file().is_some() {
            self.storage.store(StoreRequest::Runs(runs))?;
            if let Some(journal) = &mut Books::lock(self.books).journal {
                journal.finished_with(runs, &self.storage.places())?;
            }
        } else {
            // The journal first: what it holds survives whatever happens to the storage.
            if let Some(journal) = &mut Books::lock(self.books).journal {
                journal.finished(runs)?;
            }
            self.storage.store(StoreRequest::Runs(runs))?;
        }
        let mut books = Books::lock(self.books);
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
