//! The experiment as a value: names, values, the tree of parameters, explored axes and single runs.
//!
//! Nothing here touches a file, the clock, a thread or the sandbox; such things are passed in. All
//! other modules build on this one. Mirrors pypet's `Trajectory`.

mod axis;
mod building;
mod class;
mod digest;
mod harmless;
mod identity;
mod lookup;
mod name;
mod parameter;
mod points;
mod repr;
mod run_set;
#[cfg(test)]
pub(crate) mod samples;
mod seed;
mod serialized;
mod single_run;
mod sparse;
mod value;
mod value_from;

use std::collections::BTreeMap;

pub use axis::{Axis, AxisError, exact_double};
pub use class::{
    BUILT_IN_CLASSES, ClassNameError, ItemError, ValueLoader, check_class_name, class_items, is_built_in_class,
};
pub use digest::{CommentDigest, Digest, DigestError, TrajectoryDigest};
pub use harmless::{deceives, harmless, one_line};
pub use identity::Identity;
pub use lookup::{Found, Lookup};
pub(crate) use name::SPARSE_MARK;
pub use name::{BRANCHES, MAX_LOCATION_LENGTH, MAX_NAME_LENGTH, NameError, NodePath, check_component};
pub use parameter::{Explored, Parameter, StoredItems};
pub use points::{Combine, MAX_RUNS, Points, PointsError, RUNS_PER_SET, RunIndex};
pub use repr::python_float;
pub use run_set::RunSet;
pub use seed::Contribution;
pub use single_run::{AccessError, AddError, Addition, AdditionKind, FinishedRun, Limited, RunFailure, SingleRun};
pub use sparse::{Compressed, Coordinates, Indices, Sparse, SparseError, Structure};
pub use value::{Array, ArrayData, Complex, Dict, Sequence, Table, Value, ValueError};
pub(crate) use value::{check_unnested, side_by_side};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The name under which replicates of a point are explored.
pub const REPLICATE: &str = "replicate";

/// What stands between two explored values of a run that is told in words,
const BETWEEN: &str = ",   ";
/// and the most characters of each of them.
const SUMMARY_VALUE: usize = 64;

/// All parameters and points of one exploration. Mirrors pypet's `Trajectory`.
///
/// While it is being made, it belongs to whoever makes it (`f_add_parameter`, `f_explore` …); for its
/// runs it is frozen into an [`Arc`](std::sync::Arc): nobody changes it while runs look at it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "serialized::PlainTrajectory", into = "serialized::PlainTrajectory")]
pub struct Trajectory {
    name: String,
    comment: String,
    parameters: BTreeMap<NodePath, Parameter>,
    points: Points,
    root_seed: u64,
    /// Settings that must not change results, below `config`.
    config: BTreeMap<NodePath, Parameter>,
    /// Derived parameters and results of the trajectory itself, which no run has added.
    additions: Vec<Addition>,
    /// Short-cuts to the derived parameters among the additions.
    derived: Lookup,
    lookup: Lookup,
    /// Positions and axes of the explored parameters, in the order of their paths.
    explored: Vec<usize>,
    /// What the fixed parameters contribute to every seed.
    fixed_seed: Contribution,
}

