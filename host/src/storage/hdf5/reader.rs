//! [`Hdf5Reader`]: looking into a file, ours or one that pypet made.
//!
//! It reads what is there and no more: classes `Parameter`, `ArrayParameter` and `Result` (also
//! what other classes store as arrays, tables and dictionaries). What it cannot read, such as pandas
//! frames, sparse matrices and pickles, is listed as [`Leaf::unreadable`] with the reason.
//! Names are full paths below the trajectory; short-cuts are not resolved here.

use std::{
    collections::BTreeMap,
    io,
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    column_sums,
    columnar::{ColumnarReader, Found, Layout},
    digests,
    leaf_reader::{self, Unread, found_columns, integer_attribute, text_attribute},
    raw::{self, CallError, File, Kind, Node, NodeKind},
    start::{FACTS, FORMAT},
};
use crate::{
    spec,
    storage::{Child, Facts, Leaf, ReadError, Reader, RunRow, Runs, StoredDigests, TrajectoryInfo, reading::Reading},
    trajectory::{AdditionKind, FinishedRun, Value},
};

/// An open file, read only.
#[derive(Debug)]
pub struct Hdf5Reader {
    file: File,
    path: PathBuf,
    /// The names of trajectories that can be read, and how runs are put together of those whose runs stand in columns.
    known: Mutex<BTreeMap<String, Option<Arc<Layout>>>>,
}

/// The runs of a trajectory in columns, and a node of what they have added: its branch and the path below `runs`.
type InColumns<'n> = (ColumnarReader, AdditionKind, Vec<&'n str>);

