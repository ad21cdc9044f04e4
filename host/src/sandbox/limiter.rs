//! [`GuestLimiter`]: how much memory one guest gets, with a reason that can be told.

use thiserror::Error;
use wasmtime::ResourceLimiter;

/// Elements of one table; also what the pool reserves for it.
pub const TABLE_ELEMENTS: usize = 1 << 16;
/// What an element takes: a pointer.
const TABLE_ELEMENT: u64 = size_of::<usize>() as u64;
/// Core instances, memories and tables of one guest. Language runtimes need a few dozen.
pub const PARTS: usize = 1000;

/// Counts all linear memories and tables of one instance together, and what the host keeps for it.
#[derive(Debug)]
pub struct GuestLimiter {
    limit: u64,
    used: u64,
    /// What the host keeps for the guest beside its results, which have a limit of their own.
    held: u64,
    /// What the guest would have used with the growth that was refused.
    refused: Option<u64>,
    table_elements: usize,
}

/// Ends the guest at once: one that goes on without its memory fails later, with a reason that misleads.
#[derive(Debug, Error)]
#[error("the limit on memory is reached")]
struct MemoryRefused;

impl GuestLimiter {
    /// Up to `limit` bytes in all, and `table_elements` in each table.
    pub fn new(limit: u64, table_elements: usize) -> Self {
        Self { limit, used: 0, held: 0, refused: None, table_elements }
    }

    /// The memory that the guest has.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// The host keeps `bytes` more for the guest, or the guest ends.
    pub fn hold(&mut self, bytes: u64) -> wasmtime::Result<()> {
        self.held = self.grown(self.held, bytes)?;
        Ok(())
    }

    /// The host no longer keeps `bytes` of it.
    pub fn release(&mut self, bytes: u64) {
        self.held = self.held.saturating_sub(bytes);
    }

    /// `part` with `more` bytes, if all parts together stay within the limit.
    fn grown(&mut self, part: u64, more: u64) -> wasmtime::Result<u64> {
        let wanted = (self.used + self.held).saturating_add(more);
        if wanted > self.limit {
            self.refused = Some(wanted);
            return Err(MemoryRefused.into());
        }
        Ok(part + more)
    }

    /// What the guest wanted in all, if it was refused.
    pub fn refused(&self) -> Option<u64> {
        self.refused
    }
}

impl ResourceLimiter for GuestLimiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let used = self.grown(self.used, desired.saturating_sub(current) as u64)?;
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false); // The module's own maximum: an ordinary failure to grow.
        }
        self.used = used;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if desired > self.table_elements || maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false); // An ordinary failure to grow.
        }
        let more = desired.saturating_sub(current) as u64;
        self.used = self.grown(self.used, more * TABLE_ELEMENT)?;
        Ok(true)
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
