//! What storing costs: about so many bytes and seconds, known before the first run.
//!
//! Measured with `benches/storage.rs` and with explorations of one number a run; larger results come on top.

use crate::spec::Layout;

/// What it costs to store runs with one number each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Of the file, with all that is in it but for the runs.
    pub fixed_bytes: u64,
    /// Of each run.
    pub bytes_per_run: u64,
    /// Of the one thread that writes, for each run.
    pub seconds_per_run: f64,
}

/// With more runs than these, columns are worth a thought.
pub const MANY_RUNS: u64 = 20_000;

impl Cost {
    /// The cost of a layout of HDF5 files.
    pub fn of(layout: Layout) -> Self {
        match layout {
            // 10,000 runs took 7.6 MiB, one run 85 KiB, 100,000 runs 10 s; every further result adds half a kilobyte.
            Layout::Tree => Self { fixed_bytes: 85_000, bytes_per_run: 800, seconds_per_run: 1e-4 },
            // One run took 170 kB, 100,000 runs 3.25 MB; every further number adds its eight bytes.
            Layout::Columns => Self { fixed_bytes: 170_000, bytes_per_run: 32, seconds_per_run: 3e-6 },
        }
    }

    /// Bytes of a file with so many runs.
    pub fn bytes(&self, runs: u64) -> u64 {
        self.fixed_bytes + runs * self.bytes_per_run
    }

    /// Seconds for so many runs.
    pub fn seconds(&self, runs: u64) -> f64 {
        self.seconds_per_run * runs as f64
    }
}
