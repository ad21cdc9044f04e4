//! What every storage must do, whatever it writes to.

use super::{StorageService, StoreError, StoreRequest, samples::*};
use crate::trajectory::*;

/// Runs the whole suite; `make` gives a new storage that has not stored anything.
pub(super) fn check<S: StorageService>(mut make: impl FnMut() -> S) {
    a_whole_trajectory(make());
    a_trajectory_without_runs(make());
    the_order_is_kept(make());
    runs_are_checked(make());
}

fn three_runs() -> std::sync::Arc<Trajectory> {
    trajectory(&[("x", Axis::linspace(0.0, 1.0, 3).unwrap())], &[])
}

fn z(index: u32) -> FinishedRun {
    finished(index, vec![result("z", vec![("z", Value::Float(f64::from(index)))], "a comment")])
}

fn a_whole_trajectory(mut storage: impl StorageService) {
    storage.store(StoreRequest::Start(&head(three_runs()))).unwrap();
    storage.store(StoreRequest::Runs(&[])).unwrap();
    storage.store(StoreRequest::Runs(&[z(2), z(0)])).unwrap();
    storage.store(StoreRequest::Runs(&[failed(1, RunFailure::Trap("unreachable".into()))])).unwrap();
    storage.store(StoreRequest::Finish(&tail())).unwrap();
}

fn a_trajectory_without_runs(mut storage: impl StorageService) {
    storage.store(StoreRequest::Start(&head(trajectory(&[], &[])))).unwrap();
    storage.store(StoreRequest::Finish(&tail())).unwrap();
}

fn the_order_is_kept(mut storage: impl StorageService) {
    let head = head(three_runs());
    let refused =
        |answer: Result<(), StoreError>| assert!(matches!(answer, Err(StoreError::Order { .. })), "{answer:?}");
    refused(storage.store(StoreRequest::Runs(&[z(0)])));
    refused(storage.store(StoreRequest::Finish(&tail())));
    storage.store(StoreRequest::Start(&head)).unwrap();
    refused(storage.store(StoreRequest::Start(&head)));
    storage.store(StoreRequest::Finish(&tail())).unwrap();
    refused(storage.store(StoreRequest::Runs(&[z(0)])));
    refused(storage.store(StoreRequest::Finish(&tail())));
}

fn runs_are_checked(mut storage: impl StorageService) {
    storage.store(StoreRequest::Start(&head(three_runs()))).unwrap();
    storage.store(StoreRequest::Runs(&[z(1)])).unwrap();
    assert!(matches!(storage.store(StoreRequest::Runs(&[z(1)])), Err(StoreError::RunTwice { run: RunIndex(1) })));
    assert!(matches!(storage.store(StoreRequest::Runs(&[z(3)])), Err(StoreError::UnknownRun { count: 3, .. })));
    storage.store(StoreRequest::Runs(&[z(0)])).unwrap();
    storage.store(StoreRequest::Finish(&tail())).unwrap();
}

#[test]
fn memory_conforms() {
    check(super::MemoryStorage::default);
}

#[test]
fn hdf5_conforms() {
    let scratch = tempfile::tempdir().unwrap();
    let mut number = 0;
    check(|| {
        number += 1;
        let path = scratch.path().join(format!("{number}.hdf5"));
        super::Hdf5Storage::create(&path, super::Hdf5Options::default()).unwrap()
    });
}
