//! [`Hdf5Reader`]: looking into a file, ours or one that pypet made.
//!
//! It reads what is there and no more: classes `Parameter`, `ArrayParameter` and `Result` (also
//! what other classes store as arrays, tables and dictionaries). What it cannot read, such as pandas
//! frames, sparse matrices and pickles, is listed as [`Leaf::unreadable`] with the reason.
//! Names are full paths below the trajectory; short-cuts are not resolved here.

use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{
    leaf_reader::{self, Unread, found_columns, integer_attribute, text_attribute},
    raw::{self, CallError, File, Node, NodeKind},
    start::FORMAT,
};
use crate::trajectory::Value;

/// An open file, read only.
#[derive(Debug)]
pub struct Hdf5Reader {
    file: File,
    path: PathBuf,
}

/// Why something was not read.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum ReadError {
    #[error("cannot open `{path}`: {source}")]
    Open { path: PathBuf, source: std::io::Error },
    #[error("`{path}` is not an HDF5 file")]
    NotHdf5 { path: PathBuf },
    #[error("`{path}` is damaged, or no file that HDF5 can open: {text}")]
    Damaged { path: PathBuf, text: String },
    #[error("`{path}` was written by a newer version (layout {found}, this one knows {known}); update this program")]
    TooNew { path: PathBuf, found: i64, known: i64 },
    #[error("`{path}` has no trajectory `{name}`; it has: {there}")]
    NoTrajectory { path: PathBuf, name: String, there: String },
    #[error("there is no node `{node}` in the trajectory `{trajectory}`")]
    NoNode { trajectory: String, node: String },
    #[error("`{node}` in the trajectory `{trajectory}` is a group, not a parameter or result")]
    NotALeaf { trajectory: String, node: String },
    #[error("`{node}` in the trajectory `{trajectory}` cannot be read: {why}")]
    Unreadable { trajectory: String, node: String, why: String },
}

/// What a file says about one of its trajectories.
#[derive(Clone, Debug, PartialEq)]
pub struct TrajectoryInfo {
    /// Its name, which is also that of its group.
    pub name: String,
    /// The number of its runs.
    pub length: u64,
    /// Empty if there is none.
    pub comment: String,
    /// When it was made, in the local time of then: `2026_11_22_22h08m49s`.
    pub time: String,
    /// When it was made, in seconds since 1970.
    pub timestamp: f64,
    /// The program that made it.
    pub version: String,
}

/// One run as the runs table has it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    /// Its index.
    pub index: u64,
    /// `pending`, `ok`, or the kind of its failure. Files of pypet only tell `ok` from `pending`.
    pub status: String,
    /// Why it failed; empty if it did not.
    pub failure: String,
    /// When it began, in seconds since 1970; 0 if it did not.
    pub started: f64,
    /// How long it took, in seconds.
    pub runtime: f64,
    /// Its seed; 0 in files of pypet.
    pub seed: u64,
    /// Its explored values, in the order of [`Runs::explored`].
    pub values: Vec<Value>,
}

/// Some runs of a trajectory.
#[derive(Clone, Debug, PartialEq)]
pub struct Runs {
    /// Full names of the explored parameters: `parameters.neuron.tau`.
    pub explored: Vec<String>,
    /// The runs, in order.
    pub rows: Vec<RunRow>,
}

/// A child of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// Its name.
    pub name: String,
    /// Whether it is a parameter or result; a group otherwise.
    pub is_leaf: bool,
    /// Empty if there is none.
    pub comment: String,
}

/// A parameter or result as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Leaf {
    /// pypet's class: `Parameter`, `ArrayParameter`, `Result` …
    pub class: String,
    /// Empty if there is none, or if it was purged because a lower run has the same.
    pub comment: String,
    /// Empty if there is none.
    pub unit: String,
    /// All annotations, the unit among them.
    pub annotations: BTreeMap<String, Value>,
    /// The items of a result in their order; a parameter has one, `data`.
    pub items: Vec<(String, Value)>,
    /// The values of all runs, if it is an explored parameter.
    pub explored: Option<Vec<Value>>,
    /// What could not be read, and why.
    pub unreadable: Vec<(String, String)>,
}

