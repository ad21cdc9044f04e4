//! Storage: everything of a trajectory that shall outlive the process.
//!
//! [`StorageService`] takes three kinds of typed requests. [`Hdf5Storage`] writes the file that pypet,
//! PyTables, pandas, xarray and h5py read; [`MemoryStorage`] keeps the requests. What is stored is
//! read back by [`Hdf5Reader`]. Which runs exist, what is stored when, and what happens after a
//! crash is not decided here.

mod check;
mod claim;
mod compare;
pub mod conformance;
mod copy;
mod cost;
mod digests;
pub mod hdf5;
mod lazy;
mod locked;
mod memory;
mod order;
mod plain;
mod reading;
mod samples;
pub mod sqlite;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::journal::Places;
use crate::trajectory::{FinishedRun, Identity, NodePath, Parameter, RunIndex, Trajectory};

pub use self::hdf5::{Began, Hdf5Options, Hdf5Reader, Hdf5Storage, Leftover, array_files, remove_set_aside};
pub use check::{Checked, Wrong, check};
pub(crate) use claim::place;
pub use compare::{difference, difference_with};
pub use copy::{CopyError, copy, copy_runs, copy_with};
pub use cost::{Cost, MANY_RUNS};
pub use digests::{KeptDigest, StoredDigests, digest};
pub use lazy::LazyStorage;
pub use locked::Locked;
pub use memory::MemoryStorage;
pub use order::Order;
pub use reading::{Child, ExploredItems, Facts, Leaf, ReadError, Reader, RunRow, Runs, TrajectoryInfo, open};
pub(crate) use reading::{TOO_DEEP, is_too_deep};
pub use sqlite::{SqliteOptions, SqliteReader, SqliteStorage};

/// What to do if the file already holds a trajectory of this name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// Refuse, and leave everything as it is.
    #[default]
    Refuse,
    /// Replace that trajectory, and no other.
    Overwrite,
}

/// Where a trajectory and its runs go.
///
/// One `Start`, then any number of `Runs`, then one `Finish`; other orders are refused. Every run
/// is stored once, in whatever order runs end. The result does not depend on that order, nor on
/// how runs are divided into requests.
///
/// Only `Finish` promises that everything is safely on disk. Before that, what is stored may still be in
/// memory, and is lost if the process ends. After an error other than a refused request the
/// storage is spent, and every further request fails.
pub trait StorageService: Send {
    /// Stores what `request` holds.
    fn store(&mut self, request: StoreRequest<'_>) -> Result<(), StoreError>;

    /// What it is called in messages, such as `hdf5`.
    fn name(&self) -> &'static str;

    /// Hands over where large arrays are of the runs that were stored last, in [`StorageService::array_file`]. What was stored is
    /// with the operating system, so that the end of this process does not lose it.
    fn places(&mut self) -> Places {
        Places::default()
    }

    /// The file to which [`StorageService::places`] refers, once a trajectory was started.
    fn array_file(&self) -> Option<PathBuf> {
        None
    }

    /// A second handle on the same storage, for another thread: only where several threads may store `Runs`
    /// at the same time (wrap mode NONE). `Start` and `Finish` come through the first handle alone, before
    /// all others are made and after they are gone. [`Locked`] makes such a storage of any.
    fn handle(&self) -> Option<Box<dyn StorageService>> {
        None
    }
}

impl<S: StorageService + ?Sized> StorageService for &mut S {
    fn store(&mut self, request: StoreRequest<'_>) -> Result<(), StoreError> {
        (**self).store(request)
    }

    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn places(&mut self) -> Places {
        (**self).places()
    }

    fn array_file(&self) -> Option<PathBuf> {
        (**self).array_file()
    }

    fn handle(&self) -> Option<Box<dyn StorageService>> {
        (**self).handle()
    }
}

impl StorageService for Box<dyn StorageService + '_> {
    fn store(&mut self, request: StoreRequest<'_>) -> Result<(), StoreError> {
        self.as_mut().store(request)
    }

    fn name(&self) -> &'static str {
        self.as_ref().name()
    }

    fn places(&mut self) -> Places {
        self.as_mut().places()
    }

    fn array_file(&self) -> Option<PathBuf> {
        self.as_ref().array_file()
    }

    fn handle(&self) -> Option<Box<dyn StorageService>> {
        self.as_ref().handle()
    }
}

