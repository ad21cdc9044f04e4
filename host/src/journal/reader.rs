//! [`JournalReader`]: what a journal holds, in the order in which it was written.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io,
    iter::FusedIterator,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::{
    ArrayFiles, EndedRuns, JournalError, Record,
    encoding::{DecodeError, Decoder, Encoder, read_index, read_run},
    frame::{Frames, Kind, MAGIC, Next, PREAMBLE, VERSION, preamble, write_record},
};
use crate::trajectory::{RunIndex, RunSet};

/// An opened journal. It reads what the file held when it was opened, also while somebody else goes on writing.
#[derive(Debug)]
pub struct JournalReader {
    path: PathBuf,
    header: Vec<u8>,
    complete: bool,
    frames: Frames,
    arrays: ArrayFiles,
}

impl JournalReader {
    /// Opens a journal and reads its header.
    ///
    /// # Errors
    /// If the file cannot be read, is no journal, has another format, or has no whole header.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let failed = |source| JournalError::Io { doing: "open", path: path.to_owned(), source };
        // Not to wait for the other end of a pipe.
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(JournalError::NotAJournal { path: path.to_owned() });
        }
        check_preamble(&file, path)?;
        let mut frames = Frames::new(file).map_err(failed)?;
        let begins = frames.at();
        let undecodable = |source| JournalError::Undecodable { path: path.to_owned(), at: begins, source };
        let header = match frames.next().map_err(failed)? {
            Next::Record { kind, payload, .. } if kind == Kind::Header as u8 => payload.to_vec(),
            Next::Record { .. } => return Err(undecodable(DecodeError::HeaderMissing)),
            Next::End | Next::Torn { .. } => return Err(JournalError::NoHeader { path: path.to_owned() }),
            Next::Damaged { at, bytes, next } => {
                return Err(JournalError::Damaged { path: path.to_owned(), at, bytes, next });
            }
        };
        let complete = stands_at(frames.file(), frames.at(), &complete_record()).map_err(failed)?;
        Ok(Self { path: path.to_owned(), header, complete, frames, arrays: ArrayFiles::default() })
    }

    /// Names the files in which large arrays may lie. Without them, their runs are [`Record::Gone`].
    pub fn set_array_files(&mut self, arrays: ArrayFiles) {
        self.arrays = arrays;
    }

    /// The bytes that the journal was created with.
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// Whether everything is in the storage, so that nothing is left to continue.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Runs that have ended more than once, because failed ones were run again: how often. The last time counts.
    ///
    /// # Errors
    /// If the file cannot be read, or a whole record makes no sense.
    pub(super) fn repeated(&mut self) -> Result<BTreeMap<RunIndex, u32>, JournalError> {
        let begins = self.frames.at();
        let (mut once, mut repeated) = (RunSet::default(), BTreeMap::new());
        while let Next::Record { at, kind, payload } =
            self.frames.next().map_err(|source| reading(&self.path, source))?
        {
            if !Kind::ends_a_run(kind) {
                continue;
            }
            let run = read_index(&mut Decoder::new(payload));
            let run = run.map_err(|source| JournalError::Undecodable { path: self.path.clone(), at, source })?;
            if !once.insert(run) {
                *repeated.entry(run).or_insert(1) += 1;
            }
        }
        self.frames.rewind(begins).map_err(|source| reading(&self.path, source))?;
        Ok(repeated)
    }

    /// What came of each run, once.
    ///
    /// # Errors
    /// If the file cannot be read, or a whole record makes no sense.
    pub fn ended_runs(self) -> Result<EndedRuns, JournalError> {
        EndedRuns::new(self)
    }

    /// The records after the header. One at a time is in memory, besides what is made of it.
    pub fn records(self) -> Records {
        Records { path: self.path, frames: self.frames, arrays: self.arrays, torn: None, ended: false }
    }

    /// Where the records end that are whole, what is wrong there if anything is, and how many finished runs there are.
    pub(super) fn survey(&mut self) -> Result<Survey, JournalError> {
        let begins = self.frames.at();
        let (mut runs, mut places) = (0, false);
        let (end, bytes, damaged) = loop {
            match self.frames.next().map_err(|source| reading(&self.path, source))? {
                Next::Record { kind, .. } => {
                    runs += u64::from(Kind::ends_a_run(kind));
                    places |= kind == Kind::Placed as u8;
                }
                Next::End => break (self.frames.at(), 0, false),
                Next::Torn { at, bytes } => break (at, bytes, false),
                Next::Damaged { at, bytes, .. } => break (at, bytes, true),
            }
        };
        self.frames.rewind(begins).map_err(|source| reading(&self.path, source))?;
        Ok(Survey { end, runs, places, bytes, damaged })
    }
}

