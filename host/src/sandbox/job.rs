//! [`Job`]: a component, compiled and checked.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wasmtime::{
    Engine,
    component::{Component, HasSelf, Linker},
};

use super::{
    Classes, JobError, PreparedWorker, Watch, Worker, WorkerError,
    cache::{self, Code},
    command::{self, Program},
    contract::{self, DescribedJobPre, JobPre, convert, types, wit},
    log::one_line,
    nesting::check_nesting,
    run_state::{Call, RunState},
    settings::{Needs, Settings},
    wasi, worker, world,
};
use crate::{
    building::{self, ComponentError, Kind},
    spec::{Command, Grants, Limits, Manifest},
    trajectory::Value,
};

/// The longest reason of wasmtime in a message, in characters.
const LONGEST_REASON: usize = 1000;
/// A component with more bytes takes minutes to compile.
const LARGE: usize = 64 << 20;

/// A component, compiled and checked; cheap to share.
#[derive(Clone)]
pub struct Job(pub(super) Arc<Loaded>);

/// How a job is loaded and run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct JobOptions {
    /// The hash that the component must have, in hexadecimal digits.
    pub sha256: Option<String>,
    /// What the job may reach.
    pub grants: Grants,
    /// What one run may use.
    pub limits: Limits,
    /// Canonical NaN bits inside of the guest too; two to three times slower in floating point.
    pub strict_nan: bool,
    /// Where compiled jobs are kept; `None` is `$XDG_CACHE_HOME/host`.
    pub cache: Option<PathBuf>,
    /// The arguments of every run.
    pub args: Vec<Value>,
    /// The keyword arguments of every run.
    pub kwargs: Vec<(String, Value)>,
    /// How it is run if it is a program and no job of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Command>,
    /// The classes of the user's own that its results can be stored as.
    #[serde(skip)]
    pub classes: Classes,
    /// Called before something is compiled that takes minutes.
    #[serde(skip)]
    pub patience: Option<fn()>,
}

/// What all workers of a job share.
pub(super) struct Loaded {
    pub sha256: String,
    pub imports: Vec<String>,
    pub uses_wasi: bool,
    pub described: bool,
    pub settings: Settings,
    pub needs: Needs,
    pub grants: Grants,
    pub code: Code,
    /// What lies behind the component in its file.
    pub attachment: Arc<[u8]>,
    pub args: Vec<types::Value>,
    pub kwargs: Vec<types::NamedValue>,
    /// Arguments and keyword arguments as they were given.
    pub given: (Vec<Value>, Vec<(String, Value)>),
    /// Where it was loaded from.
    pub component: PathBuf,
    /// What it says of itself, once it was asked.
    pub manifest: OnceLock<Manifest>,
    /// Whether a worker does many runs, so that a pool of instances is worth its making.
    pub pooled: bool,
    /// How long it took to compile it, or to take it from the cache.
    pub compile_time: Duration,
    pub classes: Classes,
    /// Only if it is a program.
    pub program: Option<Program>,
}

impl Job {
    /// Compiles the component at `path`, or takes it from the cache, and checks that it fits.
    pub fn load(path: &Path, options: &JobOptions) -> Result<Job, JobError> {
        let wasm = fs::read(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => JobError::NoFile { path: path.to_owned() },
            _ => JobError::Read { path: path.to_owned(), source },
        })?;
        let (code, attachment) = building::split(&wasm);
        let mut hash = Sha256::new_with_prefix(code);
        let code_sha256 = hex(&hash.clone().finalize());
        hash.update(&wasm[code.len()..]);
        let sha256 = hex(&hash.finalize());
        check_pin(options.sha256.as_deref(), &sha256)?;
        match &options.command {
            None => check_job(&wasm)?,
            Some(_) => check_program(&wasm)?,
        }
        let mut grants = options.grants.clone();
        wasi::resolve(&mut grants)?;
        if let Some((path, cache)) = cache::writable_by_job(&grants, options.cache.as_deref()) {
            return Err(JobError::HoldsCache { path: path.to_owned(), cache });
        }

        let exceptions = building::has_exceptions(&wasm);
        let settings = Settings { limits: options.limits.clone(), strict_nan: options.strict_nan, exceptions };
        let engine_error = |error: wasmtime::Error| WorkerError::Engine { message: format!("{error:#}") };
        let compiling = Instant::now();
        let engine = Engine::new(&settings.config()).map_err(engine_error)?;
        let (code, component) = match options.command {
            // An attachment is no part of what is compiled: jobs that differ in nothing else share their code.
            None => compile(&engine, code, &code_sha256, options)?,
            Some(_) => compile_program(&engine, &wasm, &sha256, options)?,
        };
        let compile_time = compiling.elapsed();

