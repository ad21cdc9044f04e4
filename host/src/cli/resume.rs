//! `host resume`: goes on with an exploration that did not come to its end.

use std::{path::PathBuf, process::ExitCode, time::Instant};

use clap::Args;

use crate::environment::{Continuable, Continuation, Environment, Options, Wanted};

use super::{
    Manners,
    failure::Failure,
    hardening::HardenArgs,
    launching::{explore, header, say_ended},
    loading::{ExperimentArgs, Loaded},
};

/// Go on with an exploration that was killed or interrupted; runs that have ended are not run again
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host resume hdf5/exp.cnt
  host resume hdf5/exp.hdf5 --retry-failed
  host resume hdf5/exp.cnt --spec exp.toml --component job.wasm --allow-changed-job
")]
pub(super) struct Resume {
    /// The `.cnt` file beside the results, or the file of results
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Which trajectory of a file of results; needed only if several have not come to their end
    #[arg(short, long, value_name = "NAME")]
    trajectory: Option<String>,
    /// Run the failed runs again, too
    #[arg(long)]
    retry_failed: bool,
    /// Go on although the component, its limits, grants or arguments are not those it began with; what differs is stored
    #[arg(long)]
    allow_changed_job: bool,
    /// Where the component is now [default: where it was]
    #[arg(long, value_name = "JOB.wasm")]
    component: Option<PathBuf>,
    /// A spec with the same points instead of the one it began with: its limits, grants and workers
    #[arg(short, long, value_name = "FILE.toml")]
    spec: Option<PathBuf>,
    /// What `-p` was given when it began, if the spec comes anew
    #[arg(short = 'p', long = "param", value_name = "NAME=VALUES", requires = "spec")]
    params: Vec<String>,
    /// Worker threads; 0 means all cores [default: as it began]
    #[arg(short = 'j', long = "ncores", value_name = "N")]
    ncores: Option<u32>,
    /// Write the summary as JSON
    #[arg(long)]
    json: bool,
    /// Say at the end where the time went; measuring that makes runs that call the host often a little slower
    #[arg(long)]
    timings: bool,
    #[command(flatten)]
    harden: HardenArgs,
}

impl Resume {
    pub(super) fn execute(&self, manners: &Manners) -> Result<ExitCode, Failure> {
        let begun = Instant::now();
        let options = Options { verbosity: manners.log_level(), ..Options::default() };
        let how = Continuation {
            trajectory: self.trajectory.clone(),
            retry_failed: self.retry_failed,
            allow_changed_job: self.allow_changed_job,
            component: self.component.clone(),
            wanted: self.wanted()?,
            ncores: self.ncores.map(|ncores| ncores as usize),
        };
        match Environment::continuable(&self.file, &how, options)? {
            Continuable::Ended(summary) => say_ended(&summary, self.json),
            Continuable::Unfinished(mut environment, job) => {
                let trajectory = environment.v_trajectory();
                let header = header(trajectory.name(), trajectory.run_count(), job.component(), &job);
                if self.timings {
                    environment.measure(begun);
                }
                explore(&mut environment, &job, header, self.json, &self.harden, manners)
            }
        }
    }

    fn wanted(&self) -> Result<Option<Wanted>, Failure> {
        let Some(spec) = &self.spec else { return Ok(None) };
        let again = ExperimentArgs::again(self.component.clone(), spec.clone(), self.params.clone());
        let Loaded { experiment, job, provenance, .. } = again.load()?;
        Ok(Some(Wanted { experiment, job, provenance }))
    }
}
