//! What the configuration branch records: who ran what, where, with which versions and limits.
//!
//! The entries and their names are pypet's (`environment.<name>.multiproc` and so on), and what
//! else is needed to repeat a run. Nothing here reaches a job, so nothing here can change a result.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    harden,
    sandbox::{self, Job},
    spec::WrapMode,
    storage,
    trajectory::{NodePath, Parameter, Value},
};

use super::{Environment, Summary};

/// Entries below `config`, by their paths.
type Config = BTreeMap<NodePath, Parameter>;

/// What is known before the first run.
pub(super) fn before(environment: &Environment, job: &Job) -> Config {
    let mut config = Entries::of(environment);
    let identity = environment.identity();
    let experiment = environment.experiment();
    let trajectory = environment.v_trajectory();
    let options = &experiment.environment;
    config.add("multiproc", Value::Bool(options.multiproc), "Whether runs are shared out to workers");
    config.add("use_pool", Value::Bool(options.use_pool), "Whether a fixed set of workers takes run after run");
    config.add("ncores", int(environment.v_ncores().get() as u64), "Number of workers");
    let wrap_mode = match options.wrap_mode {
        WrapMode::Queue => "QUEUE",
        WrapMode::Lock => "LOCK",
        WrapMode::None => "NONE",
    };
    config.add("wrap_mode", text(wrap_mode), "How results of several workers reach the storage");
    config.add("continuable", Value::Bool(options.continuable), "Whether a killed exploration can be continued");
    config.add("timestamp", Value::Float(identity.timestamp), "Timestamp of environment creation");
    config.add("hexsha", text(&identity.hexsha), "SHA-1 identifier of the environment");
    config.add("trajectory.name", text(trajectory.name()), "Name of the trajectory");
    config.add("trajectory.timestamp", Value::Float(identity.trajectory_timestamp), "Timestamp of the trajectory");
    config.add("seed", text(&trajectory.root_seed().to_string()), "Root of the seeds of all runs");
    config.add("component.sha256", text(job.sha256()), "SHA-256 of the component that was run");
    config.add(
        "component.imports",
        text(&job.imports().collect::<Vec<_>>().join(" ")),
        "Interfaces that the component imports",
    );
    for (name, words, comment) in job.classes().entries() {
        config.add(&name, text(&words), &comment);
    }
    for (name, words) in &environment.options().provenance {
        config.add(name, text(words), "What the experiment was made from, as it was written");
    }
    if !environment.changes().is_empty() {
        let what = environment.changes().join("\n");
        config.add("changed_job", text(&what), "What of the job is other than what earlier environments ran");
    }
    config.add("grants", text(&job.grants().to_string()), "What the job could reach of the world");
    // For programs, which compare them when an exploration is continued.
    for (name, exact) in
        [("grants_json", serde_json::to_string(job.grants())), ("limits_json", serde_json::to_string(job.limits()))]
    {
        // A path that is no text cannot be written.
        let exact = exact.unwrap_or_default();
        config.add(name, text(&exact), "The same for programs");
    }
    config.add("versions.host", text(crate::VERSION), "Version of host");
    config.add("versions.wasmtime", text(sandbox::WASMTIME_VERSION), "Version of wasmtime");
    config.add("versions.HDF5", text(&storage::hdf5_version()), "Version of the HDF5 library");
    let platform = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
    config.add("versions.platform", text(&platform), "Operating system and processor");
    let limits = job.limits();
    let timeout = limits.timeout.map_or(f64::INFINITY, |limit| limit.as_secs_f64());
    config.add("limits.timeout_seconds", Value::Float(timeout), "Wall time of a run in seconds");
    config.add("limits.fuel", text(&limits.fuel.map_or("none".into(), |fuel| fuel.to_string())), "Fuel of a run");
    config.add("limits.memory_bytes", int(limits.memory), "Linear memory of a run in bytes");
    config.add("limits.stack_bytes", int(limits.stack), "Stack of a run in bytes");
    config.add("limits.result_bytes", int(limits.results), "Results of a run in bytes");
    config.add("limits.result_count", int(limits.result_count), "Number of results of a run");
    config.add("limits.log_bytes", int(limits.log), "Log of a run in bytes");
    config.add("limits.host_calls", int(limits.host_calls), "Calls of the host by a run");
    config.add("limits.open_files", int(limits.open_files), "Files and streams that a run holds at a time");
    config.add("limits.written_bytes", int(limits.written), "What a run may write into files in bytes");
    config.entries
}

/// What is known after the last run.
pub(super) fn after(environment: &Environment, summary: &Summary, took: Duration) -> Config {
    let mut config = Entries::of(environment);
    let start = environment.identity().timestamp;
    let runtime = chrono::TimeDelta::from_std(took).unwrap_or_default();
    let (seconds, micros) = (runtime.num_seconds(), runtime.subsec_nanos() / 1000);
    let runtime = format!("{}:{:02}:{:02}.{micros:06}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let (runs, name) = (
        summary.ok + summary.failed() - summary.kept,
        if environment.is_continued() { "continued_runs" } else { "normal_runs" },
    );
    config.add(name, int(runs), "Number of runs that were run");
    config.add("hardened", text(&harden::state().to_string()), "What the kernel refused to the whole process");
    config.add("start_timestamp", Value::Float(start), "Timestamp of the start");
    config.add("finish_timestamp", Value::Float(start + took.as_secs_f64()), "Timestamp of the end");
    config.add("runtime", text(&runtime), "Runtime of the whole exploration");
    config.entries
}

/// Configuration entries below `environment.<name of the environment>`.
struct Entries {
    prefix: String,
    entries: Config,
}

impl Entries {
    fn of(environment: &Environment) -> Self {
        Self { prefix: format!("environment.{}", environment.v_name()), entries: Config::new() }
    }

    fn add(&mut self, name: &str, value: Value, comment: &str) {
        let path = NodePath::new(format!("{}.{name}", self.prefix)).expect("names of entries are legal");
        self.entries.insert(path, Parameter::new(value, comment));
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn int(value: u64) -> Value {
    Value::Int(i64::try_from(value).unwrap_or(i64::MAX))
}
