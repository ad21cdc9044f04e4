//! Bytes as an SQLite file.

use super::{place, reading::everything};

/// It is read, or refused.
pub fn sqlite(bytes: &[u8]) {
    everything(&place::file("any.sqlite", bytes), bytes);
}
