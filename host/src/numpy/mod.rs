//! NumPy's and SciPy's formats as values and back: `.npy` holds one array, `.npz` one sparse matrix.
//!
//! Works on readers and bytes and opens no files: the spec names some, and pypet puts others into HDF5. What is
//! read may come from anywhere, so no size is believed before the bytes are there.

mod npy;
mod npz;

pub use npy::{NpyError, read_array};
pub use npz::{NpzError, read_sparse, write_sparse};
