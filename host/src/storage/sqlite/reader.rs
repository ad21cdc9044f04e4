//! [`SqliteReader`]: looking into a file that [`super::SqliteStorage`] has written.
//!
//! Whatever stands in the file: it is checked, nothing of it is run, and what is wrong is an error.

use std::{
    collections::{HashMap, hash_map::Entry},
    ops::Range,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, OptionalExtension, Params, Row, Transaction, params};

use super::{
    cells::{self, COLUMNS},
    file::{self, FORMAT, Owner},
    place::{Place, children},
    start::has_column,
};
use crate::{
    storage::{
        Child, ExploredItems, Facts, Head, KeptDigest, Leaf, ReadError, Reader, RunRow, Runs, StoredDigests,
        TrajectoryInfo, reading::Reading,
    },
    trajectory::{AdditionKind, FinishedRun, MAX_RUNS, RunIndex, Value, ValueLoader, is_built_in_class},
};

/// An open file, read only.
#[derive(Debug)]
pub struct SqliteReader {
    connection: Connection,
    path: PathBuf,
    /// Whether it is one of ours; otherwise there are no trajectories in it.
    is_ours: bool,
}

/// The tables that are read. Views of these names could be anything.
const TABLES: [&str; 9] = [
    "trajectories",
    "parameters",
    "explored",
    "class_items",
    "config",
    "runs",
    "results",
    "derived_parameters",
    "annotations",
];

/// The most bytes that the values of one parameter in all runs may take in memory.
const MAX_EXPLORED: u64 = 8 << 30;

type Found<T> = Result<T, ReadError>;

/// An explored parameter.
struct Axis {
    id: i64,
    name: String,
    length: u64,
    stride: u64,
}

