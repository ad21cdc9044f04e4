//! [`GuestLimiter`]: how much memory one guest gets, with a reason that can be told.

use thiserror::Error;
use wasmtime::ResourceLimiter;

/// Elements of one table; also what the pool reserves for it.
pub const TABLE_ELEMENTS: usize = 1 << 16;
/// Core instances, memories and tables of one guest. Language runtimes need a few dozen.
pub const PARTS: usize = 1000;

/// Counts all linear memories of one instance together.
#[derive(Debug)]
pub struct GuestLimiter {
    limit: u64,
    used: u64,
    /// What the guest would have used with the growth that was refused.
    refused: Option<u64>,
    table_elements: usize,
}

/// Ends the guest at once: one that goes on without its memory fails later, with a reason that misleads.
#[derive(Debug, Error)]
#[error("the limit on memory is reached")]
struct MemoryRefused;

impl GuestLimiter {
    /// Up to `limit` bytes in all linear memories, `table_elements` in each table.
    pub fn new(limit: u64, table_elements: usize) -> Self {
        Self { limit, used: 0, refused: None, table_elements }
    }

    /// The memory that the guest has.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// What the guest wanted in all, if it was refused.
    pub fn refused(&self) -> Option<u64> {
        self.refused
    }
}

impl ResourceLimiter for GuestLimiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = self.used + desired.saturating_sub(current) as u64;
        if wanted > self.limit {
            self.refused = Some(wanted);
            return Err(MemoryRefused.into());
        }
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false); // The module's own maximum: an ordinary failure to grow.
        }
        self.used = wanted;
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= self.table_elements)
    }

    fn instances(&self) -> usize {
        PARTS
    }

    fn tables(&self) -> usize {
        PARTS
    }

    fn memories(&self) -> usize {
        PARTS
    }
}
