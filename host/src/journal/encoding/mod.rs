//! Runs as bytes and back, bit for bit.
//!
//! Numbers of arrays are their raw bytes, so that they pass at the speed of memory. Reading trusts
//! nothing: it never panics, and sets nothing aside for elements that the record is too short for.
//!
//! Whatever is added to a type gets its place by following the compiler: structures are taken apart
//! field by field, and every enum has a list of [tags](tag::tags) that is matched in both directions.

mod array;
mod decoder;
mod encoder;
mod run;
mod sparse;
mod tag;
mod value;

pub use decoder::DecodeError;
pub(super) use decoder::Decoder;
pub(super) use encoder::Encoder;
pub(super) use run::{read_index, read_run, write_index, write_run};
#[cfg(test)]
pub(super) use {
    array::DataTag,
    run::{FailureTag, KindTag},
    sparse::StructureTag,
    value::SequenceTag,
    value::ValueTag,
};
