//! The journal: finished runs with their results, safe on disk before the HDF5 file holds them.
//!
//! HDF5 files do not survive a crash while they are written; this log does. [`Journal`] appends a
//! checksummed record for every finished run, [`JournalReader`] reads them back, and [`resume`] goes
//! on where a crash has cut the log off. It is the truth until the HDF5 file is closed, synced and
//! verified. Nothing here knows the HDF5 file, the specification or how runs are made: the header is
//! bytes of the caller. Mirrors pypet's `.cnt` file, which only holds what an exploration starts from.
//!
//! The file: `HOSTCNT\n`, the version of the format (`u32`), then records. A record is a frame of 17
//! bytes and a payload. The frame: length of the payload (`u64`), CRC-32 of that length, CRC-32 of
//! kind and payload, kind (one byte). Because the length has a checksum of its own, a record that
//! was cut off is told from one that was damaged. All numbers are little-endian. Whatever an older
//! program could not read needs a new version.
//!
//! Numbers of large arrays need not stand here: if another file holds them already ([`Places`]), a record says where, with
//! a checksum, and that file is synced before the journal is. Whoever reads names the files that may hold them
//! ([`ArrayFiles`]); a run of which something is in none of them is [`Record::Gone`].

mod array_files;
mod encoding;
mod ended;
mod error;
mod frame;
mod places;
mod reader;
mod resume;
mod writer;

pub use array_files::ArrayFiles;
pub use encoding::DecodeError;
pub use ended::EndedRuns;
pub use error::JournalError;
pub use frame::MAGIC;
pub use places::{PLACED_FROM, Places};
pub use reader::{JournalReader, Records};
pub use resume::{Cut, Resumed, resume};
pub use writer::{Journal, Sync};

use crate::trajectory::{FinishedRun, RunIndex};

/// One entry of a journal, after its header.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A run was given to a worker.
    Started(RunIndex),
    /// A run has ended, with all that it added.
    Finished(FinishedRun),
    /// A run that was told before, because its large arrays now lie in another file.
    Again(FinishedRun),
    /// A run that has ended, but the file is gone that holds its large arrays, or was not synced before the machine stopped.
    Gone {
        /// Which run.
        run: RunIndex,
        /// Whether it was told before.
        again: bool,
    },
    /// Every run finished before this record is in the storage.
    Stored,
    /// Everything is in the storage, verified; nothing is left to do.
    Complete,
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
