//! [`Before`]: what earlier environments have left of a trajectory.

use std::time::SystemTime;

use super::EnvironmentError;
use crate::{
    journal::{Journal, JournalReader},
    storage::{self, Head, Reader},
    trajectory::{FinishedRun, RunSet, Trajectory},
};

/// What earlier environments have left of a trajectory.
pub(super) struct Before {
    pub(super) head: Head,
    pub(super) source: Source,
    /// Whether runs that failed count as not run.
    pub(super) without_failed: bool,
}

/// Where its runs are.
pub(super) enum Source {
    /// In a file of results.
    Stored(Box<dyn Reader>),
    /// In a journal, which goes on, and which was last written then.
    Journal {
        reader: Option<Box<JournalReader>>,
        journal: Option<Box<Journal>>,
        written: Option<SystemTime>,
        /// Whether large arrays of its runs are in another file.
        places: bool,
    },
}

/// As many runs of a journal are stored again at once,
const BATCH_RUNS: usize = 1000;
/// or as many bytes of results.
const BATCH_BYTES: u64 = 16 << 20;

impl Before {
    /// Hands over the runs that have ended, each once, some at a time, and says which they are.
    pub(super) fn runs(
        &mut self,
        trajectory: &Trajectory,
        take: &mut dyn FnMut(&[FinishedRun]) -> Result<(), EnvironmentError>,
    ) -> Result<RunSet, EnvironmentError> {
        let mut done = RunSet::default();
        let without_failed = self.without_failed;
        let wanted = |run: &FinishedRun| !(without_failed && run.outcome.is_err());
        match &mut self.source {
            Source::Stored(reader) => {
                let name = self.head.trajectory.name();
                storage::copy_runs(&**reader, name, trajectory.run_count(), &mut |runs| {
                    let kept: Vec<FinishedRun> = runs.iter().filter(|run| wanted(run)).cloned().collect();
                    for run in &kept {
                        done.insert(run.index);
                    }
                    take(&kept)
                })?;
            }
            Source::Journal { reader, .. } => {
                let Some(reader) = reader.take() else { return Ok(done) };
                let mut batch = Vec::new();
                let mut bytes = 0;
                let mut ended = reader.ended_runs()?;
                for run in &mut ended {
                    let run = run?;
                    if u64::from(run.index.0) >= trajectory.run_count() || !wanted(&run) || !done.insert(run.index) {
                        continue;
                    }
                    bytes += run.bytes();
                    batch.push(run);
                    if batch.len() >= BATCH_RUNS || bytes >= BATCH_BYTES {
                        take(&batch)?;
                        batch.clear();
                        bytes = 0;
                    }
                }
                take(&batch)?;
                if let (1.., gone) = (ended.gone().len(), ended.gone()) {
                    tracing::warn!(
                        "{} runs of the journal are run again, because the file is gone that held their large arrays",
                        gone.len()
                    );
                }
            }
        }
        Ok(done)
    }
}
