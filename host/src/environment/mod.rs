//! One whole experiment from start to end. Mirrors pypet's `Environment`.
//!
//! [`Environment::new`] asks the world (clock, machine) once, [`Environment::f_run`] opens logs and
//! file, stores everything that is known before the first run, lets the pool run, and closes the
//! file. Who watches gets told through a [`Listener`]; nothing is printed here.

mod logs;
mod provenance;
mod summary;

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
    pool::{self, Activity, PoolError, PoolOptions, Program, Runner, Stop},
    sandbox::Job,
    spec::{EnvironmentOptions, Experiment, Manifest},
    storage::{
        Existing, Hdf5Options, Hdf5Reader, Hdf5Storage, Head, Reader, StorageService, StoreError, StoreRequest, Tail,
    },
    trajectory::{FinishedRun, Identity, NameError, Trajectory},
};

use logs::Logs;
pub use logs::LogsError;
pub use summary::{Ended, Summary};

/// Results that may wait for the writer. A quarter of what a run may add by default: enough to
/// keep the writer busy, little beside the guests' own memory.
const QUEUED_BYTES: u64 = 64 << 20;

/// An experiment that has a name, a time and a file, and has not run yet.
#[derive(Debug)]
pub struct Environment {
    experiment: Experiment,
    dims: BTreeMap<String, Vec<String>>,
    units: BTreeMap<String, String>,
    trajectory: Arc<Trajectory>,
    identity: Identity,
    filename: PathBuf,
    workers: NonZeroUsize,
    options: Options,
}

/// What is asked of one environment beyond its spec.
#[derive(Clone, Debug)]
pub struct Options {
    /// Replace a trajectory of the same name that the file holds already.
    pub overwrite: bool,
    /// What of the log also goes to standard error.
    pub verbosity: LevelFilter,
    /// The text of the spec and what the command line adds to it, to be stored beside the results.
    pub provenance: Vec<(&'static str, String)>,
}

/// Whoever wants to know how far it is.
pub trait Listener {
    /// Everything is prepared; the first run starts now.
    fn starting(&mut self, environment: &Environment);
    /// These runs have been stored; called about ten times a second, then perhaps with none.
    fn stored(&mut self, runs: &[FinishedRun], activity: &Activity);
}

/// Why an experiment could not run, or not to its end.
#[derive(Debug, Error)]
pub enum EnvironmentError {
    /// The name of the trajectory, with its time, is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The logs cannot be written.
    #[error(transparent)]
    Logs(#[from] LogsError),
    /// The file cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There are no workers.
    #[error("{0}")]
    Pool(String),
}

impl Environment {
    /// Gives `experiment` its identity at the time `now`. The job's `manifest` names units and dimensions of
    /// results; dimensions that the spec names win.
    pub fn new(
        experiment: Experiment,
        manifest: Option<&Manifest>,
        options: Options,
        now: DateTime<Local>,
    ) -> Result<Self, EnvironmentError> {
        let time = now.format("%Y_%m_%d_%Hh%Mm%Ss").to_string();
        let name = if experiment.add_time { free_name(&experiment, &time) } else { experiment.name.clone() };
        let timestamp = now.timestamp_micros() as f64 / 1e6;
        let identity = Identity::new(&name, timestamp, time, crate::VERSION);
        let filename = experiment.file(&name);
        let trajectory = Arc::new(experiment.trajectory.clone().with_name(&name)?);
        // More workers than runs would only take memory.
        let runs = usize::try_from(trajectory.run_count()).ok().and_then(NonZeroUsize::new);
        let workers = workers(&experiment.environment).min(runs.unwrap_or(NonZeroUsize::MAX));
        let mut dims = BTreeMap::new();
        let mut units = BTreeMap::new();
        for result in manifest.iter().flat_map(|manifest| &manifest.results) {
            if !result.dimensions.is_empty() {
                dims.insert(result.name.to_string(), result.dimensions.clone());
            }
            if !result.unit.is_empty() {
                units.insert(result.name.to_string(), result.unit.clone());
            }
        }
        dims.extend(experiment.storage.dims.clone());
        Ok(Self { experiment, dims, units, trajectory, identity, filename, workers, options })
    }

    /// Runs every point in `job` and stores what comes of it.
    ///
    /// `stop` ends the exploration early: runs under way are finished and stored, or abandoned, and the
    /// file is closed properly. A failed run never stops the others, unless the spec's failure policy says so.
    pub fn f_run(&self, job: &Job, stop: &Arc<Stop>, listener: &mut dyn Listener) -> Result<Summary, EnvironmentError> {
        // The file first: whoever is refused there finds no empty logs afterwards.
        let storage = Hdf5Storage::create(&self.filename, self.storage_options())?;
        let logs = self.open_logs()?;
        tracing::dispatcher::with_default(logs.dispatch(), || {
            let result = self.explore(job, storage, stop, listener, &logs);
            if let Err(error) = &result {
                tracing::error!("the exploration ended early: {error}");
            }
            result
        })
    }

