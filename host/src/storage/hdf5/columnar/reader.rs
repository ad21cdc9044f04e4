//! [`ColumnarReader`]: runs put together again from their columns, under the names that they have in the layout `tree`.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
    sync::Arc,
};

use crate::{
    storage::{Child, Leaf, RunRow, hdf5::named},
    trajectory::{Addition, AdditionKind, NodePath, RunIndex, Value},
};

use super::{
    super::{
        decode::Why,
        leaf_reader::{Read, Unread, check_bytes, integer_attribute},
        parameter,
        raw::{Called, Node, Type},
        scalar_column::NO_INT,
    },
    book::{FAILURE, FAILURES, LONG, REASON, RUNTIME, SCHEMA, STATUS_BYTES},
    column::{OFFSET, SHAPE, VALUES},
    elements::{Elements, Kind},
    layout::{LAYOUT, Layout, PURGED},
    long_form,
    place::Home,
    variant::Variant,
};

/// One trajectory in columns.
pub(in super::super) struct ColumnarReader {
    overview: Node,
    group: Node,
    layout: Arc<Layout>,
}

/// What a run has added, as its columns and the long form tell.
struct Schemas {
    first: u64,
    schema: Vec<i32>,
    long: Vec<i64>,
}

/// Runs that are looked at, at once, to find which have something.
const ROWS: u64 = 1 << 20;
/// Elements of ragged rows that are read at once although some of them are not wanted, for each that is.
const SPARE: u64 = 4;

impl ColumnarReader {
    /// Whether the runs of this trajectory stand in columns.
    pub(in super::super) fn is_there(overview: &Node) -> Called<bool> {
        overview.has(LAYOUT)
    }

    /// Reads how runs are put together.
    pub(in super::super) fn layout(overview: &Node) -> Read<Arc<Layout>> {
        let group = overview.open(LAYOUT)?;
        let purged = integer_attribute(&group, PURGED)?.unwrap_or(0) != 0;
        Ok(Arc::new(Layout::read(&group, purged)??))
    }

    /// A reader of a trajectory with this overview and layout.
    pub(in super::super) fn new(overview: Node, layout: Arc<Layout>) -> Called<Self> {
        Ok(Self { group: overview.open(LAYOUT)?, overview, layout })
    }

    /// Completes rows of the table of runs, which are those of `range`.
    pub(in super::super) fn complete(&self, rows: &mut [RunRow], range: Range<u64>) -> Read<()> {
        let columns = self.overview.open("columns")?;
        let count = range.end - range.start;
        let int = Type::integer(8, true)?;
        let runtimes = columns.open(RUNTIME)?.read_rows(&int, range.start, count)?;
        let seeds = columns.open("seed")?.read_rows(&Type::integer(8, false)?, range.start, count)?;
        let (runtimes, seeds) = (runtimes.as_chunks().0, seeds.as_chunks().0);
        for ((row, runtime), seed) in rows.iter_mut().zip(runtimes).zip(seeds) {
            let runtime = i64::from_ne_bytes(*runtime);
            row.runtime = if runtime == NO_INT { 0.0 } else { runtime.max(0) as f64 / 1e9 };
            row.seed = u64::from_ne_bytes(*seed);
        }
        if rows.iter().all(|row| matches!(row.status.as_str(), "ok" | "pending")) {
            return Ok(());
        }
        let places = self.group.open(FAILURE)?.read_rows(&int, range.start, count)?;
        let failures = self.overview.open(FAILURES)?;
        let (index, status, reason) =
            (Type::integer(8, true)?, Type::text(STATUS_BYTES, true, false)?, Type::text(REASON, true, false)?);
        let type_ = Type::compound(&[("idx", &index), ("status", &status), ("failure", &reason)])?;
        for (row, place) in rows.iter_mut().zip(places.as_chunks().0) {
            let Ok(place) = u64::try_from(i64::from_ne_bytes(*place)) else { continue };
            let bytes = failures.read_rows(&type_, place, 1)?;
            let (index, text) = (bytes.first_chunk(), bytes.get(index.size() + STATUS_BYTES..).unwrap_or_default());
            if index.map(|index| i64::from_ne_bytes(*index)) != Some(row.index as i64) {
                return Err(Unread::Why(format!("the failure of run {} is that of another one", row.index)));
            }
            row.failure = String::from_utf8_lossy(super::super::decode::unfilled(text)).into_owned();
        }
        Ok(())
    }

