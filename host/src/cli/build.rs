//! `host build`: from the source of a job to its component, which is then looked at as `host check` does.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use clap::Args;

use crate::{
    building::{self, BuildError, Kind, Language, Order},
    sandbox::{self, Class, ClassOptions, Job, JobOptions},
};

use super::{
    Manners,
    failure::Failure,
    loading::ask_for_patience,
    output::output,
    wording::{bytes, duration, quoted},
};

/// Compile the source of a job to its component, `job.wasm`
///
/// What lies in the folder tells the language. Nothing is installed; `host doctor` says what is missing.
/// A core module (.wasm) becomes a component, whatever it was compiled from.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host build                             the folder here, to job.wasm
  host build sweep                       to sweep/job.wasm
  host build sweep --lang c -o /tmp/c.wasm
  host build core.wasm                   from a core module, to job.wasm beside it
")]
pub(super) struct Build {
    /// Folders with the source of a job each, or core modules
    #[arg(value_name = "DIR", default_value = ".")]
    sources: Vec<PathBuf>,
    /// The language, where a folder holds several
    #[arg(short, long, value_enum, value_name = "LANGUAGE")]
    lang: Option<Language>,
    /// Where the component goes [default: job.wasm in the folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Compile for looking into it: without optimisation, with checks
    #[arg(long)]
    debug: bool,
}

impl Build {
    pub(super) fn execute(&self, manners: &Manners) -> Result<ExitCode, Failure> {
        if self.output.is_some() && self.sources.len() > 1 {
            return Err(Failure::Usage("one --output cannot take the components of several folders".into()));
        }
        for source in &self.sources {
            let began = Instant::now();
            let output = if source.is_file() { self.convert(source)? } else { self.compile(source, manners)? };
            let built = Built::look(output, manners)?;
            if !manners.quiet {
                built.tell(began)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn compile(&self, folder: &Path, manners: &Manners) -> Result<PathBuf, Failure> {
        let language = match self.lang {
            Some(language) => language,
            None => Language::of(folder)?,
        };
        let output = self.output.clone().unwrap_or_else(|| folder.join("job.wasm"));
        let absolute = |path: &Path| {
            std::path::absolute(path).map_err(|source| BuildError::Folder { folder: path.to_owned(), source })
        };
        let folder =
            folder.canonicalize().map_err(|source| BuildError::Folder { folder: folder.to_owned(), source })?;
        let order = Order {
            folder,
            output: absolute(&output)?,
            debug: self.debug,
            quiet: manners.quiet,
            snapshot: sandbox::snapshot,
        };
        building::compile(language, &order)?;
        Ok(output)
    }

    /// A module that something else has compiled.
    fn convert(&self, module: &Path) -> Result<PathBuf, Failure> {
        let output = self.output.clone().unwrap_or_else(|| module.with_file_name("job.wasm"));
        building::convert(module, &output)?;
        Ok(output)
    }
}

/// A component that has passed all checks that need no spec.
struct Built {
    path: PathBuf,
    size: u64,
    kind: Kind,
    imports: Vec<String>,
    parameters: Option<usize>,
}

impl Built {
    fn look(path: PathBuf, manners: &Manners) -> Result<Self, Failure> {
        let wasm = fs::read(&path).map_err(|source| BuildError::Read { path: path.clone(), source })?;
        let kind = building::kind(&wasm).map_err(|source| BuildError::Component { made: path.clone(), source })?;
        let mut built = Self { size: wasm.len() as u64, kind, imports: Vec::new(), parameters: None, path };
        match kind {
            Kind::Job => {
                let in_job = |source| Failure::Job { path: built.path.clone(), source };
                let patience = (!manners.quiet).then_some(ask_for_patience as fn());
                let options = JobOptions { patience, ..JobOptions::default() };
                let job = Job::load(&built.path, &options).map_err(in_job)?;
                let manifest = job.manifest().map_err(in_job)?;
                built.imports = job.imports().map(str::to_owned).collect();
                built.parameters = manifest.and_then(|manifest| manifest.parameters).map(|declared| declared.len());
            }
            Kind::Class => {
                Class::load(&built.path, &ClassOptions::of_job(&JobOptions::default()))?;
            }
            Kind::Program => {}
        }
        Ok(built)
    }

    fn tell(&self, began: Instant) -> Result<(), Failure> {
        let mut out = output();
        let path = self.path.display();
        let took = duration(began.elapsed().as_secs_f64());
        let what = match self.kind {
            Kind::Job => "a job",
            Kind::Class => "a class",
            Kind::Program => "a program",
        };
        writeln!(out, "{path}: {what}, {}, built in {took}", bytes(self.size))?;
        if let Some(parameters) = self.parameters {
            writeln!(out, "  declares {parameters} parameters")?;
        }
        if !self.imports.is_empty() {
            writeln!(out, "  imports {}", self.imports.join(", "))?;
        }
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if self.path.ends_with("job.wasm") && folder.join("exp.toml").is_file() {
            let folder = quoted(&folder.display().to_string());
            writeln!(out, "Next:  host plan {folder}        host run {folder}")?;
        }
        out.flush()?;
        Ok(())
    }
}
