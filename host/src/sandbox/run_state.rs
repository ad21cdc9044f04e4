//! [`RunState`]: what belongs to one instance for as long as it lives.

use std::{
    ops::{AddAssign, Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use thiserror::Error;
use wasmtime::UpdateDeadline;

use super::{class_worker::ClassWorkers, limiter::GuestLimiter, log::RunLog, ticker, wasi::WasiPart};
use crate::{
    spec::Limits,
    trajectory::{Limited, RunIndex, SingleRun},
};

/// Whoever wants to know how far runs have come.
pub trait Watch: Send + Sync {
    /// Run `run` says that it has come as far as `fraction`, from 0 to 1. The message has no
    /// control characters. Called in the thread of the run, a few times a second at most.
    fn progress(&self, run: RunIndex, fraction: f64, message: &str);

    /// Whether nobody wants the run any more, so that it ends as [`Abandoned`](crate::trajectory::RunFailure).
    /// Asked every few milliseconds while the guest computes, if runs have a time limit.
    fn is_abandoned(&self) -> bool {
        false
    }
}

/// Nobody.
impl Watch for () {
    fn progress(&self, _: RunIndex, _: f64, _: &str) {}
}

/// What runs have taken, in their parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunTimes {
    /// Making instances and all that they need, and taking them away again.
    pub instantiate: Duration,
    /// In the code of the job.
    pub guest: Duration,
    /// In what the host does when the job calls it.
    pub host_calls: Duration,
}

impl AddAssign for RunTimes {
    fn add_assign(&mut self, other: Self) {
        self.instantiate += other.instantiate;
        self.guest += other.guest;
        self.host_calls += other.host_calls;
    }
}

/// A call of the host that is under way.
pub struct Call<'a> {
    state: &'a mut RunState,
    /// If anybody wants to know how long it takes.
    since: Option<Instant>,
}

impl<'a> Call<'a> {
    /// It begins.
    pub fn of(state: &'a mut RunState) -> Self {
        let since = state.called.is_some().then(Instant::now);
        Self { state, since }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if let (Some(since), Some(called)) = (self.since, &mut self.state.called) {
            *called += since.elapsed();
        }
    }
}

impl Deref for Call<'_> {
    type Target = RunState;

    fn deref(&self) -> &RunState {
        self.state
    }
}

impl DerefMut for Call<'_> {
    fn deref_mut(&mut self) -> &mut RunState {
        self.state
    }
}

/// The data of a store.
pub struct RunState {
    /// `None` while a job describes itself.
    pub run: Option<SingleRun>,
    pub limiter: GuestLimiter,
    pub deadline: Deadline,
    pub budget: Budget,
    pub log: Arc<RunLog>,
    /// What `report-panic` said.
    pub panic: Option<Panic>,
    pub watch: Arc<dyn Watch>,
    /// When progress was last passed on.
    pub progress: Option<Instant>,
    /// What the clock of deadlines showed when this run last looked at the real one.
    pub ticks: u64,
    /// How long calls of the host have taken, if anybody wants to know.
    pub called: Option<Duration>,
    /// Only for a job that imports WASI.
    pub wasi: WasiPart,
    /// The classes that results can be stored as; a class has none itself.
    pub classes: ClassWorkers,
    /// What lies behind the component of the job in its file; a class has none.
    pub attachment: Arc<[u8]>,
}

/// A panic as the guest reported it, cleaned.
#[derive(Clone, Debug)]
pub struct Panic {
    pub message: String,
    pub file: String,
    pub line: u32,
}

/// Until when a run may go on.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Option<Instant>);

/// A run was found to be late inside of a host call.
#[derive(Debug, Error)]
#[error("the deadline of the run has passed")]
pub struct DeadlinePassed;

/// A run has had all of something that it may have.
#[derive(Debug, Error)]
#[error("the limit on {} is reached", .0.words())]
pub struct LimitReached(pub Limited);

/// What a run may still write into files; all its streams count together.
#[derive(Clone, Debug)]
pub struct Written(Arc<AtomicU64>);

impl Written {
    /// All of `limit` bytes.
    pub fn new(limit: u64) -> Self {
        Self(Arc::new(AtomicU64::new(limit)))
    }

    /// Takes `bytes`, or ends the run.
    pub fn take(&self, bytes: u64) -> Result<(), LimitReached> {
        let left = |left: u64| left.checked_sub(bytes);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).map_err(|_| LimitReached(Limited::Written))?;
        Ok(())
    }
}

