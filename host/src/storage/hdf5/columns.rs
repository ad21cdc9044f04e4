//! `overview/columns`: every scalar of every run as one column, with the dimension scale `run`.
//!
//! A group per run is what pypet wants and what makes every reader slow. So scalars stand here a
//! second time, as netCDF-4 variables: `xarray.open_dataset(file, group="NAME/overview/columns")`
//! opens all of them at once. pypet never looks into `overview`.
//!
//! Runs end in any order, and what stands here does not depend on it: while runs come there is a
//! column for every name and type, and which of them keeps the plain name is decided at the end.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap, HashSet},
};

use crate::trajectory::{Addition, AdditionKind, FinishedRun, RunIndex, Trajectory, Value};

use super::{
    column_sums::{self, Sum},
    kit::Kit,
    raw::{Called, Creation, Fill, Node, Reference, Shape, Storing, Type},
};

/// Rows that are collected before they are written.
const BATCH: usize = 1000;
/// Rows of a chunk.
const CHUNK: u64 = 16 << 10;
/// A job that makes up a name in every run shall not fill file and memory: with more columns of results
/// than these, there are none.
const MAX_COLUMNS: usize = 500;
/// Results of which is known by name whether something of them is left out; with more of them, no names are given.
const MAX_KEYS: usize = 4 * MAX_COLUMNS;
/// Names that a note lists.
const MAX_LISTED: usize = 10;
/// Longer texts are left to the tree.
pub(super) const MAX_TEXT: usize = 256;
/// The longest name that netCDF takes, in bytes.
pub(super) const MAX_NAME: usize = 255;
/// What stands for a missing integer: netCDF's own choice.
pub(super) const NO_INT: i64 = -9_223_372_036_854_775_806;
/// What stands for a missing truth value.
pub(super) const NO_BOOL: i8 = -1;
/// Larger integers are not safe as real numbers, which readers make of a column that has a fill value.
pub(super) const MAX_EXACT: u64 = 1 << 53;

/// The open columns.
#[derive(Debug)]
pub(super) struct Columns {
    group: Node,
    scale: Reference,
    runs: u64,
    columns: Vec<Column>,
    /// So many of the columns were known before the first run.
    known: usize,
    /// By kind of addition and key; the same key may stand for a result and a derived parameter.
    by_key: [HashMap<String, Key>; 2],
    /// There are more keys than can be told by name.
    many_keys: bool,
    /// There were too many columns of results.
    dropped: bool,
    /// What is left out of explored parameters, and names that became too long.
    also_left_out: Vec<(String, LeftOut)>,
    /// Names that results must not take.
    taken: HashSet<String>,
    units: HashMap<String, String>,
    status: usize,
    runtime: usize,
    waiting: usize,
    /// The names of all datasets of the group.
    used: HashSet<String>,
}

/// A result, or an item of one, that runs have added.
#[derive(Debug, Default)]
struct Key {
    /// Its columns, by [`Kind`].
    columns: [Option<usize>; KINDS.len()],
    left_out: BTreeSet<LeftOut>,
}

/// Why something stands in the tree only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum LeftOut {
    LongName,
    ZeroByte,
    LongText,
    NoScalar,
}

#[derive(Debug)]
struct Column {
    /// What it is called for now.
    name: String,
    node: Node,
    type_: Type,
    kind: Kind,
    rows: Vec<RunIndex>,
    cells: Buffer,
    written: u64,
    sum: Sum,
    long_name: (RunIndex, String),
    units: String,
    /// There is an integer that no real number holds.
    large: bool,
    /// The columns of the same name with values of other types.
    others: Vec<String>,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Float,
    Int,
    UInt,
    Bool,
    Text,
}