    fn schemas(&self, range: Range<u64>) -> Read<Schemas> {
        let count = range.end - range.start;
        let schema = self.group.open(SCHEMA)?.read_rows(&Type::integer(4, true)?, range.start, count)?;
        let long = self.group.open(LONG)?.read_rows(&Type::integer(8, true)?, range.start, count)?;
        let schemas = Schemas {
            first: range.start,
            schema: schema.as_chunks().0.iter().map(|bytes| i32::from_ne_bytes(*bytes)).collect(),
            long: long.as_chunks().0.iter().map(|bytes| i64::from_ne_bytes(*bytes)).collect(),
        };
        let there = self.layout.schemas.len();
        match schemas.schema.iter().find(|schema| usize::try_from(**schema).is_ok_and(|schema| schema >= there)) {
            Some(schema) => Err(Unread::Why(format!("there is no schema {schema}"))),
            None => Ok(schemas),
        }
    }

    /// The variants of what a run has added in columns.
    fn variants(&self, schema: i32) -> impl Iterator<Item = &Variant> {
        let members = usize::try_from(schema).ok().and_then(|schema| self.layout.schemas.get(schema));
        members.into_iter().flatten().map(|variant| &self.layout.variants[*variant as usize])
    }

    /// What the runs of `range` have added for which `wanted` says so, each run's in the order of names.
    pub(in super::super) fn additions(
        &self,
        range: Range<u64>,
        wanted: &dyn Fn(AdditionKind, &str) -> bool,
    ) -> Read<Vec<Vec<Addition>>> {
        let schemas = self.schemas(range.clone())?;
        let is_wanted = |variant: &&Variant| variant.kind().is_some_and(|kind| wanted(kind, &variant.name));
        // Which runs have a row in which column.
        let mut rows: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        let mut of_schema: HashMap<i32, Vec<usize>> = HashMap::new();
        for (&schema, run) in schemas.schema.iter().zip(range.start..) {
            let columns = of_schema
                .entry(schema)
                .or_insert_with(|| self.variants(schema).filter(is_wanted).flat_map(Variant::columns).collect());
            columns.iter().for_each(|column| rows.entry(*column).or_default().push(run));
        }
        let mut cells: HashMap<usize, Cells> = HashMap::new();
        for (column, runs) in rows {
            cells.insert(column, self.cells(column, runs)?);
        }
        let mut all = Vec::with_capacity(schemas.schema.len());
        for (at, run) in (schemas.first..range.end).enumerate() {
            let mut additions = Vec::new();
            for variant in self.variants(schemas.schema[at]).filter(is_wanted) {
                additions.push(self.addition(variant, run, &mut cells)?);
            }
            if let Ok(begin) = u64::try_from(schemas.long[at]) {
                let long = long_form::read(&self.overview, begin)??;
                additions.extend(long.into_iter().filter(|addition| wanted(addition.kind, addition.name.as_str())));
            }
            // As the tree has them.
            additions.sort_by(|a, b| (b.kind as u8, &a.name).cmp(&(a.kind as u8, &b.name)));
            all.push(additions);
        }
        Ok(all)
    }

    fn addition(&self, variant: &Variant, run: u64, cells: &mut HashMap<usize, Cells>) -> Read<Addition> {
        let kind = variant.kind().ok_or_else(|| Unread::Why("it is of no branch".into()))?;
        let path = |name: &str| NodePath::new(name).map_err(|error| Unread::Why(error.to_string()));
        let index = RunIndex(run as u32);
        let mut cell = |column: usize| -> Result<Value, Why> {
            let there = cells.get_mut(&column).and_then(|cells| cells.take(run));
            there.unwrap_or_else(|| Err(format!("column {column} has no row of run {run}")))
        };
        let mut items = Vec::with_capacity(variant.items.len());
        // The only item of a derived parameter has no name of its own.
        let is_single = kind == AdditionKind::DerivedParameter && variant.class.is_none() && variant.items.len() == 1;
        for (item, form) in &variant.items {
            let name = if is_single { "data" } else { item };
            items.push((path(name)?, form.value(&mut cell)?));
        }
        let mut annotations = BTreeMap::new();
        for (key, form) in &variant.annotations {
            annotations.insert(key.clone(), form.value(&mut cell)?);
        }
        let mut text = |column: usize| match cell(column)? {
            Value::Bytes(bytes) => String::from_utf8(bytes).map_err(|error| Unread::Why(error.to_string())),
            _ => Err(Unread::Why("its words are no text".into())),
        };
        let summary = variant.summary.map(&mut text).transpose()?.unwrap_or_default();
        let comment = match variant.comment {
            super::variant::Comment::Column(column) => text(column)?,
            super::variant::Comment::Same { .. } => variant.comment(index, self.layout.purged).to_owned(),
        };
        let class = variant.class.clone();
        Ok(Addition { items, annotations, class, summary, ..Addition::new(kind, path(&variant.name)?, comment) })
    }

