//! How finished runs leave their worker: at once, over a queue, or through a desk that the worker serves itself.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crossbeam_channel::Sender;

use super::{Collector, TICK, budget::Budget, tray::Tray};
use crate::trajectory::FinishedRun;

/// Where a worker puts what it has finished.
pub(super) trait Deliver {
    type Error;

    /// Takes a run that has ended just `now`.
    fn put(&mut self, run: FinishedRun, now: Instant) -> Result<(), Self::Error>;

    /// The worker has no other run.
    fn finish(&mut self) -> Result<(), Self::Error>;

    /// How long it has kept the worker waiting, if that is measured here.
    fn waited(&self) -> Duration {
        Duration::ZERO
    }
}

/// Collects each run at once, and ticks between runs.
pub(super) struct Alone<'a, C> {
    pub(super) collector: C,
    pub(super) tick: &'a mut dyn FnMut(),
    pub(super) ticked: Instant,
}

impl<C: Collector> Deliver for Alone<'_, C> {
    type Error = C::Error;

    fn put(&mut self, run: FinishedRun, now: Instant) -> Result<(), C::Error> {
        self.collector.collect(&[run])?;
        if now.saturating_duration_since(self.ticked) >= TICK {
            self.ticked = now;
            (self.tick)();
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), C::Error> {
        Ok(())
    }
}

/// Runs on their way through the queue, and what they take of the budget.
pub(super) struct Batch {
    pub(super) runs: Vec<FinishedRun>,
    pub(super) weight: u64,
}

/// Sends runs to the thread that collects them, which also empties the tray when this worker is busy for long.
pub(super) struct Sends<'a> {
    pub(super) tray: &'a Mutex<Tray>,
    /// How long it has waited for room, if that is measured.
    pub(super) waited: Option<Duration>,
    pub(super) budget: &'a Budget,
    pub(super) queue: Sender<Batch>,
}

impl Sends<'_> {
    fn send(&mut self, runs: Vec<FinishedRun>) -> Result<(), HungUp> {
        if runs.is_empty() {
            return Ok(());
        }
        let weight = self.budget.weight(&runs);
        let since = self.waited.is_some().then(Instant::now);
        self.budget.take(weight);
        // Who has hung up says why.
        let sent = self.queue.send(Batch { runs, weight }).map_err(|_| HungUp);
        if let (Some(since), Some(waited)) = (since, &mut self.waited) {
            *waited += since.elapsed();
        }
        sent
    }
}

impl Deliver for Sends<'_> {
    type Error = HungUp;

    fn put(&mut self, run: FinishedRun, now: Instant) -> Result<(), HungUp> {
        let runs = {
            let mut tray = lock(self.tray);
            if !tray.put(run, now) {
                return Ok(());
            }
            tray.take()
        };
        self.send(runs)
    }

    fn finish(&mut self) -> Result<(), HungUp> {
        let runs = lock(self.tray).take();
        self.send(runs)
    }

    fn waited(&self) -> Duration {
        self.waited.unwrap_or_default()
    }
}

/// A tray and who collects from it: the worker itself, or this thread when the worker is busy for long.
pub(super) struct Desk<C> {
    pub(super) tray: Tray,
    pub(super) collector: C,
}

impl<C: Collector> Desk<C> {
    fn collect(&mut self) -> Result<(), C::Error> {
        if self.tray.is_empty() {
            return Ok(());
        }
        let collected = self.collector.collect(self.tray.runs());
        self.tray.clear();
        collected
    }
}

/// Collects what its own worker finishes.
pub(super) struct Collects<'a, C> {
    pub(super) desk: &'a Mutex<Desk<C>>,
    /// When the last worker drops its own, this thread knows.
    pub(super) _ended: Sender<()>,
}

impl<C: Collector> Deliver for Collects<'_, C> {
    type Error = C::Error;

    fn put(&mut self, run: FinishedRun, now: Instant) -> Result<(), C::Error> {
        // What is said of a failure belongs into the log of this worker, so this thread says it.
        let is_failed = run.outcome.is_err();
        let mut desk = lock(self.desk);
        if desk.tray.put(run, now) || is_failed { desk.collect() } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<(), C::Error> {
        lock(self.desk).collect()
    }
}

/// Collects what waits for too long.
pub(super) fn sweep<C: Collector>(desks: &[Mutex<Desk<C>>], now: Instant) -> Result<(), C::Error> {
    for desk in desks {
        // Its worker is there if it is locked.
        if let Ok(mut desk) = desk.try_lock()
            && desk.tray.is_due(now)
        {
            desk.collect()?;
        }
    }
    Ok(())
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The collector has failed, and says so itself.
pub(super) struct HungUp;
