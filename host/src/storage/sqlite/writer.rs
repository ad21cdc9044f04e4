//! [`Writer`]: one trajectory being written into an open file.

use std::{path::Path, sync::Arc};

use rusqlite::{Connection, params};

use super::{
    cells::Cells,
    file,
    start::{self, Rows},
    views,
};
use crate::{
    overview::{Comments, Keep},
    storage::{Head, Tail, hdf5::named},
    trajectory::{Addition, AdditionKind, CommentDigest, FinishedRun, RunIndex, Trajectory, Value},
};

/// An open file with the trajectory in it.
#[derive(Debug)]
pub(super) struct Writer {
    connection: Connection,
    trajectory: Arc<Trajectory>,
    rows: Rows,
    id: i64,
    /// The trajectory of the same name that goes when this one is complete.
    replaces: Option<i64>,
    units: std::collections::BTreeMap<String, String>,
    comments: Option<Comments>,
    comment_digest: CommentDigest,
}

/// Tables of what belongs to a trajectory, those that refer to others first.
const TABLES: [&str; 6] = ["annotations", "results", "derived_parameters", "runs", "config", "parameters"];

impl Writer {
    /// Opens the file, which is made if it is not there, so that others can read while it is written.
    pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
        let connection = file::connect(path, true)?;
        // Where this journal cannot be (on some network drives), SQLite keeps the one it has.
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        // Safe against the end of the process at any time; what a power cut may take, `finish` makes durable.
        connection
            .execute_batch("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY")?;
        Ok(connection)
    }

    /// Writes everything that is known before the first run.
    pub(super) fn start(
        mut connection: Connection,
        head: &Head,
        replaces: Option<i64>,
        purge_comments: bool,
    ) -> rusqlite::Result<Self> {
        let transaction = connection.transaction()?;
        start::put_schema(&transaction)?;
        let mut name = head.trajectory.name().to_owned();
        if replaces.is_some() {
            name = free_name(&transaction, &name)?;
        }
        let id = start::put_trajectory(&transaction, head, &name)?;
        let trajectory = head.trajectory.clone();
        let mut rows = Rows::of(&trajectory);
        rows.touch(&transaction, id, &trajectory, RunIndex(0))?;
        for addition in trajectory.additions() {
            put_addition(&transaction, id, None, addition, &addition.comment, &head.units)?;
        }
        transaction.commit()?;
        let comments = purge_comments.then(Comments::default);
        let (units, comment_digest) = (head.units.clone(), CommentDigest::default());
        Ok(Self { connection, trajectory, rows, id, replaces, units, comments, comment_digest })
    }

    /// Writes runs that have ended, all or none of them.
    pub(super) fn put_runs(&mut self, runs: &[FinishedRun]) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        for run in runs {
            self.rows.touch(&transaction, self.id, &self.trajectory, run.index)?;
            let (status, failure) = match &run.outcome {
                Ok(()) => ("ok", None),
                Err(why) => (why.kind(), Some(why.to_string())),
            };
            transaction
                .prepare_cached(
                    "UPDATE runs SET status = ?, failure = ?, started = ?, runtime = ?, digest = ?
                     WHERE trajectory = ? AND idx = ?",
                )?
                .execute(params![
                    status,
                    failure,
                    run.started,
                    run.took.as_secs_f64(),
                    run.digest().to_string(),
                    self.id,
                    run.index.0
                ])?;
            self.comment_digest.see(run);
            for addition in &run.additions {
                let kept = match &mut self.comments {
                    None => Keep::Here,
                    Some(comments) => comments.see(addition.kind, &addition.name, &addition.comment, run.index),
                };
                if let Keep::InsteadOf(other) = kept {
                    let table = addition.kind.branch();
                    transaction
                        .prepare_cached(&format!(
                            "UPDATE {table} SET comment = '' WHERE trajectory = ? AND run = ? AND name = ?"
                        ))?
                        .execute(params![self.id, other.0, addition.name.as_str()])?;
                }
                let comment = if kept == Keep::Not { "" } else { addition.comment.as_str() };
                put_addition(&transaction, self.id, Some(run.index), addition, comment, &self.units)?;
            }
        }
        transaction.commit()
    }

    /// Writes what is known at the end only, and makes everything durable in the one file. Says what of the
    /// `stored` runs does not read back right, if anything.
    pub(super) fn finish(mut self, tail: &Tail, stored: u64) -> rusqlite::Result<Option<String>> {
        self.connection.execute_batch("PRAGMA synchronous = FULL")?;
        let transaction = self.connection.transaction()?;
        start::put_config(&transaction, self.id, &tail.config)?;
        self.rows.put_all(&transaction, self.id, &self.trajectory)?;
        let name = self.trajectory.name();
        // What was begun in the same place, and killed.
        for part in start::find_parts(&transaction, name)?.into_iter().filter(|part| *part != self.id) {
            remove(&transaction, part)?;
        }
        if let Some(old) = self.replaces {
            remove(&transaction, old)?;
            views::drop_all(&transaction, self.id)?;
            start::put_name(&transaction, self.id, name)?;
            views::put_points(&transaction, self.id, name)?;
        }
        views::put_scalars(&transaction, self.id, name)?;
        let (all, ended) = transaction.query_row(
            "SELECT count(*), count(*) FILTER (WHERE status <> 'pending') FROM runs WHERE trajectory = ?",
            [self.id],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
        )?;
        let expected = (self.trajectory.run_count() as i64, stored as i64);
        if (all, ended) != expected {
            let what = format!("it has {ended} ended of {all} runs instead of {} of {}", expected.1, expected.0);
            return Ok(Some(what));
        }
        let comments = self.comment_digest.digest().to_string();
        let sql = "UPDATE trajectories SET finished = 1, comments_digest = ? WHERE id = ?";
        transaction.execute(sql, params![comments, self.id])?;
        transaction.commit()?;
        settle(&self.connection)?;
        self.connection.close().map_err(|(_, error)| error)?;
        Ok(None)
    }

    /// Leaves what was written in the one file, without the rest.
    pub(super) fn leave(self) -> rusqlite::Result<()> {
        settle(&self.connection)
    }

    /// Takes away what `start` has written.
    pub(super) fn abandon(mut self) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        remove(&transaction, self.id)?;
        transaction.commit()?;
        settle(&self.connection)
    }
}

