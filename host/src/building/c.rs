//! C and C++: clang with wasi-libc.

use std::{fs, path::PathBuf, process::Command};

use super::{BuildError, Language, Missing, Order, Part, Toolchain, program, put_module};

/// Which of the two languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    C,
    Cpp,
}

impl Dialect {
    fn language(self) -> Language {
        match self {
            Self::C => Language::C,
            Self::Cpp => Language::Cpp,
        }
    }

    fn compilers(self) -> &'static [&'static str] {
        match self {
            Self::C => &["clang-21", "clang-20", "clang-19", "clang"],
            Self::Cpp => &["clang++-21", "clang++-20", "clang++-19", "clang++"],
        }
    }

    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::C => &["c"],
            Self::Cpp => &["c", "cpp", "cc", "cxx"],
        }
    }
}

/// Compiles all source files in the folder into one component.
pub(super) fn compile(order: &Order, dialect: Dialect) -> Result<(), BuildError> {
    let compiler = compiler(dialect).map_err(|missing| missing_of(dialect, missing))?.1;
    let own = order.own_folder();
    fs::create_dir_all(&own).map_err(|source| BuildError::Write { path: own.clone(), source })?;
    let made = own.join("core.wasm");
    let unreadable = |source| BuildError::Folder { folder: order.folder.clone(), source };
    let mut sources = Vec::new();
    for entry in fs::read_dir(&order.folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| dialect.endings().contains(&ending))
        {
            sources.push(path);
        }
    }
    sources.sort();
    let mut command = Command::new(&compiler);
    command.args(["--target=wasm32-wasi", "--sysroot=/usr", "-mexec-model=command"]);
    command.args(if order.debug { ["-O0", "-g"] } else { ["-O3", "-msimd128"] });
    command.arg("-o").arg(&made).args(&sources);
    program::compile(order, &mut command)?;
    put_module(&made, order)
}

/// What is here of clang and wasi-libc.
pub(super) fn inspect(dialect: Dialect) -> Toolchain {
    match compiler(dialect) {
        Ok((part, _)) => Toolchain::ready(dialect.language(), vec![part]),
        Err(missing) => Toolchain::lacking(dialect.language(), Vec::new(), missing),
    }
}

fn compiler(dialect: Dialect) -> Result<(Part, PathBuf), Missing> {
    let found = program::find(dialect.compilers()).and_then(|path| Some((program::part("clang", &path)?, path)));
    found.ok_or_else(|| {
        Missing::new(
            "there is no clang for WebAssembly",
            &["apt-get install clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32"],
        )
    })
}

fn missing_of(dialect: Dialect, missing: Missing) -> BuildError {
    BuildError::Toolchain { language: dialect.language(), missing }
}
