//! What is written before the first run: the schema, the trajectory and its parameters; and rows of runs that have not ended.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::{
    cells::Cells,
    file::{APPLICATION, FORMAT},
    views,
};
use crate::{
    storage::{Facts, Head},
    trajectory::{NodePath, Parameter, RunIndex, StoredItems, Trajectory, Value},
};

const SCHEMA: &str = include_str!("schema.sql");

/// The name among the facts for what a trajectory that is not complete will be called.
const PART_OF: &str = "part_of";

/// Makes the tables, unless they are there.
pub(super) fn put_schema(connection: &Connection) -> rusqlite::Result<()> {
    let there: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if there > 0 {
        return add_columns(connection);
    }
    connection.execute_batch(SCHEMA)?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", FORMAT)
}

/// Columns that the first files do not have: the table and the name.
const LATER: [(&str, &str); 3] =
    [("trajectories", "head_digest"), ("trajectories", "comments_digest"), ("runs", "digest")];

/// Whether a table has a column.
pub(super) fn has_column(connection: &Connection, table: &str, column: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) > 0 FROM pragma_table_info(?) WHERE name = ?";
    connection.query_row(sql, [table, column], |row| row.get(0))
}

/// Gives the tables of an older version the columns that came later.
fn add_columns(connection: &Connection) -> rusqlite::Result<()> {
    for (table, column) in LATER {
        if !has_column(connection, table, column)? {
            connection.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {column} TEXT"))?;
        }
    }
    Ok(())
}

/// The id of the trajectory of this name.
pub(super) fn find(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    connection.query_row("SELECT id FROM trajectories WHERE name = ?", [name], |row| row.get(0)).optional()
}

/// The ids of what was begun to replace the trajectory of this name, and was never completed.
pub(super) fn find_parts(connection: &Connection, name: &str) -> rusqlite::Result<Vec<i64>> {
    let sql = format!("SELECT id FROM trajectories WHERE finished = 0 AND json_extract(facts, '$.{PART_OF}') = ?");
    connection.prepare(&sql)?.query_map([name], |row| row.get(0))?.collect()
}

/// Gives the trajectory the name that it was begun for.
pub(super) fn put_name(connection: &Connection, id: i64, name: &str) -> rusqlite::Result<()> {
    let sql = format!("UPDATE trajectories SET name = ?, facts = json_remove(facts, '$.{PART_OF}') WHERE id = ?");
    connection.execute(&sql, params![name, id]).map(drop)
}

/// Writes everything that is known before the first run, but not the trajectory's own results; returns its id.
pub(super) fn put_trajectory(connection: &Connection, head: &Head, name: &str) -> rusqlite::Result<i64> {
    let (trajectory, identity) = (&head.trajectory, &head.identity);
    let mut facts = serde_json::to_value(Facts::of(head)).expect("facts have no keys but text");
    if name != trajectory.name() {
        facts[PART_OF] = trajectory.name().into();
    }
    connection.execute(
        "INSERT INTO trajectories (name, comment, length, time, timestamp, version, title, finished, facts,
                                   head_digest)
         VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
        params![
            name,
            trajectory.comment(),
            trajectory.run_count() as i64,
            identity.time,
            identity.trajectory_timestamp,
            head.version,
            head.file_title,
            facts.to_string(),
            head.digest().to_string()
        ],
    )?;
    let id = connection.last_insert_rowid();
    for (path, parameter) in trajectory.parameters() {
        put_parameter(connection, id, path, parameter, trajectory)?;
    }
    put_config(connection, id, &head.config)?;
    views::put_points(connection, id, name)?;
    Ok(id)
}

/// Writes entries of the configuration.
pub(super) fn put_config(
    connection: &Connection,
    id: i64,
    config: &BTreeMap<NodePath, Parameter>,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO config (trajectory, name, value, text, unit, comment, class, type, layout, data)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    for (path, entry) in config {
        let cells = Cells::of_parameter(&entry.value);
        insert.execute(params![
            id,
            path.as_str(),
            cells.value,
            cells.text,
            entry.unit,
            entry.comment,
            class(entry),
            cells.kind,
            cells.layout,
            cells.data
        ])?;
    }
    Ok(())
}

fn class(parameter: &Parameter) -> &str {
    let by_value = if let Value::Sparse(_) = parameter.value { "SparseParameter" } else { "Parameter" };
    parameter.class.as_deref().unwrap_or(by_value)
}

