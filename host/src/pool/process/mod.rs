//! A fresh process of the operating system for every run. Mirrors pypet's `use_pool=False`.
//!
//! Guests cannot leave their sandbox, but a defect of the sandbox itself ends the whole process that it is in. Here
//! that is the process of one run: [`Processes`] keeps what all of them are told, and a [`Supervisor`] per worker thread
//! turns whatever happens to them into a [`FinishedRun`](crate::trajectory::FinishedRun).
//!
//! The other side is [`serve_single_run_if_asked`]. A program is started once for each worker thread, prepares the job
//! and the trajectory, and copies itself (`fork`) for every run: the copy makes a [`Worker`](crate::sandbox::Worker),
//! runs, replies and ends. The original never runs a guest; when a copy has ended badly, it is replaced all the same.
//!
//! Originals and copies have one socket, two pipes and the file with the compiled job, and no other files of their
//! parent. They get no limits beyond those of the sandbox; limits of the operating system (`setrlimit`) would be set
//! where a copy begins. They do not outlive their parent, and they leave signals from a terminal or a service manager
//! to it.

mod ending;
mod frame;
#[doc(hidden)]
pub mod frames;
mod program;
mod relay;
mod serve;
mod supervisor;

use std::{
    io,
    sync::{Arc, OnceLock},
};

use thiserror::Error;
use tracing::level_filters::LevelFilter;

use crate::{
    sandbox::{Job, Packing},
    spec::Limits,
    trajectory::{RunIndex, Trajectory},
};

pub use program::{Program, ProgramError};
pub use serve::serve_single_run_if_asked;
pub(crate) use serve::{Side, fork, wait};
pub use supervisor::Supervisor;

/// What all single-run processes of one exploration have in common; encoded once.
pub struct Processes {
    program: Program,
    job: Job,
    trajectory: Arc<Trajectory>,
    /// Names the file with the compiled job.
    by_name: Option<Vec<u8>>,
    /// Contains the compiled job; made when the cache has none, or has it no longer.
    by_value: OnceLock<Vec<u8>>,
}

/// Why runs cannot have processes of their own.
#[derive(Debug, Error)]
pub enum ProcessesError {
    /// No program for them.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// They cannot be told what to do.
    #[error("the job cannot be handed to the process of a run: {0}")]
    Job(io::Error),
    /// They cannot be told what to do.
    #[error("the trajectory cannot be handed to the process of a run: {0}")]
    Trajectory(postcard::Error),
}

impl Processes {
    /// Prepares processes of `program` that each do one run of `trajectory` in `job`.
    ///
    /// An error if `program` is none that could do it.
    pub fn new(job: &Job, trajectory: &Arc<Trajectory>, program: &Program) -> Result<Self, ProcessesError> {
        program.check()?;
        let by_name = if job.is_in_cache() { Some(shared(job, trajectory, Packing::ByName)?) } else { None };
        let processes = Self {
            program: program.clone(),
            job: job.clone(),
            trajectory: Arc::clone(trajectory),
            by_name,
            by_value: OnceLock::new(),
        };
        if processes.by_name.is_none() {
            processes.shared_by_value()?;
        }
        Ok(processes)
    }

    /// What every request begins with.
    fn shared(&self) -> Result<&[u8], ProcessesError> {
        match &self.by_name {
            Some(shared) if self.by_value.get().is_none() && self.job.is_in_cache() => Ok(shared),
            _ => self.shared_by_value(),
        }
    }

    fn shared_by_value(&self) -> Result<&[u8], ProcessesError> {
        if self.by_value.get().is_none() {
            // Two threads that come at the same time encode the same.
            let _ = self.by_value.set(shared(&self.job, &self.trajectory, Packing::ByValue)?);
        }
        Ok(self.by_value.get().expect("it was set just now"))
    }

    fn limits(&self) -> &Limits {
        self.job.limits()
    }
}

fn shared(job: &Job, trajectory: &Arc<Trajectory>, packing: Packing) -> Result<Vec<u8>, ProcessesError> {
    let job = job.pack(packing).map_err(ProcessesError::Job)?;
    frame::encode(&(job, trajectory.as_ref())).map_err(ProcessesError::Trajectory)
}

/// What one request says beside that.
fn own(run: RunIndex, level: LevelFilter) -> Vec<u8> {
    frame::encode(&frame::Own { run, level: level.into_level().map(relay::number) })
        .expect("two numbers can be encoded")
}
