//! [`Workspace`]: where the runs of a program have their folders, each one of its own.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::fd::OwnedFd,
    path::{Component, Path, PathBuf},
    process,
};

use rustix::fs::{Mode, OFlags, openat};
use wasmtime_wasi::{FsPerms, OpenMode, filesystem::Dir};

/// A folder of this process, gone when it ends.
pub struct Workspace {
    path: PathBuf,
    /// Who removes it: a copy of this process, made for a single run, does not.
    owner: Option<u32>,
}

/// The folder of one run, gone when it ends.
pub struct OwnFolder {
    path: PathBuf,
    dir: File,
}

impl Workspace {
    /// Among the temporary files of this machine (`TMPDIR`), where nobody else reads.
    pub fn new() -> io::Result<Self> {
        let path = tempfile::Builder::new().prefix("host-programs-").tempdir()?.keep();
        Ok(Self { path: path.canonicalize()?, owner: Some(process::id()) })
    }

    /// One that another process has made, and removes.
    pub fn of_another_process(path: &Path) -> Self {
        Self { path: path.to_owned(), owner: None }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
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
        if self.owner == Some(process::id()) {
            // What cannot be removed is left to whoever tidies up temporary files.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
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
                Err(rustix::io::Errno::NOENT) => return Ok(None),
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
    fn a_copy_of_the_process_removes_nothing() {
        let workspace = Workspace::new().unwrap();
        drop(Workspace::of_another_process(workspace.path()));
        assert!(workspace.path().is_dir());
    }
}
