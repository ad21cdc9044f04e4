//! Many runs at once: workers take run after run, and collectors get what they finish.
//!
//! Workers share nothing but a counter and the frozen trajectory; each has an engine of its own.
//! Short runs are taken and handed over several at a time, long ones one by one; none waits longer than a tenth of a
//! second to be handed over, whatever its worker does next.
//! In a queue, finished runs travel through a channel that is bounded in runs and, by a budget, in bytes:
//! when the collector is slow, workers wait, and memory stays flat. Without one, each worker waits
//! until its own runs are collected.
//! This module knows neither files nor the terminal.

mod activity;
mod budget;
mod delivery;
mod dispatcher;
mod origin;
mod process;
mod runner;
mod spent;
mod stop;
mod tray;

use std::{
    io,
    num::NonZeroUsize,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread::{Scope, ScopedJoinHandle},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use thiserror::Error;

use crate::{
    sandbox::{Job, RunTimes, WorkerError},
    trajectory::{FinishedRun, RunFailure, RunIndex, RunSet, SingleRun, Trajectory},
};
use dispatcher::Dispatcher;

pub use activity::{Activity, RunningNow};
use budget::Budget;
use delivery::{Alone, Batch, Collects, Deliver, Desk, Sends, lock, sweep};
pub(crate) use origin::{BEGINS, ENDS, ORIGIN_TARGET, TAKES};
pub use origin::{Entered, Origin};
#[doc(hidden)]
pub use process::frames;
pub use process::{Processes, ProcessesError, Program, ProgramError, Supervisor, serve_single_run_if_asked};
pub(crate) use process::{Side, fork, wait};
pub use runner::Runner;
use runner::{Hands, Prepared};
pub use spent::Spent;
pub use stop::Stop;
use tray::{SWEEP, Tray};

/// How many workers there are, and what may wait between them and the collector.
#[derive(Clone, Debug)]
pub struct PoolOptions {
    /// Where runs go on.
    pub runner: Runner,
    /// Worker threads.
    pub workers: NonZeroUsize,
    /// Most bytes of results that wait in the queue. One result that is larger still passes, alone.
    pub queued_bytes: u64,
    /// How often a failed run is tried again.
    pub retries: u32,
    /// How many runs may fail before no further one is started.
    pub tolerated: u64,
    /// Runs that have ended before, and are not run again.
    pub done: RunSet,
}

/// Takes the runs that have ended.
pub trait Collector: Send {
    /// Why it refuses to go on.
    type Error: Send;

    /// Takes some runs, in the order in which they ended.
    fn collect(&mut self, runs: &[FinishedRun]) -> Result<(), Self::Error>;
}

/// How finished runs reach their collector. The wrap modes of pypet, and `multiproc = false`.
#[derive(Debug)]
pub enum Delivery<C> {
    /// There is one worker, which hands over each run before it takes the next; no thread is started unless the
    /// job needs a larger stack than this one has.
    Alone(C),
    /// Through a bounded queue, in batches, in this thread. `QUEUE`.
    Queue(C),
    /// Each worker hands over its own runs, to a collector of its own. `LOCK` and `NONE`.
    Direct(Vec<C>),
}

/// Finished runs that wait in the queue at most; small ones are bounded by this rather than by their bytes.
const QUEUED_RUNS: u64 = 1024;

/// The collector gets at most this many runs at once: enough to write in bulk, few enough to react.
const BATCH_RUNS: usize = 1000;

/// How long this thread waits before `tick` is called, so that progress can be shown.
const TICK: Duration = Duration::from_millis(100);

/// Why not all runs could be handed out.
#[derive(Debug, Error)]
pub enum PoolError<E> {
    /// A worker could not be made.
    #[error("could not start a worker: {0}")]
    Worker(WorkerError),
    /// Runs cannot have processes of their own.
    #[error(transparent)]
    Processes(#[from] ProcessesError),
    /// The operating system gives no further thread.
    #[error("could not start worker thread {number}: {source}; ask for fewer workers ([environment] ncores)")]
    Thread {
        /// Which one, from 0.
        number: usize,
        /// What the operating system said.
        source: io::Error,
    },
    /// The collector refused to go on.
    #[error(transparent)]
    Collector(E),
}

/// Runs every run of `trajectory` once that is not done, and hands over the finished ones. `tick` is called about
/// ten times a second in this thread.
///
/// When `stop` is requested, more runs fail than are tolerated, or a collector fails, no further run is
/// started; those under way are finished and (unless the collector failed) collected. Returns when all
/// workers have ended.
pub fn run_all<C: Collector>(
    job: &Job,
    trajectory: &Arc<Trajectory>,
    options: &PoolOptions,
    stop: &Stop,
    activity: &Arc<Activity>,
    delivery: Delivery<C>,
    tick: &mut dyn FnMut(),
) -> Result<(), PoolError<C::Error>> {
    let left = trajectory.run_count() - options.done.len();
    let workers = options.workers.get().min(usize::try_from(left).unwrap_or(usize::MAX));
    let shared = Shared {
        prepared: options.runner.prepare(job, trajectory)?,
        trajectory,
        options,
        stop,
        activity,
        dispatcher: Dispatcher::new(trajectory.run_count(), workers.max(1)),
        failed: AtomicU64::new(0),
        budget: Budget::new(options.queued_bytes),
    };
    match delivery {
        Delivery::Alone(collector) => match shared.prepared.hands(activity.watch(0)) {
            Ok(worker) => {
                let deliver = Alone { collector, tick, ticked: Instant::now() };
                Shift { worker, number: 0, shared: &shared }.work(deliver).map_err(PoolError::Collector)
            }
            Err(WorkerError::Stack { .. }) => direct(job, &shared, vec![collector], tick),
            Err(error) => Err(PoolError::Worker(error)),
        },
        Delivery::Queue(collector) => queue(job, &shared, workers, collector, tick),
        Delivery::Direct(mut collectors) => {
            collectors.truncate(workers);
            direct(job, &shared, collectors, tick)
        }
    }
}

/// Workers send what they finish to this thread, which collects it.
fn queue<C: Collector>(
    job: &Job,
    shared: &Shared<'_>,
    workers: usize,
    mut collector: C,
    tick: &mut dyn FnMut(),
) -> Result<(), PoolError<C::Error>> {
    let (sender, receiver) = crossbeam_channel::bounded(QUEUED_RUNS as usize);
    let trays: Vec<Mutex<Tray>> = (0..workers).map(|_| Mutex::default()).collect();
    let budget = &shared.budget;
    let senders = vec![sender; workers].into_iter();
    let waited = shared.activity.stopwatch().map(|_| Duration::ZERO);
    let deliveries = senders.zip(&trays).map(|(queue, tray)| Sends { tray, waited, budget, queue }).collect();
    std::thread::scope(|scope| {
        let threads = start(scope, job, shared, deliveries);
        let origin = Origin::Queue.enter();
        let gathered = gather(&receiver, shared, &trays, &mut collector, tick);
        if gathered.is_err() {
            shared.stop.finish_running();
            budget.close();
            // Workers may be waiting for room in the channel.
            receiver.iter().for_each(drop);
        }
        drop(origin);
        let ended = threads.and_then(|threads| join(threads).map(drop).map_err(PoolError::Worker));
        gathered.map_err(PoolError::Collector).and(ended.map_err(|error| error.of_collector()))
    })
}

/// Workers collect what they finish themselves; this thread ticks, and collects what waits behind a long run.
fn direct<C: Collector>(
    job: &Job,
    shared: &Shared<'_>,
    collectors: Vec<C>,
    tick: &mut dyn FnMut(),
) -> Result<(), PoolError<C::Error>> {
    let (ended, all_ended) = crossbeam_channel::bounded::<()>(0);
    let desks: Vec<_> =
        collectors.into_iter().map(|collector| Mutex::new(Desk { tray: Tray::default(), collector })).collect();
    let deliveries = desks.iter().map(|desk| Collects { desk, _ended: ended.clone() }).collect();
    drop(ended);
    std::thread::scope(|scope| {
        let threads = start(scope, job, shared, deliveries);
        let mut swept = Ok(());
        let mut ticked = Instant::now();
        while let Err(RecvTimeoutError::Timeout) = all_ended.recv_timeout(SWEEP) {
            let now = Instant::now();
            if swept.is_ok() {
                swept = sweep(&desks, now).inspect_err(|_| shared.stop.finish_running());
            }
            if now.saturating_duration_since(ticked) >= TICK {
                ticked = now;
                tick();
            }
        }
        let ended = join(threads.map_err(|error| error.of_collector())?).map_err(PoolError::Worker)?;
        std::iter::once(swept).chain(ended).try_for_each(|delivered| delivered.map_err(PoolError::Collector))
    })
}

/// There is no collector in it yet.
enum Never {}

impl PoolError<Never> {
    fn of_collector<E>(self) -> PoolError<E> {
        match self {
            Self::Worker(error) => PoolError::Worker(error),
            Self::Processes(error) => PoolError::Processes(error),
            Self::Thread { number, source } => PoolError::Thread { number, source },
            Self::Collector(never) => match never {},
        }
    }
}

/// A worker thread: it gives what became of its deliveries, or says why it could not work at all.
type Thread<'scope, E> = ScopedJoinHandle<'scope, Result<Result<(), E>, WorkerError>>;

/// Starts a worker for each delivery. If one cannot be started, the others end by themselves.
fn start<'scope, 'env, D, E>(
    scope: &'scope Scope<'scope, 'env>,
    job: &'env Job,
    shared: &'env Shared<'env>,
    deliveries: Vec<D>,
) -> Result<Vec<Thread<'scope, E>>, PoolError<Never>>
where
    D: Deliver<Error = E> + Send + 'scope,
    E: Send + 'scope,
{
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    let mut threads = Vec::with_capacity(deliveries.len());
    for (number, deliver) in deliveries.into_iter().enumerate() {
        let dispatch = dispatch.clone();
        let work = move || {
            tracing::dispatcher::with_default(&dispatch, || {
                // Without a pool, every run has a log of its own.
                let pooled = shared.options.runner == Runner::Pool;
                let _origin = pooled.then(|| Origin::Worker(number).enter());
                let worker = shared.prepared.hands(shared.activity.watch(number));
                let worker = worker.inspect_err(|_| shared.stop.finish_running())?;
                let delivered = Shift { worker, number, shared }.work(deliver);
                if delivered.is_err() {
                    shared.stop.finish_running();
                }
                Ok(delivered)
            })
        };
        let thread = std::thread::Builder::new().name(format!("worker-{number:04}")).stack_size(job.thread_stack());
        match thread.spawn_scoped(scope, work) {
            Ok(thread) => threads.push(thread),
            Err(source) => {
                shared.stop.finish_running();
                shared.budget.close();
                return Err(PoolError::Thread { number, source });
            }
        }
    }
    Ok(threads)
}

/// Waits for all workers.
fn join<E>(threads: Vec<Thread<'_, E>>) -> Result<Vec<Result<(), E>>, WorkerError> {
    let ended = threads.into_iter().map(|thread| match thread.join() {
        Ok(ended) => ended,
        // A worker catches what happens inside of a run; this is a defect of the pool itself.
        Err(panic) => std::panic::resume_unwind(panic),
    });
    // All of them first: a scope waits for its threads anyway.
    ended.collect::<Vec<_>>().into_iter().collect()
}

/// What all workers share.
struct Shared<'a> {
    prepared: Prepared<'a>,
    trajectory: &'a Arc<Trajectory>,
    options: &'a PoolOptions,
    stop: &'a Stop,
    activity: &'a Arc<Activity>,
    dispatcher: Dispatcher,
    failed: AtomicU64,
    budget: Budget,
}

/// What one worker works with.
struct Shift<'a> {
    worker: Hands,
    number: usize,
    shared: &'a Shared<'a>,
}

