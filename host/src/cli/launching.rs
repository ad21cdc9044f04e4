//! What `run` and `resume` have in common: signals, progress and the summary.

use std::{io::Write, path::Path, process::ExitCode, sync::Arc};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use crate::{
    environment::{Ended, Environment, Summary},
    pool::Stop,
    sandbox::Job,
    spec::Service,
};

use super::{
    Manners,
    failure::Failure,
    output::{output, visible},
    progress::Progress,
    wording::{bytes, count, duration, quoted},
};

/// Runs what is to be run and says how it ended. `header` is written before the first run.
pub(super) fn explore(
    environment: &mut Environment,
    job: &Job,
    header: String,
    json: bool,
    manners: &Manners,
) -> Result<ExitCode, Failure> {
    let stop = Arc::new(Stop::default());
    stop_on_signals(&stop)?;
    let mut progress = Progress::new(manners.quiet, visible(&header));
    let result = environment.f_run_watched(job, &stop, &mut progress);
    progress.finish();
    let summary = result.map_err(|source| match environment.continue_file() {
        Some(file) => Failure::Stopped { source: Box::new(source), file },
        None => source.into(),
    })?;
    let mut out = output();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&summary).map_err(std::io::Error::from)?)?;
    } else {
        print(&mut out, &summary)?;
    }
    out.flush()?;
    Ok(exit_code(&summary))
}

/// The first signal asks to finish what runs, the second to abandon it, the third ends the process.
fn stop_on_signals(stop: &Arc<Stop>) -> Result<(), Failure> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(Failure::Signals)?;
    let stop = stop.clone();
    let listen = move || {
        for signal in signals.forever() {
            let say = |text: &str| {
                // After a hang-up there may be nobody to tell.
                let _ = writeln!(anstream::stderr(), "{text}");
            };
            if stop.is_abandoning() {
                say("stopped; `host resume` goes on from the `.cnt` file");
                std::process::exit(128 + signal);
            } else if stop.is_requested() || signal == SIGHUP {
                stop.abandon_running();
                say("stopping: the runs under way are abandoned; once more leaves the file unfinished");
            } else {
                stop.finish_running();
                say("stopping: the runs under way are finished and stored; once more abandons them");
            }
        }
    };
    std::thread::Builder::new().name("signals".into()).spawn(listen).map_err(Failure::Signals)?;
    Ok(())
}

/// What is about to happen, and what the job may do.
pub(super) fn header(environment: &str, runs: u64, component: &Path, job: &Job) -> String {
    let limits = job.limits();
    let timeout = limits.timeout.map_or("no time limit".to_owned(), |limit| duration(limit.as_secs_f64()));
    let fuel = limits.fuel.map_or(String::new(), |fuel| format!(", {} of fuel", count(fuel)));
    format!(
        "{environment}  {} runs of {}  sha256 {}\n  grants  {}\n  limits  {timeout}{fuel}, {} of memory, {} of stack, {} of results in at most {}, {} of log a run",
        count(runs),
        component.display(),
        &job.sha256()[..12],
        job.grants(),
        bytes(limits.memory),
        bytes(limits.stack),
        bytes(limits.results),
        count(limits.result_count),
        bytes(limits.log),
    )
}

fn print(out: &mut impl Write, summary: &Summary) -> std::io::Result<()> {
    writeln!(out, "{} {} in {}", summary.trajectory, ended(summary), duration(summary.seconds))?;
    writeln!(out, "  {}", summary.headline())?;
    if let Some(file) = &summary.file {
        writeln!(out, "  {}  {}", file.display(), bytes(summary.file_bytes))?;
    }
    for failure in &summary.first_failures {
        writeln!(out, "  {}  {}: {}", failure.run, failure.point, failure.reason)?;
    }
    let shown = summary.first_failures.len() as u64;
    if summary.failed() > shown {
        let logs = summary.logs.as_ref().map_or(String::new(), |logs| format!("; see also {}", logs.display()));
        writeln!(out, "  and {} more{logs}", summary.failed() - shown)?;
    }
    let Some(path) = &summary.file else { return Ok(()) };
    let file = quoted(&path.to_string_lossy());
    if let Some(cnt) = &summary.continue_file {
        writeln!(out, "Next:  host resume {}", quoted(&cnt.to_string_lossy()))?;
    } else if summary.failed() > 0 {
        writeln!(out, "Next:  host runs {file} --failed")?;
    } else {
        writeln!(out, "Next:  host runs {file}        host ls {file}")?;
    }
    let (path, name) = (path.to_string_lossy(), &summary.trajectory);
    if path.ends_with(Service::Sqlite.extension()) {
        writeln!(out, "       python: pandas.read_sql('SELECT * FROM \"{name}_scalars\"', sqlite3.connect({path:?}))")
    } else {
        writeln!(
            out,
            "       python: xarray.open_dataset({path:?}, group=\"{name}/overview/columns\", engine=\"h5netcdf\")"
        )
    }
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
