//! The granted directories as one run sees them.

use std::{
    fs::File,
    io,
    os::fd::{AsFd, OwnedFd},
};

use rustix::{
    fs::{Mode, OFlags, RenameFlags, mkdirat, openat, renameat_with},
    io::Errno,
};
use thiserror::Error;
use wasmtime_wasi::{FsPerms, OpenMode, filesystem::Dir};

use crate::{
    sandbox::command::OwnFolder,
    spec::{Access, DirGrant, DirIdentity},
    trajectory::SingleRun,
};

/// A directory and where the guest sees it.
pub type Opened = (Dir, String);

/// What earlier attempts at a run have left is kept under such names.
const EARLIER: &str = "earlier";

/// A directory was there when the job was loaded.
#[derive(Debug, Error)]
#[error("the directory `{}` that is granted as `{}` cannot be used any more: {why}", .grant.host.display(), .grant.guest)]
pub struct DirectoryError {
    grant: DirGrant,
    why: String,
}

/// Lets this process have as many files as it may: a run must not take what the host or its neighbours need.
pub fn make_room() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a whole `rlimit` of ours, which both calls only read or write while they last.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 && limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max;
            // Without more room there are simply fewer files.
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
        }
    }
}

/// Opens what is granted. Where each run has a folder of its own, `run` finds it empty, and nobody else sees it.
pub fn open(grants: &[DirGrant], run: Option<&SingleRun>) -> Result<Vec<Opened>, DirectoryError> {
    let mut all = Vec::with_capacity(grants.len());
    for grant in grants {
        let failed = |why: String| DirectoryError { grant: grant.clone(), why };
        let dir = File::open(&grant.host).map_err(|error| failed(error.to_string()))?;
        let found = dir.metadata().map_err(|error| failed(error.to_string()))?;
        if grant.identity.is_some_and(|noted| noted != DirIdentity::of(&found)) {
            return Err(failed("another directory has taken its place".into()));
        }
        let dir = match (grant.per_run, run) {
            (false, _) => dir,
            (true, Some(run)) => own_folder(&dir, run).map_err(|error| failed(error.to_string()))?.into(),
            // Whoever only describes itself is no run.
            (true, None) => continue,
        };
        let (perms, mode) = match grant.access {
            Access::Read => (FsPerms::ReadOnly, OpenMode::READ),
            Access::ReadWrite => (FsPerms::ReadWrite, OpenMode::READ | OpenMode::WRITE),
        };
        all.push((Dir::new(dir, perms, mode, true), grant.guest.clone()));
    }
    Ok(all)
}

/// The folder of a program's run, which it sees as the root: relative paths lead there too.
pub fn own(folder: &OwnFolder) -> Result<Opened, DirectoryError> {
    let dir = folder.granted().map_err(|error| DirectoryError {
        grant: DirGrant::new(folder.path(), "/", Access::ReadWrite),
        why: error.to_string(),
    })?;
    Ok((dir, "/".to_owned()))
}

/// `<trajectory>/<run>` below `dir`, made anew. What an earlier attempt has left there is put aside, not removed.
fn own_folder(dir: &File, run: &SingleRun) -> io::Result<OwnedFd> {
    let of_trajectory = folder(dir, run.trajectory().name())?;
    let name = run.v_crun();
    let mode = Mode::RWXU | Mode::RWXG | Mode::RWXO;
    for earlier in 1_u32.. {
        match mkdirat(&of_trajectory, &name, mode) {
            Err(Errno::EXIST) => {}
            made => {
                made?;
                break;
            }
        }
        let aside = format!("{name}.{EARLIER}_{earlier}");
        match renameat_with(&of_trajectory, &name, &of_trajectory, &aside, RenameFlags::NOREPLACE) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    open_folder(&of_trajectory, &name)
}

/// The folder `name` in `dir`, made if it is not there.
fn folder(dir: impl AsFd, name: &str) -> io::Result<OwnedFd> {
    match mkdirat(&dir, name, Mode::RWXU | Mode::RWXG | Mode::RWXO) {
        Ok(()) | Err(Errno::EXIST) => open_folder(dir, name),
        Err(errno) => Err(errno.into()),
    }
}

/// No link leads out of what is granted.
fn open_folder(dir: impl AsFd, name: &str) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(openat(dir, name, flags, Mode::empty())?)
}
