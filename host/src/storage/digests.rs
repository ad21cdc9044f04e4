//! Digests of what is stored: computed from what is read back, and as storages keep them beside what they are of.

use std::{fmt, ops::Range};

use super::{Head, ReadError, Reader, copy::each_batch};
use crate::trajectory::{Digest, FinishedRun, NodePath, RunIndex, TrajectoryDigest, Value, ValueLoader};

/// The digests that were written together with the runs. They prove nothing by themselves: whoever wants to know
/// whether a file is right compares them with those of what it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredDigests {
    /// That of everything before the first run.
    pub head: Option<Digest>,
    /// That of the comments of all runs, once the trajectory is complete.
    pub comments: Option<Digest>,
    /// Those of the runs that were asked for; `None` for one that is pending, and for what is no digest.
    pub runs: Vec<Option<KeptDigest>>,
}

/// The digest of a run as it is kept beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptDigest {
    /// All of it.
    Whole(Digest),
    /// Its first bytes, which are enough to find damage.
    Beginning([u8; 8]),
}

impl KeptDigest {
    /// Whether it is that of `digest`.
    pub fn is_of(&self, digest: &Digest) -> bool {
        match self {
            Self::Whole(kept) => kept == digest,
            Self::Beginning(kept) => digest.0.starts_with(kept),
        }
    }
}

impl fmt::Display for KeptDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(digest) => digest.fmt(f),
            Self::Beginning(bytes) => {
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str("…")
            }
        }
    }
}

impl Head {
    /// The digest of everything that is known before the first run; see [`crate::trajectory::Trajectory::digest`].
    pub fn digest(&self) -> Digest {
        self.trajectory.digest(&self.dims, &self.units)
    }
}

/// The digest of the trajectory `name`, computed from what is read back, and that of each run in `each`.
///
/// Nothing of a class of the user's own is needed: what it has stored stands for its values. Only some runs are in
/// memory at a time.
///
/// # Errors
/// There is no such trajectory, or not all of it can be read.
pub fn digest(reader: &dyn Reader, name: &str, each: &mut dyn FnMut(RunIndex, Digest)) -> Result<Digest, ReadError> {
    let head = stored_head(reader, name)?;
    let mut all = TrajectoryDigest::new(head.digest(), head.trajectory.run_count());
    each_batch(reader, name, head.trajectory.run_count(), |range, runs| {
        in_order(reader, range, runs)?;
        runs.iter().for_each(|run| each(run.index, all.run(run)));
        Ok::<(), ReadError>(())
    })?;
    Ok(all.finish())
}

/// The head of a trajectory without the values of classes of the user's own, whose items are there nevertheless.
pub(super) fn stored_head(reader: &dyn Reader, name: &str) -> Result<Head, ReadError> {
    reader.head_with(name, &Unloaded)
}

/// Gives the same value for everything that a class has stored.
struct Unloaded;

impl ValueLoader for Unloaded {
    fn values(&self, _: &str, _: &str, items: &[(NodePath, Value)]) -> Option<Result<Vec<(NodePath, Value)>, String>> {
        let values = items.iter().take(1).map(|(name, _)| (name.clone(), Value::Text(String::new())));
        Some(Ok(values.collect()))
    }
}

/// Refuses a damaged table of runs, in which the rows of `range` are not those of its runs.
pub(super) fn in_order(reader: &dyn Reader, range: Range<u64>, runs: &[FinishedRun]) -> Result<(), ReadError> {
    let ascending = runs.windows(2).all(|pair| pair[0].index < pair[1].index);
    if ascending && runs.iter().all(|run| range.contains(&run.index.0.into())) {
        return Ok(());
    }
    let what =
        format!("the rows of runs {} to {} are not those of these runs", range.start, range.end.saturating_sub(1));
    Err(ReadError::Contradiction { path: reader.path().to_owned(), what })
}
