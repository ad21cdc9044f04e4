//! [`Cache`]: compiled components, kept between processes.
//!
//! Compiled code is trusted blindly by whoever loads it, so only files that nobody but this user
//! could have written are used, and only if their checksum holds. Whatever is wrong is ignored: the
//! component is compiled again and the file replaced. Unix only, by the owners and modes of files.
//!
//! Owner and modes keep out other users, also in folders that several share. The checksum covers the name and so what
//! the code was compiled from and for: it finds damage, and files that were put in the place of others. It is no
//! secret: programs of the same user could always do as they like. A job is one of these when a directory that it may
//! write holds the cache, so that is refused.
//!
//! Together the files take up to [`LARGEST`]; who stores one removes those that were not used for longest.

use std::{
    ffi::OsString,
    fs::{self, DirBuilder, DirEntry, File, FileTimes, Metadata, OpenOptions},
    hash::{Hash, Hasher},
    io::{self, Read, Write},
    os::{
        fd::AsRawFd,
        unix::{
            ffi::OsStringExt,
            fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt},
        },
    },
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::Builder;
use thiserror::Error;
use wasmtime::{Engine, component::Component};

use crate::building::cache_folder;
use crate::spec::{Access, DirGrant, Grants};

/// Ends every file, after the sha256 of its name and everything before. wasmtime maps the file from its
/// beginning, so this stands at the end.
const MAGIC: &[u8; 16] = b"host cwasm v2\n\0\0";
const TRAILER: usize = 32 + MAGIC.len();

/// What all files of a cache may take. A job takes 0.1 to 10 MB, so that is room for hundreds.
const LARGEST: u64 = 2 << 30;

/// The endings of files, and of those that are being written.
const ENDING: &str = ".cwasm";
const NEW: &str = ".new";

/// After that time, nobody is still writing a file.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Compiled code that may be loaded any number of times.
#[derive(Debug)]
pub struct Code(Source);

#[derive(Debug)]
enum Source {
    /// A file of the cache that passed all checks. Loading maps it, so engines share its pages.
    File { file: File, path: PathBuf },
    /// Compiled just now, with no cache to keep it.
    Memory(Vec<u8>),
}

impl Code {
    /// Compiles `wasm`, or takes it from the cache in `dir`; `None` is the user's own.
    pub fn compile(
        engine: &Engine,
        wasm: &[u8],
        sha256: &str,
        dir: Option<&Path>,
    ) -> wasmtime::Result<(Code, Component)> {
        let cache = Cache::open(dir).inspect_err(|why| {
            tracing::warn!("compiled jobs are not kept: {why}");
        });
        let name = file_name(engine, sha256);
        if let Ok(cache) = &cache
            && let Some(found) = Self::in_cache(cache, &name, engine)
        {
            return Ok(found);
        }
        let compiled = engine.precompile_component(wasm)?;
        if let Ok(cache) = &cache {
            match cache.store(&name, &compiled) {
                Ok(file) => {
                    let code = Code(Source::File { file, path: cache.dir.join(&name) });
                    if let Ok(component) = code.component(engine) {
                        return Ok((code, component));
                    }
                }
                Err(why) => tracing::warn!("a compiled job is not kept: {why}"),
            }
        }
        let code = Code(Source::Memory(compiled));
        let component = code.component(engine)?;
        Ok((code, component))
    }

    /// What was compiled for such an engine from what `sha256` names, if it is in the cache in `dir`.
    pub fn find(engine: &Engine, sha256: &str, dir: Option<&Path>) -> Option<(Code, Component)> {
        Self::in_cache(&Cache::open(dir).ok()?, &file_name(engine, sha256), engine)
    }

    fn in_cache(cache: &Cache, name: &str, engine: &Engine) -> Option<(Code, Component)> {
        let file = cache.load(name)?;
        let code = Code(Source::File { file, path: cache.dir.join(name) });
        match code.component(engine) {
            Ok(component) => Some((code, component)),
            // For example a file system that forbids running what it holds.
            Err(why) => {
                tracing::warn!("a compiled job in the cache cannot be used: {why:#}");
                None
            }
        }
    }

