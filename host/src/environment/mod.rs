//! One whole experiment from start to end. Mirrors pypet's `Environment`.
//!
//! [`Environment::builder`] or a spec says what is explored and how; [`Environment::f_run`] opens logs and
//! storage, stores everything that is known before the first run, lets the pool run, and closes the
//! storage. Who watches gets told through a [`Listener`]; nothing is printed here.

mod before;
mod bookkeeping;
mod builder;
mod changed;
mod continuing;
mod git;
mod launch;
mod logs;
mod provenance;
mod recorded;
mod running;
mod summary;
mod timings;

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use chrono::{DateTime, Local};
use thiserror::Error;
use tracing::level_filters::LevelFilter;

use crate::{
    journal::JournalError,
    pool::Activity,
    sandbox::{ClassError, JobError},
    spec::{EnvironmentOptions, Experiment, Manifest},
    storage::{self, Head, ReadError, Reader, StorageService, StoreError},
    trajectory::{FinishedRun, Identity, NameError, Trajectory, TrajectoryError},
};

use before::{Before, Source};
pub use builder::{BuildError, Builder};
pub use changed::Wanted;
pub use continuing::{Continuable, Continuation, ContinueError, read_journal};
pub use git::GitError;
pub use logs::LogsError;
pub use recorded::RecordedExploration;
pub use summary::{Ended, Summary};
pub use timings::Timings;

/// An experiment that has a name, a time and a place for its results, and has not run yet.
pub struct Environment {
    experiment: Experiment,
    dims: BTreeMap<String, Vec<String>>,
    units: BTreeMap<String, String>,
    trajectory: Arc<Trajectory>,
    identity: Identity,
    filename: PathBuf,
    workers: NonZeroUsize,
    options: Options,
    /// A storage of the user's own, until it is used.
    service: Option<Box<dyn StorageService>>,
    /// What earlier environments have left, if the trajectory is continued.
    before: Option<Before>,
    /// The commit that was made or found, once it was asked for.
    commit: Option<git::Commit>,
    /// Whether there is a journal of its runs.
    begun: bool,
    /// What of its job is other than what earlier environments ran.
    changes: Vec<String>,
    /// What the user should know before it goes on.
    notes: Vec<String>,
    /// The folder of that journal.
    journal_folder: Option<PathBuf>,
    /// Runs that earlier environments have left.
    kept: u64,
    /// Since when its time is measured, if it is.
    measured_since: Option<Instant>,
}

/// What is asked of one environment beyond its spec.
#[derive(Clone, Debug)]
pub struct Options {
    /// Replace a trajectory of the same name that the file holds already.
    pub overwrite: bool,
    /// What of the log also goes to standard error.
    pub verbosity: LevelFilter,
    /// The text of the spec and what the command line adds to it, to be stored beside the results.
    pub provenance: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self { overwrite: false, verbosity: LevelFilter::OFF, provenance: Vec::new() }
    }
}

/// Whoever wants to know how far it is.
pub trait Listener: Send {
    /// Everything is prepared; the first run starts now.
    fn starting(&mut self, environment: &Environment);
    /// These runs have been stored; called about ten times a second, then perhaps with none.
    fn stored(&mut self, runs: &[FinishedRun], activity: &Activity);
}

/// Nobody.
impl Listener for () {
    fn starting(&mut self, _: &Environment) {}
    fn stored(&mut self, _: &[FinishedRun], _: &Activity) {}
}

