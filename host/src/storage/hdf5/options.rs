//! [`Hdf5Options`]: choices about the file.

use std::collections::BTreeMap;

use crate::{
    spec::{Compression, Layout},
    storage::Existing,
    trajectory::{NodePath, Parameter, Value},
};

use super::overview_tables::{LARGE, SMALL};

/// Choices about the file. Mirrors the arguments of pypet's `Environment` that its HDF5 storage takes.
///
/// The tables `info`, `runs`, `explorations` and `hdf5_settings` are always there: pypet needs them to load the file,
/// and so does [`super::Hdf5Reader`].
#[derive(Clone, Copy, Debug)]
pub struct Hdf5Options {
    /// What to do if the file already holds a trajectory of this name.
    pub existing: Existing,
    /// A group for every run, as pypet has it, or columns for all of them.
    pub layout: Layout,
    /// How large arrays are compressed. Overview tables always are, at least at level 1.
    pub compression: Compression,
    /// Store a comment that many runs share only with the lowest of them. Needs `small_overview_tables`.
    pub purge_duplicate_comments: bool,
    /// Overview tables of parameters, explored parameters, configuration, what the trajectory itself has, and every
    /// name under which runs have added something.
    pub small_overview_tables: bool,
    /// Overview tables with a row for every result and derived parameter of every run, in the order of runs; and a
    /// table `explored_parameters` beside the results of every run, unless a result has taken that name.
    ///
    /// Storing a run takes about a third more time with them. A run that is overtaken by so many others that 32 MiB
    /// of rows wait for it comes after them.
    pub large_overview_tables: bool,
    /// How many results a run adds; 0 if that is not known. The large tables get as many rows at once.
    ///
    /// It makes no difference that could be measured, neither in time nor in the size of the file: without an
    /// estimate, tables grow by whole chunks. Rows that do not come are taken away at the end; in the `.part` file of
    /// an exploration that was killed they are there, and empty.
    pub results_per_run: u32,
    /// How many derived parameters a run adds, likewise.
    pub derived_parameters_per_run: u32,
    /// What happens to a `.part` file that an exploration has left which was killed.
    pub leftover: Leftover,
}

/// When an exploration began, in microseconds since 1970: tells it from others into the same file.
pub type Began = u64;

/// What happens to a `.part` file that an exploration has left which was killed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leftover {
    /// It is moved to `.part.old`, and a line in the log says so: nobody knows what is in it.
    #[default]
    SetAside,
    /// It is moved out of the way until [`remove_set_aside`](super::remove_set_aside): the journal of the exploration that
    /// began then refers to what is in it.
    Needed(Began),
    /// It is removed: a journal has all that is in it.
    Discard,
}

impl Default for Hdf5Options {
    fn default() -> Self {
        Self {
            existing: Existing::Refuse,
            layout: Layout::Tree,
            compression: Compression::None,
            purge_duplicate_comments: true,
            small_overview_tables: true,
            large_overview_tables: false,
            results_per_run: 0,
            derived_parameters_per_run: 0,
            leftover: Leftover::SetAside,
        }
    }
}

/// Of pypet's settings, those that are the same in every file: the name of the compression, and of the layout of
/// frames, which only pypet writes.
pub(super) const COMPLIB: &str = "zlib";
pub(super) const PANDAS_FORMAT: &str = "fixed";
pub(super) const ENCODING: &str = "utf8";
/// How the configuration calls the layout that is not pypet's.
const COLUMNS: &str = "columns";

impl Hdf5Options {
    /// The level of gzip for large arrays; 0 for none.
    pub(super) fn level(&self) -> u8 {
        match self.compression {
            Compression::None => 0,
            Compression::Gzip(level) => level.clamp(1, 9),
        }
    }

