//! `overview/columns`: every scalar of every run as one column, with the dimension scale `run`.
//!
//! A group per run is what pypet wants and what makes every reader slow. So scalars stand here a
//! second time, as netCDF-4 variables: `xarray.open_dataset(file, group="NAME/overview/columns")`
//! opens all of them at once. pypet never looks into `overview`.

use std::collections::{HashMap, HashSet};

use crate::trajectory::{Addition, AdditionKind, FinishedRun, RunIndex, Trajectory, Value};

use super::{
    kit::Kit,
    raw::{Called, Creation, Fill, Node, Reference, Shape, Storing, Type},
};

/// Rows that are collected before they are written.
const BATCH: usize = 1000;
/// Rows of a chunk.
const CHUNK: u64 = 16 << 10;
/// A job that makes up a name in every run shall not fill file and memory.
const MAX_COLUMNS: usize = 1000;
/// Longer texts are left to the tree.
const MAX_TEXT: usize = 256;
/// What stands for a missing integer: netCDF's own choice.
const NO_INT: i64 = -9_223_372_036_854_775_806;
/// What stands for a missing truth value.
const NO_BOOL: i8 = -1;

/// The open columns.
#[derive(Debug)]
pub(super) struct Columns {
    group: Node,
    scale: Reference,
    runs: u64,
    columns: Vec<Column>,
    /// By kind of addition and key; the same key may stand for a result and a derived parameter.
    by_key: [HashMap<String, usize>; 2],
    /// Names that results must not take.
    taken: HashSet<String>,
    units: HashMap<String, String>,
    status: usize,
    runtime: usize,
    waiting: usize,
    left_out: bool,
}

#[derive(Debug)]
struct Column {
    node: Node,
    type_: Type,
    kind: Kind,
    rows: Vec<RunIndex>,
    cells: Buffer,
    written: u64,
    long_name: (RunIndex, String),
    units: String,
    /// A run had a value of another type here.
    mixed: bool,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Float,
    Int,
    UInt,
    Bool,
    Text,
}

#[derive(Debug)]
enum Buffer {
    Bytes(Vec<u8>),
    Texts(Vec<String>),
}

/// One cell of a column.
#[derive(Clone, Copy, Debug)]
enum Cell<'a> {
    Float(f64),
    Int(i64),
    UInt(u64),
    Bool(bool),
    Text(&'a str),
}

impl Columns {
    /// Makes the group, the scale, and the columns that are known before the first run.
    pub(super) fn create(
        kit: &mut Kit,
        overview: &Node,
        trajectory: &Trajectory,
        units: impl Iterator<Item = (String, String)>,
    ) -> Called<Self> {
        let group = overview.make_group("columns")?;
        let runs = trajectory.run_count();
        let index = Type::integer(8, true)?;
        let how = Creation::new(&Storing::Chunked(vec![CHUNK.min(runs).max(1)], 0), None)?;
        let scale = group.make_dataset("run", &index, &Shape::growing(runs)?, &how)?;
        kit.put_terminated(&scale, "CLASS", "DIMENSION_SCALE")?;
        kit.put_terminated(&scale, "NAME", "run")?;
        kit.put_terminated(&scale, "long_name", "index of the run")?;
        let rows = 64 << 10;
        for first in (0..runs).step_by(rows) {
            let span: Vec<i64> = (first as i64..runs.min(first + rows as u64) as i64).collect();
            scale.write_rows(&index, first, super::encode::bytes_of(&span))?;
        }
        let scale = group.reference("run")?;
        let mut columns = Self {
            group,
            scale,
            runs,
            columns: Vec::new(),
            by_key: Default::default(),
            taken: ["run", "status", "runtime", "seed"].map(str::to_owned).into(),
            units: units.collect(),
            status: 0,
            runtime: 0,
            waiting: 0,
            left_out: false,
        };
        columns.status = columns.add("status", Kind::Text)?;
        columns.runtime = columns.add("runtime", Kind::Float)?;
        columns.columns[columns.runtime].units = "s".into();
        columns.put_known(trajectory)?;
        Ok(columns)
    }

    /// Writes explored scalars and seeds of all runs.
    fn put_known(&mut self, trajectory: &Trajectory) -> Called<()> {
        let seed = self.add("seed", Kind::UInt)?;
        let mut explored = Vec::new();
        for (path, parameter) in trajectory.explored() {
            let first = trajectory.value_of(parameter, RunIndex(0));
            let Some(parts) = parts(&first) else { continue };
            for (suffix, cell) in parts.iter().flatten() {
                let name = format!("{path}{suffix}");
                // `seed` or `status` may be a parameter of the user's.
                let name = if self.taken.contains(&name) { format!("parameters.{name}") } else { name };
                let at = self.add(&name, cell.kind())?;
                self.taken.insert(name);
                self.columns[at].units.clone_from(&parameter.unit);
                self.columns[at].long_name.1.clone_from(&parameter.comment);
                explored.push((at, parameter, *suffix));
            }
        }
        for run in trajectory.runs() {
            self.columns[seed].push(run, Cell::UInt(trajectory.seed(run)));
            for (at, parameter, suffix) in &explored {
                let value = trajectory.value_of(parameter, run);
                let cells = parts(&value).into_iter().flatten().flatten();
                for (_, cell) in cells.filter(|(of, _)| of == suffix) {
                    self.columns[*at].push(run, cell);
                }
            }
            self.row_is_full()?;
        }
        self.flush()
    }

