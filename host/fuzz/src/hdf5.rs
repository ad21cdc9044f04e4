//! Bytes as an HDF5 file.

use super::{place, reading::everything};

/// It is read, or refused.
pub fn hdf5(bytes: &[u8]) {
    everything(&place::file("any.hdf5", bytes), bytes);
}
