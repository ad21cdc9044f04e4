//! The log files of one environment. Names, folder and line formats are pypet's (0.1b.3).
//!
//! Below `<log_folder>/<trajectory>/`:
//!
//! | file | lines |
//! |---|---|
//! | `main.txt` | all |
//! | `warnings_and_errors.txt` | warnings and errors |
//! | `process_0003.txt` | those of one worker |
//! | `process_0003_runs.txt` | the runs that it took, with the time of the trajectory |
//! | `run_00000003.txt` | those of a process for one run |
//! | `queue_process.txt` | those of the thread that writes results from the queue |
//!
//! One `tracing` layer picks the file by the [`Origin`] of the thread. Whatever a guest logs or prints arrives here
//! as an event that names its run. Nothing is dropped: `main.txt` and the warnings are written by a thread each, which
//! whoever logs waits for when the disk is slow, and the other files are written through a buffer that is
//! flushed once a second and when their origin ends.

mod file;
mod level;
mod line;
mod origins;
#[cfg(test)]
mod tests;

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use crossbeam_channel::{RecvTimeoutError, Sender};
use thiserror::Error;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber, level_filters::LevelFilter, subscriber::Interest};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt},
};

use crate::{
    pool::{ORIGIN_TARGET, Origin},
    spec::LogLevel,
};
use file::{Background, Complaints, LogFile};
use level::Threshold;
use line::Line;
use origins::OriginFiles;

/// How long a line waits in a buffer at most.
const FLUSH_INTERVAL: Duration = Duration::from_secs(1);

/// Where the log goes, and what of it.
#[derive(Debug)]
pub(super) struct LogOptions<'a> {
    /// The folder of this trajectory's files; `None` for no files at all (pypet's `lazy_debug`).
    pub folder: Option<PathBuf>,
    /// From which level on lines go into the files, unless the variable `RUST_LOG` says otherwise.
    pub level: LogLevel,
    /// What goes to standard error.
    pub verbosity: LevelFilter,
    /// The time in the lists of runs: `2026_11_22_22h08m49s`.
    pub trajectory_time: &'a str,
}

/// Open log files. When this has been dropped, everything that was logged is in the files.
#[derive(Debug)]
pub(super) struct Logs {
    dispatch: Dispatch,
    files: Option<Arc<Files>>,
    flusher: Option<Flusher>,
}

/// Why there are no log files.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum LogsError {
    #[error("could not make the log folder {}: {source}; `[environment] log_folder` names another place", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("could not open the log file {}: {source}; `[environment] log_folder` names another place", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("could not start a thread for the log: {0}")]
    Thread(io::Error),
}

impl Logs {
    /// Makes the folder, if there is to be one, and opens the files that every environment has. Those of workers,
    /// runs and the queue follow when their [`Origin`] is entered; what cannot be opened or written by then is said
    /// once on standard error.
    ///
    /// # Errors
    ///
    /// When the folder or a file cannot be made or opened.
    pub(super) fn open(options: &LogOptions<'_>) -> Result<Self, LogsError> {
        Self::open_with(options, std::env::var_os("RUST_LOG"))
    }

    fn open_with(options: &LogOptions<'_>, variable: Option<OsString>) -> Result<Self, LogsError> {
        let (threshold, ignored) = Threshold::new(options.level, variable.as_deref());
        let open = |folder: &PathBuf| Files::open(folder.clone(), options.trajectory_time);
        let files = options.folder.as_ref().map(open).transpose()?.map(Arc::new);
        let flusher = files.as_ref().map(|files| Flusher::start(files.clone())).transpose()?;
        let layer = LogLayer { threshold, verbosity: options.verbosity, files: files.clone() };
        let dispatch = Dispatch::new(Registry::default().with(layer));
        if let Some(ignored) = ignored {
            // As an error, so that it is seen at every level.
            tracing::dispatcher::with_default(&dispatch, || tracing::error!("{ignored}"));
        }
        Ok(Self { dispatch, files, flusher })
    }

    /// Where the files are, if there are any.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.files.as_ref().map(|files| files.folder.as_path())
    }

    /// What threads must make their default so that their lines come here.
    pub(super) fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        drop(self.flusher.take());
        if let Some(files) = &self.files {
            files.origins.flush();
            files.main.finish();
            files.warnings.finish();
        }
    }
}

/// All open files of one environment.
#[derive(Debug)]
struct Files {
    folder: PathBuf,
    main: Background,
    warnings: Background,
    origins: OriginFiles,
}

impl Files {
    fn open(folder: PathBuf, trajectory_time: &str) -> Result<Self, LogsError> {
        fs::create_dir_all(&folder).map_err(|source| LogsError::Folder { path: folder.clone(), source })?;
        let complaints = Arc::new(Complaints::default());
        let open = |name| {
            let path = folder.join(name);
            LogFile::open(path.clone(), &complaints).map_err(|source| LogsError::File { path, source })
        };
        let (main, warnings) = (open("main.txt")?, open("warnings_and_errors.txt")?);
        let origins = OriginFiles::new(folder.clone(), trajectory_time.to_owned(), complaints);
        Ok(Self { main: Background::new(main), warnings: Background::new(warnings), origins, folder })
    }

    fn add(&self, origin: Origin, line: &Line, level: Level) {
        let text = line.with_process();
        self.main.add(&text);
        if level <= Level::WARN {
            self.warnings.add(&text);
        }
        self.origins.add(origin, || line.without_process());
    }
}

/// A thread that flushes buffers, until this is dropped.
#[derive(Debug)]
struct Flusher {
    /// Nothing is ever sent; hanging up ends the thread.
    running: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Flusher {
    fn start(files: Arc<Files>) -> Result<Self, LogsError> {
        let (running, ended) = crossbeam_channel::bounded(0);
        let work = move || {
            while ended.recv_timeout(FLUSH_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                files.origins.flush();
            }
        };
        let thread = std::thread::Builder::new().name("log-flush".into()).spawn(work).map_err(LogsError::Thread)?;
        Ok(Self { running: Some(running), thread: Some(thread) })
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        drop(self.running.take());
        // It does not panic, and there would be nothing to do about it.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Hands every event to the files that it belongs to, and to standard error.
#[derive(Debug)]
struct LogLayer {
    threshold: Threshold,
    verbosity: LevelFilter,
    files: Option<Arc<Files>>,
}

impl LogLayer {
    /// Decides by what never changes, so that lines which nobody wants cost next to nothing.
    fn is_wanted(&self, metadata: &Metadata<'_>) -> bool {
        let by_files = || self.files.is_some() && self.threshold.takes(metadata);
        let is_note = || self.files.is_some() && metadata.target() == ORIGIN_TARGET;
        !metadata.is_span() && (*metadata.level() <= self.verbosity || is_note() || by_files())
    }
}

impl<S: Subscriber> Layer<S> for LogLayer {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.is_wanted(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.is_wanted(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // Notes of the pool come at level INFO.
        Some(self.threshold.lowest().max(self.verbosity).max(LevelFilter::INFO))
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let origin = Origin::here();
        if metadata.target() == ORIGIN_TARGET {
            if let Some(files) = &self.files {
                files.origins.note(origin, event);
            }
            return;
        }
        let line = Line::new(event, origin);
        if let Some(files) = &self.files
            && self.threshold.takes(metadata)
        {
            files.add(origin, &line, *metadata.level());
        }
        if *metadata.level() <= self.verbosity {
            // Nobody may be listening; the files have it.
            let _ = io::Write::write_all(&mut io::stderr(), line.with_process().as_bytes());
        }
    }
}
