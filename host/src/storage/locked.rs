//! [`Locked`]: one storage for several threads, one at a time. pypet's wrap mode `LOCK`.

use std::sync::{Arc, Mutex, PoisonError};

use super::{StorageService, StoreError, StoreRequest};

/// Any storage, under a lock that all its handles share.
#[derive(Debug)]
pub struct Locked<S> {
    storage: Arc<Mutex<S>>,
    name: &'static str,
}

impl<S: StorageService> Locked<S> {
    /// Puts `storage` under a lock.
    pub fn new(storage: S) -> Self {
        let name = storage.name();
        Self { storage: Arc::new(Mutex::new(storage)), name }
    }
}

impl<S: StorageService + 'static> StorageService for Locked<S> {
    fn store(&mut self, request: StoreRequest<'_>) -> Result<(), StoreError> {
        // A storage that panicked has failed; it says so itself when it is asked again.
        self.storage.lock().unwrap_or_else(PoisonError::into_inner).store(request)
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn handle(&self) -> Option<Box<dyn StorageService>> {
        Some(Box::new(Self { storage: self.storage.clone(), name: self.name }))
    }
}
