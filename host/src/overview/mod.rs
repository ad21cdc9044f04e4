//! The overview of a trajectory: rows that tell at a glance what parameters and results there are.
//!
//! Also the purging of comments that repeat from run to run. Pure: what comes out is rows and
//! decisions; [`crate::storage`] writes them. Mirrors the overview tables of pypet's user guide.

mod comments;
mod in_order;
mod rows;
mod summaries;

pub use comments::{Comments, Keep};
pub use in_order::InOrder;
pub use rows::{
    ExampleWords, NodeRow, RangeWords, addition_row, explored_row, node_row, run_place, summary_row, words_of_value,
};
pub use summaries::{Example, MAX_NAMES, Summaries};

/// Widest location in a table, as in pypet.
pub const MAX_LOCATION: usize = 512;
/// Widest name in a table.
pub const MAX_NAME: usize = 128;
/// Widest value in a table; longer ones end with dots.
pub const MAX_VALUE: usize = 64;
/// Widest comment in a table; longer ones end with dots.
pub const MAX_COMMENT: usize = 512;
/// Widest list of explored values in a table; longer ones end with dots.
pub const MAX_RANGE: usize = 1024;