/// Why there is no such trajectory.
#[derive(Clone, Debug, PartialEq, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum TrajectoryError {
    #[error("`{inner}` would lie inside of `{outer}`, which is a parameter itself; rename one of them")]
    Nested { outer: NodePath, inner: NodePath },
    #[error(transparent)]
    Name(#[from] NameError),
    #[error("`{REPLICATE}` counts the replicates of a point; give your own parameter another name")]
    ReplicateTaken,
    #[error("`{name}` has {values} values, which is not the length of axis {position} of the exploration")]
    NoSuchAxis { name: NodePath, values: u64, position: usize },
    #[error("the trajectory has `{0}` already; choose another name")]
    Taken(String),
    #[error("`{0}` is explored twice; give it one axis")]
    Twice(String),
    #[error("there is no parameter `{name}` to explore; add it first (`f_add_parameter`){}", did_you_mean(similar))]
    NoParameter { name: String, similar: Option<String> },
    #[error("`{name}` may mean {}; write the whole name", candidates.join(" or "))]
    Ambiguous { name: String, candidates: Vec<String> },
    #[error("`{name}` holds {expected} but is to take {got}; explored values have the type of the default")]
    OtherType { name: String, expected: &'static str, got: &'static str },
    #[error("the axis of `{name}` cannot be used: {source}")]
    Axis { name: String, source: AxisError },
    #[error(transparent)]
    Points(#[from] PointsError),
    #[error(transparent)]
    Value(#[from] ValueError),
    #[error("a result needs at least one item")]
    NoItems,
}

fn did_you_mean(similar: &Option<String>) -> String {
    similar.as_ref().map_or(String::new(), |similar| format!(", or did you mean `{similar}`?"))
}

impl Trajectory {
    /// Freezes parameters and points. With more than one replicate of each point, the parameter
    /// [`REPLICATE`] is added; it varies fastest.
    pub fn from_parts(
        name: &str,
        comment: &str,
        mut parameters: BTreeMap<NodePath, Parameter>,
        points: Points,
        root_seed: u64,
    ) -> Result<Self, TrajectoryError> {
        check_component(name)?;
        check_leaves(parameters.keys())?;
        for (path, parameter) in &parameters {
            let Some(Explored { axis, position }) = &parameter.explored else { continue };
            if points.lengths().get(*position) != Some(&axis.len()) {
                return Err(TrajectoryError::NoSuchAxis {
                    name: path.clone(),
                    values: axis.len(),
                    position: *position,
                });
            }
        }
        if points.replicates() > 1 {
            let counter = replicate_parameter(&points);
            if parameters.insert(NodePath::new(REPLICATE)?, counter).is_some() {
                return Err(TrajectoryError::ReplicateTaken);
            }
        }
        let mut trajectory = Self {
            name: name.to_owned(),
            comment: comment.to_owned(),
            parameters,
            points,
            root_seed,
            config: BTreeMap::new(),
            additions: Vec::new(),
            derived: Lookup::default(),
            lookup: Lookup::default(),
            explored: Vec::new(),
            fixed_seed: Contribution::default(),
        };
        trajectory.prepare();
        Ok(trajectory)
    }

    /// Works out what follows from the parameters.
    fn prepare(&mut self) {
        let explored = self.parameters.values().enumerate().filter(|(_, p)| p.explored.is_some());
        self.explored = explored.map(|(at, _)| at).collect();
        self.lookup = Lookup::new(self.parameters.keys().cloned());
        let fixed = self.parameters.iter().filter(|(_, parameter)| parameter.explored.is_none());
        self.fixed_seed =
            fixed.map(|(path, p)| Contribution::of(path, &p.value)).fold(Contribution::default(), Contribution::and);
    }

    /// The same trajectory under another name, such as one with the time of its start.
    pub fn with_name(mut self, name: &str) -> Result<Self, NameError> {
        check_component(name)?;
        self.name = name.to_owned();
        Ok(self)
    }

    /// The name, which is also that of its group in the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The comment; empty if there is none.
    pub fn comment(&self) -> &str {
        &self.comment
    }

    /// All parameters by their path below `parameters`.
    pub fn parameters(&self) -> &BTreeMap<NodePath, Parameter> {
        &self.parameters
    }

    /// Settings that must not change results, by their path below `config`.
    pub fn config(&self) -> &BTreeMap<NodePath, Parameter> {
        &self.config
    }

    /// Derived parameters and results of the trajectory itself, in the order in which they were added.
    pub fn additions(&self) -> &[Addition] {
        &self.additions
    }

    /// Short-cuts to its own derived parameters.
    pub fn derived_lookup(&self) -> &Lookup {
        &self.derived
    }

    /// The value of its own derived parameter at a position of [`Trajectory::derived_lookup`].
    pub fn derived_value(&self, position: usize) -> Option<&Value> {
        let of_kind = |addition: &&Addition| addition.kind == AdditionKind::DerivedParameter;
        Some(&self.additions.iter().filter(of_kind).nth(position)?.items.first()?.1)
    }

    /// The explored parameters, in the order of their paths.
    pub fn explored(&self) -> impl Iterator<Item = (&NodePath, &Parameter)> {
        self.explored.iter().map(|&position| {
            let path = self.lookup.path(position);
            (path, &self.parameters[path])
        })
    }

    /// Short-cuts into the parameters.
    pub fn parameter_lookup(&self) -> &Lookup {
        &self.lookup
    }

    /// How runs are numbered.
    pub fn points(&self) -> &Points {
        &self.points
    }

    /// The number of runs. pypet's `len(traj)`.
    pub fn run_count(&self) -> u64 {
        self.points.count()
    }

    /// The root of all seeds.
    pub fn root_seed(&self) -> u64 {
        self.root_seed
    }

    /// All runs in order.
    pub fn runs(&self) -> impl Iterator<Item = RunIndex> + use<> {
        // `Points` holds no more than `MAX_RUNS`, which fits.
        (0..self.points.count() as u32).map(RunIndex)
    }

    /// The value of `parameter` in run `run`.
    pub fn value_of(&self, parameter: &Parameter, run: RunIndex) -> Value {
        match &parameter.explored {
            None => parameter.value.clone(),
            Some(Explored { axis, position }) if *position == REPLICATE_AXIS => axis.at(self.points.replicate(run)),
            Some(Explored { axis, position }) => axis.at(self.points.coordinate(run, *position)),
        }
    }

    /// The value of the parameter at a position of [`Trajectory::parameter_lookup`].
    pub fn value_at(&self, position: usize, run: RunIndex) -> Value {
        self.value_of(&self.parameters[self.lookup.path(position)], run)
    }

    /// The seed of run `run`: of its content, never of its position.
    pub fn seed(&self, run: RunIndex) -> u64 {
        let mut content = self.fixed_seed;
        for (path, parameter) in self.explored().filter(|(path, _)| !self.is_replicate(path)) {
            content = content.and(Contribution::of(path, &self.value_of(parameter, run)));
        }
        content.seed(self.root_seed, self.points.replicate(run))
    }

    /// The explored values of a run as pypet's `parameter_summary` writes them: `mode: 'a',   x: 1`.
    pub fn summary(&self, run: RunIndex) -> String {
        let mut summary = String::new();
        for (path, parameter) in self.explored() {
            if !summary.is_empty() {
                summary.push_str(BETWEEN);
            }
            summary.push_str(self.summary_name(path));
            summary.push_str(": ");
            summary.push_str(&self.value_of(parameter, run).repr(SUMMARY_VALUE));
        }
        summary
    }

    /// At least the length in bytes of every run's [`Trajectory::summary`], and at most `max`, without asking every run.
    pub fn longest_summary(&self, max: usize) -> usize {
        let length = |(path, parameter): (&NodePath, &Parameter)| {
            let widest = parameter.explored.as_ref().map_or(0, |explored| explored.axis.widest_repr(SUMMARY_VALUE));
            BETWEEN.len() + self.summary_name(path).len() + ": ".len() + widest
        };
        self.explored().map(length).sum::<usize>().saturating_sub(BETWEEN.len()).min(max)
    }

    /// What an explored parameter is called where runs are told in words.
    fn summary_name<'p>(&self, path: &'p NodePath) -> &'p str {
        let shared = self.explored().filter(|(other, _)| other.name() == path.name()).count() > 1;
        if shared { path.as_str() } else { path.name() }
    }

    /// Whether the parameter at `path` counts replicates.
    pub fn is_replicate(&self, path: &NodePath) -> bool {
        self.points.replicates() > 1 && path.as_str() == REPLICATE
    }
}

/// Refuses a leaf inside of a leaf.
fn check_leaves<'a>(paths: impl Iterator<Item = &'a NodePath>) -> Result<(), TrajectoryError> {
    let mut sorted: Vec<&NodePath> = paths.collect();
    sorted.sort_by(|a, b| a.components().cmp(b.components()));
    match sorted.windows(2).find(|pair| pair[0].is_nested_with(pair[1])) {
        Some(pair) => Err(TrajectoryError::Nested { outer: pair[0].clone(), inner: pair[1].clone() }),
        None => Ok(()),
    }
}

/// The axis number that stands for the replicates, which [`Points`] counts apart.
const REPLICATE_AXIS: usize = usize::MAX;

fn replicate_parameter(points: &Points) -> Parameter {
    let axis = Axis::integers(0, points.replicates() as i64, 1).expect("more than one replicate");
    Parameter {
        explored: Some(Explored { axis, position: REPLICATE_AXIS }),
        ..Parameter::new(Value::Int(0), "which of the replicates of its point a run is")
    }
}

#[cfg(test)]
mod tests;