impl SqliteReader {
    /// Opens a file for reading.
    ///
    /// # Errors
    ///
    /// If it cannot be opened, is no SQLite file, is damaged, or was written by a newer version.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let path = path.to_owned();
        let metadata = match std::fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(source) => return Err(ReadError::Open { path, source }),
        };
        if !metadata.is_file() || metadata.len() == 0 {
            return Err(ReadError::OtherKind { path, kind: "SQLite" });
        }
        let look = || -> rusqlite::Result<(Connection, Owner, i64)> {
            // A relative path might have a meaning for SQLite.
            let absolute = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
            let connection = file::connect_reading(&absolute)?;
            let owner = file::owner(&connection)?;
            let names = TABLES.map(|name| format!("'{name}'")).join(", ");
            let sql = format!("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ({names})");
            let tables = connection.query_row(&sql, [], |row| row.get(0))?;
            Ok((connection, owner, tables))
        };
        let seen = look().or_else(|error| {
            if is_damage(&error) {
                return Err(error);
            }
            // What a crash has left beside the file may have to be taken in first, which only a writer can.
            file::connect(&path, false).and_then(|connection| file::owner(&connection).map(drop)).map_err(|_| error)?;
            look()
        });
        match seen {
            Ok((_, Owner::Us(found), _)) if found > FORMAT => Err(ReadError::TooNew { path, found, known: FORMAT }),
            Ok((_, Owner::Us(_), tables)) if tables != TABLES.len() as i64 => {
                let what = format!("it has {tables} of the {} tables that belong to it", TABLES.len());
                Err(ReadError::Contradiction { path, what })
            }
            Ok((connection, owner, _)) => Ok(Self { connection, path, is_ours: matches!(owner, Owner::Us(_)) }),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
                Err(ReadError::OtherKind { path, kind: "SQLite" })
            }
            Err(error) if is_damage(&error) => {
                Err(ReadError::Damaged { path, library: "SQLite", text: error.to_string() })
            }
            Err(error) => Err(ReadError::Open { path, source: std::io::Error::other(error) }),
        }
    }

    fn damaged(&self) -> impl Fn(rusqlite::Error) -> ReadError + use<> {
        let path = self.path.clone();
        move |error| ReadError::Damaged { path: path.clone(), library: "SQLite", text: error.to_string() }
    }

    fn contradiction(&self, what: String) -> ReadError {
        ReadError::Contradiction { path: self.path.clone(), what }
    }

    /// All rows of a query.
    fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Found<Vec<T>> {
        let mut query = self.connection.prepare_cached(sql).map_err(self.damaged())?;
        let rows = query.query_map(params, read).map_err(self.damaged())?;
        rows.collect::<rusqlite::Result<_>>().map_err(self.damaged())
    }

    /// The first row of a query.
    fn row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Found<Option<T>> {
        let mut query = self.connection.prepare_cached(sql).map_err(self.damaged())?;
        query.query_row(params, read).optional().map_err(self.damaged())
    }

    /// While it lives, all that is read is of the same state, and the file is locked once instead of for every query.
    fn one_state(&self) -> Found<Transaction<'_>> {
        self.connection.unchecked_transaction().map_err(self.damaged())
    }

    fn id(&self, trajectory: &str) -> Found<i64> {
        let sql = "SELECT id FROM trajectories WHERE name = ?";
        let id = if self.is_ours { self.row(sql, [trajectory], |row| row.get(0))? } else { None };
        match id {
            Some(id) => Ok(id),
            None => Err(ReadError::no_trajectory(&self.path, trajectory, &self.trajectories()?)),
        }
    }

    fn axes(&self, id: i64) -> Found<Vec<Axis>> {
        let sql = "SELECT id, name, length, stride FROM parameters WHERE trajectory = ? AND explored ORDER BY name";
        let axes = self.rows(sql, [id], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
        })?;
        let axis = |(id, name, length, stride): (i64, String, i64, i64)| {
            let in_range = |number: i64| u64::try_from(number).ok().filter(|n| (1..=MAX_RUNS).contains(n));
            match (in_range(length), in_range(stride)) {
                (Some(length), Some(stride)) => Ok(Axis { id, name, length, stride }),
                _ => Err(self.contradiction(format!("`{name}` has {length} values, a new one every {stride} runs"))),
            }
        };
        axes.into_iter().map(axis).collect()
    }

    /// Adds the runs of `range` that have no row yet: see [`super::start::Rows`].
    fn add_pending(&self, trajectory: &str, id: i64, range: Range<u64>, rows: &mut Vec<RunRow>) -> Found<()> {
        let sql = "SELECT length FROM trajectories WHERE id = ? AND NOT finished";
        let Some(length) = self.row(sql, [id], |row| row.get::<_, i64>(0))? else { return Ok(()) };
        let length = u64::try_from(length).unwrap_or(0).min(MAX_RUNS);
        let there = std::mem::take(rows);
        let mut next = range.start;
        let pending = |index| RunRow {
            index,
            status: "pending".to_owned(),
            failure: String::new(),
            started: 0.0,
            runtime: 0.0,
            seed: 0,
            values: Vec::new(),
        };
        for row in there {
            rows.extend((next..row.index).map(pending));
            next = row.index + 1;
            rows.push(row);
        }
        rows.extend((next..range.end.min(length)).map(pending));
        Reading { reader: self, trajectory }.put_seeds(rows)
    }

    fn unreadable(&self, trajectory: &str, node: &str, why: String) -> ReadError {
        ReadError::Unreadable { trajectory: trajectory.to_owned(), node: node.to_owned(), why }
    }

    /// What a class of the user's own has made of each value of an axis, which has values in so many runs.
    fn explored_items(&self, axis: &Axis, runs: u64) -> Found<ExploredItems> {
        let sql = format!("SELECT {COLUMNS}, item FROM class_items WHERE parameter = ? AND idx = ? ORDER BY rowid");
        let mut found = ExploredItems::default();
        for idx in 0..axis.length as i64 {
            let items =
                self.rows(&sql, params![axis.id, idx], |row| Ok((row.get::<_, String>(4)?, cells::read(row, 0)?)))?;
            let items = items.into_iter().map(|(item, value)| {
                Ok((item, value.map_err(|why| self.contradiction(format!("`{}`: {why}", axis.name)))?))
            });
            found.distinct.push(items.collect::<Found<_>>()?);
            let sql = "SELECT text FROM explored WHERE parameter = ? AND idx = ?";
            let words = self.row(sql, params![axis.id, idx], |row| row.get::<_, Option<String>>(0))?;
            found.summaries.push(words.flatten().unwrap_or_default());
        }
        found.of_run = (0..runs).map(|run| run / axis.stride % axis.length).collect();
        Ok(found)
    }

    /// The values of an axis in all runs of the trajectory.
    fn explored_values(&self, id: i64, axis: &Axis) -> Found<Result<Vec<Value>, String>> {
        let sql = format!("SELECT {COLUMNS}, idx FROM explored WHERE parameter = ? ORDER BY idx");
        let rows = self.rows(&sql, [axis.id], |row| Ok((cells::read(row, 0)?, row.get::<_, i64>(4)?)))?;
        if rows.len() as u64 != axis.length || rows.iter().enumerate().any(|(at, (_, idx))| at as i64 != *idx) {
            return Ok(Err(format!("it has {} values instead of those from 0 to {}", rows.len(), axis.length - 1)));
        }
        let values = match rows.into_iter().map(|(value, _)| value).collect::<Result<Vec<Value>, String>>() {
            Ok(values) => values,
            Err(why) => return Ok(Err(why)),
        };
        let sql = "SELECT length FROM trajectories WHERE id = ?";
        let runs = self.row(sql, [id], |row| row.get::<_, i64>(0))?.unwrap_or(0).max(0) as u64;
        let each = values.iter().map(Value::bytes).max().unwrap_or(0).saturating_add(32);
        if runs.saturating_mul(each) > MAX_EXPLORED {
            return Ok(Err(format!("its values in {runs} runs do not fit into memory")));
        }
        Ok(Ok((0..runs).map(|run| values[(run / axis.stride % axis.length) as usize].clone()).collect()))
    }

    /// Names and comments of all nodes at `place` and below.
    fn names(&self, id: i64, place: &Place<'_>) -> Found<Vec<(String, String)>> {
        let pair = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let below = "(?2 = '' OR name = ?2 OR (name > ?2 || '.' AND name < ?2 || '/'))";
        match place {
            Place::Parameters { table, name } => {
                let sql = format!("SELECT name, comment FROM {table} WHERE trajectory = ?1 AND {below}");
                self.rows(&sql, params![id, name], pair)
            }
            Place::Additions { kind, run, name } => {
                let table = kind.branch();
                let sql = format!(
                    "SELECT DISTINCT name, comment FROM {table} WHERE trajectory = ?1 AND {below} AND run IS ?3"
                );
                self.rows(&sql, params![id, name, run.map(|run| run.0)], pair)
            }
            Place::Root | Place::Sets { .. } | Place::Set { .. } => Ok(Vec::new()),
        }
    }

    /// The runs of `range` that have added something to the branch.
    fn runs_with(&self, id: i64, kind: AdditionKind, range: Range<u32>) -> Found<Vec<RunIndex>> {
        let table = kind.branch();
        let sql =
            format!("SELECT DISTINCT run FROM {table} WHERE trajectory = ? AND run >= ? AND run < ? ORDER BY run");
        self.rows(&sql, params![id, range.start, range.end], |row| Ok(RunIndex(row.get(0)?)))
    }

    fn groups(names: impl IntoIterator<Item = String>) -> Vec<Child> {
        names.into_iter().map(|name| Child { name, is_leaf: false, comment: String::new() }).collect()
    }

    fn parameter(&self, id: i64, table: &str, name: &str) -> Found<Option<Leaf>> {
        let (own, explored) = if table == "parameters" { ("id", "explored") } else { ("0", "0") };
        let sql = format!(
            "SELECT {COLUMNS}, class, comment, unit, {own}, {explored} FROM {table} WHERE trajectory = ? AND name = ?"
        );
        let found = self.row(&sql, params![id, name], |row| {
            let leaf = Leaf { class: row.get(4)?, comment: row.get(5)?, unit: row.get(6)?, ..Leaf::default() };
            Ok((leaf, cells::read(row, 0)?, row.get::<_, i64>(7)?, row.get::<_, bool>(8)?))
        })?;
        let Some((mut leaf, value, own, explored)) = found else { return Ok(None) };
        if !leaf.unit.is_empty() {
            leaf.annotations.insert("unit".into(), Value::Text(leaf.unit.clone()));
        }
        let sql = format!("SELECT {COLUMNS}, item FROM class_items WHERE parameter = ? AND idx IS NULL ORDER BY rowid");
        let items = self.rows(&sql, [own], |row| Ok((row.get::<_, String>(4)?, cells::read(row, 0)?)))?;
        let of_class = !items.is_empty();
        if items.is_empty() {
            leaf.put("data".into(), value);
        } else {
            let sql = "SELECT text FROM parameters WHERE id = ?";
            leaf.summary =
                Some(self.row(sql, [own], |row| row.get::<_, Option<String>>(0))?.flatten().unwrap_or_default());
        }
        items.into_iter().for_each(|(item, value)| leaf.put(item, value));
        if explored {
            let axis = self.axes(id)?.into_iter().find(|axis| axis.id == own);
            let axis = axis.ok_or_else(|| self.contradiction(format!("`{name}` is explored and is not")))?;
            match self.explored_values(id, &axis)? {
                Ok(values) if of_class => leaf.explored_items = Some(self.explored_items(&axis, values.len() as u64)?),
                Ok(values) => leaf.explored = Some(values),
                Err(why) => leaf.unreadable.push(("explored".into(), why)),
            }
        }
        Ok(Some(leaf))
    }

    fn addition(&self, id: i64, kind: AdditionKind, run: Option<RunIndex>, name: &str) -> Found<Option<Leaf>> {
        let (table, run) = (kind.branch(), run.map(|run| run.0));
        let sql = format!(
            "SELECT {COLUMNS}, class, comment, unit, item FROM {table}
             WHERE trajectory = ? AND run IS ? AND name = ? ORDER BY rowid"
        );
        let rows = self.rows(&sql, params![id, run, name], |row| {
            let about = (row.get::<_, String>(4)?, row.get::<_, String>(5)?, row.get::<_, String>(6)?);
            let item: Option<String> = row.get(7)?;
            let value = if item.is_some() { Some(cells::read(row, 0)?) } else { None };
            Ok((about, item.zip(value)))
        })?;
        let Some(((class, comment, unit), _)) = rows.first() else { return Ok(None) };
        let mut leaf = Leaf { class: class.clone(), comment: comment.clone(), unit: unit.clone(), ..Leaf::default() };
        // Its words are not stored for runs; that it has a class is.
        leaf.summary = (!is_built_in_class(class)).then(String::new);
        for (item, value) in rows.into_iter().filter_map(|(_, item)| item) {
            leaf.put(item, value);
        }
        if !leaf.unit.is_empty() {
            leaf.annotations.insert("unit".into(), Value::Text(leaf.unit.clone()));
        }
        let sql = format!(
            "SELECT {COLUMNS}, name FROM annotations WHERE trajectory = ? AND run IS ? AND branch = ? AND node = ?"
        );
        for (key, value) in
            self.rows(&sql, params![id, run, table, name], |row| Ok((row.get::<_, String>(4)?, cells::read(row, 0)?)))?
        {
            match value {
                Ok(value) => {
                    leaf.own_unit |= key == "unit";
                    leaf.annotations.insert(key, value);
                }
                Err(why) => leaf.unreadable.push((format!("annotation {key}"), why)),
            }
        }
        Ok(Some(leaf))
    }
}