        let imports = world::imports(&engine, &component.component_type());
        let exports = world::exports(&engine, &component.component_type());
        world::check_imports(&imports, &options.grants)?;
        let program = match &options.command {
            None if exports.iter().any(|export| export == "run") => None,
            None if exports.iter().any(|export| command::is_start(export)) => return Err(JobError::Program),
            None => return Err(JobError::OtherWorld { exports }),
            Some(command) => Some(Program::new(command, &options.args)?),
        };
        let loaded = Loaded {
            sha256,
            uses_wasi: world::uses_wasi(&imports),
            imports,
            described: program.is_none() && exports.iter().any(|export| export == "describe"),
            needs: Needs::of(&component),
            settings,
            grants,
            code,
            attachment: attachment.into(),
            args: guest_args(&options.args),
            kwargs: guest_kwargs(&options.kwargs),
            given: (options.args.clone(), options.kwargs.clone()),
            component: path.to_owned(),
            manifest: OnceLock::new(),
            pooled: true,
            compile_time,
            classes: options.classes.clone(),
            program,
        };
        loaded.check_link(&engine, &component)?;
        Ok(Job(Arc::new(loaded)))
    }

    /// The hash of the component, in hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// The interfaces that the component imports, such as `host:exploration/single-run@0.1.0`.
    pub fn imports(&self) -> impl Iterator<Item = &str> {
        self.0.imports.iter().map(String::as_str)
    }

    /// The file that it was loaded from.
    pub fn component(&self) -> &Path {
        &self.0.component
    }

    /// How it was loaded, to load it again in the same way.
    pub fn options(&self) -> JobOptions {
        let Loaded { settings, grants, given: (args, kwargs), sha256, .. } = &*self.0;
        JobOptions {
            sha256: Some(sha256.clone()),
            grants: grants.clone(),
            limits: settings.limits.clone(),
            strict_nan: settings.strict_nan,
            cache: None,
            args: args.clone(),
            kwargs: kwargs.clone(),
            command: self.0.program.as_ref().map(|program| program.command.clone()),
            patience: None,
            classes: self.0.classes.clone(),
        }
    }

    /// Where folders for the runs of a program are made and removed, if they have any.
    pub fn workspaces(&self) -> Option<&Path> {
        self.0.program.as_ref().and_then(Program::workspaces)
    }

    /// How long it took to compile it, or to take it from the cache.
    pub fn compile_time(&self) -> Duration {
        self.0.compile_time
    }

    /// What one run may use.
    pub fn limits(&self) -> &Limits {
        &self.0.settings.limits
    }

    /// What the job may reach.
    pub fn grants(&self) -> &Grants {
        &self.0.grants
    }

    /// Whether the component imports any of WASI.
    pub fn uses_wasi(&self) -> bool {
        self.0.uses_wasi
    }

    /// The folders of the cache that its compiled code is mapped from, whenever a worker starts.
    pub fn cache_folders(&self) -> impl Iterator<Item = &Path> {
        let codes = std::iter::once(&self.0.code).chain(self.0.classes.iter().map(|class| &class.0.code));
        codes.filter_map(Code::folder)
    }

    /// What the job says of itself; `None` if it says nothing.
    pub fn manifest(&self) -> Result<Option<Manifest>, JobError> {
        if !self.0.described {
            return Ok(None);
        }
        if let Some(known) = self.0.manifest.get() {
            return Ok(Some(known.clone()));
        }
        let describe = || -> Result<Manifest, JobError> {
            let worker = self.worker(Arc::new(()))?;
            contract::manifest::from_guest(worker.describe().map_err(JobError::Describe)?)
        };
        let manifest = thread::scope(|scope| {
            let thread = thread::Builder::new().name("describe".into()).stack_size(self.thread_stack());
            let thread = thread.spawn_scoped(scope, describe);
            let thread = thread.map_err(|error| WorkerError::Engine { message: error.to_string() })?;
            thread.join().unwrap_or_else(|payload| Err(JobError::Describe(super::failure::host_panicked(&*payload))))
        })?;
        Ok(Some(self.0.manifest.get_or_init(|| manifest).clone()))
    }

    /// The stack that a thread needs before it can have a [`Worker`].
    pub fn thread_stack(&self) -> usize {
        self.0.thread_stack()
    }

    /// The classes that its results can be stored as.
    pub fn classes(&self) -> &Classes {
        &self.0.classes
    }

    /// A worker for the current thread, which has a stack of at least [`Job::thread_stack`] bytes.
    pub fn worker(&self, watch: Arc<dyn Watch>) -> Result<Worker, WorkerError> {
        self.prepare()?.here(watch)
    }

    /// The beginning of a worker, which any thread may complete.
    pub fn prepare(&self) -> Result<PreparedWorker, WorkerError> {
        PreparedWorker::new(Arc::clone(&self.0))
    }
}

impl Loaded {
    /// A class is called from inside of a run, so its stack lies below that of the job.
    pub fn thread_stack(&self) -> usize {
        worker::thread_stack(self.settings.limits.stack.saturating_add(self.classes.stack()))
    }

