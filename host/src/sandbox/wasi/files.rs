//! `wasi:filesystem` on what is granted.
//!
//! Paths are followed by `wasmtime-wasi`, which lets none leave its directory. Here calls are counted, and so is what
//! is written; only files and directories are opened, and none that are parts of this machine; and a file tells a
//! guest nothing that differs from machine to machine: no times unless the real clock is granted, no numbers of its own.

use std::{collections::HashMap, sync::Arc};

use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::{
    filesystem::{Descriptor, WasiFilesystemView},
    p2::{
        DynInputStream, DynOutputStream, FsError, FsResult,
        bindings::{
            filesystem::{preopens, types::ErrorCode},
            sync::filesystem::types::{self, HostDescriptor, HostDirectoryEntryStream},
        },
    },
};

use super::{
    View, Wasi, WasiState,
    clock::START,
    listing::Listing,
    streams::{FileInput, FileOutput, Place, growth},
    view,
};
use crate::{sandbox::run_state::RunState, spec};

/// What a new file, directory or link counts as written: a block of the disk.
const BLOCK: u64 = 4096;
/// `PATH_MAX` of Linux, with the zero at the end.
const LONGEST_PATH: usize = 4096;
/// What the host keeps to know a file again.
const IDENTITY: u64 = 64;

type Fd = Resource<Descriptor>;
type Entries = Resource<types::DirectoryEntryStream>;

/// Links all of it.
pub fn add_to_linker(l: &mut Linker<RunState>) -> wasmtime::Result<()> {
    preopens::add_to_linker::<RunState, Wasi>(l, view)?;
    types::add_to_linker::<RunState, Wasi>(l, view)?;
    Ok(())
}

/// The files that a run has asked for the identity of, numbered in the order in which it did.
#[derive(Default)]
pub struct Identities(HashMap<u64, u64>);

impl preopens::Host for View<'_> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Fd, String)>> {
        let WasiState { table, dirs, .. } = self.0.begin()?;
        let open = |(dir, path): &(_, String)| Ok((table.push(Descriptor::Dir(Clone::clone(dir)))?, path.clone()));
        dirs.iter().map(open).collect()
    }
}

impl View<'_> {
    /// Begins a call, whose errors are of another type.
    fn call(&mut self) -> FsResult<&mut WasiState> {
        self.0.begin().map_err(FsError::trap)
    }

    /// Begins a call with paths, none of which is longer than the kernel takes: they are followed step by step.
    fn call_at(&mut self, paths: &[&str]) -> FsResult<()> {
        self.call()?;
        let too_long = paths.iter().any(|path| path.len() >= LONGEST_PATH);
        if too_long { Err(ErrorCode::NameTooLong.into()) } else { Ok(()) }
    }

    /// Counts what is written.
    fn write_more(&mut self, bytes: u64) -> FsResult<()> {
        self.0.wasi().written.take(bytes).map_err(FsError::trap)
    }

    fn file(&mut self, fd: &Fd) -> FsResult<&wasmtime_wasi::filesystem::File> {
        match self.0.wasi().table.get(fd)? {
            Descriptor::File(file) => Ok(file),
            Descriptor::Dir(_) => Err(ErrorCode::BadDescriptor.into()),
        }
    }

    /// An output stream for a file that may be written.
    fn output(&mut self, fd: Fd, place: Place) -> FsResult<Resource<DynOutputStream>> {
        self.call()?;
        let file = self.file(&fd)?;
        if file.perms.write_not_permitted() {
            return Err(ErrorCode::NotPermitted.into());
        }
        let file = Arc::clone(&file.file);
        let wasi = self.0.wasi();
        let stream: DynOutputStream = Box::new(FileOutput { file, place, written: wasi.written.clone() });
        Ok(wasi.table.push(stream)?)
    }

    /// What a file tells of itself, without what differs from machine to machine.
    fn told(&mut self, stat: types::DescriptorStat) -> types::DescriptorStat {
        let size = if stat.type_ == types::DescriptorType::Directory { 0 } else { stat.size };
        let stat = types::DescriptorStat { link_count: 1, size, ..stat };
        if self.0.wasi().real_times {
            return stat;
        }
        let start = Some(types::Datetime { seconds: START, nanoseconds: 0 });
        types::DescriptorStat {
            data_access_timestamp: start,
            data_modification_timestamp: start,
            status_change_timestamp: start,
            ..stat
        }
    }

    /// A number for a file, the same for as long as the run lasts.
    fn identity(&mut self, real: types::MetadataHashValue) -> FsResult<types::MetadataHashValue> {
        let next = self.0.wasi().identities.0.len() as u64 + 1;
        let number = match self.0.wasi().identities.0.get(&real.lower) {
            Some(number) => *number,
            None => {
                self.0.limiter.hold(IDENTITY).map_err(FsError::trap)?;
                self.0.wasi().identities.0.insert(real.lower, next);
                next
            }
        };
        Ok(types::MetadataHashValue { lower: number, upper: 0 })
    }

    /// Refuses to open whatever is neither a file nor a directory: others may block for ever, or be devices. Tells
    /// whether there is something.
    fn check_kind(&mut self, fd: &Fd, flags: types::PathFlags, path: &str) -> FsResult<bool> {
        use types::DescriptorType::{Directory, RegularFile, SymbolicLink};
        let fd = Resource::new_borrow(fd.rep());
        match self.0.filesystem().stat_at(fd, flags, path.to_owned()) {
            Ok(stat) if matches!(stat.type_, Directory | RegularFile | SymbolicLink) => Ok(true),
            Ok(_) => Err(ErrorCode::NotPermitted.into()),
            Err(error) => match error.downcast().map_err(FsError::trap)? {
                ErrorCode::NoEntry => Ok(false),
                // Opening says it again.
                _ => Ok(true),
            },
        }
    }
}

