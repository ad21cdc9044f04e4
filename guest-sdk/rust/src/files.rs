//! Files in the directories that the spec grants, on every wasm target.
//!
//! A job sees no file unless `[capabilities] dirs` grants the directory it is in. `std::fs` reads granted files only
//! on `wasm32-wasip2`; the functions here do so on `wasm32-unknown-unknown` too, and their errors say which grant is missing.
//!
//! ```no_run
//! # fn job(traj: &mut host_guest::SingleRun) -> Result<(), host_guest::JobError> {
//! // [capabilities]
//! // dirs = [{ host = "data", guest = "/data", access = "read" }]
//! let table = host_guest::files::read_to_string("/data/outbreak.csv")?;
//! # Ok(())
//! # }
//! ```

use std::error::Error;
use std::fmt;

use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};

/// How much is read or written by one call to the host.
///
/// Hosts may shorten larger requests, and need a buffer of this size for each.
const CHUNK: u64 = 1 << 20;

/// The bytes of a file.
///
/// # Errors
/// See [`FileError`].
pub fn read(path: &str) -> Result<Vec<u8>, FileError> {
    let file = open(path, OpenFlags::empty(), DescriptorFlags::READ)?;
    let mut bytes = Vec::new();
    loop {
        let (chunk, at_end) = file.read(CHUNK, bytes.len() as u64).map_err(|code| FileError::of(path, code))?;
        bytes.extend_from_slice(&chunk);
        if at_end {
            return Ok(bytes);
        }
    }
}

/// The text of a file in UTF-8.
///
/// # Errors
/// See [`FileError`].
pub fn read_to_string(path: &str) -> Result<String, FileError> {
    String::from_utf8(read(path)?).map_err(|_| FileError::NotText { path: path.to_owned() })
}

/// The names in a directory, sorted: their order on a disk would differ from machine to machine.
///
/// # Errors
/// See [`FileError`].
pub fn list(path: &str) -> Result<Vec<String>, FileError> {
    let refused = |code| FileError::of(path, code);
    let directory = open(path, OpenFlags::DIRECTORY, DescriptorFlags::READ)?;
    let entries = directory.read_directory().map_err(refused)?;
    let mut names = Vec::new();
    while let Some(entry) = entries.read_directory_entry().map_err(refused)? {
        names.push(entry.name);
    }
    names.sort_unstable();
    Ok(names)
}

/// Writes a file, replacing one of the same name. Needs `access = "write"`.
///
/// Results belong into `f_add_result`: what is written here is neither stored nor protected from other runs.
///
/// # Errors
/// See [`FileError`].
pub fn write(path: &str, bytes: impl AsRef<[u8]>) -> Result<(), FileError> {
    let file = open(path, OpenFlags::CREATE | OpenFlags::TRUNCATE, DescriptorFlags::WRITE)?;
    let bytes = bytes.as_ref();
    let mut written = 0;
    while written < bytes.len() {
        let chunk = &bytes[written..bytes.len().min(written + CHUNK as usize)];
        let taken = file.write(chunk, written as u64).map_err(|code| FileError::of(path, code))?;
        if taken == 0 {
            return Err(FileError::of(path, ErrorCode::Io));
        }
        written += taken as usize;
    }
    Ok(())
}

/// Opens `path` below the directory that was granted closest to it.
fn open(path: &str, how: OpenFlags, access: DescriptorFlags) -> Result<Descriptor, FileError> {
    let granted = get_directories();
    let closest = granted
        .iter()
        .filter_map(|(directory, root)| below(path, root).map(|rest| (directory, root, rest)))
        .max_by_key(|(_, root, _)| root.len());
    match closest {
        Some((directory, _, rest)) => {
            directory.open_at(PathFlags::SYMLINK_FOLLOW, rest, how, access).map_err(|code| FileError::of(path, code))
        }
        None => {
            let granted = granted.into_iter().map(|(_, root)| root).collect();
            Err(FileError::NotGranted { path: path.to_owned(), granted })
        }
    }
}