/// Moves everything from the journal into the file, and ends the journal.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    let ended = connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get::<_, String>(0));
    if busy || !ended.is_ok_and(|mode| mode == "delete") {
        tracing::warn!("somebody is reading the file, so a part of it may stay in its `-wal` until they have ended");
    }
    Ok(())
}

/// A name that the file does not have yet, for a trajectory that is not to be taken for the one it replaces.
fn free_name(connection: &Connection, name: &str) -> rusqlite::Result<String> {
    let first = format!("{name}_part");
    let mut free = first.clone();
    let mut number = 0;
    while start::find(connection, &free)?.is_some() {
        number += 1;
        free = format!("{first}_{number}");
    }
    Ok(free)
}

/// Takes a trajectory with everything that belongs to it out of the file.
fn remove(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    views::drop_all(connection, id)?;
    for table in ["explored", "class_items"] {
        let of_parameters = format!(
            "DELETE FROM {table} WHERE parameter IN (SELECT parameters.id FROM parameters WHERE trajectory = ?)"
        );
        connection.execute(&of_parameters, [id])?;
    }
    for table in TABLES {
        connection.execute(&format!("DELETE FROM {table} WHERE trajectory = ?"), [id])?;
    }
    connection.execute("DELETE FROM trajectories WHERE id = ?", [id])?;
    Ok(())
}

/// Writes what a run, or the trajectory itself, has added.
fn put_addition(
    connection: &Connection,
    id: i64,
    run: Option<RunIndex>,
    addition: &Addition,
    comment: &str,
    units: &std::collections::BTreeMap<String, String>,
) -> rusqlite::Result<()> {
    let (name, run) = (addition.name.as_str(), run.map(|run| run.0));
    let table = addition.kind.branch();
    let first = addition.items.first().map_or("", |(item, _)| item.as_str());
    let unit = match addition.annotations.get("unit") {
        Some(Value::Text(own)) => own.as_str(),
        Some(_) => "",
        None if units.is_empty() => "",
        None => named(units, name, first, addition).map_or("", String::as_str),
    };
    let class = addition.class.as_deref().unwrap_or(match addition.kind {
        AdditionKind::Result if addition.has_sparse() => "SparseResult",
        AdditionKind::Result => "Result",
        AdditionKind::DerivedParameter if addition.has_sparse() => "SparseParameter",
        AdditionKind::DerivedParameter => "Parameter",
    });
    let mut insert = connection.prepare_cached(match addition.kind {
        AdditionKind::Result => {
            "INSERT INTO results (trajectory, run, name, item, value, text, unit, comment, class, type, layout, data)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        }
        AdditionKind::DerivedParameter => {
            "INSERT INTO derived_parameters
             (trajectory, run, name, item, value, text, unit, comment, class, type, layout, data)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        }
    })?;
    for (item, value) in &addition.items {
        let cells = Cells::of(value);
        insert.execute(params![
            id,
            run,
            name,
            item.as_str(),
            cells.value,
            cells.text,
            unit,
            comment,
            class,
            cells.kind,
            cells.layout,
            cells.data
        ])?;
    }
    if addition.items.is_empty() {
        let none: Option<i64> = None;
        insert.execute(params![id, run, name, none, none, none, unit, comment, class, none, none, none])?;
    }
    if addition.annotations.is_empty() {
        return Ok(());
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO annotations (trajectory, run, branch, node, name, value, text, type, layout, data)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    for (key, value) in &addition.annotations {
        let cells = Cells::of(value);
        let row = params![id, run, table, name, key, cells.value, cells.text, cells.kind, cells.layout, cells.data];
        insert.execute(row)?;
    }
    Ok(())
}
