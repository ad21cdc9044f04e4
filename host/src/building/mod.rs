//! From a folder with the source of a job to its component: one file per language, and what they share.
//!
//! [`Language::of`] tells which language a folder is written in, [`compile`] makes the component of it with the
//! toolchain of that language, and [`Toolchain`] says which parts of a toolchain are here and how to get the others.
//! [`component()`] turns a core module into a component, so that a compiler is all that a language needs. [`Template`]
//! is what `host init` writes.
//!
//! Whoever has this program has everything of ours that a job is built with: the contract and the SDKs are part of it.
//! This module never runs a job and doesn't know what a spec is.

#[macro_use]
mod carried;

mod attachment;
mod bridge;
mod build_error;
mod c;
mod component;
mod contract;
mod js;
mod linked;
mod numpy;
mod program;
mod python;
mod rust;
mod sealed;
mod template;
mod toolchain;
mod zig;

use std::{
    collections::BTreeSet,
    fmt, fs,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use serde::Serialize;

pub use attachment::{attach, split};
pub use build_error::BuildError;
pub use component::{ComponentError, Kind, component, has_exceptions, kind};
pub use contract::{WIT, write_wit};
pub use numpy::cache_folder;
pub use template::Template;
pub use toolchain::{Missing, Part, Toolchain};

/// A language that jobs are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// A package of Cargo.
    Rust,
    /// Files ending in `.c`.
    C,
    /// Files ending in `.cpp`, `.cc` or `.cxx`, and `.c` beside them.
    Cpp,
    /// `job.py`, or a `pyproject.toml`.
    Python,
    /// `job.py` that imports NumPy, or another package of the interpreter that has it.
    Numpy,
    /// `job.js`, `job.mjs` or `job.ts`, or a `package.json`.
    Js,
    /// `job.zig` or `main.zig`, and files ending in `.c` beside it.
    Zig,
}

/// An interpreter that is to begin once, so that every run finds it as it is then.
#[derive(Debug)]
pub struct Interpreter {
    /// A core module of the first WASI that exports `turn` and `host_alloc`.
    pub module: Vec<u8>,
    /// The archive with its library.
    pub archive: PathBuf,
    /// Where the interpreter looks for it: a folder, and the name of the archive there.
    pub place: (&'static str, &'static str),
    /// The program that it begins with.
    pub begin: String,
}

/// Starts an interpreter and returns it as a module whose memory is what it is after its beginning.
pub type Snapshot = fn(&Interpreter) -> Result<Vec<u8>, String>;

/// What is to be built.
#[derive(Clone, Debug)]
pub struct Order {
    /// Where the source lies.
    pub folder: PathBuf,
    /// Where the component goes.
    pub output: PathBuf,
    /// Whether to compile for looking into it: fast to compile, slow to run, with checks.
    pub debug: bool,
    /// Whether compilers tell of nothing but errors.
    pub quiet: bool,
    /// Starts interpreters. This module runs nothing itself.
    pub snapshot: Snapshot,
}

impl Order {
    /// The folder in the source's folder that is ours: what the compilers need of this program is written there.
    pub fn own_folder(&self) -> PathBuf {
        self.folder.join(".host")
    }
}

/// Compiles the source of `order` with the toolchain of `language`. What is at `order.output` then is a component, put
/// there in one piece.
///
/// # Errors
/// A part of the toolchain is missing, the source does not compile, or a file can't be written.
pub fn compile(language: Language, order: &Order) -> Result<(), BuildError> {
    match language {
        Language::Rust => rust::compile(order),
        Language::C => c::compile(order, c::Dialect::C),
        Language::Cpp => c::compile(order, c::Dialect::Cpp),
        Language::Python => python::compile(order),
        Language::Numpy => numpy::compile(order),
        Language::Js => js::compile(order),
        Language::Zig => zig::compile(order),
    }
}

/// Makes a component of a core module that something else has compiled; a component is copied as it is.
///
/// # Errors
/// It is no WebAssembly, or none that `host` can use, or a file can't be read or written.
pub fn convert(module: &Path, output: &Path) -> Result<(), BuildError> {
    let bytes = fs::read(module).map_err(|source| BuildError::Read { path: module.to_owned(), source })?;
    let failed = |source| BuildError::Component { made: module.to_owned(), source };
    put(&component(&bytes).map_err(failed)?, output)
}

