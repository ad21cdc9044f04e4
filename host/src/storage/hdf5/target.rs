//! [`Target`]: the file that is wanted, and the `.part` file that is written until it is complete.
//!
//! The wanted file is never written to: either it is as it was, or it is complete. The lock is
//! held on the `.part` file itself, so that two processes never write the same one.

use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
};

use super::raw;
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
    /// Checks that `path` can be written, makes its folder, and locks it. A `.part` file that a dead exploration has
    /// left is removed if it is to be discarded, or else moved out of the way.
    pub(super) fn lock(path: &Path, discard_part: bool) -> Result<Self, StoreError> {
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
        let lock = lock_part(&path, &part, discard_part)?;
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
fn lock_part(path: &Path, part: &Path, discard: bool) -> Result<File, StoreError> {
    let failed = |source| StoreError::NotWritable { path: part.to_owned(), source };
    loop {
        let file = claim::lock_beside(path, part)?;
        if file.metadata().map_err(failed)?.len() == 0 {
            return Ok(file);
        }
        if discard {
            std::fs::remove_file(part).map_err(failed)?;
            continue;
        }
        let old = free_name(part);
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
fn free_name(part: &Path) -> PathBuf {
    let first = claim::with(part, ".old");
    let numbered = (1..).map(|number: u32| claim::with(&first, &format!("_{number}")));
    let is_free = |path: &PathBuf| path.symlink_metadata().is_err();
    std::iter::once(first.clone()).chain(numbered).find(is_free).expect("numbers do not end")
}