    /// Everything that a component of this job may import.
    pub fn linker(&self, engine: &Engine) -> wasmtime::Result<Linker<RunState>> {
        let mut linker = Linker::new(engine);
        types::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
        wit::add_to_linker::<_, contract::Calls>(&mut linker, |state: &mut RunState| Call::of(state))?;
        contract::attachment::add_to_linker(&mut linker)?;
        if self.uses_wasi {
            wasi::add_to_linker(&mut linker, &self.grants)?;
        }
        Ok(linker)
    }

    /// Finds out now what would otherwise fail in every run.
    fn check_link(&self, engine: &Engine, component: &Component) -> Result<(), JobError> {
        let link = |error: wasmtime::Error| match world::newer_contract(&self.imports) {
            Some(version) => version,
            None => JobError::Link { message: text(&error) },
        };
        let linked = self.linker(engine).map_err(link)?.instantiate_pre(component).map_err(link)?;
        let signature = |export| move |error: wasmtime::Error| JobError::OtherSignature { export, why: text(&error) };
        if self.program.is_some() {
            let exports = world::exports(engine, &component.component_type());
            let started = command::start(component, &exports);
            return started.map(drop).ok_or(JobError::NoProgram(ComponentError::NoKind { exports }));
        }
        JobPre::new(linked.clone()).map_err(signature("run"))?;
        if self.described {
            DescribedJobPre::new(linked).map_err(signature("describe"))?;
        }
        Ok(())
    }
}

fn compile(engine: &Engine, wasm: &[u8], sha256: &str, options: &JobOptions) -> Result<(Code, Component), JobError> {
    if wasm.len() > LARGE {
        if let Some(found) = Code::find(engine, sha256, options.cache.as_deref()) {
            return Ok(found);
        }
        if let Some(tell) = options.patience {
            tell();
        }
    }
    Code::compile(engine, wasm, sha256, options.cache.as_deref())
        .map_err(|error| JobError::Compile { message: text(&error) })
}

/// A program becomes a component first, unless it was compiled before.
fn compile_program(
    engine: &Engine,
    wasm: &[u8],
    sha256: &str,
    options: &JobOptions,
) -> Result<(Code, Component), JobError> {
    // Of the same module, another version may make another component.
    let made = hex(&Sha256::digest(format!("{sha256} as a program by {}", crate::VERSION)));
    if let Some(found) = Code::find(engine, &made, options.cache.as_deref()) {
        return Ok(found);
    }
    let component = building::component(wasm).map_err(JobError::NoProgram)?;
    check_kind(&component)?;
    compile(engine, &component, &made, options)
}

/// Arguments as guests take them.
pub(super) fn guest_args(args: &[Value]) -> Vec<types::Value> {
    args.iter().cloned().map(convert::to_guest).collect()
}

/// Keyword arguments as guests take them.
pub(super) fn guest_kwargs(kwargs: &[(String, Value)]) -> Vec<types::NamedValue> {
    let named = |(name, value): &(String, Value)| types::NamedValue {
        name: name.clone(),
        value: convert::to_guest(value.clone()),
    };
    kwargs.iter().map(named).collect()
}

/// What wasmtime says, on one line: it quotes names that the component chooses.
pub(super) fn text(error: &wasmtime::Error) -> String {
    one_line(&format!("{error:#}"), LONGEST_REASON)
}

fn check_pin(pinned: Option<&str>, actual: &str) -> Result<(), JobError> {
    match pinned {
        Some(pinned) if !pinned.trim().eq_ignore_ascii_case(actual) => {
            Err(JobError::HashMismatch { pinned: pinned.to_owned(), actual: actual.to_owned() })
        }
        _ => Ok(()),
    }
}

/// Refuses what is no component, and says what a program needs that is none.
fn check_job(wasm: &[u8]) -> Result<(), JobError> {
    match check_kind(wasm) {
        Err(JobError::CoreModule) if matches!(building::kind(wasm), Ok(Kind::Program)) => Err(JobError::Program),
        checked => checked,
    }
}

/// Refuses what has no `main`.
fn check_program(wasm: &[u8]) -> Result<(), JobError> {
    match building::kind(wasm).map_err(JobError::NoProgram)? {
        Kind::Program => Ok(()),
        Kind::Job => Err(JobError::NotAProgram { what: "a job" }),
        Kind::Class => Err(JobError::NotAProgram { what: "a class" }),
    }
}

/// Tells components from everything else by their first bytes: name, version, layer.
pub(super) fn check_kind(bytes: &[u8]) -> Result<(), JobError> {
    let not_wasm = |found| Err(JobError::NotWasm { found });
    match bytes {
        [] => not_wasm("an empty file"),
        [0, b'a', b's', b'm', _, _, 1, 0, ..] => check_nesting(bytes),
        [0, b'a', b's', b'm', _, _, 0, 0, ..] => Err(JobError::CoreModule),
        [0, b'a', b's', b'm', ..] => not_wasm("cut off or of an unknown version"),
        [0x7f, b'E', b'L', b'F', ..] => not_wasm("compiled code of a machine"),
        bytes if bytes.trim_ascii_start().starts_with(b"(") => not_wasm("the text format"),
        _ => not_wasm("something else"),
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
