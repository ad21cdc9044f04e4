//! [`resume`]: goes on with a journal where a crash has cut it off.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use super::{
    JournalError,
    reader::{JournalReader, Survey},
    writer::{Journal, Sync, lock, sync_folder, with_ending},
};

/// A journal that goes on.
#[derive(Debug)]
pub struct Resumed {
    /// Appends behind the last whole record.
    pub journal: Journal,
    /// Reads what was there before.
    pub reader: JournalReader,
    /// What stood behind the last whole record, if anything did.
    pub cut: Option<Cut>,
    /// Whether large arrays of runs are in another file, which must be named to the reader.
    pub places: bool,
}

/// What was taken off the end of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Where the last whole record ends.
    pub at: u64,
    /// How many bytes stood behind it.
    pub bytes: u64,
    /// Where those are now, if there are records among them. A record that was not written to its end is not kept.
    pub kept: Option<PathBuf>,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, bytes, kept } = self;
        match kept {
            None => write!(
                f,
                "the last record of the journal, at byte {at}, was not written to its end; its {bytes} bytes are cut off"
            ),
            Some(kept) => write!(
                f,
                "the journal is damaged at byte {at}; runs after that are not used, and its last {bytes} bytes are moved to `{}`",
                kept.display()
            ),
        }
    }
}

/// Opens a journal to read what it holds and to append to it, under its lock.
///
/// A record that was not written to its end is cut off. If there are records behind a damaged one,
/// everything from there on is first copied to a file beside the journal.
///
/// # Errors
/// If the file is in use, is complete, is no journal, or cannot be read or written.
pub fn resume(path: &Path, sync: Sync) -> Result<Resumed, JournalError> {
    let failed = |source| JournalError::Io { doing: "continue", path: path.to_owned(), source };
    let file = lock(path, false)?;
    let mut reader = JournalReader::open(path)?;
    if reader.is_complete() {
        return Err(JournalError::Complete { path: path.to_owned() });
    }
    let path = fs::canonicalize(path).map_err(failed)?;
    let Survey { end, bytes, damaged, places, .. } = reader.survey()?;
    let mut cut = None;
    if bytes > 0 {
        let kept = damaged.then(|| with_ending(&path, &format!(".damaged-at-{end}")));
        if let Some(kept) = &kept {
            keep(&path, end, kept).map_err(|source| JournalError::Keep {
                path: path.clone(),
                kept: kept.clone(),
                at: end,
                source,
            })?;
        }
        file.set_len(end).and_then(|()| file.sync_all()).map_err(failed)?;
        cut = Some(Cut { at: end, bytes, kept });
        reader = JournalReader::open(&path)?;
    }
    let journal = Journal::at_end(path, file, end, reader.header().to_vec(), sync);
    Ok(Resumed { journal, reader, cut, places })
}

/// Copies everything from `at` on.
fn keep(path: &Path, at: u64, kept: &Path) -> io::Result<()> {
    let mut from = File::open(path)?;
    from.seek(SeekFrom::Start(at))?;
    let mut to = OpenOptions::new().write(true).create_new(true).open(kept)?;
    io::copy(&mut from.by_ref(), &mut to)?;
    to.sync_all()?;
    sync_folder(kept)
}