    /// The rows of a column for these runs.
    fn cells(&self, column: usize, runs: Vec<u64>) -> Read<Cells> {
        let row = &self.layout.columns[column];
        let home = self.overview.open(match row.home {
            Home::Columns => "columns",
            Home::More => "more_columns",
        })?;
        let node = home.open(&row.dataset)?;
        let mut values: Vec<Result<Value, Why>> = Vec::with_capacity(runs.len());
        for span in spans(&runs) {
            let (first, count) = (span.start, span.end - span.start);
            match &row.kind {
                Kind::Float => {
                    let bytes = node.read_rows(&Type::real(8)?, first, count)?;
                    values.extend(bytes.as_chunks().0.iter().map(|x| Ok(Value::Float(f64::from_ne_bytes(*x)))));
                }
                Kind::Int => {
                    let bytes = node.read_rows(&Type::integer(8, true)?, first, count)?;
                    values.extend(bytes.as_chunks().0.iter().map(|i| Ok(Value::Int(i64::from_ne_bytes(*i)))));
                }
                Kind::Bool => {
                    let bytes = node.read_rows(&Type::integer(1, true)?, first, count)?;
                    values.extend(bytes.iter().map(|b| match b {
                        0 | 1 => Ok(Value::Bool(*b == 1)),
                        other => Err(format!("{other} is no truth value")),
                    }));
                }
                Kind::Text => {
                    let texts = node.read_text_rows(first, count)?;
                    values.extend(texts.into_iter().map(|text| Ok(Value::Text(text))));
                }
                Kind::Rows { of, shape } => {
                    let type_ = of.dtype.element().datatype()?;
                    let size = shape.iter().fold(type_.size() as u64, |n, &d| n.saturating_mul(d));
                    check_bytes(&node, size.saturating_mul(count))?;
                    let bytes = node.read_blocks(&type_, first, count, shape)?;
                    values.extend(bytes.chunks_exact((size as usize).max(1)).map(|row| of.value(shape, row.to_vec())));
                }
                Kind::Ragged { of, rank } => ragged(&node, *of, *rank, first, count, &mut values)?,
            }
        }
        Ok(Cells { runs, values: values.into_iter().map(Some).collect() })
    }

    /// The names of what runs of `range` have added of one kind, for each run that has something.
    fn names(&self, kind: AdditionKind, range: Range<u64>) -> Read<Vec<(u64, Vec<String>)>> {
        let schemas = self.schemas(range)?;
        let mut of_schema: HashMap<i32, Vec<String>> = HashMap::new();
        let mut all = Vec::new();
        for (at, (&schema, &long)) in schemas.schema.iter().zip(&schemas.long).enumerate() {
            let names = of_schema.entry(schema).or_insert_with(|| {
                self.variants(schema).filter(|variant| variant.kind() == Some(kind)).map(|v| v.name.clone()).collect()
            });
            let mut names = names.clone();
            if let Ok(begin) = u64::try_from(long) {
                let long = long_form::read(&self.overview, begin)??;
                names.extend(
                    long.iter().filter(|addition| addition.kind == kind).map(|addition| addition.name.to_string()),
                );
            }
            if !names.is_empty() {
                all.push((schemas.first + at as u64, names));
            }
        }
        Ok(all)
    }

    fn runs(&self) -> Called<u64> {
        Ok(self.group.open(SCHEMA)?.shape()?.points())
    }

