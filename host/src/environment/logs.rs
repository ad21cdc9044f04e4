//! The log files of one environment: `main.txt` and `warnings_and_errors.txt`.
//!
//! Names, folder and line format are pypet's (0.1b.3): `<log_folder>/<trajectory>/`, and lines
//! of time, thread, origin, level and message. Lines are written by a thread of their own and none is dropped.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chrono::Local;
use thiserror::Error;
use tracing::{Dispatch, Event, Subscriber, level_filters::LevelFilter};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    fmt::{self, FmtContext, FormatEvent, FormatFields, format::Writer},
    layer::SubscriberExt,
    registry::LookupSpan,
};

/// Open log files. Dropping it writes what is still on its way.
#[derive(Debug)]
pub(super) struct Logs {
    folder: PathBuf,
    dispatch: Dispatch,
    _writers: Vec<WorkerGuard>,
}

/// Why there are no log files.
#[derive(Debug, Error)]
#[error("could not open the log file {}: {source}; `[environment] log_folder` names another place", path.display())]
pub struct LogsError {
    path: PathBuf,
    source: std::io::Error,
}

impl Logs {
    /// Opens both files below `folder`, which is made. `verbosity` also goes to standard error.
    ///
    /// The level is INFO unless the variable `RUST_LOG` says otherwise.
    pub(super) fn open(folder: PathBuf, verbosity: LevelFilter) -> Result<Self, LogsError> {
        let mut writers = Vec::new();
        let mut file = |name: &str| -> Result<NonBlocking, LogsError> {
            let path = folder.join(name);
            let open = || {
                fs::create_dir_all(&folder)?;
                fs::File::options().create(true).append(true).open(&path)
            };
            let file = open().map_err(|source| LogsError { path: path.clone(), source })?;
            // Lossless: a full queue makes the writer of the line wait.
            let (writer, guard) = NonBlockingBuilder::default().lossy(false).finish(file);
            writers.push(guard);
            Ok(writer)
        };
        let to_file = |writer: NonBlocking| fmt::layer().with_ansi(false).event_format(Line).with_writer(writer);
        let level = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
        let layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = vec![
            to_file(file("main.txt")?).with_filter(level).boxed(),
            to_file(file("warnings_and_errors.txt")?).with_filter(LevelFilter::WARN).boxed(),
            fmt::layer().event_format(Line).with_writer(std::io::stderr).with_filter(verbosity).boxed(),
        ];
        let subscriber = Registry::default().with(layers);
        Ok(Self { folder, dispatch: Dispatch::new(subscriber), _writers: writers })
    }

    /// Where the files are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What threads must make their default so that their lines come here.
    pub(super) fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }
}

/// pypet's `%(asctime)s %(processName)-10s %(name)s %(levelname)-8s %(message)s`.
struct Line;

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> std::fmt::Result {
        let metadata = event.metadata();
        let thread = std::thread::current();
        let level = match *metadata.level() {
            tracing::Level::ERROR => "ERROR",
            tracing::Level::WARN => "WARNING",
            tracing::Level::INFO => "INFO",
            tracing::Level::DEBUG => "DEBUG",
            tracing::Level::TRACE => "TRACE",
        };
        let time = Local::now().format("%Y-%m-%d %H:%M:%S,%3f");
        write!(writer, "{time} {:<11} {} {level:<8} ", thread.name().unwrap_or("main"), metadata.target())?;
        ctx.field_format().format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}