/// `path` as seen from the directory `root`, if it lies there.
fn below<'path>(path: &'path str, root: &str) -> Option<&'path str> {
    let root = root.trim_end_matches('/');
    let rest = path.strip_prefix(root)?;
    if !rest.is_empty() && !rest.starts_with('/') && !root.is_empty() {
        return None;
    }
    match rest.trim_matches('/') {
        "" => Some("."),
        rest => Some(rest),
    }
}

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FileError {
    /// It lies in no directory that the spec grants.
    NotGranted {
        /// The path that was asked for.
        path: String,
        /// The directories that are granted, as the job sees them.
        granted: Vec<String>,
    },
    /// There is no such file in the granted directory.
    NotFound {
        /// The path that was asked for.
        path: String,
    },
    /// The directory is granted, but not for this.
    Denied {
        /// The path that was asked for.
        path: String,
    },
    /// It is not UTF-8.
    NotText {
        /// The path that was asked for.
        path: String,
    },
    /// Anything else that the file system says.
    Failed {
        /// The path that was asked for.
        path: String,
        /// The reason in the words of WASI.
        reason: String,
    },
}

impl FileError {
    fn of(path: &str, code: ErrorCode) -> Self {
        let path = path.to_owned();
        match code {
            ErrorCode::NoEntry => Self::NotFound { path },
            ErrorCode::Access | ErrorCode::NotPermitted | ErrorCode::ReadOnly => Self::Denied { path },
            other => Self::Failed { path, reason: other.name().to_owned() },
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotGranted { path, granted } if granted.is_empty() => write!(
                f,
                "cannot open `{path}`: no directory is granted; add [capabilities] dirs = [{{ host = \"…\", guest = \"{}\", access = \"read\" }}] to the spec",
                path.rsplit_once('/').map_or("/data", |(parent, _)| if parent.is_empty() { "/" } else { parent })
            ),
            Self::NotGranted { path, granted } => write!(
                f,
                "cannot open `{path}`: only `{}` is granted; add its directory to dirs of [capabilities] in the spec",
                granted.join("`, `")
            ),
            Self::NotFound { path } => write!(f, "there is no `{path}` in the granted directory"),
            Self::Denied { path } => {
                write!(
                    f,
                    "`{path}` is not granted for this; writing needs access = \"write\" in dirs of [capabilities], and nothing may lead out of the directory"
                )
            }
            Self::NotText { path } => write!(f, "`{path}` is not UTF-8"),
            Self::Failed { path, reason } => write!(f, "`{path}` cannot be used: {reason}"),
        }
    }
}

impl Error for FileError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_their_directory() {
        assert_eq!(below("/data/a/b.csv", "/data"), Some("a/b.csv"));
        assert_eq!(below("/data/b.csv", "/data/"), Some("b.csv"));
        assert_eq!(below("/data", "/data"), Some("."));
        assert_eq!(below("/data/", "/data"), Some("."));
        assert_eq!(below("/b.csv", "/"), Some("b.csv"));
        assert_eq!(below("/database/b.csv", "/data"), None);
        assert_eq!(below("b.csv", "/data"), None);
    }

    #[test]
    fn errors_say_which_grant_is_missing() {
        let none = FileError::NotGranted { path: "/data/x.csv".into(), granted: vec![] };
        assert_eq!(
            none.to_string(),
            "cannot open `/data/x.csv`: no directory is granted; add [capabilities] dirs = [{ host = \"…\", guest = \"/data\", access = \"read\" }] to the spec"
        );
        let other = FileError::NotGranted { path: "/data/x.csv".into(), granted: vec!["/in".into(), "/out".into()] };
        assert_eq!(
            other.to_string(),
            "cannot open `/data/x.csv`: only `/in`, `/out` is granted; add its directory to dirs of [capabilities] in the spec"
        );
        assert_eq!(FileError::of("/a", ErrorCode::ReadOnly), FileError::Denied { path: "/a".into() });
        assert_eq!(FileError::of("/a", ErrorCode::Io).to_string(), "`/a` cannot be used: io");
    }
}
