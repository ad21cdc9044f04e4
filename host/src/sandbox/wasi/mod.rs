//! WASI 0.2 with exactly what is granted, for jobs that import it.
//!
//! Directories and variables come from the grants. Arguments are empty, standard input is closed,
//! standard output goes into the log; programs have all three. Clocks and random numbers are a function of the run unless
//! the real ones are granted, and what files tell of this machine is left out. There is no network:
//! those interfaces are not linked at all. Every call is counted, and refused once the run is late.

mod clock;
mod command;
mod directories;
mod files;
mod io;
mod listing;
mod random;
mod stdio;
mod streams;

use std::sync::Arc;

use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView, p2::pipe::MemoryInputPipe};

use super::{
    JobError,
    command::Process,
    job::Loaded,
    log::RunLog,
    run_state::{Call, RunState, Written},
};
use crate::{
    spec::{Clock, Grants, Limits},
    trajectory::SingleRun,
};
pub use directories::DirectoryError;
use directories::Opened;

/// What WASI keeps for one run.
pub struct WasiState {
    /// Variables and closed standard input. Its clocks are used if the real one is granted.
    ctx: WasiCtx,
    table: ResourceTable,
    dirs: Vec<Opened>,
    /// Whether files tell their times.
    real_times: bool,
    identities: files::Identities,
    written: Written,
    clock: clock::ClockState,
    random: random::RandomState,
    log: Arc<RunLog>,
    /// Only for a program.
    process: Option<Process>,
}

/// A job as the runs of one worker count it, so that the workers do not all count in one place.
pub struct JobOfWorker(pub Arc<Loaded>);

/// What of WASI a run has so far. Many jobs import what they never call.
pub enum WasiPart {
    /// Nothing is linked.
    None,
    /// Made for this job when it is first called.
    Later(Arc<JobOfWorker>),
    /// There it is.
    Ready(Box<WasiState>),
}

impl WasiState {
    /// Whether a run cannot tell if this is made before it starts, or when it first calls.
    pub fn can_wait(grants: &Grants) -> bool {
        grants.dirs.is_empty() && grants.clock != Clock::Real
    }

    /// With what `grants` grants to `run`; without one to a job that describes itself or to a class.
    pub fn new(
        grants: &Grants,
        limits: &Limits,
        run: Option<&SingleRun>,
        log: Arc<RunLog>,
        mut process: Option<Process>,
    ) -> Result<Self, DirectoryError> {
        let mut builder = WasiCtx::builder();
        let mut dirs = directories::open(&grants.dirs, run)?;
        if let Some(process) = &mut process {
            builder.stdin(MemoryInputPipe::new(std::mem::take(&mut process.stdin)));
            if let Some(folder) = &process.folder {
                dirs.insert(0, directories::own(folder)?);
            }
        }
        // A run has its thread for itself.
        builder.allow_blocking_current_thread(true);
        for (name, value) in &grants.env {
            builder.env(name, value);
        }
        let mut table = ResourceTable::new();
        table.set_max_capacity(usize::try_from(limits.open_files).unwrap_or(usize::MAX));
        Ok(Self {
            ctx: builder.build(),
            table,
            dirs,
            real_times: grants.clock == Clock::Real,
            identities: files::Identities::default(),
            written: Written::new(limits.written),
            clock: clock::ClockState::new(grants.clock),
            random: random::RandomState::new(grants.random, run.map_or(0, SingleRun::seed)),
            log,
            process,
        })
    }
}

/// Looks up the directories before the first run: what their paths lead to then is granted, and nothing else later.
pub fn resolve(grants: &mut Grants) -> Result<(), JobError> {
    if !grants.dirs.is_empty() {
        directories::make_room();
    }
    for dir in &mut grants.dirs {
        dir.resolve().map_err(|source| JobError::Directory {
            path: dir.host.clone(),
            guest: dir.guest.clone(),
            source,
        })?;
    }
    Ok(())
}

/// Links the interfaces that exist here, and no others.
pub fn add_to_linker(linker: &mut Linker<RunState>, grants: &Grants) -> wasmtime::Result<()> {
    io::add_to_linker(linker)?;
    command::add_to_linker(linker)?;
    stdio::add_to_linker(linker)?;
    files::add_to_linker(linker)?;
    random::add_to_linker(linker)?;
    if grants.clock != Clock::None {
        clock::add_to_linker(linker)?;
    }
    Ok(())
}

impl RunState {
    fn wasi(&mut self) -> &mut WasiState {
        if let WasiPart::Later(job) = &self.wasi {
            let made =
                WasiState::new(&job.0.grants, &job.0.settings.limits, self.run.as_ref(), Arc::clone(&self.log), None);
            // The only error there is.
            self.wasi = WasiPart::Ready(Box::new(made.expect("no directory is to be opened")));
        }
        match &mut self.wasi {
            WasiPart::Ready(wasi) => wasi,
            WasiPart::None | WasiPart::Later(_) => unreachable!("WASI is linked only for jobs that have its state"),
        }
    }

    /// What the run of a program has left.
    pub fn take_process(&mut self) -> Option<Process> {
        match &mut self.wasi {
            WasiPart::Ready(wasi) => wasi.process.take(),
            WasiPart::None | WasiPart::Later(_) => None,
        }
    }

    /// Begins a call: all that follows is for a run that may still make it.
    fn begin(&mut self) -> wasmtime::Result<&mut WasiState> {
        self.enter()?;
        Ok(self.wasi())
    }
}

impl WasiView for RunState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi();
        WasiCtxView { ctx: &mut wasi.ctx, table: &mut wasi.table }
    }
}

/// The state as the implementations of WASI see it.
struct Wasi;

impl HasData for Wasi {
    type Data<'a> = View<'a>;
}

/// The whole state: calls are counted, and waiting needs the deadline of the run.
struct View<'a>(Call<'a>);

fn view(state: &mut RunState) -> View<'_> {
    View(Call::of(state))
}
