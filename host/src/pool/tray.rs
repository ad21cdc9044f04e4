//! [`Tray`]: finished runs of one worker that wait until handing them over is worth it.

use std::{
    mem,
    time::{Duration, Instant},
};

use crate::trajectory::FinishedRun;

/// A run that takes this long, or longer, is handed over alone and at once.
pub(super) const LONG: Duration = Duration::from_millis(1);

/// How long a run waits, if its worker looks again by then.
const WAIT: Duration = Duration::from_millis(20);

/// How often somebody looks for a worker that does not, because its next run takes long.
pub(super) const SWEEP: Duration = Duration::from_millis(25);

/// Runs that wait in one tray at most. Writing more at once is hardly cheaper.
const MOST_RUNS: usize = 256;

/// Bytes of results that wait in one tray. Writing more at once is no cheaper.
const MOST_BYTES: u64 = 256 << 10;

/// Finished runs that wait.
#[derive(Debug, Default)]
pub(super) struct Tray {
    runs: Vec<FinishedRun>,
    bytes: u64,
    /// When the first of them ended.
    since: Option<Instant>,
}

impl Tray {
    /// Adds a run that has ended just `now`. Gives back whether all should be taken.
    pub(super) fn put(&mut self, run: FinishedRun, now: Instant) -> bool {
        let is_long = run.took >= LONG;
        self.bytes = self.bytes.saturating_add(run.bytes());
        self.runs.push(run);
        let since = *self.since.get_or_insert(now);
        let is_full = self.runs.len() >= MOST_RUNS || self.bytes >= MOST_BYTES;
        is_long || is_full || now.saturating_duration_since(since) >= WAIT
    }

    /// Whether any run waits for too long.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.since.is_some_and(|since| now.saturating_duration_since(since) >= WAIT)
    }

    /// Whether none waits.
    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Takes the runs that wait, in their order.
    pub(super) fn take(&mut self) -> Vec<FinishedRun> {
        (self.bytes, self.since) = (0, None);
        // Whoever has filled one fills the next.
        let room = self.runs.len();
        mem::replace(&mut self.runs, Vec::with_capacity(room))
    }

    /// The runs that wait, to be used and then forgotten with [`Tray::clear`].
    pub(super) fn runs(&self) -> &[FinishedRun] {
        &self.runs
    }

    /// Forgets the runs that wait, and keeps their room.
    pub(super) fn clear(&mut self) {
        (self.bytes, self.since) = (0, None);
        self.runs.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trajectory::{Addition, AdditionKind, NodePath, RunIndex, Value};

    fn run(took: Duration, bytes: usize) -> FinishedRun {
        let name = NodePath::new("z").unwrap();
        let items = vec![(name.clone(), Value::Bytes(vec![0; bytes]))];
        let addition = Addition { items, ..Addition::new(AdditionKind::Result, name, String::new()) };
        FinishedRun { index: RunIndex(0), outcome: Ok(()), additions: vec![addition], started: 0.0, took }
    }

    #[test]
    fn short_runs_wait_for_others() {
        let (mut tray, now) = (Tray::default(), Instant::now());
        let waiting = (1..).find(|_| tray.put(run(Duration::from_micros(10), 8), now)).unwrap();
        assert_eq!((waiting, tray.take().len()), (MOST_RUNS, MOST_RUNS));
        assert!(tray.is_empty() && !tray.is_due(now + LONG));
    }

    #[test]
    fn long_and_large_ones_do_not() {
        let (mut tray, now) = (Tray::default(), Instant::now());
        assert!(!tray.put(run(LONG / 2, 8), now));
        assert!(tray.put(run(LONG, 8), now));
        assert_eq!(tray.take().len(), 2, "what waited comes along");
        assert!(!tray.put(run(LONG / 2, MOST_BYTES as usize / 2), now));
        assert!(tray.put(run(LONG / 2, MOST_BYTES as usize / 2), now));
    }

    #[test]
    fn nobody_waits_for_long() {
        let (mut tray, now) = (Tray::default(), Instant::now());
        assert!(!tray.put(run(LONG / 2, 8), now));
        assert!(!tray.put(run(LONG / 2, 8), now + WAIT / 2) && !tray.is_due(now + WAIT / 2));
        assert!(tray.is_due(now + WAIT), "counted from the first");
        assert!(tray.put(run(LONG / 2, 8), now + WAIT));
        tray.clear();
        assert!(!tray.is_due(now + 2 * WAIT) && tray.runs().is_empty());
    }
}
