//! [`Journal`]: appends records, and answers for what it has answered.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, IoSlice, Write},
    os::{
        fd::AsRawFd,
        unix::fs::{MetadataExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use serde::{Deserialize, Serialize};

use super::{
    JournalError, Places,
    encoding::{Encoder, write_index, write_run},
    frame::{Kind, preamble, write_record, write_record_as},
    reader::{JournalReader, complete_record},
};
use crate::trajectory::{FinishedRun, RunIndex};

/// When what was written is also on the disk, and not only with the operating system.
///
/// A run that was written survives the end of this process in any case; syncing is for the end of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sync {
    /// Before [`Journal::finished`] returns.
    EveryRun,
    /// With the first [`Journal::finished`] or [`Journal::sync_when_due`] after so much time.
    Every(Duration),
    /// Only when asked to, and when it is complete.
    Never,
}

impl Default for Sync {
    fn default() -> Self {
        Self::Every(Duration::from_secs(1))
    }
}

/// A journal that is written. It holds a lock, so that no two processes write to one file.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Where the last whole record ends.
    end: u64,
    header: Vec<u8>,
    sync: Sync,
    synced: Instant,
    /// Whether anything was written since.
    dirty: bool,
    /// Records that wait for the next write.
    waiting: Waiting,
    /// What has failed; nothing is written after that.
    broken: Option<String>,
    /// It stands beside its place still; with the lock of what stands there, if anything does.
    replaces: Option<Option<File>>,
    arrays: Option<Arrays>,
}

/// The file in which large arrays lie.
#[derive(Debug)]
struct Arrays {
    file: File,
    path: PathBuf,
    /// Whether records refer to it that were written since it was last synced.
    dirty: bool,
    /// Whether its name was synced.
    named: bool,
}

/// Records on their way, and where each of them ends.
#[derive(Debug, Default)]
struct Waiting {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// What is kept of the buffer between two writes.
const BUFFER: usize = 1 << 20;

impl Drop for Journal {
    /// What has not taken its place is of no use to anybody.
    fn drop(&mut self) {
        if self.replaces.is_some() {
            let _ = fs::remove_file(with_ending(&self.path, ".new"));
        }
    }
}

impl Journal {
    /// Begins a journal, and its folder. The header is on the disk when this returns; a file of that name never has
    /// less than a whole one, whenever the power is cut.
    ///
    /// What is left of an exploration that is complete, or that was stopped before its first run ended, is replaced.
    ///
    /// # Errors
    /// If the file is in use, holds finished runs of an exploration that has not ended, is something
    /// else, or cannot be written.
    pub fn create(path: &Path, header: &[u8], sync: Sync) -> Result<Self, JournalError> {
        let mut journal = Self::create_aside(path, header, sync)?;
        journal.place("begin")?;
        Ok(journal)
    }

    /// Begins a journal that takes the place of what stands at `path` only with [`Journal::take_place`]; until then it is
    /// a file beside it, and a crash leaves what was there. For those who first copy what is finished elsewhere.
    ///
    /// # Errors
    /// As [`Journal::create`].
    pub fn create_aside(path: &Path, header: &[u8], sync: Sync) -> Result<Self, JournalError> {
        if let Some(folder) = path.parent() {
            make_folder(folder).map_err(|source| JournalError::Folder { path: path.to_owned(), source })?;
        }
        let failed = |source| JournalError::Io { doing: "begin", path: path.to_owned(), source };
        // A link leads to the journal; it is not replaced itself.
        let linked = fs::canonicalize(path);
        let path = linked.as_deref().unwrap_or(path);
        let new = with_ending(path, ".new");
        let (there, mut file) = loop {
            let there = if path.try_exists().map_err(failed)? { Some(lock(path, false)?) } else { None };
            if there.is_some() {
                check_replaceable(path)?;
            }
            let file = lock(&new, true).map_err(|error| match error {
                JournalError::Locked { .. } => JournalError::Locked { path: path.to_owned() },
                other => other,
            })?;
            // Nobody else puts a journal in place from here on; perhaps somebody just has.
            if there.is_some() || !path.try_exists().map_err(failed)? {
                break (there, file);
            }
        };
        let begin = beginning(header);
        if let Err(source) = file.set_len(0).and_then(|()| file.write_all(&begin)) {
            // The disk is full: what was begun is of no use to anybody.
            let _ = fs::remove_file(&new);
            return Err(failed(source));
        }
        let folder = fs::canonicalize(&new).map_err(failed)?;
        let path = folder.with_file_name(path.file_name().unwrap_or_default());
        let mut journal = Self::at_end(path, file, begin.len() as u64, header.to_vec(), sync);
        journal.replaces = Some(there);
        journal.dirty = true;
        Ok(journal)
    }

