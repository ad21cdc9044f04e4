//! Why a class of the user's own cannot be loaded or used: [`ClassError`] and [`ClassRefusal`].

use std::{io, path::PathBuf};

use thiserror::Error;

use super::{ClassKind, JobError, WorkerError};
use crate::trajectory::{ClassNameError, ItemError, RunFailure, ValueError};

/// Why a class cannot be loaded, or a parameter not be of it. What is wrong with a component is wrapped in
/// [`ClassError::File`], and its message finishes the sentence "could not load class.wasm: …".
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum ClassError {
    #[error("could not load {}: {source}", path.display())]
    File { path: PathBuf, source: Box<ClassError> },
    #[error("there is no such file; build the class first, or check the path in `dynamically_imported_classes`")]
    NoFile,
    #[error("it cannot be read: {0}")]
    Read(io::Error),
    /// What a class has in common with a job.
    #[error("{0}")]
    Component(JobError),
    #[error(
        "it exports no function `{missing}` but {}; a class is a component of the world `host:exploration/custom-class`",
        if exports.is_empty() { "nothing".to_owned() } else { exports.join(", ") }
    )]
    OtherWorld { missing: &'static str, exports: Vec<String> },
    #[error(
        "it does not fit the world `host:exploration/custom-class`: {why}; build it with the WIT files of this host"
    )]
    OtherSignature { why: String },
    #[error("it imports `{import}`, and a class gets nothing but the values it is given; build it without")]
    Import { import: String },
    #[error("{0}")]
    Name(#[from] ClassNameError),
    #[error("its `describe` {}", in_words(.0))]
    Describe(RunFailure),
    #[error("its name `{name}` is that of the class in {} already; leave one of them out", first.display())]
    Duplicate { name: String, first: PathBuf },
    #[error(transparent)]
    Worker(#[from] WorkerError),
    #[error("`parameters.{node}` shall be of the class `{class}`, which there is not; {}", known_classes(known))]
    Unknown { node: String, class: String, known: Vec<String> },
    #[error("`parameters.{node}` shall be of the class `{class}`, which keeps {}; {}", kind.name(), known_classes(known))]
    Kind { node: String, class: String, kind: ClassKind, known: Vec<String> },
    #[error(transparent)]
    Refused(#[from] ClassRefusal),
}

/// Why a class does not keep a value.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("the class `{class}` cannot keep `{node}`: {why}")]
pub struct ClassRefusal {
    /// The name of the class.
    pub class: String,
    /// The full name of the parameter, or that of the result in its run.
    pub node: String,
    /// What is wrong.
    pub why: Box<ClassFault>,
}

/// What is wrong with an answer of a class.
#[derive(Clone, Debug, PartialEq, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum ClassFault {
    #[error("its `{function}` {}", in_words(.failure))]
    Failed { function: &'static str, failure: RunFailure },
    #[error("its `{function}` says: {text}")]
    Returned { function: &'static str, text: String },
    #[error("its `{function}` returned {source}")]
    Items { function: &'static str, source: ItemError },
    #[error("its `{function}` returned a value that contradicts itself: {source}")]
    Value { function: &'static str, source: ValueError },
    #[error(
        "`load-values` of what `store-values` has made gives back {got} for `{item}`, which was {given}; every bit must be the same"
    )]
    Differs { item: String, given: String, got: String },
}

/// The failure of a class, where the words of [`RunFailure`] speak of jobs.
fn in_words(failure: &RunFailure) -> String {
    match failure {
        RunFailure::Error(text) => format!("ended with an error: {text}"),
        RunFailure::Panic { message, file, line } => format!("panicked: {message} ({file}:{line})"),
        RunFailure::Trap(text) => format!("trapped: {text}"),
        RunFailure::Timeout { limit } => format!("took longer than the limit of {limit:?} ([limits] timeout)"),
        RunFailure::Memory { wanted, limit } => {
            format!("wanted {wanted} bytes of memory, more than the limit of {limit} ([limits] memory)")
        }
        RunFailure::Stack { limit } => format!("used up the stack of {limit} bytes ([limits] stack)"),
        RunFailure::OwnStack(text) => format!("used up the stack in its own memory: {text}"),
        RunFailure::Limit { what, limit } => {
            format!("exceeded the limit on {}: {limit} ([limits] {})", what.words(), what.key())
        }
        RunFailure::Abandoned => "was abandoned".to_owned(),
        RunFailure::Host(text) => format!("could not be called: {text}"),
        RunFailure::Process(text) | RunFailure::Recorded { text, .. } => format!("failed: {text}"),
    }
}

/// What one can choose from.
pub(super) fn known_classes(known: &[String]) -> String {
    match known {
        [] => "name its component in `dynamically_imported_classes` of [environment]".to_owned(),
        known => format!(
            "known are {}; others come with `dynamically_imported_classes` in [environment]",
            known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        ),
    }
}
