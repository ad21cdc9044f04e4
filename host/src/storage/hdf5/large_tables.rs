//! The large overview tables: a row for every result and derived parameter of every run, and in every run's group
//! a table of its explored values.

use std::cmp::Ordering;

use crate::{
    overview::{InOrder, MAX_NAME, NodeRow, addition_row, run_place, words_of_value},
    storage::Head,
    trajectory::{AdditionKind, FinishedRun, NodePath, RunIndex, Trajectory},
};

use super::{
    Hdf5Options,
    kit::Kit,
    overview_tables::{self as tables, OverviewTable},
    raw::{Called, Node, Shape},
    tables::{Columns, Field, text},
};

/// Rows that wait for lower runs take no more than this.
const HELD_BYTES: u64 = 32 << 20;
/// What a row takes beside its text.
const ROW_BYTES: usize = size_of::<NodeRow>();
/// Without an estimate, chunks are made for so many rows.
const EXPECTED: u64 = 256;
/// More rows than these are not made in advance.
const MAX_ROOM: u64 = 1 << 32;

/// The open tables.
#[derive(Debug)]
pub(super) struct LargeTables {
    /// Results first; of each kind, pypet's first and that of pypet 0.7.
    of_kind: [[OverviewTable; 2]; 2],
    rows: InOrder<Vec<(AdditionKind, NodeRow)>>,
}

impl LargeTables {
    /// Makes the tables, with room for all rows that `options` expect.
    pub(super) fn create(kit: &mut Kit, overview: &Node, head: &Head, options: &Hdf5Options) -> Called<Self> {
        let additions = head.trajectory.additions();
        let mut create = |kind: AdditionKind, per_run: u32| {
            let runs = head.trajectory.run_count().saturating_mul(per_run.into());
            let own = additions.iter().filter(|addition| addition.kind == kind).count() as u64;
            let mut table = |[results, derived]: [tables::Layout; 2], own: u64| {
                let layout = if kind == AdditionKind::Result { results } else { derived };
                let room = if per_run == 0 { 0 } else { (runs + own).min(MAX_ROOM) };
                let expected = if per_run == 0 { EXPECTED } else { room };
                OverviewTable::create(layout, kit, overview, room, expected)
            };
            Called::Ok([table(tables::RUNS, 0)?, table(tables::OVERVIEW, own)?])
        };
        let results = create(AdditionKind::Result, options.results_per_run)?;
        let derived = create(AdditionKind::DerivedParameter, options.derived_parameters_per_run)?;
        let mut tables = Self { of_kind: [results, derived], rows: InOrder::new(HELD_BYTES) };
        for addition in additions {
            tables.of_kind[addition.kind as usize][1].push(&addition_row(addition.kind.branch(), addition))?;
        }
        Ok(tables)
    }

    /// Takes what a run has added.
    pub(super) fn put_run(&mut self, run: &FinishedRun) -> Called<()> {
        let places = [AdditionKind::Result, AdditionKind::DerivedParameter].map(|kind| run_place(kind, run.index));
        let rows: Vec<(AdditionKind, NodeRow)> = run
            .additions
            .iter()
            .map(|addition| (addition.kind, addition_row(&places[addition.kind as usize], addition)))
            .collect();
        let size =
            |row: &NodeRow| ROW_BYTES + row.location.len() + row.name.len() + row.value.len() + row.comment.len();
        let bytes = rows.iter().map(|(_, row)| size(row) as u64).sum();
        self.rows.put(run.index, bytes, rows);
        while let Some(rows) = self.rows.next_ready() {
            self.put_rows(&rows)?;
        }
        Ok(())
    }

    fn put_rows(&mut self, rows: &[(AdditionKind, NodeRow)]) -> Called<()> {
        for (kind, row) in rows {
            self.of_kind[*kind as usize].iter_mut().try_for_each(|table| table.push(row))?;
        }
        Ok(())
    }

    /// Writes the rows that wait, but for those that wait for lower runs.
    pub(super) fn flush(&mut self) -> Called<()> {
        self.of_kind.iter_mut().flatten().try_for_each(OverviewTable::flush)
    }

    /// Writes all rows, and takes those away that were expected and did not come.
    pub(super) fn finish(mut self, kit: &Kit) -> Called<()> {
        while let Some(rows) = self.rows.next_held() {
            self.put_rows(&rows)?;
        }
        self.of_kind.into_iter().flatten().try_for_each(|table| table.finish(kit))
    }
}

/// The table of explored values in the group of results of every run.
#[derive(Debug)]
pub(super) struct ExploredInRuns {
    columns: Columns,
    shape: Shape,
    explored: Vec<NodePath>,
}

/// The name of that table.
pub(super) const EXPLORED_IN_RUN: &str = "explored_parameters";

impl ExploredInRuns {
    /// Prepares the tables; `None` if nothing is explored. Columns are as wide as this trajectory needs, since
    /// there are as many tables as runs.
    pub(super) fn new(trajectory: &Trajectory) -> Called<Option<Self>> {
        let mut explored: Vec<NodePath> = trajectory.explored().map(|(path, _)| path.clone()).collect();
        if explored.is_empty() {
            return Ok(None);
        }
        explored.sort_by(|a, b| match a.name().cmp(b.name()) {
            Ordering::Equal => a.location().cmp(b.location()),
            order => order,
        });
        let name = explored.iter().map(|path| path.name().len()).max().unwrap_or(0);
        let axes = trajectory.explored().filter_map(|(_, parameter)| parameter.explored.as_ref());
        let value = axes.flat_map(|explored| explored.axis.values()).map(|value| words_of_value(&value).len()).max();
        let columns = Columns::new(vec![
            ("name", text(name, MAX_NAME)),
            ("value", text(value.unwrap_or(0), crate::overview::MAX_VALUE)),
        ])?;
        Ok(Some(Self { columns, shape: Shape::of(&[explored.len() as u64])?, explored }))
    }

    /// Writes the table of `run` into its group of results, unless a result has taken its name.
    pub(super) fn put(&self, kit: &Kit, group: &Node, trajectory: &Trajectory, run: &FinishedRun) -> Called<()> {
        let is_taken = run.additions.iter().any(|addition| {
            addition.kind == AdditionKind::Result && addition.name.components().next() == Some(EXPLORED_IN_RUN)
        });
        if is_taken {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for path in &self.explored {
            let value = self.value(trajectory, path, run.index);
            self.columns.fill(&mut bytes, &[Field::Text(path.name()), Field::Text(&value)]);
        }
        let table = kit.make_table(group, EXPLORED_IN_RUN, self.columns.row(), &self.shape, bytes.len())?;
        table.write_shaped(self.columns.row(), &self.shape, &bytes)
    }

    fn value(&self, trajectory: &Trajectory, path: &NodePath, run: RunIndex) -> String {
        let parameter = trajectory.parameters().get(path);
        parameter.map(|parameter| words_of_value(&trajectory.value_of(parameter, run))).unwrap_or_default()
    }
}
