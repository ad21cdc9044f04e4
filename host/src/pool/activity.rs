//! [`Activity`]: what every worker is doing right now, for those who watch.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use super::{Spent, Stop, spent::Stopwatch};
use crate::{sandbox::Watch, trajectory::RunIndex};

/// One entry per worker. A worker touches its own entry only, so nobody waits for anybody.
#[derive(Debug)]
pub struct Activity {
    workers: Vec<Mutex<Option<RunningNow>>>,
    stop: Arc<Stop>,
    stopwatch: Option<Stopwatch>,
}

/// A run that is under way.
#[derive(Clone, Debug)]
pub struct RunningNow {
    /// Which one.
    pub run: RunIndex,
    /// Since when.
    pub since: Instant,
    /// What the job last said of its progress: a fraction from 0 to 1, and a message that may be empty.
    pub progress: Option<(f64, String)>,
}

impl Activity {
    /// Room for so many workers, whose runs end when `stop` abandons them.
    pub fn new(workers: usize, stop: Arc<Stop>) -> Self {
        Self { workers: (0..workers).map(|_| Mutex::new(None)).collect(), stop, stopwatch: None }
    }

    /// The same, and measures what workers spend their time on.
    #[must_use]
    pub fn measuring(self) -> Self {
        Self { stopwatch: Some(Stopwatch::start()), ..self }
    }

    /// What workers have spent their time on until now, and when the first run has ended; if that is measured.
    pub fn spent(&self) -> Option<(Spent, Option<Instant>)> {
        self.stopwatch.as_ref().map(|stopwatch| (stopwatch.spent(), stopwatch.first()))
    }

    pub(super) fn stopwatch(&self) -> Option<&Stopwatch> {
        self.stopwatch.as_ref()
    }

    /// The runs under way, in the order of the workers.
    pub fn now(&self) -> Vec<RunningNow> {
        self.workers.iter().filter_map(|entry| entry.lock().unwrap_or_else(PoisonError::into_inner).clone()).collect()
    }

    pub(super) fn started(&self, worker: usize, run: RunIndex, since: Instant) {
        self.set(worker, Some(RunningNow { run, since, progress: None }));
    }

    pub(super) fn ended(&self, worker: usize) {
        self.set(worker, None);
    }

    /// What the sandbox of one worker tells its progress to.
    pub(super) fn watch(self: &Arc<Self>, worker: usize) -> Arc<dyn Watch> {
        Arc::new(OneWorker { activity: self.clone(), worker })
    }

    fn set(&self, worker: usize, now: Option<RunningNow>) {
        if let Some(entry) = self.workers.get(worker) {
            *entry.lock().unwrap_or_else(PoisonError::into_inner) = now;
        }
    }
}

struct OneWorker {
    activity: Arc<Activity>,
    worker: usize,
}

impl Watch for OneWorker {
    fn progress(&self, _run: RunIndex, fraction: f64, message: &str) {
        if let Some(entry) = self.activity.workers.get(self.worker)
            && let Some(now) = &mut *entry.lock().unwrap_or_else(PoisonError::into_inner)
        {
            now.progress = Some((fraction, message.to_owned()));
        }
    }

    fn is_abandoned(&self) -> bool {
        self.activity.stop.is_abandoning()
    }
}
