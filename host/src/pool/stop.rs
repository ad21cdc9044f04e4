//! [`Stop`]: the wish to end early, from a signal or from too many failures.

use std::sync::atomic::{AtomicU8, Ordering};

/// Whether, and how urgently, an exploration shall end early. It only ever becomes more urgent.
#[derive(Debug, Default)]
pub struct Stop(AtomicU8);

const FINISH_RUNNING: u8 = 1;
const ABANDON_RUNNING: u8 = 2;

impl Stop {
    /// No further run is started; those under way are finished.
    pub fn finish_running(&self) {
        self.0.fetch_max(FINISH_RUNNING, Ordering::Relaxed);
    }

    /// Runs under way are ended too, within milliseconds, and count as not run. Runs without a time limit go on.
    pub fn abandon_running(&self) {
        self.0.fetch_max(ABANDON_RUNNING, Ordering::Relaxed);
    }

    /// Whether no further run shall be started.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= FINISH_RUNNING
    }

    /// Whether runs under way shall be ended.
    pub fn is_abandoning(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= ABANDON_RUNNING
    }
}
