//! [`SingleRun`]: one point and what its run adds. It moves into a sandbox and comes out as a [`FinishedRun`].

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Trajectory,
    lookup::Found,
    name::{self, BRANCHES, NameError, NodePath},
    points::RunIndex,
    value::{self, Value, ValueError},
};

/// A read-only view on one point, plus an empty list of additions. Mirrors pypet's trajectory
/// during a run, which shows one point only.
#[derive(Debug)]
pub struct SingleRun {
    trajectory: Arc<Trajectory>,
    index: RunIndex,
    additions: Vec<Addition>,
    /// Names in use, results and derived parameters apart; the numbers are positions in `additions`.
    names: [BTreeMap<NodePath, usize>; 2],
    /// Values of derived parameters that a class stores as something else, by positions in `additions`.
    values: BTreeMap<usize, Value>,
}

/// A node that a run adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Addition {
    /// Which branch it goes to.
    pub kind: AdditionKind,
    /// Path below the run's own group.
    pub name: NodePath,
    /// Named items, at least one; a derived parameter has exactly one.
    pub items: Vec<(NodePath, Value)>,
    /// Empty if there is none.
    pub comment: String,
    /// Free annotations in the order of their keys.
    pub annotations: BTreeMap<String, Value>,
    /// The class of the user's own that made the items; `None` for the built-in ones.
    pub class: Option<String>,
    /// The values in the words of that class, for the overview; empty for the built-in ones.
    #[serde(default)]
    pub summary: String,
}

/// The branch of an [`Addition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdditionKind {
    /// `results.runs.run_set_00000.run_00000000.…`
    Result,
    /// `derived_parameters.runs.run_set_00000.run_00000000.…`
    DerivedParameter,
}

impl AdditionKind {
    /// The branch of the tree: `results` or `derived_parameters`.
    pub fn branch(self) -> &'static str {
        match self {
            Self::Result => "results",
            Self::DerivedParameter => "derived_parameters",
        }
    }
}

/// A run that has ended, as plain data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FinishedRun {
    /// Which one.
    pub index: RunIndex,
    /// How it ended.
    pub outcome: Result<(), RunFailure>,
    /// What it added; empty for a failed run.
    pub additions: Vec<Addition>,
    /// Start in seconds since 1970, UTC.
    pub started: f64,
    /// Wall time of the run.
    pub took: Duration,
}

impl Addition {
    /// Whether it holds sparse matrices; pypet has classes of their own for these.
    pub fn has_sparse(&self) -> bool {
        self.items.iter().any(|(_, value)| matches!(value, Value::Sparse(_)))
    }

    /// A node without items yet.
    pub fn new(kind: AdditionKind, name: NodePath, comment: String) -> Self {
        Self {
            kind,
            name,
            items: Vec::new(),
            comment,
            annotations: BTreeMap::new(),
            class: None,
            summary: String::new(),
        }
    }
}

impl FinishedRun {
    /// What its additions occupy, in bytes.
    pub fn bytes(&self) -> u64 {
        self.additions.iter().flat_map(|addition| &addition.items).map(|(_, value)| value.bytes()).sum()
    }
}

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum RunFailure {
    #[error("the job returned an error: {0}")]
    Error(String),
    #[error("the job panicked: {message}{}", place(file, *line))]
    Panic { message: String, file: String, line: u32 },
    #[error("the job trapped: {0}")]
    Trap(String),
    #[error("the run took longer than its limit of {limit:?} ([limits] timeout)")]
    Timeout { limit: Duration },
    #[error("the run wanted {wanted} bytes of memory, more than its limit of {limit} ([limits] memory)")]
    Memory { wanted: u64, limit: u64 },
    #[error("the run used up its stack of {limit} bytes: recursion too deep ([limits] stack)")]
    Stack { limit: u64 },
    #[error(
        "the run used up the stack in its own memory: {0}; recursion too deep, or too much data in it; its size is set when the job is built"
    )]
    OwnStack(String),
    #[error("the run exceeded its limit on {}: {limit} ([limits] {})", what.words(), what.key())]
    Limit { what: Limited, limit: u64 },
    #[error("the exploration was stopped while it ran")]
    Abandoned,
    #[error("the host could not run it: {0}")]
    Host(String),
    #[error("the process of the run ended early: {0}")]
    Process(String),
    #[error("{text}")]
    Recorded { kind: String, text: String },
}

