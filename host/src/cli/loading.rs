//! What `run`, `check` and `plan` begin with: spec and component become an experiment.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::{
    sandbox::{ClassOptions, Classes, Job, JobError, JobOptions},
    spec::{Experiment, Manifest, Overrides, SpecFile},
};

use super::failure::Failure;

/// Which job, which spec, and what the command line changes of it.
#[derive(Debug, Args)]
pub(super) struct ExperimentArgs {
    /// The component to run, or a folder with `job.wasm` and, unless --spec says otherwise, `exp.toml`; wins over `[job]
    /// component` of the spec
    #[arg(value_name = "JOB.wasm")]
    job: Option<PathBuf>,
    /// The experiment's spec
    #[arg(short, long, value_name = "FILE.toml")]
    spec: Option<PathBuf>,
    /// Explore NAME over VALUES: `x=1,2,3`, `x=0..1:11` (11 values), `x=1e-9..1e-6:7:log`
    #[arg(short = 'p', long = "param", value_name = "NAME=VALUES")]
    params: Vec<String>,
    /// Worker threads; 0 means all cores [default: the spec's, else 0]
    #[arg(short = 'j', long = "ncores", value_name = "N")]
    ncores: Option<u32>,
    /// Name of the trajectory; wins over `[trajectory] name`
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The HDF5 file, or a folder ending in `/`; wins over `[environment] filename`
    #[arg(short, long, value_name = "FILE")]
    output: Option<String>,
    /// Folder for log files; wins over `[environment] log_folder`
    #[arg(long, value_name = "DIR")]
    log_folder: Option<PathBuf>,
    /// Root of the seeds of all runs; wins over `[replicate] seed`
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Runs per point, each with a seed of its own; wins over `[replicate] count`
    #[arg(long, value_name = "N")]
    replicates: Option<u32>,
    /// Leave date and time out of the name of the trajectory
    #[arg(long)]
    no_time: bool,
}

/// A job and what is to be explored with it.
pub(super) struct Loaded {
    pub(super) job: Job,
    pub(super) component: PathBuf,
    pub(super) manifest: Option<Manifest>,
    pub(super) experiment: Experiment,
    /// What was written, to be stored beside the results.
    pub(super) provenance: Vec<(String, String)>,
}

/// Said before an interpreter is compiled, which is done once for all its jobs.
pub(super) fn ask_for_patience() {
    eprintln!("compiling the interpreter of this job, once for all its jobs on this machine; this takes some minutes");
}

impl ExperimentArgs {
    /// A spec that was read before, and comes again.
    pub(super) fn again(job: Option<PathBuf>, spec: PathBuf, params: Vec<String>) -> Self {
        Self {
            job,
            spec: Some(spec),
            params,
            ncores: None,
            name: None,
            output: None,
            log_folder: None,
            seed: None,
            replicates: None,
            no_time: false,
        }
    }

    /// The component as it was named, if it was.
    pub(super) fn job(&self) -> Option<&Path> {
        self.job.as_deref()
    }

    /// The spec as it was named, if it was.
    pub(super) fn spec(&self) -> Option<&Path> {
        self.spec.as_deref()
    }

    /// What `-p` was given.
    pub(super) fn params(&self) -> &[String] {
        &self.params
    }

    /// Reads the spec, loads the component and joins both.
    pub(super) fn load(&self) -> Result<Loaded, Failure> {
        let spec = self.read_spec()?;
        let overrides = self.overrides();
        let wanted = spec.job_options(&overrides)?;
        let Some(component) = wanted.component else { return Err(Failure::NoComponent) };
        let in_job = |source: JobError| Failure::Job { path: component.clone(), source };
        let mut options = JobOptions {
            sha256: wanted.sha256.map(|digest| digest.iter().map(|byte| format!("{byte:02x}")).collect()),
            grants: wanted.grants,
            limits: wanted.limits,
            strict_nan: wanted.strict_nan,
            args: wanted.args,
            kwargs: wanted.kwargs,
            command: wanted.command,
            cache: None,
            classes: Classes::default(),
            patience: Some(ask_for_patience),
        };
        options.classes = Classes::load(&spec.class_files(), &ClassOptions::of_job(&options))?;
        let job = Job::load(&component, &options).map_err(in_job)?;
        let manifest = job.manifest().map_err(in_job)?;
        let mut experiment = spec.resolve(&overrides, manifest.as_ref())?;
        options.classes.prepare(&mut experiment.trajectory)?;
        let provenance =
            vec![("spec".to_owned(), spec.text().to_owned()), ("parameters_given".to_owned(), self.params.join("\n"))];
        Ok(Loaded { job, component, manifest, experiment, provenance })
    }

    /// Like [`ExperimentArgs::load`], but without a component it makes do with the spec.
    pub(super) fn load_without_job(&self) -> Result<(Experiment, Option<Loaded>), Failure> {
        let spec = self.read_spec()?;
        let overrides = self.overrides();
        if spec.job_options(&overrides)?.component.is_none() {
            return Ok((spec.resolve(&overrides, None)?, None));
        }
        let loaded = self.load()?;
        Ok((loaded.experiment.clone(), Some(loaded)))
    }

    /// The component that was named, also by the folder that it lies in.
    fn component(&self) -> Option<PathBuf> {
        let job = self.job.as_deref()?;
        Some(if job.is_dir() { job.join("job.wasm") } else { job.to_owned() })
    }

    /// The spec that was named, also by the folder of the job.
    fn spec_file(&self) -> Option<PathBuf> {
        let beside = || self.job.as_ref().filter(|job| job.is_dir()).map(|job| job.join("exp.toml"));
        self.spec.clone().or_else(|| beside().filter(|spec| spec.is_file()))
    }

    fn read_spec(&self) -> Result<SpecFile, Failure> {
        match self.spec_file() {
            Some(path) => Ok(SpecFile::read(&path)?),
            None if self.job.is_none() && self.params.is_empty() => Err(Failure::Usage(
                "nothing to explore: give a spec (`--spec exp.toml`), or a component and parameters \
                 (`job.wasm -p x=1,2,3`)"
                    .into(),
            )),
            None => Ok(SpecFile::empty()),
        }
    }

    fn overrides(&self) -> Overrides {
        Overrides {
            axes: self.params.clone(),
            component: self.component(),
            name: self.name.clone(),
            add_time: self.no_time.then_some(false),
            comment: None,
            filename: self.output.clone(),
            log_folder: self.log_folder.clone(),
            ncores: self.ncores,
            replicates: self.replicates,
            seed: self.seed,
        }
    }
}
