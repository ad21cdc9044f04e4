//! `host resume`: goes on with an exploration that did not come to its end.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use crate::environment::{Environment, Options};

use super::{
    Manners,
    failure::Failure,
    hardening::HardenArgs,
    launching::{explore, header},
};

/// Go on with an exploration that was killed or interrupted; runs that have ended are not run again
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host resume hdf5/exp.cnt
  host resume hdf5/exp.cnt --json
")]
pub(super) struct Resume {
    /// The `.cnt` file beside the results
    #[arg(value_name = "FILE.cnt")]
    file: PathBuf,
    /// Write the summary as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    harden: HardenArgs,
}

impl Resume {
    pub(super) fn execute(&self, manners: &Manners) -> Result<ExitCode, Failure> {
        let options = Options { verbosity: manners.log_level(), ..Options::default() };
        let (mut environment, job) = Environment::continuable(&self.file, options)?;
        let trajectory = environment.v_trajectory();
        let header = header(trajectory.name(), trajectory.run_count(), job.component(), &job);
        explore(&mut environment, &job, header, self.json, &self.harden, manners)
    }
}
