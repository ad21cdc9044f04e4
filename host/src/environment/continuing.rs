//! Continuing an exploration that did not come to its end: from its `.cnt` file, or from the file of its results.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use chrono::Local;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Environment, EnvironmentError, Listener, Options, Summary, identity_again, stored_timestamp};
use crate::{
    journal::{self, Journal, JournalError, JournalReader, Record},
    pool::Stop,
    sandbox::{ClassError, ClassOptions, Classes, Job, JobError, JobOptions},
    spec::{EnvironmentOptions, Experiment, FailurePolicy, StorageOptions, Target},
    storage::{self, Head, Reader},
    trajectory::{FinishedRun, RunSet, Trajectory},
};

/// What earlier environments have left of a trajectory.
pub(super) enum Before {
    /// A file of results.
    Stored { reader: Box<dyn Reader>, head: Head },
    /// A journal, which goes on, and when it was written last.
    Journal {
        reader: Option<Box<JournalReader>>,
        journal: Option<Box<Journal>>,
        head: Head,
        written: Option<SystemTime>,
    },
}

/// Everything that must be known to go on: the header of the journal.
#[derive(Serialize, Deserialize)]
struct Frozen {
    head: Head,
    filename: PathBuf,
    /// When the trajectory was made that this one replaces (`--overwrite`), in seconds since 1970.
    replaces: Option<f64>,
    environment: EnvironmentOptions,
    storage: StorageOptions,
    failure: FailurePolicy,
    component: PathBuf,
    /// Its SHA-256 is among these.
    job: JobOptions,
    /// The SHA-256 of the classes, in the order of their components.
    classes: Vec<String>,
    provenance: Vec<(String, String)>,
}

/// Why an exploration cannot be continued.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum ContinueError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the beginning of `{path}` cannot be understood: {why}; it was written by another version of this program")]
    Header { path: PathBuf, why: String },
    #[error("the job of this exploration cannot be loaded: {0}")]
    Job(#[from] JobError),
    #[error("a class of this exploration cannot be loaded: {0}")]
    Class(#[from] ClassError),
    #[error("`{}` is another component than the one that this exploration began with; put that one back", path.display())]
    OtherJob { path: PathBuf },
    #[error(
        "`{}` holds another trajectory `{name}` than the one that this exploration began with; move it away, or export it \
         (`host export`), before you continue",
        path.display()
    )]
    OtherTrajectory { path: PathBuf, name: String },
    #[error("`{}` is another class than the one that this exploration began with", path.display())]
    OtherClass { path: PathBuf },
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The classes that the exploration began with.
fn same_classes(frozen: &Frozen) -> Result<Classes, ContinueError> {
    let paths = &frozen.environment.dynamically_imported_classes;
    let classes = Classes::load(paths, &ClassOptions::of_job(&frozen.job))?;
    if let Some((class, _)) = classes.iter().zip(&frozen.classes).find(|(class, sha256)| class.sha256() != *sha256) {
        return Err(ContinueError::OtherClass { path: class.path().to_owned() });
    }
    Ok(classes)
}

impl Before {
    pub(super) fn head(&self) -> &Head {
        match self {
            Self::Stored { head, .. } | Self::Journal { head, .. } => head,
        }
    }

    /// Hands over the runs that have ended, each once, some at a time, and says which they are.
    pub(super) fn runs(
        &mut self,
        trajectory: &Trajectory,
        take: &mut dyn FnMut(&[FinishedRun]) -> Result<(), EnvironmentError>,
    ) -> Result<RunSet, EnvironmentError> {
        let mut done = RunSet::default();
        match self {
            Self::Stored { reader, .. } => {
                storage::copy_runs(&**reader, trajectory.name(), trajectory.run_count(), &mut |runs| {
                    for run in runs {
                        done.insert(run.index);
                    }
                    take(runs)
                })?;
            }
            Self::Journal { reader, .. } => {
                let mut batch = Vec::new();
                let mut bytes = 0;
                for record in reader.take().into_iter().flat_map(|reader| reader.records()) {
                    let Record::Finished(run) = record? else { continue };
                    if u64::from(run.index.0) >= trajectory.run_count() || !done.insert(run.index) {
                        continue;
                    }
                    bytes += run.bytes();
                    batch.push(run);
                    if batch.len() >= BATCH_RUNS || bytes >= BATCH_BYTES {
                        take(&batch)?;
                        batch.clear();
                        bytes = 0;
                    }
                }
                take(&batch)?;
            }
        }
        Ok(done)
    }
}

/// As many runs of a journal are stored again at once,
const BATCH_RUNS: usize = 1000;
/// or as many bytes of results.
const BATCH_BYTES: u64 = 16 << 20;

impl Environment {
    /// Goes on with an exploration that was killed or interrupted, from its `.cnt` file: runs that have ended stay as they
    /// are, all others are run. pypet's `f_continue_run`.
    ///
    /// # Errors
    /// The file is no journal, or complete; its job is gone or another one; or as [`Environment::f_run`].
    pub fn f_continue_run(path: impl AsRef<Path>) -> Result<Summary, ContinueError> {
        let (mut environment, job) = Self::continuable(path, Options::default())?;
        Ok(environment.f_run_watched(&job, &Arc::new(Stop::default()), &mut () as &mut dyn Listener)?)
    }

