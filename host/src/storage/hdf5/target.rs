//! [`Target`]: the file that is wanted, and the `.part` file that is written until it is complete.
//!
//! The wanted file is never written to: either it is as it was, or it is complete. The lock is
//! held on the `.part` file itself, so that two processes never write the same one.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use super::raw;
use crate::storage::StoreError;

/// A path that was found fit for writing, and locked.
#[derive(Debug)]
pub(super) struct Target {
    path: PathBuf,
    part: PathBuf,
    /// Keeps the lock as long as it is open.
    lock: File,
    /// Whether dropping leaves the `.part` file.
    keep: bool,
}

impl Target {
    /// Checks that `path` can be written, makes its folder, and locks it.
    pub(super) fn lock(path: &Path) -> Result<Self, StoreError> {
        let path = followed(path).map_err(|source| StoreError::NotWritable { path: path.to_owned(), source })?;
        if path.is_dir() || path.file_name().is_none() {
            return Err(StoreError::IsFolder { path });
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|source| StoreError::NoFolder { path: folder.to_owned(), source })?;
        }
        match path.try_exists() {
            Ok(true) => {
                // Nobody expects a file that may not be written to be replaced.
                let opened = OpenOptions::new().read(true).write(true).open(&path);
                opened.map_err(|source| StoreError::NotWritable { path: path.clone(), source })?;
                if !matches!(raw::is_hdf5(&path), Ok(true)) {
                    return Err(StoreError::NotHdf5 { path });
                }
            }
            Ok(false) => {}
            Err(source) => return Err(StoreError::NotWritable { path, source }),
        }
        let part = part_of(&path);
        if part.is_dir() {
            return Err(StoreError::IsFolder { path: part });
        }
        let lock = lock_part(&path, &part)?;
        Ok(Self { path, part, lock, keep: false })
    }

    /// The file that is wanted.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The file that is written.
    pub(super) fn part(&self) -> &Path {
        &self.part
    }

    /// Whether the `.part` file stays.
    pub(super) fn keeps(&self) -> bool {
        self.keep
    }

    /// Leaves the `.part` file where it is, whatever happens: there is something in it.
    pub(super) fn keep(&mut self) {
        self.keep = true;
    }

    /// Makes the `.part` file a copy of the file that is there.
    pub(super) fn copy(&self) -> Result<(), StoreError> {
        let copied = std::fs::copy(&self.path, &self.part);
        copied.map(drop).map_err(|source| StoreError::NotWritable { path: self.part.clone(), source })
    }

    /// Puts the `.part` file, closed and verified, in the place of the wanted one, durably.
    pub(super) fn complete(&mut self) -> Result<(), StoreError> {
        let placed = self.lock.sync_all().and_then(|()| std::fs::rename(&self.part, &self.path)).and_then(|()| {
            let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
        });
        // From here on there is no `.part` file of ours, or one that the message names.
        self.keep = true;
        placed.map_err(|source| StoreError::Replace { path: self.path.clone(), part: self.part.clone(), source })
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if !self.keep {
            // Best effort: a leftover file without runs harms nobody.
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

/// `results.hdf5.part`
fn part_of(path: &Path) -> PathBuf {
    with(path, ".part")
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

/// Links that are followed before they are taken for a circle; as many as Linux follows.
const MAX_LINKS: usize = 40;

/// The file itself, if `path` is a link to it or to where it shall be: the link stays, and two
/// names of one file have one lock.
fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        if !std::fs::symlink_metadata(&path).is_ok_and(|there| there.is_symlink()) {
            return Ok(path);
        }
        if let Ok(file) = std::fs::canonicalize(&path) {
            return Ok(file);
        }
        // The link leads to nothing yet.
        let to = std::fs::read_link(&path)?;
        path = path.parent().unwrap_or(Path::new("")).join(to);
    }
    Err(io::Error::from_raw_os_error(libc::ELOOP))
}

/// Makes and locks the `.part` file. One that a dead exploration has left is moved out of the way.
fn lock_part(path: &Path, part: &Path) -> Result<File, StoreError> {
    use std::os::unix::fs::OpenOptionsExt;
    let failed = |source| StoreError::NotWritable { path: part.to_owned(), source };
    loop {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
        let file = match options.open(part) {
            Ok(file) => file,
            Err(error) if error.raw_os_error() == Some(libc::ELOOP) => {
                return Err(StoreError::NotAPlainFile { path: part.to_owned() });
            }
            Err(error) => return Err(failed(error)),
        };
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(StoreError::NotAPlainFile { path: part.to_owned() });
        }
        match lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Locked { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // Between opening and locking, another process may have completed the file that we opened.
        if !is_still(&file, part).map_err(failed)? {
            continue;
        }
        if file.metadata().map_err(failed)?.len() == 0 {
            return Ok(file);
        }
        let old = with(part, ".old");
        std::fs::rename(part, &old).map_err(failed)?;
        tracing::warn!(
            "an exploration that was never completed has left `{}`; it is now `{}`",
            part.display(),
            old.display()
        );
    }
}

/// Whether `path` still leads to `file`.
fn is_still(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let ours = file.metadata()?;
    match std::fs::symlink_metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Locks `file`. A process that is just being started elsewhere in this program shares the lock for some
/// microseconds, so a refusal counts only if it lasts.
fn lock(file: &File) -> Result<(), TryLockError> {
    for _ in 0..10 {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
            answer => return answer,
        }
    }
    file.try_lock()
}
