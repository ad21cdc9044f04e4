//! [`JobError`]: why a job cannot be loaded.

use std::{io, path::PathBuf};

use thiserror::Error;

use super::WorkerError;
use crate::{building::ComponentError, spec::GrantError, trajectory::RunFailure};

/// Why a job cannot be loaded. The messages finish the sentence "could not load job.wasm: …".
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum JobError {
    #[error("there is no such file; build the job first, or check the path `{}`", path.display())]
    NoFile { path: PathBuf },
    #[error("cannot read `{}`: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error(
        "its sha256 is {actual}, but the spec pins {pinned}; if you meant to change the job, change `sha256` in [job]"
    )]
    HashMismatch { pinned: String, actual: String },
    #[error("it is not WebAssembly but {found}; give the component (.wasm) that your toolchain built")]
    NotWasm { found: &'static str },
    #[error(
        "it is a core module, not a component; `host build` makes a component of it, or build it for the target wasm32-wasip2"
    )]
    CoreModule,
    #[error(
        "it is a program, not a job: it has a `main`, and no `run` of the world `host:exploration/job`; say adapter = \"command\" in [job] to run it as it is"
    )]
    Program,
    #[error("it cannot be run as a program: {0}")]
    NoProgram(ComponentError),
    #[error(
        "it is {what}, and [job] says adapter = \"command\", which is for programs with a `main`; leave `adapter` out for a job"
    )]
    NotAProgram { what: &'static str },
    #[error("an argument of its program cannot be given: {why}")]
    Argument { why: String },
    #[error("no folder can be made for its runs, among the temporary files (TMPDIR): {0}")]
    Workspace(io::Error),
    #[error("components lie in one another more than {max} deep in it, which takes too much memory to compile")]
    Nesting { max: usize },
    #[error("it does not compile: {message}")]
    Compile { message: String },
    #[error(
        "it exports no function `run` but {}; a job is a component of the world `host:exploration/job`",
        listed(exports)
    )]
    OtherWorld { exports: Vec<String> },
    #[error(
        "its export `{export}` has another type than `host:exploration` gives it: {why}; build it with the WIT files of this host"
    )]
    OtherSignature { export: &'static str, why: String },
    #[error(
        "it was built for version {job} of the contract `host:exploration` and this host speaks {host}; {}",
        if *newer { "use a newer host" } else { "build it again with the SDK of this host" }
    )]
    Version { job: String, host: String, newer: bool },
    #[error("it imports `{import}`, which this host does not provide; build the job without it")]
    MissingImport { import: String },
    #[error("it imports `{import}`, which is not granted: {way_out}")]
    NeedsGrant { import: String, way_out: &'static str },
    #[error("it does not fit this host: {message}")]
    Link { message: String },
    #[error("the directory `{}` that is granted as `{guest}` cannot be granted: {source}", path.display())]
    Directory { path: PathBuf, guest: String, source: GrantError },
    #[error(
        "the directory `{}` is granted for writing and holds the compiled jobs in `{}`, which later explorations run as they are; grant a directory below, or keep compiled jobs elsewhere (XDG_CACHE_HOME)",
        path.display(), cache.display()
    )]
    HoldsCache { path: PathBuf, cache: PathBuf },
    #[error("`describe` failed: {0}")]
    Describe(RunFailure),
    #[error("its description of the {what} `{name}` cannot be used: {why}")]
    Manifest { what: &'static str, name: String, why: String },
    #[error("its description takes {got} bytes; at most {max} are read, so leave large defaults to the spec")]
    LargeManifest { got: u64, max: u64 },
    #[error("it describes {got} parameters and results; at most {max} are read")]
    LongManifest { got: usize, max: usize },
    #[error(transparent)]
    Worker(#[from] WorkerError),
}

/// As many names as a message has room for.
fn listed(names: &[String]) -> String {
    const ROOM: usize = 10;
    match names.len() {
        0 => "nothing".to_owned(),
        1..=ROOM => names.join(", "),
        more => format!("{} and {} more", names[..ROOM].join(", "), more - ROOM),
    }
}
