//! [`LazyStorage`]: stores nothing, and is told everything. pypet's `LazyStorageService`.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Order, StorageService, StoreError, StoreRequest};

/// Stores nothing. For trying a job, and for debugging (`lazy_debug`).
///
/// It refuses what every storage refuses, so that what works with it works with a file.
#[derive(Clone, Debug, Default)]
pub struct LazyStorage {
    order: Arc<Mutex<Order>>,
}

impl StorageService for LazyStorage {
    fn store(&mut self, request: StoreRequest<'_>) -> Result<(), StoreError> {
        let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        order.check(&request)?;
        order.stored(&request);
        Ok(())
    }

    fn name(&self) -> &'static str {
        "none"
    }

    fn handle(&self) -> Option<Box<dyn StorageService>> {
        Some(Box::new(self.clone()))
    }
}
