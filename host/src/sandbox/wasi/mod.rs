//! WASI 0.2 with exactly what is granted, for jobs that import it.
//!
//! Directories and variables come from the grants. Arguments are empty, standard input is closed,
//! standard output goes into the log. Clocks and random numbers are a function of the run unless
//! the real ones are granted. There is no network: those interfaces are not linked at all.

mod clock;
mod random;
mod stdio;

use std::sync::Arc;

use thiserror::Error;
use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::{
    FsPerms, WasiCtx, WasiCtxView, WasiView,
    cli::{WasiCli, WasiCliView},
    filesystem::{WasiFilesystem, WasiFilesystemView},
    p2::bindings::{cli, filesystem, sync},
};

use super::{JobError, log::RunLog, run_state::RunState};
use crate::spec::{Access, Clock, DirGrant, Grants};

/// Files, streams and timers that one guest may hold at a time; files of all workers count
/// against the limit of the process.
const MAX_HANDLES: usize = 256;

/// What WASI keeps for one run.
pub struct WasiState {
    /// Directories, variables and closed standard input. Its clocks are used if the real one is granted.
    ctx: WasiCtx,
    table: ResourceTable,
    clock: clock::ClockState,
    random: random::RandomState,
    log: Arc<RunLog>,
}

/// A directory was there when the job was loaded.
#[derive(Debug, Error)]
#[error("the directory `{}` that is granted as `{}` cannot be opened any more: {why}", .grant.host.display(), .grant.guest)]
pub struct DirectoryGone {
    grant: DirGrant,
    why: String,
}

impl WasiState {
    /// With what `grants` grants to a run with this seed.
    pub fn new(grants: &Grants, seed: u64, log: Arc<RunLog>) -> Result<Self, DirectoryGone> {
        let mut builder = WasiCtx::builder();
        // A run has its thread for itself.
        builder.allow_blocking_current_thread(true);
        for grant in &grants.dirs {
            let perms = match grant.access {
                Access::Read => FsPerms::ReadOnly,
                Access::ReadWrite => FsPerms::ReadWrite,
            };
            builder
                .preopened_dir(&grant.host, &grant.guest, perms)
                .map_err(|why| DirectoryGone { grant: grant.clone(), why: format!("{why:#}") })?;
        }
        for (name, value) in &grants.env {
            builder.env(name, value);
        }
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_HANDLES);
        let random = random::RandomState::new(grants.random, seed);
        Ok(Self { ctx: builder.build(), table, clock: clock::ClockState::new(grants.clock), random, log })
    }
}

/// Finds out before the first run that a directory cannot be opened.
pub fn check_dirs(grants: &Grants) -> Result<(), JobError> {
    for grant in &grants.dirs {
        std::fs::read_dir(&grant.host).map_err(|source| JobError::Directory {
            path: grant.host.clone(),
            guest: grant.guest.clone(),
            source,
        })?;
    }
    Ok(())
}

/// Links the interfaces that exist here, and no others.
pub fn add_to_linker(linker: &mut Linker<RunState>, grants: &Grants) -> wasmtime::Result<()> {
    type S = RunState;
    let l = linker;
    wasmtime_wasi_io::bindings::wasi::io::error::add_to_linker::<S, Table>(l, table)?;
    sync::io::poll::add_to_linker::<S, Table>(l, table)?;
    sync::io::streams::add_to_linker::<S, Table>(l, table)?;

    cli::environment::add_to_linker::<S, WasiCli>(l, S::cli)?;
    cli::exit::add_to_linker::<S, WasiCli>(l, S::cli)?;
    cli::stdin::add_to_linker::<S, WasiCli>(l, S::cli)?;
    cli::terminal_input::add_to_linker::<S, WasiCli>(l, S::cli)?;
    cli::terminal_output::add_to_linker::<S, WasiCli>(l, S::cli)?;
    cli::terminal_stdin::add_to_linker::<S, WasiCli>(l, S::cli)?;
    cli::terminal_stdout::add_to_linker::<S, WasiCli>(l, S::cli)?;
    cli::terminal_stderr::add_to_linker::<S, WasiCli>(l, S::cli)?;
    stdio::add_to_linker(l)?;

    filesystem::preopens::add_to_linker::<S, WasiFilesystem>(l, S::filesystem)?;
    sync::filesystem::types::add_to_linker::<S, WasiFilesystem>(l, S::filesystem)?;

    random::add_to_linker(l)?;
    if grants.clock != Clock::None {
        clock::add_to_linker(l)?;
    }
    Ok(())
}

impl RunState {
    fn wasi(&mut self) -> &mut WasiState {
        self.wasi.as_deref_mut().expect("WASI is linked only for jobs that have its state")
    }
}

impl WasiView for RunState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi();
        WasiCtxView { ctx: &mut wasi.ctx, table: &mut wasi.table }
    }
}

/// Interfaces that need nothing but the handles of the guest.
struct Table;

impl HasData for Table {
    type Data<'a> = &'a mut ResourceTable;
}

fn table(state: &mut RunState) -> &mut ResourceTable {
    &mut state.wasi().table
}
