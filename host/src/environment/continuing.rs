//! Continuing an exploration that did not come to its end: from its `.cnt` file, or from the file of its results.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::Local;
use thiserror::Error;

use super::{
    Environment, EnvironmentError, Listener, Options, RecordedExploration, Summary,
    before::{Before, Source},
    changed::{self, Wanted},
    identity_again,
    launch::{Launch, absolute},
    stored_timestamp,
};
use crate::{
    journal::{self, ArrayFiles, Journal, JournalError, JournalReader},
    pool::Stop,
    sandbox::{ClassError, ClassOptions, Classes, Job, JobError, JobOptions},
    spec::{EnvironmentOptions, Experiment, Target},
    storage::{self, Began, Head, Leftover, ReadError, Reader, TrajectoryInfo, array_files, remove_set_aside},
    trajectory::{FinishedRun, Identity, RunFailure, RunIndex},
};

/// What is asked of an exploration that goes on, beyond going on.
#[derive(Clone, Default)]
pub struct Continuation {
    /// Which trajectory of a file of results; may be left out if only one has not come to its end.
    pub trajectory: Option<String>,
    /// Runs that failed are run again.
    pub retry_failed: bool,
    /// Another job than the one that it began with may go on; what differs is stored.
    pub allow_changed_job: bool,
    /// Where the component is now; where it was, unless it is said.
    pub component: Option<PathBuf>,
    /// A spec and its job instead of those that it began with. They must have the same points.
    pub wanted: Option<Wanted>,
    /// How many runs go on at once, instead of what the spec says.
    pub ncores: Option<usize>,
}

/// Whether there is anything to continue.
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Continuable {
    /// Runs are missing: for [`Environment::f_run_watched`].
    Unfinished(Environment, Job),
    /// Every run has ended.
    Ended(Summary),
}

/// Why an exploration cannot be continued.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum ContinueError {
    #[error("cannot open `{}`: {source}", path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the beginning of `{}` cannot be understood: {why}; it was written by another version of this program", path.display())]
    Header { path: PathBuf, why: String },
    #[error("the job of this exploration cannot be loaded: {0}")]
    Job(#[from] JobError),
    #[error("a class of this exploration cannot be loaded: {0}")]
    Class(#[from] ClassError),
    #[error(
        "the job is not the one that this exploration began with:\n{}\nput that one back, or let it go on with the new one \
         (`--allow-changed-job`), which is stored",
        what.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
    )]
    OtherJob { what: Vec<String> },
    #[error(
        "the spec does not explore what this exploration began with, so it cannot go on with it:\n{}\nrun it by itself \
         (`host run`)",
        what.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
    )]
    OtherPoints { what: Vec<String> },
    #[error(
        "`{}` holds another trajectory `{name}` than the one that this exploration began with; move it away, or export it \
         (`host export`), before you continue",
        path.display()
    )]
    OtherTrajectory { path: PathBuf, name: String },
    #[error(
        "`{}` says that the exploration has ended and is in `{}`, and there is no such file; put it back, or run the \
         exploration again",
        journal.display(), file.display()
    )]
    FileGone { journal: PathBuf, file: PathBuf },
    #[error("`{}` holds {}", path.display(), if there.is_empty() {
        "no trajectory".to_owned()
    } else {
        format!("several trajectories ({}); name the one to continue (`--trajectory`)", there.join(", "))
    })]
    Which { path: PathBuf, there: Vec<String> },
    #[error(
        "the trajectory `{name}` in `{}` cannot be continued from that file alone: {why}; name its `.cnt` file instead",
        path.display()
    )]
    NoLaunch { path: PathBuf, name: String, why: String },
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("`{}` cannot be read ({why}) and not be moved out of the way: {source}", path.display())]
    SetAside { path: PathBuf, why: String, source: io::Error },
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
}

