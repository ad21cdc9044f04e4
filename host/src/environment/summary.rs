//! [`Summary`]: how an exploration ended.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use serde::Serialize;

use super::Timings;
use crate::trajectory::{FinishedRun, RunIndex, Trajectory};

/// How an exploration ended, in numbers.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Name of the trajectory.
    pub trajectory: String,
    /// The file of results, if there is one.
    pub file: Option<PathBuf>,
    /// Size of that file in bytes.
    pub file_bytes: u64,
    /// The file to continue from, if not every run was run.
    pub continue_file: Option<PathBuf>,
    /// Folder of the log files, if there are any.
    pub logs: Option<PathBuf>,
    /// Runs of the whole exploration.
    pub runs: u64,
    /// Runs that an earlier environment had run, and that stayed as they are.
    pub kept: u64,
    /// Runs that went well.
    pub ok: u64,
    /// How many runs failed, by kind of failure.
    pub failures: BTreeMap<&'static str, u64>,
    /// The failed runs with the lowest indices, with their points and reasons.
    pub first_failures: Vec<FailedRun>,
    /// Whether it went to its end.
    pub ended: Ended,
    /// Wall time from opening to closing the file, in seconds.
    pub seconds: f64,
    /// Where the time went, if that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timings: Option<Timings>,
    #[serde(skip)]
    whole: Arc<Trajectory>,
}

/// A failed run, for people to read.
#[derive(Clone, Debug, Serialize)]
pub struct FailedRun {
    /// Its name.
    pub run: String,
    /// Its explored values.
    pub point: String,
    /// Why it failed.
    pub reason: String,
}

/// Whether an exploration went to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// Every run has been run.
    Completed,
    /// Somebody asked to stop.
    Interrupted,
    /// More runs failed than the spec allows.
    FailureLimit,
}

/// As many as a summary shows.
const FIRST_FAILURES: usize = 5;

impl Summary {
    pub(super) fn new(trajectory: Arc<Trajectory>, file: Option<PathBuf>, logs: Option<PathBuf>) -> Self {
        Self {
            trajectory: trajectory.name().to_owned(),
            file,
            file_bytes: 0,
            continue_file: None,
            logs,
            runs: trajectory.run_count(),
            kept: 0,
            ok: 0,
            failures: BTreeMap::new(),
            first_failures: Vec::new(),
            ended: Ended::Completed,
            seconds: 0.0,
            timings: None,
            whole: trajectory,
        }
    }

    pub(super) fn count(&mut self, runs: &[FinishedRun]) {
        for run in runs {
            match &run.outcome {
                Ok(()) => self.ok += 1,
                Err(why) => {
                    *self.failures.entry(why.kind()).or_default() += 1;
                    self.keep_if_early(run.index, || why.to_string());
                }
            }
        }
    }

    fn keep_if_early(&mut self, run: RunIndex, reason: impl FnOnce() -> String) {
        // Names sort as their indices do.
        let at = self.first_failures.partition_point(|known| known.run < run.name());
        if at < FIRST_FAILURES {
            let point = self.whole.summary(run);
            self.first_failures.insert(at, FailedRun { run: run.name(), point, reason: reason() });
            self.first_failures.truncate(FIRST_FAILURES);
        }
    }

    pub(super) fn close(&mut self, took: Duration) {
        self.seconds = took.as_secs_f64();
        self.file_bytes =
            self.file.as_ref().and_then(|file| std::fs::metadata(file).ok()).map_or(0, |metadata| metadata.len());
    }

    /// Runs that failed.
    pub fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// Runs that were never started.
    pub fn not_run(&self) -> u64 {
        self.runs - self.ok - self.failed()
    }

    /// One line: `10 runs: 8 ok, 2 failed (1 timeout, 1 trap)`.
    pub fn headline(&self) -> String {
        let mut line = format!("{} runs: {} ok", self.runs, self.ok);
        if self.failed() > 0 {
            let kinds: Vec<_> = self.failures.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            line.push_str(&format!(", {} failed ({})", self.failed(), kinds.join(", ")));
        }
        if self.not_run() > 0 {
            line.push_str(&format!(", {} not run", self.not_run()));
        }
        line
    }
}