/// Why an experiment could not run, or not to its end.
#[derive(Debug, Error)]
pub enum EnvironmentError {
    /// The name of the trajectory, with its time, is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The trajectory contradicts itself.
    #[error(transparent)]
    Trajectory(#[from] TrajectoryError),
    /// The logs cannot be written.
    #[error(transparent)]
    Logs(#[from] LogsError),
    /// The results cannot be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal cannot be written or read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The repository cannot be committed or recorded.
    #[error(transparent)]
    Git(#[from] GitError),
    /// What was stored before cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The job cannot say what it is.
    #[error(transparent)]
    Job(#[from] JobError),
    /// A class of the user's own cannot be used.
    #[error(transparent)]
    Class(#[from] ClassError),
    /// There are no workers.
    #[error("{0}")]
    Pool(String),
    /// Several threads at once would damage the storage.
    #[error(
        "the storage `{0}` cannot be written by several workers at the same time; use wrap_mode QUEUE or LOCK instead of NONE"
    )]
    NotThreadSafe(&'static str),
    /// What is needed to go on cannot be kept.
    #[error(
        "this exploration cannot be made continuable: {0}; use paths that are text, or say `continuable = false` in \
         [environment]"
    )]
    Launch(String),
    /// A storage of the user's own has been used up by an earlier `f_run`.
    #[error("this environment has run already, and its storage is complete; make a new one for each `f_run`")]
    Used,
}

impl Environment {
    /// Makes an environment step by step. pypet's constructor `Environment(…)`.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Gives `experiment` its identity at the time `now`.
    pub fn new(experiment: Experiment, options: Options, now: DateTime<Local>) -> Result<Self, EnvironmentError> {
        let time = pypet_time(now);
        let name = if experiment.add_time { free_name(&experiment, &time) } else { experiment.name.clone() };
        let identity = Identity::new(&name, timestamp(now), time, crate::VERSION);
        let trajectory = Arc::new(experiment.trajectory.clone().with_name(&name)?);
        let described = (experiment.storage.dims.clone(), BTreeMap::new());
        Ok(Self::of(experiment, trajectory, identity, options, described, None))
    }

    /// Takes over what the job says of its results, unless the spec has said it.
    fn describe(&mut self, manifest: &Manifest) {
        for result in &manifest.results {
            let name = result.name.to_string();
            if !result.dimensions.is_empty() {
                self.dims.entry(name.clone()).or_insert_with(|| result.dimensions.clone());
            }
            if !result.unit.is_empty() {
                self.units.entry(name).or_insert_with(|| result.unit.clone());
            }
        }
    }

    /// A new environment, made `now`, for the trajectory `name` of a file. Runs that have ended stay as they are.
    fn continuing(
        mut experiment: Experiment,
        reader: Box<dyn Reader>,
        name: &str,
        options: Options,
        now: DateTime<Local>,
    ) -> Result<Self, EnvironmentError> {
        let head = reader.head(name)?;
        let identity = identity_again(&head, now);
        experiment.name = name.to_owned();
        experiment.environment.target = crate::spec::Target::File(reader.path().to_owned());
        let described = (head.dims.clone(), head.units.clone());
        let options = Options { overwrite: true, ..options };
        let trajectory = head.trajectory.clone();
        let before = Before { head, source: Source::Stored(reader), without_failed: false };
        Ok(Self::of(experiment, trajectory, identity, options, described, Some(before)))
    }

    fn of(
        experiment: Experiment,
        trajectory: Arc<Trajectory>,
        identity: Identity,
        options: Options,
        (dims, units): (BTreeMap<String, Vec<String>>, BTreeMap<String, String>),
        before: Option<Before>,
    ) -> Self {
        let filename = experiment.file(trajectory.name());
        // More workers than runs would only take memory.
        let runs = usize::try_from(trajectory.run_count()).ok().and_then(NonZeroUsize::new);
        let workers = workers(&experiment.environment).min(runs.unwrap_or(NonZeroUsize::MAX));
        let begun = matches!(before, Some(Before { source: Source::Journal { .. }, .. }));
        Self {
            experiment,
            dims,
            units,
            trajectory,
            identity,
            filename,
            workers,
            options,
            service: None,
            before,
            commit: None,
            begun,
            changes: Vec::new(),
            notes: Vec::new(),
            journal_folder: None,
            kept: 0,
            measured_since: None,
        }
    }

    /// The trajectory under its final name. pypet's `v_trajectory`.
    pub fn v_trajectory(&self) -> &Arc<Trajectory> {
        &self.trajectory
    }

    /// The file of results. pypet's `v_filename`.
    pub fn v_filename(&self) -> &Path {
        &self.filename
    }

    /// SHA-1 of the environment. pypet's `v_hexsha`.
    pub fn v_hexsha(&self) -> &str {
        &self.identity.hexsha
    }

    /// When it was made, `2026_11_22_22h08m49s`, in local time. pypet's `v_time`.
    pub fn v_time(&self) -> &str {
        &self.identity.time
    }

    /// When it was made, in seconds since 1970. pypet's `v_timestamp`.
    pub fn v_timestamp(&self) -> f64 {
        self.identity.timestamp
    }

    /// `environment_ab12cd3_2026_11_22_22h08m49s`. pypet's `v_name`.
    pub fn v_name(&self) -> String {
        self.identity.environment_name()
    }

    /// Workers that it runs on.
    pub fn v_ncores(&self) -> NonZeroUsize {
        self.workers
    }

    /// What it was made from.
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// The file to continue from if this environment ends early: there is one once its runs have begun,
    /// or if it goes on from one.
    pub fn continue_file(&self) -> Option<PathBuf> {
        self.begun.then(|| self.v_continue_file())
    }

    /// The folders that it writes into from its first run on: those of its results, of its journal and of its logs.
    /// A storage of the user's own knows its places itself.
    pub fn written_folders(&self) -> Vec<PathBuf> {
        let mut folders = Vec::new();
        if self.stores_in_a_file() {
            let folder = |path: &Path| match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
                _ => PathBuf::from("."),
            };
            folders.push(folder(&self.filename));
            // The file may be a link to one elsewhere, or to where one shall be.
            folders.extend(storage::place(&self.filename).ok().map(|path| folder(&path)));
        }
        // One that was moved goes on where it is.
        folders.extend(self.journal_folder.clone());
        if !self.experiment.environment.lazy_debug {
            folders.push(self.experiment.environment.log_folder.join(self.trajectory.name()));
        }
        folders.sort();
        folders.dedup();
        folders
    }

    /// How many runs it has taken over from earlier environments, once its runs begin.
    pub fn kept(&self) -> u64 {
        self.kept
    }

    /// Whether its trajectory was stored before.
    pub fn is_continued(&self) -> bool {
        self.before.is_some()
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn changes(&self) -> &[String] {
        &self.changes
    }
}

/// A moment in pypet's words, `2026_11_22_22h08m49s`.
fn pypet_time(moment: DateTime<Local>) -> String {
    moment.format("%Y_%m_%d_%Hh%Mm%Ss").to_string()
}

/// A moment in seconds since 1970.
fn timestamp(moment: DateTime<Local>) -> f64 {
    moment.timestamp_micros() as f64 / 1e6
}

/// `name_time`, or if that is taken within the same second, `name_time_1` and so on.
fn free_name(experiment: &Experiment, time: &str) -> String {
    let is_taken = |name: &str| stored_timestamp(&experiment.file(name), name).is_some();
    let first = format!("{}_{time}", experiment.name);
    let numbered = (1..).map(|number| format!("{first}_{number}"));
    std::iter::once(first.clone()).chain(numbered).find(|name| !is_taken(name)).unwrap_or(first)
}

/// When the trajectory `name` of `file` was made, in seconds since 1970; `None` if there is none. A file that cannot
/// be read is refused where it is written, with its reason.
fn stored_timestamp(file: &Path, name: &str) -> Option<f64> {
    let there = storage::open(file).and_then(|reader| reader.trajectories()).unwrap_or_default();
    there.into_iter().find(|info| info.name == name).map(|info| info.timestamp)
}

/// The identity of a new environment, made `now`, for a trajectory that was made before.
fn identity_again(head: &Head, now: DateTime<Local>) -> Identity {
    let Identity { trajectory_timestamp, trajectory_time, .. } = head.identity.clone();
    let name = head.trajectory.name();
    Identity::later(name, trajectory_timestamp, trajectory_time, timestamp(now), pypet_time(now), crate::VERSION)
}

/// How many workers `options` ask for: one without `multiproc`, and for 0 cores all of this machine.
pub fn workers(options: &EnvironmentOptions) -> NonZeroUsize {
    if !options.multiproc {
        return NonZeroUsize::MIN;
    }
    NonZeroUsize::new(options.ncores)
        .unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
}