impl Hdf5Reader {
    /// Opens a file for reading.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let path = path.to_owned();
        if let Err(source) = std::fs::File::open(&path) {
            return Err(ReadError::Open { path, source });
        }
        // It cannot be read now, and is perhaps as good as ever. A lock has words of its own.
        let passing = |error: &CallError| error.errno().filter(|errno| *errno != libc::EAGAIN);
        match raw::is_hdf5(&path) {
            _ if path.is_dir() => return Err(ReadError::OtherKind { path, kind: "HDF5" }),
            Ok(true) => {}
            Err(error) if let Some(errno) = passing(&error) => {
                return Err(ReadError::Open { path, source: io::Error::from_raw_os_error(errno) });
            }
            _ => return Err(ReadError::OtherKind { path, kind: "HDF5" }),
        }
        match raw::locked(|| File::open(&path, false)) {
            Ok(file) => Ok(Self { file, path, known: Mutex::default() }),
            Err(error) if let Some(errno) = passing(&error) => {
                Err(ReadError::Open { path, source: io::Error::from_raw_os_error(errno) })
            }
            Err(error) => Err(ReadError::Damaged { path, library: "HDF5", text: error.to_string() }),
        }
    }

    fn info(&self, name: String, group: &Node) -> Result<TrajectoryInfo, ReadError> {
        let unread = self.unread(&name, "overview.info");
        let info = group.open("overview").and_then(|overview| overview.open("info")).map_err(self.damaged())?;
        let columns: BTreeMap<String, Value> = found_columns(&info, 0..1)
            .and_then(|columns| columns.into_iter().map(|(column, found)| Ok((column, first_cell(found)?))).collect())
            .map_err(unread)?;
        Ok(TrajectoryInfo {
            length: integer(columns.get("length")).max(0) as u64,
            // The table keeps its beginning only.
            comment: match text_attribute(group, "SRVC_INIT_COMMENT").map_err(self.damaged())? {
                Some(whole) => whole,
                None => text(columns.get("comment")),
            },
            time: text(columns.get("time")),
            timestamp: real(columns.get("timestamp")),
            version: text(columns.get("version")),
            name,
        })
    }

    fn trajectory(&self, name: &str) -> Result<Node, ReadError> {
        let root = self.file.root();
        if self.known.lock().unwrap_or_else(PoisonError::into_inner).contains_key(name) {
            return root.open(name).map_err(self.damaged());
        }
        let there = !name.is_empty() && !name.contains('/') && root.has(name).map_err(self.damaged())?;
        let group = if there { Some(root.open(name).map_err(self.damaged())?) } else { None };
        if let Some(group) = group
            && is_trajectory(&group).map_err(self.damaged())?
        {
            let found = integer_attribute(&group, "HOST_FORMAT").map_err(self.damaged())?.unwrap_or(FORMAT);
            if found > FORMAT {
                return Err(ReadError::TooNew { path: self.path.clone(), found, known: FORMAT });
            }
            return Ok(group);
        }
        Err(ReadError::no_trajectory(&self.path, name, &self.trajectories()?))
    }

    fn node(&self, trajectory: &str, path: &str) -> Result<Node, ReadError> {
        let mut node = self.trajectory(trajectory)?;
        for name in path.split('.').filter(|_| !path.is_empty()) {
            let there = !name.is_empty()
                && !name.contains('/')
                && node.kind() == NodeKind::Group
                && node.has(name).map_err(self.damaged())?;
            if !there {
                return Err(ReadError::NoNode { trajectory: trajectory.into(), node: path.into() });
            }
            node = node.open(name).map_err(self.damaged())?;
        }
        Ok(node)
    }

    /// The runs of a trajectory, if they stand in columns.
    fn columnar(&self, trajectory: &str) -> Result<Option<ColumnarReader>, ReadError> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(None) = known().get(trajectory) {
            return Ok(None);
        }
        let overview = self.trajectory(trajectory)?.open("overview").map_err(self.damaged())?;
        let found = known().get(trajectory).cloned();
        let layout = match found {
            Some(layout) => layout,
            None => {
                let is_there = ColumnarReader::is_there(&overview).map_err(self.damaged())?;
                let layout = || ColumnarReader::layout(&overview);
                let layout = is_there.then(layout).transpose();
                let layout = layout.map_err(self.unread(trajectory, "overview.host_layout"))?;
                known().insert(trajectory.to_owned(), layout.clone());
                layout
            }
        };
        layout.map(|layout| ColumnarReader::new(overview, layout).map_err(self.damaged())).transpose()
    }

    /// The runs in columns, if `node` is one of what they have added, with its branch and the rest of its path.
    fn in_columns<'n>(&self, trajectory: &str, node: &'n str) -> Result<Option<InColumns<'n>>, ReadError> {
        let path: Vec<&str> = node.split('.').collect();
        let kinds = [AdditionKind::Result, AdditionKind::DerivedParameter];
        let kind = kinds.into_iter().find(|kind| path.first() == Some(&kind.branch()));
        let (Some(kind), Some(&"runs")) = (kind, path.get(1)) else { return Ok(None) };
        Ok(self.columnar(trajectory)?.map(|runs| (runs, kind, path[2..].to_vec())))
    }

    fn units(&self, trajectory: &str) -> Result<BTreeMap<String, String>, ReadError> {
        Ok(self.facts(trajectory)?.map(|facts| facts.units).unwrap_or_default())
    }

    fn damaged(&self) -> impl FnOnce(CallError) -> ReadError + use<> {
        let path = self.path.clone();
        move |error| ReadError::Damaged { path, library: "HDF5", text: error.to_string() }
    }

    fn unread(&self, trajectory: &str, node: &str) -> impl FnOnce(Unread) -> ReadError + use<> {
        let (path, trajectory, node) = (self.path.clone(), trajectory.to_owned(), node.to_owned());
        move |unread| match unread {
            Unread::Call(error) => ReadError::Damaged { path, library: "HDF5", text: error.to_string() },
            Unread::Why(why) => ReadError::Unreadable { trajectory, node, why },
        }
    }
}

impl Reader for Hdf5Reader {
    fn path(&self) -> &Path {
        &self.path
    }

    fn facts(&self, trajectory: &str) -> Result<Option<Facts>, ReadError> {
        raw::locked(|| {
            let overview = self.trajectory(trajectory)?.open("overview").map_err(self.damaged())?;
            if !overview.has(FACTS).map_err(self.damaged())? {
                return Ok(None);
            }
            let unread = self.unread(trajectory, "overview.host_facts");
            let node = overview.open(FACTS).map_err(self.damaged())?;
            let text = text(Some(&leaf_reader::item(&node, None).map_err(unread)?));
            let contradiction = |error: serde_json::Error| ReadError::Contradiction {
                path: self.path.clone(),
                what: format!("its facts cannot be read: {error}"),
            };
            serde_json::from_str(&text).map(Some).map_err(contradiction)
        })
    }

