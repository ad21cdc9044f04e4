//! [`Timings`]: where the time of an exploration went.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::pool::Spent;

/// Where the time of all threads that make and write runs went, in seconds. The parts add up to `total`.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Timings {
    /// Worker threads, and the thread that writes what they have put into a queue.
    pub threads: u32,
    /// Wall time from the beginning to the end.
    pub wall: f64,
    /// That of all threads: `wall` times `threads`.
    pub total: f64,
    /// From the beginning until the first run has ended.
    pub first_run: Option<f64>,
    /// All threads, while the component was compiled or taken from the cache.
    pub compile: f64,
    /// All threads, until runs could begin: reading the spec, opening files, storing what is known before.
    pub start_up: f64,
    /// Making instances and taking them away again.
    pub instantiate: f64,
    /// In the code of the job.
    pub guest: f64,
    /// In what the host does when the job calls it.
    pub host_calls: f64,
    /// Writing and syncing the journal.
    pub journal: f64,
    /// Storing runs; with wrap mode `LOCK`, waiting for the lock of the storage too.
    pub store: f64,
    /// For room in the queue, for something to write, for each other, for the last run.
    pub waiting: f64,
    /// All threads, while the file was completed, synced, verified and put in place.
    pub finishing: f64,
    /// Handing out runs, counting, logs, and what nobody has measured.
    pub other: f64,
}

/// What the beginning has taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beginning {
    pub(super) begun: Instant,
    pub(super) compile: Duration,
    /// When the pool began.
    pub(super) pool: Instant,
}

/// What collecting runs has taken.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Collecting {
    pub(super) journal: Duration,
    pub(super) store: Duration,
    pub(super) waiting: Duration,
}

impl Collecting {
    pub(super) fn add(&mut self, more: Self) {
        self.journal += more.journal;
        self.store += more.store;
        self.waiting += more.waiting;
    }
}

impl Timings {
    pub(super) fn new(
        beginning: Beginning,
        spent: &Spent,
        collecting: Collecting,
        first: Option<Instant>,
        pool_end: Instant,
    ) -> Self {
        let Beginning { begun, compile, pool } = beginning;
        let wall = begun.elapsed();
        let of_all = |time: Duration| time.as_secs_f64() * f64::from(spent.threads);
        let mut timings = Self {
            threads: spent.threads,
            wall: wall.as_secs_f64(),
            total: of_all(wall),
            first_run: first.map(|first| first.saturating_duration_since(begun).as_secs_f64()),
            compile: of_all(compile),
            start_up: of_all(pool.saturating_duration_since(begun).saturating_sub(compile))
                + spent.start_up.as_secs_f64(),
            instantiate: spent.runs.instantiate.as_secs_f64(),
            guest: spent.runs.guest.as_secs_f64(),
            host_calls: spent.runs.host_calls.as_secs_f64(),
            journal: collecting.journal.as_secs_f64(),
            store: collecting.store.as_secs_f64(),
            waiting: (spent.waiting + collecting.waiting).as_secs_f64(),
            finishing: of_all(pool_end.elapsed()),
            other: 0.0,
        };
        let measured: f64 = timings.parts().iter().map(|(_, time)| time).sum();
        timings.other = (timings.total - measured).max(0.0);
        timings
    }

    /// The parts under their names, in the order in which they come.
    pub fn parts(&self) -> [(&'static str, f64); 10] {
        [
            ("compile", self.compile),
            ("start-up", self.start_up),
            ("instantiate", self.instantiate),
            ("guest", self.guest),
            ("host calls", self.host_calls),
            ("journal", self.journal),
            ("store", self.store),
            ("waiting", self.waiting),
            ("finishing", self.finishing),
            ("other", self.other),
        ]
    }
}
