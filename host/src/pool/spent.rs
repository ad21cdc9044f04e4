//! [`Spent`]: where the time of workers goes, for those who have asked.

use std::{
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use crate::sandbox::RunTimes;

/// What the threads of a pool have spent their time on, all together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// Threads that are counted: the workers, and whoever collects for them.
    pub threads: u32,
    /// Until workers were ready for their first run.
    pub start_up: Duration,
    /// In the runs themselves.
    pub runs: RunTimes,
    /// For room in the queue, for something to collect, and for others to end.
    pub waiting: Duration,
}

/// Where the threads of one pool write down what they have spent.
#[derive(Debug)]
pub(super) struct Stopwatch {
    begin: Instant,
    first: OnceLock<Instant>,
    sheet: Mutex<Sheet>,
}

#[derive(Debug, Default)]
struct Sheet {
    spent: Spent,
    /// When threads have ended whose waiting for the others is not counted yet.
    ended: Vec<Instant>,
}

impl Stopwatch {
    /// Begins now.
    pub(super) fn start() -> Self {
        Self { begin: Instant::now(), first: OnceLock::new(), sheet: Mutex::default() }
    }

    /// A thread is ready for its work, which is counted from now on.
    pub(super) fn ready(&self) {
        let mut sheet = self.sheet();
        sheet.spent.threads += 1;
        sheet.spent.start_up += self.begin.elapsed();
    }

    /// A thread has ended, after so much in runs and waiting.
    pub(super) fn ended(&self, runs: RunTimes, waiting: Duration) {
        let mut sheet = self.sheet();
        sheet.spent.runs += runs;
        sheet.spent.waiting += waiting;
        sheet.ended.push(Instant::now());
    }

    /// The first run has ended, if none has before.
    pub(super) fn first_run(&self) {
        self.first.get_or_init(Instant::now);
    }

    /// When the first run has ended.
    pub(super) fn first(&self) -> Option<Instant> {
        self.first.get().copied()
    }

    /// What was spent until now, when all have ended.
    pub(super) fn spent(&self) -> Spent {
        let sheet = self.sheet();
        let mut spent = sheet.spent;
        spent.waiting += sheet.ended.iter().map(Instant::elapsed).sum::<Duration>();
        spent
    }

    fn sheet(&self) -> MutexGuard<'_, Sheet> {
        self.sheet.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