/// What is here of the toolchains of all languages.
pub fn toolchains() -> Vec<Toolchain> {
    Language::ALL.into_iter().map(Language::inspect).collect()
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Rust, Self::C, Self::Cpp, Self::Python, Self::Numpy, Self::Js, Self::Zig];

    /// Its name, as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::C => "C",
            Self::Cpp => "C++",
            Self::Python => "Python",
            Self::Numpy => "Python with NumPy",
            Self::Js => "JavaScript",
            Self::Zig => "Zig",
        }
    }

    /// Its name on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::C => "c",
            Self::Cpp => "cpp",
            Self::Python => "python",
            Self::Numpy => "numpy",
            Self::Js => "js",
            Self::Zig => "zig",
        }
    }

    /// What is here of its toolchain.
    pub fn inspect(self) -> Toolchain {
        match self {
            Self::Rust => rust::inspect(),
            Self::C => c::inspect(c::Dialect::C),
            Self::Cpp => c::inspect(c::Dialect::Cpp),
            Self::Python => python::inspect(),
            Self::Numpy => numpy::inspect(),
            Self::Js => js::inspect(),
            Self::Zig => zig::inspect(),
        }
    }

    /// The language that the files of a folder are written in.
    ///
    /// # Errors
    /// It is no folder that can be read, holds no source of any language, or that of several.
    pub fn of(folder: &Path) -> Result<Self, BuildError> {
        let unreadable = |source| BuildError::Folder { folder: folder.to_owned(), source };
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            names.insert(entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned());
        }
        match Self::of_names(&names).as_slice() {
            [Self::Python] if numpy::is_asked_for(folder) => Ok(Self::Numpy),
            [language] => Ok(*language),
            [] => Err(BuildError::NoSource { folder: folder.to_owned() }),
            several => Err(BuildError::Several { folder: folder.to_owned(), languages: several.to_vec() }),
        }
    }

    /// The languages that files of these names are written in. C beside C++ or Zig is a part of it.
    fn of_names(names: &BTreeSet<String>) -> Vec<Self> {
        let any = |known: &[&str]| known.iter().any(|known| names.contains(*known));
        let ends = |endings: &[&str]| {
            names.iter().any(|name| name.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending)))
        };
        let cpp = ends(&["cpp", "cc", "cxx"]);
        let zig = any(&[zig::JOB, zig::PROGRAM]);
        let found = [
            (Self::Rust, any(&["Cargo.toml"])),
            (Self::C, !cpp && !zig && ends(&["c"])),
            (Self::Cpp, cpp),
            (Self::Python, any(&["job.py", "pyproject.toml"])),
            (Self::Js, any(&["job.js", "job.mjs", "job.ts", "package.json"])),
            (Self::Zig, zig),
        ];
        found.into_iter().filter(|(_, there)| *there).map(|(language, _)| language).collect()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Puts a component at `output` in one piece: whoever reads it meanwhile sees the old one or the new one.
fn put(component: &[u8], output: &Path) -> Result<(), BuildError> {
    let failed = |source| BuildError::Write { path: output.to_owned(), source };
    // Whoever compares times need not look again.
    if fs::read(output).is_ok_and(|there| there == component) {
        return Ok(());
    }
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut part = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    std::io::Write::write_all(&mut part, component).map_err(failed)?;
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    part.as_file().set_permissions(readable).map_err(failed)?;
    part.persist(output).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Reads what a compiler made, turns it into a component and puts it where the order wants it.
fn put_module(made: &Path, order: &Order) -> Result<(), BuildError> {
    let module = fs::read(made).map_err(|source| BuildError::Read { path: made.to_owned(), source })?;
    put_component(&module, made, order)
}

/// Turns a module into a component and puts it where the order wants it; `made` names it in messages.
fn put_component(module: &[u8], made: &Path, order: &Order) -> Result<(), BuildError> {
    let component = component(module).map_err(|source| BuildError::Component { made: made.to_owned(), source })?;
    put(&component, &order.output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_tells_its_language() {
        let told = |names: &[&str]| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            Language::of_names(&names).into_iter().map(Language::word).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(told(&["Cargo.toml", "src", "exp.toml"]), "rust");
        assert_eq!(told(&["job.c", "job.h", "README.md"]), "c");
        assert_eq!(told(&["job.cpp", "old.c"]), "cpp");
        assert_eq!(told(&["main.cc"]), "cpp");
        assert_eq!(told(&["job.py", "helper.py"]), "python");
        assert_eq!(told(&["pyproject.toml", "src"]), "python");
        assert_eq!(told(&["package.json", "job.js", "node_modules"]), "js");
        assert_eq!(told(&["job.zig", "fast.c"]), "zig");
        assert_eq!(told(&["main.zig"]), "zig");
        assert_eq!(told(&["other.zig", "build.zig"]), "");
        assert_eq!(told(&["job.py", "job.c"]), "c python");
        assert_eq!(told(&["job.zig", "fast.cpp"]), "cpp zig");
        assert_eq!(told(&["exp.toml", "c", "notes.cpp.txt", ".c.swp"]), "");
        assert_eq!(told(&["evaluate.py", "exp.toml"]), "");
    }
}