    fn stored_digests(&self, trajectory: &str, range: Range<u64>) -> Result<Option<StoredDigests>, ReadError> {
        raw::locked(|| {
            let overview = self.trajectory(trajectory)?.open("overview").map_err(self.damaged())?;
            digests::read(&overview, range).map_err(self.damaged())
        })
    }

    fn layout(&self, trajectory: &str) -> Result<Option<spec::Layout>, ReadError> {
        raw::locked(|| {
            let overview = self.trajectory(trajectory)?.open("overview").map_err(self.damaged())?;
            let is_columnar = ColumnarReader::is_there(&overview).map_err(self.damaged())?;
            Ok(Some(if is_columnar { spec::Layout::Columns } else { spec::Layout::Tree }))
        })
    }

    fn unopened(&self) -> Result<Vec<(String, String)>, ReadError> {
        raw::locked(|| {
            let names = self.file.root().child_names().map_err(self.damaged())?;
            let why = |name: &String| {
                let opened = self.file.root().open(name).and_then(|node| is_trajectory(&node));
                opened.err().map(|error| error.to_string())
            };
            Ok(names.into_iter().filter_map(|name| why(&name).map(|why| (name, why))).collect())
        })
    }

    fn contradictions(&self, trajectory: &str) -> Result<Vec<(String, String)>, ReadError> {
        raw::locked(|| {
            let overview = self.trajectory(trajectory)?.open("overview").map_err(self.damaged())?;
            let mut found = Vec::new();
            for name in overview.child_names().map_err(self.damaged())? {
                if let Err(why) = read_table(&overview, &name) {
                    found.push((format!("overview.{name}"), format!("it cannot be read: {why}")));
                }
            }
            if let Some(sums) = digests::columns(&overview).map_err(self.damaged())? {
                let group = overview.open("columns").map_err(self.damaged())?;
                found.extend(column_sums::wrong(&group, &sums).map_err(self.damaged())?);
            }
            Ok(found)
        })
    }

    fn file_title(&self) -> Result<String, ReadError> {
        raw::locked(|| {
            let root = self.file.root().open("/").map_err(self.damaged())?;
            Ok(text_attribute(&root, "TITLE").map_err(self.damaged())?.unwrap_or_default())
        })
    }

    fn trajectories(&self) -> Result<Vec<TrajectoryInfo>, ReadError> {
        raw::locked(|| {
            let mut infos = Vec::new();
            for name in self.file.root().child_names().map_err(self.damaged())? {
                let Ok(group) = self.file.root().open(&name) else { continue };
                if !is_trajectory(&group).map_err(self.damaged())? {
                    continue;
                }
                infos.push(self.info(name, &group)?);
            }
            Ok(infos)
        })
    }

    fn runs(&self, trajectory: &str, range: Range<u64>) -> Result<Runs, ReadError> {
        raw::locked(|| {
            let group = self.trajectory(trajectory)?;
            let table = group.open("overview").and_then(|overview| overview.open("runs")).map_err(self.damaged())?;
            let count = table.shape().map_err(self.damaged())?.points();
            if count > 0 && table.stored_bytes() == 0 {
                return Err(self.unread(trajectory, "overview.runs")(Unread::Why(leaf_reader::NOT_YET.to_owned())));
            }
            let range = range.start.min(count)..range.end.min(count);
            let range = range.start..range.end.max(range.start);
            let columns = found_columns(&table, range.clone()).map_err(self.unread(trajectory, "overview.runs"))?;
            let mut rows = run_rows(columns, range.clone()).map_err(self.unread(trajectory, "overview.runs"))?;
            if let Some(runs) = self.columnar(trajectory)? {
                runs.complete(&mut rows, range.clone()).map_err(self.unread(trajectory, "overview.columns"))?;
            }
            let explored = self.explored(trajectory)?;
            for name in &explored {
                let leaf = self.node(trajectory, name)?;
                let values =
                    leaf_reader::explored_values(&leaf, range.clone()).map_err(self.unread(trajectory, name))?;
                rows.iter_mut().zip(values).for_each(|(row, value)| row.values.push(value));
            }
            Ok(Runs { explored, rows })
        })
    }

