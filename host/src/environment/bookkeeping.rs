//! What happens to every run that has ended, whichever worker it comes from.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{EnvironmentError, Listener, Summary};
use crate::{
    pool::{Activity, Collector},
    storage::{StorageService, StoreRequest},
    trajectory::FinishedRun,
};

/// What all workers share, and keep one after the other.
pub(super) struct Books<'a> {
    pub(super) summary: Summary,
    pub(super) listener: &'a mut dyn Listener,
}

/// Where one worker, or the one writer, puts finished runs.
pub(super) struct Shelf<'a, 'l> {
    pub(super) storage: Box<dyn StorageService + 'a>,
    pub(super) books: &'a Mutex<Books<'l>>,
    pub(super) activity: &'a Activity,
}

impl<'a, 'l> Shelf<'a, 'l> {
    fn books(&self) -> MutexGuard<'a, Books<'l>> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for Shelf<'_, '_> {
    type Error = EnvironmentError;

    fn collect(&mut self, runs: &[FinishedRun]) -> Result<(), EnvironmentError> {
        self.storage.store(StoreRequest::Runs(runs))?;
        let mut books = self.books();
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
