//! [`Budget`]: bytes that may be on their way at the same time.

use std::sync::{Condvar, Mutex, PoisonError};

use super::QUEUED_RUNS;
use crate::trajectory::FinishedRun;

/// Counts bytes that wait. Taking blocks while more would wait than are allowed.
#[derive(Debug)]
pub(super) struct Budget {
    allowed: u64,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: u64,
    closed: bool,
}

impl Budget {
    pub(super) fn new(allowed: u64) -> Self {
        Self { allowed, state: Mutex::default(), freed: Condvar::new() }
    }

    /// What `runs` take of it: their bytes, and each as much as lets no more than [`QUEUED_RUNS`] wait.
    pub(super) fn weight(&self, runs: &[FinishedRun]) -> u64 {
        let each = (self.allowed / QUEUED_RUNS).max(1);
        runs.iter().fold(0, |sum, run| u64::saturating_add(sum, run.bytes().saturating_add(each)))
    }

    /// Waits until `bytes` fit. What is larger than the whole budget passes once nothing else waits.
    pub(super) fn take(&self, bytes: u64) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |state: &mut State| {
            !state.closed && state.waiting > 0 && state.waiting.saturating_add(bytes) > self.allowed
        };
        let mut state = self.freed.wait_while(state, full).unwrap_or_else(PoisonError::into_inner);
        state.waiting = state.waiting.saturating_add(bytes);
    }

    /// Returns what has been dealt with.
    pub(super) fn give_back(&self, bytes: u64) {
        if bytes > 0 {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.waiting = state.waiting.saturating_sub(bytes);
            drop(state);
            self.freed.notify_all();
        }
    }

    /// Lets everybody pass from now on.
    pub(super) fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn never_more_waits_than_allowed() {
        let budget = Budget::new(100);
        let (waiting, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for size in [10, 30, 60, 100] {
                let (budget, waiting, most) = (&budget, &waiting, &most);
                scope.spawn(move || {
                    for _ in 0..500 {
                        budget.take(size);
                        most.fetch_max(waiting.fetch_add(size, Ordering::SeqCst) + size, Ordering::SeqCst);
                        waiting.fetch_sub(size, Ordering::SeqCst);
                        budget.give_back(size);
                    }
                });
            }
        });
        assert!(most.load(Ordering::SeqCst) <= 100);
    }

    #[test]
    fn a_result_larger_than_the_budget_passes_alone() {
        let budget = Budget::new(10);
        budget.take(1000);
        std::thread::scope(|scope| {
            let second = scope.spawn(|| budget.take(1));
            assert!(!second.is_finished());
            budget.give_back(1000);
            second.join().expect("the second one passes");
        });
    }

    #[test]
    fn closing_lets_the_waiting_go() {
        let budget = Budget::new(10);
        budget.take(10);
        std::thread::scope(|scope| {
            scope.spawn(|| budget.take(10));
            budget.close();
        });
    }
}
