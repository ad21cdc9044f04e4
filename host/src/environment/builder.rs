//! [`Builder`]: an environment without a spec, under the names of pypet's arguments.

use std::path::{Path, PathBuf};

use chrono::Local;
use thiserror::Error;
use tracing::level_filters::LevelFilter;

use super::{Environment, EnvironmentError, Options};
use crate::{
    journal::Sync,
    spec::{
        Compression, Contradiction, EnvironmentOptions, Experiment, FailurePolicy, GitOptions, LogLevel, Policy,
        Service, StorageOptions, Target, WrapMode,
    },
    storage::{self, ReadError, Reader, StorageService},
    trajectory::{Trajectory, TrajectoryError},
};

/// Makes an [`Environment`] step by step. Every method is an argument of pypet's `Environment` and has its default,
/// except that as many cores are used as there are and the large overview tables are off.
///
/// ```
/// use std::path::Path;
///
/// use host::{
///     environment::Environment,
///     sandbox::{Job, JobOptions},
///     trajectory::{Axis, Combine, Trajectory},
/// };
///
/// let mut traj = Trajectory::new("example")?.with_comment("two values of x");
/// traj.f_add_parameter("x", 1.0, "an x")?;
/// traj.f_add_parameter("y", 3.0, "a y")?;
/// traj.f_explore([("x", Axis::linspace(0.0, 1.0, 2)?)], Combine::Cartesian)?;
///
/// // A job that multiplies x and y.
/// let job = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/guests/multiply/job.wasm");
/// let job = Job::load(&job, &JobOptions::default())?;
/// let summary = Environment::builder().trajectory(traj).lazy_debug(true).build()?.f_run(&job)?;
/// assert_eq!((summary.runs, summary.ok), (2, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Builder {
    source: Source,
    add_time: bool,
    comment: Option<String>,
    purge_duplicate_comments: Option<bool>,
    use_pool: Option<bool>,
    continuable: Option<bool>,
    multiproc: Option<bool>,
    git_message: Option<String>,
    git_commit: Option<bool>,
    git_repository: Option<PathBuf>,
    service: Option<Box<dyn StorageService>>,
    filename: Option<Target>,
    environment: EnvironmentOptions,
    storage: StorageOptions,
    failure: FailurePolicy,
    options: Options,
}

/// Which trajectory.
enum Source {
    Given(Box<Trajectory>),
    Stored { file: PathBuf, name: Option<String> },
}

/// Why there is no such environment.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum BuildError {
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Trajectory(#[from] TrajectoryError),
    #[error("`{path}` holds {}; name the one to continue", if there.is_empty() { "no trajectory".to_owned() } else { format!("several trajectories: {}", there.join(", ")) })]
    Which { path: PathBuf, there: Vec<String> },
}

impl Default for Builder {
    fn default() -> Self {
        let trajectory = Trajectory::new("trajectory").expect("pypet's default is a legal name");
        Self {
            source: Source::Given(Box::new(trajectory)),
            add_time: true,
            comment: None,
            purge_duplicate_comments: None,
            use_pool: None,
            continuable: None,
            multiproc: None,
            git_message: None,
            git_commit: None,
            git_repository: None,
            service: None,
            filename: None,
            environment: EnvironmentOptions::default(),
            storage: StorageOptions::default(),
            failure: FailurePolicy { policy: Policy::Continue, max_failures: None, retries: 0 },
            options: Options::default(),
        }
    }
}

impl Builder {
    /// Explores this trajectory. pypet's argument `trajectory`.
    pub fn trajectory(mut self, trajectory: Trajectory) -> Self {
        self.source = Source::Given(Box::new(trajectory));
        self
    }

    /// Goes on with a trajectory that is stored in `file`; `name` may be left out if it is the only one. Runs that have
    /// ended stay as they are, the others are run. pypet's argument `trajectory` with a loaded one.
    pub fn stored_trajectory(mut self, file: impl Into<PathBuf>, name: Option<&str>) -> Self {
        self.source = Source::Stored { file: file.into(), name: name.map(str::to_owned) };
        self
    }

