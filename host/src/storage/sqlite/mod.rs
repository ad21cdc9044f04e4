//! The SQLite file: written by [`SqliteStorage`], read by [`SqliteReader`], and by everybody who knows SQL.
//!
//! | table | one row for |
//! |---|---|
//! | `trajectories` | each exploration; all others refer to its `id` |
//! | `parameters` | each parameter: value, unit, comment, and whether runs take the values of `explored` instead |
//! | `explored` | each value of an explored parameter; run `r` takes the one with `idx = r / stride % length` |
//! | `config` | each setting, version or file that was recorded |
//! | `runs` | each run: status, failure, times, seed |
//! | `results`, `derived_parameters` | each item of what runs have added; `run` is NULL for the trajectory's own |
//! | `annotations` | each annotation of these |
//! | `class_items` | each item that a class of the user's own has made of a parameter |
//!
//! The view `<trajectory>_points` has a row for each run and a column for each explored parameter;
//! `<trajectory>_scalars`, made at the end, has the scalar results beside them:
//!
//! ```sql
//! SELECT x, avg(z) FROM my_trajectory_scalars GROUP BY x;
//! ```
//!
//! Truth values, integers, reals, text and bytes stand in the column `value`. Everything else, and NaN (of which
//! SQLite makes NULL), stands in `data` as little-endian bytes in C order, with NumPy's words for them in `layout`:
//!
//! ```python
//! layout, data = connection.execute("SELECT layout, data FROM results WHERE run = 3 AND name = 'trace'").fetchone()
//! layout = json.loads(layout)
//! trace = numpy.frombuffer(data, layout["dtype"]).reshape(layout["shape"])
//! ```
//!
//! Lists of texts are JSON. Tables and dictionaries have `parts` in their layout, each with its place in `data`. The
//! comments in the schema (`.schema` in the `sqlite3` shell) say what every column holds. No value may be larger than
//! the 1 GB that SQLite takes.
//!
//! SQLite is safe against crashes, so the wanted file itself is written, in transactions: one for everything that is
//! known before the first run, then one for each batch of runs. Meanwhile a journal (`-wal`) stands beside the file,
//! and others can read both. At the end everything is in the one file. If the process ends early, the trajectory
//! stays with its runs so far and `finished = 0`.

mod cells;
mod file;
mod place;
mod reader;
mod start;
#[cfg(test)]
mod tests;
mod views;
mod writer;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
};

use rusqlite::ErrorCode;

use super::{Existing, Head, Order, StorageService, StoreError, StoreRequest, Tail, claim};
use file::Claim;
use writer::Writer;

pub use reader::SqliteReader;

/// Choices about the file.
#[derive(Clone, Copy, Debug)]
pub struct SqliteOptions {
    /// What to do if the file already holds a trajectory of this name.
    pub existing: Existing,
    /// Store a comment that many runs share only with the lowest of them.
    pub purge_duplicate_comments: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { existing: Existing::Refuse, purge_duplicate_comments: true }
    }
}

/// Writes one trajectory into an SQLite file.
///
/// A trajectory that it replaces stays until `Finish` has succeeded; the new one is called `<name>_part` until then.
/// If that never happens, what was stored stays when there are runs, and is removed when there are none. What a process
/// that was killed has left under such a name goes with the trajectory that it was to replace.
///
/// Several threads may store runs at once, each through a handle of its own. All handles share one connection under
/// a lock. An SQLite file has one writer at a time in any case, so connections of their own are no faster: eight
/// threads that store one run at a time take 16 µs a run with either. But who finds the file taken by another
/// connection sleeps and tries again, and may wait three to four times as long as for a lock, which wakes him.
#[derive(Debug)]
pub struct SqliteStorage {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    state: State,
    order: Order,
    options: SqliteOptions,
    /// Dropped last: until then nobody else writes.
    claim: Claim,
}

#[derive(Debug)]
enum State {
    Ready,
    Writing(Box<Writer>),
    Finished,
    Spent,
}

impl SqliteStorage {
    /// Checks that `path` can be written, makes its folder, and locks it against other processes.
    ///
    /// # Errors
    ///
    /// If the path is a folder, another kind of file, the file of another program or of a newer version, cannot be
    /// written, or is being written by another process.
    pub fn create(path: &Path, options: SqliteOptions) -> Result<Self, StoreError> {
        let claim = Claim::new(path)?;
        let shared = Shared { state: State::Ready, order: Order::default(), options, claim };
        Ok(Self { shared: Arc::new(Mutex::new(shared)) })
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(|panicked| {
            let mut shared = panicked.into_inner();
            // Whoever panicked has left something undone.
            shared.state = State::Spent;
            shared
        })
    }
}

