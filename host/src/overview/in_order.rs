//! [`InOrder`]: what comes with runs in the order in which they end, handed on in the order of their indices.

use std::collections::BTreeMap;

use crate::trajectory::RunIndex;

/// Holds back what comes with a run until all lower runs have come, as long as that takes little memory.
///
/// Runs end nearly in order, so that little waits. When more than the limit waits, the lowest goes on without the
/// runs that are missing before it; those follow as they come.
#[derive(Clone, Debug)]
pub struct InOrder<T> {
    held: BTreeMap<RunIndex, (u64, T)>,
    next: u32,
    bytes: u64,
    most: u64,
}

/// What an entry takes beside its content.
const ENTRY: u64 = 64;

impl<T> InOrder<T> {
    /// At most about `most` bytes wait.
    pub fn new(most: u64) -> Self {
        Self { held: BTreeMap::new(), next: 0, bytes: 0, most }
    }

    /// Takes what came with a run, of so many bytes. Every run comes once, also one that brings nothing.
    pub fn put(&mut self, run: RunIndex, bytes: u64, item: T) {
        self.bytes += bytes + ENTRY;
        self.held.insert(run, (bytes, item));
    }

    /// The next that need not wait.
    pub fn next_ready(&mut self) -> Option<T> {
        let first = *self.held.first_key_value()?.0;
        if first.0 <= self.next || self.bytes > self.most { self.next_held() } else { None }
    }

    /// The next, whatever is missing before it.
    pub fn next_held(&mut self) -> Option<T> {
        let (run, (bytes, item)) = self.held.pop_first()?;
        self.bytes -= bytes + ENTRY;
        self.next = self.next.max(run.0.saturating_add(1));
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn passed(order: &[u32], most: u64) -> (Vec<u32>, u64) {
        let (mut in_order, mut passed, mut peak) = (InOrder::new(most), Vec::new(), 0);
        for &run in order {
            in_order.put(RunIndex(run), 36, run);
            passed.extend(std::iter::from_fn(|| in_order.next_ready()));
            peak = peak.max(in_order.bytes);
        }
        passed.extend(std::iter::from_fn(|| in_order.next_held()));
        assert_eq!(in_order.bytes, 0);
        (passed, peak)
    }

    #[test]
    fn a_run_that_lasts_long_does_not_hold_everything() {
        let order: Vec<u32> = (1..100).chain([0]).collect();
        assert_eq!(passed(&order, 10_000).0, (0..100).collect::<Vec<_>>());
        let (passed, peak) = passed(&order, 1000);
        assert_eq!(passed.last(), Some(&0), "it came after the others had gone");
        assert_eq!(passed[..99], (1..100).collect::<Vec<_>>());
        assert!(peak <= 1000, "{peak}");
    }

    proptest! {
        #[test]
        fn all_pass_in_order(runs in Just((0..60u32).collect::<Vec<_>>()).prop_shuffle(), missing in 0usize..60) {
            let came = &runs[missing..];
            let mut sorted = came.to_vec();
            sorted.sort_unstable();
            prop_assert_eq!(passed(came, u64::MAX).0, sorted);
        }

        #[test]
        fn none_is_lost(runs in Just((0..60u32).collect::<Vec<_>>()).prop_shuffle(), most in 0u64..5000) {
            let (mut passed, peak) = passed(&runs, most);
            prop_assert!(peak <= most);
            passed.sort_unstable();
            prop_assert_eq!(passed, (0..60).collect::<Vec<_>>());
        }
    }
}