impl Shift<'_> {
    /// Takes run after run until none is left or somebody wants to stop.
    fn work<D: Deliver>(mut self, mut deliver: D) -> Result<(), D::Error> {
        let Shared { options, stop, activity, dispatcher, failed, .. } = self.shared;
        let stopwatch = activity.stopwatch();
        if let Some(stopwatch) = stopwatch {
            self.worker.measure();
            stopwatch.ready();
        }
        // Nobody knows yet how long runs take.
        let mut pace = Duration::MAX;
        while !stop.is_requested()
            && let Some(run) = dispatcher.next(self.number, pace)
        {
            if options.done.contains(run) {
                continue;
            }
            let start = Instant::now();
            activity.started(self.number, run, start);
            let (finished, is_again) = self.run(run, start);
            activity.ended(self.number);
            match finished.outcome {
                Err(RunFailure::Abandoned) => break,
                // Counted here and not by the collector, who may be a few runs late.
                Err(_) if failed.fetch_add(1, Ordering::Relaxed) >= options.tolerated => stop.finish_running(),
                _ => {}
            }
            pace = finished.took;
            let now = if is_again { Instant::now() } else { start + pace };
            deliver.put(finished, now)?;
            stopwatch.inspect(|stopwatch| stopwatch.first_run());
        }
        let delivered = deliver.finish();
        if let Some(stopwatch) = stopwatch {
            stopwatch.ended(self.worker.times().unwrap_or_default(), deliver.waited());
        }
        delivered
    }

    /// Does a run that begins at `start`, and says whether that took more than one attempt.
    fn run(&mut self, run: RunIndex, start: Instant) -> (FinishedRun, bool) {
        let Shared { trajectory, options, stop, .. } = self.shared;
        let _origin = match options.runner {
            Runner::Pool => {
                Origin::takes(run);
                None
            }
            Runner::Processes(_) => Some(Origin::Run(run).enter()),
        };
        let (mut tries, mut start) = (0, start);
        loop {
            let finished = self.worker.run(SingleRun::new(Arc::clone(trajectory), run), start);
            let Err(why) = &finished.outcome else { return (finished, tries > 0) };
            if tries == options.retries || stop.is_requested() {
                return (finished, tries > 0);
            }
            tries += 1;
            start = Instant::now();
            tracing::warn!("{run} failed and is tried again ({tries} of {}): {why}", options.retries);
        }
    }
}

