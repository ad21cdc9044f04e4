//! [`Locked`]: one storage for several threads, one at a time. pypet's wrap mode `LOCK`.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{StorageService, StoreError, StoreRequest};
use crate::journal::Places;

/// Any storage, under a lock that all its handles share.
#[derive(Debug)]
pub struct Locked<S> {
    storage: Arc<Mutex<S>>,
    name: &'static str,
    /// Of what came through this handle.
    places: Places,
}

impl<S: StorageService> Locked<S> {
    /// Puts `storage` under a lock.
    pub fn new(storage: S) -> Self {
        let name = storage.name();
        Self { storage: Arc::new(Mutex::new(storage)), name, places: Places::default() }
    }

    fn lock(storage: &Mutex<S>) -> MutexGuard<'_, S> {
        // A storage that panicked has failed; it says so itself when it is asked again.
        storage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: StorageService + 'static> StorageService for Locked<S> {
    fn store(&mut self, request: StoreRequest<'_>) -> Result<(), StoreError> {
        let mut storage = Self::lock(&self.storage);
        storage.store(request)?;
        self.places = storage.places();
        Ok(())
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn places(&mut self) -> Places {
        std::mem::take(&mut self.places)
    }

    fn array_file(&self) -> Option<PathBuf> {
        Self::lock(&self.storage).array_file()
    }

    fn handle(&self) -> Option<Box<dyn StorageService>> {
        Some(Box::new(Self { storage: self.storage.clone(), name: self.name, places: Places::default() }))
    }
}