    /// The children of `runs` and of what is below it in a branch, under the names that they have in a tree; `None` if
    /// there is no such node. What is a result or derived parameter is an error of its own.
    pub(in super::super) fn children(&self, kind: AdditionKind, path: &[&str]) -> Read<Found<Vec<Child>>> {
        let group = |name: String| Child { name, is_leaf: false, comment: String::new() };
        let runs = self.runs()?;
        if path.is_empty() {
            let mut sets = BTreeSet::new();
            for first in (0..runs).step_by(ROWS as usize) {
                let some = self.names(kind, first..runs.min(first + ROWS))?;
                sets.extend(some.into_iter().map(|(run, _)| RunIndex(run as u32).set_name()));
            }
            let sets: Vec<Child> = sets.into_iter().map(group).collect();
            return Ok(if sets.is_empty() { Found::Nothing } else { Found::Group(sets) });
        }
        let Some(set) = set_number(path[0]) else { return Ok(Found::Nothing) };
        let range = (set * PER_SET).min(runs)..((set + 1) * PER_SET).min(runs);
        let [_, run, inner @ ..] = path else {
            let some = self.names(kind, range)?;
            let there: Vec<Child> = some.into_iter().map(|(run, _)| group(RunIndex(run as u32).name())).collect();
            return Ok(if there.is_empty() { Found::Nothing } else { Found::Group(there) });
        };
        let Some(run) = RunIndex::from_name(run).map(|run| u64::from(run.0)).filter(|run| range.contains(run)) else {
            return Ok(Found::Nothing);
        };
        let prefix: String = inner.iter().map(|name| format!("{name}.")).collect();
        let own = prefix.trim_end_matches('.');
        let below = |of: AdditionKind, name: &str| of == kind && (name.starts_with(&prefix) || name == own);
        let additions = self.additions(run..run + 1, &below)?.pop().unwrap_or_default();
        if additions.iter().any(|addition| addition.name.as_str() == own) {
            return Ok(Found::Leaf(()));
        }
        let mut children: BTreeMap<String, Child> = BTreeMap::new();
        for addition in &additions {
            let rest = &addition.name.as_str()[prefix.len()..];
            let (name, is_leaf) = rest.split_once('.').map_or((rest, true), |(name, _)| (name, false));
            let comment = if is_leaf { addition.comment.clone() } else { String::new() };
            children.entry(name.to_owned()).or_insert(Child { name: name.to_owned(), is_leaf, comment });
        }
        Ok(if children.is_empty() { Found::Nothing } else { Found::Group(children.into_values().collect()) })
    }

    /// A result or derived parameter of a run, as a leaf of a tree.
    pub(in super::super) fn leaf(
        &self,
        kind: AdditionKind,
        path: &[&str],
        units: &BTreeMap<String, String>,
    ) -> Read<Found<(), Leaf>> {
        let runs = self.runs()?;
        let run = match path {
            [set, run, _, ..] => RunIndex::from_name(run).filter(|run| run.set_name() == *set),
            _ => None,
        };
        if let Some(run) = run.map(|run| u64::from(run.0)).filter(|run| *run < runs) {
            let name = path[2..].join(".");
            let is_it = |of: AdditionKind, other: &str| of == kind && other == name;
            let additions = self.additions(run..run + 1, &is_it)?.pop().unwrap_or_default();
            if let Some(addition) = additions.into_iter().next() {
                return Ok(Found::Leaf(leaf(addition, units)));
            }
        }
        Ok(match self.children(kind, path)? {
            Found::Nothing => Found::Nothing,
            _ => Found::Group(()),
        })
    }
}

/// What a path leads to.
pub(in super::super) enum Found<G, L = ()> {
    Nothing,
    Group(G),
    Leaf(L),
}

/// Rows of a column for some runs, in order.
struct Cells {
    runs: Vec<u64>,
    values: Vec<Option<Result<Value, Why>>>,
}

impl Cells {
    /// The row of a run, which is asked for once.
    fn take(&mut self, run: u64) -> Option<Result<Value, Why>> {
        let at = self.runs.binary_search(&run).ok()?;
        self.values.get_mut(at)?.take()
    }
}

const PER_SET: u64 = crate::trajectory::RUNS_PER_SET as u64;

