//! What `run` and `resume` have in common: signals, progress and the summary.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, OnceLock},
    time::Duration,
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use crate::{
    environment::{Ended, Environment, Summary, Timings},
    pool::Stop,
    sandbox::Job,
    spec::{Layout, Service},
    storage::{Cost, MANY_RUNS},
};

use super::{
    Manners,
    failure::Failure,
    hardening::{HardenArgs, Hardening},
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
    harden: &HardenArgs,
    manners: &Manners,
) -> Result<ExitCode, Failure> {
    let stop = Arc::new(Stop::default());
    let resumable = Arc::new(OnceLock::new());
    stop_on_signals(&stop, environment.experiment().environment.grace, &resumable)?;
    let notes: String = environment.v_notes().iter().map(|note| format!("note: {note}\n")).collect();
    let mut progress = Progress::new(manners.quiet, visible(&format!("{notes}{header}")), resumable);
    let result = environment.f_run_watched(job, &stop, &mut Hardening::new(harden, job, &mut progress));
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

/// Says how an exploration has ended before; nothing is left to do.
pub(super) fn say_ended(summary: &Summary, json: bool) -> Result<ExitCode, Failure> {
    let mut out = output();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(summary).map_err(std::io::Error::from)?)?;
    } else {
        writeln!(out, "{} has ended before: {}; nothing is left to run", summary.trajectory, summary.headline())?;
        if let Some(file) = &summary.file {
            let again = if summary.failed() > 0 { " --retry-failed" } else { "" };
            let verb = if summary.failed() > 0 { "resume" } else { "runs" };
            writeln!(out, "Next:  host {verb} {}{again}", quoted(&file.to_string_lossy()))?;
        }
    }
    out.flush()?;
    Ok(exit_code(summary))
}

/// The first signal asks to finish what runs, and to abandon what still does after the time of grace; the second ends the
/// process at once. Nobody sees what a hang-up waits for, so it abandons at once.
fn stop_on_signals(
    stop: &Arc<Stop>,
    grace: Option<Duration>,
    resumable: &Arc<OnceLock<PathBuf>>,
) -> Result<(), Failure> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(Failure::Signals)?;
    let (stop, resumable) = (stop.clone(), resumable.clone());
    let listen = move || {
        let mut is_second = false;
        for signal in signals.forever() {
            let say = |text: &str| {
                // After a hang-up there may be nobody to tell.
                let _ = writeln!(anstream::stderr(), "{text}");
            };
            if is_second {
                match resumable.get() {
                    Some(file) => say(&format!("stopped; go on with: host resume {}", quoted(&file.to_string_lossy()))),
                    None => say("stopped before anything was run, or without a `.cnt` file"),
                }
                std::process::exit(INTERRUPTED.into());
            }
            is_second = true;
            if signal == SIGHUP {
                stop.abandon_running();
                continue;
            }
            stop.finish_running();
            match grace {
                Some(grace) => {
                    say(&format!(
                        "stopping: the runs under way have {} to end; then all is stored. Once more stops now",
                        duration(grace.as_secs_f64())
                    ));
                    let stop = stop.clone();
                    let abandon = move || {
                        std::thread::sleep(grace);
                        stop.abandon_running();
                    };
                    if std::thread::Builder::new().name("grace".into()).spawn(abandon).is_err() {
                        say("no thread can be started to wait for that; they have no time limit");
                    }
                }
                None => say("stopping: the runs under way are finished and stored. Once more stops now"),
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
        "{environment}  {} runs of {}  sha256 {}\n  grants  {}\n  limits  {timeout}{fuel}, {} of memory, {} of stack, {} of results in at most {}, {} of log, {} calls, {} open files, {} written a run",
        count(runs),
        component.display(),
        &job.sha256()[..12],
        job.grants(),
        bytes(limits.memory),
        bytes(limits.stack),
        bytes(limits.results),
        count(limits.result_count),
        bytes(limits.log),
        count(limits.host_calls),
        count(limits.open_files),
        bytes(limits.written),
    )
}

/// What storing so many runs costs, in a line, where it is known.
pub(super) fn storage_cost(service: Service, layout: Layout, runs: u64) -> Option<String> {
    let cost = Cost::of(layout);
    let (size, time) = (bytes(cost.bytes(runs)), duration(cost.seconds(runs)));
    (service == Service::Hdf5).then(|| {
        format!(
            "about {size} and {time} of writing with one number a run, {} B each; larger results come on top",
            cost.bytes_per_run
        )
    })
}

/// What is to be said of very many runs in groups of their own.
pub(super) fn layout_hint(service: Service, layout: Layout, runs: u64) -> Option<String> {
    let columns = bytes(Cost::of(Layout::Columns).bytes(runs));
    (service == Service::Hdf5 && layout == Layout::Tree && runs > MANY_RUNS).then(|| {
        format!("layout = \"columns\" in [storage] takes about {columns}; `host convert tree` makes pypet's tree of it")
    })
}

/// The lines of the header about storing; for few runs it is not worth a word.
pub(super) fn cost_lines(service: Service, layout: Layout, runs: u64) -> String {
    if runs < WORTH_A_WORD {
        return String::new();
    }
    let cost = storage_cost(service, layout, runs).map(|line| format!("\n  file    {line}"));
    let hint = layout_hint(service, layout, runs).map(|hint| format!("\nhint: {hint}"));
    [cost, hint].into_iter().flatten().collect()
}

/// From so many runs on, storing is told about before it begins.
const WORTH_A_WORD: u64 = 1000;

fn print(out: &mut impl Write, summary: &Summary) -> std::io::Result<()> {
    writeln!(out, "{} {} in {}", summary.trajectory, ended(summary), duration(summary.seconds))?;
    writeln!(out, "  {}", summary.headline())?;
    if let Some(file) = &summary.file {
        writeln!(out, "  {}  {}", file.display(), bytes(summary.file_bytes))?;
    }
    if let Some(timings) = &summary.timings {
        print_timings(out, timings)?;
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

fn print_timings(out: &mut impl Write, timings: &Timings) -> std::io::Result<()> {
    let first =
        timings.first_run.map_or(String::new(), |first| format!("; the first run had ended after {first:.3} s"));
    writeln!(out, "  time of {} threads, {:.3} s each{first}", timings.threads, timings.wall)?;
    for (part, time) in timings.parts() {
        writeln!(out, "    {part:<12}{time:>10.3} s {:>5.1}%", time / timings.total.max(f64::MIN_POSITIVE) * 100.0)?;
    }
    Ok(())
}

fn ended(summary: &Summary) -> &'static str {
    match summary.ended {
        Ended::Completed => "finished",
        Ended::Interrupted => "was interrupted",
        Ended::FailureLimit => "stopped at its failure limit",
    }
}

/// As shells say it of what Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

fn exit_code(summary: &Summary) -> ExitCode {
    ExitCode::from(match summary.ended {
        Ended::Interrupted => INTERRUPTED,
        Ended::FailureLimit => 4,
        Ended::Completed if summary.failed() > 0 => 1,
        Ended::Completed => 0,
    })
}
