//! [`RecordedExploration`]: what a journal says, for those who look at it without going on with it.

use std::{collections::BTreeMap, path::PathBuf};

use crate::{
    journal::{JournalError, JournalReader},
    storage::Head,
    trajectory::{CommentDigest, Digest, RunIndex, TrajectoryDigest},
};

/// A journal that was opened for reading, with what its header says.
#[derive(Debug)]
pub struct RecordedExploration {
    /// Everything that was known before the first run.
    pub head: Head,
    /// The file of results.
    pub filename: PathBuf,
    /// Where the job was.
    pub component: PathBuf,
    /// The SHA-256 of the job.
    pub sha256: String,
    /// The records behind the header.
    pub reader: JournalReader,
}

impl RecordedExploration {
    /// The digest of the runs that the journal holds, as if it were a file of results; that of each run, in order,
    /// goes to `each`. Of a run that was run again, the last time counts, as it does for resuming.
    ///
    /// # Errors
    /// The journal cannot be read to its end. A last record that was not written to its end is no error.
    pub fn digest(self, each: &mut dyn FnMut(RunIndex, Digest)) -> Result<Digest, JournalError> {
        let count = self.head.trajectory.run_count();
        // Runs end in any order, so their digests wait here: some forty bytes for each.
        let mut runs = BTreeMap::new();
        let mut comments = CommentDigest::default();
        for run in self.reader.ended_runs()? {
            let run = run?;
            if u64::from(run.index.0) < count {
                comments.see(&run);
                runs.insert(run.index, run.digest());
            }
        }
        let mut all = TrajectoryDigest::new(self.head.digest(), count);
        for (run, digest) in runs {
            all.known(run, digest);
            each(run, digest);
        }
        Ok(all.finish_with(&comments))
    }
}