    /// The component for an engine with the same settings as the one it was compiled for.
    pub fn component(&self, engine: &Engine) -> wasmtime::Result<Component> {
        match &self.0 {
            Source::File { file, .. } => {
                // The descriptor and not the name: whatever happens to the directory meanwhile,
                // this is the file that was checked.
                let path = format!("/dev/fd/{}", file.as_raw_fd());
                // SAFETY: the bytes are what `precompile_component` gave: they carry the checksum that
                // `store` writes, in a file that belongs to this user and that nobody else can
                // write, in a directory for which the same holds. Files are replaced by renaming
                // and never changed, so mapped pages stay what was checked. wasmtime itself checks
                // its version and the settings.
                unsafe { Component::deserialize_file(engine, path) }
            }
            // SAFETY: `precompile_component` gave these bytes to this process, or to the one that started it
            // for a run and has sent them.
            Source::Memory(bytes) => unsafe { Component::deserialize(engine, bytes) },
        }
    }
}

/// A file of compiled code, as one process tells another which one it has checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedFile {
    path: Vec<u8>,
    identity: FileIdentity,
}

/// What tells a file from one that was put in its place, and from itself after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FileIdentity {
    device: u64,
    inode: u64,
    length: u64,
    /// Seconds and nanoseconds of the last change of the content.
    modified: (i64, i64),
}

impl From<&Metadata> for FileIdentity {
    fn from(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

impl Code {
    /// The file with this code, if there is one and it is still at its place: nobody has emptied the cache.
    pub fn checked_file(&self) -> Option<CheckedFile> {
        let Source::File { file, path } = &self.0 else { return None };
        let identity = FileIdentity::from(&file.metadata().ok()?);
        let there = fs::symlink_metadata(path).ok()?;
        // A process that starts elsewhere would not find a relative path.
        let path = fs::canonicalize(path).ok()?;
        let checked = CheckedFile { path: path.into_os_string().into_vec(), identity };
        (FileIdentity::from(&there) == identity).then_some(checked)
    }

    /// The folder of the file with this code, if there is one.
    pub fn folder(&self) -> Option<&Path> {
        match &self.0 {
            Source::File { path, .. } => path.parent(),
            Source::Memory(_) => None,
        }
    }

    /// All of the code.
    pub fn bytes(&self) -> io::Result<Vec<u8>> {
        match &self.0 {
            Source::File { file, .. } => {
                let length = file.metadata()?.len();
                let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
                file.read_exact_at(&mut bytes, 0)?;
                Ok(bytes)
            }
            Source::Memory(bytes) => Ok(bytes.clone()),
        }
    }

    /// Code from a file that the process which started this one has checked. Its content is not hashed again.
    ///
    /// An error if another file has taken its place, or if others could have changed it.
    pub fn from_checked(checked: &CheckedFile) -> io::Result<Self> {
        let path = PathBuf::from(OsString::from_vec(checked.path.clone()));
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(&path)?;
        let metadata = file.metadata()?;
        trusted(&metadata, &path).map_err(io::Error::other)?;
        if FileIdentity::from(&metadata) != checked.identity {
            return Err(io::Error::other("another file has taken its place"));
        }
        Ok(Self(Source::File { file, path }))
    }

    /// Code that the process which started this one has sent.
    pub fn from_sent(bytes: Vec<u8>) -> Self {
        Self(Source::Memory(bytes))
    }
}

/// The first directory of `grants` that a job may write and that holds the cache in `dir`; `None` is the user's own.
pub fn writable_by_job<'g>(grants: &'g Grants, dir: Option<&Path>) -> Option<(&'g Path, PathBuf)> {
    let cache = dir.map_or_else(default_dir, |dir| Ok(dir.to_owned())).ok()?;
    // If it is not there yet, the job could make it.
    let there = cache.ancestors().find_map(|folder| fs::canonicalize(folder).ok())?;
    let mut writable = grants.dirs.iter().filter(|grant| grant.access == Access::ReadWrite);
    let holds = |grant: &&DirGrant| fs::canonicalize(&grant.host).is_ok_and(|grant| there.starts_with(grant));
    writable.find(holds).map(|grant| (grant.host.as_path(), cache))
}

/// A directory that only this user can write.
struct Cache {
    dir: PathBuf,
}

/// Why a cache or a file in it is not used.
#[derive(Debug, Error)]
enum CacheError {
    #[error("neither XDG_CACHE_HOME nor HOME is set")]
    NoHome,
    #[error("`{}`: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("`{}` is {what}", path.display())]
    Untrusted { path: PathBuf, what: &'static str },
}

impl Cache {
    /// Opens `dir`, making it if necessary.
    fn open(dir: Option<&Path>) -> Result<Self, CacheError> {
        let dir = match dir {
            Some(dir) => dir.to_owned(),
            None => default_dir()?,
        };
        let io = |source| CacheError::Io { path: dir.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(&dir).map_err(io)?;
        let metadata = fs::symlink_metadata(&dir).map_err(io)?;
        if !metadata.is_dir() {
            return Err(CacheError::Untrusted { path: dir, what: "not a directory itself" });
        }
        trusted(&metadata, &dir)?;
        Ok(Self { dir })
    }

    /// The file `name`, if it exists and nothing is wrong with it.
    fn load(&self, name: &str) -> Option<File> {
        let path = self.dir.join(name);
        match self.check(&path, name) {
            Ok(file) => {
                // Tells others that it is in use; the content and its time stay as they are. Where that cannot be, it
                // is removed earlier.
                let _ = file.as_ref().map(|file| file.set_times(FileTimes::new().set_accessed(SystemTime::now())));
                file
            }
            Err(why) => {
                tracing::warn!("a compiled job is not taken from the cache and compiled again: {why}");
                None
            }
        }
    }

    /// What is asked is asked of the open file, which is also what is mapped later.
    fn check(&self, path: &Path, name: &str) -> Result<Option<File>, CacheError> {
        let io = |source| CacheError::Io { path: path.to_owned(), source };
        let untrusted = |what| CacheError::Untrusted { path: path.to_owned(), what };
        let mut file = match OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)
        {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.raw_os_error() == Some(libc::ELOOP) => return Err(untrusted("a symbolic link")),
            Err(error) => return Err(io(error)),
        };
        let metadata = file.metadata().map_err(io)?;
        if !metadata.is_file() {
            return Err(untrusted("not a regular file"));
        }
        trusted(&metadata, path)?;
        let damaged = || untrusted("damaged");
        let code = metadata.len().checked_sub(TRAILER as u64).ok_or_else(damaged)?;
        let mut hash = checksum(name);
        io::copy(&mut (&mut file).take(code), &mut hash).map_err(io)?;
        let mut trailer = [0; TRAILER];
        file.read_exact(&mut trailer).map_err(io)?;
        if trailer[..32] != hash.finalize()[..] || trailer[32..] != MAGIC[..] {
            return Err(damaged());
        }
        Ok(Some(file))
    }

