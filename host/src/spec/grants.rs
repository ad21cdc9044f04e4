//! [`Grants`]: what a job may reach of the world. Nothing, unless the spec says otherwise.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::{File, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What a job may reach of the world.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Directories of this machine that the guest sees.
    pub dirs: Vec<DirGrant>,
    /// Environment variables that the guest sees.
    pub env: BTreeMap<String, String>,
    /// Which clock the guest sees.
    pub clock: Clock,
    /// Where random numbers come from.
    pub random: Random,
}

/// One directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirGrant {
    /// Absolute path on this machine.
    pub host: PathBuf,
    /// Path that the guest sees, such as `/data`.
    pub guest: String,
    /// What it may do there.
    pub access: Access,
    /// Whether each run gets an empty folder of its own in it, `<trajectory>/<run>`, and sees nothing else of it.
    pub per_run: bool,
    /// Which directory the path has led to, once it was looked up.
    pub identity: Option<DirIdentity>,
}

/// What tells a directory from every other one on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirIdentity {
    /// The file system.
    pub device: u64,
    /// The directory in it.
    pub inode: u64,
}

/// Why a directory cannot be granted.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum GrantError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("it is a file")]
    File,
    #[error("it lies in {what}, where files are not data but parts of this machine")]
    Machine { what: &'static str },
    #[error("it is the whole machine, which can be granted for reading at most")]
    Root,
}

impl DirGrant {
    /// `host` as `guest`, shared by all runs.
    pub fn new(host: impl Into<PathBuf>, guest: impl Into<String>, access: Access) -> Self {
        Self { host: host.into(), guest: guest.into(), access, per_run: false, identity: None }
    }

    /// Follows all links now, so that nothing is granted that a link leads to later, and notes which directory it is.
    ///
    /// # Errors
    /// There is no such directory, or it may not be granted to anybody.
    pub fn resolve(&mut self) -> Result<(), GrantError> {
        let host = self.host.canonicalize()?;
        let found = host.metadata()?;
        if !found.is_dir() {
            return Err(GrantError::File);
        }
        if host == Path::new("/") && self.access == Access::ReadWrite {
            return Err(GrantError::Root);
        }
        let devices = host.starts_with("/dev") && !host.starts_with("/dev/shm");
        let machine = if devices { Some("/dev") } else { part_of_machine(&File::open(&host)?)? };
        if let Some(what) = machine {
            return Err(GrantError::Machine { what });
        }
        self.identity = Some(DirIdentity::of(&found));
        self.host = host;
        Ok(())
    }
}

impl DirIdentity {
    /// That of a directory.
    pub fn of(found: &Metadata) -> Self {
        Self { device: found.dev(), inode: found.ino() }
    }
}

/// File systems whose files are the kernel's: by their numbers in `linux/magic.h`.
#[cfg(target_os = "linux")]
const MACHINE: [(u32, &str); 15] = [
    (0x0000_9fa0, "/proc"),
    (0x6265_6572, "/sys"),
    (0x6462_6720, "/sys/kernel/debug"),
    (0x7472_6163, "/sys/kernel/tracing"),
    (0x7363_6673, "/sys/kernel/security"),
    (0x0027_e0eb, "/sys/fs/cgroup"),
    (0x6367_7270, "/sys/fs/cgroup"),
    (0xcafe_4a11, "/sys/fs/bpf"),
    (0x6265_6570, "/sys/kernel/config"),
    (0xde5e_81e4, "/sys/firmware/efi/efivars"),
    (0xf97c_ff8c, "/sys/fs/selinux"),
    (0x6165_676c, "/sys/fs/pstore"),
    (0x0000_1cd1, "/dev/pts"),
    (0x1980_0202, "/dev/mqueue"),
    (0x6e73_6673, "/proc"),
];