    /// What was written so far is on the disk, and under its name, when this returns.
    ///
    /// # Errors
    /// As [`Journal::sync`]; then what stood there before is there still, or if the folder cannot be synced, nothing: what
    /// is replaced has no runs that are nowhere else.
    pub fn take_place(&mut self) -> Result<(), JournalError> {
        self.place("put in place")
    }

    fn place(&mut self, doing: &'static str) -> Result<(), JournalError> {
        self.sync()?;
        if self.replaces.is_none() {
            return Ok(());
        }
        let placed = fs::rename(with_ending(&self.path, ".new"), &self.path).and_then(|()| sync_folder(&self.path));
        match placed {
            Ok(()) => {
                self.replaces = None;
                Ok(())
            }
            Err(source) => {
                let error = self.fail(doing, source);
                // Perhaps it is there, and perhaps not for long: nothing has begun.
                if self.replaces.take().is_some() {
                    let _ = fs::remove_file(with_ending(&self.path, ".new"));
                    if is_still(&self.file, &self.path).unwrap_or(false) {
                        let _ = fs::remove_file(&self.path);
                    }
                }
                Err(error)
            }
        }
    }

    /// Goes on behind `end`, where `file` ends.
    pub(super) fn at_end(path: PathBuf, file: File, end: u64, header: Vec<u8>, sync: Sync) -> Self {
        let (synced, waiting) = (Instant::now(), Waiting::default());
        Self {
            path,
            file,
            end,
            header,
            sync,
            synced,
            dirty: false,
            waiting,
            broken: None,
            replaces: None,
            arrays: None,
        }
    }

    /// The file, without links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes it the file that was changed last, although nothing is written yet: whoever begins another file on its
    /// behalf can later tell that file from those of others. Best effort, since only tidiness depends on it.
    pub fn touch(&self) {
        if let Err(error) = self.file.set_modified(SystemTime::now()) {
            tracing::debug!("`{}` keeps its time: {error}", self.path.display());
        }
    }

    /// Notes that a run was given to a worker. This is written together with what comes next.
    ///
    /// # Errors
    /// If a write has failed before, or the one that many waiting notes lead to.
    pub fn started(&mut self, run: RunIndex) -> Result<(), JournalError> {
        self.note(Kind::Started, |to| write_index(to, run))
    }

    /// Notes that every run so far is in the storage. This is written together with what comes next.
    ///
    /// # Errors
    /// As [`Journal::started`].
    pub fn stored(&mut self) -> Result<(), JournalError> {
        self.note(Kind::Stored, |_| {})
    }

    /// Appends runs: when this returns, the end of this process no longer loses them. The more runs
    /// at once, the less each costs.
    ///
    /// # Errors
    /// If it cannot be written, now or before. Runs that were written whole stay in the journal.
    pub fn finished(&mut self, runs: &[FinishedRun]) -> Result<(), JournalError> {
        self.finished_with(runs, &Places::default())
    }

    /// As [`Journal::finished`], for runs of which large arrays are in the file of [`Journal::set_arrays`] already:
    /// where, `places` says.
    ///
    /// # Errors
    /// As [`Journal::finished`].
    pub fn finished_with(&mut self, runs: &[FinishedRun], places: &Places) -> Result<(), JournalError> {
        self.append(runs, places, false)
    }

    /// Tells again those of `runs` that have large arrays in the file of [`Journal::set_arrays`], because they
    /// lay elsewhere until now.
    ///
    /// # Errors
    /// As [`Journal::finished`].
    pub fn again(&mut self, runs: &[FinishedRun], places: &Places) -> Result<(), JournalError> {
        if places.is_empty() { Ok(()) } else { self.append(runs, places, true) }
    }

    /// Names the file in which large arrays lie from now on. It is synced whenever the journal is and records refer to it.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn set_arrays(&mut self, path: &Path) -> Result<(), JournalError> {
        let opened = File::open(path);
        let file = opened.map_err(|source| JournalError::Io { doing: "open", path: path.to_owned(), source })?;
        self.arrays = Some(Arrays { file, path: path.to_owned(), dirty: false, named: false });
        Ok(())
    }