    /// Takes note of a run that has ended.
    pub(super) fn finished(&mut self, run: &FinishedRun) -> Called<()> {
        let status = run.outcome.as_ref().map_or_else(|why| why.kind(), |()| "ok");
        self.columns[self.status].push(run.index, Cell::Text(status));
        self.columns[self.runtime].push(run.index, Cell::Float(run.took.as_secs_f64()));
        for addition in &run.additions {
            for (item, value) in &addition.items {
                if let Some(parts) = parts(value) {
                    let own = addition.kind == AdditionKind::DerivedParameter || item.as_str() == addition.name.name();
                    for (suffix, cell) in parts.iter().flatten() {
                        if own && suffix.is_empty() {
                            self.put(run.index, addition, addition.name.as_str(), *cell)?;
                        } else {
                            let item = if own { "" } else { item.as_str() };
                            let dot = if own { "" } else { "." };
                            let key = format!("{}{dot}{item}{suffix}", addition.name);
                            self.put(run.index, addition, &key, *cell)?;
                        }
                    }
                }
            }
        }
        self.row_is_full()
    }

    fn put(&mut self, run: RunIndex, addition: &Addition, key: &str, cell: Cell<'_>) -> Called<()> {
        let known = self.by_key[addition.kind as usize].get(key).copied();
        let at = match known {
            Some(at) => at,
            None if self.columns.len() >= MAX_COLUMNS => {
                self.left_out = true;
                return Ok(());
            }
            None => {
                let name = match addition.kind {
                    AdditionKind::DerivedParameter => format!("derived_parameters.{key}"),
                    AdditionKind::Result if self.taken.contains(key) => format!("results.{key}"),
                    AdditionKind::Result => key.to_owned(),
                };
                let at = self.add(&name, cell.kind())?;
                self.by_key[addition.kind as usize].insert(key.to_owned(), at);
                let whole = key.trim_end_matches(".real").trim_end_matches(".imag");
                self.columns[at].units = self.units.get(whole).cloned().unwrap_or_default();
                self.columns[at].long_name = (run, addition.comment.clone());
                at
            }
        };
        let column = &mut self.columns[at];
        if run < column.long_name.0 {
            column.long_name = (run, addition.comment.clone());
        }
        column.push(run, cell);
        Ok(())
    }

    fn add(&mut self, name: &str, kind: Kind) -> Called<usize> {
        let chunk = Storing::Chunked(vec![CHUNK.min(self.runs).max(1)], 0);
        let shape = Shape::growing(self.runs)?;
        let (type_, fill) = match kind {
            Kind::Float => (Type::real(8)?, f64::NAN.to_ne_bytes().to_vec()),
            Kind::Int => (Type::integer(8, true)?, NO_INT.to_ne_bytes().to_vec()),
            Kind::UInt => (Type::integer(8, false)?, vec![0; 8]),
            Kind::Bool => (Type::integer(1, true)?, NO_BOOL.to_ne_bytes().to_vec()),
            Kind::Text => (Type::integer(1, true)?, Vec::new()),
        };
        let node = if kind == Kind::Text {
            // No fill value: the library would write it once for every row of a chunk.
            self.group.make_text_dataset(name, &shape, &Creation::new(&chunk, None)?)?
        } else {
            self.group.make_dataset(name, &type_, &shape, &Creation::new(&chunk, Some(Fill(&type_, &fill)))?)?
        };
        node.put_dimension(&self.scale)?;
        self.columns.push(Column {
            node,
            type_,
            kind,
            rows: Vec::new(),
            cells: if kind == Kind::Text { Buffer::Texts(Vec::new()) } else { Buffer::Bytes(Vec::new()) },
            written: 0,
            long_name: (RunIndex(0), String::new()),
            units: String::new(),
            mixed: false,
        });
        Ok(self.columns.len() - 1)
    }

    fn row_is_full(&mut self) -> Called<()> {
        self.waiting += 1;
        if self.waiting >= BATCH { self.flush() } else { Ok(()) }
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self) -> Called<()> {
        self.waiting = 0;
        self.columns.iter_mut().try_for_each(Column::flush)
    }

