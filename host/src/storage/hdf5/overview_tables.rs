//! Every overview table of nodes, with its columns: those of pypet's first documentation, and under other names
//! those of pypet 0.7.
//!
//! pandas opens each by its path, without attributes of its own:
//! `pandas.read_hdf("file.hdf5", "trajectory/overview/results_runs")`.

use crate::overview::{MAX_COMMENT, MAX_LOCATION, MAX_NAME, MAX_RANGE, MAX_VALUE, NodeRow};

use super::{
    cells::Element,
    growing_table::GrowingTable,
    kit::Kit,
    raw::{Called, Node},
    tables::{Columns, Field, text},
};

/// The name of a table and its columns in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) name: &'static str,
    columns: &'static [Column],
}

/// A column of an overview table.
#[derive(Clone, Copy, Debug)]
enum Column {
    Name,
    Location,
    /// The location with the run masked.
    Mask,
    Value,
    Comment,
    Length,
    /// `(1, 2)`
    Tuple,
    /// `1, 2`
    Listed,
    /// The run that is the example.
    Run,
    Count,
    Digest,
}

use Column::{Comment, Count, Digest, Length, Listed, Location, Mask, Name, Run, Tuple, Value};

/// pypet 0.7's columns of parameters and results.
const NODES: &[Column] = &[Location, Name, Value, Comment];
/// pypet 0.7's columns of summaries.
const SUMMARIES: &[Column] = &[Location, Name, Value, Digest, Comment];

pub(super) const CONFIG: [Layout; 2] =
    [Layout::new("config", &[Name, Location, Comment, Value]), Layout::new("config_overview", NODES)];
pub(super) const PARAMETERS: [Layout; 2] =
    [Layout::new("parameters", &[Name, Location, Comment, Length, Value]), Layout::new("parameters_overview", NODES)];
pub(super) const EXPLORED: [Layout; 2] = [
    Layout::new("explored_parameters", &[Name, Location, Comment, Length, Tuple]),
    Layout::new("explored_parameters_overview", &[Location, Name, Value, Comment, Length, Listed]),
];
/// What was added to the trajectory itself, results first: the order of [`crate::trajectory::AdditionKind`].
pub(super) const TRAJECTORY: [Layout; 2] = [
    Layout::new("results_trajectory", &[Name, Location, Comment, Value]),
    Layout::new("derived_parameters_trajectory", &[Name, Location, Comment, Length, Value]),
];
/// What runs have added, each name once.
pub(super) const RUNS_SUMMARY: [Layout; 2] = [
    Layout::new("results_runs_summary", &[Name, Mask, Run, Comment, Count, Value]),
    Layout::new("derived_parameters_runs_summary", &[Name, Mask, Run, Comment, Length, Count, Value]),
];
/// What the trajectory itself and its runs have, each name once.
pub(super) const SUMMARY: [Layout; 2] =
    [Layout::new("results_summary", SUMMARIES), Layout::new("derived_parameters_summary", SUMMARIES)];
/// What runs have added, all of it.
pub(super) const RUNS: [Layout; 2] = [
    Layout::new("results_runs", &[Name, Location, Value]),
    Layout::new("derived_parameters_runs", &[Name, Location, Value]),
];
/// What the trajectory itself and its runs have, all of it.
pub(super) const OVERVIEW: [Layout; 2] =
    [Layout::new("results_overview", NODES), Layout::new("derived_parameters_overview", NODES)];

/// The tables that `small_overview_tables` switches.
pub(super) const SMALL: [[Layout; 2]; 6] = [CONFIG, PARAMETERS, EXPLORED, TRAJECTORY, RUNS_SUMMARY, SUMMARY];
/// The tables that `large_overview_tables` switches, but for those of single runs.
pub(super) const LARGE: [[Layout; 2]; 2] = [RUNS, OVERVIEW];

impl Layout {
    const fn new(name: &'static str, columns: &'static [Column]) -> Self {
        Self { name, columns }
    }

    fn columns(&self) -> Called<Columns> {
        Columns::new(self.columns.iter().map(|column| (column.name(), column.element())).collect())
    }

    /// Makes the table with these rows.
    pub(super) fn write<'a>(
        self,
        kit: &mut Kit,
        overview: &Node,
        rows: impl ExactSizeIterator<Item = &'a NodeRow>,
    ) -> Called<()> {
        let mut table = OverviewTable::create(self, kit, overview, 0, rows.len() as u64)?;
        for row in rows {
            table.push(row)?;
        }
        table.finish(kit)
    }
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Name => "name",
            Location | Mask => "location",
            Value => "value",
            Comment => "comment",
            Length => "length",
            Tuple | Listed => "range",
            Run => "example_item_run_name",
            Count => "number_of_items",
            Digest => "hexdigest",
        }
    }

    /// With pypet 0.7's widths, so that pypet can go on with the tables.
    fn element(self) -> Element {
        let wide = |width| text(width, width);
        match self {
            Name => wide(MAX_NAME),
            Location | Mask => wide(MAX_LOCATION),
            Value => wide(MAX_VALUE),
            Comment => wide(MAX_COMMENT),
            Length | Count => Element::INT,
            Tuple | Listed => wide(MAX_RANGE),
            Run => wide(15),
            Digest => wide(64),
        }
    }

    fn field(self, row: &NodeRow) -> Field<'_> {
        let example = row.example.as_ref();
        match self {
            Name => Field::Text(&row.name),
            Location => Field::Text(&row.location),
            Value => Field::Text(&row.value),
            Comment => Field::Text(&row.comment),
            Length => Field::Int(row.length as i64),
            Tuple => Field::Text(row.range.as_ref().map_or("", |range| &range.tuple)),
            Listed => Field::Text(row.range.as_ref().map_or("", |range| &range.listed)),
            Mask => Field::Text(example.map_or("", |example| &example.mask)),
            Run => Field::Text(example.map_or("", |example| &example.run)),
            Count => Field::Int(example.map_or(0, |example| example.count as i64)),
            Digest => Field::Text(example.map_or("", |example| &example.hexdigest)),
        }
    }
}

/// An open overview table.
#[derive(Debug)]
pub(super) struct OverviewTable {
    columns: &'static [Column],
    table: GrowingTable,
}

impl OverviewTable {
    /// Makes the table, with room for so many rows and chunks for so many.
    pub(super) fn create(layout: Layout, kit: &mut Kit, overview: &Node, room: u64, expected: u64) -> Called<Self> {
        let table = GrowingTable::create(kit, overview, layout.name, layout.columns()?, room, expected)?;
        Ok(Self { columns: layout.columns, table })
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: &NodeRow) -> Called<()> {
        let fields: Vec<Field<'_>> = self.columns.iter().map(|column| column.field(row)).collect();
        self.table.push(&fields)
    }

    /// The dataset.
    pub(super) fn node(&self) -> &Node {
        self.table.node()
    }

    /// Writes the rows that wait.
    pub(super) fn flush(&mut self) -> Called<()> {
        self.table.flush()
    }

    /// Writes the rows that wait, and says how many there are.
    pub(super) fn finish(self, kit: &Kit) -> Called<()> {
        self.table.finish(kit)
    }
}