/// Where an open file or directory belongs, if it is not data but a part of this machine, as all of `/proc` is.
///
/// # Errors
/// The kernel does not say.
#[cfg(target_os = "linux")]
pub fn part_of_machine(open: &File) -> io::Result<Option<&'static str>> {
    // Its type is signed on some processors.
    let number = rustix::fs::fstatfs(open)?.f_type as u32;
    Ok(MACHINE.iter().find(|(known, _)| *known == number).map(|(_, what)| *what))
}

/// Elsewhere there is no such file system.
#[cfg(not(target_os = "linux"))]
pub fn part_of_machine(_: &File) -> io::Result<Option<&'static str>> {
    Ok(None)
}

/// What a guest may do in a directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Look, and change nothing.
    #[default]
    Read,
    /// Read, write, create and delete.
    ReadWrite,
}

/// Which clock a guest sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// A clock that starts at 2000-01-01 in every run and advances by 1 ms each time it is read.
    #[default]
    Virtual,
    /// The clock of this machine; results may differ from run to run.
    Real,
    /// None at all: a job that imports `wasi:clocks` is refused.
    None,
}

/// Where a guest's random numbers come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Random {
    /// ChaCha from the seed of the run.
    #[default]
    Seeded,
    /// The operating system; results differ from run to run.
    Os,
}

impl Grants {
    /// What is otherwise than in `before`, a sentence each: results may differ, and a job may reach more than it did.
    pub fn difference(&self, before: &Self) -> Vec<String> {
        let mut told = Vec::new();
        let find = |dirs: &[DirGrant], guest: &str| dirs.iter().find(|dir| dir.guest == guest).cloned();
        let guests: BTreeSet<&str> = before.dirs.iter().chain(&self.dirs).map(|dir| dir.guest.as_str()).collect();
        for guest in guests {
            match (find(&before.dirs, guest), find(&self.dirs, guest)) {
                (Some(was), Some(is)) => told.extend(is.difference(&was)),
                (Some(was), None) => {
                    told.push(format!("`{}` was granted as `{guest}` and no longer is", was.host.display()))
                }
                (None, Some(is)) => {
                    let (host, ways) = (is.host.display(), is.ways());
                    told.push(format!("`{host}` is granted as `{guest}` ({ways}) and was not"));
                }
                (None, None) => {}
            }
        }
        let names: BTreeSet<&String> = before.env.keys().chain(self.env.keys()).collect();
        for name in names {
            match (before.env.get(name), self.env.get(name)) {
                (Some(was), Some(is)) if was == is => {}
                (Some(was), Some(is)) => told.push(format!("the variable `{name}` was {was:?} and is now {is:?}")),
                (Some(_), None) => told.push(format!("the variable `{name}` was granted and no longer is")),
                _ => told.push(format!("the variable `{name}` is granted and was not")),
            }
        }
        if self.clock != before.clock {
            told.push(format!("the clock was {} and is now {}", before.clock.word(), self.clock.word()));
        }
        if self.random != before.random {
            told.push(format!("random numbers were {} and are now {}", before.random.words(), self.random.words()));
        }
        told
    }
}

impl DirGrant {
    /// What is otherwise than in `before`, which the guest saw at the same place.
    fn difference(&self, before: &Self) -> Vec<String> {
        let mut told = Vec::new();
        let (guest, host) = (&self.guest, self.host.display());
        if self.host != before.host {
            told.push(format!("`{guest}` was `{}` and is now `{host}`", before.host.display()));
        } else if before.identity.is_some() && self.identity.is_some() && self.identity != before.identity {
            told.push(format!("`{guest}` is `{host}` as before, but another directory has taken its place"));
        }
        if self.ways() != before.ways() {
            told.push(format!("`{guest}` was granted as {} and is now as {}", before.ways(), self.ways()));
        }
        told
    }

    /// How it is granted, in a few words.
    fn ways(&self) -> &'static str {
        match (self.access, self.per_run) {
            (Access::Read, _) => "read",
            (Access::ReadWrite, false) => "read-write",
            (Access::ReadWrite, true) => "read-write, per run",
        }
    }
}

