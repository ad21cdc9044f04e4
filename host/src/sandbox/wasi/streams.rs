//! Streams of files. They read and write at once, on the thread of the run: what a guest sees of them
//! depends on no other thread, and nothing goes on when the run has ended.

use std::{
    fs::File,
    io::{self, ErrorKind},
    os::unix::fs::FileExt,
    sync::Arc,
};

use wasmtime_wasi::{
    async_trait,
    p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult},
};
use wasmtime_wasi_io::bytes::Bytes;

use crate::sandbox::run_state::Written;

/// The most that is read or written at once.
const CHUNK: usize = 64 << 10;

/// Reads a file from a position on.
pub struct FileInput {
    pub file: Arc<File>,
    pub position: u64,
}

impl InputStream for FileInput {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return Ok(Bytes::new());
        }
        let mut bytes = vec![0; size.min(CHUNK)];
        let count = again(|| self.file.read_at(&mut bytes, self.position)).map_err(failed)?;
        if count == 0 {
            return Err(StreamError::Closed);
        }
        bytes.truncate(count);
        self.position += count as u64;
        Ok(bytes.into())
    }
}

#[async_trait]
impl Pollable for FileInput {
    async fn ready(&mut self) {}
}

/// Where a stream writes.
pub enum Place {
    /// From here on.
    At(u64),
    /// Wherever the end is.
    End,
}

/// Writes into a file.
pub struct FileOutput {
    pub file: Arc<File>,
    pub place: Place,
    pub written: Written,
}

impl OutputStream for FileOutput {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let cost = match self.place {
            Place::At(position) => growth(&self.file, position, bytes.len()).map_err(failed)?,
            Place::End => bytes.len() as u64,
        };
        self.written.take(cost).map_err(|limit| StreamError::Trap(limit.into()))?;
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let count = match &mut self.place {
                Place::At(position) => {
                    let count = again(|| self.file.write_at(rest, *position)).map_err(failed)?;
                    *position += count as u64;
                    count
                }
                Place::End => again(|| append(&self.file, rest)).map_err(failed)?,
            };
            if count == 0 {
                return Err(failed(ErrorKind::WriteZero.into()));
            }
            rest = &rest[count..];
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(CHUNK)
    }
}

#[async_trait]
impl Pollable for FileOutput {
    async fn ready(&mut self) {}
}

/// What writing so many bytes there counts: also the hole that it leaves before them, although no disk holds it yet.
pub fn growth(file: &File, position: u64, bytes: usize) -> io::Result<u64> {
    let end = position.saturating_add(bytes as u64);
    Ok((bytes as u64).max(end.saturating_sub(file.metadata()?.len())))
}

fn failed(error: io::Error) -> StreamError {
    StreamError::LastOperationFailed(error.into())
}

/// A signal is no reason to end.
fn again(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// Writes at the end of the file, wherever another run has moved it meanwhile.
#[cfg(target_os = "linux")]
fn append(file: &File, bytes: &[u8]) -> io::Result<usize> {
    use rustix::io::{Errno, ReadWriteFlags, pwritev2};
    match pwritev2(file, &[io::IoSlice::new(bytes)], 0, ReadWriteFlags::APPEND) {
        Err(Errno::NOSYS | Errno::NOTSUP) => file.write_at(bytes, file.metadata()?.len()),
        done => Ok(done?),
    }
}

/// Writes at the end of the file.
#[cfg(not(target_os = "linux"))]
fn append(file: &File, bytes: &[u8]) -> io::Result<usize> {
    file.write_at(bytes, file.metadata()?.len())
}
