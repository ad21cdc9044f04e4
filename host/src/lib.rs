//! `host` runs parameter explorations of WebAssembly simulations into one HDF5 file.
//!
//! The modules stand on floors, each using only lower ones; `ARCHITECTURE.md` draws them.

pub mod building;
pub mod cli;
pub mod environment;
pub mod harden;
pub mod journal;
pub mod numpy;
pub mod overview;
pub mod pool;
pub mod sandbox;
pub mod spec;
pub mod storage;
pub mod trajectory;

/// Version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
