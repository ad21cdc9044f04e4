//! `host plan`: which runs there would be, and what they would cost.

use std::{io::Write, num::NonZeroU32, process::ExitCode, sync::Arc, time::Duration};

use clap::Args;
use serde_json::json;

use crate::{
    environment,
    sandbox::Job,
    spec::Experiment,
    storage::Cost,
    trajectory::{NodePath, Parameter, RunIndex, SingleRun, Trajectory, harmless},
};

use super::{
    failure::Failure,
    launching::{layout_hint, storage_cost},
    loading::{ExperimentArgs, Loaded},
    output::output,
    wording::{aligned, bytes, count, duration},
};

/// Show the points, their number and the expected cost; store nothing
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host plan job.wasm --spec exp.toml
  host plan --spec exp.toml --limit 100 --json
  host plan job.wasm --spec exp.toml --probe 3     run 3 points to estimate the time
")]
pub(super) struct Plan {
    #[command(flatten)]
    experiment: ExperimentArgs,
    /// How many points to show
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: u64,
    /// Run N points, spread over the exploration, to estimate time and size; their results are dropped
    #[arg(long, value_name = "N")]
    probe: Option<NonZeroU32>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// What the probes took.
struct Estimate {
    seconds_per_run: f64,
    bytes_per_run: u64,
    failed: usize,
    probes: usize,
}

impl Plan {
    pub(super) fn execute(&self) -> Result<ExitCode, Failure> {
        let (experiment, loaded) = self.experiment.load_without_job()?;
        let trajectory = Arc::new(experiment.trajectory.clone());
        let estimate = match (self.probe, &loaded) {
            (None, _) => None,
            (Some(probes), Some(loaded)) => Some(probe(&loaded.job, &trajectory, probes)?),
            (Some(_), None) => return Err(Failure::NoComponent),
        };
        let mut out = output();
        if self.json {
            self.write_json(&mut out, &experiment, &trajectory, estimate.as_ref())?;
        } else {
            self.write_text(&mut out, &experiment, loaded.as_ref(), &trajectory, estimate.as_ref())?;
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    fn shown(&self, trajectory: &Trajectory) -> impl Iterator<Item = RunIndex> + use<> {
        trajectory.runs().take(usize::try_from(self.limit).unwrap_or(usize::MAX))
    }

    fn write_text(
        &self,
        out: &mut impl Write,
        experiment: &Experiment,
        loaded: Option<&Loaded>,
        trajectory: &Trajectory,
        estimate: Option<&Estimate>,
    ) -> Result<(), Failure> {
        let runs = trajectory.run_count();
        write!(out, "{}", experiment.name)?;
        if let Some(Loaded { component, job, .. }) = loaded {
            write!(out, "   {}   sha256 {}", component.display(), &job.sha256()[..12])?;
        }
        writeln!(out, "\n  grants   {}\n", experiment.job.grants)?;
        let mut rows = vec![["  axis", "values", "n"].map(str::to_owned).to_vec()];
        for (path, parameter) in declared_order(trajectory) {
            if let Some(explored) = &parameter.explored {
                let axis = &explored.axis;
                let unit =
                    if parameter.unit.is_empty() { String::new() } else { format!(" {}", harmless(&parameter.unit)) };
                rows.push(vec![format!("  {path}"), format!("{}{unit}", axis.summary()), count(axis.len())]);
            }
        }
        write!(out, "{}", aligned(&rows))?;
        writeln!(out, "  -> {} runs", count(runs))?;
        for (path, parameter) in trajectory.parameters().iter().filter(|(_, parameter)| parameter.explored.is_none()) {
            writeln!(out, "  fixed    {path} = {} {}", parameter.value.repr(48), harmless(&parameter.unit))?;
        }
        let (service, layout) = (experiment.storage.service, experiment.storage.layout);
        if let Some(line) = storage_cost(service, layout, runs) {
            writeln!(out, "  file     {line}")?;
        }
        if let Some(hint) = layout_hint(service, layout, runs) {
            writeln!(out, "  hint     {hint}")?;
        }
        let cost = Cost::of(layout);
        match estimate {
            Some(estimate) => {
                let workers = environment::workers(&experiment.environment).get() as f64;
                writeln!(
                    out,
                    "  estimate {} a run from {} probes ({} failed) -> {} on {workers} worker(s), {} of results",
                    duration(estimate.seconds_per_run),
                    estimate.probes,
                    estimate.failed,
                    // Whichever is slower: the workers together, or the one thread that writes.
                    duration((estimate.seconds_per_run / workers).max(cost.seconds_per_run) * runs as f64),
                    bytes(estimate.bytes_per_run * runs)
                )?;
            }
            None => writeln!(out, "  estimate of the time: add --probe 3")?,
        }
        writeln!(out)?;
        for run in self.shown(trajectory) {
            writeln!(out, "  {run}  {}", trajectory.summary(run))?;
        }
        if runs > self.limit {
            writeln!(out, "  … and {} more (--limit {runs} shows all)", count(runs - self.limit))?;
        }
        Ok(())
    }

    fn write_json(
        &self,
        out: &mut impl Write,
        experiment: &Experiment,
        trajectory: &Trajectory,
        estimate: Option<&Estimate>,
    ) -> Result<(), Failure> {
        let axes: Vec<_> = declared_order(trajectory)
            .into_iter()
            .filter_map(|(path, parameter)| {
                let axis = &parameter.explored.as_ref()?.axis;
                Some(json!({ "name": path, "unit": parameter.unit, "n": axis.len(), "values": axis.summary() }))
            })
            .collect();
        let plan = json!({
            "name": experiment.name,
            "runs": trajectory.run_count(),
            "axes": axes,
            "file_bytes_with_one_number_a_run": Cost::of(experiment.storage.layout).bytes(trajectory.run_count()),
            "estimate": estimate.map(|estimate| json!({
                "seconds_per_run": estimate.seconds_per_run,
                "result_bytes_per_run": estimate.bytes_per_run,
                "probes": estimate.probes,
                "failed": estimate.failed,
            })),
        });
        // The points one by one: there may be a million of them.
        let head = format!("{plan:#}");
        write!(out, "{},\n  \"points\": [", head.trim_end().trim_end_matches('}').trim_end())?;
        for (position, run) in self.shown(trajectory).enumerate() {
            let values: serde_json::Map<_, _> = trajectory
                .explored()
                .map(|(path, parameter)| (path.to_string(), super::json::json(&trajectory.value_of(parameter, run))))
                .collect();
            let point = json!({ "run": run.name(), "seed": trajectory.seed(run), "parameters": values });
            write!(out, "{}\n    {point}", if position > 0 { "," } else { "" })?;
        }
        writeln!(out, "\n  ]\n}}")?;
        Ok(())
    }
}

/// The explored parameters in the order of their axes: the last one varies fastest.
fn declared_order(trajectory: &Trajectory) -> Vec<(&NodePath, &Parameter)> {
    let mut explored: Vec<_> = trajectory.explored().collect();
    explored.sort_by_key(|(_, parameter)| parameter.explored.as_ref().map(|explored| explored.position));
    explored
}

/// Runs a few points and drops their results.
fn probe(job: &Job, trajectory: &Arc<Trajectory>, probes: NonZeroU32) -> Result<Estimate, Failure> {
    // A guest runs on the stack of its thread, which has to be as large as the spec allows.
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("probe".into()).stack_size(job.thread_stack());
        let thread = thread.spawn_scoped(scope, || probe_here(job, trajectory, probes)).map_err(Failure::Thread)?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn probe_here(job: &Job, trajectory: &Arc<Trajectory>, probes: NonZeroU32) -> Result<Estimate, Failure> {
    let mut worker = job.worker(Arc::new(())).map_err(Failure::Worker)?;
    let runs = trajectory.run_count();
    let probes = u64::from(probes.get()).min(runs);
    let (mut took, mut size, mut failed) = (Duration::ZERO, 0, 0);
    for i in 0..probes {
        // The middles of equal parts: neither corner of the grid is typical.
        let index = (2 * i + 1) * runs / (2 * probes);
        let finished = worker.run(SingleRun::new(trajectory.clone(), RunIndex(index as u32)));
        took += finished.took;
        failed += usize::from(finished.outcome.is_err());
        size += finished.bytes();
    }
    let n = probes.max(1);
    Ok(Estimate {
        seconds_per_run: took.as_secs_f64() / n as f64,
        bytes_per_run: size / n,
        failed,
        probes: probes as usize,
    })
}
