//! [`Runner`]: where runs go on, in the worker threads or in processes of their own.

use std::{sync::Arc, time::Instant};

use super::process::{Processes, ProcessesError, Program, Supervisor};
use crate::{
    sandbox::{Job, RunTimes, Watch, Worker, WorkerError},
    trajectory::{FinishedRun, SingleRun, Trajectory},
};

/// Where runs go on. pypet's `use_pool`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Runner {
    /// In the worker threads of this process.
    #[default]
    Pool,
    /// Each in a fresh process of this program, so that even a crash of the sandbox costs one run alone.
    Processes(Program),
}

/// What all workers of one exploration share.
pub(super) enum Prepared<'a> {
    Pool(&'a Job),
    Processes(Arc<Processes>),
}

/// What one worker thread does its runs with.
pub(super) enum Hands {
    Worker(Worker),
    Supervisor(Supervisor),
}

impl Runner {
    /// Prepares what all workers share.
    pub(super) fn prepare<'a>(
        &self,
        job: &'a Job,
        trajectory: &Arc<Trajectory>,
    ) -> Result<Prepared<'a>, ProcessesError> {
        Ok(match self {
            Self::Pool => Prepared::Pool(job),
            Self::Processes(program) => Prepared::Processes(Arc::new(Processes::new(job, trajectory, program)?)),
        })
    }
}

impl Prepared<'_> {
    /// For the current thread.
    pub(super) fn hands(&self, watch: Arc<dyn Watch>) -> Result<Hands, WorkerError> {
        Ok(match self {
            Self::Pool(job) => Hands::Worker(job.worker(watch)?),
            Self::Processes(processes) => Hands::Supervisor(Supervisor::new(Arc::clone(processes), watch)),
        })
    }
}

impl Hands {
    /// Measures from now on what runs take.
    pub(super) fn measure(&mut self) {
        match self {
            Self::Worker(worker) => worker.measure(),
            Self::Supervisor(_) => {}
        }
    }

    /// What runs have taken since then, in the worker threads of this process.
    pub(super) fn times(&self) -> Option<RunTimes> {
        match self {
            Self::Worker(worker) => worker.times(),
            Self::Supervisor(_) => None,
        }
    }

    /// Does one run that begins at `start`, and returns whatever happens.
    pub(super) fn run(&mut self, run: SingleRun, start: Instant) -> FinishedRun {
        match self {
            Self::Worker(worker) => worker.run_from(run, start),
            Self::Supervisor(supervisor) => supervisor.run(run),
        }
    }
}