    /// The choices that the configuration of a trajectory tells; defaults for those that it does not.
    pub fn of_config(config: &BTreeMap<NodePath, Parameter>) -> Self {
        let value = |name: &str| config.get(&NodePath::new(format!("hdf5.{name}")).ok()?).map(|entry| &entry.value);
        let truth = |name: &str, default: bool| match value(name) {
            Some(Value::Bool(truth)) => *truth,
            Some(Value::Int(number)) => *number != 0,
            _ => default,
        };
        let number = |name: &str| match value(name) {
            Some(Value::Int(number)) => u32::try_from(*number).unwrap_or(0),
            _ => 0,
        };
        let default = Self::default();
        let small_overview_tables = truth("overview.parameters", default.small_overview_tables);
        Self {
            existing: default.existing,
            layout: match value("layout") {
                Some(Value::Text(word)) if word == COLUMNS => Layout::Columns,
                _ => Layout::Tree,
            },
            compression: match number("complevel") {
                0 => Compression::None,
                level => Compression::Gzip(level.min(9) as u8),
            },
            purge_duplicate_comments: small_overview_tables && truth("purge_duplicate_comments", false),
            small_overview_tables,
            large_overview_tables: truth("overview.results_runs", default.large_overview_tables),
            results_per_run: number("results_per_run"),
            derived_parameters_per_run: number("derived_parameters_per_run"),
            leftover: default.leftover,
        }
    }

    /// Entries of the configuration that tell these choices, by their paths below `config`: `hdf5.overview.…` for
    /// every table, and `hdf5.…` for the others. Under the names of pypet's first documentation and of pypet 0.7.
    pub fn config(&self) -> BTreeMap<NodePath, Parameter> {
        let mut config = BTreeMap::new();
        let mut add = |name: &str, value: Value, comment: &str| {
            let path = NodePath::new(format!("hdf5.{name}")).expect("names of entries are legal");
            config.insert(path, Parameter::new(value, comment));
        };
        let comment = "Whether there is an overview table of this name";
        for (layouts, there) in [(SMALL.as_slice(), self.small_overview_tables), (&LARGE, self.large_overview_tables)] {
            for layout in layouts.as_flattened() {
                add(&format!("overview.{}", layout.name), Value::Bool(there), comment);
            }
        }
        let comment = "Whether there is a table of explored parameters in every run";
        add("overview.explored_parameters_runs", Value::Bool(self.large_overview_tables), comment);
        let comment = "Whether a comment that many runs share is stored with the lowest of them only";
        add("purge_duplicate_comments", Value::Bool(self.purge_duplicate_comments), comment);
        let comment = "Expected number of results of a run; 0 if not known";
        add("results_per_run", Value::Int(self.results_per_run.into()), comment);
        let comment = "Expected number of derived parameters of a run; 0 if not known";
        add("derived_parameters_per_run", Value::Int(self.derived_parameters_per_run.into()), comment);
        let comment = "Level of compression of large arrays, from 1 to 9; 0 for none";
        add("complevel", Value::Int(self.level().into()), comment);
        if self.layout == Layout::Columns {
            let comment = "How runs are laid out: in columns, or each in a group as pypet has it unless this is said";
            add("layout", Value::Text(COLUMNS.into()), comment);
        }
        add("complib", Value::Text(COMPLIB.into()), "Algorithm of compression");
        add("shuffle", Value::Bool(true), "Whether bytes are shuffled before they are compressed");
        add("fletcher32", Value::Bool(false), "Whether arrays have checksums");
        add("encoding", Value::Text(ENCODING.into()), "Encoding of text");
        add("pandas_format", Value::Text(PANDAS_FORMAT.into()), "How pypet stores frames, if it adds some");
        config
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The names of all overview tables of nodes.
    pub(in super::super) fn tables() -> impl Iterator<Item = &'static str> {
        SMALL.iter().chain(&LARGE).flatten().map(|layout| layout.name)
    }

    /// Seed names and those of pypet 0.7, in alphabetical order.
    #[test]
    fn the_configuration_tells_every_choice() {
        let options = Hdf5Options { large_overview_tables: true, results_per_run: 3, ..Hdf5Options::default() };
        let off = Hdf5Options { small_overview_tables: false, compression: Compression::Gzip(4), ..options };
        let off = off.config();
        let lines = options.config().into_iter().map(|(path, entry)| {
            let other = &off[&path].value;
            let other = if *other == entry.value { String::new() } else { format!(" or {}", other.repr(20)) };
            format!("{path} = {}{other}", entry.value.repr(20))
        });
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
        for options in [options, Hdf5Options { purge_duplicate_comments: false, ..options }] {
            assert_eq!(Hdf5Options::of_config(&options.config()).config(), options.config(), "and back");
        }
    }
}
