//! [`JournalError`]: why a journal cannot be written or read.

use std::{io, path::PathBuf};

use thiserror::Error;

use super::{DecodeError, frame::VERSION};

/// Why a journal cannot be written or read.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum JournalError {
    #[error(
        "cannot make the folder of the journal `{}`: {source}; check the permissions of what is above it",
        path.display()
    )]
    Folder { path: PathBuf, source: io::Error },
    #[error("cannot {doing} the journal `{}`: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("the journal `{}` is in use by another process; wait for it, or choose another filename", path.display())]
    Locked { path: PathBuf },
    #[error(
        "the journal `{0}` holds finished runs ({runs}) of an exploration that has not ended; go on with it \
         (`host resume {0}`), or give its runs up (delete it, or `--overwrite` for the same file)",
        path.display()
    )]
    Unfinished { path: PathBuf, runs: u64 },
    #[error("`{}` is no journal, so nothing is read from it or written to it; name another file", path.display())]
    NotAJournal { path: PathBuf },
    #[error(
        "the journal `{}` has format {version}, but this version of host knows {VERSION} only; use the version that \
         wrote it",
        path.display()
    )]
    OtherVersion { path: PathBuf, version: u32 },
    #[error(
        "the journal `{}` was cut off while it was begun, so no run is in it; start the exploration again",
        path.display()
    )]
    NoHeader { path: PathBuf },
    #[error(
        "the journal `{}` is damaged at byte {at}: the {bytes} bytes from there to its end are not used, though more \
         records follow from byte {next}",
        path.display()
    )]
    Damaged { path: PathBuf, at: u64, bytes: u64, next: u64 },
    #[error(
        "the journal `{}` is damaged at byte {at}, and what follows cannot be copied to `{}`, so nothing was changed: \
         {source}",
        path.display(), kept.display()
    )]
    Keep { path: PathBuf, kept: PathBuf, at: u64, source: io::Error },
    #[error(
        "the record at byte {at} of the journal `{}` is whole but makes no sense to this version of host: {source}; \
         nothing from there on is used",
        path.display()
    )]
    Undecodable { path: PathBuf, at: u64, source: DecodeError },
    #[error("the exploration of the journal `{}` has ended and is in its file; there is nothing to continue", path.display())]
    Complete { path: PathBuf },
    #[error(
        "nothing more is written to the journal `{}`, because this has failed before: {why}; what it held until then \
         is kept",
        path.display()
    )]
    Broken { path: PathBuf, why: String },
}
