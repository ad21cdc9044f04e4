//! [`Workspace`]: where the runs of a program have their folders, each one of its own.

use std::{
    env,
    fs::{self, DirBuilder, File},
    io::{self, Write},
    os::{
        fd::OwnedFd,
        unix::fs::{DirBuilderExt, MetadataExt},
    },
    path::{Component, Path, PathBuf},
    process,
};

use rustix::{
    fs::{FlockOperation, Mode, OFlags, flock, openat},
    io::Errno,
};
use wasmtime_wasi::{FsPerms, OpenMode, filesystem::Dir};

/// A folder of this process, gone when it ends.
pub struct Workspace {
    path: PathBuf,
    /// Locked for as long as this process, or one that it has started, may use the folder; with who removes it, because
    /// a copy of this process, made for a single run, does not.
    owner: Option<(File, u32)>,
}

/// The folder of one run, gone when it ends.
pub struct OwnFolder {
    path: PathBuf,
    dir: File,
}

impl Workspace {
    /// Among the temporary files of this machine (`TMPDIR`), in a folder where nobody but this user reads.
    ///
    /// # Errors
    /// It cannot be made, or that folder belongs to somebody else.
    pub fn new() -> io::Result<Self> {
        let all = of_this_user(&env::temp_dir())?;
        // What is not locked under this lock is nobody's: it was left by a process that was killed.
        let turn = File::open(&all)?;
        flock(&turn, FlockOperation::LockExclusive)?;
        for left in fs::read_dir(&all)?.flatten() {
            if File::open(left.path()).is_ok_and(|left| flock(&left, FlockOperation::NonBlockingLockExclusive).is_ok())
            {
                let _ = fs::remove_dir_all(left.path());
            }
        }
        let path = tempfile::Builder::new().prefix("").tempdir_in(&all)?.keep();
        let lock = File::open(&path)?;
        flock(&lock, FlockOperation::LockExclusive)?;
        Ok(Self { path, owner: Some((lock, process::id())) })
    }

    /// One that another process has made, and removes.
    pub fn of_another_process(path: &Path) -> Self {
        Self { path: path.to_owned(), owner: None }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that it is in, with those of other processes of this user.
    pub fn parent(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    /// An empty folder for the run called `name`. What an earlier attempt has left, which was killed, is gone.
    pub fn folder(&self, name: &str) -> io::Result<OwnFolder> {
        let path = self.path.join(name);
        match fs::create_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs::remove_dir_all(&path)?;
                fs::create_dir(&path)?;
            }
            made => made?,
        }
        let dir = File::open(&path)?;
        Ok(OwnFolder { path, dir })
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if self.owner.as_ref().is_some_and(|(_, owner)| *owner == process::id()) {
            // What cannot be removed is left to whoever tidies up temporary files.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// The folder in `temporary` that is this user's alone.
fn of_this_user(temporary: &Path) -> io::Result<PathBuf> {
    let user = rustix::process::geteuid().as_raw();
    let folder = temporary.canonicalize()?.join(format!("host-programs-{user}"));
    match DirBuilder::new().mode(0o700).create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = fs::symlink_metadata(&folder)?;
    if !found.is_dir() || found.uid() != user || found.mode() & 0o077 != 0 {
        let why =
            format!("`{}` is not a folder that only this user can reach; remove it, or set TMPDIR", folder.display());
        return Err(io::Error::other(why));
    }
    Ok(folder)
}

impl OwnFolder {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// As the guest sees it.
    pub fn granted(&self) -> io::Result<Dir> {
        Ok(Dir::new(self.dir.try_clone()?, FsPerms::ReadWrite, OpenMode::READ | OpenMode::WRITE, true))
    }

    /// Writes a file before the guest starts.
    pub fn write(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path.join(file);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        File::create(path)?.write_all(bytes)
    }

    /// Opens a file that the guest has written; `None` if there is none. No link leads anywhere else.
    pub fn open(&self, file: &str) -> io::Result<Option<File>> {
        let names: Vec<_> = Path::new(file)
            .components()
            .filter_map(|part| match part {
                Component::Normal(name) => Some(name),
                _ => None,
            })
            .collect();
        let mut dir: OwnedFd = self.dir.try_clone()?.into();
        for (at, name) in names.iter().enumerate() {
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
            let flags = if at + 1 < names.len() { flags | OFlags::DIRECTORY } else { flags };
            match openat(&dir, *name, flags, Mode::empty()) {
                Ok(next) => dir = next,
                Err(Errno::NOENT) => return Ok(None),
                Err(Errno::LOOP | Errno::NOTDIR) => return Err(io::Error::other("a link or a file stands in its way")),
                Err(errno) => return Err(errno.into()),
            }
        }
        let file = File::from(dir);
        if file.metadata()?.is_file() { Ok(Some(file)) } else { Err(io::Error::other("it is no file")) }
    }
}

impl Drop for OwnFolder {
    fn drop(&mut self) {
        // The next run has another one, and the workspace goes as a whole.
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_folder_is_empty_and_gone_afterwards() {
        let workspace = Workspace::new().unwrap();
        let path = workspace.path().to_owned();
        let folder = workspace.folder("run_00000000").unwrap();
        folder.write("in/point.json", b"{}").unwrap();
        let mut text = String::new();
        folder.open("in/point.json").unwrap().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "{}");
        assert!(folder.open("out.npy").unwrap().is_none());
        std::mem::forget(folder);
        let folder = workspace.folder("run_00000000").unwrap();
        assert!(folder.open("in/point.json").unwrap().is_none(), "what a killed attempt has left");
        drop(folder);
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
        drop(workspace);
        assert!(!path.exists());
    }

    #[test]
    fn no_link_leads_elsewhere() {
        let workspace = Workspace::new().unwrap();
        let folder = workspace.folder("run").unwrap();
        let secret = workspace.path().join("secret");
        fs::write(&secret, "of somebody else").unwrap();
        std::os::unix::fs::symlink(&secret, workspace.path().join("run/z.json")).unwrap();
        std::os::unix::fs::symlink(workspace.path(), workspace.path().join("run/up")).unwrap();
        assert!(folder.open("z.json").is_err());
        assert!(folder.open("up/secret").is_err());
        assert!(folder.open(".").is_err());
    }

    #[test]
    fn what_killed_processes_have_left_is_removed_and_nothing_else() {
        let (lives, dead) = (Workspace::new().unwrap(), Workspace::new().unwrap());
        let path = dead.path().to_owned();
        let mut dead = dead;
        // As the kernel does when a process is killed: the lock is gone, the folder stays.
        drop(dead.owner.take());
        drop(dead);
        assert!(path.is_dir());
        let next = Workspace::new().unwrap();
        assert!(!path.exists() && lives.path().is_dir() && next.path().is_dir());
    }

    #[test]
    fn a_folder_of_somebody_else_is_not_used() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = of_this_user(temporary.path()).unwrap();
        assert_eq!(of_this_user(temporary.path()).unwrap(), folder);
        fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        assert!(of_this_user(temporary.path()).is_err());
        fs::remove_dir(&folder).unwrap();
        std::os::unix::fs::symlink("/", &folder).unwrap();
        assert!(of_this_user(temporary.path()).is_err());
    }

    #[test]
    fn a_copy_of_the_process_removes_nothing() {
        let workspace = Workspace::new().unwrap();
        drop(Workspace::of_another_process(workspace.path()));
        assert!(workspace.path().is_dir());
    }
}
