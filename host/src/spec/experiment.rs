//! [`Experiment`]: a spec as meant. Every default is filled in, every check has passed.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Command, Grants, Layout, Limits, Policy, Service, WrapMode};
use crate::{
    journal::Sync,
    trajectory::{Trajectory, Value},
};

/// A spec as meant.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// The bare name; with [`Experiment::add_time`], the time of the start is appended.
    pub name: String,
    /// Stored with the trajectory; empty if there is none.
    pub comment: String,
    /// Whether `_%Y_%m_%d_%Hh%Mm%Ss` is appended to the name.
    pub add_time: bool,
    /// How and where it runs.
    pub environment: EnvironmentOptions,
    /// What runs, with its limits and grants.
    pub job: JobOptions,
    /// All parameters and points, under the bare name; see [`Trajectory::with_name`].
    pub trajectory: Trajectory,
    /// What happens when runs fail.
    pub failure: FailurePolicy,
    /// How results are stored.
    pub storage: StorageOptions,
}

/// How and where an experiment runs. Paths are ready for use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentOptions {
    /// Folder for log files.
    pub log_folder: PathBuf,
    /// From which level on lines go into the log files.
    pub log_level: LogLevel,
    /// Whether several runs go on at once.
    pub multiproc: bool,
    /// How many runs go on at once; 0 for as many as there are cores. Without `multiproc`, one.
    pub ncores: usize,
    /// Whether a fixed set of workers takes run after run; otherwise every run gets a process of its own.
    pub use_pool: bool,
    /// How results of several workers reach the storage.
    pub wrap_mode: WrapMode,
    /// Whether a `.cnt` file beside the results makes an exploration that is killed continuable.
    pub continuable: bool,
    /// When what that file holds is also on the disk.
    pub sync: Sync,
    /// How long runs under way may go on after a signal before they are abandoned; `None` for as long as they take.
    pub grace: Option<Duration>,
    /// The file of results.
    pub target: Target,
    /// Title of the HDF5 file; `None` for the final name of the trajectory.
    pub file_title: Option<String>,
    /// Whether a comment that a result has in many runs is stored once, with the lowest of them.
    pub purge_duplicate_comments: bool,
    /// Whether there are the small overview tables.
    pub small_overview_tables: bool,
    /// Whether there are the large overview tables.
    pub large_overview_tables: bool,
    /// Estimate of the results of a run; 0 for none.
    pub results_per_run: u32,
    /// Estimate of the derived parameters of a run; 0 for none.
    pub derived_parameters_per_run: u32,
    /// The repository to commit or record, if any.
    pub git: Option<GitOptions>,
    /// Whether nothing is written to disk.
    pub lazy_debug: bool,
    /// Components of classes of the user's own.
    pub dynamically_imported_classes: Vec<PathBuf>,
}

/// What is done to a git repository before an exploration starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitOptions {
    /// The repository, or a folder in it.
    pub repository: PathBuf,
    /// What the message begins with; empty for nothing.
    pub message: String,
    /// Whether tracked files are committed; otherwise what differs is recorded.
    pub commit: bool,
}

/// From which level on lines go into the log files, under pypet's (and Python's) names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum LogLevel {
    /// Everything, also a line for every run that went well.
    Debug,
    /// What is of interest to who runs it.
    #[default]
    Info,
    /// What is odd or wrong.
    Warning,
    /// What is wrong.
    Error,
}

/// Where the file goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// `<name>.hdf5` (or `.sqlite`) in this folder.
    Folder(PathBuf),
    /// This file.
    File(PathBuf),
}

/// What runs. Known before the job is loaded, and without its manifest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JobOptions {
    /// The component; `None` if neither spec nor command line names one.
    pub component: Option<PathBuf>,
    /// The only SHA-256 that the component may have, if the spec pins one.
    pub sha256: Option<[u8; 32]>,
    /// How it is run if it is a program and no job of the contract.
    pub command: Option<Command>,
    /// Positional arguments.
    pub args: Vec<Value>,
    /// Keyword arguments.
    pub kwargs: Vec<(String, Value)>,
    /// Whether NaN is canonical inside of the guest, too.
    pub strict_nan: bool,
    /// What a run may use.
    pub limits: Limits,
    /// What the job may reach.
    pub grants: Grants,
}

/// What happens when runs fail.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FailurePolicy {
    /// Whether the other runs go on.
    pub policy: Policy,
    /// With more failed runs than this, no further ones are started. `None` for no limit.
    pub max_failures: Option<MaxFailures>,
    /// How often a failed run is tried again.
    pub retries: u32,
}

/// The most failed runs that are tolerated.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum MaxFailures {
    /// So many.
    Count(u64),
    /// This share of all runs, from 0 to 100.
    Percent(f64),
}

/// How results are stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageOptions {
    /// What stores them.
    pub service: Service,
    /// How the file is laid out.
    pub layout: Layout,
    /// How data is compressed.
    pub compression: Compression,
    /// Names of the dimensions of array results by `result` or `result.item`, slowest first.
    pub dims: BTreeMap<String, Vec<String>>,
}

/// How data is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// With gzip at a level from 1 to 9.
    Gzip(u8),
}

impl Experiment {
    /// The file of the trajectory under its final name.
    pub fn file(&self, final_name: &str) -> PathBuf {
        self.environment.target.file(final_name, self.storage.service)
    }

    /// The title of that file.
    pub fn file_title<'a>(&'a self, final_name: &'a str) -> &'a str {
        self.environment.file_title.as_deref().unwrap_or(final_name)
    }
}

impl Default for EnvironmentOptions {
    /// As a spec that says nothing, in the current folder.
    fn default() -> Self {
        Self {
            log_folder: "logs".into(),
            log_level: LogLevel::default(),
            multiproc: true,
            ncores: 0,
            use_pool: true,
            wrap_mode: WrapMode::default(),
            continuable: true,
            sync: Sync::default(),
            grace: Some(Duration::from_secs(10)),
            target: Target::Folder("hdf5".into()),
            file_title: None,
            purge_duplicate_comments: true,
            small_overview_tables: true,
            large_overview_tables: false,
            results_per_run: 0,
            derived_parameters_per_run: 0,
            git: None,
            lazy_debug: false,
            dynamically_imported_classes: Vec::new(),
        }
    }
}

impl Target {
    /// pypet's rule: a slash at the end of what was written makes it a folder.
    pub fn new(path: PathBuf, written: &str) -> Self {
        if written.ends_with(['/', std::path::MAIN_SEPARATOR]) { Self::Folder(path) } else { Self::File(path) }
    }

    /// The file of the trajectory called `name`.
    pub fn file(&self, name: &str, service: Service) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.join(format!("{name}.{}", service.extension())),
            Self::File(file) => file.clone(),
        }
    }

    /// The path as it was given.
    pub fn path(&self) -> &Path {
        match self {
            Self::Folder(path) | Self::File(path) => path,
        }
    }
}

impl FailurePolicy {
    /// How many of `runs` runs may fail before no further ones are started.
    pub fn tolerated(&self, runs: u64) -> u64 {
        match (self.policy, self.max_failures) {
            (Policy::FailFast, _) => 0,
            (Policy::Continue, None) => u64::MAX,
            (Policy::Continue, Some(MaxFailures::Count(count))) => count,
            (Policy::Continue, Some(MaxFailures::Percent(share))) => (runs as f64 * share / 100.0).floor() as u64,
        }
    }
}