/// Hands over whatever has come in or waits for too long, until all workers have hung up.
fn gather<C: Collector>(
    receiver: &Receiver<Batch>,
    shared: &Shared<'_>,
    trays: &[Mutex<Tray>],
    collector: &mut C,
    tick: &mut dyn FnMut(),
) -> Result<(), C::Error> {
    let (mut ticked, mut swept) = (Instant::now(), Instant::now());
    let stopwatch = shared.activity.stopwatch().inspect(|stopwatch| stopwatch.ready());
    let mut waited = Duration::ZERO;
    loop {
        let since = stopwatch.map(|_| Instant::now());
        let received = receiver.recv_timeout(SWEEP);
        waited += since.map_or(Duration::ZERO, |since| since.elapsed());
        let Batch { mut runs, mut weight } = match received {
            Ok(batch) => batch,
            Err(RecvTimeoutError::Timeout) => Batch { runs: Vec::new(), weight: 0 },
            Err(RecvTimeoutError::Disconnected) => {
                stopwatch.inspect(|stopwatch| stopwatch.ended(RunTimes::default(), waited));
                return Ok(());
            }
        };
        while runs.len() < BATCH_RUNS
            && let Ok(mut more) = receiver.try_recv()
        {
            runs.append(&mut more.runs);
            weight += more.weight;
        }
        let now = Instant::now();
        if now.saturating_duration_since(swept) >= SWEEP {
            swept = now;
            for tray in trays {
                let mut tray = lock(tray);
                if tray.is_due(now) {
                    runs.append(&mut tray.take());
                }
            }
        }
        if !runs.is_empty() {
            collector.collect(&runs)?;
            drop(runs);
            shared.budget.give_back(weight);
        }
        if now.saturating_duration_since(ticked) >= TICK {
            ticked = now;
            tick();
        }
    }
}
