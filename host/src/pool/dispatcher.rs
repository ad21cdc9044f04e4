//! [`Dispatcher`]: which run is next, for workers that do not wait for each other.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::trajectory::RunIndex;

/// Hands out every run once. A worker whose runs are short takes several at a time, and touches what it shares with
/// others once for all of them. Whoever finds no other run takes one that another worker has not begun: no run waits
/// for a worker that is busy while another is idle.
#[derive(Debug)]
pub(super) struct Dispatcher {
    next: AtomicU64,
    count: u64,
    shares: Vec<Share>,
}

/// Runs that one worker has taken and not begun: the first in the upper half, the end in the lower. In a cache line of
/// its own, since others look at it at the very end only.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Share(AtomicU64);

/// A worker takes as many runs at once as it does in this time.
const SHARE: Duration = Duration::from_millis(1);
/// And no more than these.
const LARGEST_SHARE: u64 = 64;

impl Dispatcher {
    /// For so many runs and workers.
    pub(super) fn new(count: u64, workers: usize) -> Self {
        Self { next: AtomicU64::new(0), count, shares: (0..workers).map(|_| Share::default()).collect() }
    }

    /// The next run for `worker`, whose last one took `pace`.
    pub(super) fn next(&self, worker: usize, pace: Duration) -> Option<RunIndex> {
        let own = &self.shares[worker];
        own.first().or_else(|| self.more(own, wanted(pace))).or_else(|| self.of_others(worker)).map(RunIndex)
    }

    /// Takes up to `wanted` runs that nobody has, and begins the first of them.
    fn more(&self, own: &Share, wanted: u64) -> Option<u32> {
        // Looked at first, so that workers without runs do not count on for ever.
        if self.next.load(Ordering::Relaxed) >= self.count {
            return None;
        }
        let first = self.next.fetch_add(wanted, Ordering::Relaxed);
        let end = (first + wanted).min(self.count);
        if first >= end {
            return None;
        }
        own.fill(first + 1, end);
        // `Points` holds no more runs than fit.
        Some(first as u32)
    }

    fn of_others(&self, worker: usize) -> Option<u32> {
        let (before, after) = self.shares.split_at(worker);
        after.iter().chain(before).find_map(Share::last)
    }
}

/// How many runs to take at once.
fn wanted(pace: Duration) -> u64 {
    let fit = SHARE.as_nanos() / pace.as_nanos().max(1);
    u64::try_from(fit).unwrap_or(LARGEST_SHARE).clamp(1, LARGEST_SHARE)
}

impl Share {
    /// Puts runs into an empty share. Nobody else changes one that is empty.
    fn fill(&self, first: u64, end: u64) {
        self.0.store(first << 32 | end, Ordering::Relaxed);
    }

    fn first(&self) -> Option<u32> {
        self.take(|first, end| (first, (first + 1, end)))
    }

    fn last(&self) -> Option<u32> {
        self.take(|first, end| (end - 1, (first, end - 1)))
    }

    /// Takes one of its runs. No run is ever put into it again, so what was seen is still true if it is still there.
    fn take(&self, one: impl Fn(u64, u64) -> (u64, (u64, u64))) -> Option<u32> {
        let mut seen = self.0.load(Ordering::Relaxed);
        loop {
            let (first, end) = (seen >> 32, seen & u64::from(u32::MAX));
            if first >= end {
                return None;
            }
            let (run, (first, end)) = one(first, end);
            match self.0.compare_exchange_weak(seen, first << 32 | end, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Some(run as u32),
                Err(now) => seen = now,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHORT: Duration = Duration::from_micros(10);
    const LONG: Duration = Duration::from_secs(1);

    #[test]
    fn whoever_is_idle_takes_what_others_have_not_begun() {
        let dispatcher = Dispatcher::new(10, 2);
        assert_eq!(dispatcher.next(0, SHORT), Some(RunIndex(0)), "the first worker takes all ten at once");
        let others: Vec<u32> = std::iter::from_fn(|| dispatcher.next(1, LONG)).map(|run| run.0).collect();
        assert_eq!(others, [9, 8, 7, 6, 5, 4, 3, 2, 1]);
        assert_eq!(dispatcher.next(0, SHORT), None);
    }

    #[test]
    fn long_runs_are_taken_one_at_a_time() {
        let dispatcher = Dispatcher::new(4, 2);
        let taken: Vec<_> = [0, 1, 0, 1].map(|worker| dispatcher.next(worker, LONG).unwrap().0).into();
        assert_eq!(taken, [0, 1, 2, 3]);
        assert_eq!((wanted(LONG), wanted(SHORT * 50), wanted(SHORT), wanted(Duration::ZERO)), (1, 2, 64, 64));
    }

    proptest! {
        /// Whoever asks whenever, every run is handed out once.
        #[test]
        fn every_run_once(count in 0_u64..300, asks in prop::collection::vec((0_usize..3, 1_u32..2000), 0..400)) {
            let dispatcher = Dispatcher::new(count, 3);
            let pace = |micros: u32| Duration::from_micros(micros.into());
            let mut taken: Vec<u32> =
                asks.iter().filter_map(|&(worker, micros)| dispatcher.next(worker, pace(micros))).map(|run| run.0).collect();
            taken.extend(std::iter::from_fn(|| dispatcher.next(0, LONG)).map(|run| run.0));
            taken.sort_unstable();
            prop_assert_eq!(taken, (0..count as u32).collect::<Vec<_>>());
        }
    }

    #[test]
    fn every_run_once_in_threads() {
        const RUNS: u64 = 100_000;
        let dispatcher = Dispatcher::new(RUNS, 4);
        let taken = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|worker| {
                    let dispatcher = &dispatcher;
                    let pace = if worker == 3 { LONG } else { SHORT };
                    scope.spawn(move || std::iter::from_fn(|| dispatcher.next(worker, pace)).collect::<Vec<_>>())
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        let mut taken: Vec<u32> = taken.into_iter().map(|run| run.0).collect();
        taken.sort_unstable();
        assert!(taken.iter().copied().eq(0..RUNS as u32), "{} runs", taken.len());
    }
}
