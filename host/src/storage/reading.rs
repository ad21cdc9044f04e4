//! [`Reader`]: what was stored, read back, whatever it is stored in.

use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Head, StoredDigests, hdf5::named as named_unit};
use crate::spec::Layout;
use crate::trajectory::{
    Addition, AdditionKind, Axis, Combine, Explored, FinishedRun, Identity, MAX_LOCATION_LENGTH, MAX_NAME_LENGTH,
    NodePath, Parameter, Points, RunFailure, RunIndex, StoredItems, Trajectory, Value, ValueLoader, is_built_in_class,
};

/// Looks into a file that holds trajectories.
///
/// Names are full paths below the trajectory, such as `parameters.neuron.tau`; short-cuts are not
/// resolved here. What a reader cannot read is listed in [`Leaf::unreadable`] with the reason.
pub trait Reader {
    /// The file.
    fn path(&self) -> &Path;

    /// The trajectories of the file, in alphabetical order.
    fn trajectories(&self) -> Result<Vec<TrajectoryInfo>, ReadError>;

    /// Some rows of the runs table; those beyond its end are left out. Asking for all runs of a
    /// large trajectory at once takes as much memory as they do.
    fn runs(&self, trajectory: &str, range: Range<u64>) -> Result<Runs, ReadError>;

    /// Full names of the explored parameters, in alphabetical order.
    fn explored(&self, trajectory: &str) -> Result<Vec<String>, ReadError>;

    /// The children of a group of the trajectory; `""` is the trajectory itself.
    fn children(&self, trajectory: &str, node: &str) -> Result<Vec<Child>, ReadError>;

    /// A parameter or result by its full path below the trajectory, such as `parameters.neuron.tau`.
    fn leaf(&self, trajectory: &str, node: &str) -> Result<Leaf, ReadError>;

    /// What the tree does not tell; `None` for files of pypet.
    fn facts(&self, trajectory: &str) -> Result<Option<Facts>, ReadError>;

    /// The digests that were stored with these runs; `None` for files of pypet and of older versions.
    fn stored_digests(&self, _trajectory: &str, _range: Range<u64>) -> Result<Option<StoredDigests>, ReadError> {
        Ok(None)
    }

    /// How runs are laid out in an HDF5 file; `None` for files of other kinds.
    fn layout(&self, _trajectory: &str) -> Result<Option<Layout>, ReadError> {
        Ok(None)
    }

    /// What stands beside the trajectories and cannot be opened, so that nobody knows what it is: names and reasons.
    fn unopened(&self) -> Result<Vec<(String, String)>, ReadError> {
        Ok(Vec::new())
    }

    /// Where what stands in the file more than once contradicts itself, and how: places and words. Empty where
    /// everything stands there once, or agrees.
    fn contradictions(&self, _trajectory: &str) -> Result<Vec<(String, String)>, ReadError> {
        Ok(Vec::new())
    }

    /// The title of the file; empty if it has none.
    fn file_title(&self) -> Result<String, ReadError>;

    /// Everything about a trajectory but its runs, ready to be stored again. All of its configuration is in it,
    /// also what was known at the end only.
    fn head(&self, trajectory: &str) -> Result<Head, ReadError> {
        self.head_with(trajectory, &())
    }

    /// Like [`Reader::head`], where `classes` give the values of parameters that classes of the user's own have
    /// stored. Without them such parameters are refused: seeds follow from values.
    fn head_with(&self, trajectory: &str, classes: &dyn ValueLoader) -> Result<Head, ReadError> {
        Reading { reader: self, trajectory }.head(classes)
    }

    /// The runs of `range` that have ended, with what they have added, ready to be stored again.
    fn finished(&self, trajectory: &str, range: Range<u64>) -> Result<Vec<FinishedRun>, ReadError> {
        Reading { reader: self, trajectory }.finished(range)
    }
}

/// Opens a file for reading, whichever storage has written it; its first bytes tell.
pub fn open(path: &Path) -> Result<Box<dyn Reader>, ReadError> {
    // SQLite looks at them itself: were we to open and close the file, its locks in this process would be gone.
    match super::SqliteReader::open(path) {
        Err(ReadError::OtherKind { .. }) => {}
        reader => return Ok(Box::new(reader?)),
    }
    match super::Hdf5Reader::open(path) {
        Err(ReadError::OtherKind { path, .. }) => Err(ReadError::Foreign { path }),
        reader => Ok(Box::new(reader?)),
    }
}

