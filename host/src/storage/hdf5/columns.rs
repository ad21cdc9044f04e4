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
    column_sums,
    kit::Kit,
    raw::{Called, Creation, Node, Reference, Shape, Type},
    scalar_column::{Cell, Column, KINDS, Kind, LeftOut, MAX_TEXT, chunk, parts},
};

/// Rows that are collected before they are written.
const BATCH: usize = 1000;
/// Numbers of runs that are written at once.
const SPAN: usize = 64 << 10;
/// A job that makes up a name in every run shall not fill file and memory: with more columns of results
/// than these, there are none.
const MAX_COLUMNS: usize = 500;
/// Results of which is known by name whether something of them is left out; with more of them, no names are given.
const MAX_KEYS: usize = 4 * MAX_COLUMNS;
/// Names that a note lists.
const MAX_LISTED: usize = 10;
/// The longest name that netCDF takes, in bytes.
pub(super) const MAX_NAME: usize = 255;

/// The open columns.
#[derive(Debug)]
pub(super) struct Columns {
    group: Node,
    scale: Reference,
    runs: u64,
    columns: Vec<Column>,
    /// So many of the columns were known before the first run.
    known: usize,
    /// Those that have explored values: which, of which parameter, and which part of them.
    explored: Vec<(usize, usize, &'static str)>,
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
    seed: usize,
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
        let how = Creation::new(&chunk(runs), None)?;
        let scale = group.make_dataset("run", &Type::integer(8, true)?, &Shape::growing(runs)?, &how)?;
        kit.put_terminated(&scale, "CLASS", "DIMENSION_SCALE")?;
        kit.put_terminated(&scale, "NAME", "run")?;
        kit.put_terminated(&scale, "long_name", "index of the run")?;
        let scale = group.reference("run")?;
        let mut columns = Self {
            group,
            scale,
            runs,
            columns: Vec::new(),
            known: 0,
            explored: Vec::new(),
            by_key: Default::default(),
            many_keys: false,
            dropped: false,
            also_left_out: Vec::new(),
            taken: ["run", "status", "runtime", "seed"].map(str::to_owned).into(),
            units: units.collect(),
            seed: 0,
            status: 0,
            runtime: 0,
            waiting: 0,
            used: ["run".to_owned()].into(),
        };
        columns.status = columns.add("status", Kind::Text)?;
        columns.runtime = columns.add("runtime", Kind::Float)?;
        columns.columns[columns.runtime].units = "s".into();
        columns.add_known(trajectory)?;
        columns.known = columns.columns.len();
        Ok(columns)
    }

    /// Makes the columns of seeds and explored scalars.
    fn add_known(&mut self, trajectory: &Trajectory) -> Called<()> {
        self.seed = self.add("seed", Kind::UInt)?;
        for (position, (path, parameter)) in trajectory.parameters().iter().enumerate() {
            if parameter.explored.is_none() {
                continue;
            }
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
                self.explored.push((at, position, suffix));
            }
        }
        Ok(())
    }

    /// Writes the number, the seed and the explored scalars of every run.
    pub(super) fn put_known(&mut self, trajectory: &Trajectory) -> Called<()> {
        let (scale, index) = (self.group.open("run")?, Type::integer(8, true)?);
        for first in (0..self.runs).step_by(SPAN) {
            let span: Vec<i64> = (first as i64..self.runs.min(first + SPAN as u64) as i64).collect();
            scale.write_rows(&index, first, super::encode::bytes_of(&span))?;
        }
        for run in trajectory.runs() {
            self.columns[self.seed].push(run, Cell::UInt(trajectory.seed(run)));
            for &(at, position, suffix) in &self.explored {
                let value = trajectory.value_at(position, run);
                let cells = parts(&value).into_iter().flatten().flatten();
                for (_, cell) in cells.filter(|(of, _)| *of == suffix) {
                    let column = &mut self.columns[at];
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
            let name = column.into_name();
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
        self.columns.push(Column::create(&self.group, name, kind, self.runs, &self.scale)?);
        self.used.insert(name.to_owned());
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
            column.describe(kit, self.runs)?;
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