impl Leaf {
    fn put(&mut self, item: String, value: Result<Value, String>) {
        match value {
            Ok(value) => self.items.push((item, value)),
            Err(why) => self.unreadable.push((item, why)),
        }
    }
}

impl Reader for SqliteReader {
    fn path(&self) -> &Path {
        &self.path
    }

    fn trajectories(&self) -> Result<Vec<TrajectoryInfo>, ReadError> {
        if !self.is_ours {
            return Ok(Vec::new());
        }
        let sql = "SELECT name, length, comment, time, timestamp, version FROM trajectories ORDER BY name";
        self.rows(sql, [], |row| {
            Ok(TrajectoryInfo {
                name: row.get(0)?,
                length: row.get::<_, i64>(1)?.max(0) as u64,
                comment: row.get(2)?,
                time: row.get(3)?,
                timestamp: row.get::<_, Option<f64>>(4)?.unwrap_or(0.0),
                version: row.get(5)?,
            })
        })
    }

    fn runs(&self, trajectory: &str, range: Range<u64>) -> Result<Runs, ReadError> {
        let id = self.id(trajectory)?;
        let bound = |index: u64| i64::try_from(index).unwrap_or(i64::MAX);
        let sql = "SELECT idx, status, failure, started, runtime, seed FROM runs
                   WHERE trajectory = ? AND idx >= ? AND idx < ? ORDER BY idx";
        let mut rows = self.rows(sql, params![id, bound(range.start), bound(range.end)], |row| {
            Ok(RunRow {
                index: row.get::<_, i64>(0)?.max(0) as u64,
                status: row.get(1)?,
                failure: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
                started: row.get::<_, Option<f64>>(3)?.unwrap_or(0.0),
                runtime: row.get::<_, Option<f64>>(4)?.unwrap_or(0.0),
                seed: row.get::<_, String>(5)?.parse().unwrap_or(0),
                values: Vec::new(),
            })
        })?;
        self.add_pending(trajectory, id, range, &mut rows)?;
        let axes = self.axes(id)?;
        let sql = format!("SELECT {COLUMNS} FROM explored WHERE parameter = ? AND idx = ?");
        for axis in &axes {
            let mut known: HashMap<u64, Value> = HashMap::new();
            for row in &mut rows {
                let at = row.index / axis.stride % axis.length;
                let value = match known.entry(at) {
                    Entry::Occupied(entry) => entry.into_mut(),
                    Entry::Vacant(entry) => {
                        let found = self.row(&sql, params![axis.id, at as i64], |row| cells::read(row, 0))?;
                        let found = found.unwrap_or_else(|| Err(format!("its value number {at} is missing")));
                        let node = format!("parameters.{}", axis.name);
                        entry.insert(found.map_err(|why| self.unreadable(trajectory, &node, why))?)
                    }
                };
                row.values.push(value.clone());
            }
        }
        Ok(Runs { explored: axes.into_iter().map(|axis| format!("parameters.{}", axis.name)).collect(), rows })
    }