impl Environment {
    /// Goes on with an exploration that was killed or interrupted, from its `.cnt` file or its file of results: runs that
    /// have ended stay as they are, all others are run. If there are none, nothing is done. pypet's `f_continue_run`.
    ///
    /// # Errors
    /// The file is neither; its job is gone or another one; or as [`Environment::f_run`].
    pub fn f_continue_run(path: impl AsRef<Path>) -> Result<Summary, ContinueError> {
        match Self::continuable(path, &Continuation::default(), Options::default())? {
            Continuable::Ended(summary) => Ok(summary),
            Continuable::Unfinished(mut environment, job) => {
                Ok(environment.f_run_watched(&job, &Arc::new(Stop::default()), &mut () as &mut dyn Listener)?)
            }
        }
    }

    /// The environment that goes on from a `.cnt` file or a file of results, and its job.
    ///
    /// # Errors
    /// As [`Environment::f_continue_run`], and if what `how` asks for is not what the exploration began with.
    pub fn continuable(
        path: impl AsRef<Path>,
        how: &Continuation,
        options: Options,
    ) -> Result<Continuable, ContinueError> {
        let path = path.as_ref();
        match is_journal(path) {
            Ok(true) => of_journal(path, how, options),
            Ok(false) => of_file(path, how, options, None),
            // Killed before the file came to be, an exploration is in its journal alone.
            Err(source) if source.kind() == io::ErrorKind::NotFound => match journal_of(path, how) {
                Some(journal) => of_journal(&journal, how, options),
                None => Err(ContinueError::Open { path: path.to_owned(), source }),
            },
            Err(source) => Err(ContinueError::Open { path: path.to_owned(), source }),
        }
    }

    /// The `.cnt` file: beside the file of results, named after the trajectory.
    pub fn v_continue_file(&self) -> PathBuf {
        self.filename.with_file_name(format!("{}.cnt", self.trajectory.name()))
    }

    /// What the user should know before it goes on.
    pub fn v_notes(&self) -> &[String] {
        &self.notes
    }

    /// Says in `head` how runs are made.
    pub(super) fn describe_launch(&self, job: &Job, head: &mut Head) -> Result<(), EnvironmentError> {
        let Experiment { environment, storage, failure, .. } = &self.experiment;
        let provenance = &self.options.provenance;
        let mut launch = Launch::new(job, environment, storage, *failure, &self.filename, provenance);
        if self.options.overwrite {
            launch.replaces = stored_timestamp(&self.filename, self.trajectory.name());
        }
        head.launch = match launch.text() {
            Ok(text) => Some(text),
            Err(error) if environment.continuable => return Err(EnvironmentError::Launch(error.to_string())),
            // Nobody will ask.
            Err(_) => None,
        };
        Ok(())
    }

    /// What to do with a `.part` file that is there. The journal that goes on has all that is in it if they are of the
    /// same exploration: whoever made that file held it until he was killed, and the journal was written or touched
    /// after it was made. Where files do not know when they were made, nobody can tell.
    pub(super) fn leftover_part(&self) -> Leftover {
        let Some(Before { source: Source::Journal { written: Some(written), places, .. }, .. }) = &self.before else {
            return Leftover::SetAside;
        };
        let mut part = self.filename.clone().into_os_string();
        part.push(".part");
        let is_older = fs::metadata(part).and_then(|part| part.created()).is_ok_and(|made| made <= *written);
        match (is_older, *places) {
            (false, _) => Leftover::SetAside,
            (true, true) => Leftover::Needed(began(&self.identity)),
            (true, false) => Leftover::Discard,
        }
    }

    /// Removes what was set aside for its large arrays, now that the journal refers to where they are now.
    pub(super) fn tidy_up(&self) {
        if matches!(&self.before, Some(Before { source: Source::Journal { places: true, .. }, .. })) {
            remove_set_aside(&self.filename, began(&self.identity));
        }
    }

