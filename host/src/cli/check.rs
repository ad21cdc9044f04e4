//! `host check`: is the spec right for this job? Nothing is run and nothing is written.

use std::{io::Write, process::ExitCode};

use clap::Args;

use super::{Manners, failure::Failure, loading::ExperimentArgs, output::output, wording::count};

/// Check a spec against a job; run nothing
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host check job.wasm --spec exp.toml
  host check --spec exp.toml             the component that the spec names
")]
pub(super) struct Check {
    #[command(flatten)]
    experiment: ExperimentArgs,
}

impl Check {
    pub(super) fn execute(&self, manners: &Manners) -> Result<ExitCode, Failure> {
        let loaded = self.experiment.load()?;
        let says = match loaded.manifest.as_ref().and_then(|manifest| manifest.parameters.as_ref()) {
            Some(declared) => format!("declares {} parameters, and the spec fits them", declared.len()),
            None => "does not declare its parameters, so only the spec itself was checked".to_owned(),
        };
        if !manners.quiet {
            let mut out = output();
            let trajectory = &loaded.experiment.trajectory;
            writeln!(out, "ok: {} runs over {} axes", count(trajectory.run_count()), trajectory.explored().count())?;
            writeln!(out, "  {} {says}", loaded.component.display())?;
            writeln!(out, "  imports {}", loaded.job.imports().collect::<Vec<_>>().join(", "))?;
            writeln!(out, "  grants  {}", loaded.experiment.job.grants)?;
            let job = self.experiment.job().map(|job| format!(" {}", job.display())).unwrap_or_default();
            let spec = self.experiment.spec().map(|spec| format!(" --spec {}", spec.display())).unwrap_or_default();
            let given: String = self.experiment.params().iter().map(|param| format!(" -p '{param}'")).collect();
            writeln!(out, "Next:  host plan{job}{spec}{given}        host run{job}{spec}{given}")?;
            out.flush()?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