/// Something to store.
#[derive(Clone, Copy, Debug)]
pub enum StoreRequest<'a> {
    /// Everything that is known before the first run.
    Start(&'a Head),
    /// Runs that have ended, well or not, in any order.
    Runs(&'a [FinishedRun]),
    /// What is known at the end only. Completes the file and makes it durable.
    Finish(&'a Tail),
}

impl StoreRequest<'_> {
    /// The request in a word.
    fn name(&self) -> &'static str {
        match self {
            Self::Start(_) => "the start came",
            Self::Runs(_) => "runs came",
            Self::Finish(_) => "the end came",
        }
    }
}

/// What is known before the first run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Head {
    /// Parameters, points and name.
    pub trajectory: Arc<Trajectory>,
    /// Who runs it, when.
    pub identity: Identity,
    /// Configuration entries, by their path below `config`.
    pub config: BTreeMap<NodePath, Parameter>,
    /// Title of the file.
    pub file_title: String,
    /// Names of the dimensions of array results: by `result.item`, or by `result` for its only or own item.
    pub dims: BTreeMap<String, Vec<String>>,
    /// UDUNITS of results and derived parameters, by `result.item` or by `result`.
    pub units: BTreeMap<String, String>,
    /// Which program writes it, in which version.
    pub version: String,
    /// How its runs are made, for whoever goes on with it; kept as it is.
    pub launch: Option<String>,
}

/// What is known at the end only.
#[derive(Clone, Debug, Default)]
pub struct Tail {
    /// Further configuration entries, by their path below `config`.
    pub config: BTreeMap<NodePath, Parameter>,
}

/// Why something was not stored.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum StoreError {
    #[error(
        "`{path}` already holds a trajectory `{name}`; choose another name (`--name`) or file (`--output`), or replace it with `--overwrite`"
    )]
    TrajectoryExists { name: String, path: PathBuf },
    #[error("`{path}` holds something else called `{name}`; choose another name or filename")]
    NotATrajectory { name: String, path: PathBuf },
    #[error("`{path}` is not an {kind} file; choose another filename or move it away")]
    OtherKind { path: PathBuf, kind: &'static str },
    #[error("`{path}` was written by another program; choose another filename or move it away")]
    OtherProgram { path: PathBuf },
    #[error("`{path}` was written by a newer version (layout {found}, this one knows {known}); update this program")]
    TooNew { path: PathBuf, found: i64, known: i64 },
    #[error("`{path}` is there but {library} cannot read it: {text}; choose another filename or move it away")]
    Damaged { path: PathBuf, library: &'static str, text: String },
    #[error("`{path}` is a folder; name a file inside of it")]
    IsFolder { path: PathBuf },
    #[error("`{path}` is a link or no plain file, so nothing is written there; remove it, or choose another filename")]
    NotAPlainFile { path: PathBuf },
    #[error("`{path}` is being written by another process; wait for it, or choose another filename")]
    Locked { path: PathBuf },
    #[error(
        "cannot write `{path}`: {source}; check the permissions of the file and its folder, or choose another filename"
    )]
    NotWritable { path: PathBuf, source: std::io::Error },
    #[error("cannot make the folder `{path}`: {source}; make it yourself, or choose another filename")]
    NoFolder { path: PathBuf, source: std::io::Error },
    #[error(
        "`purge_duplicate_comments` needs the summary tables, and `small_overview_tables = false` leaves them out; \
         change one of them"
    )]
    PurgeWithoutSummaries,
    #[error("{library} failed while {doing} in `{path}`: {text}; {left}")]
    Library { path: PathBuf, library: &'static str, doing: &'static str, text: String, left: String },
    #[error("`{part}` was written but does not read back right: {what}; it stays there, and `{path}` is as it was")]
    Verify { path: PathBuf, part: PathBuf, what: String },
    #[error("what was written to `{path}` does not read back right: {what}; it stays there, not finished")]
    VerifyInPlace { path: PathBuf, what: String },
    #[error("cannot put `{path}` in place: {source}; what was written is in `{part}`")]
    Replace { path: PathBuf, part: PathBuf, source: std::io::Error },
    #[error("an earlier write to `{path}` failed, so nothing more is written there")]
    Poisoned { path: PathBuf },
    #[error(
        "{what} in the wrong order: a trajectory is started once, then its runs are stored, then it is finished once"
    )]
    Order { what: &'static str },
    #[error("{run} does not belong to this trajectory of {count} runs")]
    UnknownRun { run: RunIndex, count: u64 },
    #[error("{run} is stored already")]
    RunTwice { run: RunIndex },
}

/// Version of the HDF5 library, such as `1.10.8`.
pub fn hdf5_version() -> String {
    let (major, minor, patch) = ::hdf5::library_version();
    format!("{major}.{minor}.{patch}")
}