    /// The environment that goes on from a `.cnt` file, and its job, for [`Environment::f_run_watched`].
    ///
    /// # Errors
    /// As [`Environment::f_continue_run`].
    pub fn continuable(path: impl AsRef<Path>, options: Options) -> Result<(Self, Job), ContinueError> {
        let path = path.as_ref();
        let written = fs::metadata(path).and_then(|journal| journal.modified()).ok();
        let resumed = journal::resume(path, journal::Sync::default())?;
        let header = |why: postcard::Error| ContinueError::Header { path: path.to_owned(), why: why.to_string() };
        let frozen: Frozen = postcard::from_bytes(resumed.reader.header()).map_err(header)?;
        if let Some(cut) = &resumed.cut {
            tracing::warn!("{cut}");
        }
        let classes = same_classes(&frozen)?;
        let component = frozen.component;
        let job = Job::load(&component, &JobOptions { classes, ..frozen.job });
        let job = job.map_err(|error| match error {
            JobError::HashMismatch { .. } => ContinueError::OtherJob { path: component },
            error => error.into(),
        })?;
        let (now, mut head) = (Local::now(), frozen.head);
        // What earlier environments knew at their end stands in the file of results, if they came so far.
        let stored = storage::open(&frozen.filename).and_then(|reader| reader.head(head.trajectory.name()));
        for (path, entry) in stored.into_iter().flat_map(|stored| stored.config) {
            head.config.entry(path).or_insert(entry);
        }
        let name = head.trajectory.name().to_owned();
        let identity = identity_again(&head, now);
        let experiment = Experiment {
            comment: head.trajectory.comment().to_owned(),
            name,
            add_time: false,
            environment: EnvironmentOptions { target: Target::File(frozen.filename), git: None, ..frozen.environment },
            job: Default::default(),
            trajectory: head.trajectory.as_ref().clone(),
            failure: frozen.failure,
            storage: frozen.storage,
        };
        // What the journal goes on with may be in the file already, less complete.
        let options = Options { overwrite: true, provenance: frozen.provenance, ..options };
        let described = (head.dims.clone(), head.units.clone());
        let trajectory = head.trajectory.clone();
        let (reader, journal) = (Some(Box::new(resumed.reader)), Some(Box::new(resumed.journal)));
        let before = Before::Journal { reader, journal, head, written };
        let environment = Self::of(experiment, trajectory, identity, options, described, Some(before));
        match stored_timestamp(&environment.filename, environment.trajectory.name()) {
            Some(there) if there != environment.identity.trajectory_timestamp && Some(there) != frozen.replaces => {
                let (path, name) = (environment.filename, environment.trajectory.name().to_owned());
                Err(ContinueError::OtherTrajectory { path, name })
            }
            _ => Ok((environment, job)),
        }
    }

    /// The `.cnt` file: beside the file of results, named after the trajectory.
    pub fn v_continue_file(&self) -> PathBuf {
        self.filename.with_file_name(format!("{}.cnt", self.trajectory.name()))
    }

    /// Whether the journal that goes on has all that is in the `.part` file, because they are of the same exploration:
    /// whoever made that file held it until he was killed, and the journal was written or touched after it was made.
    /// Where files do not know when they were made, nobody can tell.
    pub(super) fn has_all_of_the_part(&self) -> bool {
        let Some(Before::Journal { written: Some(written), .. }) = &self.before else { return false };
        let mut part = self.filename.clone().into_os_string();
        part.push(".part");
        fs::metadata(part).and_then(|part| part.created()).is_ok_and(|made| made <= *written)
    }

    /// The journal of this exploration, if it is to be continuable.
    pub(super) fn open_journal(&mut self, job: &Job, head: &Head) -> Result<Option<Journal>, EnvironmentError> {
        if let Some(Before::Journal { journal, .. }) = &mut self.before {
            return Ok(journal.take().map(|journal| *journal));
        }
        if !self.experiment.environment.continuable || !self.stores_in_a_file() {
            return Ok(None);
        }
        let path = self.v_continue_file();
        if self.options.overwrite && self.before.is_none() {
            // What is replaced need not be continued. That of another file, or one in use, is refused below.
            let of_this_file = |header: &[u8]| {
                let frozen = postcard::from_bytes::<Frozen>(header);
                frozen.is_ok_and(|frozen| frozen.filename == absolute(&self.filename))
            };
            if JournalReader::open(&path).is_ok_and(|reader| of_this_file(reader.header()))
                && let Err(error) = fs::remove_file(&path)
            {
                tracing::warn!("`{}` cannot be removed: {error}", path.display());
            }
        }
        let mut environment = self.experiment.environment.clone();
        environment.log_folder = absolute(&environment.log_folder);
        environment.dynamically_imported_classes = job.classes().iter().map(|class| absolute(class.path())).collect();
        let frozen = Frozen {
            head: head.clone(),
            replaces: if self.options.overwrite {
                stored_timestamp(&self.filename, self.trajectory.name())
            } else {
                None
            },
            filename: absolute(&self.filename),
            environment,
            storage: self.experiment.storage.clone(),
            failure: self.experiment.failure,
            component: absolute(job.component()),
            job: job.options(),
            classes: job.classes().iter().map(|class| class.sha256().to_owned()).collect(),
            provenance: self.options.provenance.clone(),
        };
        let header = postcard::to_allocvec(&frozen).expect("everything frozen can be written");
        Ok(Some(Journal::create(&path, &header, journal::Sync::default())?))
    }
}
