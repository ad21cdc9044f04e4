//! What every storage that writes files asks first: whether a file can be written, and whether nobody else does.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use super::StoreError;

/// The file that `path` stands for, when it is none that cannot be one; its folder is made, durably.
pub(crate) fn place(path: &Path) -> Result<PathBuf, StoreError> {
    let path = followed(path).map_err(|source| StoreError::NotWritable { path: path.to_owned(), source })?;
    if path.is_dir() || path.file_name().is_none() {
        return Err(StoreError::IsFolder { path });
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        make_folder(folder).map_err(|source| StoreError::NoFolder { path: folder.to_owned(), source })?;
    }
    Ok(path)
}

/// The file beside `path` whose name ends with `ending` in addition.
pub(super) fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

/// Makes the file `beside` if it is not there, and locks it, so that `path` has one writer at a time.
pub(super) fn lock_beside(path: &Path, beside: &Path) -> Result<File, StoreError> {
    use std::os::unix::fs::OpenOptionsExt;
    let failed = |source| StoreError::NotWritable { path: beside.to_owned(), source };
    if beside.is_dir() {
        return Err(StoreError::IsFolder { path: beside.to_owned() });
    }
    loop {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
        let file = match options.open(beside) {
            Ok(file) => file,
            Err(error) if error.raw_os_error() == Some(libc::ELOOP) => {
                return Err(StoreError::NotAPlainFile { path: beside.to_owned() });
            }
            Err(error) => return Err(failed(error)),
        };
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(StoreError::NotAPlainFile { path: beside.to_owned() });
        }
        match lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Locked { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // Between opening and locking, another process may have moved the file that we opened.
        if is_still(&file, beside).map_err(failed)? {
            return Ok(file);
        }
    }
}

/// Makes a folder and what is missing above it. Without their names, what is in them would be lost, however well it
/// was synced.
fn make_folder(folder: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
    std::fs::create_dir_all(folder)?;
    missing.into_iter().filter(|folder| !folder.as_os_str().is_empty()).try_for_each(sync_folder)
}

/// Makes it durable that a file has got its name, or lost it.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
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
