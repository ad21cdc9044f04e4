//! [`MemoryStorage`]: keeps what it is given; for tests and for looking at an experiment before it is real.

use super::{Head, Order, StorageService, StoreError, StoreRequest, Tail};
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
    order: Order,
}

impl StorageService for MemoryStorage {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn store(&mut self, request: StoreRequest<'_>) -> Result<(), StoreError> {
        self.order.check(&request)?;
        match request {
            StoreRequest::Start(head) => self.head = Some(head.clone()),
            StoreRequest::Runs(runs) => self.runs.extend_from_slice(runs),
            StoreRequest::Finish(tail) => self.tail = Some(tail.clone()),
        }
        self.order.stored(&request);
        Ok(())
    }
}
