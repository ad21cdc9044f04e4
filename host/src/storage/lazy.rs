//! [`LazyStorage`]: stores nothing, and is told everything. pypet's `LazyStorageService`.

use super::{StorageService, StoreError, StoreRequest};

/// Stores nothing. For trying a job, and for debugging (`lazy_debug`).
#[derive(Clone, Copy, Debug, Default)]
pub struct LazyStorage;

impl StorageService for LazyStorage {
    fn store(&mut self, _: StoreRequest<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    fn name(&self) -> &'static str {
        "none"
    }

    fn handle(&self) -> Option<Box<dyn StorageService>> {
        Some(Box::new(*self))
    }
}