impl types::Host for View<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<types::ErrorCode> {
        types::Host::convert_error_code(&mut self.0.filesystem(), error)
    }

    fn filesystem_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<types::ErrorCode>> {
        self.0.enter()?;
        types::Host::filesystem_error_code(&mut self.0.filesystem(), error)
    }
}

impl HostDescriptor for View<'_> {
    fn read_via_stream(&mut self, fd: Fd, position: u64) -> FsResult<Resource<DynInputStream>> {
        let wasi = self.call()?;
        let file = match wasi.table.get(&fd)? {
            Descriptor::File(file) => Arc::clone(&file.file),
            Descriptor::Dir(_) => return Err(ErrorCode::IsDirectory.into()),
        };
        let stream: DynInputStream = Box::new(FileInput { file, position });
        Ok(wasi.table.push(stream)?)
    }

    fn write_via_stream(&mut self, fd: Fd, position: u64) -> FsResult<Resource<DynOutputStream>> {
        self.output(fd, Place::At(position))
    }

    fn append_via_stream(&mut self, fd: Fd) -> FsResult<Resource<DynOutputStream>> {
        self.output(fd, Place::End)
    }

    fn read(&mut self, fd: Fd, len: u64, offset: u64) -> FsResult<(Vec<u8>, bool)> {
        self.call()?;
        self.0.filesystem().read(fd, len, offset)
    }

    fn write(&mut self, fd: Fd, bytes: Vec<u8>, offset: u64) -> FsResult<u64> {
        self.call()?;
        let cost = growth(&self.file(&fd)?.file, offset, bytes.len())?;
        self.write_more(cost)?;
        self.0.filesystem().write(fd, bytes, offset)
    }

    fn set_size(&mut self, fd: Fd, size: u64) -> FsResult<()> {
        self.call()?;
        // What it grows by counts, although no disk holds it yet.
        let before = self.file(&fd)?.file.metadata()?.len();
        self.write_more(size.saturating_sub(before))?;
        self.0.filesystem().set_size(fd, size)
    }

    fn open_at(
        &mut self,
        fd: Fd,
        follow: types::PathFlags,
        path: String,
        how: types::OpenFlags,
        flags: types::DescriptorFlags,
    ) -> FsResult<Fd> {
        self.call_at(&[&path])?;
        let exists = self.check_kind(&fd, follow, &path)?;
        if !exists && how.contains(types::OpenFlags::CREATE) {
            self.write_more(BLOCK)?;
        }
        let opened = self.0.filesystem().open_at(fd, follow, path, how, flags)?;
        let table = &mut self.0.wasi().table;
        let handle = match table.get(&opened)? {
            Descriptor::File(file) => &file.file,
            Descriptor::Dir(dir) => &dir.dir,
        };
        if spec::part_of_machine(handle)?.is_some() {
            table.delete(opened)?;
            return Err(ErrorCode::NotPermitted.into());
        }
        Ok(opened)
    }

    fn read_directory(&mut self, fd: Fd) -> FsResult<Entries> {
        self.call()?;
        let directory = match self.0.wasi().table.get(&fd)? {
            Descriptor::Dir(dir) => Arc::clone(&dir.dir),
            Descriptor::File(_) => return Err(ErrorCode::NotDirectory.into()),
        };
        let listing = Listing::of(&directory, self.0.deadline, &mut self.0.limiter)?;
        // The same handle under the name that the contract gives it; only this module looks it up.
        let listing = self.0.wasi().table.push(listing)?;
        Ok(Resource::new_own(listing.rep()))
    }

    fn create_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        self.call_at(&[&path])?;
        self.write_more(BLOCK)?;
        self.0.filesystem().create_directory_at(fd, path)
    }

    fn symlink_at(&mut self, fd: Fd, to: String, path: String) -> FsResult<()> {
        self.call_at(&[&to, &path])?;
        self.write_more(BLOCK)?;
        self.0.filesystem().symlink_at(fd, to, path)
    }

    fn link_at(&mut self, fd: Fd, follow: types::PathFlags, old: String, new_fd: Fd, new: String) -> FsResult<()> {
        self.call_at(&[&old, &new])?;
        self.write_more(BLOCK)?;
        self.0.filesystem().link_at(fd, follow, old, new_fd, new)
    }

    fn stat(&mut self, fd: Fd) -> FsResult<types::DescriptorStat> {
        self.call()?;
        let stat = self.0.filesystem().stat(fd)?;
        Ok(self.told(stat))
    }

    fn stat_at(&mut self, fd: Fd, follow: types::PathFlags, path: String) -> FsResult<types::DescriptorStat> {
        self.call_at(&[&path])?;
        let stat = self.0.filesystem().stat_at(fd, follow, path)?;
        Ok(self.told(stat))
    }

    fn metadata_hash(&mut self, fd: Fd) -> FsResult<types::MetadataHashValue> {
        self.call()?;
        let real = self.0.filesystem().metadata_hash(fd)?;
        self.identity(real)
    }

    fn metadata_hash_at(
        &mut self,
        fd: Fd,
        follow: types::PathFlags,
        path: String,
    ) -> FsResult<types::MetadataHashValue> {
        self.call_at(&[&path])?;
        let real = self.0.filesystem().metadata_hash_at(fd, follow, path)?;
        self.identity(real)
    }

    fn advise(&mut self, fd: Fd, offset: u64, len: u64, advice: types::Advice) -> FsResult<()> {
        self.call()?;
        self.0.filesystem().advise(fd, offset, len, advice)
    }

    fn sync_data(&mut self, fd: Fd) -> FsResult<()> {
        self.call()?;
        self.0.filesystem().sync_data(fd)
    }

    fn sync(&mut self, fd: Fd) -> FsResult<()> {
        self.call()?;
        self.0.filesystem().sync(fd)
    }

    fn get_flags(&mut self, fd: Fd) -> FsResult<types::DescriptorFlags> {
        self.call()?;
        self.0.filesystem().get_flags(fd)
    }

    fn get_type(&mut self, fd: Fd) -> FsResult<types::DescriptorType> {
        self.call()?;
        self.0.filesystem().get_type(fd)
    }

    fn set_times(&mut self, fd: Fd, accessed: types::NewTimestamp, modified: types::NewTimestamp) -> FsResult<()> {
        self.call()?;
        self.0.filesystem().set_times(fd, accessed, modified)
    }

    fn set_times_at(
        &mut self,
        fd: Fd,
        follow: types::PathFlags,
        path: String,
        accessed: types::NewTimestamp,
        modified: types::NewTimestamp,
    ) -> FsResult<()> {
        self.call_at(&[&path])?;
        self.0.filesystem().set_times_at(fd, follow, path, accessed, modified)
    }

    fn readlink_at(&mut self, fd: Fd, path: String) -> FsResult<String> {
        self.call_at(&[&path])?;
        self.0.filesystem().readlink_at(fd, path)
    }

    fn remove_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        self.call_at(&[&path])?;
        self.0.filesystem().remove_directory_at(fd, path)
    }

    fn rename_at(&mut self, fd: Fd, old: String, new_fd: Fd, new: String) -> FsResult<()> {
        self.call_at(&[&old, &new])?;
        self.0.filesystem().rename_at(fd, old, new_fd, new)
    }

    fn unlink_file_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        self.call_at(&[&path])?;
        self.0.filesystem().unlink_file_at(fd, path)
    }

    fn is_same_object(&mut self, a: Fd, b: Fd) -> wasmtime::Result<bool> {
        self.0.enter()?;
        self.0.filesystem().is_same_object(a, b)
    }

    fn drop(&mut self, fd: Fd) -> wasmtime::Result<()> {
        self.0.enter()?;
        HostDescriptor::drop(&mut self.0.filesystem(), fd)
    }
}

impl HostDirectoryEntryStream for View<'_> {
    fn read_directory_entry(&mut self, entries: Entries) -> FsResult<Option<types::DirectoryEntry>> {
        let listing = Resource::<Listing>::new_borrow(entries.rep());
        self.call()?.table.get_mut(&listing)?.next()
    }

    fn drop(&mut self, entries: Entries) -> wasmtime::Result<()> {
        self.0.enter()?;
        let listing = self.0.wasi().table.delete(Resource::<Listing>::new_own(entries.rep()))?;
        self.0.limiter.release(listing.bytes);
        Ok(())
    }
}
