//! Storing again what was stored: from one file into another, of the same kind or another.

use std::ops::Range;

use thiserror::Error;

use super::{ReadError, Reader, StorageService, StoreError, StoreRequest, Tail};
use crate::trajectory::{FinishedRun, ValueLoader};

/// Why a trajectory was not copied.
#[derive(Debug, Error)]
pub enum CopyError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It cannot be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// About as many bytes of results are in memory at once.
const BATCH_BYTES: u64 = 16 << 20;
/// And no more runs than these.
const BATCH_RUNS: u64 = 1024;

/// Stores the trajectory `name` of `from` in `to`, and says how many of its runs have ended. Runs that have not
/// are pending there, too.
pub fn copy(from: &dyn Reader, name: &str, to: &mut dyn StorageService) -> Result<u64, CopyError> {
    copy_with(from, name, to, &())
}

/// As [`copy`], where `classes` give the values of parameters that classes of the user's own have stored.
pub fn copy_with(
    from: &dyn Reader,
    name: &str,
    to: &mut dyn StorageService,
    classes: &dyn ValueLoader,
) -> Result<u64, CopyError> {
    let head = from.head_with(name, classes)?;
    let count = head.trajectory.run_count();
    to.store(StoreRequest::Start(&head))?;
    let copied = copy_runs(from, name, count, &mut |runs| Ok::<(), CopyError>(to.store(StoreRequest::Runs(runs))?))?;
    to.store(StoreRequest::Finish(&Tail::default()))?;
    Ok(copied)
}

/// Hands all runs of a trajectory of `count` runs that have ended to `take`, some at a time.
pub fn copy_runs<E: From<ReadError>>(
    from: &dyn Reader,
    name: &str,
    count: u64,
    take: &mut dyn FnMut(&[FinishedRun]) -> Result<(), E>,
) -> Result<u64, E> {
    each_batch(from, name, count, |_, runs| take(runs))
}

/// As [`copy_runs`], and says which range of all runs they are from.
pub(super) fn each_batch<E: From<ReadError>>(
    from: &dyn Reader,
    name: &str,
    count: u64,
    mut take: impl FnMut(Range<u64>, &[FinishedRun]) -> Result<(), E>,
) -> Result<u64, E> {
    let (mut next, mut batch, mut copied) = (0, 1, 0);
    while next < count {
        let range = next..(next + batch).min(count);
        let runs = from.finished(name, range.clone())?;
        next += batch;
        copied += runs.len() as u64;
        let bytes: u64 = runs.iter().map(FinishedRun::bytes).sum();
        batch = if bytes > BATCH_BYTES { (batch / 2).max(1) } else { (batch * 2).min(BATCH_RUNS) };
        take(range, &runs)?;
    }
    Ok(copied)
}