impl RunState {
    /// Begins a call of the host. Ends a run that has called too often, or is late: epochs are noticed in the
    /// guest's own code alone. Every function that a guest can call begins with this.
    pub fn enter(&mut self) -> wasmtime::Result<()> {
        self.budget.take_call()?;
        let ticks = ticker::ticks();
        if ticks == self.ticks {
            return Ok(());
        }
        self.ticks = ticks;
        self.deadline.check()
    }
}

impl Deadline {
    /// `timeout` after `start`.
    pub fn new(start: Instant, timeout: Option<Duration>) -> Self {
        Self(timeout.and_then(|timeout| start.checked_add(timeout)))
    }

    /// Ends the run if it is late.
    pub fn check(self) -> wasmtime::Result<()> {
        match self.0 {
            Some(deadline) if Instant::now() >= deadline => Err(DeadlinePassed.into()),
            _ => Ok(()),
        }
    }

    /// What to do when the epoch has advanced.
    pub fn on_tick(self) -> UpdateDeadline {
        if self.check().is_err() { UpdateDeadline::Interrupt } else { UpdateDeadline::Continue(1) }
    }

    /// How long the run may still go on.
    pub fn left(self) -> Duration {
        self.0.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()))
    }
}

/// Items, keys, columns and annotations for each result that a run may add. Each may become a node of the file, whose
/// making takes longer than handing it over: without a limit, one run would keep all others from being stored.
const PARTS_PER_RESULT: u64 = 10;

/// What a run may still hand over.
#[derive(Debug)]
pub struct Budget {
    bytes: u64,
    count: u64,
    /// Items, keys, columns and annotations.
    parts: u64,
    calls: u64,
    refused: Option<Limited>,
    limits: (u64, u64),
}

impl Budget {
    /// All that the limits allow.
    pub fn new(limits: &Limits) -> Self {
        Self {
            bytes: limits.results,
            count: limits.result_count,
            parts: limits.result_count.saturating_mul(PARTS_PER_RESULT),
            calls: limits.host_calls,
            refused: None,
            limits: (limits.results, limits.result_count),
        }
    }

    /// Takes one call of the host.
    fn take_call(&mut self) -> Result<(), LimitReached> {
        self.calls = self.calls.checked_sub(1).ok_or(LimitReached(Limited::HostCalls))?;
        Ok(())
    }

    /// Which limit the guest was told of when it last added something.
    pub fn refused(&self) -> Option<Limited> {
        self.refused
    }

    /// Takes `bytes` for one more result or derived parameter of so many parts, or says why not.
    pub fn take_addition(&mut self, bytes: u64, parts: u64) -> Result<(), String> {
        if self.count == 0 {
            self.refused = Some(Limited::ResultCount);
            let limit = self.limits.1;
            return Err(format!(
                "a run may add {limit} results and derived parameters; raise `result_count` in [limits], or put several items into one result"
            ));
        }
        self.take_parts(bytes, parts)?;
        self.count -= 1;
        Ok(())
    }

    /// Takes `bytes` for so many parts, or says why not.
    pub fn take_parts(&mut self, bytes: u64, parts: u64) -> Result<(), String> {
        let Some(left) = self.parts.checked_sub(parts) else {
            self.refused = Some(Limited::ResultCount);
            let limit = self.limits.1.saturating_mul(PARTS_PER_RESULT);
            return Err(format!(
                "{parts} items, keys, columns or annotations are more than what is left of {limit}, which are \
                 {PARTS_PER_RESULT} for each result that a run may add; raise `result_count` in [limits], or put them into arrays"
            ));
        };
        self.take_bytes(bytes)?;
        self.parts = left;
        Ok(())
    }

    /// Takes `bytes`, or says why not.
    fn take_bytes(&mut self, bytes: u64) -> Result<(), String> {
        let limit = self.limits.0;
        match self.bytes.checked_sub(bytes) {
            Some(left) => {
                self.bytes = left;
                self.refused = None;
            }
            None => {
                self.refused = Some(Limited::Results);
                let so_far = limit - self.bytes;
                return Err(format!(
                    "{bytes} bytes more than the {so_far} that this run has added exceed its limit of {limit}; raise `results` in [limits]"
                ));
            }
        }
        Ok(())
    }
}
