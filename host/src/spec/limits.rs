//! [`Limits`]: what one run may use before it is ended.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What one run may use. Reaching a limit ends that run alone; the reason names the limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Wall time of a run, checked every few milliseconds. `None` for no limit.
    pub timeout: Option<Duration>,
    /// Instructions of the guest, in wasmtime's units of fuel; the same on every machine. `None` for no limit.
    pub fuel: Option<u64>,
    /// Linear memories of the guest together, in bytes.
    pub memory: u64,
    /// Stack of the guest, in bytes.
    pub stack: u64,
    /// All results and derived parameters of a run together, in bytes.
    pub results: u64,
    /// How many results and derived parameters a run may add.
    pub result_count: u64,
    /// Log lines and standard output of a run together, in bytes; what goes beyond is dropped, with one line that says so.
    pub log: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Long enough for nearly every simulation, short enough that a loop without end is noticed within a day.
            timeout: Some(Duration::from_secs(3600)),
            fuel: None,
            memory: 512 << 20,
            stack: 1 << 20,
            // The host holds a result until it is stored, and a few of them wait in the queue.
            results: 256 << 20,
            result_count: 10_000,
            log: 1 << 20,
        }
    }
}