    /// The journal of this exploration, if it is to be continuable.
    pub(super) fn open_journal(&mut self, head: &Head) -> Result<Option<Journal>, EnvironmentError> {
        if let Some(Before { source: Source::Journal { journal, .. }, .. }) = &mut self.before {
            return Ok(journal.take().map(|journal| *journal));
        }
        if !self.experiment.environment.continuable || !self.stores_in_a_file() {
            return Ok(None);
        }
        let path = self.v_continue_file();
        let sync = self.experiment.environment.sync;
        let header = postcard::to_allocvec(head).expect("a head can be written");
        if self.before.is_some() {
            // Until it has all that was there before, what there is stays.
            return Ok(Some(Journal::create_aside(&path, &header, sync)?));
        }
        if self.options.overwrite {
            // What is replaced need not be continued. That of another file, or one in use, is refused below.
            let of_this_file = |reader: JournalReader| {
                let launch = head_of(&path, &reader).and_then(|head| launch_of(&path, &head));
                launch.is_ok_and(|launch| launch.file == absolute(&self.filename))
            };
            if JournalReader::open(&path).is_ok_and(of_this_file)
                && let Err(error) = fs::remove_file(&path)
            {
                tracing::warn!("`{}` cannot be removed: {error}", path.display());
            }
        }
        Ok(Some(Journal::create(&path, &header, sync)?))
    }
}

/// Whether the file at `path` begins as a journal does.
fn is_journal(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::OpenOptionsExt;
    // Not to wait for the other end of a pipe.
    let file = fs::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let mut begin = Vec::new();
    let is_file = file.metadata()?.is_file();
    if is_file {
        file.take(journal::MAGIC.len() as u64).read_to_end(&mut begin)?;
    }
    // One that was cut off at its beginning has its name still.
    let is_named = path.extension().is_some_and(|extension| extension == "cnt");
    Ok(begin == journal::MAGIC || is_file && is_named)
}

/// What a journal was created with.
pub(super) fn head_of(path: &Path, reader: &JournalReader) -> Result<Head, ContinueError> {
    let understood = postcard::from_bytes(reader.header());
    understood.map_err(|error| ContinueError::Header { path: path.to_owned(), why: error.to_string() })
}

fn launch_of(path: &Path, head: &Head) -> Result<Launch, ContinueError> {
    Launch::of(head).map_err(|why| ContinueError::Header { path: path.to_owned(), why })
}

/// When the exploration began of which this is an environment.
fn began(identity: &Identity) -> Began {
    (identity.trajectory_timestamp * 1e6) as Began
}

/// Where a file lies, as a whole path.
fn folder_of(path: &Path) -> PathBuf {
    let path = absolute(path);
    path.parent().map_or_else(|| path.clone(), Path::to_owned)
}

/// The journal of an unfinished exploration whose results shall go to the file `path`, if there is exactly one.
fn journal_of(path: &Path, how: &Continuation) -> Option<PathBuf> {
    let folder = folder_of(path);
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).ok()?.flatten() {
        let journal = entry.path();
        if journal.extension().is_none_or(|extension| extension != "cnt") {
            continue;
        }
        let Ok(reader) = JournalReader::open(&journal) else { continue };
        let Ok(head) = head_of(&journal, &reader) else { continue };
        let Ok(launch) = launch_of(&journal, &head) else { continue };
        let is_named = how.trajectory.as_ref().is_none_or(|name| name == head.trajectory.name());
        if !reader.is_complete() && is_named && launch.moved_to(&folder).file == absolute(path) {
            found.push(journal);
        }
    }
    (found.len() == 1).then(|| found.remove(0))
}