/// What a journal holds, without the runs themselves.
pub(super) struct Survey {
    /// Where the records end that are whole.
    pub(super) end: u64,
    /// Finished runs before that.
    pub(super) runs: u64,
    /// Whether large arrays of them are in another file.
    pub(super) places: bool,
    /// The number of bytes after that.
    pub(super) bytes: u64,
    /// Whether there are records among those.
    pub(super) damaged: bool,
}

/// The record that makes a journal complete if it follows the header.
pub(super) fn complete_record() -> Vec<u8> {
    let mut record = Encoder::after(Vec::new());
    write_record(&mut record, Kind::Complete, |_| {});
    record.into_buffer()
}

fn check_preamble(file: &File, path: &Path) -> Result<(), JournalError> {
    let failed = |source| JournalError::Io { doing: "read", path: path.to_owned(), source };
    let length = file.metadata().map_err(failed)?.len();
    let mut begin = [0; PREAMBLE];
    let read = usize::try_from(length).map_or(PREAMBLE, |length| length.min(PREAMBLE));
    file.read_exact_at(&mut begin[..read], 0).map_err(failed)?;
    if read < PREAMBLE && preamble().starts_with(&begin[..read]) {
        return Err(JournalError::NoHeader { path: path.to_owned() });
    }
    match begin.strip_prefix(&MAGIC) {
        Some(version) if read == PREAMBLE => {
            let version = u32::from_le_bytes(*version.first_chunk().expect("the preamble ends with the version"));
            if version == VERSION { Ok(()) } else { Err(JournalError::OtherVersion { path: path.to_owned(), version }) }
        }
        _ => Err(JournalError::NotAJournal { path: path.to_owned() }),
    }
}

/// Whether `bytes` stand at `at`.
fn stands_at(file: &File, at: u64, bytes: &[u8]) -> io::Result<bool> {
    let mut there = vec![0; bytes.len()];
    match file.read_exact_at(&mut there, at) {
        Ok(()) => Ok(there == bytes),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn reading(path: &Path, source: io::Error) -> JournalError {
    JournalError::Io { doing: "read", path: path.to_owned(), source }
}

/// The records of a journal. Ends after the first error.
#[derive(Debug)]
pub struct Records {
    path: PathBuf,
    frames: Frames,
    arrays: ArrayFiles,
    torn: Option<u64>,
    ended: bool,
}

impl Records {
    /// After the last record: how many bytes stand behind it that are no whole record, because writing was cut off.
    pub fn torn(&self) -> Option<u64> {
        self.torn
    }

    fn read(&mut self) -> Result<Option<Record>, JournalError> {
        match self.frames.next().map_err(|source| reading(&self.path, source))? {
            Next::Record { at, kind, payload } => decode(kind, payload, &mut self.arrays)
                .map(Some)
                .map_err(|source| JournalError::Undecodable { path: self.path.clone(), at, source }),
            Next::End => Ok(None),
            Next::Torn { bytes, .. } => {
                self.torn = Some(bytes);
                Ok(None)
            }
            Next::Damaged { at, bytes, next } => {
                Err(JournalError::Damaged { path: self.path.clone(), at, bytes, next })
            }
        }
    }
}

impl Iterator for Records {
    type Item = Result<Record, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let record = self.read().transpose();
        self.ended = !matches!(record, Some(Ok(_)));
        record
    }
}

impl FusedIterator for Records {}

fn decode(kind: u8, payload: &[u8], arrays: &mut ArrayFiles) -> Result<Record, DecodeError> {
    let kind = Kind::of(kind).ok_or(DecodeError::Tag { what: "the kind of a record", tag: kind })?;
    let mut from = Decoder::with_arrays(payload, arrays);
    let record = match kind {
        Kind::Header => return Err(DecodeError::SecondHeader),
        Kind::Started => Record::Started(read_index(&mut from)?),
        Kind::Finished => Record::Finished(read_run(&mut from)?),
        Kind::Stored => Record::Stored,
        Kind::Complete => Record::Complete,
        Kind::Placed | Kind::Again => match read_run(&mut from) {
            Ok(run) if kind == Kind::Placed => Record::Finished(run),
            Ok(run) => Record::Again(run),
            Err(DecodeError::Elsewhere { .. }) => {
                let run = read_index(&mut Decoder::new(payload))?;
                return Ok(Record::Gone { run, again: kind == Kind::Again });
            }
            Err(error) => return Err(error),
        },
    };
    from.end()?;
    Ok(record)
}
