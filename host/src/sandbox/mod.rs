//! The sandbox: one job in one wasmtime instance, anew for every run.
//!
//! A [`Job`] is a component, compiled and checked. Each worker thread takes a [`Worker`] from it,
//! which has an engine and a pool of its own: instances from a shared engine do not scale over
//! threads. [`Worker::run`] moves a [`SingleRun`](crate::trajectory::SingleRun) into a fresh
//! instance and gives back a [`FinishedRun`](crate::trajectory::FinishedRun), whatever the guest did.
//!
//! A [`Class`] is a component of another world: it says how values of parameters and results are stored,
//! and is called like a job, with a fresh instance and the limits of a run. [`Classes`] are found by name.
//!
//! A program that knows nothing of us is run as a job by `command`.
//!
//! Only this module names wasmtime. It knows no storage, no dispatcher and no spec file.

mod cache;
mod class;
mod class_error;
mod class_worker;
mod classes;
mod command;
mod contract;
mod failure;
mod job;
mod job_error;
mod limiter;
mod log;
mod nesting;
mod packed;
mod run_state;
mod settings;
mod snapshot;
mod ticker;
mod wasi;
mod worker;
mod world;

/// Values of the contract as guests hand them over, for fuzzing; no interface for anybody else.
#[doc(hidden)]
pub mod border {
    pub use super::contract::{
        convert::{from_guest, plain_from_guest, to_guest},
        measure::{plain as plain_measure, value as measure},
        types::{
            ArrayData, Column, Complex, Compressed, Coordinates, Entry, Indices, Ndarray, Plain, Sequence,
            SparseMatrix, SparseStructure, Table, Value,
        },
    };
}

pub use class::{Class, ClassKind, ClassOptions};
pub use class_error::{ClassError, ClassFault, ClassRefusal};
pub use classes::Classes;
pub use job::{Job, JobOptions};
pub use job_error::JobError;
pub(crate) use log::one_line;
pub use packed::{PackedJob, Packing, UnpackError};
pub use run_state::{RunTimes, Watch};
pub use snapshot::snapshot;
pub use worker::{PreparedWorker, Worker, WorkerError};

/// The wasmtime that this program is built with; `tests/house.rs` compares it with Cargo.lock.
pub const WASMTIME_VERSION: &str = "48.0.8";

#[cfg(test)]
mod tests;