/// What is added to the name of a column that does not keep the plain one.
pub(super) const KINDS: [&str; 5] = ["real", "integer", "unsigned", "boolean", "text"];

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
            known: 0,
            by_key: Default::default(),
            many_keys: false,
            dropped: false,
            also_left_out: Vec::new(),
            taken: ["run", "status", "runtime", "seed"].map(str::to_owned).into(),
            units: units.collect(),
            status: 0,
            runtime: 0,
            waiting: 0,
            used: ["run".to_owned()].into(),
        };
        columns.status = columns.add("status", Kind::Text)?;
        columns.runtime = columns.add("runtime", Kind::Float)?;
        columns.columns[columns.runtime].units = "s".into();
        columns.put_known(trajectory)?;
        columns.known = columns.columns.len();
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
                if name.len() > MAX_NAME {
                    self.also_left_out.push((name, LeftOut::LongName));
                    continue;
                }
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
                    let column = &mut self.columns[*at];
                    match cell.left_out() {
                        None => column.push(run, cell),
                        Some(why) => {
                            let left = (column.name.clone(), why);
                            if !self.also_left_out.contains(&left) {
                                self.also_left_out.push(left);
                            }
                        }
                    }
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
            if self.dropped {
                break;
            }
            for (item, value) in &addition.items {
                let only = addition.kind == AdditionKind::DerivedParameter && addition.class.is_none();
                let own = only || item.as_str() == addition.name.name();
                let key = |suffix: &str| match (own, suffix) {
                    (true, "") => Cow::Borrowed(addition.name.as_str()),
                    (true, suffix) => Cow::Owned(format!("{}{suffix}", addition.name)),
                    (false, suffix) => Cow::Owned(format!("{}.{item}{suffix}", addition.name)),
                };
                match parts(value) {
                    Some(parts) => {
                        for (suffix, cell) in parts.into_iter().flatten() {
                            self.put(run.index, addition, &key(suffix), cell)?;
                        }
                    }
                    // It has no value, which a missing one says well enough.
                    None if *value == Value::None => {}
                    None => self.leave_out(addition.kind, &key(""), LeftOut::NoScalar),
                }
            }
        }
        self.row_is_full()
    }

    fn put(&mut self, run: RunIndex, addition: &Addition, key: &str, cell: Cell<'_>) -> Called<()> {
        if self.dropped {
            return Ok(());
        }
        if let Some(why) = cell.left_out() {
            self.leave_out(addition.kind, key, why);
            return Ok(());
        }
        let kind = cell.kind();
        let known = self.by_key[addition.kind as usize].get(key).and_then(|known| known.columns[kind as usize]);
        let at = match known {
            Some(at) => at,
            None => {
                let name = self.plain_name(addition.kind, key);
                if name.len() > MAX_NAME {
                    self.leave_out(addition.kind, key, LeftOut::LongName);
                    return Ok(());
                }
                if self.columns.len() - self.known >= MAX_COLUMNS {
                    return self.drop_results();
                }
                let name = free(&self.used, &name).or_else(|| free(&self.used, &with_kind(&name, kind)));
                let name = name.unwrap_or_else(|| self.made_free(with_kind(key, kind)));
                let at = self.add(&name, kind)?;
                let known = self.by_key[addition.kind as usize].entry(key.to_owned()).or_default();
                known.columns[kind as usize] = Some(at);
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

    /// What the column of this key is called if nothing else is.
    fn plain_name(&self, kind: AdditionKind, key: &str) -> String {
        match kind {
            AdditionKind::DerivedParameter => format!("derived_parameters.{key}"),
            AdditionKind::Result if self.taken.contains(key) => format!("results.{key}"),
            AdditionKind::Result => key.to_owned(),
        }
    }

    /// `name`, with as many `_` as it takes to be no other one.
    fn made_free(&self, mut name: String) -> String {
        while self.used.contains(&name) {
            name.push('_');
        }
        name
    }

    /// Takes note that something of this key stands in the tree only.
    fn leave_out(&mut self, kind: AdditionKind, key: &str, why: LeftOut) {
        if self.dropped {
            return;
        }
        let count = self.key_count();
        match self.by_key[kind as usize].get_mut(key) {
            Some(known) => drop(known.left_out.insert(why)),
            None if self.many_keys || count >= MAX_KEYS => self.many_keys = true,
            None => {
                let known = Key { left_out: [why].into(), ..Key::default() };
                self.by_key[kind as usize].insert(key.to_owned(), known);
            }
        }
    }

    fn key_count(&self) -> usize {
        self.by_key.iter().map(HashMap::len).sum()
    }

    /// Removes the columns of all results.
    fn drop_results(&mut self) -> Called<()> {
        self.dropped = true;
        self.many_keys = false;
        self.by_key = Default::default();
        for column in self.columns.split_off(self.known) {
            let Column { name, node, .. } = column;
            drop(node);
            self.group.unlink(&name)?;
        }
        Ok(())
    }

    /// Gives the columns of results the names that follow from the runs alone.
    fn name_results(&mut self) -> Called<()> {
        let mut keys: Vec<(AdditionKind, &String, Vec<usize>)> = Vec::new();
        for kind in [AdditionKind::Result, AdditionKind::DerivedParameter] {
            for (key, known) in &self.by_key[kind as usize] {
                let mut columns: Vec<usize> = known.columns.iter().flatten().copied().collect();
                // The type of the lowest run comes first.
                columns.sort_by_key(|&at| (self.columns[at].long_name.0, self.columns[at].kind as usize));
                keys.push((kind, key, columns));
            }
        }
        keys.sort_by_key(|&(kind, key, _)| (kind as usize, key));
        let mut wanted: Vec<(usize, String)> = Vec::new();
        for (kind, key, columns) in &keys {
            wanted.extend(columns.first().map(|&at| (at, self.plain_name(*kind, key))));
        }
        for (kind, key, columns) in &keys {
            let others = columns.iter().skip(1);
            wanted.extend(others.map(|&at| (at, with_kind(&self.plain_name(*kind, key), self.columns[at].kind))));
        }
        let groups: Vec<Vec<usize>> = keys.into_iter().map(|(_, _, columns)| columns).collect();
        self.used = self.columns[..self.known].iter().map(|column| column.name.clone()).collect();
        self.used.insert("run".to_owned());
        // Names may be exchanged, so those that change go out of the way first.
        let mut moves = Vec::new();
        for (at, name) in wanted {
            let name = self.made_free(name);
            self.used.insert(name.clone());
            if name != self.columns[at].name {
                // No result has a space in its name.
                moves.push((at, format!(" {at}"), name));
            }
        }
        for (at, aside, _) in &moves {
            self.group.rename(&self.columns[*at].name, aside)?;
        }
        for (at, aside, name) in moves {
            if name.len() <= MAX_NAME {
                self.group.rename(&aside, &name)?;
                self.columns[at].name = name;
            } else {
                self.group.unlink(&aside)?;
                self.also_left_out.push((name, LeftOut::LongName));
                self.columns[at].name = String::new();
            }
        }
        for group in groups {
            for &at in &group {
                let others = group.iter().filter(|&&other| other != at).map(|&other| self.columns[other].name.clone());
                self.columns[at].others = others.filter(|name| !name.is_empty()).collect();
            }
        }
        Ok(())
    }

    /// What stands in the tree only, in words; empty if nothing does.
    fn note(&self) -> String {
        let mut notes = Vec::new();
        let many_keys = self.many_keys || self.key_count() > MAX_KEYS;
        if self.dropped {
            notes.push(format!("there are more than {MAX_COLUMNS} columns of results, so none of them is here"));
        }
        let words = [
            (LeftOut::LongName, format!("names longer than {MAX_NAME} bytes")),
            (LeftOut::ZeroByte, "texts with a zero byte".to_owned()),
            (LeftOut::LongText, format!("texts longer than {MAX_TEXT} bytes")),
            (LeftOut::NoScalar, "values that are no scalars".to_owned()),
        ];
        for (why, words) in words {
            let mut names: BTreeSet<String> = BTreeSet::new();
            names.extend(self.also_left_out.iter().filter(|(_, left)| *left == why).map(|(name, _)| name.clone()));
            if many_keys {
                notes.push(format!("{words} are left out"));
                continue;
            }
            for kind in [AdditionKind::Result, AdditionKind::DerivedParameter] {
                // A result that is never a scalar has its place in the tree, and nobody misses it here.
                let told = |known: &Key| why != LeftOut::NoScalar || known.columns.iter().any(Option::is_some);
                let left =
                    self.by_key[kind as usize].iter().filter(|(_, key)| key.left_out.contains(&why) && told(key));
                names.extend(left.map(|(key, _)| self.plain_name(kind, key)));
            }
            if !names.is_empty() {
                let count = names.len();
                let listed: Vec<String> = names.into_iter().take(MAX_LISTED).map(|name| shortened(&name)).collect();
                let more = if count > MAX_LISTED { format!(" and {} more", count - MAX_LISTED) } else { String::new() };
                notes.push(format!("{words} are left out: {}{more}", listed.join(", ")));
            }
        }
        if !notes.is_empty() {
            notes.push("the tree has all results".to_owned());
        }
        notes.join("; ")
    }

    fn add(&mut self, name: &str, kind: Kind) -> Called<usize> {
        let chunk = Storing::Chunked(vec![CHUNK.min(self.runs).max(1)], 0);
        let shape = Shape::growing(self.runs)?;
        let type_ = match kind {
            Kind::Float => Type::real(8)?,
            Kind::Int => Type::integer(8, true)?,
            Kind::UInt => Type::integer(8, false)?,
            Kind::Bool | Kind::Text => Type::integer(1, true)?,
        };
        let fill = kind.fill();
        let node = if kind == Kind::Text {
            // No fill value: the library would write it once for every row of a chunk.
            self.group.make_text_dataset(name, &shape, &Creation::new(&chunk, None)?)?
        } else {
            self.group.make_dataset(name, &type_, &shape, &Creation::new(&chunk, Some(Fill(&type_, fill)))?)?
        };
        node.put_dimension(&self.scale)?;
        self.used.insert(name.to_owned());
        self.columns.push(Column {
            name: name.to_owned(),
            node,
            type_,
            kind,
            rows: Vec::new(),
            cells: if kind == Kind::Text { Buffer::Texts(Vec::new()) } else { Buffer::Bytes(Vec::new()) },
            written: 0,
            sum: Sum::default(),
            long_name: (RunIndex(0), String::new()),
            units: String::new(),
            large: false,
            others: Vec::new(),
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
    /// whether anything is missing. Says what the columns add up to; see [`column_sums`].
    pub(super) fn finish(mut self, kit: &mut Kit, pending: impl Iterator<Item = RunIndex>) -> Called<String> {
        for run in pending {
            self.columns[self.status].push(run, Cell::Text("pending"));
            self.row_is_full()?;
        }
        self.flush()?;
        self.name_results()?;
        for column in self.columns.iter().filter(|column| !column.name.is_empty()) {
            column.describe(kit, column.written < self.runs)?;
        }
        let note = self.note();
        if !note.is_empty() {
            kit.put_terminated(&self.group, "note", &note)?;
        }
        let named = self.columns.iter().filter(|column| !column.name.is_empty());
        Ok(column_sums::written(named.map(|column| (column.name.as_str(), column.kind, column.sum))))
    }
}

/// `name` unless it is used.
fn free(used: &HashSet<String>, name: &str) -> Option<String> {
    (!used.contains(name)).then(|| name.to_owned())
}

/// `w.text`
fn with_kind(name: &str, kind: Kind) -> String {
    format!("{name}.{}", KINDS[kind as usize])
}

/// The beginning of a name, where it is listed among others.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

impl Column {
    fn push(&mut self, run: RunIndex, cell: Cell<'_>) {
        // Two items of one run may have the same key: `a.b` of `c`, and `b.c` of `a`; the first one stands here.
        if cell.kind() != self.kind || self.rows.last() == Some(&run) {
            return;
        }
        self.rows.push(run);
        let number = u64::from(run.0);
        match cell {
            Cell::Float(x) => self.count(number, &x.to_ne_bytes()),
            Cell::Int(i) => self.count(number, &i.to_ne_bytes()),
            Cell::UInt(u) => self.count(number, &u.to_ne_bytes()),
            Cell::Bool(b) => self.count(number, &[b.into()]),
            Cell::Text(text) => self.count(number, text.as_bytes()),
        }
        match (&mut self.cells, cell) {
            (Buffer::Bytes(bytes), Cell::Float(x)) => bytes.extend_from_slice(&x.to_ne_bytes()),
            (Buffer::Bytes(bytes), Cell::Int(i)) => {
                self.large |= i.unsigned_abs() > MAX_EXACT;
                bytes.extend_from_slice(&i.to_ne_bytes());
            }
            (Buffer::Bytes(bytes), Cell::UInt(u)) => bytes.extend_from_slice(&u.to_ne_bytes()),
            (Buffer::Bytes(bytes), Cell::Bool(b)) => bytes.push(b.into()),
            (Buffer::Texts(texts), Cell::Text(text)) => texts.push(text.to_owned()),
            // The kinds agree, so the buffer does.
            (Buffer::Bytes(_), Cell::Text(_)) | (Buffer::Texts(_), _) => {}
        }
    }

    /// Adds a cell to the sum, unless it is one that stands for a missing value.
    fn count(&mut self, run: u64, cell: &[u8]) {
        if cell != self.kind.fill() {
            self.sum.add(run, cell);
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
        let mut notes = Vec::new();
        match self.kind {
            // Readers would make real numbers of all values, and lose the last digits of large ones.
            Kind::Int if missing && self.large => {
                notes.push(format!(
                    "missing where status is not ok, or the run has no such result; there stands {NO_INT}"
                ));
            }
            Kind::Int if missing => {
                self.node.put_attribute("_FillValue", &self.type_, &kit.scalar, &NO_INT.to_ne_bytes())?;
            }
            // xarray turns a missing truth value into True if it is told that these are truth values.
            Kind::Bool if missing => {
                self.node.put_attribute("_FillValue", &self.type_, &kit.scalar, &NO_BOOL.to_ne_bytes())?;
                notes.push(format!(
                    "missing where status is not ok, or the run has no such result; there stands {NO_BOOL}"
                ));
            }
            Kind::Bool => kit.put_terminated(&self.node, "dtype", "bool")?,
            Kind::Float | Kind::Int | Kind::UInt | Kind::Text => {}
        }
        if !self.others.is_empty() {
            notes.push(format!("runs with a value of another type are in {}", self.others.join(", ")));
        }
        if notes.is_empty() { Ok(()) } else { kit.put_terminated(&self.node, "note", &notes.join("; ")) }
    }
}

impl Kind {
    /// All of them, in the order of [`KINDS`].
    pub(super) const ALL: [Self; KINDS.len()] = [Self::Float, Self::Int, Self::UInt, Self::Bool, Self::Text];

    /// What stands where a run has no value.
    pub(super) fn fill(self) -> &'static [u8] {
        const FLOAT: [u8; 8] = f64::NAN.to_ne_bytes();
        const INT: [u8; 8] = NO_INT.to_ne_bytes();
        const BOOL: [u8; 1] = NO_BOOL.to_ne_bytes();
        match self {
            Self::Float => &FLOAT,
            Self::Int => &INT,
            Self::UInt => &[0; 8],
            Self::Bool => &BOOL,
            Self::Text => &[],
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

    /// Why this is no cell of a column.
    fn left_out(self) -> Option<LeftOut> {
        match self {
            Self::Text(text) if text.contains('\0') => Some(LeftOut::ZeroByte),
            Self::Text(text) if text.len() > MAX_TEXT => Some(LeftOut::LongText),
            _ => None,
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
        Value::Text(text) => one(Cell::Text(text)),
        _ => None,
    }
}
