//! [`MemoryStorage`]: keeps what it is given; for tests and for looking at an experiment before it is real.

use super::{Head, StorageService, StoreError, StoreRequest, Tail};
use crate::trajectory::FinishedRun;

/// Everything that was stored, in the order in which it came.
#[derive(Debug, Default)]
pub struct MemoryStorage {
    /// The start, once it was stored.
    pub head: Option<Head>,
    /// All runs in the order in which they were stored.
    pub runs: Vec<FinishedRun>,
    /// The end, once it was stored.
    pub tail: Option<Tail>,
    seen: crate::trajectory::RunSet,
}

impl StorageService for MemoryStorage {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn store(&mut self, request: StoreRequest<'_>) -> Result<(), StoreError> {
        match (request, &self.head, &self.tail) {
            (StoreRequest::Start(head), None, None) => self.head = Some(head.clone()),
            (StoreRequest::Runs(runs), Some(head), None) => {
                let count = head.trajectory.run_count();
                for run in runs {
                    if u64::from(run.index.0) >= count {
                        return Err(StoreError::UnknownRun { run: run.index, count });
                    }
                    if !self.seen.insert(run.index) {
                        return Err(StoreError::RunTwice { run: run.index });
                    }
                    self.runs.push(run.clone());
                }
            }
            (StoreRequest::Finish(tail), Some(_), None) => self.tail = Some(tail.clone()),
            (request, ..) => return Err(StoreError::Order { what: request.name() }),
        }
        Ok(())
    }
}