    /// Whether `_%Y_%m_%d_%Hh%Mm%Ss` is appended to the name of a new trajectory.
    pub fn add_time(mut self, add_time: bool) -> Self {
        self.add_time = add_time;
        self
    }

    /// Comment of a new trajectory.
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    /// Components that store and load parameters and results of classes of the user's own.
    pub fn dynamically_imported_classes(mut self, components: impl IntoIterator<Item = PathBuf>) -> Self {
        self.environment.dynamically_imported_classes = components.into_iter().collect();
        self
    }

    /// Folder for log files.
    pub fn log_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.environment.log_folder = folder.into();
        self
    }

    /// From which level on lines go into the log files.
    pub fn log_level(mut self, level: LogLevel) -> Self {
        self.environment.log_level = level;
        self
    }

    /// What of the log also goes to standard error; nothing unless it is said. pypet's `log_stdout`.
    pub fn log_to_stderr(mut self, level: LevelFilter) -> Self {
        self.options.verbosity = level;
        self
    }

    /// Whether several runs go on at once.
    pub fn multiproc(mut self, multiproc: bool) -> Self {
        self.multiproc = Some(multiproc);
        self
    }

    /// How many runs go on at once; 0 for as many as there are cores.
    pub fn ncores(mut self, ncores: usize) -> Self {
        self.environment.ncores = ncores;
        self
    }

    /// Whether a fixed set of workers takes run after run; if not, every run gets a process of its own.
    pub fn use_pool(mut self, use_pool: bool) -> Self {
        self.use_pool = Some(use_pool);
        self
    }

    /// How results of several workers reach the storage.
    pub fn wrap_mode(mut self, mode: WrapMode) -> Self {
        self.environment.wrap_mode = mode;
        self
    }

    /// Whether an exploration that is killed can be continued, from a `.cnt` file beside the results.
    pub fn continuable(mut self, continuable: bool) -> Self {
        self.continuable = Some(continuable);
        self
    }

    /// When what that file holds is also on the disk; a second later unless it is said.
    pub fn sync(mut self, sync: Sync) -> Self {
        self.environment.sync = sync;
        self
    }

    /// Whether results go to an HDF5 file; if not, they are not stored.
    pub fn use_hdf5(mut self, use_hdf5: bool) -> Self {
        self.storage.service = if use_hdf5 { Service::Hdf5 } else { Service::None };
        self
    }

    /// Which of the services of this library stores the results.
    pub fn service(mut self, service: Service) -> Self {
        self.storage.service = service;
        self
    }

    /// A storage of the user's own. pypet's `storage_service`.
    pub fn storage_service(mut self, service: impl StorageService + 'static) -> Self {
        self.service = Some(Box::new(service));
        self.storage.service = Service::Own;
        self
    }

    /// The file of results; with a slash at the end, the folder for `<name>.hdf5`.
    pub fn filename(mut self, filename: impl AsRef<Path>) -> Self {
        let filename = filename.as_ref();
        self.filename = Some(Target::new(filename.to_owned(), &filename.to_string_lossy()));
        self
    }

    /// Title of the file; the name of the trajectory unless it is said.
    pub fn file_title(mut self, title: impl Into<String>) -> Self {
        self.environment.file_title = Some(title.into());
        self
    }

    /// Replace a trajectory of the same name that the file holds already. pypet's `overwrite_file`, for one trajectory.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.options.overwrite = overwrite;
        self
    }

    /// How large arrays are compressed. pypet's `complevel`.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.storage.compression = compression;
        self
    }

    /// Whether a comment that a result has in many runs is stored once, with the lowest of them.
    pub fn purge_duplicate_comments(mut self, purge: bool) -> Self {
        self.purge_duplicate_comments = Some(purge);
        self
    }

    /// Whether there are tables of parameters, configuration and all names of results.
    pub fn small_overview_tables(mut self, small: bool) -> Self {
        self.environment.small_overview_tables = small;
        self
    }

    /// Whether there are tables with a row for every result of every run.
    pub fn large_overview_tables(mut self, large: bool) -> Self {
        self.environment.large_overview_tables = large;
        self
    }

    /// How many results a run adds, so that tables are made large enough at once; 0 for no estimate.
    pub fn results_per_run(mut self, count: u32) -> Self {
        self.environment.results_per_run = count;
        self
    }

    /// How many derived parameters a run adds, likewise.
    pub fn derived_parameters_per_run(mut self, count: u32) -> Self {
        self.environment.derived_parameters_per_run = count;
        self
    }

    /// A git repository whose tracked files are committed before the exploration starts.
    pub fn git_repository(mut self, repository: impl Into<PathBuf>) -> Self {
        self.git_repository = Some(repository.into());
        self
    }

    /// What the message of that commit begins with.
    pub fn git_message(mut self, message: impl Into<String>) -> Self {
        self.git_message = Some(message.into());
        self
    }

    /// Whether there is such a commit; if not, the present one is recorded with what differs from it.
    pub fn git_commit(mut self, commit: bool) -> Self {
        self.git_commit = Some(commit);
        self
    }

    /// Whether everything runs but nothing is written to disk.
    pub fn lazy_debug(mut self, lazy: bool) -> Self {
        self.environment.lazy_debug = lazy;
        self
    }

    /// What happens when runs fail.
    pub fn failure(mut self, policy: FailurePolicy) -> Self {
        self.failure = policy;
        self
    }

    /// Checks the options against one another and gives the environment its name and time.
    ///
    /// # Errors
    /// Options contradict one another, or the trajectory cannot be read.
    pub fn build(self) -> Result<Environment, BuildError> {
        let mut environment = self.environment;
        environment.multiproc = self.multiproc.unwrap_or(true);
        environment.use_pool = self.use_pool.unwrap_or(true);
        // Another process could not make a storage of the user's own.
        let own = self.storage.service == Service::Own;
        environment.continuable = self.continuable.unwrap_or(!environment.lazy_debug && !own);
        environment.purge_duplicate_comments =
            self.purge_duplicate_comments.unwrap_or(environment.small_overview_tables);
        Contradiction::check(
            &environment,
            self.storage.service,
            &[
                (self.use_pool.is_some() && self.multiproc == Some(false), Contradiction::PoolWithoutMultiproc),
                (self.continuable == Some(true) && own, Contradiction::ContinuableOwnService),
                (self.git_message.is_some() && self.git_repository.is_none(), Contradiction::GitWithoutRepository),
                (self.git_commit.is_some() && self.git_repository.is_none(), Contradiction::GitWithoutRepository),
            ],
        )?;
        environment.git = self.git_repository.map(|repository| GitOptions {
            repository,
            message: self.git_message.unwrap_or_default(),
            commit: self.git_commit.unwrap_or(true),
        });
        if let Some(target) = self.filename {
            environment.target = target;
        }
        let mut experiment = Experiment {
            name: String::new(),
            comment: String::new(),
            add_time: self.add_time,
            environment,
            job: Default::default(),
            trajectory: Trajectory::new("trajectory")?,
            failure: self.failure,
            storage: self.storage,
        };
        let now = Local::now();
        let mut made = match self.source {
            Source::Given(trajectory) => {
                let trajectory = match self.comment {
                    Some(comment) => trajectory.with_comment(comment),
                    None => *trajectory,
                };
                experiment.name = trajectory.name().to_owned();
                experiment.comment = trajectory.comment().to_owned();
                experiment.trajectory = trajectory;
                Environment::new(experiment, self.options, now)?
            }
            Source::Stored { file, name } => {
                let reader = storage::open(&file)?;
                let name = match name {
                    Some(name) => name,
                    None => only_one(&*reader)?,
                };
                Environment::continuing(experiment, reader, &name, self.options, now)?
            }
        };
        made.service = self.service;
        Ok(made)
    }
}

/// The name of the only trajectory in a file.
fn only_one(reader: &dyn Reader) -> Result<String, BuildError> {
    let mut there: Vec<String> = reader.trajectories()?.into_iter().map(|info| info.name).collect();
    match (there.pop(), there.is_empty()) {
        (Some(name), true) => Ok(name),
        (last, _) => {
            there.extend(last);
            Err(BuildError::Which { path: reader.path().to_owned(), there })
        }
    }
}
