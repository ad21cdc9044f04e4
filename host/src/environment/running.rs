//! Running an environment: [`Environment::f_run`], from its logs and storage to the summary.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use super::{
    Environment, EnvironmentError, Listener,
    before::{Before, Source},
    bookkeeping::{Books, Shelf},
    git,
    logs::{LogOptions, Logs, LogsError},
    provenance, stored_timestamp,
    summary::{Ended, Summary},
    timings::{Beginning, Collecting, Timings},
};
use crate::{
    journal::Journal,
    pool::{self, Activity, Delivery, PoolError, PoolOptions, Program, Runner, Stop},
    sandbox::{ClassOptions, Classes, Job, JobOptions},
    spec::{Service, WrapMode},
    storage::{
        Existing, Hdf5Options, Hdf5Storage, Head, LazyStorage, Locked, SqliteOptions, SqliteStorage, StorageService,
        StoreError, StoreRequest, Tail,
    },
    trajectory::{Parameter, RunSet},
};

/// What speaks in the log, whichever file of it.
const LOGGED: &str = "host::environment";

/// Results that may wait for the writer. A quarter of what a run may add by default: enough to
/// keep the writer busy, little beside the guests' own memory.
const QUEUED_BYTES: u64 = 64 << 20;

impl Environment {
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
                tracing::error!(target: LOGGED, "the exploration ended early: {error}");
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
            tracing::warn!(target: LOGGED, "{note}");
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
            target: LOGGED,
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
                tracing::error!(target: LOGGED, "{error}");
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
        tracing::info!(target: LOGGED, "{}", summary.headline());
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
        tracing::info!(target: LOGGED, "{verb} {} in {}", commit.hexsha, commit.work_tree.display());
        self.commit = Some(commit);
        Ok(())
    }

    /// Whether there is a file of results beside which a journal can stand.
    pub(super) fn stores_in_a_file(&self) -> bool {
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
}