/// Goes on from a journal, or if it is complete, from the file that holds everything.
fn of_journal(path: &Path, how: &Continuation, options: Options) -> Result<Continuable, ContinueError> {
    let reader = JournalReader::open(path)?;
    let head = head_of(path, &reader)?;
    let launch = launch_of(path, &head)?.moved_to(&folder_of(path));
    if reader.is_complete() {
        if !launch.file.exists() {
            return Err(ContinueError::FileGone { journal: path.to_owned(), file: launch.file });
        }
        let how = Continuation { trajectory: Some(head.trajectory.name().to_owned()), ..how.clone() };
        return of_file(&launch.file.clone(), &how, options, Some(launch));
    }
    drop(reader);
    let prepared = Prepared::new(&launch, how)?;
    prepared.check_points(&head, how)?;
    let file = launch.file.clone();
    let there = stored_timestamp(&file, head.trajectory.name());
    if there.is_some_and(|there| there != head.identity.trajectory_timestamp && Some(there) != launch.replaces) {
        let name = head.trajectory.name().to_owned();
        return Err(ContinueError::OtherTrajectory { path: file, name });
    }
    let sync = how.wanted.as_ref().map_or(launch.environment.sync, |wanted| wanted.experiment.environment.sync);
    let written = fs::metadata(path).and_then(|journal| journal.modified()).ok();
    let mut resumed = journal::resume(path, sync)?;
    resumed.reader.set_array_files(ArrayFiles::open(array_files(&file, began(&head.identity))));
    let mut notes = prepared.notes.clone();
    notes.extend(resumed.cut.iter().map(ToString::to_string));
    notes.extend(readable(&launch)?);
    let mut head = head;
    // What earlier environments knew at their end stands in the file of results, if they came so far.
    let stored = storage::open(&file).and_then(|reader| reader.head(head.trajectory.name()));
    for (path, entry) in stored.into_iter().flat_map(|stored| stored.config) {
        head.config.entry(path).or_insert(entry);
    }
    let (reader, journal) = (Some(Box::new(resumed.reader)), Some(Box::new(resumed.journal)));
    let places = resumed.places;
    let source = Source::Journal { reader, journal, written, places };
    let before = Before { head, source, without_failed: how.retry_failed };
    Ok(prepared.environment(launch, before, notes, options))
}

/// Goes on from a file of results: by the journal beside it if that goes further, else by what the file itself says.
fn of_file(
    path: &Path,
    how: &Continuation,
    options: Options,
    launch: Option<Launch>,
) -> Result<Continuable, ContinueError> {
    let reader = storage::open(path);
    if launch.is_none()
        && reader.is_err()
        && let Some(journal) = journal_of(path, how)
    {
        return of_journal(&journal, how, options);
    }
    let reader = reader?;
    let info = chosen(&*reader, how)?;
    let journal = absolute(path).with_file_name(format!("{}.cnt", info.name));
    if launch.is_none() && goes_further(&journal, &info) {
        return of_journal(&journal, how, options);
    }
    let summary = summary(&*reader, &info)?;
    if summary.not_run() == 0 && !(how.retry_failed && summary.failed() > 0) {
        return Ok(Continuable::Ended(summary));
    }
    let no_launch = |why| ContinueError::NoLaunch { path: path.to_owned(), name: info.name.clone(), why };
    // Classes say what the values of their parameters are, and the file says which classes there are.
    let kept = match launch {
        Some(launch) => launch,
        None => {
            let text = reader.facts(&info.name)?.and_then(|facts| facts.launch);
            let launch = Launch::of_text(text.as_deref()).map_err(no_launch)?;
            launch.moved_to(&folder_of(path))
        }
    };
    let mut launch = kept;
    launch.file = absolute(path);
    let prepared = Prepared::new(&launch, how)?;
    let head = reader.head_with(&info.name, prepared.job.classes())?;
    prepared.check_points(&head, how)?;
    let notes = prepared.notes.clone();
    let before = Before { head, source: Source::Stored(reader), without_failed: how.retry_failed };
    Ok(prepared.environment(launch, before, notes, options))
}

/// The trajectory that was asked for, or the only one, or the only one that has not come to its end.
fn chosen(reader: &dyn Reader, how: &Continuation) -> Result<TrajectoryInfo, ContinueError> {
    let mut there = reader.trajectories()?;
    if let Some(name) = &how.trajectory {
        return match there.iter().position(|info| info.name == *name) {
            Some(at) => Ok(there.swap_remove(at)),
            None => Err(ReadError::no_trajectory(reader.path(), name, &there).into()),
        };
    }
    let names = there.iter().map(|info| info.name.clone()).collect();
    if there.len() > 1 {
        let mut unfinished = Vec::new();
        for info in there {
            let journal = reader.path().with_file_name(format!("{}.cnt", info.name));
            if goes_further(&journal, &info) || summary(reader, &info)?.not_run() > 0 {
                unfinished.push(info);
            }
        }
        there = unfinished;
    }
    match there.pop() {
        Some(info) if there.is_empty() => Ok(info),
        _ => Err(ContinueError::Which { path: reader.path().to_owned(), there: names }),
    }
}

