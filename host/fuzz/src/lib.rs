//! What the fuzz targets do: one plain function of bytes each, which panics if `host` does anything that it must not.
//!
//! `fuzz_targets/` gives them to libFuzzer; `tests/fuzz.rs` of the main workspace includes this file and replays the
//! saved inputs, so nothing here uses the fuzzer itself.

mod component;
mod csv;
mod frame;
mod hdf5;
mod journal;
mod journal_damage;
mod journal_roundtrip;
pub mod made;
mod memory;
mod names;
mod npy;
mod npz;
mod place;
mod reading;
mod spec;
mod sqlite;
mod values;

pub use component::component;
pub use csv::csv;
pub use frame::frame;
pub use hdf5::hdf5;
pub use journal::journal;
pub use journal_damage::journal_damage;
pub use journal_roundtrip::journal_roundtrip;
pub use names::names;
pub use npy::npy;
pub use npz::npz;
pub use spec::spec;
pub use sqlite::sqlite;
pub use values::values;

/// A target: what it does with its input.
pub type Body = fn(&[u8]);

/// All targets by their names, which are also those of their binaries and folders.
pub const TARGETS: [(&str, Body); 13] = [
    ("component", component),
    ("csv", csv),
    ("frame", frame),
    ("hdf5", hdf5),
    ("journal", journal),
    ("journal_damage", journal_damage),
    ("journal_roundtrip", journal_roundtrip),
    ("names", names),
    ("npy", npy),
    ("npz", npz),
    ("spec", spec),
    ("sqlite", sqlite),
    ("values", values),
];
