//! [`RunSet`]: some runs of a trajectory, at one bit each.

use super::points::RunIndex;

/// A set of runs, such as those that have been stored.
#[derive(Clone, Debug, Default)]
pub struct RunSet {
    words: Vec<u64>,
    len: u64,
}

impl RunSet {
    /// Adds `run`; false if it was there.
    pub fn insert(&mut self, run: RunIndex) -> bool {
        let (word, bit) = (run.0 as usize / 64, 1u64 << (run.0 % 64));
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        self.len += u64::from(new);
        new
    }

    /// Whether `run` is there.
    pub fn contains(&self, run: RunIndex) -> bool {
        self.words.get(run.0 as usize / 64).is_some_and(|word| word >> (run.0 % 64) & 1 == 1)
    }

    /// The number of runs.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}
