//! What `ls`, `show` and `runs` begin with: a file and one of its trajectories.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::storage::{self, ReadError, Reader, TrajectoryInfo};

use super::{apart::go_on_in_a_copy, failure::Failure};

/// Which file, and which trajectory in it.
#[derive(Debug, Args)]
pub(super) struct FileArgs {
    /// The file, HDF5 or SQLite
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Which trajectory; needed only if the file holds several
    #[arg(short, long, value_name = "NAME")]
    trajectory: Option<String>,
}

impl FileArgs {
    /// The file as it was named.
    pub(super) fn file(&self) -> std::path::Display<'_> {
        self.file.display()
    }

    /// Opens the file, to read it in a copy of this process: only there this returns.
    pub(super) fn open(&self) -> Result<Box<dyn Reader>, Failure> {
        go_on_in_a_copy(&self.file)?;
        Ok(storage::open(&self.file)?)
    }

    /// The trajectory that was asked for, or the only one there is.
    pub(super) fn trajectory(&self, reader: &dyn Reader) -> Result<TrajectoryInfo, Failure> {
        let mut there = reader.trajectories()?;
        let names = there.iter().map(|info| info.name.as_str()).collect::<Vec<_>>().join(", ");
        match &self.trajectory {
            Some(name) => match there.iter().position(|info| info.name == *name) {
                Some(at) => Ok(there.swap_remove(at)),
                None => Err(Failure::Usage(format!("{} has no trajectory `{name}`; it has: {names}", self.file()))),
            },
            None if there.len() == 1 => Ok(there.swap_remove(0)),
            None if there.is_empty() => Err(Failure::Usage(format!("{} holds no trajectory", self.file()))),
            None => Err(Failure::Usage(format!(
                "{} holds several trajectories: {names}\nhint: choose one with --trajectory NAME",
                self.file()
            ))),
        }
    }
}

/// The trajectories of a file that were asked for: all of them, or the one of this name.
pub(super) fn chosen(file: &Path, reader: &dyn Reader, wanted: Option<&str>) -> Result<Vec<String>, Failure> {
    let there = reader.trajectories()?;
    match wanted {
        None if there.is_empty() => Err(Failure::Usage(format!("{} holds no trajectory", file.display()))),
        None => Ok(there.into_iter().map(|info| info.name).collect()),
        Some(name) if there.iter().any(|info| info.name == name) => Ok(vec![name.to_owned()]),
        Some(name) => Err(ReadError::no_trajectory(file, name, &there).into()),
    }
}
