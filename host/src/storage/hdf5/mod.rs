//! The HDF5 file: written by [`Hdf5Storage`], read by [`Hdf5Reader`].
//!
//! The layout is pypet's (`tree`): a group for every run, in buckets of 1,000, which pypet 0.7
//! loads; with tables that PyTables and pandas open; and with every scalar a second time as a
//! column that xarray opens. HDF5 is not safe against crashes, so all writing goes to a file
//! beside the wanted one, which takes its place when it is complete and was read back.

mod cells;
#[cfg(test)]
mod class_tests;
mod column_sums;
#[cfg(test)]
mod column_tests;
mod columnar;
mod columns;
#[cfg(test)]
mod copy_tests;
mod decode;
mod digests;
mod distinct;
mod encode;
mod growing_table;
mod kit;
mod large_tables;
mod leaf;
mod leaf_reader;
mod options;
mod overview_tables;
mod parameter;
mod raw;
mod reader;
mod runs_table;
mod scalar_column;
mod small_tables;
mod sparse;
mod start;
#[cfg(test)]
mod table_tests;
mod tables;
mod target;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod value_tests;
mod verify;
mod writer;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{Existing, Head, StorageService, StoreError, StoreRequest, Tail, order::first_twice};
use crate::{journal::Places, spec::Layout, trajectory::FinishedRun};
use columnar::ColumnarWriter;
use kit::Kit;
use raw::{CallError, Called, File};
use target::Target;
use writer::{RunWriter, Writer};

pub use options::{Began, Hdf5Options, Leftover};
pub use reader::Hdf5Reader;
pub use target::{array_files, remove_set_aside};
pub(in crate::storage) use writer::named;

/// Writes one trajectory into an HDF5 file.
///
/// Until `Finish` has succeeded, everything is in `<path>.part`. If that never happens, the
/// `.part` file stays when runs were stored, and is removed when none were.
#[derive(Debug)]
pub struct Hdf5Storage {
    state: State,
    target: Target,
    options: Hdf5Options,
    flushed: Flushed,
}

/// When the file was last brought into a state in which it opens.
#[derive(Debug)]
struct Flushed {
    at: Instant,
    every: Duration,
    /// Something was stored since.
    stale: bool,
}

/// How often the file is flushed while runs come, so that a process that is killed leaves something to read.
const FLUSH_EVERY: Duration = Duration::from_secs(5);

#[derive(Debug)]
enum State {
    Ready,
    Writing(Box<dyn RunWriter>),
    Finished,
    Poisoned,
}

impl Hdf5Storage {
    /// Checks that `path` can be written, makes its folder, and locks it against other processes.
    /// What is there stays untouched until everything is complete.
    pub fn create(path: &Path, options: Hdf5Options) -> Result<Self, StoreError> {
        if options.purge_duplicate_comments && !options.small_overview_tables {
            return Err(StoreError::PurgeWithoutSummaries);
        }
        let flushed = Flushed { at: Instant::now(), every: FLUSH_EVERY, stale: false };
        Ok(Self { state: State::Ready, target: Target::lock(path, options.leftover)?, options, flushed })
    }

    /// The file that is written until everything is complete; for messages.
    pub fn part(&self) -> &Path {
        self.target.part()
    }

    fn start(&mut self, head: &Head) -> Result<(), StoreError> {
        let name = head.trajectory.name();
        let fresh = !self.target.path().exists() || self.keeps_nothing(name)?;
        let options = self.options;
        if !fresh {
            self.target.copy()?;
        }
        let part = self.target.part().to_owned();
        let begin = || {
            let mut kit = Kit::new(options.level())?;
            let file = if fresh { File::create(&part)? } else { File::open(&part, true)? };
            if fresh {
                start::put_root(&mut kit, file.root(), &head.file_title)?;
            } else if file.root().has(name)? {
                file.root().unlink(name)?;
            }
            Ok(match options.layout {
                Layout::Tree => Box::new(Writer::start(file, kit, head, &options)?) as Box<dyn RunWriter>,
                Layout::Columns => Box::new(ColumnarWriter::start(file, kit, head, &options)?),
            })
        };
        let writer = raw::written(begin);
        self.state = State::Writing(writer.map_err(self.failed("starting the trajectory"))?);
        self.flushed.at = Instant::now();
        Ok(())
    }

    /// Whether nothing of the file that is there is to be kept. Refuses if the trajectory is there and must stay,
    /// and if something else has its name.
    fn keeps_nothing(&self, name: &str) -> Result<bool, StoreError> {
        let look = || -> Result<(Option<bool>, bool), CallError> {
            let file = File::open(self.target.path(), false)?;
            let there = file.root().has(name)?;
            // What cannot be opened, such as a link to nothing, is no trajectory.
            let known = there.then(|| file.root().open(name).and_then(|node| reader::is_trajectory(&node)));
            let others = file.root().child_count()? > u64::from(there);
            let words = file.root().open("/")?.attribute_names()?;
            let foreign = words.iter().any(|name| !start::ROOT_WORDS.contains(&name.as_str()));
            Ok((known.map(|known| known.unwrap_or(false)), !others && !foreign))
        };
        let (known, alone) = raw::locked(look).map_err(|error| StoreError::Damaged {
            path: self.target.path().to_owned(),
            library: "HDF5",
            text: error.to_string(),
        })?;
        let (name, path) = (name.to_owned(), self.target.path().to_owned());
        match known {
            Some(false) => Err(StoreError::NotATrajectory { name, path }),
            Some(true) if self.options.existing == Existing::Refuse => Err(StoreError::TrajectoryExists { name, path }),
            Some(true) | None => Ok(alone),
        }
    }