/// What of a run is counted, and ends it when there is too much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limited {
    /// Instructions.
    Fuel,
    /// Bytes of results and derived parameters.
    Results,
    /// Results and derived parameters, by their number.
    ResultCount,
    /// Calls of functions of the host.
    HostCalls,
    /// Files, directories and streams that are open at a time.
    OpenFiles,
    /// Bytes that are written into files.
    Written,
}

impl Limited {
    /// Everything that is counted.
    pub const ALL: [Self; 6] =
        [Self::Fuel, Self::Results, Self::ResultCount, Self::HostCalls, Self::OpenFiles, Self::Written];

    /// The key in `[limits]`, which is also the kind of the failure.
    pub fn key(self) -> &'static str {
        match self {
            Self::Fuel => "fuel",
            Self::Results => "results",
            Self::ResultCount => "result_count",
            Self::HostCalls => "host_calls",
            Self::OpenFiles => "open_files",
            Self::Written => "written",
        }
    }

    /// What it is, for a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Fuel => "fuel",
            Self::Results => "bytes of results",
            Self::ResultCount => "the number of results",
            Self::HostCalls => "calls of the host",
            Self::OpenFiles => "files and streams that are open at a time",
            Self::Written => "bytes written into files",
        }
    }

    /// What has this key, if anything.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.key() == key)
    }
}

/// What [`RunFailure::kind`] may say; `limit` stands in files of earlier versions.
const KINDS: [&str; 16] = [
    "error",
    "panic",
    "trap",
    "timeout",
    "memory",
    "stack",
    "fuel",
    "results",
    "result_count",
    "host_calls",
    "open_files",
    "written",
    "limit",
    "abandoned",
    "host",
    "process",
];

/// Where a job panicked, for the end of a sentence. Not every language knows.
fn place(file: &str, line: u32) -> String {
    if file.is_empty() { String::new() } else { format!(" ({file}:{line})") }
}

impl RunFailure {
    /// One word for tables and filters.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Error(_) => "error",
            Self::Panic { .. } => "panic",
            Self::Trap(_) => "trap",
            Self::Timeout { .. } => "timeout",
            Self::Memory { .. } => "memory",
            Self::Stack { .. } | Self::OwnStack(_) => "stack",
            Self::Limit { what, .. } => what.key(),
            Self::Abandoned => "abandoned",
            Self::Host(_) => "host",
            Self::Process(_) => "process",
            // Read back from a file, which may be of a later version.
            Self::Recorded { kind, .. } => KINDS.iter().find(|known| *known == kind).copied().unwrap_or("other"),
        }
    }
}

/// Why a run cannot see a value. The WIT contract's `access-error`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum AccessError {
    #[error("there is no parameter `{0}`")]
    NotFound(String),
    #[error("`{name}` is ambiguous: {}", candidates.join(", "))]
    Ambiguous { name: String, candidates: Vec<String> },
    #[error("`{0}` is not visible to a run")]
    NotVisible(String),
}

