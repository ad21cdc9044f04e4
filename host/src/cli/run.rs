//! `host run`: the main job.

use std::{process::ExitCode, time::Instant};

use chrono::Local;
use clap::Args;

use crate::{
    environment::{Environment, Options},
    spec::Service,
};

use super::{
    Manners,
    failure::Failure,
    hardening::HardenArgs,
    launching::{cost_lines, explore, header},
    loading::{ExperimentArgs, Loaded},
};

/// Explore: run the job at every point and store the results
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host run job.wasm --spec exp.toml
  host run job.wasm -p x=0..1:11 -p model=lif,adex
  host run job.wasm --spec exp.toml -p input.current=1e-9 -j 1
")]
pub(super) struct Run {
    #[command(flatten)]
    experiment: ExperimentArgs,
    /// Replace a trajectory of the same name that the file holds already
    #[arg(long)]
    overwrite: bool,
    /// Write the summary as JSON
    #[arg(long)]
    json: bool,
    /// Say at the end where the time went; measuring that makes runs that call the host often a little slower
    #[arg(long)]
    timings: bool,
    #[command(flatten)]
    harden: HardenArgs,
}

impl Run {
    pub(super) fn execute(&self, manners: &Manners) -> Result<ExitCode, Failure> {
        let begun = Instant::now();
        let loaded = self.experiment.load()?;
        let Loaded { job, component, experiment, provenance, .. } = loaded;
        let runs = experiment.trajectory.run_count();
        let service = if experiment.environment.lazy_debug { Service::None } else { experiment.storage.service };
        let cost = cost_lines(service, experiment.storage.layout, runs);
        let header = header(&experiment.name, runs, &component, &job) + &cost;
        let options = Options { overwrite: self.overwrite, verbosity: manners.log_level(), provenance };
        let mut environment = Environment::new(experiment, options, Local::now())?;
        if self.timings {
            environment.measure(begun);
        }
        explore(&mut environment, &job, header, self.json, &self.harden, manners)
    }
}
