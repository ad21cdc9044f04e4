//! [`go_on_in_a_copy`]: files are read in a copy of this process, which a damaged file may end.
//!
//! The libraries that read them are written in C. Of most damage their checksums keep them; but files of older versions
//! of HDF5 have none, and whoever wants to can make them right. So a crash of a library is one more error here.

use std::{fs::File, io::Read, path::Path, process};

use crate::{
    pool::{Side, fork, wait},
    storage::ReadError,
};

use super::failure::Failure;

/// Returns in a copy of this process, which does the rest of the work. The original waits for it and ends as it has
/// ended, without returning; it returns only to say what is wrong.
///
/// # Errors
/// The copy could not be made, or `file`, which it reads, has made a library crash.
pub(super) fn go_on_in_a_copy(file: &Path) -> Result<(), Failure> {
    // Nothing has started a thread so far.
    let Side::Original(copy) = fork().map_err(Failure::Copy)? else { return Ok(()) };
    let status = wait(copy).map_err(Failure::Copy)?;
    if libc::WIFEXITED(status) {
        process::exit(libc::WEXITSTATUS(status));
    }
    match libc::WTERMSIG(status) {
        signal @ (libc::SIGSEGV | libc::SIGBUS | libc::SIGABRT | libc::SIGFPE | libc::SIGILL) => {
            Err(ReadError::Crashed { path: file.to_owned(), library: library(file), signal }.into())
        }
        // As a shell says it.
        signal => process::exit(128 + signal),
    }
}

/// Which library reads the file.
fn library(file: &Path) -> &'static str {
    let mut begin = [0; 16];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut begin));
    if read.is_ok() && begin == *b"SQLite format 3\0" { "SQLite" } else { "HDF5" }
}