    fn runs(&mut self, runs: &[FinishedRun]) -> Result<(), StoreError> {
        let State::Writing(writer) = &mut self.state else { return Err(StoreError::Order { what: "runs came" }) };
        let count = writer.trajectory().run_count();
        if let Some(run) = runs.iter().find(|run| u64::from(run.index.0) >= count) {
            return Err(StoreError::UnknownRun { run: run.index, count });
        }
        if let Some(run) = first_twice(writer.stored(), runs) {
            return Err(StoreError::RunTwice { run });
        }
        if !runs.is_empty() {
            self.target.keep();
        }
        writer.places().clear();
        let flushed = &mut self.flushed;
        let put = raw::written(|| {
            for run in runs {
                writer.stored().insert(run.index);
                writer.put_run(run)?;
                flushed.stale = true;
                flushed.when_due(&mut **writer)?;
            }
            flushed.when_due(&mut **writer)
        });
        put.map_err(self.failed("storing runs"))
    }

    fn finish(&mut self, tail: &Tail) -> Result<(), StoreError> {
        let State::Writing(writer) = std::mem::replace(&mut self.state, State::Poisoned) else {
            return Err(StoreError::Order { what: "the end came" });
        };
        let expected = writer.expected();
        raw::written(|| writer.finish(tail)).map_err(self.failed("finishing the file"))?;
        // A disk may say only now that it could not keep what it had taken.
        self.target.sync()?;
        let part = self.target.part().to_owned();
        let found = raw::locked(|| verify::check(&part, &expected)).map_err(self.failed("reading the file back"))?;
        let found = match found {
            None => verify::check_runs(&part, &expected).unwrap_or_else(|error| Some(error.to_string())),
            found => found,
        };
        if let Some(what) = found {
            self.target.keep();
            return Err(StoreError::Verify { path: self.target.path().to_owned(), part, what });
        }
        self.target.complete()?;
        self.state = State::Finished;
        Ok(())
    }

    /// What a failed call means for the caller.
    fn failed(&self, doing: &'static str) -> impl FnOnce(CallError) -> StoreError + use<> {
        let path = self.target.path().to_owned();
        let left = if self.target.keeps() {
            let part = self.target.part().display();
            format!(
                "nothing more is written there, and the runs stored since the last flush are lost; \
                 what there is stands in `{part}`"
            )
        } else {
            "nothing was stored".to_owned()
        };
        move |error| StoreError::Library { path, library: "HDF5", doing, text: reason(&error), left }
    }
}

/// Why a call failed: a few words if the operating system gave the reason, and the library's words otherwise.
fn reason(error: &CallError) -> String {
    let short = match error.errno() {
        Some(libc::ENOSPC | libc::EDQUOT) => "the disk is full",
        Some(libc::EFBIG) => "the file may not grow further (ulimit -f)",
        Some(libc::EIO) => "the disk failed (input/output error)",
        _ => return error.to_string(),
    };
    short.to_owned()
}

impl Flushed {
    /// Flushes if that was long ago and something was stored since.
    fn when_due(&mut self, writer: &mut dyn RunWriter) -> Called<()> {
        if self.stale && self.at.elapsed() >= self.every {
            writer.flush()?;
            (self.at, self.stale) = (Instant::now(), false);
        }
        Ok(())
    }
}

impl StorageService for Hdf5Storage {
    fn name(&self) -> &'static str {
        "hdf5"
    }

    fn places(&mut self) -> Places {
        match &mut self.state {
            State::Writing(writer) => std::mem::take(writer.places()),
            _ => Places::default(),
        }
    }

    fn array_file(&self) -> Option<PathBuf> {
        Some(self.target.part().to_owned())
    }

    fn store(&mut self, request: StoreRequest<'_>) -> Result<(), StoreError> {
        let done = match (request, &self.state) {
            (_, State::Poisoned) => Err(StoreError::Poisoned { path: self.target.part().to_owned() }),
            (StoreRequest::Start(head), State::Ready) => self.start(head),
            (StoreRequest::Runs(runs), State::Writing(_)) => self.runs(runs),
            (StoreRequest::Finish(tail), State::Writing(_)) => self.finish(tail),
            (request, _) => Err(StoreError::Order { what: request.name() }),
        };
        // After a failed call of the library the file cannot be trusted: not one more call.
        let spent = !matches!(
            done,
            Ok(())
                | Err(StoreError::Order { .. }
                    | StoreError::UnknownRun { .. }
                    | StoreError::RunTwice { .. }
                    | StoreError::TrajectoryExists { .. }
                    | StoreError::NotATrajectory { .. })
        );
        if spent {
            self.state = State::Poisoned;
        }
        done
    }
}
