//! [`Places`]: where numbers lie that are in a file already, so that no record need hold them again.

use std::collections::HashMap;

/// Arrays at least this long, in bytes, are worth a look into another file.
pub const PLACED_FROM: usize = 256 << 10;

/// Where in another file the numbers of large arrays lie.
///
/// Arrays are told apart by where they are in memory, so this is good only as long as the runs that it was made of stay
/// where they are: for the call that stores them, and for the one that tells the journal of them.
#[derive(Clone, Debug, Default)]
pub struct Places {
    offsets: HashMap<(usize, usize), u64>,
}

impl Places {
    /// Takes note that `bytes`, as they are, stand at `offset`. Short ones are left to the journal.
    pub fn insert(&mut self, bytes: &[u8], offset: u64) {
        if bytes.len() >= PLACED_FROM {
            self.offsets.insert(Self::key(bytes), offset);
        }
    }

    /// Where `bytes` stand, if that is known.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<u64> {
        if bytes.len() < PLACED_FROM { None } else { self.offsets.get(&Self::key(bytes)).copied() }
    }

    /// The regions: where each begins, and its bytes.
    pub(super) fn regions(&self) -> impl Iterator<Item = (u64, usize)> {
        self.offsets.iter().map(|(&(_, length), &offset)| (offset, length))
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.offsets.clear();
    }

    fn key(bytes: &[u8]) -> (usize, usize) {
        (bytes.as_ptr().addr(), bytes.len())
    }
}
