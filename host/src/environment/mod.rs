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
mod summary;
mod timings;

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use chrono::{DateTime, Local};
use thiserror::Error;
use tracing::level_filters::LevelFilter;

use crate::{
    journal::{Journal, JournalError},
    pool::{self, Activity, Delivery, PoolError, PoolOptions, Program, Runner, Stop},
    sandbox::{ClassError, ClassOptions, Classes, Job, JobError, JobOptions},
    spec::{EnvironmentOptions, Experiment, Manifest, Service, WrapMode},
    storage::{
        self, Existing, Hdf5Options, Hdf5Storage, Head, LazyStorage, Locked, ReadError, Reader, SqliteOptions,
        SqliteStorage, StorageService, StoreError, StoreRequest, Tail,
    },
    trajectory::{FinishedRun, Identity, NameError, Parameter, RunSet, Trajectory, TrajectoryError},
};

use before::{Before, Source};
use bookkeeping::{Books, Shelf};
pub use builder::{BuildError, Builder};
pub use changed::Wanted;
pub use continuing::{Continuable, Continuation, ContinueError, read_journal};
pub use git::GitError;
pub use logs::LogsError;
use logs::{LogOptions, Logs};
pub use recorded::RecordedExploration;
pub use summary::{Ended, Summary};
pub use timings::Timings;
use timings::{Beginning, Collecting};

