//! [`Target`]: the file that is wanted, and the `.part` file that is written until it is complete.
//!
//! The wanted file is never written to: either it is as it was, or it is complete. The lock is
//! held on the `.part` file itself, so that two processes never write the same one.

use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
};

use super::{Leftover, options::Began, raw};
use crate::storage::{StoreError, claim};

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
    /// Checks that `path` can be written, makes its folder, and locks it. What a dead
    /// exploration has left as a `.part` file goes out of the way as `leftover` says.
    pub(super) fn lock(path: &Path, leftover: Leftover) -> Result<Self, StoreError> {
        let path = claim::place(path)?;
        match path.try_exists() {
            Ok(true) => {
                // Nobody expects a file that may not be written to be replaced.
                let opened = OpenOptions::new().read(true).write(true).open(&path);
                opened.map_err(|source| StoreError::NotWritable { path: path.clone(), source })?;
                if !matches!(raw::is_hdf5(&path), Ok(true)) {
                    return Err(StoreError::OtherKind { path, kind: "HDF5" });
                }
            }
            Ok(false) => {}
            Err(source) => return Err(StoreError::NotWritable { path, source }),
        }
        let part = part_of(&path);
        let lock = lock_part(&path, &part, leftover)?;
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

    /// Waits until everything written to the `.part` file is on the disk.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        let failed = |source| StoreError::Replace { path: self.path.clone(), part: self.part.clone(), source };
        self.lock.sync_all().map_err(failed)
    }

    /// Puts the `.part` file, closed and verified, in the place of the wanted one, durably.
    pub(super) fn complete(&mut self) -> Result<(), StoreError> {
        let placed = self
            .lock
            .sync_all()
            .and_then(|()| std::fs::rename(&self.part, &self.path))
            .and_then(|()| claim::sync_folder(&self.path));
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
    claim::with(path, ".part")
}

/// Makes and locks the `.part` file. One that a dead exploration has left goes out of the way.
fn lock_part(path: &Path, part: &Path, leftover: Leftover) -> Result<File, StoreError> {
    let failed = |source| StoreError::NotWritable { path: part.to_owned(), source };
    loop {
        let file = claim::lock_beside(path, part)?;
        if file.metadata().map_err(failed)?.len() == 0 {
            return Ok(file);
        }
        if leftover == Leftover::Discard {
            std::fs::remove_file(part).map_err(failed)?;
            continue;
        }
        if let Leftover::Needed(began) = leftover {
            std::fs::rename(part, free_name(part, &format!(".{began}"))).map_err(failed)?;
            // Before another file takes its name: if that came to the disk alone, nobody would find this one again.
            claim::sync_folder(part).map_err(failed)?;
            continue;
        }
        let old = free_name(part, ".old");
        std::fs::rename(part, &old).map_err(failed)?;
        tracing::warn!(
            "an exploration that was never completed has left `{}`; it is now `{}`",
            part.display(),
            old.display()
        );
    }
}

/// `results.hdf5.part.old`, or if that is taken `results.hdf5.part.old_1` and so on: it may be all that is left of an
/// exploration without a journal.
fn free_name(part: &Path, ending: &str) -> PathBuf {
    numbered(part, ending).find(|path| path.symlink_metadata().is_err()).expect("numbers do not end")
}

fn numbered(part: &Path, ending: &str) -> impl Iterator<Item = PathBuf> + use<> {
    let first = claim::with(part, ending);
    let others = first.clone();
    std::iter::once(first).chain((1..).map(move |number: u32| claim::with(&others, &format!("_{number}"))))
}

/// The files that may hold large arrays to which the journal refers of an exploration into the file `path` that began at
/// `began`: the `.part` file, those that were set aside, and the file itself, which was a `.part` file until it was complete.
pub fn array_files(path: &Path, began: Began) -> Vec<PathBuf> {
    let path = claim::place(path).unwrap_or_else(|_| path.to_owned());
    let part = part_of(&path);
    let mut files = vec![part.clone()];
    files.extend(set_aside(&part, began));
    files.push(path);
    files
}

/// Removes what was set aside of the exploration into the file `path` that began at `began`, because its journal does not
/// refer to it any more. Best effort, since only tidiness depends on it.
pub fn remove_set_aside(path: &Path, began: Began) {
    let path = claim::place(path).unwrap_or_else(|_| path.to_owned());
    // The last first: those that are left can then be found again.
    let there: Vec<PathBuf> = set_aside(&part_of(&path), began).collect();
    for old in there.into_iter().rev() {
        let _ = std::fs::remove_file(old);
    }
}

/// `.part` files that were moved out of the way.
fn set_aside(part: &Path, began: Began) -> impl Iterator<Item = PathBuf> {
    numbered(part, &format!(".{began}")).take_while(|path| path.symlink_metadata().is_ok())
}