    fn append(&mut self, runs: &[FinishedRun], places: &Places, again: bool) -> Result<(), JournalError> {
        self.check()?;
        // What nobody syncs is not relied upon.
        let none = Places::default();
        let places = if self.arrays.is_some() { places } else { &none };
        let mut records = Encoder::after(std::mem::take(&mut self.waiting.bytes)).with_places(places);
        let mut placed = 0;
        for run in runs {
            let mark = records.mark();
            write_record_as(&mut records, |to| {
                write_run(to, run);
                match (to.placed() > placed, again) {
                    (true, true) => Kind::Again,
                    (true, false) => Kind::Placed,
                    (false, _) => Kind::Finished,
                }
            });
            if again && records.placed() == placed {
                records.truncate(mark);
            } else {
                self.waiting.ends.push(records.len());
            }
            placed = records.placed();
        }
        if let Some(arrays) = &mut self.arrays {
            arrays.dirty |= placed > 0;
            if placed > 0 && self.sync != Sync::Never {
                arrays.begin_writing(places);
            }
        }
        self.write(records)?;
        match self.sync {
            Sync::EveryRun => self.sync_data(),
            Sync::Every(_) => self.sync_when_due(),
            Sync::Never => Ok(()),
        }
    }

    /// Syncs if the time of [`Sync::Every`] has passed and anything was written; for times when no run ends.
    ///
    /// # Errors
    /// As [`Journal::sync`].
    pub fn sync_when_due(&mut self) -> Result<(), JournalError> {
        self.check()?;
        match self.sync {
            Sync::Every(time) if self.synced.elapsed() >= time => self.sync(),
            _ => Ok(()),
        }
    }

    /// Writes what waits and returns when everything is on the disk.
    ///
    /// # Errors
    /// If that fails now, or has before.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.check()?;
        if !self.waiting.bytes.is_empty() {
            let waiting = Encoder::after(std::mem::take(&mut self.waiting.bytes));
            self.write(waiting)?;
        }
        self.sync_data()
    }

    /// Ends the journal: everything is in the storage, verified. Only the header and that fact stay,
    /// in a new file that takes the place of the old one, so that a crash leaves one of both.
    ///
    /// # Errors
    /// If the new file cannot be written, or a write has failed before. Then the old one stays.
    pub fn complete(self) -> Result<(), JournalError> {
        self.check()?;
        let new = with_ending(&self.path, ".new");
        let content = [beginning(&self.header), complete_record()].concat();
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
        options
            .open(&new)
            .and_then(|mut file| {
                file.write_all(&content)?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&new, &self.path))
            .and_then(|()| sync_folder(&self.path))
            .map_err(|source| JournalError::Io { doing: "complete", path: self.path.clone(), source })
    }

    fn check(&self) -> Result<(), JournalError> {
        match &self.broken {
            None => Ok(()),
            Some(why) => Err(JournalError::Broken { path: self.path.clone(), why: why.clone() }),
        }
    }

    fn note<'a>(&mut self, kind: Kind, payload: impl FnOnce(&mut Encoder<'a>)) -> Result<(), JournalError> {
        self.check()?;
        let mut record = Encoder::after(std::mem::take(&mut self.waiting.bytes));
        write_record(&mut record, kind, payload);
        self.waiting.ends.push(record.len());
        if record.len() >= BUFFER {
            return self.write(record);
        }
        self.waiting.bytes = record.into_buffer();
        Ok(())
    }

    /// Writes records, which end where `waiting` says.
    fn write(&mut self, records: Encoder<'_>) -> Result<(), JournalError> {
        let mut written = 0;
        let outcome = write_all(&mut self.file, &mut records.slices(), &mut written);
        if let Err(source) = outcome {
            let whole = self.waiting.ends.iter().rfind(|&&end| end <= written).copied().unwrap_or(0);
            self.end += whole as u64;
            return Err(self.fail("write to", source));
        }
        self.end += written as u64;
        self.dirty |= written > 0;
        self.waiting.ends.clear();
        self.waiting.bytes = records.into_buffer();
        self.waiting.bytes.clear();
        self.waiting.bytes.shrink_to(BUFFER);
        Ok(())
    }

    fn sync_data(&mut self) -> Result<(), JournalError> {
        if !self.dirty {
            self.synced = Instant::now();
            return Ok(());
        }
        // A record on the disk shall not refer to what is not. If power fails in between, its checksum tells.
        if let Some(arrays) = &mut self.arrays
            && let Err(source) = arrays.sync()
        {
            return Err(self.fail("sync the arrays of", source));
        }
        if let Err(source) = self.file.sync_data() {
            return Err(self.fail("sync", source));
        }
        self.dirty = false;
        self.synced = Instant::now();
        Ok(())
    }

    /// Cuts off what is not whole, as far as that works: readers do without.
    fn fail(&mut self, doing: &'static str, source: io::Error) -> JournalError {
        let cut = self.file.set_len(self.end).and_then(|()| self.file.sync_data());
        if let Err(error) = cut {
            tracing::warn!("cannot cut the journal `{}` after its last whole record: {error}", self.path.display());
        }
        self.broken = Some(source.to_string());
        JournalError::Io { doing, path: self.path.clone(), source }
    }
}

