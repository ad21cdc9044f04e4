//! [`Failure`]: whatever ends the program early, with its message and exit code.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::builder::styling::{AnsiColor, Style};
use thiserror::Error;

use crate::{
    building::BuildError,
    environment::{ContinueError, EnvironmentError},
    journal::JournalError,
    sandbox::{ClassError, JobError, WorkerError},
    spec::SpecError,
    storage::{CopyError, ReadError, StoreError},
};

use super::output::visible;

/// Whatever ends the program early.
#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error("{0}")]
    Build(#[from] BuildError),
    #[error("{0}")]
    Spec(#[from] SpecError),
    #[error("could not load {}: {source}", path.display())]
    Job { path: PathBuf, source: JobError },
    #[error("{0}")]
    Class(#[from] ClassError),
    #[error("no component: name one after the verb, or in the spec as `[job] component = \"job.wasm\"`")]
    NoComponent,
    #[error("could not run the experiment: {0}")]
    Environment(#[from] EnvironmentError),
    #[error(
        "could not finish the experiment: {source}\nhint: every run that had ended is in {0}; go on with `host resume {0}`",
        file.display()
    )]
    Stopped { source: Box<EnvironmentError>, file: PathBuf },
    #[error("could not continue the experiment: {0}")]
    Continue(#[from] ContinueError),
    #[error("{0}")]
    Read(#[from] ReadError),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("could not start a worker: {0}")]
    Worker(WorkerError),
    #[error("could not start a thread: {0}")]
    Thread(io::Error),
    #[error("could not start a process to read the file: {0}")]
    Copy(io::Error),
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Journal(#[from] JournalError),
    #[error("{0}")]
    Differs(String),
    #[error("{0}")]
    Taken(String),
    #[error("could not write to standard output: {0}")]
    Output(#[from] io::Error),
    #[error("could not listen to signals: {0}")]
    Signals(io::Error),
}

impl Failure {
    /// Why a journal cannot be looked at.
    pub(super) fn looking(error: ContinueError) -> Self {
        match error {
            ContinueError::Journal(error) => Self::Journal(error),
            error => Self::Continue(error),
        }
    }
}

impl From<CopyError> for Failure {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::Read(error) => Self::Read(error),
            CopyError::Store(error) => Self::Store(error),
        }
    }
}

/// Documented in `host --help`.
impl Failure {
    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Job { source, .. } | Self::Continue(ContinueError::Job(source)) if is_refused(source) => 3,
            Self::Environment(error) | Self::Continue(ContinueError::Environment(error)) => environment_code(error),
            Self::Stopped { source, .. } => environment_code(source),
            Self::Continue(ContinueError::Journal(error)) | Self::Journal(error) => journal_code(error),
            Self::Continue(ContinueError::Header { .. }) => 5,
            Self::Continue(
                ContinueError::OtherJob { .. }
                | ContinueError::OtherPoints { .. }
                | ContinueError::OtherTrajectory { .. },
            ) => 3,
            Self::Continue(ContinueError::Read(error)) => read_code(error),
            Self::Continue(
                ContinueError::Open { .. } | ContinueError::FileGone { .. } | ContinueError::SetAside { .. },
            ) => 5,
            Self::Continue(_) => 2,
            Self::Store(error) if is_kept_off(error) => 3,
            Self::Taken(_) => 3,
            Self::Read(error) => read_code(error),
            Self::Store(_)
            | Self::Differs(_)
            | Self::Output(_)
            | Self::Signals(_)
            | Self::Worker(_)
            | Self::Thread(_)
            | Self::Copy(_) => 5,
            Self::Build(BuildError::Write { .. }) => 5,
            Self::Build(_) | Self::Spec(_) | Self::Job { .. } | Self::Class(_) | Self::NoComponent | Self::Usage(_) => {
                2
            }
        })
    }

    pub(super) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Writes the message to standard error: `error:` and `hint:` stand out, the rest is plain.
    pub(super) fn print(&self) {
        let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        let cyan = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
        // Names out of components and files stand in messages, too.
        let text = visible(&self.to_string());
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let text = text.replace("\nhint:", &format!("\n{cyan}hint:{cyan:#}"));
        // Where nobody can be told, the exit code still says it.
        let _ = writeln!(anstream::stderr(), "{red}error:{red:#} {text}");
    }
}

fn environment_code(error: &EnvironmentError) -> u8 {
    match error {
        EnvironmentError::Store(error) if is_kept_off(error) => 3,
        EnvironmentError::Journal(error) => journal_code(error),
        EnvironmentError::Store(_) | EnvironmentError::Logs(_) | EnvironmentError::Read(_) => 5,
        _ => 2,
    }
}

/// Whether the file is fine and lacks what was asked for.
fn read_code(error: &ReadError) -> u8 {
    match error {
        ReadError::NoNode { .. } | ReadError::NotALeaf { .. } | ReadError::NoTrajectory { .. } => 2,
        _ => 5,
    }
}

fn journal_code(error: &JournalError) -> u8 {
    match error {
        JournalError::Locked { .. } | JournalError::Unfinished { .. } => 3,
        JournalError::Complete { .. } => 2,
        _ => 5,
    }
}

/// Whether a job is fine but may not run: another hash than the pinned one, or something it was not granted.
fn is_refused(error: &JobError) -> bool {
    matches!(error, JobError::HashMismatch { .. } | JobError::NeedsGrant { .. } | JobError::MissingImport { .. })
}

/// Whether a file is fine but belongs to somebody else.
fn is_kept_off(error: &StoreError) -> bool {
    matches!(error, StoreError::TrajectoryExists { .. } | StoreError::Locked { .. })
}
