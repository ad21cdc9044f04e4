//! [`Cache`]: compiled components, kept between processes.
//!
//! Compiled code is trusted blindly by whoever loads it, so only files that nobody but this user
//! could have written are used, and only if their checksum holds. Whatever is wrong is ignored: the
//! component is compiled again and the file replaced. Unix only, by the owners and modes of files.

use std::{
    ffi::OsString,
    fs::{self, DirBuilder, File, Metadata, OpenOptions},
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
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use wasmtime::{Engine, component::Component};

/// Ends every file, after the sha256 of everything before. wasmtime maps the file from its
/// beginning, so this stands at the end.
const MAGIC: &[u8; 16] = b"host cwasm v1\n\0\0";
const TRAILER: usize = 32 + MAGIC.len();

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
            && let Some(file) = cache.load(&name)
        {
            let code = Code(Source::File { file, path: cache.dir.join(&name) });
            match code.component(engine) {
                Ok(component) => return Ok((code, component)),
                // For example a file system that forbids running what it holds.
                Err(why) => tracing::warn!("a compiled job in the cache cannot be used: {why:#}"),
            }
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
        match self.check(&path) {
            Ok(file) => file,
            Err(why) => {
                tracing::warn!("a compiled job is not taken from the cache and compiled again: {why}");
                None
            }
        }
    }

    fn check(&self, path: &Path) -> Result<Option<File>, CacheError> {
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
        let mut hash = Sha256::new();
        io::copy(&mut (&mut file).take(code), &mut hash).map_err(io)?;
        let mut trailer = [0; TRAILER];
        file.read_exact(&mut trailer).map_err(io)?;
        if trailer[..32] != hash.finalize()[..] || trailer[32..] != MAGIC[..] {
            return Err(damaged());
        }
        Ok(Some(file))
    }

    /// Puts a file into the cache, in one step for all who look.
    fn store(&self, name: &str, code: &[u8]) -> Result<File, CacheError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let new = self.dir.join(format!("{name}.{}.{count}.new", process::id()));
        let io = |source| CacheError::Io { path: new.clone(), source };
        let written = (|| {
            let mut file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&new)?;
            file.write_all(code)?;
            file.write_all(&Sha256::digest(code))?;
            file.write_all(MAGIC)?;
            fs::rename(&new, self.dir.join(name))
        })();
        if let Err(source) = written {
            let _ = fs::remove_file(&new);
            return Err(io(source));
        }
        // Another process may have replaced the file already, so it is judged like any other.
        let path = self.dir.join(name);
        self.check(&path)?.ok_or_else(|| CacheError::Io { path, source: io::ErrorKind::NotFound.into() })
    }
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
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".cache")))
        .map(|base| base.join("host"))
        .ok_or(CacheError::NoHome)
}

/// The component, and everything that its compiled code depends on: version, target and settings.
fn file_name(engine: &Engine, sha256: &str) -> String {
    let mut settings = Sha256Hasher(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut settings);
    format!("{sha256}-{:016x}.cwasm", settings.finish())
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