    fn explored(&self, trajectory: &str) -> Result<Vec<String>, ReadError> {
        raw::locked(|| {
            let overview = self.trajectory(trajectory)?.open("overview").map_err(self.damaged())?;
            if !overview.has("explorations").map_err(self.damaged())? {
                return Ok(Vec::new());
            }
            let unread = self.unread(trajectory, "overview.explorations");
            let read = || {
                let table = overview.open("explorations")?;
                let rows = table.shape()?.points();
                found_columns(&table, 0..rows)
            };
            let mut names = match read().map_err(unread)?.into_iter().next() {
                Some((_, found)) => texts(found),
                None => Vec::new(),
            };
            names.sort_unstable();
            Ok(names)
        })
    }

    fn children(&self, trajectory: &str, node: &str) -> Result<Vec<Child>, ReadError> {
        raw::locked(|| {
            if let Some((runs, kind, path)) = self.in_columns(trajectory, node)? {
                return match runs.children(kind, &path).map_err(self.unread(trajectory, node))? {
                    Found::Group(children) => Ok(children),
                    Found::Leaf(()) => Err(ReadError::NotAGroup { trajectory: trajectory.into(), node: node.into() }),
                    Found::Nothing => Err(ReadError::NoNode { trajectory: trajectory.into(), node: node.into() }),
                };
            }
            let group = self.node(trajectory, node)?;
            let mut children = Vec::new();
            if group.kind() != NodeKind::Group {
                return Err(ReadError::NoNode { trajectory: trajectory.into(), node: node.into() });
            }
            if is_leaf(&group).map_err(self.damaged())? {
                return Err(ReadError::NotAGroup { trajectory: trajectory.into(), node: node.into() });
            }
            for name in group.child_names().map_err(self.damaged())? {
                let Ok(child) = group.open(&name) else { continue };
                if child.kind() != NodeKind::Group {
                    continue;
                }
                let is_leaf = is_leaf(&child).map_err(self.damaged())?;
                let comment = text_attribute(&child, "SRVC_INIT_COMMENT").map_err(self.damaged())?.unwrap_or_default();
                children.push(Child { name, is_leaf, comment });
            }
            let of_runs = format!("{node}.runs");
            if let Some((runs, kind, path)) = self.in_columns(trajectory, &of_runs)?
                && path.is_empty()
                && let Found::Group(_) = runs.children(kind, &path).map_err(self.unread(trajectory, &of_runs))?
            {
                children.push(Child { name: "runs".into(), is_leaf: false, comment: String::new() });
                children.sort_by(|a, b| a.name.cmp(&b.name));
            }
            Ok(children)
        })
    }

    fn finished(&self, trajectory: &str, range: Range<u64>) -> Result<Vec<FinishedRun>, ReadError> {
        raw::locked(|| {
            let Some(runs) = self.columnar(trajectory)? else {
                return Reading { reader: self, trajectory }.finished(range);
            };
            let rows = self.runs(trajectory, range)?.rows;
            let Some(first) = rows.first().map(|row| row.index) else { return Ok(Vec::new()) };
            let range = first..first.saturating_add(rows.len() as u64);
            let additions = runs.additions(range, &|_, _| true).map_err(self.unread(trajectory, "overview.columns"))?;
            let reading = Reading { reader: self, trajectory };
            let ended = rows.iter().zip(additions).filter(|(row, _)| row.status != "pending");
            ended.map(|(row, additions)| reading.ended_run(row, additions)).collect()
        })
    }

    fn leaf(&self, trajectory: &str, node: &str) -> Result<Leaf, ReadError> {
        raw::locked(|| {
            if let Some((runs, kind, path)) = self.in_columns(trajectory, node)? {
                let units = self.units(trajectory)?;
                return match runs.leaf(kind, &path, &units).map_err(self.unread(trajectory, node))? {
                    Found::Leaf(leaf) => Ok(leaf),
                    Found::Group(()) => Err(ReadError::NotALeaf { trajectory: trajectory.into(), node: node.into() }),
                    Found::Nothing => Err(ReadError::NoNode { trajectory: trajectory.into(), node: node.into() }),
                };
            }
            let group = self.node(trajectory, node)?;
            if group.kind() != NodeKind::Group {
                return Err(ReadError::NoNode { trajectory: trajectory.into(), node: node.into() });
            }
            if !is_leaf(&group).map_err(self.damaged())? {
                return Err(ReadError::NotALeaf { trajectory: trajectory.into(), node: node.into() });
            }
            leaf_reader::read_leaf(&group).map_err(self.damaged())
        })
    }
}

