//! Files for what is read from files only.

use std::{fs, path::PathBuf};

use tempfile::TempDir;

thread_local! {
    static FOLDER: TempDir =
        tempfile::Builder::new().prefix("host-fuzz-").tempdir().expect("a folder for files can be made");
}

/// A folder of this thread.
pub fn folder() -> PathBuf {
    FOLDER.with(|folder| folder.path().to_owned())
}

/// A file there, with this content.
pub fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = folder().join(name);
    fs::write(&path, content).expect("files can be written");
    path
}