/// Why a run cannot add something. The WIT contract's `add-error`.
#[derive(Clone, Debug, PartialEq, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum AddError {
    #[error(transparent)]
    Name(#[from] NameError),
    #[error("`{0}` begins with a branch or run of the tree; a run adds below its own group, so give the name alone")]
    OutsideOfRun(String),
    #[error("this run has added `{0}` before")]
    AlreadyExists(String),
    #[error("`{inner}` would lie inside of `{outer}`, which this run has added as a value")]
    Nested { outer: String, inner: String },
    #[error(transparent)]
    Value(#[from] ValueError),
    #[error("a result needs at least one item")]
    NoItems,
    #[error("this run has no result or derived parameter `{0}` to annotate")]
    NotFound(String),
    #[error("{kind} values cannot be annotations; use plain values or arrays")]
    NoAnnotation { kind: &'static str },
}

/// What a run can see, by its position.
enum Visible {
    Parameter(usize),
    /// Of this run.
    Derived(usize),
    /// A derived parameter of the trajectory itself.
    Shared(usize),
}

impl SingleRun {
    /// The view of run `index`, which is below [`Trajectory::run_count`].
    pub fn new(trajectory: Arc<Trajectory>, index: RunIndex) -> Self {
        Self { trajectory, index, additions: Vec::new(), names: Default::default(), values: BTreeMap::new() }
    }

    /// The trajectory this run belongs to.
    pub fn trajectory(&self) -> &Arc<Trajectory> {
        &self.trajectory
    }

    /// The index of this run. pypet's `v_idx`.
    pub fn index(&self) -> RunIndex {
        self.index
    }

    /// Its index as a number. pypet's `v_idx`.
    pub fn v_idx(&self) -> u32 {
        self.index.0
    }

    /// Its name, `run_00000003`. pypet's `v_crun`.
    pub fn v_crun(&self) -> String {
        self.index.name()
    }

    /// The seed of this run.
    pub fn seed(&self) -> u64 {
        self.trajectory.seed(self.index)
    }

    /// The value of the parameter that `name` leads to, at this point. pypet's `f_get`.
    pub fn f_get(&self, name: &str) -> Result<Value, AccessError> {
        Ok(match self.find(name)? {
            Visible::Parameter(position) => self.trajectory.value_at(position, self.index),
            Visible::Derived(at) => self.values.get(&at).unwrap_or(&self.additions[at].items[0].1).clone(),
            Visible::Shared(position) => self.trajectory.derived_value(position).cloned().unwrap_or(Value::None),
        })
    }

    /// Whether [`SingleRun::f_get`] would find `name`; true for an ambiguous one as well. pypet's `f_contains`.
    pub fn f_contains(&self, name: &str) -> bool {
        matches!(self.find(name), Ok(_) | Err(AccessError::Ambiguous { .. }))
    }

    fn find(&self, name: &str) -> Result<Visible, AccessError> {
        let (branch, rest) = match name.split_once('.') {
            Some((first, rest)) if BRANCHES.contains(&first) => (Some(first), rest),
            _ => (None, name),
        };
        if matches!(branch, Some("config" | "results")) {
            return Err(AccessError::NotVisible(name::shortened(name)));
        }
        let (lookup, shared) = (self.trajectory.parameter_lookup(), self.trajectory.derived_lookup());
        let in_parameters = if branch == Some("derived_parameters") { Found::Nothing } else { lookup.find(rest) };
        let derived = if branch == Some("parameters") { None } else { self.derived(rest) };
        match (in_parameters, derived) {
            (Found::One(position), None) => Ok(Visible::Parameter(position)),
            (Found::Nothing, Some(at)) => Ok(Visible::Derived(at)),
            (Found::Nothing, None) if branch == Some("parameters") || shared.paths().is_empty() => {
                Err(AccessError::NotFound(name::shortened(name)))
            }
            (Found::Nothing, None) => match shared.find(rest) {
                Found::One(position) => Ok(Visible::Shared(position)),
                Found::Nothing => Err(AccessError::NotFound(name::shortened(name))),
                Found::Ambiguous(positions) => Err(AccessError::Ambiguous {
                    name: name.to_owned(),
                    candidates: positions.iter().map(|&at| format!("derived_parameters.{}", shared.path(at))).collect(),
                }),
            },
            (Found::One(position), Some(at)) => Err(AccessError::Ambiguous {
                name: name.to_owned(),
                candidates: vec![
                    format!("parameters.{}", lookup.path(position)),
                    format!("derived_parameters.{}", self.additions[at].name),
                ],
            }),
            (Found::Ambiguous(positions), _) => Err(AccessError::Ambiguous {
                name: name.to_owned(),
                candidates: positions.iter().map(|&at| format!("parameters.{}", lookup.path(at))).collect(),
            }),
        }
    }

    /// The derived parameter of this run with exactly this name.
    fn derived(&self, name: &str) -> Option<usize> {
        let names = &self.names[AdditionKind::DerivedParameter as usize];
        if names.is_empty() { None } else { names.get(&NodePath::new(name).ok()?).copied() }
    }

    /// Adds a result with named items; an empty item name stands for the result's own. pypet's `f_add_result`.
    pub fn f_add_result(&mut self, name: &str, items: Vec<(String, Value)>, comment: String) -> Result<(), AddError> {
        let result = self.result(name, items, comment)?;
        self.push(result);
        Ok(())
    }

    /// Adds a derived parameter. pypet's `f_add_derived_parameter`.
    pub fn f_add_derived_parameter(&mut self, name: &str, value: Value, comment: String) -> Result<(), AddError> {
        let derived = self.derived_parameter(name, value, comment)?;
        self.push(derived);
        Ok(())
    }

    /// Adds what a class of the user's own makes of a result: `keep` puts its items in place of those given.
    pub fn f_add_result_as<E: From<AddError>>(
        &mut self,
        name: &str,
        items: Vec<(String, Value)>,
        comment: String,
        keep: impl FnOnce(Addition) -> Result<Addition, E>,
    ) -> Result<(), E> {
        let kept = keep(self.result(name, items, comment)?)?;
        self.push(kept);
        Ok(())
    }

    /// Adds what a class of the user's own makes of a derived parameter; [`SingleRun::f_get`] finds `value`.
    pub fn f_add_derived_parameter_as<E: From<AddError>>(
        &mut self,
        name: &str,
        value: Value,
        comment: String,
        keep: impl FnOnce(Addition) -> Result<Addition, E>,
    ) -> Result<(), E> {
        let kept = keep(self.derived_parameter(name, value.clone(), comment)?)?;
        self.values.insert(self.additions.len(), value);
        self.push(kept);
        Ok(())
    }

    fn result(&self, name: &str, items: Vec<(String, Value)>, comment: String) -> Result<Addition, AddError> {
        let name = self.free_name(name, AdditionKind::Result)?;
        if items.is_empty() {
            return Err(AddError::NoItems);
        }
        let items = value::named_items(&name, items).map_err(|error| match error {
            ValueError::Name(error) => AddError::Name(error),
            error => AddError::Value(error),
        })?;
        Ok(Addition { items, ..Addition::new(AdditionKind::Result, name, comment) })
    }

    fn derived_parameter(&self, name: &str, value: Value, comment: String) -> Result<Addition, AddError> {
        let kind = AdditionKind::DerivedParameter;
        let name = self.free_name(name, kind)?;
        Ok(Addition { items: vec![(NodePath::new("data")?, value)], ..Addition::new(kind, name, comment) })
    }

    /// Annotates a result or derived parameter of this run. pypet's `v_annotations`.
    pub fn f_set_annotation(&mut self, node: &str, key: &str, value: Value) -> Result<(), AddError> {
        name::check_component(key)?;
        if let Value::None | Value::Table(_) | Value::Dict(_) | Value::Sparse(_) = value {
            return Err(AddError::NoAnnotation { kind: value.type_name() });
        }
        let path = NodePath::new(node)?;
        let at = self.names.iter().find_map(|names| names.get(&path).copied());
        let at = at.ok_or_else(|| AddError::NotFound(name::shortened(node)))?;
        self.additions[at].annotations.insert(key.to_owned(), value);
        Ok(())
    }

    /// Ends the run: its additions if it went well, nothing but the reason if not.
    pub fn finish(self, outcome: Result<(), RunFailure>, started: f64, took: Duration) -> FinishedRun {
        let additions = if outcome.is_ok() { self.additions } else { Vec::new() };
        FinishedRun { index: self.index, outcome, additions, started, took }
    }

    /// Checks that `name` stays within the run and collides with nothing.
    fn free_name(&self, name: &str, kind: AdditionKind) -> Result<NodePath, AddError> {
        let first = name.split('.').next().unwrap_or(name);
        if name.contains('.') && (BRANCHES.contains(&first) || first == "runs" || first.starts_with("run_")) {
            return Err(AddError::OutsideOfRun(name::shortened(name)));
        }
        let path = NodePath::new(name)?;
        let names = &self.names[kind as usize];
        if names.is_empty() {
            return Ok(path);
        }
        if names.contains_key(&path) {
            return Err(AddError::AlreadyExists(path.to_string()));
        }
        // An ancestor of the new name among the leaves, or a leaf below it.
        for (dot, _) in name.match_indices('.') {
            let ancestor = NodePath::new(&name[..dot])?;
            if names.contains_key(&ancestor) {
                return Err(AddError::Nested { outer: ancestor.to_string(), inner: name.to_owned() });
            }
        }
        // `a-b` sorts between `a` and `a.b`, so the first larger name need not be the one inside.
        let inside = names.range(path.clone()..).map(|(other, _)| other);
        let mut inside = inside.take_while(|other| other.as_str().starts_with(path.as_str()));
        match inside.find(|other| other.is_nested_with(&path)) {
            Some(inner) => Err(AddError::Nested { outer: path.to_string(), inner: inner.to_string() }),
            None => Ok(path),
        }
    }

    fn push(&mut self, addition: Addition) {
        self.names[addition.kind as usize].insert(addition.name.clone(), self.additions.len());
        self.additions.push(addition);
    }
}