    fn explore(
        &self,
        job: &Job,
        mut storage: impl StorageService,
        stop: &Arc<Stop>,
        listener: &mut dyn Listener,
        logs: &Logs,
    ) -> Result<Summary, EnvironmentError> {
        let clock = Instant::now();
        storage.store(StoreRequest::Start(&self.head(job)))?;
        tracing::info!(
            "exploring {} with {} runs on {} workers into {}",
            self.trajectory.name(),
            self.trajectory.run_count(),
            self.workers,
            self.filename.display()
        );
        listener.starting(self);

        let mut summary = Summary::new(self.trajectory.clone(), self.filename.clone(), logs.folder().to_owned());
        let activity = Arc::new(Activity::new(self.workers.get(), stop.clone()));
        let tolerated = self.experiment.failure.tolerated(self.trajectory.run_count());
        let retries = self.experiment.failure.retries;
        let runner =
            if self.experiment.environment.use_pool { Runner::Pool } else { Runner::Processes(Program::Present) };
        let pool_options =
            PoolOptions { runner, workers: self.workers, queued_bytes: QUEUED_BYTES, retries, tolerated };
        let ran = pool::run_all(job, &self.trajectory, &pool_options, stop, &activity, |runs| {
            if !runs.is_empty() {
                storage.store(StoreRequest::Runs(runs))?;
                summary.count(runs);
                log(runs);
            }
            listener.stored(runs, &activity);
            Ok::<(), StoreError>(())
        });
        ran.map_err(|error| match error {
            PoolError::Collector(error) => EnvironmentError::Store(error),
            other => EnvironmentError::Pool(other.to_string()),
        })?;
        if summary.not_run() > 0 {
            summary.ended = if summary.failed() > tolerated { Ended::FailureLimit } else { Ended::Interrupted };
        }
        storage.store(StoreRequest::Finish(&Tail { config: provenance::after(self, &summary, clock.elapsed()) }))?;
        summary.close(clock.elapsed());
        tracing::info!("{}", summary.headline());
        Ok(summary)
    }

    fn open_logs(&self) -> Result<Logs, LogsError> {
        let folder = self.experiment.environment.log_folder.join(self.trajectory.name());
        Logs::open(folder, self.options.verbosity)
    }

    fn storage_options(&self) -> Hdf5Options {
        let existing = if self.options.overwrite { Existing::Overwrite } else { Existing::Refuse };
        let compression = self.experiment.storage.compression;
        Hdf5Options { existing, compression, ..Hdf5Options::default() }
    }

    fn head(&self, job: &Job) -> Head {
        Head {
            trajectory: self.trajectory.clone(),
            identity: self.identity.clone(),
            config: provenance::before(self, job),
            file_title: self.experiment.file_title(self.trajectory.name()).to_owned(),
            dims: self.dims.clone(),
            units: self.units.clone(),
            version: crate::VERSION.to_owned(),
        }
    }

    /// The trajectory under its final name. pypet's `v_trajectory`.
    pub fn v_trajectory(&self) -> &Arc<Trajectory> {
        &self.trajectory
    }

    /// The HDF5 file. pypet's `v_filename`.
    pub fn v_filename(&self) -> &Path {
        &self.filename
    }

    /// SHA-1 of the environment. pypet's `v_hexsha`.
    pub fn v_hexsha(&self) -> &str {
        &self.identity.hexsha
    }

    /// `environment_ab12cd3_2026_11_22_22h08m49s`. pypet's `v_name`.
    pub fn v_name(&self) -> String {
        self.identity.environment_name()
    }

    /// Worker threads that it runs on.
    pub fn v_ncores(&self) -> NonZeroUsize {
        self.workers
    }

    /// What it was made from.
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }
}

/// `name_time`, or if that is taken within the same second, `name_time_1` and so on.
fn free_name(experiment: &Experiment, time: &str) -> String {
    let is_taken = |name: &str| {
        let reader = Hdf5Reader::open(&experiment.file(name));
        // A file that cannot be read is refused later, with its reason.
        reader.and_then(|reader| reader.trajectories()).is_ok_and(|there| there.iter().any(|info| info.name == name))
    };
    let first = format!("{}_{time}", experiment.name);
    let numbered = (1..).map(|number| format!("{first}_{number}"));
    std::iter::once(first.clone()).chain(numbered).find(|name| !is_taken(name)).unwrap_or(first)
}

/// How many workers `options` ask for: one without `multiproc`, and for 0 cores all of this machine.
pub fn workers(options: &EnvironmentOptions) -> NonZeroUsize {
    if !options.multiproc {
        return NonZeroUsize::MIN;
    }
    NonZeroUsize::new(options.ncores)
        .unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
}

/// Failures go to the log at once; a line per good run only at level DEBUG.
fn log(runs: &[FinishedRun]) {
    for run in runs {
        match &run.outcome {
            Ok(()) => tracing::debug!("{} finished in {:?}", run.index, run.took),
            Err(why) => tracing::error!("{} failed after {:?}: {why}", run.index, run.took),
        }
    }
}
