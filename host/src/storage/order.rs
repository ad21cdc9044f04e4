//! [`Order`]: one start, every run once, one end. What any storage service checks before it stores.

use super::{StoreError, StoreRequest};
use crate::trajectory::{FinishedRun, RunIndex, RunSet};

/// What has been stored so far.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// The number of runs, once the trajectory was started.
    count: Option<u64>,
    is_finished: bool,
    stored: RunSet,
}

impl Order {
    /// Refuses `request` if it does not follow on what was stored.
    pub fn check(&self, request: &StoreRequest<'_>) -> Result<(), StoreError> {
        match (request, self.count) {
            (StoreRequest::Start(_), None) => Ok(()),
            (StoreRequest::Runs(runs), Some(count)) if !self.is_finished => self.check_runs(runs, count),
            (StoreRequest::Finish(_), Some(_)) if !self.is_finished => Ok(()),
            (request, _) => Err(StoreError::Order { what: request.name() }),
        }
    }

    fn check_runs(&self, runs: &[FinishedRun], count: u64) -> Result<(), StoreError> {
        if let Some(run) = runs.iter().find(|run| u64::from(run.index.0) >= count) {
            return Err(StoreError::UnknownRun { run: run.index, count });
        }
        match first_twice(&self.stored, runs) {
            Some(run) => Err(StoreError::RunTwice { run }),
            None => Ok(()),
        }
    }

    /// Takes note that `request` was stored.
    pub fn stored(&mut self, request: &StoreRequest<'_>) {
        match request {
            StoreRequest::Start(head) => self.count = Some(head.trajectory.run_count()),
            StoreRequest::Runs(runs) => {
                for run in *runs {
                    self.stored.insert(run.index);
                }
            }
            StoreRequest::Finish(_) => self.is_finished = true,
        }
    }

    /// The runs that were stored.
    pub fn runs(&self) -> &RunSet {
        &self.stored
    }
}

/// The first of `runs` that is among the `stored` ones, or stands twice in `runs`.
pub(super) fn first_twice(stored: &RunSet, runs: &[FinishedRun]) -> Option<RunIndex> {
    if let Some(run) = runs.iter().find(|run| stored.contains(run.index)) {
        return Some(run.index);
    }
    let mut indices: Vec<RunIndex> = runs.iter().map(|run| run.index).collect();
    indices.sort_unstable();
    indices.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}