/// What is stored beside the tree of a trajectory, so that it can be read back exactly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// How runs are numbered.
    pub points: Points,
    /// The explored parameters in the order of their axes, by their paths below `parameters`.
    pub axes: Vec<NodePath>,
    /// The root of all seeds.
    pub root_seed: u64,
    /// Who ran it first.
    pub identity: Identity,
    /// Names of the dimensions of array results, as in [`Head::dims`].
    pub dims: BTreeMap<String, Vec<String>>,
    /// UDUNITS of results and derived parameters, as in [`Head::units`].
    pub units: BTreeMap<String, String>,
    /// The program that wrote it.
    pub version: String,
    /// As [`Head::launch`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launch: Option<String>,
}

impl Facts {
    /// What of `head` its tree does not tell.
    pub fn of(head: &Head) -> Self {
        let trajectory = &head.trajectory;
        let explored = trajectory.parameters().iter().filter(|(path, _)| !trajectory.is_replicate(path));
        let mut axes: Vec<(usize, NodePath)> =
            explored.filter_map(|(path, p)| Some((p.explored.as_ref()?.position, path.clone()))).collect();
        axes.sort();
        Self {
            points: trajectory.points().clone(),
            axes: axes.into_iter().map(|(_, path)| path).collect(),
            root_seed: trajectory.root_seed(),
            identity: head.identity.clone(),
            dims: head.dims.clone(),
            units: head.units.clone(),
            version: head.version.clone(),
            launch: head.launch.clone(),
        }
    }
}

/// Why something was not read.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum ReadError {
    #[error("cannot open `{path}`: {source}")]
    Open { path: PathBuf, source: std::io::Error },
    #[error("`{path}` is not an {kind} file")]
    OtherKind { path: PathBuf, kind: &'static str },
    #[error("`{path}` is neither an HDF5 nor an SQLite file")]
    Foreign { path: PathBuf },
    #[error("`{path}` is damaged, or no file that {library} can open: {text}")]
    Damaged { path: PathBuf, library: &'static str, text: String },
    #[error(
        "`{path}` is damaged: the {library} library crashed while reading it (signal {signal}); restore it from a copy"
    )]
    Crashed { path: PathBuf, library: &'static str, signal: i32 },
    #[error(
        "`{path}` is damaged: the {library} library does not come to an end with reading it; restore it from a copy"
    )]
    Endless { path: PathBuf, library: &'static str },
    #[error("`{path}` contradicts itself: {what}")]
    Contradiction { path: PathBuf, what: String },
    #[error("`{path}` was written by a newer version (layout {found}, this one knows {known}); update this program")]
    TooNew { path: PathBuf, found: i64, known: i64 },
    #[error("`{path}` has no trajectory `{name}`; it has: {there}")]
    NoTrajectory { path: PathBuf, name: String, there: String },
    #[error("there is no node `{node}` in the trajectory `{trajectory}`")]
    NoNode { trajectory: String, node: String },
    #[error("`{node}` in the trajectory `{trajectory}` is a parameter or result, not a group")]
    NotAGroup { trajectory: String, node: String },
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
    /// Whether the unit is known to be an annotation of the run's own.
    pub own_unit: bool,
    /// The items of a result in their order; a parameter has one, `data`.
    pub items: Vec<(String, Value)>,
    /// The values of all runs, if it is an explored parameter.
    pub explored: Option<Vec<Value>>,
    /// The values in the words of a class of the user's own, which alone can make them of the items; `None` for
    /// the built-in classes.
    pub summary: Option<String>,
    /// What that class has made of the explored values, if it is an explored parameter.
    pub explored_items: Option<ExploredItems>,
    /// What could not be read, and why.
    pub unreadable: Vec<(String, String)>,
}

/// Explored values as a class of the user's own has stored them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExploredItems {
    /// The items of each value, each only once.
    pub distinct: Vec<Vec<(String, Value)>>,
    /// Each value in the words of the class.
    pub summaries: Vec<String>,
    /// For each run, which of them it has.
    pub of_run: Vec<u64>,
}

/// One trajectory of a reader, while it is read as a whole.
pub(super) struct Reading<'a, R: ?Sized> {
    pub(super) reader: &'a R,
    pub(super) trajectory: &'a str,
}