    /// Puts a file into the cache, in one step for all who look. Two processes may do so at once.
    fn store(&self, name: &str, code: &[u8]) -> Result<File, CacheError> {
        let path = self.dir.join(name);
        let io = |source| CacheError::Io { path: path.clone(), source };
        // A new file of mode 0600 under a random name, which goes away if anything fails.
        let mut new = Builder::new().prefix(name).suffix(NEW).tempfile_in(&self.dir).map_err(io)?;
        let written = (|| {
            new.write_all(code)?;
            new.write_all(&checksum(name).chain_update(code).finalize())?;
            new.write_all(MAGIC)?;
            new.as_file().sync_all()
        })();
        written.map_err(io)?;
        new.persist(&path).map_err(|error| io(error.error))?;
        self.shrink(name, LARGEST);
        // Another process may have replaced the file already, so it is judged like any other.
        self.check(&path, name)?.ok_or_else(|| io(io::ErrorKind::NotFound.into()))
    }

    /// Removes the files that were not used for longest until all take at most `largest` bytes, except `kept`. Who has
    /// one of them open goes on with it. What cannot be removed stays.
    fn shrink(&self, kept: &str, largest: u64) {
        let mut files: Vec<Kept> =
            fs::read_dir(&self.dir).into_iter().flatten().flatten().filter_map(|entry| Kept::of(&entry)).collect();
        for abandoned in files.iter().filter(|file| file.is_abandoned()) {
            let _ = fs::remove_file(self.dir.join(&abandoned.name));
        }
        files.retain(|file| file.name.ends_with(ENDING));
        files.sort_by_key(|file| file.used);
        let mut all: u64 = files.iter().map(|file| file.length).sum();
        for file in files.iter().filter(|file| file.name != kept) {
            if all <= largest {
                return;
            }
            if fs::remove_file(self.dir.join(&file.name)).is_ok() {
                all -= file.length;
            }
        }
    }
}

/// A file in the folder of a cache.
struct Kept {
    name: String,
    length: u64,
    /// When it was used last.
    used: SystemTime,
}

impl Kept {
    fn of(entry: &DirEntry) -> Option<Self> {
        let name = entry.file_name().into_string().ok()?;
        // Of the entry itself, if it is a link.
        let metadata = entry.metadata().ok().filter(Metadata::is_file)?;
        Some(Self { name, length: metadata.len(), used: metadata.accessed().ok()? })
    }