/// Writes everything, in as few calls as there can be, and tells how much was written even if that fails.
fn write_all(file: &mut File, mut slices: &mut [IoSlice<'_>], written: &mut usize) -> io::Result<()> {
    // Without empty ones at its beginning.
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        match file.write_vectored(slices) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(bytes) => {
                *written += bytes;
                IoSlice::advance_slices(&mut slices, bytes);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Everything before the first record of a run.
fn beginning(header: &[u8]) -> Vec<u8> {
    let mut begin = Encoder::after(preamble());
    write_record(&mut begin, Kind::Header, |to| to.raw(header));
    begin.slices().iter().flat_map(|slice| slice.iter().copied()).collect()
}

impl Arrays {
    /// Asks the kernel to write these regions soon, and does not wait: else the disk has nothing to do until they are
    /// synced, and everything then.
    fn begin_writing(&self, places: &Places) {
        for (offset, length) in places.regions() {
            let (Ok(offset), Ok(length)) = (i64::try_from(offset), i64::try_from(length)) else { continue };
            // SAFETY: the file is open; memory is not touched. It is a wish: whatever comes of it, they are synced later.
            unsafe { libc::sync_file_range(self.file.as_raw_fd(), offset, length, libc::SYNC_FILE_RANGE_WRITE) };
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.dirty {
            self.file.sync_data()?;
            if !self.named {
                sync_folder(&self.path)?;
            }
            (self.dirty, self.named) = (false, true);
        }
        Ok(())
    }
}

/// Refuses to lose finished runs, or what is no journal.
fn check_replaceable(path: &Path) -> Result<(), JournalError> {
    let mut there = match JournalReader::open(path) {
        Err(JournalError::NoHeader { .. }) => return Ok(()),
        opened => opened?,
    };
    if there.is_complete() {
        return Ok(());
    }
    let survey = there.survey()?;
    if survey.runs > 0 || survey.damaged {
        return Err(JournalError::Unfinished { path: path.to_owned(), runs: survey.runs });
    }
    Ok(())
}

/// Opens a plain file to append to it, and locks it.
pub(super) fn lock(path: &Path, create: bool) -> Result<File, JournalError> {
    let failed = |source| JournalError::Io { doing: "open", path: path.to_owned(), source };
    loop {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(create).custom_flags(libc::O_NONBLOCK);
        let file = options.open(path).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(JournalError::NotAJournal { path: path.to_owned() });
        }
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::Locked { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // Between opening and locking, another process may have completed the file that we opened.
        if is_still(&file, path).map_err(failed)? {
            return Ok(file);
        }
    }
}

/// Whether `path` still leads to `file`.
fn is_still(file: &File, path: &Path) -> io::Result<bool> {
    let ours = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes a folder and what is missing above it, durably.
fn make_folder(folder: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
    fs::create_dir_all(folder)?;
    missing.into_iter().filter(|folder| !folder.as_os_str().is_empty()).try_for_each(sync_folder)
}

/// Makes it durable that the file is there.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{journal::samples::run, trajectory::Value};

    #[test]
    fn syncs_are_made_when_due() {
        let after_a_run = |sync: Sync| {
            let folder = tempfile::tempdir().unwrap();
            let mut journal = Journal::create(&folder.path().join("x.cnt"), b"", sync).unwrap();
            journal.finished(&[run(0, Value::None)]).unwrap();
            journal
        };
        assert!(!after_a_run(Sync::EveryRun).dirty);
        assert!(!after_a_run(Sync::Every(Duration::ZERO)).dirty);
        let mut journal = after_a_run(Sync::Every(Duration::from_secs(3600)));
        journal.sync_when_due().unwrap();
        assert!(journal.dirty);
        journal.synced -= Duration::from_secs(3600);
        journal.sync_when_due().unwrap();
        assert!(!journal.dirty);
        let mut journal = after_a_run(Sync::Never);
        assert!(journal.dirty);
        journal.sync().unwrap();
        assert!(!journal.dirty);
    }
}