/// Rows of a table that are read at once.
const TABLE_ROWS: u64 = 4096;

/// Reads a node of the overview to its end, if it is a table.
fn read_table(overview: &Node, name: &str) -> Result<(), String> {
    let words = |error: CallError| error.to_string();
    let node = overview.open(name).map_err(words)?;
    let is_table = node.kind() == NodeKind::Dataset
        && matches!(node.datatype().and_then(|type_| type_.kind()).map_err(words)?, Kind::Compound(_));
    let rows = if is_table { node.shape().map_err(words)?.points() } else { 0 };
    for first in (0..rows).step_by(TABLE_ROWS as usize) {
        found_columns(&node, first..rows.min(first + TABLE_ROWS)).map_err(|unread| match unread {
            Unread::Call(error) => error.to_string(),
            Unread::Why(why) => why,
        })?;
    }
    Ok(())
}

/// What every trajectory has, of pypet's or of ours.
pub(super) fn is_trajectory(group: &Node) -> Result<bool, CallError> {
    if group.kind() != NodeKind::Group || !group.has("overview")? {
        return Ok(false);
    }
    let overview = group.open("overview")?;
    Ok(overview.kind() == NodeKind::Group && overview.has("info")? && overview.has("runs")?)
}

/// pypet marks leaves; ours are marked in the same way.
fn is_leaf(group: &Node) -> Result<bool, CallError> {
    group.has_attribute("SRVC_LEAF")
}

fn first_cell(found: super::decode::Found) -> Result<Value, Unread> {
    Ok(super::decode::Found { shape: found.shape.get(1..).unwrap_or_default().to_vec(), ..found }.value()?)
}

/// The runs table, column by column, as rows.
fn run_rows(columns: Vec<(String, super::decode::Found)>, range: Range<u64>) -> Result<Vec<RunRow>, Unread> {
    let mut cells: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, found) in columns {
        let wanted =
            ["idx", "completed", "status", "failure", "timestamp", "finish_timestamp", "seed"].contains(&name.as_str());
        if wanted {
            let values = leaf_reader::each_row(found).map(|cell| Ok(cell.value()?)).collect::<Result<_, Unread>>()?;
            cells.insert(name, values);
        }
    }
    let cell = |name: &str, row: usize| cells.get(name).and_then(|values| values.get(row));
    let row = |row: usize| {
        let completed = integer(cell("completed", row)) != 0;
        // A row that nobody has written yet is that of a run that has not ended.
        let written = text(cell("status", row));
        let (status, is_written) = match cell("status", row) {
            Some(_) if written.is_empty() => ("pending".to_owned(), false),
            Some(_) => (written, true),
            None => (if completed { "ok" } else { "pending" }.into(), true),
        };
        let index = if is_written { integer(cell("idx", row)).max(0) as u64 } else { range.start + row as u64 };
        let (started, ended) = (real(cell("timestamp", row)), real(cell("finish_timestamp", row)));
        RunRow {
            index,
            status,
            failure: text(cell("failure", row)),
            started,
            runtime: (ended - started).max(0.0),
            seed: match cell("seed", row) {
                Some(Value::Int(seed)) => *seed as u64,
                Some(Value::Array(array)) => match array.data() {
                    crate::trajectory::ArrayData::UInt64(seed) => seed.first().copied().unwrap_or(0),
                    _ => 0,
                },
                _ => 0,
            },
            values: Vec::new(),
        }
    };
    Ok((0..(range.end - range.start) as usize).map(row).collect())
}

fn texts(found: super::decode::Found) -> Vec<String> {
    leaf_reader::each_row(found).filter_map(|cell| cell.value().ok()).map(|value| text(Some(&value))).collect()
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    }
}

fn integer(value: Option<&Value>) -> i64 {
    match value {
        Some(Value::Int(i)) => *i,
        Some(Value::Bool(b)) => (*b).into(),
        _ => 0,
    }
}

fn real(value: Option<&Value>) -> f64 {
    match value {
        Some(Value::Float(x)) => *x,
        Some(Value::Int(i)) => *i as f64,
        _ => 0.0,
    }
}