    /// Whether its writer was killed.
    fn is_abandoned(&self) -> bool {
        self.name.contains(ENDING)
            && self.name.ends_with(NEW)
            && self.used.elapsed().is_ok_and(|since| since > ABANDONED)
    }
}

/// What the checksum of the file `name` begins with.
fn checksum(name: &str) -> Sha256 {
    Sha256::new().chain_update(name).chain_update([0])
}

/// Refuses what somebody else owns or may change.
fn trusted(metadata: &Metadata, path: &Path) -> Result<(), CacheError> {
    // SAFETY: has no preconditions and cannot fail.
    let me = unsafe { libc::geteuid() };
    let untrusted = |what| CacheError::Untrusted { path: path.to_owned(), what };
    if metadata.uid() != me {
        return Err(untrusted("owned by another user"));
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(untrusted("writable by others"));
    }
    Ok(())
}

fn default_dir() -> Result<PathBuf, CacheError> {
    cache_folder().ok_or(CacheError::NoHome)
}

/// The component, and everything that its compiled code depends on: this program, wasmtime, target and settings.
fn file_name(engine: &Engine, sha256: &str) -> String {
    let mut settings = Sha256Hasher(Sha256::new());
    (crate::VERSION, super::WASMTIME_VERSION).hash(&mut settings);
    engine.precompile_compatibility_hash().hash(&mut settings);
    format!("{sha256}-{:016x}{ENDING}", settings.finish())
}

/// The standard hasher may change between versions of Rust.
struct Sha256Hasher(Sha256);

impl Hasher for Sha256Hasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.clone().finalize();
        u64::from_be_bytes(digest[..8].try_into().expect("a digest has 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cache with files of 100 bytes, used one after the other in the order of `names`.
    fn cache(names: &[&str]) -> (tempfile::TempDir, Cache) {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(Some(&dir.path().join("cache"))).unwrap();
        for (age, name) in names.iter().rev().enumerate() {
            let file = File::create(cache.dir.join(name)).unwrap();
            file.set_len(100).unwrap();
            let days = Duration::from_secs(60 * 60 * (30 + age as u64));
            file.set_times(FileTimes::new().set_accessed(SystemTime::now() - days)).unwrap();
        }
        (dir, cache)
    }

    fn names(cache: &Cache) -> Vec<String> {
        let entries = fs::read_dir(&cache.dir).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let (_dir, cache) = cache(&["d.cwasm", "a.cwasm", "c.cwasm", "b.cwasm", "notes.txt"]);
        cache.shrink("d.cwasm", 400);
        assert_eq!(names(&cache).len(), 5, "there is room for all");
        cache.shrink("d.cwasm", 399);
        assert_eq!(names(&cache), ["b.cwasm", "c.cwasm", "d.cwasm", "notes.txt"], "d is needed just now");
        cache.shrink("d.cwasm", 200);
        assert_eq!(names(&cache), ["b.cwasm", "d.cwasm", "notes.txt"]);
        cache.shrink("d.cwasm", 0);
        assert_eq!(names(&cache), ["d.cwasm", "notes.txt"], "what is needed and what is not ours stays");
    }

    #[test]
    fn what_a_killed_process_was_writing_is_removed() {
        let (_dir, cache) = cache(&["a.cwasmXyz.new", "b.new", "c.cwasm"]);
        fs::write(cache.dir.join("d.cwasmXyz.new"), "by somebody who is still at it").unwrap();
        cache.shrink("c.cwasm", LARGEST);
        assert_eq!(names(&cache), ["b.new", "c.cwasm", "d.cwasmXyz.new"]);
    }

    #[test]
    fn use_shows_in_the_time_of_access_alone() {
        let (_dir, cache) = cache(&[]);
        drop(cache.store("a.cwasm", b"code").unwrap());
        let path = cache.dir.join("a.cwasm");
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 30);
        File::open(&path).unwrap().set_times(FileTimes::new().set_accessed(long_ago)).unwrap();
        let before = fs::metadata(&path).unwrap();
        assert!(cache.load("a.cwasm").is_some());
        let after = fs::metadata(&path).unwrap();
        assert!(after.accessed().unwrap() > long_ago);
        assert_eq!(FileIdentity::from(&after), FileIdentity::from(&before), "other processes recognise it");
    }
}
