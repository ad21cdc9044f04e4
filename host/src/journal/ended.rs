//! [`EndedRuns`]: what came of each run, once.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter::FusedIterator,
};

use super::{JournalError, JournalReader, Record, Records};
use crate::trajectory::{FinishedRun, RunIndex};

/// The runs of a journal that have ended, each once: of one that was run again, the last time counts.
/// Ends after the first error.
#[derive(Debug)]
pub struct EndedRuns {
    records: Records,
    /// How often those will come that come more than once.
    repeated: BTreeMap<RunIndex, u32>,
    gone: BTreeSet<RunIndex>,
}

impl EndedRuns {
    pub(super) fn new(mut reader: JournalReader) -> Result<Self, JournalError> {
        let repeated = reader.repeated()?;
        Ok(Self { records: reader.records(), repeated, gone: BTreeSet::new() })
    }

    /// So far: those whose large arrays were in none of the files that may hold them.
    pub fn gone(&self) -> &BTreeSet<RunIndex> {
        &self.gone
    }

    /// Whether this time is the last one.
    fn is_last(&mut self, run: RunIndex) -> bool {
        self.repeated.get_mut(&run).is_none_or(|left| {
            *left -= 1;
            *left == 0
        })
    }
}

impl Iterator for EndedRuns {
    type Item = Result<FinishedRun, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.records.next()? {
                Err(error) => return Some(Err(error)),
                Ok(Record::Finished(run)) if self.is_last(run.index) => return Some(Ok(run)),
                Ok(Record::Gone { run, again: false }) if self.is_last(run) => drop(self.gone.insert(run)),
                Ok(Record::Again(run)) if self.gone.remove(&run.index) => return Some(Ok(run)),
                Ok(_) => {}
            }
        }
    }
}

impl FusedIterator for EndedRuns {}
