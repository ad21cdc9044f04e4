//! [`Settings`]: what the engine is told, and why.

use serde::{Deserialize, Serialize};
use wasmtime::{Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig, component::Component};

use super::limiter::{PARTS, TABLE_ELEMENTS};
use crate::spec::Limits;

/// Memory of a slot that is wiped by writing instead of by the kernel; more makes small guests slower.
const KEEP_RESIDENT: usize = 16 << 10;
/// The same for an interpreter, which writes a megabyte or more in every run: here and there, so each page would be a fault, for
/// which the kernel stops all workers.
const OF_INTERPRETER: usize = 32 << 20;
/// How many freed regions are given back to the kernel at once, for small guests.
const DECOMMIT_BATCH: u32 = 16;
/// A guest with more memory than this is a large one. Giving it back at once costs nothing that is
/// worth mentioning beside filling it, and waiting would keep many times the memory of a run.
const LARGE: u64 = 4 << 20;
/// Bookkeeping of one core instance. Language runtimes import and export thousands of functions.
const CORE_INSTANCE: usize = 8 << 20;
const COMPONENT_INSTANCE: usize = 64 << 20;
/// With this much address space reserved, compiled code needs no bounds checks on 32-bit memories.
const RESERVATION: u64 = 4 << 30;
const PAGE: u64 = 64 << 10;

/// What the engine of a job depends on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// What one run may use.
    pub limits: Limits,
    /// Canonical NaN bits inside of the guest too.
    pub strict_nan: bool,
    /// Exceptions of WebAssembly, only for a guest that has them: all others keep a simpler engine.
    pub exceptions: bool,
}

/// What one instance of a component takes from the pool.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Needs {
    memories: u32,
    /// Bytes that the largest memory begins with.
    memory: u64,
    tables: u32,
    table_elements: usize,
}

impl Needs {
    /// Those of `component`.
    pub fn of(component: &Component) -> Self {
        let required = component.resources_required();
        let (memories, tables) = required.as_ref().map_or((1, 1), |r| (r.num_memories, r.num_tables));
        let pages = required.as_ref().and_then(|r| r.max_initial_memory_size).unwrap_or(0);
        let elements = required.and_then(|r| r.max_initial_table_size).unwrap_or(0);
        Self {
            memories: memories.max(1),
            memory: pages.saturating_mul(PAGE),
            tables: tables.max(1),
            table_elements: (elements as usize).max(TABLE_ELEMENTS),
        }
    }

    /// How many freed regions may wait. Each keeps its memory, and gigabytes of address space.
    pub fn batch(self) -> u32 {
        if is_large(self.memory) { 1 } else { (DECOMMIT_BATCH / self.memories).max(1) }
    }

    /// The most elements a table of the component may have.
    pub fn table_elements(self) -> usize {
        self.table_elements
    }
}

/// Whether a guest with so much memory should not wait for others to give it back.
pub fn is_large(memory: u64) -> bool {
    memory > LARGE
}

impl Settings {
    /// Everything that decides about the compiled code, and no pool.
    pub fn config(&self) -> Config {
        let mut config = Config::new();
        config
            .wasm_component_model(true)
            // Nothing here is asynchronous, and its bookkeeping costs 2 us per instance.
            .concurrency_support(false)
            // The same bits on every machine.
            .relaxed_simd_deterministic(true)
            .cranelift_nan_canonicalization(self.strict_nan)
            .gc_support(self.exceptions)
            .wasm_exceptions(self.exceptions)
            // A check in every turn of a loop may double a short one: only where somebody wants them.
            .epoch_interruption(self.limits.timeout.is_some())
            .consume_fuel(self.limits.fuel.is_some())
            .max_wasm_stack(self.stack())
            // No guest runs on such a stack, but it may not be smaller than the one above.
            .async_stack_size(self.stack() + (1 << 20))
            .memory_reservation(RESERVATION.max(self.memory()));
        config
    }

    /// The same with a pool for one live instance that needs `needs`, and `batch` freed regions.
    pub fn pooled(&self, needs: Needs, batch: u32) -> Config {
        // One instance lives. The regions of freed ones wait until a batch is full; each of these
        // may keep all the slots of its instance waiting.
        let live_or_waiting = 1 + batch;
        let mut pool = PoolingAllocationConfig::new();
        pool.decommit_batch_size(batch as usize)
            .pagemap_scan(Enabled::Auto)
            .linear_memory_keep_resident(keep_resident())
            .table_keep_resident(KEEP_RESIDENT)
            .total_component_instances(live_or_waiting)
            .total_core_instances(live_or_waiting * PARTS as u32)
            .max_core_instances_per_component(PARTS as u32)
            .max_core_instance_size(CORE_INSTANCE)
            .max_component_instance_size(COMPONENT_INSTANCE)
            .total_memories(needs.memories * live_or_waiting)
            .max_memories_per_component(needs.memories)
            .max_memories_per_module(needs.memories)
            // A component that begins with more than the limit fails at the limiter, with a reason.
            .max_memory_size(self.memory().max(needs.memory) as usize)
            .total_tables(needs.tables * live_or_waiting)
            .max_tables_per_component(needs.tables)
            .max_tables_per_module(needs.tables)
            .table_elements(needs.table_elements)
            .total_stacks(1);
        if self.exceptions {
            // What is thrown lies in a heap of its own.
            pool.total_gc_heaps(live_or_waiting);
            if PoolingAllocationConfig::is_pagemap_scan_available() {
                pool.linear_memory_keep_resident(OF_INTERPRETER);
            }
        }
        let mut config = self.config();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        config
    }

    /// The limit on memory in whole pages.
    fn memory(&self) -> u64 {
        self.limits.memory.next_multiple_of(PAGE).max(PAGE)
    }

    fn stack(&self) -> usize {
        usize::try_from(self.limits.stack).unwrap_or(usize::MAX / 4)
    }
}

/// How much of a linear memory is reset by copying, and not given back to the kernel.
///
/// Where the kernel tells which pages a run has written (Linux 6.7), only those are copied, and runs that write
/// little have no page faults. Elsewhere the whole amount is written anew after every run, so it is small.
fn keep_resident() -> usize {
    if PoolingAllocationConfig::is_pagemap_scan_available() { 256 << 10 } else { KEEP_RESIDENT }
}
