//! The small overview tables: parameters, configuration, and each name of results and derived parameters once.

use std::collections::BTreeMap;

use crate::{
    overview::{Example, MAX_NAMES, NodeRow, Summaries, addition_row, explored_row, node_row, summary_row},
    storage::Head,
    trajectory::{Addition, AdditionKind, NodePath, Parameter, RunIndex},
};

use super::{
    kit::Kit,
    overview_tables::{self as tables, OverviewTable},
    raw::{Called, Node},
};

/// How many nodes a summary does not count, because there were too many names; not there if it counts all.
const LEFT_OUT: &str = "HOST_LEFT_OUT";
/// Entries of the configuration that are expected at the end.
const TAIL: usize = 32;

/// The tables to which something comes after the start.
#[derive(Debug)]
pub(super) struct SmallTables {
    config: [OverviewTable; 2],
    summaries: Summaries,
    /// What the trajectory itself has, for the summaries.
    of_trajectory: [Vec<NodeRow>; 2],
}

/// Both kinds, as tables come in pairs: results first.
const KINDS: [AdditionKind; 2] = [AdditionKind::Result, AdditionKind::DerivedParameter];

impl SmallTables {
    /// Writes everything that is known at the start.
    pub(super) fn create(kit: &mut Kit, overview: &Node, head: &Head) -> Called<Self> {
        let parameters = head.trajectory.parameters();
        let explored: Vec<NodeRow> = parameters.iter().filter_map(|(path, p)| explored_row(path, p)).collect();
        for layout in tables::EXPLORED {
            layout.write(kit, overview, explored.iter())?;
        }
        let rows: Vec<NodeRow> = parameters.iter().map(|(path, p)| node_row("parameters", path, p)).collect();
        for layout in tables::PARAMETERS {
            layout.write(kit, overview, rows.iter())?;
        }
        let of_kind = |kind| head.trajectory.additions().iter().filter(move |addition| addition.kind == kind);
        for (kind, layout) in KINDS.into_iter().zip(tables::TRAJECTORY) {
            let rows: Vec<NodeRow> = of_kind(kind).map(|addition| addition_row(kind.branch(), addition)).collect();
            layout.write(kit, overview, rows.iter())?;
        }
        let mut tables = Self {
            config: Self::config(kit, overview, head.config.len() + TAIL)?,
            summaries: Summaries::default(),
            of_trajectory: KINDS.map(|kind| of_kind(kind).map(row_in_summary).collect()),
        };
        tables.put_config(&head.config)?;
        Ok(tables)
    }

    fn config(kit: &mut Kit, overview: &Node, expected: usize) -> Called<[OverviewTable; 2]> {
        let [first, second] =
            tables::CONFIG.map(|layout| OverviewTable::create(layout, kit, overview, 0, expected as u64));
        Ok([first?, second?])
    }

    fn put_config(&mut self, entries: &BTreeMap<NodePath, Parameter>) -> Called<()> {
        for (path, entry) in entries {
            let row = node_row("config", path, entry);
            self.config.iter_mut().try_for_each(|table| table.push(&row))?;
        }
        self.config.iter_mut().try_for_each(OverviewTable::flush)
    }

    /// Takes note of an addition of `run`.
    pub(super) fn see(&mut self, addition: &Addition, run: RunIndex) {
        self.summaries.see(addition, run);
    }

    /// What runs have added, each name once.
    pub(super) fn summaries(&mut self) -> &mut Summaries {
        &mut self.summaries
    }

    /// Writes what is known at the end only: the rest of the configuration, and the summaries.
    pub(super) fn finish(mut self, kit: &mut Kit, overview: &Node, tail: &BTreeMap<NodePath, Parameter>) -> Called<()> {
        self.put_config(tail)?;
        for table in self.config {
            table.finish(kit)?;
        }
        for (at, kind) in KINDS.into_iter().enumerate() {
            let names = self.summaries.of(kind).iter();
            let rows: Vec<NodeRow> = names.map(|(name, example)| summary_row(kind, name, example)).collect();
            let left_out = self.summaries.left_out(kind);
            if left_out > 0 {
                let branch = kind.branch().replace('_', " ");
                tracing::warn!(
                    "the overview tables of {branch} stop at {MAX_NAMES} names; {left_out} {branch} of runs have others, \
                     and are stored all the same"
                );
            }
            put_summary(kit, overview, tables::RUNS_SUMMARY[at], &[], &rows, left_out)?;
            put_summary(kit, overview, tables::SUMMARY[at], &self.of_trajectory[at], &rows, left_out)?;
        }
        Ok(())
    }
}

/// The row of what the trajectory itself has, in a summary.
fn row_in_summary(addition: &Addition) -> NodeRow {
    let example = Example::of(addition, RunIndex(0));
    let example = summary_row(addition.kind, &addition.name, &example).example;
    NodeRow { example, ..addition_row(addition.kind.branch(), addition) }
}

fn put_summary(
    kit: &mut Kit,
    overview: &Node,
    layout: tables::Layout,
    first: &[NodeRow],
    rows: &[NodeRow],
    left_out: u64,
) -> Called<()> {
    let mut table = OverviewTable::create(layout, kit, overview, 0, (first.len() + rows.len()) as u64)?;
    first.iter().chain(rows).try_for_each(|row| table.push(row))?;
    if left_out > 0 {
        kit.put_integer(table.node(), LEFT_OUT, left_out as i64)?;
    }
    table.finish(kit)
}