    fn explored(&self, trajectory: &str) -> Result<Vec<String>, ReadError> {
        let axes = self.axes(self.id(trajectory)?)?;
        let mut names: Vec<String> = axes.into_iter().map(|axis| format!("parameters.{}", axis.name)).collect();
        names.sort_unstable();
        Ok(names)
    }

    fn children(&self, trajectory: &str, node: &str) -> Result<Vec<Child>, ReadError> {
        let id = self.id(trajectory)?;
        let no_node = || ReadError::NoNode { trajectory: trajectory.into(), node: node.into() };
        let place = Place::of(node).ok_or_else(no_node)?;
        let is_branch = place.is_branch();
        let found = match place {
            Place::Root => return Ok(Self::groups(Place::BRANCHES.map(str::to_owned))),
            Place::Sets { kind } => {
                let runs = self.runs_with(id, kind, 0..u32::MAX)?;
                let mut sets: Vec<String> = runs.into_iter().map(RunIndex::set_name).collect();
                sets.dedup();
                Self::groups(sets)
            }
            Place::Set { kind, runs } => Self::groups(self.runs_with(id, kind, runs)?.into_iter().map(RunIndex::name)),
            Place::Parameters { name, .. } | Place::Additions { name, .. } => {
                let names = self.names(id, &place)?;
                if !name.is_empty() && names.iter().any(|(other, _)| other == name) {
                    return Err(ReadError::NotAGroup { trajectory: trajectory.into(), node: node.into() });
                }
                let mut found = children(names, name).map_err(|what| self.contradiction(what))?;
                if let Place::Additions { kind, run: None, name: "" } = place
                    && !self.runs_with(id, kind, 0..u32::MAX)?.is_empty()
                {
                    found.extend(Self::groups(["runs".to_owned()]));
                }
                found
            }
        };
        if found.is_empty() && !is_branch { Err(no_node()) } else { Ok(found) }
    }