fn put_parameter(
    connection: &Connection,
    id: i64,
    path: &NodePath,
    parameter: &Parameter,
    trajectory: &Trajectory,
) -> rusqlite::Result<()> {
    let cells = Cells::of_parameter(&parameter.value);
    let points = trajectory.points();
    let (length, stride) = match &parameter.explored {
        None => (None, None),
        Some(explored) if trajectory.is_replicate(path) => (Some(explored.axis.len() as i64), Some(1)),
        Some(explored) => {
            // Runs that follow one another have the same value until the first that has the next one.
            (Some(explored.axis.len() as i64), Some(i64::from(points.run_at(explored.position, 1).0)))
        }
    };
    connection
        .prepare_cached(
            "INSERT INTO parameters
             (trajectory, name, value, text, unit, comment, class, explored, length, stride, type, layout, data)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            id,
            path.as_str(),
            cells.value,
            // A class of the user's own has words of its own.
            parameter.stored.as_ref().map(|stored| stored.summary.clone()).or(cells.text),
            parameter.unit,
            parameter.comment,
            class(parameter),
            parameter.explored.is_some(),
            length,
            stride,
            cells.kind,
            cells.layout,
            cells.data
        ])?;
    let own = connection.last_insert_rowid();
    if let Some(explored) = &parameter.explored {
        let mut insert = connection.prepare_cached(
            "INSERT INTO explored (parameter, idx, value, text, type, layout, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?;
        for (idx, value) in explored.axis.values().enumerate() {
            let cells = Cells::of(&value);
            let words = parameter.stored.as_ref().and_then(|stored| stored.explored_summaries.get(idx).cloned());
            let text = words.or(cells.text);
            insert.execute(params![own, idx as i64, cells.value, text, cells.kind, cells.layout, cells.data])?;
        }
    }
    match &parameter.stored {
        Some(stored) => put_class_items(connection, own, stored),
        None => Ok(()),
    }
}

fn put_class_items(connection: &Connection, parameter: i64, stored: &StoredItems) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO class_items (parameter, idx, item, value, text, type, layout, data)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let mut put = |idx: Option<i64>, items: &[(NodePath, Value)]| {
        for (item, value) in items {
            let cells = Cells::of(value);
            let row =
                params![parameter, idx, item.as_str(), cells.value, cells.text, cells.kind, cells.layout, cells.data];
            insert.execute(row)?;
        }
        Ok(())
    };
    put(None, &stored.default)?;
    stored.explored.iter().enumerate().try_for_each(|(idx, items)| put(Some(idx as i64), items))
}

/// Runs of a block, whose rows are written together.
const BLOCK: u64 = 1000;

/// Which runs have rows: those of a block get them when the first of it ends, so that a million runs start as soon as one.
#[derive(Debug)]
pub(super) struct Rows {
    blocks: Vec<bool>,
}

impl Rows {
    /// No run has a row yet.
    pub(super) fn of(trajectory: &Trajectory) -> Self {
        Self { blocks: vec![false; trajectory.run_count().div_ceil(BLOCK) as usize] }
    }

    /// Gives rows to the block of `run`, unless it has them.
    pub(super) fn touch(
        &mut self,
        connection: &Connection,
        id: i64,
        trajectory: &Trajectory,
        run: RunIndex,
    ) -> rusqlite::Result<()> {
        self.put(connection, id, trajectory, (u64::from(run.0) / BLOCK) as usize)
    }

    /// Gives rows to all runs that have none.
    pub(super) fn put_all(
        &mut self,
        connection: &Connection,
        id: i64,
        trajectory: &Trajectory,
    ) -> rusqlite::Result<()> {
        (0..self.blocks.len()).try_for_each(|block| self.put(connection, id, trajectory, block))
    }

    fn put(&mut self, connection: &Connection, id: i64, trajectory: &Trajectory, block: usize) -> rusqlite::Result<()> {
        if self.blocks.get_mut(block).is_none_or(|there| std::mem::replace(there, true)) {
            return Ok(());
        }
        let first = block as u64 * BLOCK;
        let runs = first..trajectory.run_count().min(first + BLOCK);
        put_runs(connection, id, trajectory, runs.map(|run| RunIndex(run as u32)))
    }
}

/// Rows of runs that have not ended.
fn put_runs(
    connection: &Connection,
    id: i64,
    trajectory: &Trajectory,
    runs: impl Iterator<Item = RunIndex>,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO runs (trajectory, idx, status, seed, parameter_summary) VALUES (?, ?, 'pending', ?, ?)",
    )?;
    for run in runs {
        insert.execute(params![id, run.0, trajectory.seed(run).to_string(), trajectory.summary(run)])?;
    }
    Ok(())
}