impl Clock {
    fn word(self) -> &'static str {
        match self {
            Self::Virtual => "virtual",
            Self::Real => "real",
            Self::None => "none",
        }
    }
}

impl Random {
    fn words(self) -> &'static str {
        match self {
            Self::Seeded => "seeded",
            Self::Os => "from the operating system",
        }
    }
}

impl fmt::Display for Grants {
    /// One line: `data -> /data (read); env LANG; clock virtual; random seeded`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dirs.is_empty() {
            f.write_str("no directories")?;
        }
        for (i, dir) in self.dirs.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{} -> {} ({})", dir.host.display(), dir.guest, dir.ways())?;
        }
        if self.env.is_empty() {
            f.write_str("; no variables")?;
        } else {
            write!(f, "; variables {}", self.env.keys().cloned().collect::<Vec<_>>().join(", "))?;
        }
        let (clock, random) = (self.clock.word(), self.random.words());
        write!(f, "; no network; clock {clock}; random {random}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_is_told() {
        let dir = |host: &str, guest: &str, access| DirGrant::new(host, guest, access);
        let before = Grants {
            dirs: vec![
                dir("/a", "/moved", Access::Read),
                DirGrant {
                    identity: Some(DirIdentity { device: 1, inode: 1 }),
                    ..dir("/b", "/replaced", Access::Read)
                },
                dir("/c", "/gone", Access::Read),
                dir("/d", "/same", Access::Read),
                dir("/e", "/more", Access::Read),
            ],
            env: BTreeMap::from([("A".into(), "1".into()), ("B".into(), "2".into()), ("C".into(), "3".into())]),
            ..Grants::default()
        };
        assert_eq!(before.difference(&before), Vec::<String>::new());
        let now = Grants {
            dirs: vec![
                dir("/z", "/moved", Access::Read),
                DirGrant {
                    identity: Some(DirIdentity { device: 1, inode: 2 }),
                    ..dir("/b", "/replaced", Access::Read)
                },
                dir("/d", "/same", Access::Read),
                DirGrant { per_run: true, ..dir("/e", "/more", Access::ReadWrite) },
                dir("/f", "/new", Access::ReadWrite),
            ],
            env: BTreeMap::from([("A".into(), "1".into()), ("B".into(), "other".into()), ("D".into(), "4".into())]),
            clock: Clock::Real,
            random: Random::Os,
        };
        insta::assert_snapshot!(now.difference(&before).join("\n"));
    }

    #[test]
    fn parts_of_the_machine_are_granted_to_nobody() {
        let resolved = |host: &str, access| {
            let mut dir = DirGrant::new(host, "/x", access);
            dir.resolve().map_err(|why| why.to_string())
        };
        for host in ["/proc", "/proc/self", "/proc/self/fd", "/sys", "/sys/kernel", "/dev"] {
            for access in [Access::Read, Access::ReadWrite] {
                let why = resolved(host, access).expect_err(host);
                assert!(why.contains("parts of this machine"), "{host}: {why}");
            }
        }
        assert!(resolved("/", Access::Read).is_ok());
        assert!(resolved("/", Access::ReadWrite).is_err());
        let scratch = tempfile::tempdir().unwrap();
        let link = scratch.path().join("link");
        std::os::unix::fs::symlink("/proc/self", &link).unwrap();
        let why = resolved(link.to_str().unwrap(), Access::Read).expect_err("a link into /proc");
        assert!(why.contains("parts of this machine"), "{why}");
        // From a link to elsewhere, the directory is granted and not the link.
        std::fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(scratch.path(), &link).unwrap();
        let mut dir = DirGrant::new(&link, "/x", Access::Read);
        dir.resolve().unwrap();
        assert_eq!(dir.host, scratch.path().canonicalize().unwrap());
        assert_eq!(dir.identity, Some(DirIdentity::of(&scratch.path().metadata().unwrap())));
    }
}
