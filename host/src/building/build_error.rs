//! [`BuildError`]: why a job cannot be built.

use std::{io, path::PathBuf, process::ExitStatus};

use thiserror::Error;

use super::{ComponentError, Language, Missing};

/// Why a job cannot be built, or a folder for one not be begun.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum BuildError {
    #[error("cannot read the folder `{}`: {source}", folder.display())]
    Folder { folder: PathBuf, source: io::Error },
    #[error(
        "`{}` holds no source that is known: Cargo.toml (Rust), *.c (C), *.cpp, *.cc or *.cxx (C++), job.py or pyproject.toml (Python), \
         job.js, job.mjs, job.ts or package.json (JavaScript), job.zig or main.zig (Zig)\nhint: `host init NAME --lang rust` begins one",
        folder.display()
    )]
    NoSource { folder: PathBuf },
    #[error(
        "`{}` holds source in several languages, {}; say which one the job is written in: {}",
        folder.display(),
        listed(languages, Language::name, " and "),
        listed(languages, |language| language.word(), " or ")
    )]
    Several { folder: PathBuf, languages: Vec<Language> },
    #[error("nothing here compiles {language}: {missing}\nhint: `host doctor` shows what is there and what is not")]
    Toolchain { language: Language, missing: Missing },
    #[error("cannot start `{program}`: {source}")]
    Start { program: String, source: io::Error },
    #[error("`{}` does not compile; `{program}` says why above ({status})", folder.display())]
    Compiler { folder: PathBuf, program: String, status: ExitStatus },
    #[error("`{}` does not become a component: {why}", folder.display())]
    Refused { folder: PathBuf, why: String },
    #[error("cannot use `{}`: {why}", path.display())]
    Project { path: PathBuf, why: String },
    #[error("`{program}` has made no WebAssembly of `{}`: {why}", folder.display())]
    NoModule { folder: PathBuf, program: String, why: &'static str },
    #[error("`{}` cannot become a component: {source}", made.display())]
    Component { made: PathBuf, source: ComponentError },
    #[error("cannot read `{}`: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write `{}`: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("`{}` is not empty: it holds `{entry}`; name a folder that does not exist yet, and copy what you need into it", folder.display())]
    NotEmpty { folder: PathBuf, entry: String },
}

/// `C and Python`, or `--lang c or --lang python`.
fn listed(languages: &[Language], word: impl Fn(Language) -> &'static str, joint: &str) -> String {
    let flag = if joint == " or " { "--lang " } else { "" };
    languages.iter().map(|language| format!("{flag}{}", word(*language))).collect::<Vec<_>>().join(joint)
}