impl Hdf5Reader {
    /// Opens a file for reading.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let path = path.to_owned();
        if let Err(source) = std::fs::File::open(&path) {
            return Err(ReadError::Open { path, source });
        }
        if path.is_dir() || !matches!(raw::is_hdf5(&path), Ok(true)) {
            return Err(ReadError::NotHdf5 { path });
        }
        match raw::locked(|| File::open(&path, false)) {
            Ok(file) => Ok(Self { file, path }),
            Err(error) => Err(ReadError::Damaged { path, text: error.to_string() }),
        }
    }

    /// The trajectories of the file, in alphabetical order. Other groups are passed over.
    pub fn trajectories(&self) -> Result<Vec<TrajectoryInfo>, ReadError> {
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

    fn info(&self, name: String, group: &Node) -> Result<TrajectoryInfo, ReadError> {
        let unread = self.unread(&name, "overview.info");
        let info = group.open("overview").and_then(|overview| overview.open("info")).map_err(self.damaged())?;
        let columns: BTreeMap<String, Value> = found_columns(&info, 0..1)
            .and_then(|columns| columns.into_iter().map(|(column, found)| Ok((column, first_cell(found)?))).collect())
            .map_err(unread)?;
        Ok(TrajectoryInfo {
            length: integer(columns.get("length")).max(0) as u64,
            comment: text(columns.get("comment")),
            time: text(columns.get("time")),
            timestamp: real(columns.get("timestamp")),
            version: text(columns.get("version")),
            name,
        })
    }

    /// Some rows of the runs table; those beyond its end are left out. Asking for all runs of a
    /// large trajectory at once takes as much memory as they do.
    pub fn runs(&self, trajectory: &str, range: Range<u64>) -> Result<Runs, ReadError> {
        raw::locked(|| {
            let group = self.trajectory(trajectory)?;
            let table = group.open("overview").and_then(|overview| overview.open("runs")).map_err(self.damaged())?;
            let count = table.shape().map_err(self.damaged())?.points();
            let range = range.start.min(count)..range.end.min(count);
            let range = range.start..range.end.max(range.start);
            let columns = found_columns(&table, range.clone()).map_err(self.unread(trajectory, "overview.runs"))?;
            let mut rows = run_rows(columns, range.clone()).map_err(self.unread(trajectory, "overview.runs"))?;
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

    /// Full names of the explored parameters, in alphabetical order.
    pub fn explored(&self, trajectory: &str) -> Result<Vec<String>, ReadError> {
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

    /// The children of a group of the trajectory; `""` is the trajectory itself.
    pub fn children(&self, trajectory: &str, node: &str) -> Result<Vec<Child>, ReadError> {
        raw::locked(|| {
            let group = self.node(trajectory, node)?;
            let mut children = Vec::new();
            if group.kind() != NodeKind::Group {
                return Ok(children);
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
            Ok(children)
        })
    }

    /// A parameter or result by its full path below the trajectory, such as `parameters.neuron.tau`.
    pub fn leaf(&self, trajectory: &str, node: &str) -> Result<Leaf, ReadError> {
        raw::locked(|| {
            let group = self.node(trajectory, node)?;
            if group.kind() != NodeKind::Group || !is_leaf(&group).map_err(self.damaged())? {
                return Err(ReadError::NotALeaf { trajectory: trajectory.into(), node: node.into() });
            }
            leaf_reader::read_leaf(&group).map_err(self.damaged())
        })
    }

    fn trajectory(&self, name: &str) -> Result<Node, ReadError> {
        let root = self.file.root();
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
        let names: Vec<String> = self.trajectories()?.into_iter().map(|info| info.name).collect();
        let there = if names.is_empty() { "none".into() } else { names.join(", ") };
        Err(ReadError::NoTrajectory { path: self.path.clone(), name: name.into(), there })
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

    fn damaged(&self) -> impl FnOnce(CallError) -> ReadError + use<> {
        let path = self.path.clone();
        move |error| ReadError::Damaged { path, text: error.to_string() }
    }

    fn unread(&self, trajectory: &str, node: &str) -> impl FnOnce(Unread) -> ReadError + use<> {
        let (path, trajectory, node) = (self.path.clone(), trajectory.to_owned(), node.to_owned());
        move |unread| match unread {
            Unread::Call(error) => ReadError::Damaged { path, text: error.to_string() },
            Unread::Why(why) => ReadError::Unreadable { trajectory, node, why },
        }
    }
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
        let status = match cell("status", row) {
            Some(_) => text(cell("status", row)),
            None => if completed { "ok" } else { "pending" }.into(),
        };
        let (started, ended) = (real(cell("timestamp", row)), real(cell("finish_timestamp", row)));
        RunRow {
            index: integer(cell("idx", row)).max(0) as u64,
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
