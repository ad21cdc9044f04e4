//! Guests of every sort against the sandbox. They are core modules in text, made into components
//! of our world, so that each does exactly what its test says.

mod cache;
mod class;
mod guest;
mod hostile;
mod loading;
mod manifest;
mod runs;
mod wasi;

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

use guest::Guest;

use super::{Job, JobError, JobOptions, Watch};
use crate::{
    spec::Limits,
    trajectory::{
        Array, ArrayData, Axis, Combine, Explored, FinishedRun, Limited, NodePath, Parameter, Points, RunFailure,
        RunIndex, SingleRun, Trajectory, Value,
    },
};

/// Two runs over `neuron.tau`, beside fixed parameters.
fn trajectory() -> Arc<Trajectory> {
    let path = |name: &str| NodePath::new(name).unwrap();
    let axis = Axis::list(vec![Value::Float(10.0), Value::Float(20.0)]).unwrap();
    let explored = Some(Explored { axis, position: 0 });
    let large = Value::Array(Array::flat(ArrayData::Float64(vec![1.0; 100_000])).unwrap());
    let parameters = BTreeMap::from([
        (path("neuron.tau"), Parameter { explored, ..Parameter::new(Value::Float(10.0), "") }),
        (path("synapse.g"), Parameter::new(Value::Float(1.0), "")),
        (path("neuron.g"), Parameter::new(Value::Float(2.0), "")),
        (path("large"), Parameter::new(large, "")),
    ]);
    let points = Points::new(vec![2], Combine::Cartesian, 1).unwrap();
    Arc::new(Trajectory::from_parts("test", "", parameters, points, 42).unwrap())
}

/// Loads `wasm` with a cache of its own.
fn load(wasm: &[u8], options: JobOptions) -> Result<Job, JobError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("job.wasm");
    std::fs::write(&path, wasm).unwrap();
    let cache = options.cache.clone().unwrap_or_else(|| dir.path().join("cache"));
    Job::load(&path, &JobOptions { cache: Some(cache), ..options })
}

/// Runs both points on a thread with enough stack.
fn run_watched(job: &Job, watch: Arc<dyn Watch>) -> Vec<FinishedRun> {
    thread::scope(|scope| {
        let work = || {
            let trajectory = trajectory();
            let mut worker = job.worker(watch).unwrap();
            trajectory.runs().map(|run| worker.run(SingleRun::new(Arc::clone(&trajectory), run))).collect()
        };
        thread::Builder::new().stack_size(job.thread_stack()).spawn_scoped(scope, work).unwrap().join().unwrap()
    })
}

fn run(job: &Job) -> Vec<FinishedRun> {
    run_watched(job, Arc::new(()))
}

/// How the first run of `guest` ends.
fn outcome(guest: &Guest, options: JobOptions) -> Result<(), RunFailure> {
    run(&load(&guest.component(), options).unwrap()).swap_remove(0).outcome
}

/// The text of the error that `body` returns.
fn refusal(body: &str) -> String {
    match outcome(&Guest::new(body), JobOptions::default()) {
        Err(RunFailure::Error(text)) => text,
        other => format!("{other:?}"),
    }
}

fn limited(change: impl FnOnce(&mut Limits)) -> JobOptions {
    let mut options = JobOptions::default();
    change(&mut options.limits);
    options
}

/// What `action` logs, without times; only in this thread.
fn logged(action: impl FnOnce()) -> String {
    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);
    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let sink = Sink::default();
    let writer = sink.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .without_time()
        .with_max_level(tracing::Level::DEBUG)
        .finish();
    tracing::subscriber::with_default(subscriber, action);
    let bytes = sink.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

/// What both runs of `job` log.
fn log_of(job: &Job) -> String {
    thread::scope(|scope| {
        let work = || {
            logged(|| {
                let trajectory = trajectory();
                let mut worker = job.worker(Arc::new(())).unwrap();
                worker.run(SingleRun::new(Arc::clone(&trajectory), RunIndex(0)));
                worker.run(SingleRun::new(trajectory, RunIndex(1)));
            })
        };
        thread::Builder::new().stack_size(job.thread_stack()).spawn_scoped(scope, work).unwrap().join().unwrap()
    })
}

/// The results of a run, as `name=value`.
fn results(run: &FinishedRun) -> Vec<String> {
    let mut all = Vec::new();
    for addition in &run.additions {
        for (item, value) in &addition.items {
            all.push(format!("{}.{item}={}", addition.name, value.repr(60)));
        }
    }
    all
}

fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect()
}