impl StorageService for SqliteStorage {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn store(&mut self, request: StoreRequest<'_>) -> Result<(), StoreError> {
        self.shared().store(request)
    }

    fn handle(&self) -> Option<Box<dyn StorageService>> {
        Some(Box::new(Self { shared: self.shared.clone() }))
    }
}

impl Shared {
    fn store(&mut self, request: StoreRequest<'_>) -> Result<(), StoreError> {
        if let State::Spent = self.state {
            return Err(StoreError::Poisoned { path: self.claim.path.clone() });
        }
        self.order.check(&request)?;
        let done = match request {
            StoreRequest::Start(head) => self.start(head),
            StoreRequest::Runs(runs) => match &mut self.state {
                State::Writing(writer) => writer.put_runs(runs).map_err(|error| self.failed("storing runs", &error)),
                _ => Err(StoreError::Order { what: request.name() }),
            },
            StoreRequest::Finish(tail) => self.finish(tail),
        };
        match &done {
            Ok(()) => self.order.stored(&request),
            Err(StoreError::TrajectoryExists { .. }) => {}
            // After a failed statement: not one more.
            Err(_) => self.state = State::Spent,
        }
        done
    }

    fn start(&mut self, head: &Head) -> Result<(), StoreError> {
        let name = head.trajectory.name();
        let failed = |error: rusqlite::Error| self.failed("starting the trajectory", &error);
        let connection = Writer::connect(&self.claim.path).map_err(failed)?;
        let is_empty = matches!(file::owner(&connection).map_err(failed)?, file::Owner::Nobody);
        let replaces = if is_empty { None } else { start::find(&connection, name).map_err(failed)? };
        if replaces.is_some() && self.options.existing == Existing::Refuse {
            return Err(StoreError::TrajectoryExists { name: name.to_owned(), path: self.claim.path.clone() });
        }
        let purge = self.options.purge_duplicate_comments;
        let writer = Writer::start(connection, head, replaces, purge).map_err(failed)?;
        self.state = State::Writing(Box::new(writer));
        Ok(())
    }

    fn finish(&mut self, tail: &Tail) -> Result<(), StoreError> {
        let State::Writing(writer) = std::mem::replace(&mut self.state, State::Spent) else {
            return Err(StoreError::Order { what: "the end came" });
        };
        let wrong = writer.finish(tail, self.order.runs().len());
        let path = self.claim.path.clone();
        match wrong.map_err(|error| self.failed("finishing the trajectory", &error))? {
            Some(what) => Err(StoreError::VerifyInPlace { path, what }),
            None => {
                claim::sync_folder(&path).map_err(|source| StoreError::NotWritable { path, source })?;
                self.state = State::Finished;
                Ok(())
            }
        }
    }

    /// What a failed statement means for the caller.
    fn failed(&self, doing: &'static str, error: &rusqlite::Error) -> StoreError {
        let left = match self.order.runs().len() {
            0 => "nothing was stored".to_owned(),
            runs => format!("nothing more is written there, and the {runs} runs stored before are in it"),
        };
        let text = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => "the disk is full".to_owned(),
            Some(ErrorCode::SystemIoFailure) => {
                format!("the disk failed, or the file may not grow further (ulimit -f): {error}")
            }
            Some(ErrorCode::TooBig) => "a value is larger than the 1 GB that SQLite takes".to_owned(),
            _ => error.to_string(),
        };
        StoreError::Library { path: self.claim.path.clone(), library: "SQLite", doing, text, left }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let has_runs = !self.order.runs().is_empty();
        // Best effort, all of it: what may be left is a journal, or a trajectory of pending runs.
        match std::mem::replace(&mut self.state, State::Spent) {
            State::Finished => return,
            State::Writing(writer) if has_runs => drop(writer.leave()),
            State::Writing(writer) => drop(writer.abandon()),
            State::Ready | State::Spent => {}
        }
        if has_runs {
            return;
        }
        if self.claim.is_new {
            for ending in ["", "-wal", "-shm", "-journal"] {
                let _ = std::fs::remove_file(claim::with(&self.claim.path, ending));
            }
        }
    }
}