/// Whether there is a journal of this very trajectory that has not come to its end.
fn goes_further(journal: &Path, info: &TrajectoryInfo) -> bool {
    let Ok(reader) = JournalReader::open(journal) else { return false };
    let same = |head: Head| head.trajectory.name() == info.name && head.identity.trajectory_timestamp == info.timestamp;
    !reader.is_complete() && head_of(journal, &reader).is_ok_and(same)
}

/// Rows of runs that are in memory at once.
const ROWS: u64 = 4096;

/// How the runs of a stored trajectory have ended.
fn summary(reader: &dyn Reader, info: &TrajectoryInfo) -> Result<Summary, ContinueError> {
    let trajectory = Arc::new(crate::trajectory::Trajectory::new(&info.name).map_err(EnvironmentError::Trajectory)?);
    let mut summary = Summary::new(trajectory, Some(reader.path().to_owned()), None);
    summary.runs = info.length;
    for first in (0..info.length).step_by(ROWS as usize) {
        let rows = reader.runs(&info.name, first..(first + ROWS).min(info.length))?.rows;
        let ended = rows.into_iter().filter(|row| row.status != "pending").map(|row| FinishedRun {
            index: RunIndex(u32::try_from(row.index).unwrap_or(u32::MAX)),
            outcome: match row.status.as_str() {
                "ok" => Ok(()),
                kind => Err(RunFailure::Recorded { kind: kind.to_owned(), text: row.failure }),
            },
            additions: Vec::new(),
            started: row.started,
            took: Default::default(),
        });
        summary.count(&ended.collect::<Vec<_>>());
    }
    summary.kept = summary.runs - summary.not_run();
    summary.close(Default::default());
    Ok(summary)
}

/// What the user should know of the file of results, which is moved out of the way if nobody can read it.
fn readable(launch: &Launch) -> Result<Option<String>, ContinueError> {
    let file = launch.file.display();
    let why = match storage::open(&launch.file) {
        Ok(_) => return Ok(None),
        Err(_) if !launch.file.exists() => {
            let text = format!("`{file}` is gone; it is written anew from the journal, without what else it held");
            return Ok(launch.existed.then_some(text));
        }
        Err(error @ (ReadError::Damaged { .. } | ReadError::Foreign { .. } | ReadError::OtherKind { .. })) => error,
        Err(error) => return Err(error.into()),
    };
    let text = why.to_string();
    // Somebody has it open, and it is as good as ever.
    if text.contains("unable to lock file") {
        return Err(why.into());
    }
    let beside = |number: u32| {
        let ending = if number == 0 { ".unreadable".to_owned() } else { format!(".unreadable-{number}") };
        let mut name = launch.file.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        launch.file.with_file_name(name)
    };
    let aside = (0..).map(beside).find(|path| !path.exists()).expect("there are names enough");
    if let Err(source) = fs::rename(&launch.file, &aside) {
        return Err(ContinueError::SetAside { path: launch.file.clone(), why: text, source });
    }
    // What SQLite has left beside it belongs to it, and would damage another file of its name.
    for ending in ["-wal", "-journal"] {
        let with = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        match fs::rename(with(&launch.file), with(&aside)) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(ContinueError::SetAside { path: with(&launch.file), why: text, source });
            }
            _ => {}
        }
    }
    Ok(Some(format!(
        "`{file}` could not be read and is now `{}`; it is written anew from the journal ({text})",
        aside.display()
    )))
}

/// What an exploration goes on with, checked against what it began with.
struct Prepared {
    job: Job,
    changes: Vec<String>,
    notes: Vec<String>,
    wanted: Option<Wanted>,
    ncores: Option<usize>,
}