impl<R: Reader + ?Sized> Reading<'_, R> {
    /// Completes rows of runs that have not ended, which may not have been written: gives seeds to those without.
    pub(super) fn put_seeds(&self, rows: &mut [RunRow]) -> Result<(), ReadError> {
        let is_bare = |row: &RunRow| row.seed == 0 && row.status == "pending";
        // In files of pypet there are none.
        if !rows.iter().any(is_bare) || self.reader.facts(self.trajectory)?.is_none() {
            return Ok(());
        }
        // Without its classes nobody knows the values that seeds follow from.
        let Ok(head) = self.reader.head(self.trajectory) else { return Ok(()) };
        let count = head.trajectory.run_count();
        for row in rows.iter_mut().filter(|row| is_bare(row) && row.index < count) {
            row.seed = head.trajectory.seed(RunIndex(row.index as u32));
        }
        Ok(())
    }

    pub(super) fn head(&self, classes: &dyn ValueLoader) -> Result<Head, ReadError> {
        let infos = self.reader.trajectories()?;
        let Some(info) = infos.iter().find(|info| info.name == self.trajectory) else {
            return Err(ReadError::no_trajectory(self.reader.path(), self.trajectory, &infos));
        };
        let facts = match self.reader.facts(self.trajectory)? {
            Some(facts) => facts,
            None => self.foreign_facts(info)?,
        };
        let (axes, lengths) = (facts.axes.len(), facts.points.lengths().len());
        if axes != lengths {
            return Err(self.contradiction(format!("it explores {axes} parameters along {lengths} axes")));
        }
        let mut parameters = BTreeMap::new();
        for (path, leaf) in self.leaves("parameters", "parameters")? {
            let position = facts.axes.iter().position(|axis| *axis == path);
            let is_replicate = facts.points.replicates() > 1 && path.as_str() == crate::trajectory::REPLICATE;
            if !is_replicate {
                parameters.insert(path.clone(), self.parameter(&path, leaf, position, &facts.points, classes)?);
            }
        }
        let damaged = |error: &dyn std::fmt::Display| self.contradiction(error.to_string());
        let mut trajectory =
            Trajectory::from_parts(self.trajectory, &info.comment, parameters, facts.points, facts.root_seed)
                .map_err(|error| damaged(&error))?;
        for kind in [AdditionKind::DerivedParameter, AdditionKind::Result] {
            for child in self.reader.children(self.trajectory, kind.branch())? {
                if child.name == "runs" || RunIndex::from_name(&child.name).is_some() {
                    continue;
                }
                for (path, leaf) in self.leaves(&format!("{}.{}", kind.branch(), child.name), kind.branch())? {
                    let addition = self.addition(kind, path, leaf, &facts.units)?;
                    trajectory.put_addition(addition).map_err(|error| damaged(&error))?;
                }
            }
        }
        let config = self.leaves("config", "config")?.into_iter().map(|(path, leaf)| {
            let entry = self.parameter(&path, leaf, None, trajectory.points(), classes)?;
            Ok((path, entry))
        });
        let config = config.collect::<Result<_, ReadError>>()?;
        Ok(Head {
            trajectory: Arc::new(trajectory),
            identity: facts.identity,
            config,
            file_title: self.reader.file_title()?,
            dims: facts.dims,
            units: facts.units,
            version: facts.version,
            launch: facts.launch,
        })
    }

    /// What can be said of a trajectory of pypet: every run has its own row of values.
    fn foreign_facts(&self, info: &TrajectoryInfo) -> Result<Facts, ReadError> {
        let below = |name: String| NodePath::new(name.strip_prefix("parameters.").unwrap_or(&name)).ok();
        let axes: Vec<NodePath> = self.reader.explored(self.trajectory)?.into_iter().filter_map(below).collect();
        let points = Points::new(vec![info.length; axes.len()], Combine::Zip, 1);
        Ok(Facts {
            points: points.map_err(|error| self.contradiction(error.to_string()))?,
            axes,
            root_seed: 0,
            identity: Identity::new(&info.name, info.timestamp, info.time.clone(), &info.version),
            dims: BTreeMap::new(),
            units: BTreeMap::new(),
            version: info.version.clone(),
            launch: None,
        })
    }

    fn parameter(
        &self,
        path: &NodePath,
        leaf: Leaf,
        position: Option<usize>,
        points: &Points,
        classes: &dyn ValueLoader,
    ) -> Result<Parameter, ReadError> {
        if leaf.summary.is_some() || !is_built_in_class(&leaf.class) && leaf.explored.is_none() {
            return self.own_parameter(path, leaf, position, points, classes);
        }
        let explored = match (position, leaf.explored) {
            (Some(position), Some(values)) => {
                let at = |k| values.get(points.run_at(position, k).0 as usize).cloned();
                let values: Option<Vec<Value>> = (0..points.lengths()[position]).map(at).collect();
                let values = values.ok_or_else(|| self.contradiction(format!("`{path}` has too few values")))?;
                let axis = Axis::list(values).map_err(|error| self.contradiction(error.to_string()))?;
                Some(Explored { axis, position })
            }
            (Some(_), None) => return Err(self.contradiction(format!("`{path}` is said to be explored and is not"))),
            (None, _) => None,
        };
        let class = (leaf.class == "ArrayParameter").then_some(leaf.class);
        let value = leaf.items.into_iter().next().map_or(Value::None, |(_, value)| value);
        Ok(Parameter { unit: leaf.unit, explored, class, ..Parameter::new(value, leaf.comment) })
    }

    /// A parameter that a class of the user's own has stored.
    fn own_parameter(
        &self,
        path: &NodePath,
        leaf: Leaf,
        position: Option<usize>,
        points: &Points,
        classes: &dyn ValueLoader,
    ) -> Result<Parameter, ReadError> {
        let node = format!("parameters.{path}");
        let unreadable = |why: String| {
            let trajectory = self.trajectory.to_owned();
            ReadError::Unreadable { trajectory, node: node.clone(), why }
        };
        let value = |items: &[(NodePath, Value)]| match classes.values(&leaf.class, &node, items) {
            Some(Ok(values)) => Ok(values.into_iter().next().map_or(Value::None, |(_, value)| value)),
            Some(Err(why)) => Err(unreadable(why)),
            None => Err(unreadable(format!("it was stored by the class `{}`, which was not loaded", leaf.class))),
        };
        let mut stored = StoredItems {
            default: named(&leaf.items),
            summary: leaf.summary.clone().unwrap_or_default(),
            ..StoredItems::default()
        };
        let default = value(&stored.default)?;
        let explored = match (position, &leaf.explored_items) {
            (None, _) => None,
            (Some(_), None) => return Err(self.contradiction(format!("`{path}` is said to be explored and is not"))),
            (Some(position), Some(found)) => {
                let distinct: Vec<_> = found.distinct.iter().map(|items| named(items)).collect();
                let values = distinct.iter().map(|items| value(items)).collect::<Result<Vec<_>, _>>()?;
                let number = |k| found.of_run.get(points.run_at(position, k).0 as usize).map(|&at| at as usize);
                let numbers: Option<Vec<usize>> = (0..points.lengths()[position]).map(number).collect();
                let numbers = numbers.filter(|numbers| numbers.iter().all(|&at| at < distinct.len()));
                let numbers = numbers.ok_or_else(|| self.contradiction(format!("`{path}` has too few values")))?;
                stored.explored = numbers.iter().map(|&at| distinct[at].clone()).collect();
                let summary = |&at: &usize| found.summaries.get(at).cloned().unwrap_or_default();
                stored.explored_summaries = numbers.iter().map(summary).collect();
                let values = numbers.iter().map(|&at| values[at].clone()).collect();
                let axis = Axis::list(values).map_err(|error| self.contradiction(error.to_string()))?;
                Some(Explored { axis, position })
            }
        };
        let (class, stored) = (Some(leaf.class), Some(stored));
        Ok(Parameter { unit: leaf.unit, explored, class, stored, ..Parameter::new(default, leaf.comment) })
    }

    fn addition(
        &self,
        kind: AdditionKind,
        name: NodePath,
        leaf: Leaf,
        units: &BTreeMap<String, String>,
    ) -> Result<Addition, ReadError> {
        let class = (!is_built_in_class(&leaf.class)).then_some(leaf.class);
        let (items, summary) = (named(&leaf.items), leaf.summary.unwrap_or_default());
        let annotations = leaf.annotations;
        let mut addition = Addition { items, annotations, class, summary, ..Addition::new(kind, name, leaf.comment) };
        // A unit of the spec or the manifest is written as an annotation.
        if !leaf.unit.is_empty() && !leaf.own_unit {
            let first = addition.items.first().map_or("", |(item, _)| item.as_str());
            if named_unit(units, addition.name.as_str(), first, &addition) == Some(&leaf.unit) {
                addition.annotations.remove("unit");
            }
        }
        Ok(addition)
    }

    pub(super) fn finished(&self, range: Range<u64>) -> Result<Vec<FinishedRun>, ReadError> {
        let facts = self.reader.facts(self.trajectory)?;
        let units = facts.map(|facts| facts.units).unwrap_or_default();
        let rows = self.reader.runs(self.trajectory, range)?.rows;
        let ended = rows.into_iter().filter(|row| row.status != "pending");
        ended.map(|row| self.finished_run(&row, &units)).collect()
    }

    /// A run with what it has added, of which the table of runs says this.
    pub(super) fn finished_run(
        &self,
        row: &RunRow,
        units: &BTreeMap<String, String>,
    ) -> Result<FinishedRun, ReadError> {
        let index = u32::try_from(row.index).map_err(|_| self.contradiction(format!("run {}", row.index)))?;
        let index = RunIndex(index);
        let mut additions = Vec::new();
        for kind in [AdditionKind::DerivedParameter, AdditionKind::Result] {
            let (branch, set) = (kind.branch(), index.set_name());
            // Ours, pypet's, and that of pypet's first versions.
            let places =
                [format!("{branch}.runs.{set}.{index}"), format!("{branch}.runs.{index}"), format!("{branch}.{index}")];
            for place in places {
                match self.leaves(&place, &place) {
                    Ok(leaves) => {
                        for (name, leaf) in leaves {
                            additions.push(self.addition(kind, name, leaf, units)?);
                        }
                        break;
                    }
                    Err(ReadError::NoNode { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        self.ended_run(row, additions)
    }

    /// A run that has added this, of which the table of runs says that.
    pub(super) fn ended_run(&self, row: &RunRow, additions: Vec<Addition>) -> Result<FinishedRun, ReadError> {
        let index = u32::try_from(row.index).map_err(|_| self.contradiction(format!("run {}", row.index)))?;
        let index = RunIndex(index);
        let outcome = match row.status.as_str() {
            "ok" => Ok(()),
            kind => Err(RunFailure::Recorded { kind: kind.to_owned(), text: row.failure.clone() }),
        };
        let took = std::time::Duration::try_from_secs_f64(row.runtime).unwrap_or_default();
        Ok(FinishedRun { index, outcome, additions, started: row.started, took })
    }

    /// All leaves below the group `node`, by their paths below `root`.
    fn leaves(&self, node: &str, root: &str) -> Result<Vec<(NodePath, Leaf)>, ReadError> {
        let mut found = Vec::new();
        let mut waiting = vec![node.to_owned()];
        while let Some(node) = waiting.pop() {
            let below = |node: &str| {
                let path = node.strip_prefix(root).and_then(|rest| rest.strip_prefix('.')).unwrap_or(node);
                NodePath::new(path).map_err(|error| self.contradiction(error.to_string()))
            };
            let children = match self.reader.children(self.trajectory, &node) {
                Err(ReadError::NotAGroup { .. }) => {
                    found.push((below(&node)?, self.readable(&node)?));
                    continue;
                }
                children => children?,
            };
            for child in children.into_iter().rev() {
                let path = format!("{node}.{}", child.name);
                if child.is_leaf {
                    found.push((below(&path)?, self.readable(&path)?));
                } else if is_too_deep(&path) {
                    return Err(self.contradiction(TOO_DEEP.into()));
                } else {
                    waiting.push(path);
                }
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }

    /// A leaf, all of it: what cannot be read cannot be stored again, and better to say so than to lose it.
    fn readable(&self, path: &str) -> Result<Leaf, ReadError> {
        let leaf = self.reader.leaf(self.trajectory, path)?;
        let Some((item, why)) = leaf.unreadable.first() else { return Ok(leaf) };
        let (trajectory, node) = (self.trajectory.to_owned(), format!("{path}` with its `{item}"));
        Err(ReadError::Unreadable { trajectory, node, why: why.clone() })
    }

    fn contradiction(&self, what: String) -> ReadError {
        ReadError::Contradiction { path: self.reader.path().to_owned(), what }
    }
}

impl ReadError {
    /// There is no such trajectory among those that are there.
    pub fn no_trajectory(path: &Path, name: &str, there: &[TrajectoryInfo]) -> Self {
        let names: Vec<&str> = there.iter().map(|info| info.name.as_str()).collect();
        let there = if names.is_empty() { "none".into() } else { names.join(", ") };
        Self::NoTrajectory { path: path.to_owned(), name: name.to_owned(), there }
    }
}

/// What is said of a node that no name can reach.
pub(crate) const TOO_DEEP: &str =
    "its groups lie inside of each other deeper than names are long; maybe one holds itself";

/// Whether a path is longer than that of any node that could be stored. A damaged group may hold itself, so whoever
/// goes down without end stops at the first such path.
pub(crate) fn is_too_deep(path: &str) -> bool {
    path.len() > MAX_LOCATION_LENGTH + MAX_NAME_LENGTH
}

fn named(items: &[(String, Value)]) -> Vec<(NodePath, Value)> {
    items.iter().filter_map(|(name, value)| Some((NodePath::new(name.as_str()).ok()?, value.clone()))).collect()
}