    fn leaf(&self, trajectory: &str, node: &str) -> Result<Leaf, ReadError> {
        let id = self.id(trajectory)?;
        let found = match Place::of(node) {
            Some(Place::Parameters { table, name }) => self.parameter(id, table, name)?,
            Some(Place::Additions { kind, run, name }) => self.addition(id, kind, run, name)?,
            _ => None,
        };
        match found {
            Some(leaf) => Ok(leaf),
            // Either there is nothing, which is what is said then, or a group.
            None => {
                self.children(trajectory, node)?;
                Err(ReadError::NotALeaf { trajectory: trajectory.into(), node: node.into() })
            }
        }
    }

    fn facts(&self, trajectory: &str) -> Result<Option<Facts>, ReadError> {
        let id = self.id(trajectory)?;
        let facts = self.row("SELECT facts FROM trajectories WHERE id = ?", [id], |row| row.get::<_, String>(0))?;
        let read = |text: String| {
            serde_json::from_str(&text)
                .map_err(|error| self.contradiction(format!("its facts cannot be read: {error}")))
        };
        facts.map(read).transpose()
    }

    fn stored_digests(&self, trajectory: &str, range: Range<u64>) -> Result<Option<StoredDigests>, ReadError> {
        let id = self.id(trajectory)?;
        if !has_column(&self.connection, "runs", "digest").map_err(self.damaged())? {
            return Ok(None);
        }
        let digest = |text: Option<String>| text.and_then(|text| text.parse().ok());
        let sql = "SELECT head_digest, comments_digest FROM trajectories WHERE id = ?";
        let of_all =
            self.row(sql, [id], |row| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<String>>(1)?)))?;
        // A trajectory that was stored before there were digests.
        let Some((Some(head), comments)) = of_all else { return Ok(None) };
        let bound = |index: u64| i64::try_from(index).unwrap_or(i64::MAX);
        let sql = "SELECT digest FROM runs WHERE trajectory = ? AND idx >= ? AND idx < ? ORDER BY idx";
        let runs = self.rows(sql, params![id, bound(range.start), bound(range.end)], |row| {
            Ok(digest(row.get(0)?).map(KeptDigest::Whole))
        })?;
        Ok(Some(StoredDigests { head: digest(Some(head)), comments: digest(comments), runs }))
    }

    fn contradictions(&self, _: &str) -> Result<Vec<(String, String)>, ReadError> {
        let said = self.rows("PRAGMA integrity_check(20)", [], |row| row.get::<_, String>(0))?;
        let mut found: Vec<(String, String)> =
            said.into_iter().filter(|said| said != "ok").map(|said| ("the file".to_owned(), said)).collect();
        let sql = "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2";
        let lost =
            self.rows(sql, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?)))?;
        found.extend(lost.into_iter().map(|(table, parent, count)| {
            (format!("the table `{table}`"), format!("{count} rows belong to nothing in `{parent}`"))
        }));
        Ok(found)
    }

    fn file_title(&self) -> Result<String, ReadError> {
        if !self.is_ours {
            return Ok(String::new());
        }
        let sql = "SELECT title FROM trajectories ORDER BY id LIMIT 1";
        Ok(self.row(sql, [], |row| row.get(0))?.unwrap_or_default())
    }

    fn head_with(&self, trajectory: &str, classes: &dyn ValueLoader) -> Result<Head, ReadError> {
        let _state = self.one_state()?;
        Reading { reader: self, trajectory }.head(classes)
    }

    fn finished(&self, trajectory: &str, range: Range<u64>) -> Result<Vec<FinishedRun>, ReadError> {
        let _state = self.one_state()?;
        Reading { reader: self, trajectory }.finished(range)
    }
}

/// Whether the file is not what it should be. Otherwise it cannot be read now, and is perhaps as good as ever.
fn is_damage(error: &rusqlite::Error) -> bool {
    let passing = [
        ErrorCode::CannotOpen,
        ErrorCode::DatabaseBusy,
        ErrorCode::DatabaseLocked,
        ErrorCode::DiskFull,
        ErrorCode::FileLockingProtocolFailed,
        ErrorCode::OutOfMemory,
        ErrorCode::PermissionDenied,
        ErrorCode::ReadOnly,
        ErrorCode::SystemIoFailure,
    ];
    !error.sqlite_error_code().is_some_and(|code| passing.contains(&code))
}
