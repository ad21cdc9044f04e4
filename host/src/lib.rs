//! `host` runs parameter explorations of WebAssembly simulations into one HDF5 file.

pub mod spec;
pub mod trajectory;