fn set_number(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("run_set_").filter(|digits| digits.len() >= 5)?;
    let number = digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?;
    number.filter(|number: &u64| RunIndex((number * PER_SET) as u32).set_name() == name)
}

/// Neighbours among runs, which are in order.
fn spans(runs: &[u64]) -> impl Iterator<Item = Range<u64>> {
    runs.chunk_by(|a, b| a + 1 == *b).map(|span| span[0]..span[span.len() - 1] + 1)
}

/// Reads the ragged rows of neighbouring runs.
fn ragged(
    group: &Node,
    of: Elements,
    rank: usize,
    first: u64,
    count: u64,
    values: &mut Vec<Result<Value, Why>>,
) -> Read<()> {
    let index = Type::integer(8, true)?;
    let offsets = group.open(OFFSET)?.read_rows(&index, first, count)?;
    let node = group.open(SHAPE)?;
    check_bytes(&node, (8 * count).saturating_mul(rank as u64))?;
    let shapes = node.read_blocks(&index, first, count, &[rank as u64])?;
    let shapes: Vec<u64> = shapes.as_chunks().0.iter().map(|d| u64::from_ne_bytes(*d)).collect();
    let places: Vec<(u64, u64)> = offsets
        .as_chunks()
        .0
        .iter()
        .zip(shapes.chunks(rank.max(1)))
        .map(|(offset, shape)| {
            let elements = shape.iter().fold(1u64, |n, &d| n.saturating_mul(d));
            (u64::from_ne_bytes(*offset), elements)
        })
        .collect();
    let node = group.open(VALUES)?;
    let type_ = of.dtype.element().datatype()?;
    let size = type_.size();
    let begin = places.iter().map(|(offset, _)| *offset).min().unwrap_or(0);
    let end = places.iter().map(|(offset, elements)| offset.saturating_add(*elements)).max().unwrap_or(0);
    let wanted = places.iter().fold(0u64, |n, (_, elements)| n.saturating_add(*elements));
    let read = |begin: u64, elements: u64| -> Read<Vec<u8>> {
        if elements == 0 {
            return Ok(Vec::new());
        }
        check_bytes(&node, elements.saturating_mul(size as u64))?;
        Ok(node.read_rows(&type_, begin, elements)?)
    };
    let at_once = end - begin <= wanted.saturating_mul(SPARE);
    let all = if at_once { read(begin, end - begin)? } else { Vec::new() };
    for ((offset, elements), shape) in places.into_iter().zip(shapes.chunks(rank.max(1))) {
        let bytes = if at_once {
            let from = (offset - begin) as usize * size;
            all.get(from..from + elements as usize * size).unwrap_or_default().to_vec()
        } else {
            read(offset, elements)?
        };
        values.push(of.value(shape, bytes));
    }
    Ok(())
}

/// An addition as the leaf that it is in a tree.
fn leaf(addition: Addition, units: &BTreeMap<String, String>) -> Leaf {
    let class = match (&addition.class, addition.kind) {
        (Some(class), _) => class.clone(),
        (None, AdditionKind::Result) if addition.has_sparse() => "SparseResult".to_owned(),
        (None, AdditionKind::Result) => "Result".to_owned(),
        (None, AdditionKind::DerivedParameter) => {
            addition.items.first().map_or("Parameter", |(_, value)| parameter::derived_class(value)).to_owned()
        }
    };
    let first = addition.items.first().map_or("", |(item, _)| item.as_str());
    let said = named(units, addition.name.as_str(), first, &addition).filter(|unit| !unit.is_empty());
    let mut annotations = addition.annotations;
    let own_unit = matches!((annotations.get("unit"), said), (Some(Value::Text(own)), Some(said)) if own == said);
    if let Some(said) = said {
        annotations.entry("unit".to_owned()).or_insert_with(|| Value::Text(said.clone()));
    }
    let unit = match annotations.get("unit") {
        Some(Value::Text(unit)) => unit.clone(),
        _ => String::new(),
    };
    Leaf {
        class,
        comment: addition.comment,
        unit,
        annotations,
        own_unit,
        items: addition.items.into_iter().map(|(name, value)| (name.to_string(), value)).collect(),
        summary: addition.class.map(|_| addition.summary),
        ..Leaf::default()
    }
}