    /// Writes what waits, the runs that have not ended, and the attributes that depend on
    /// whether anything is missing.
    pub(super) fn finish(mut self, kit: &mut Kit, pending: impl Iterator<Item = RunIndex>) -> Called<()> {
        for run in pending {
            self.columns[self.status].push(run, Cell::Text("pending"));
            self.row_is_full()?;
        }
        self.flush()?;
        for column in &self.columns {
            column.describe(kit, column.written < self.runs)?;
        }
        if self.left_out {
            let note = format!("only the first {MAX_COLUMNS} columns are here; the tree has all results");
            kit.put_terminated(&self.group, "note", &note)?;
        }
        Ok(())
    }
}

impl Column {
    fn push(&mut self, run: RunIndex, cell: Cell<'_>) {
        if cell.kind() != self.kind {
            self.mixed = true;
            return;
        }
        self.rows.push(run);
        match (&mut self.cells, cell) {
            (Buffer::Bytes(bytes), Cell::Float(x)) => bytes.extend_from_slice(&x.to_ne_bytes()),
            (Buffer::Bytes(bytes), Cell::Int(i)) => bytes.extend_from_slice(&i.to_ne_bytes()),
            (Buffer::Bytes(bytes), Cell::UInt(u)) => bytes.extend_from_slice(&u.to_ne_bytes()),
            (Buffer::Bytes(bytes), Cell::Bool(b)) => bytes.push(b.into()),
            (Buffer::Texts(texts), Cell::Text(text)) => texts.push(text.to_owned()),
            // The kinds agree, so the buffer does.
            (Buffer::Bytes(_), Cell::Text(_)) | (Buffer::Texts(_), _) => {}
        }
    }

    /// Writes the waiting cells, neighbours at once.
    fn flush(&mut self) -> Called<()> {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        if !self.rows.is_sorted() {
            order.sort_unstable_by_key(|&at| self.rows[at]);
        }
        let mut span_bytes = Vec::new();
        for span in order.chunk_by(|&a, &b| self.rows[a].0 + 1 == self.rows[b].0) {
            let first = u64::from(self.rows[span[0]].0);
            match &self.cells {
                Buffer::Bytes(bytes) => {
                    let size = self.type_.size();
                    span_bytes.clear();
                    span.iter().for_each(|&at| span_bytes.extend_from_slice(&bytes[at * size..(at + 1) * size]));
                    self.node.write_rows(&self.type_, first, &span_bytes)?;
                }
                Buffer::Texts(texts) => self.node.write_texts(first, span.iter().map(|&at| texts[at].as_str()))?,
            }
        }
        self.written += self.rows.len() as u64;
        self.rows.clear();
        match &mut self.cells {
            Buffer::Bytes(bytes) => bytes.clear(),
            Buffer::Texts(texts) => texts.clear(),
        }
        Ok(())
    }

    fn describe(&self, kit: &Kit, missing: bool) -> Called<()> {
        if !self.units.is_empty() {
            kit.put_terminated(&self.node, "units", &self.units)?;
        }
        if !self.long_name.1.is_empty() {
            kit.put_terminated(&self.node, "long_name", &self.long_name.1)?;
        }
        if self.mixed {
            kit.put_terminated(&self.node, "note", "some runs have a value of another type here, which is left out")?;
        }
        match self.kind {
            Kind::Int if missing => {
                self.node.put_attribute("_FillValue", &self.type_, &kit.scalar, &NO_INT.to_ne_bytes())
            }
            // xarray turns a missing truth value into True if it is told that these are truth values.
            Kind::Bool if missing => {
                self.node.put_attribute("_FillValue", &self.type_, &kit.scalar, &NO_BOOL.to_ne_bytes())
            }
            Kind::Bool => kit.put_terminated(&self.node, "dtype", "bool"),
            Kind::Float | Kind::Int | Kind::UInt | Kind::Text => Ok(()),
        }
    }
}

impl Cell<'_> {
    fn kind(self) -> Kind {
        match self {
            Self::Float(_) => Kind::Float,
            Self::Int(_) => Kind::Int,
            Self::UInt(_) => Kind::UInt,
            Self::Bool(_) => Kind::Bool,
            Self::Text(_) => Kind::Text,
        }
    }
}

/// The cells of a scalar with what is added to its name; `None` if the value is no scalar.
fn parts(value: &Value) -> Option<[Option<(&'static str, Cell<'_>)>; 2]> {
    let one = |cell| Some([Some(("", cell)), None]);
    match value {
        Value::Bool(b) => one(Cell::Bool(*b)),
        Value::Int(i) => one(Cell::Int(*i)),
        Value::Float(x) => one(Cell::Float(*x)),
        Value::Complex(c) => Some([Some((".real", Cell::Float(c.re))), Some((".imag", Cell::Float(c.im)))]),
        Value::Text(text) if text.len() <= MAX_TEXT => one(Cell::Text(text)),
        _ => None,
    }
}
