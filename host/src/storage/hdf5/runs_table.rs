//! `overview/runs`: one row for every run, also for those that have not ended.

use chrono::{Local, TimeZone};

use crate::trajectory::{FinishedRun, RunIndex, RunSet, Trajectory};

use super::{
    cells::Element,
    kit::Kit,
    raw::{Called, Node},
    tables::{Columns, Field, UINT, text},
};

/// The most that is kept of the explored values in words; pypet's width.
const SUMMARY: usize = 512;
/// The most that is kept of the reason of a failure.
const FAILURE: usize = 512;
/// Rows that are collected before they are written.
const BATCH: usize = 1000;

/// The open table with the rows that wait to be written.
#[derive(Debug)]
pub(super) struct RunsTable {
    node: Node,
    columns: Columns,
    short_hexsha: String,
    waiting: Vec<(RunIndex, Vec<u8>)>,
}

impl RunsTable {
    /// Makes the table for all runs, without their rows.
    pub(super) fn create(kit: &mut Kit, overview: &Node, trajectory: &Trajectory, short_hexsha: &str) -> Called<Self> {
        let columns = Columns::new(vec![
            ("idx", Element::INT),
            ("name", text(12, 12)),
            ("time", text(20, 20)),
            ("timestamp", Element::FLOAT),
            ("finish_timestamp", Element::FLOAT),
            ("runtime", text(24, 24)),
            ("parameter_summary", text(trajectory.longest_summary(SUMMARY), SUMMARY)),
            ("short_environment_hexsha", text(7, 7)),
            ("completed", Element::INT),
            ("status", text(16, 16)),
            ("failure", text(FAILURE, FAILURE)),
            ("seed", UINT),
        ])?;
        let node = columns.make(kit, overview, "runs", trajectory.run_count())?;
        Ok(Self { node, columns, short_hexsha: short_hexsha.to_owned(), waiting: Vec::new() })
    }

    /// Writes the rows of runs that are not `stored`, none of them completed.
    pub(super) fn put_pending(&mut self, trajectory: &Trajectory, stored: &RunSet) -> Called<()> {
        for run in trajectory.runs().filter(|run| !stored.contains(*run)) {
            let row = self.row(trajectory, run, None);
            self.waiting.push((run, row));
            if self.waiting.len() >= BATCH {
                self.flush()?;
            }
        }
        self.flush()
    }

    /// Takes note of a run that has ended.
    pub(super) fn finished(&mut self, trajectory: &Trajectory, run: &FinishedRun) -> Called<()> {
        let row = self.row(trajectory, run.index, Some(run));
        self.waiting.push((run.index, row));
        if self.waiting.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    /// Writes the rows that wait, neighbours at once.
    pub(super) fn flush(&mut self) -> Called<()> {
        self.waiting.sort_unstable_by_key(|(run, _)| *run);
        let mut bytes = Vec::new();
        for span in self.waiting.chunk_by(|(a, _), (b, _)| a.0 + 1 == b.0) {
            bytes.clear();
            span.iter().for_each(|(_, row)| bytes.extend_from_slice(row));
            self.node.write_rows(self.columns.row(), span[0].0.0.into(), &bytes)?;
        }
        self.waiting.clear();
        Ok(())
    }

    fn row(&self, trajectory: &Trajectory, index: RunIndex, run: Option<&FinishedRun>) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.columns.row().size());
        let (name, summary) = (index.name(), trajectory.summary(index));
        let (time, runtime, status, failure) = match run {
            None => (String::new(), String::new(), "pending", String::new()),
            Some(run) => {
                let (status, failure) = match &run.outcome {
                    Ok(()) => ("ok", String::new()),
                    Err(why) => (why.kind(), why.to_string()),
                };
                (local_time(run.started), runtime(run.took), status, failure)
            }
        };
        let (started, ended) = run.map_or((0.0, 0.0), |run| (run.started, run.started + run.took.as_secs_f64()));
        let completed = run.is_some_and(|run| run.outcome.is_ok());
        self.columns.fill(
            &mut bytes,
            &[
                Field::Int(index.0.into()),
                Field::Text(&name),
                Field::Text(&time),
                Field::Float(started),
                Field::Float(ended),
                Field::Text(&runtime),
                Field::Text(&summary),
                Field::Text(&self.short_hexsha),
                Field::Int(completed.into()),
                Field::Text(status),
                Field::Text(&failure),
                Field::UInt(trajectory.seed(index)),
            ],
        );
        bytes
    }
}

/// `2026_11_22_22h08m49s`, in local time; pypet's way to write times.
fn local_time(timestamp: f64) -> String {
    let time = Local.timestamp_opt(timestamp as i64, 0).single();
    time.map(|time| time.format("%Y_%m_%d_%Hh%Mm%Ss").to_string()).unwrap_or_default()
}

/// `0:00:00.788287`, or with days before that: `str` of Python's `timedelta`.
fn runtime(took: std::time::Duration) -> String {
    let seconds = took.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let days = match days {
        0 => String::new(),
        1 => "1 day, ".into(),
        days => format!("{days} days, "),
    };
    let micros = match took.subsec_micros() {
        0 => String::new(),
        micros => format!(".{micros:06}"),
    };
    format!("{days}{hours}:{minutes:02}:{:02}{micros}", seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn runtimes_are_pythons() {
        // Printed by Python's `str(datetime.timedelta(…))`.
        assert_eq!(runtime(Duration::from_micros(788_287)), "0:00:00.788287");
        assert_eq!(runtime(Duration::from_secs(3 * 3600 + 62)), "3:01:02");
        assert_eq!(runtime(Duration::from_secs(86_400)), "1 day, 0:00:00");
        assert_eq!(runtime(Duration::from_millis(200 * 86_400_000 + 5)), "200 days, 0:00:00.005000");
    }
}
