//! What is in a directory: sorted by name, so that it does not depend on the file system, and paid for by the run.

use std::{fs::File, vec};

use rustix::fs::{AtFlags, Dir, FileType, statat};
use wasmtime_wasi::p2::{
    FsError, FsResult,
    bindings::{filesystem::types::ErrorCode, sync::filesystem::types as wit},
};

use crate::sandbox::{limiter::GuestLimiter, run_state::Deadline};

/// What an entry costs the host beside its name.
const ENTRY: u64 = 64;
/// So many entries are read before the clock is looked at again.
const BETWEEN_LOOKS: usize = 256;

/// The entries of a directory that a guest has not read yet.
pub struct Listing {
    entries: vec::IntoIter<(Vec<u8>, FileType)>,
    /// What the host holds for it, in bytes.
    pub bytes: u64,
}

impl Listing {
    /// All of `directory`, which counts as memory of the guest for as long as the host keeps it.
    pub fn of(directory: &File, deadline: Deadline, limiter: &mut GuestLimiter) -> FsResult<Self> {
        let mut bytes = 0;
        let entries = read(directory, deadline, |cost| {
            limiter.hold(cost)?;
            bytes += cost;
            Ok(())
        });
        match entries {
            Ok(entries) => Ok(Self { entries: entries.into_iter(), bytes }),
            Err(error) => {
                limiter.release(bytes);
                Err(error)
            }
        }
    }

    /// The next entry.
    pub fn next(&mut self) -> FsResult<Option<wit::DirectoryEntry>> {
        let Some((name, kind)) = self.entries.next() else { return Ok(None) };
        let Ok(name) = String::from_utf8(name) else { return Err(ErrorCode::IllegalByteSequence.into()) };
        let type_ = match kind {
            FileType::RegularFile => wit::DescriptorType::RegularFile,
            FileType::Directory => wit::DescriptorType::Directory,
            FileType::Symlink => wit::DescriptorType::SymbolicLink,
            FileType::BlockDevice => wit::DescriptorType::BlockDevice,
            FileType::CharacterDevice => wit::DescriptorType::CharacterDevice,
            FileType::Fifo => wit::DescriptorType::Fifo,
            FileType::Socket => wit::DescriptorType::Socket,
            _ => wit::DescriptorType::Unknown,
        };
        Ok(Some(wit::DirectoryEntry { type_, name }))
    }
}

/// The entries of `directory` by their names. Ends where `hold` refuses to keep more bytes.
fn read(
    directory: &File,
    deadline: Deadline,
    mut hold: impl FnMut(u64) -> wasmtime::Result<()>,
) -> FsResult<Vec<(Vec<u8>, FileType)>> {
    let io = |errno: rustix::io::Errno| std::io::Error::from(errno);
    let mut entries = Vec::new();
    for entry in Dir::read_from(directory).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        if entries.len() % BETWEEN_LOOKS == 0 {
            deadline.check().map_err(FsError::trap)?;
        }
        hold(ENTRY + name.count_bytes() as u64).map_err(FsError::trap)?;
        let kind = match entry.file_type() {
            FileType::Unknown => statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)
                .map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode)),
            known => known,
        };
        entries.push((name.to_bytes().to_vec(), kind));
    }
    entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(entries)
}
