//! [`Class`]: how values of parameters or results are stored, said by a component of the user's own.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wasmtime::{Engine, component::Linker};

use super::{
    ClassError, JobError, JobOptions, WorkerError,
    cache::Code,
    class_worker::ClassWorker,
    contract::{CustomClassPre, class_description, types},
    failure,
    job::{check_kind, hex, text},
    log::one_line,
    run_state::RunState,
    settings::{Needs, Settings},
    wasi, worker, world,
};
use crate::{
    building,
    spec::{Grants, Limits},
    trajectory::check_class_name,
};

/// The longest comment that is kept, in characters.
const LONGEST_COMMENT: usize = 500;
/// What a class exports.
const EXPORTS: [&str; 4] = ["describe", "store-values", "load-values", "value-to-str"];

/// A class of the user's own, compiled and checked; cheap to share. pypet's custom parameters and results.
#[derive(Clone)]
pub struct Class(pub(super) Arc<LoadedClass>);

/// How a class is loaded and called.
#[derive(Clone, Debug, Default)]
pub struct ClassOptions {
    /// What one call may use: memory, stack, fuel, time and, by `results`, how much it may return.
    pub limits: Limits,
    /// Canonical NaN bits inside of the guest too.
    pub strict_nan: bool,
    /// Where compiled components are kept; `None` is `$XDG_CACHE_HOME/host`.
    pub cache: Option<PathBuf>,
}

impl ClassOptions {
    /// Those under which the results of such a job are stored.
    pub fn of_job(job: &JobOptions) -> Self {
        Self { limits: job.limits.clone(), strict_nan: job.strict_nan, cache: job.cache.clone() }
    }
}

/// What a class keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClassKind {
    /// Values of parameters and derived parameters.
    Parameter,
    /// Results.
    Result,
}

impl ClassKind {
    /// What it keeps, in a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parameter => "parameters",
            Self::Result => "results",
        }
    }
}

/// What all workers of a class share.
pub(super) struct LoadedClass {
    pub path: PathBuf,
    pub sha256: String,
    pub name: String,
    pub kind: ClassKind,
    pub comment: String,
    pub settings: Settings,
    pub needs: Needs,
    pub uses_wasi: bool,
    pub grants: Grants,
    pub code: Code,
}

impl Class {
    /// Compiles the component at `path`, or takes it from the cache, checks that it fits, and asks for its name.
    /// Nothing is granted to it.
    ///
    /// # Errors
    /// There is no such file, it is no component of the world `custom-class`, or its name cannot be used. The
    /// message names the file.
    pub fn load(path: &Path, options: &ClassOptions) -> Result<Class, ClassError> {
        Self::checked(path, options)
            .map_err(|source| ClassError::File { path: path.to_owned(), source: Box::new(source) })
    }

    fn checked(path: &Path, options: &ClassOptions) -> Result<Class, ClassError> {
        let wasm = fs::read(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => ClassError::NoFile,
            _ => ClassError::Read(source),
        })?;
        let sha256 = hex(&Sha256::digest(&wasm));
        check_kind(&wasm).map_err(ClassError::Component)?;

        let mut limits = options.limits.clone();
        // Without a time of its own, a class is still ended with the run that calls it.
        limits.timeout.get_or_insert(Duration::MAX);
        let exceptions = building::has_exceptions(&wasm);
        let settings = Settings { limits, strict_nan: options.strict_nan, exceptions };
        let engine_error = |error: wasmtime::Error| WorkerError::Engine { message: format!("{error:#}") };
        let engine = Engine::new(&settings.config()).map_err(engine_error)?;
        let (code, component) = Code::compile(&engine, &wasm, &sha256, options.cache.as_deref())
            .map_err(|error| ClassError::Component(JobError::Compile { message: text(&error) }))?;

        let type_ = component.component_type();
        let exports: Vec<String> = type_.exports(&engine).map(|(name, _)| name.to_owned()).collect();
        if let Some(missing) = EXPORTS.into_iter().find(|wanted| !exports.iter().any(|export| export == wanted)) {
            return Err(ClassError::OtherWorld { missing, exports });
        }
        let imports = world::imports(&engine, &type_);
        world::check_class_imports(&imports)?;
        let mut loaded = LoadedClass {
            path: path.to_owned(),
            sha256,
            name: String::new(),
            kind: ClassKind::Parameter,
            comment: String::new(),
            needs: Needs::of(&component),
            settings,
            uses_wasi: world::uses_wasi(&imports),
            grants: Grants::default(),
            code,
        };
        let signature = |error: wasmtime::Error| ClassError::OtherSignature { why: text(&error) };
        let linked = loaded.linker(&engine).map_err(signature)?.instantiate_pre(&component).map_err(signature)?;
        CustomClassPre::new(linked).map_err(signature)?;

        let unnamed = Class(Arc::new(loaded));
        let about = on_own_thread(unnamed.thread_stack(), || -> Result<_, ClassError> {
            ClassWorker::new(&unnamed)?.describe().map_err(ClassError::Describe)
        })??;
        // A class that describes itself as nothing is still told by its file.
        let name = one_line(&about.name, LONGEST_COMMENT);
        check_class_name(&name)?;
        loaded = Arc::into_inner(unnamed.0).expect("its worker is gone");
        loaded.name = name;
        loaded.kind = match about.kind {
            class_description::Kind::Parameter => ClassKind::Parameter,
            class_description::Kind::Result => ClassKind::Result,
        };
        loaded.comment = one_line(&about.comment, LONGEST_COMMENT);
        Ok(Class(Arc::new(loaded)))
    }

    /// The name, which stands in the file.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What it keeps.
    pub fn kind(&self) -> ClassKind {
        self.0.kind
    }

    /// What it says of itself; empty if it says nothing.
    pub fn comment(&self) -> &str {
        &self.0.comment
    }

    /// The hash of the component, in hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// The component.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The stack that a thread needs to call it.
    pub(super) fn thread_stack(&self) -> usize {
        worker::thread_stack(self.0.settings.limits.stack)
    }
}

impl fmt::Debug for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Class").field("name", &self.0.name).field("path", &self.0.path).finish_non_exhaustive()
    }
}

impl LoadedClass {
    /// Types, and WASI for a class that was built with it.
    pub fn linker(&self, engine: &Engine) -> wasmtime::Result<Linker<RunState>> {
        let mut linker = Linker::new(engine);
        types::add_to_linker::<_, wasmtime::component::HasSelf<_>>(&mut linker, |state| state)?;
        if self.uses_wasi {
            wasi::add_to_linker(&mut linker, &self.grants)?;
        }
        Ok(linker)
    }
}

/// Calls `work` on a thread with so much stack, and waits for it.
pub(super) fn on_own_thread<T: Send>(stack: usize, work: impl FnOnce() -> T + Send) -> Result<T, WorkerError> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("class".into()).stack_size(stack).spawn_scoped(scope, work);
        let thread = thread.map_err(|error| WorkerError::Engine { message: error.to_string() })?;
        thread.join().map_err(|payload| WorkerError::Engine { message: failure::host_panicked(&*payload).to_string() })
    })
}
