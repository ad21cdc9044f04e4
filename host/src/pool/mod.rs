//! Many runs at once: worker threads take run after run, and one collector gets what they finish.
//!
//! Workers share nothing but a counter and the frozen trajectory; each has an engine of its own.
//! Finished runs travel through a channel that is bounded in runs and, by a budget, in bytes:
//! when the collector is slow, workers wait, and memory stays flat.
//! This module knows neither files nor the terminal.

mod activity;
mod budget;
mod process;
mod runner;
mod stop;

use std::{
    io,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use thiserror::Error;

use crate::{
    sandbox::{Job, WorkerError},
    trajectory::{FinishedRun, RunFailure, RunIndex, SingleRun, Trajectory},
};

pub use activity::{Activity, RunningNow};
use budget::Budget;
pub use process::{Processes, ProcessesError, Program, ProgramError, Supervisor, serve_single_run_if_asked};
use runner::Hands;
pub use runner::Runner;
pub use stop::Stop;

/// How many workers there are, and what may wait between them and the collector.
#[derive(Clone, Debug)]
pub struct PoolOptions {
    /// Where runs go on.
    pub runner: Runner,
    /// Worker threads.
    pub workers: NonZeroUsize,
    /// Most bytes of results that wait for the collector. One result that is larger still passes, alone.
    pub queued_bytes: u64,
    /// How often a failed run is tried again.
    pub retries: u32,
    /// How many runs may fail before no further one is started.
    pub tolerated: u64,
}

/// Finished runs that wait at most; small ones are bounded by this rather than by their bytes.
const QUEUED_RUNS: usize = 1024;

/// The collector gets at most this many runs at once: enough to write in bulk, few enough to react.
const BATCH_RUNS: usize = 1000;

/// How long the collector waits before it is called with nothing, so that progress can be shown.
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

/// Runs every run of `trajectory` once and hands the finished ones to `collect`, in batches and in
/// the order in which they finish. `collect` also gets an empty batch about ten times a second.
///
/// When `stop` is requested, more runs fail than are tolerated, or `collect` fails, no further run is
/// started; those under way are finished and (unless `collect` failed) collected. Returns when all
/// workers have ended.
pub fn run_all<E>(
    job: &Job,
    trajectory: &Arc<Trajectory>,
    options: &PoolOptions,
    stop: &Stop,
    activity: &Arc<Activity>,
    mut collect: impl FnMut(&[FinishedRun]) -> Result<(), E>,
) -> Result<(), PoolError<E>> {
    let workers = options.workers.get().min(usize::try_from(trajectory.run_count()).unwrap_or(usize::MAX));
    let prepared = options.runner.prepare(job, trajectory)?;
    let next = AtomicU64::new(0);
    let failed = AtomicU64::new(0);
    let budget = Budget::new(options.queued_bytes);
    let (sender, receiver) = crossbeam_channel::bounded(QUEUED_RUNS);
    let dispatch = tracing::dispatcher::get_default(Clone::clone);

    std::thread::scope(|scope| {
        let mut threads = Vec::with_capacity(workers);
        for number in 0..workers {
            let (next, failed, budget, dispatch, prepared) = (&next, &failed, &budget, &dispatch, &prepared);
            let sender = sender.clone();
            let work = move || -> Result<(), WorkerError> {
                tracing::dispatcher::with_default(dispatch, || {
                    let worker = prepared.hands(activity.watch(number)).inspect_err(|_| stop.finish_running())?;
                    Shift { worker, number, trajectory, options, next, failed, stop, budget, activity, sender }.work();
                    Ok(())
                })
            };
            let thread = std::thread::Builder::new().name(format!("worker-{number:04}")).stack_size(job.thread_stack());
            match thread.spawn_scoped(scope, work) {
                Ok(thread) => threads.push(thread),
                Err(source) => {
                    stop.finish_running();
                    budget.close();
                    return Err(PoolError::Thread { number, source });
                }
            }
        }
        drop(sender);
        let result = gather(&receiver, &budget, &mut collect);
        if result.is_err() {
            stop.finish_running();
            budget.close();
            // Workers may be waiting for room in the channel.
            receiver.iter().for_each(drop);
        }
        result.map_err(PoolError::Collector)?;
        for thread in threads {
            match thread.join() {
                Ok(ended) => ended.map_err(PoolError::Worker)?,
                // A worker catches what happens inside of a run; this is a defect of the pool itself.
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(())
    })
}

/// What one worker thread works with.
struct Shift<'a> {
    worker: Hands,
    number: usize,
    trajectory: &'a Arc<Trajectory>,
    options: &'a PoolOptions,
    next: &'a AtomicU64,
    failed: &'a AtomicU64,
    stop: &'a Stop,
    budget: &'a Budget,
    activity: &'a Activity,
    sender: Sender<FinishedRun>,
}

impl Shift<'_> {
    fn work(mut self) {
        while !self.stop.is_requested() {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= self.trajectory.run_count() {
                break;
            }
            // `Points` holds no more runs than fit.
            let run = RunIndex(index as u32);
            self.activity.started(self.number, run);
            let finished = self.run(run);
            self.activity.ended(self.number);
            match finished.outcome {
                Err(RunFailure::Abandoned) => break,
                // Counted here and not by the collector, who is always a few runs late.
                Err(_) if self.failed.fetch_add(1, Ordering::Relaxed) >= self.options.tolerated => {
                    self.stop.finish_running();
                }
                _ => {}
            }
            self.budget.take(finished.bytes());
            if self.sender.send(finished).is_err() {
                break;
            }
        }
    }

    fn run(&mut self, run: RunIndex) -> FinishedRun {
        let mut tries = 0;
        loop {
            let finished = self.worker.run(SingleRun::new(self.trajectory.clone(), run));
            let Err(why) = &finished.outcome else { return finished };
            if tries == self.options.retries || self.stop.is_requested() {
                return finished;
            }
            tries += 1;
            tracing::warn!("{run} failed and is tried again ({tries} of {}): {why}", self.options.retries);
        }
    }
}

/// Hands over whatever has come in, until all workers have hung up.
fn gather<E>(
    receiver: &Receiver<FinishedRun>,
    budget: &Budget,
    collect: &mut impl FnMut(&[FinishedRun]) -> Result<(), E>,
) -> Result<(), E> {
    let mut batch = Vec::with_capacity(BATCH_RUNS);
    loop {
        match receiver.recv_timeout(TICK) {
            Ok(run) => batch.push(run),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        batch.extend(receiver.try_iter().take(BATCH_RUNS - 1));
        collect(&batch)?;
        budget.give_back(batch.iter().map(FinishedRun::bytes).sum());
        batch.clear();
    }
}
