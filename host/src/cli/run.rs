//! `host run`: the main job.

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anstream::println;
use chrono::Local;
use clap::Args;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};

use crate::environment::{Ended, Environment, Options, Summary};

use super::{
    Manners,
    failure::Failure,
    loading::{ExperimentArgs, Loaded},
    progress::Progress,
    wording::{bytes, count, duration},
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
}

impl Run {
    pub(super) fn execute(&self, manners: &Manners) -> Result<ExitCode, Failure> {
        let loaded = self.experiment.load()?;
        let header = header(&loaded);
        let Loaded { job, manifest, experiment, provenance, .. } = loaded;
        let options = Options { overwrite: self.overwrite, verbosity: manners.log_level(), provenance };
        let environment = Environment::new(experiment, manifest.as_ref(), options, Local::now())?;
        let stop = Arc::new(AtomicBool::new(false));
        stop_on_signals(&stop)?;

        let mut progress = Progress::new(manners.quiet, header);
        let result = environment.f_run(&job, &stop, &mut progress);
        progress.finish();
        let summary = result?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&summary).map_err(std::io::Error::from)?);
        } else {
            print(&summary);
        }
        Ok(exit_code(&summary))
    }
}

/// The first signal asks to finish what runs, the second one ends the process.
fn stop_on_signals(stop: &Arc<AtomicBool>) -> Result<(), Failure> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(Failure::Signals)?;
    let stop = stop.clone();
    let listen = move || {
        for _ in signals.forever() {
            if stop.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
            anstream::eprintln!("stopping: the runs under way are finished and stored; once more stops at once");
        }
    };
    std::thread::Builder::new().name("signals".into()).spawn(listen).map_err(Failure::Signals)?;
    Ok(())
}

/// What is about to happen, and what the job may do.
fn header(loaded: &Loaded) -> String {
    let experiment = &loaded.experiment;
    let limits = &experiment.job.limits;
    let timeout = limits.timeout.map_or("no time limit".to_owned(), |limit| duration(limit.as_secs_f64()));
    format!(
        "{}  {} runs of {}  sha256 {}\n  grants  {}\n  limits  {timeout}, {} of memory, {} of results a run",
        experiment.name,
        count(experiment.trajectory.run_count()),
        loaded.component.display(),
        &loaded.job.sha256()[..12],
        experiment.job.grants,
        bytes(limits.memory),
        bytes(limits.results),
    )
}

fn print(summary: &Summary) {
    println!("{} {} in {}", summary.trajectory, ended(summary), duration(summary.seconds));
    println!("  {}", summary.headline());
    println!("  {}  {}", summary.file.display(), bytes(summary.file_bytes));
    for failure in &summary.first_failures {
        println!("  {}  {}: {}", failure.run, failure.point, failure.reason);
    }
    let shown = summary.first_failures.len() as u64;
    if summary.failed() > shown {
        println!("  and {} more; see also {}", summary.failed() - shown, summary.logs.display());
    }
    let file = summary.file.display();
    if summary.failed() > 0 {
        println!("Next:  host runs {file} --failed");
    } else {
        println!("Next:  host runs {file}        host ls {file}");
    }
    println!(
        "       python: xarray.open_dataset(\"{file}\", group=\"{}/overview/columns\", engine=\"h5netcdf\")",
        summary.trajectory
    );
}

fn ended(summary: &Summary) -> &'static str {
    match summary.ended {
        Ended::Completed => "finished",
        Ended::Interrupted => "was interrupted",
        Ended::FailureLimit => "stopped at its failure limit",
    }
}

fn exit_code(summary: &Summary) -> ExitCode {
    ExitCode::from(match summary.ended {
        Ended::Interrupted => 130,
        Ended::FailureLimit => 4,
        Ended::Completed if summary.failed() > 0 => 1,
        Ended::Completed => 0,
    })
}