/// Results that may wait for the writer. A quarter of what a run may add by default: enough to
/// keep the writer busy, little beside the guests' own memory.
const QUEUED_BYTES: u64 = 64 << 20;

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

    /// Measures where the time of its next `f_run` goes, which [`Summary::timings`] then tells. `since` is when it began,
    /// as whoever waits for it sees it. This costs two looks at the clock for every call of the host.
    pub fn measure(&mut self, since: Instant) {
        self.measured_since = Some(since);
    }

    /// Runs every point in `job` and stores what comes of it. pypet's `f_run`.
    ///
    /// A failed run never stops the others, unless the failure policy says so.
    ///
    /// # Errors
    /// Logs or storage cannot be written, or no worker can be started. What was stored until then stays.
    pub fn f_run(&mut self, job: &Job) -> Result<Summary, EnvironmentError> {
        self.f_run_watched(job, &Arc::new(Stop::default()), &mut ())
    }

    /// As [`Environment::f_run`], for those who want to see how far it is, or to end it early.
    ///
    /// `stop` ends the exploration early: runs under way are finished and stored, or abandoned, and the
    /// storage is closed properly.
    pub fn f_run_watched(
        &mut self,
        job: &Job,
        stop: &Arc<Stop>,
        listener: &mut dyn Listener,
    ) -> Result<Summary, EnvironmentError> {
        let with_classes = self.load_classes(job)?;
        let job = with_classes.as_ref().unwrap_or(job);
        if let Some(manifest) = job.manifest()? {
            self.describe(&manifest);
        }
        // The storage first: whoever is refused there finds no empty logs afterwards.
        let storage = self.open_storage()?;
        if let Some(Before { source: Source::Journal { journal: Some(journal), .. }, .. }) = &self.before {
            journal.touch();
        }
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
        &mut self,
        job: &Job,
        mut storage: Box<dyn StorageService>,
        stop: &Arc<Stop>,
        listener: &mut dyn Listener,
        logs: &Logs,
    ) -> Result<Summary, EnvironmentError> {
        let clock = Instant::now();
        self.refuse_existing()?;
        for note in &self.notes {
            tracing::warn!("{note}");
        }
        self.ask_git()?;
        let head = self.head(job)?;
        // The storage first: what it refuses has no journal, and leaves that of others alone.
        storage.store(StoreRequest::Start(&head))?;
        let mut journal = self.open_journal(&head)?;
        self.begun |= journal.is_some();
        self.journal_folder = journal.as_ref().and_then(|journal| journal.path().parent().map(Path::to_owned));
        let logged = logs.folder().map(Path::to_owned);
        let mut summary =
            Summary::new(self.trajectory.clone(), self.stores_in_a_file().then(|| self.filename.clone()), logged);
        if let (Some(journal), Some(file)) = (&mut journal, storage.array_file()) {
            journal.set_arrays(&file)?;
        }
        let done = self.take_over(&mut storage, &mut journal, &mut summary)?;
        if let Some(journal) = &mut journal {
            journal.take_place()?;
            self.tidy_up();
        }
        tracing::info!(
            "exploring {} with {} runs on {} workers into {}",
            self.trajectory.name(),
            self.trajectory.run_count() - done.len(),
            self.workers,
            self.filename.display()
        );
        self.kept = done.len();
        listener.starting(self);

        let mut activity = Activity::new(self.workers.get(), stop.clone());
        let pool_begin = Instant::now();
        if self.measured_since.is_some() {
            activity = activity.measuring();
        }
        let activity = Arc::new(activity);
        let tolerated = self.experiment.failure.tolerated(self.trajectory.run_count());
        let before = summary.failed();
        let pooled = self.experiment.environment.use_pool;
        let options = PoolOptions {
            runner: if pooled { Runner::Pool } else { Runner::Processes(Program::Present) },
            workers: self.workers,
            queued_bytes: QUEUED_BYTES,
            retries: self.experiment.failure.retries,
            tolerated: tolerated.saturating_sub(before),
            done,
        };
        let collecting = self.measured_since.map(|_| Collecting::default());
        let books = Mutex::new(Books { summary, journal, listener, collecting });
        let delivery = self.delivery(&mut storage, &books, &activity)?;
        let mut tick = || Books::lock(&books).tick(&activity);
        let ran = pool::run_all(job, &self.trajectory, &options, stop, &activity, delivery, &mut tick);
        ran.map_err(|error| {
            // Whatever has failed, what the journal holds is to stay.
            if let Some(journal) = &mut Books::lock(&books).journal
                && let Err(error) = journal.sync()
            {
                tracing::error!("{error}");
            }
            match error {
                PoolError::Collector(error) => error,
                other => EnvironmentError::Pool(other.to_string()),
            }
        })?;
        let (pool_end, spent) = (Instant::now(), activity.spent());
        let Books { mut summary, journal, collecting, .. } = books.into_inner().unwrap_or_else(PoisonError::into_inner);
        if summary.not_run() > 0 {
            summary.ended = if summary.failed() > tolerated { Ended::FailureLimit } else { Ended::Interrupted };
            summary.continue_file = journal.as_ref().map(|journal| journal.path().to_owned());
        }
        storage.store(StoreRequest::Finish(&Tail { config: provenance::after(self, &summary, clock.elapsed()) }))?;
        match journal {
            Some(mut journal) if summary.not_run() > 0 => journal.sync()?,
            Some(journal) => journal.complete()?,
            None => {}
        }
        summary.close(clock.elapsed());
        if let (Some(begun), Some((spent, first))) = (self.measured_since.take(), spent) {
            let beginning = Beginning { begun, compile: job.compile_time(), pool: pool_begin };
            summary.timings = Some(Timings::new(beginning, &spent, collecting.unwrap_or_default(), first, pool_end));
        }
        tracing::info!("{}", summary.headline());
        Ok(summary)
    }

    /// The job with the classes of this environment, if it has none yet; parameters are stored by them.
    fn load_classes(&mut self, job: &Job) -> Result<Option<Job>, EnvironmentError> {
        let paths = &self.experiment.environment.dynamically_imported_classes;
        let mut loaded = None;
        if job.classes().iter().next().is_none() && !paths.is_empty() {
            let options = job.options();
            let classes = Classes::load(paths, &ClassOptions::of_job(&options))?;
            loaded = Some(Job::load(job.component(), &JobOptions { classes, ..options })?);
        }
        let waits = |parameter: &Parameter| parameter.class.is_some() && parameter.stored.is_none();
        if self.trajectory.parameters().values().any(waits) {
            let mut trajectory = self.trajectory.as_ref().clone();
            loaded.as_ref().unwrap_or(job).classes().prepare(&mut trajectory)?;
            self.trajectory = Arc::new(trajectory);
        }
        Ok(loaded)
    }

    /// How runs reach `storage` in the wrap mode that was asked for.
    fn delivery<'a, 'l>(
        &self,
        storage: &'a mut Box<dyn StorageService>,
        books: &'a Mutex<Books<'l>>,
        activity: &'a Activity,
    ) -> Result<Delivery<Shelf<'a, 'l>>, EnvironmentError> {
        let options = &self.experiment.environment;
        let is_measured = self.measured_since.is_some();
        let shelf = |storage| Shelf { storage, books, activity, is_measured };
        Ok(match options.wrap_mode {
            _ if !options.multiproc => Delivery::Alone(shelf(Box::new(storage))),
            WrapMode::Queue => Delivery::Queue(shelf(Box::new(storage))),
            WrapMode::Lock | WrapMode::None => {
                if options.wrap_mode == WrapMode::Lock {
                    // The lock takes the place of the storage, which `Finish` then reaches through it.
                    let bare = std::mem::replace(storage, Box::new(LazyStorage::default()));
                    *storage = Box::new(Locked::new(bare));
                }
                let refused = || EnvironmentError::NotThreadSafe(storage.name());
                let handles = (0..self.workers.get()).map(|_| storage.handle().ok_or_else(refused));
                let handles = handles.collect::<Result<Vec<_>, _>>()?;
                Delivery::Direct(handles.into_iter().map(shelf).collect())
            }
        })
    }

    /// Refuses a name that is taken before anything is done that stays. The storage refuses it as well, in the same words.
    fn refuse_existing(&self) -> Result<(), EnvironmentError> {
        let (name, path) = (self.trajectory.name(), &self.filename);
        let is_new = self.before.is_none() && !self.options.overwrite && self.stores_in_a_file();
        if is_new && stored_timestamp(path, name).is_some() {
            return Err(StoreError::TrajectoryExists { name: name.to_owned(), path: path.clone() }.into());
        }
        Ok(())
    }

    /// Stores again what earlier environments have run, and counts it.
    fn take_over(
        &mut self,
        storage: &mut dyn StorageService,
        journal: &mut Option<Journal>,
        summary: &mut Summary,
    ) -> Result<RunSet, EnvironmentError> {
        let Some(before) = &mut self.before else { return Ok(RunSet::default()) };
        // A journal that goes on has them, but perhaps where large arrays were, and not where they are now.
        let is_new = matches!(before.source, Source::Stored(_));
        let done = before.runs(&self.trajectory, &mut |runs| {
            storage.store(StoreRequest::Runs(runs))?;
            match journal {
                Some(journal) if is_new => journal.finished_with(runs, &storage.places())?,
                Some(journal) => journal.again(runs, &storage.places())?,
                None => {}
            }
            summary.count(runs);
            Ok(())
        })?;
        summary.kept = done.len();
        Ok(done)
    }

    /// Commits or records the repository, before anything is stored.
    fn ask_git(&mut self) -> Result<(), EnvironmentError> {
        let Some(git) = &self.experiment.environment.git else { return Ok(()) };
        let commit = git::record(&git::Request {
            repository: &git.repository,
            commit: git.commit && !self.experiment.environment.lazy_debug,
            user_message: &git.message,
            trajectory: self.trajectory.name(),
            time: &self.identity.time,
            comment: self.trajectory.comment(),
        })?;
        // The commit stands for the code, unless something differs from it.
        if commit.diff.is_none() {
            self.identity.hexsha.clone_from(&commit.hexsha);
        }
        let verb = if commit.is_new { "committed" } else { "found" };
        tracing::info!("{verb} {} in {}", commit.hexsha, commit.work_tree.display());
        self.commit = Some(commit);
        Ok(())
    }

    /// Whether there is a file of results beside which a journal can stand.
    fn stores_in_a_file(&self) -> bool {
        let stored = !matches!(self.experiment.storage.service, Service::Own | Service::None);
        stored && !self.experiment.environment.lazy_debug
    }

    fn open_logs(&self) -> Result<Logs, LogsError> {
        let options = &self.experiment.environment;
        let folder = (!options.lazy_debug).then(|| options.log_folder.join(self.trajectory.name()));
        Logs::open(&LogOptions {
            folder,
            level: options.log_level,
            verbosity: self.options.verbosity,
            trajectory_time: &self.identity.trajectory_time,
        })
    }

    fn open_storage(&mut self) -> Result<Box<dyn StorageService>, EnvironmentError> {
        let (options, storage) = (&self.experiment.environment, &self.experiment.storage);
        if options.lazy_debug {
            return Ok(Box::new(LazyStorage::default()));
        }
        Ok(match storage.service {
            Service::Own => self.service.take().ok_or(EnvironmentError::Used)?,
            Service::None => Box::new(LazyStorage::default()),
            Service::Hdf5 => Box::new(Hdf5Storage::create(&self.filename, self.hdf5_options())?),
            Service::Sqlite => Box::new(SqliteStorage::create(&self.filename, self.sqlite_options())?),
        })
    }

    fn existing(&self) -> Existing {
        if self.options.overwrite { Existing::Overwrite } else { Existing::Refuse }
    }

    fn sqlite_options(&self) -> SqliteOptions {
        let purge_duplicate_comments = self.experiment.environment.purge_duplicate_comments;
        SqliteOptions { existing: self.existing(), purge_duplicate_comments }
    }

    fn hdf5_options(&self) -> Hdf5Options {
        let options = &self.experiment.environment;
        Hdf5Options {
            existing: self.existing(),
            layout: self.experiment.storage.layout,
            compression: self.experiment.storage.compression,
            purge_duplicate_comments: options.purge_duplicate_comments,
            small_overview_tables: options.small_overview_tables,
            large_overview_tables: options.large_overview_tables,
            results_per_run: options.results_per_run,
            derived_parameters_per_run: options.derived_parameters_per_run,
            leftover: self.leftover_part(),
        }
    }

    fn head(&self, job: &Job) -> Result<Head, EnvironmentError> {
        let mut config = self.before.as_ref().map(|before| before.head.config.clone()).unwrap_or_default();
        config.extend(self.trajectory.config().clone());
        config.extend(provenance::before(self, job));
        config.extend(self.commit.iter().flat_map(git::Commit::config));
        if self.experiment.storage.service == Service::Hdf5 {
            config.extend(self.hdf5_options().config());
        }
        let mut head = Head {
            trajectory: self.trajectory.clone(),
            identity: self.identity.clone(),
            config,
            file_title: self.experiment.file_title(self.trajectory.name()).to_owned(),
            dims: self.dims.clone(),
            units: self.units.clone(),
            version: crate::VERSION.to_owned(),
            launch: None,
        };
        self.describe_launch(job, &mut head)?;
        Ok(head)
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