impl Prepared {
    fn new(launch: &Launch, how: &Continuation) -> Result<Self, ContinueError> {
        let header = |why| ContinueError::Header { path: launch.file.clone(), why };
        let began = launch.job().map_err(header)?;
        let job = match &how.wanted {
            Some(wanted) => wanted.job.clone(),
            None => {
                let paths = &launch.environment.dynamically_imported_classes;
                let classes = Classes::load(paths, &ClassOptions::of_job(&began))?;
                let component = how.component.as_ref().unwrap_or(&launch.component);
                // Whether it is the same is asked below.
                Job::load(component, &JobOptions { classes, sha256: None, ..began.clone() })?
            }
        };
        let changes = changed::other_job(&began, &launch.classes, &job);
        if !changes.is_empty() && !how.allow_changed_job {
            return Err(ContinueError::OtherJob { what: changes });
        }
        let notes = changes.iter().map(|change| format!("it goes on with another job; {change}")).collect();
        Ok(Self { job, changes, notes, wanted: how.wanted.clone(), ncores: how.ncores })
    }

    /// Whether a spec that was given explores the same.
    fn check_points(&self, head: &Head, how: &Continuation) -> Result<(), ContinueError> {
        let Some(wanted) = &how.wanted else { return Ok(()) };
        let what = changed::other_points(&head.trajectory, &wanted.experiment.trajectory);
        if what.is_empty() { Ok(()) } else { Err(ContinueError::OtherPoints { what }) }
    }

    fn environment(self, launch: Launch, before: Before, notes: Vec<String>, options: Options) -> Continuable {
        let head = &before.head;
        let identity = identity_again(head, Local::now());
        let mut environment = EnvironmentOptions { target: Target::File(launch.file), git: None, ..launch.environment };
        let (mut failure, mut provenance) = (launch.failure, launch.provenance);
        if let Some(Wanted { experiment, provenance: text, .. }) = self.wanted {
            let new = experiment.environment;
            let (log_level, multiproc, ncores, use_pool) = (new.log_level, new.multiproc, new.ncores, new.use_pool);
            let (wrap_mode, sync, grace) = (new.wrap_mode, new.sync, new.grace);
            environment =
                EnvironmentOptions { log_level, multiproc, ncores, use_pool, wrap_mode, sync, grace, ..environment };
            (failure, provenance) = (experiment.failure, text);
        }
        if let Some(ncores) = self.ncores {
            (environment.multiproc, environment.ncores) = (true, ncores);
        }
        environment.dynamically_imported_classes =
            self.job.classes().iter().map(|class| class.path().to_owned()).collect();
        let experiment = Experiment {
            name: head.trajectory.name().to_owned(),
            comment: head.trajectory.comment().to_owned(),
            add_time: false,
            environment,
            job: Default::default(),
            trajectory: head.trajectory.as_ref().clone(),
            failure,
            storage: launch.storage,
        };
        // What it goes on with may be in the file already, less complete.
        let options = Options { overwrite: true, provenance, ..options };
        let described = (head.dims.clone(), head.units.clone());
        let trajectory = head.trajectory.clone();
        let mut environment = Environment::of(experiment, trajectory, identity, options, described, Some(before));
        (environment.changes, environment.notes) = (self.changes, notes);
        Continuable::Unfinished(environment, self.job)
    }
}

/// Reads what the journal of an exploration says, also while it is written.
///
/// # Errors
/// The file is no journal, or of another version.
pub fn read_journal(path: impl AsRef<Path>) -> Result<RecordedExploration, ContinueError> {
    let path = path.as_ref();
    let mut reader = JournalReader::open(path)?;
    let head = head_of(path, &reader)?;
    let launch = launch_of(path, &head)?;
    let sha256 = launch.sha256().unwrap_or_default().to_owned();
    let Launch { file, component, .. } = launch.moved_to(&folder_of(path));
    reader.set_array_files(ArrayFiles::open(array_files(&file, began(&head.identity))));
    Ok(RecordedExploration { head, filename: file, component, sha256, reader })
}
