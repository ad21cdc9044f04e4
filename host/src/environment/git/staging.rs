//! What `git add -u` does: changes of tracked files go into the index, new files do not.

use std::{
    fs,
    os::unix::{
        ffi::OsStrExt,
        fs::{MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

use git2::{
    Delta, DiffOptions, ErrorCode, FileMode, Index, IndexEntry, IndexEntryExtendedFlag, IndexEntryFlag, IndexTime, Oid,
    Repository,
};

use super::{error::GitError, filter, work_tree::WorkTree};

/// Takes all changes of tracked files into `index`, in memory only, and says whether there were any.
pub(super) fn stage_tracked(tree: &WorkTree, index: &mut Index) -> Result<bool, GitError> {
    let mut is_changed = stage_submodules(tree, index)?;
    for (path, status) in changed(tree, index)? {
        is_changed |= match status {
            Delta::Deleted => {
                index.remove_path(&path).map_err(|error| tree.failed_to("take a removed file", &error))?;
                true
            }
            _ => stage_file(tree, index, &path)?,
        };
    }
    Ok(is_changed)
}

/// Files that differ from the index, leaving out those that git is told not to look at (sparse checkouts).
fn changed(tree: &WorkTree, index: &Index) -> Result<Vec<(PathBuf, Delta)>, GitError> {
    let mut options = DiffOptions::new();
    options.include_typechange(true).ignore_submodules(true);
    let diff = tree
        .repository()
        .diff_index_to_workdir(Some(index), Some(&mut options))
        .map_err(|error| tree.failed_to("compare the files with the index", &error))?;
    let mut found: Vec<(PathBuf, Delta)> = Vec::new();
    for delta in diff.deltas() {
        let Some(path) = delta.old_file().path().or(delta.new_file().path()) else { continue };
        let entry = index.get_path(path, 0);
        let is_let_alone = entry.is_some_and(|entry| {
            entry.flags & IndexEntryFlag::VALID.bits() != 0
                || entry.flags_extended & IndexEntryExtendedFlag::SKIP_WORKTREE.bits() != 0
                || is_submodule(&entry)
        });
        if !is_let_alone && delta.status() != Delta::Untracked {
            found.push((path.to_owned(), delta.status()));
        }
    }
    // Announced by `git add -N`: an empty one does not differ from its entry, but is new all the same.
    for entry in index.iter().filter(|entry| entry.flags_extended & IndexEntryExtendedFlag::INTENT_TO_ADD.bits() != 0) {
        let path = path_of(&entry);
        if !found.iter().any(|(known, _)| *known == path) {
            found.push((path, Delta::Added));
        }
    }
    Ok(found)
}

fn stage_file(tree: &WorkTree, index: &mut Index, path: &Path) -> Result<bool, GitError> {
    let place = tree.root().join(path);
    let metadata = match fs::symlink_metadata(&place) {
        Ok(metadata) => metadata,
        // In a conflict, or removed just now.
        Err(_) => {
            index.remove_path(path).map_err(|error| tree.failed_to("take a removed file", &error))?;
            return Ok(true);
        }
    };
    if metadata.is_file()
        && let Some(id) = filter::clean(tree, path)?
    {
        let known = index.get_path(path, 0);
        let mode = mode_of(tree, &metadata, known.as_ref());
        if known.is_some_and(|known| known.id == id && known.mode == mode) {
            return Ok(false);
        }
        let entry = entry(path, id, mode, &metadata);
        index.add(&entry).map_err(|error| tree.failed_to("take a changed file", &error))?;
    } else {
        index.add_path(path).map_err(|error| tree.failed_to("take a changed file", &error))?;
    }
    Ok(true)
}

/// Takes the present commits of submodules. What is not committed inside of them is no change out here.
fn stage_submodules(tree: &WorkTree, index: &mut Index) -> Result<bool, GitError> {
    let mut is_changed = false;
    let submodules: Vec<IndexEntry> = index.iter().filter(is_submodule).collect();
    for entry in submodules {
        let path = path_of(&entry);
        let place = tree.root().join(&path);
        let Ok(metadata) = fs::symlink_metadata(&place) else {
            index.remove_path(&path).map_err(|error| tree.failed_to("take a removed submodule", &error))?;
            is_changed = true;
            continue;
        };
        let is_other =
            if metadata.is_dir() { present_commit(tree, &place)?.is_some_and(|id| id != entry.id) } else { true };
        if is_other {
            index.add_path(&path).map_err(|error| tree.failed_to("take a changed submodule", &error))?;
            is_changed = true;
        }
    }
    Ok(is_changed)
}

/// The commit that the submodule at `place` is at; none if it has not been checked out.
fn present_commit(tree: &WorkTree, place: &Path) -> Result<Option<Oid>, GitError> {
    if !place.join(".git").exists() {
        return Ok(None);
    }
    let head = Repository::open(place).and_then(|inner| inner.head()?.peel_to_commit().map(|commit| commit.id()));
    match head {
        Ok(id) => Ok(Some(id)),
        Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::UnbornBranch) => Ok(None),
        Err(error) => Err(tree.failed_to("read a submodule", &error)),
    }
}

fn is_submodule(entry: &IndexEntry) -> bool {
    entry.mode == u32::from(FileMode::Commit)
}

fn path_of(entry: &IndexEntry) -> PathBuf {
    PathBuf::from(std::ffi::OsStr::from_bytes(&entry.path))
}

/// Executable or not; where `core.fileMode` is off, as it was.
fn mode_of(tree: &WorkTree, metadata: &fs::Metadata, known: Option<&IndexEntry>) -> u32 {
    let is_executable = |mode: u32| mode & 0o100 != 0;
    let is_executable = match (tree.config().get_bool("core.fileMode").unwrap_or(true), known) {
        (false, Some(known)) => is_executable(known.mode),
        (false, None) => false,
        (true, _) => is_executable(metadata.permissions().mode()),
    };
    u32::from(if is_executable { FileMode::BlobExecutable } else { FileMode::Blob })
}

/// An entry with the marks of the file by which git sees that it is unchanged. They are cut to 32 bits, as git does.
fn entry(path: &Path, id: Oid, mode: u32, metadata: &fs::Metadata) -> IndexEntry {
    let time = |seconds: i64, nanoseconds: i64| IndexTime::new(seconds as i32, nanoseconds as u32);
    IndexEntry {
        ctime: time(metadata.ctime(), metadata.ctime_nsec()),
        mtime: time(metadata.mtime(), metadata.mtime_nsec()),
        dev: metadata.dev() as u32,
        ino: metadata.ino() as u32,
        mode,
        uid: metadata.uid(),
        gid: metadata.gid(),
        file_size: metadata.len() as u32,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_os_str().as_bytes().to_vec(),
    }
}
