//! Python: componentize-py, which starts an interpreter, imports the job, and makes a component of its memory.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    BuildError, Language, Missing, Order, Part, Toolchain,
    contract::{write_files, write_wit},
    program, put,
    sealed::without_network,
};

/// The version whose bindings the SDK is written for; the last number may differ.
const VERSION: &str = "0.25.1";

/// What `host init` writes.
pub(super) const TEMPLATE: &[(&str, &str)] =
    carried!("guest-sdk/python/template", [".gitignore", "README.md", "exp.toml", "job.py", "pyproject.toml"]);

/// The package `host_guest`, as this program carries it.
pub(super) const SDK: &[(&str, &str)] = carried!(
    "guest-sdk/python/src",
    [
        "host_guest/__init__.py",
        "host_guest/contract.py",
        "host_guest/entry.py",
        "host_guest/errors.py",
        "host_guest/failure.py",
        "host_guest/manifest.py",
        "host_guest/ndarray.py",
        "host_guest/py.typed",
        "host_guest/random_numbers.py",
        "host_guest/single_run.py",
        "host_guest/sparse.py",
        "host_guest/table.py",
        "host_guest/wire.py",
    ]
);

/// What componentize-py is told to import. Whatever goes wrong is said between two marks, in one line.
const ENTRY: &str = "\
import importlib

from host_guest import failure

try:
    from host_guest.entry import component

    WitWorld = component(importlib.import_module(\"@module@\"))
except BaseException as error:
    raise ImportError(f\"@host[{failure.describe(error)}]host@\") from None
";
const MARKS: (&str, &str) = ("@host[", "]host@");

/// Makes a component of `job.py`, or of the module that `[tool.host] module` of `pyproject.toml` names.
pub(super) fn compile(order: &Order) -> Result<(), BuildError> {
    let missing = |missing| BuildError::Toolchain { language: Language::Python, missing };
    let (_, componentize) = componentize(&order.folder).map_err(missing)?;
    let own = order.own_folder();
    let unwritable = |source| BuildError::Write { path: own.clone(), source };
    let module = module(&order.folder)?;
    let (wit, sdk) = (own.join("wit"), own.join("python"));
    write_wit(&wit).map_err(unwritable)?;
    write_files(&sdk, SDK).map_err(unwritable)?;
    // Kept apart from the SDK, which editors are told of.
    let entry = own.join("entry");
    write_files(&entry, &[("host_job.py", &ENTRY.replace("@module@", &module))]).map_err(unwritable)?;
    let made = own.join("python.wasm");

    let mut command = Command::new(&componentize);
    command
        .args(["--quiet", "-w", "described-job", "-d"])
        .arg(&wit)
        .args(["componentize", "host_job", "-o"])
        .arg(&made);
    for folder in sources(&order.folder).iter().chain([&sdk, &entry]) {
        command.arg("-p").arg(folder);
    }
    let venv = order.folder.join(".venv");
    if venv.is_dir() {
        command.env("VIRTUAL_ENV", venv);
    }
    command.env("RUST_BACKTRACE", "0").current_dir(&order.folder);
    program::quietly(order, &mut command, &why)?;

    let component = fs::read(&made).map_err(|source| BuildError::Read { path: made.clone(), source })?;
    let sealed = without_network(&component).map_err(|source| BuildError::Component { made: made.clone(), source })?;
    put(&sealed, &order.output)
}

/// What is here of componentize-py.
pub(super) fn inspect() -> Toolchain {
    match componentize(Path::new(".")) {
        Ok((part, _)) => Toolchain::ready(Language::Python, vec![part]),
        Err(missing) => Toolchain::lacking(Language::Python, Vec::new(), missing),
    }
}

/// The program, of the environment of the job, of the one that is active, on the PATH, or where pipx and uv put theirs.
fn componentize(folder: &Path) -> Result<(Part, PathBuf), Missing> {
    const NAME: &str = "componentize-py";
    let of_job = Some(folder.join(".venv/bin").join(NAME));
    let of_active = env::var_os("VIRTUAL_ENV").map(|venv| Path::new(&venv).join("bin").join(NAME));
    let of_user = env::home_dir().map(|home| home.join(".local/bin").join(NAME));
    let known = [of_job, of_active, program::find(&[NAME]), of_user];
    let found = known.into_iter().flatten().filter(|path| program::is_program(path));
    let mut parts = found.filter_map(|path| Some((program::part(NAME, &path)?, path)));
    let fits = |version: &str| minor(version) == minor(VERSION);
    let first = parts.next();
    let what = match &first {
        Some((part, _)) if fits(&part.version) => return Ok(first.expect("it was looked at")),
        Some((part, path)) => match parts.find(|(part, _)| fits(&part.version)) {
            Some(other) => return Ok(other),
            None => format!("componentize-py at `{}` is {}; jobs need {VERSION}", path.display(), part.version),
        },
        None => "there is no componentize-py".to_owned(),
    };
    let package = format!("componentize-py=={VERSION}");
    let commands =
        [format!("pip install {package}"), format!("uv tool install {package}"), format!("pipx install {package}")];
    Err(Missing::new(what, &commands.each_ref().map(String::as_str)))
}

/// A version without its last number.
pub(super) fn minor(version: &str) -> &str {
    version.rsplit_once('.').map_or(version, |(minor, _)| minor)
}

/// The module that holds `run`.
pub(super) fn module(folder: &Path) -> Result<String, BuildError> {
    let path = folder.join("pyproject.toml");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(_) => return Ok("job".into()),
    };
    let failed = |why: String| BuildError::Project { path: path.clone(), why };
    let project: toml::Table = toml::from_str(&text).map_err(|error| failed(error.message().to_owned()))?;
    let named = project.get("tool").and_then(|tool| tool.get("host")).and_then(|host| host.get("module"));
    match named {
        None => Ok("job".into()),
        Some(toml::Value::String(name)) if is_module(name) => Ok(name.clone()),
        Some(other) => {
            Err(failed(format!("`[tool.host] module` is {other}, and not the name of a module (package.module)")))
        }
    }
}

/// Whether it is a dotted name of Python; it becomes part of a program.
fn is_module(name: &str) -> bool {
    let identifier = |part: &str| {
        part.chars().enumerate().all(|(at, c)| c == '_' || c.is_alphabetic() || (at > 0 && c.is_alphanumeric()))
            && !part.is_empty()
    };
    name.split('.').all(identifier)
}

/// Where the modules of the job lie.
pub(super) fn sources(folder: &Path) -> Vec<PathBuf> {
    let inner = folder.join("src");
    if inner.is_dir() { vec![folder.to_owned(), inner] } else { vec![folder.to_owned()] }
}

/// What of componentize-py's words tells why: what stands between the marks, or else what it says of itself.
fn why(said: &str) -> String {
    // The last one: a traceback shows the line of the program, too.
    if let Some((_, rest)) = said.rsplit_once(MARKS.0)
        && let Some((told, _)) = rest.split_once(MARKS.1)
    {
        return told.to_owned();
    }
    let before = said.split("Stack backtrace:").next().unwrap_or(said);
    let told: Vec<&str> = before.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let own = told.iter().position(|line| line.starts_with("AssertionError:")).unwrap_or(0);
    told[own..].join(" ").trim_start_matches("AssertionError:").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_sdk_is_carried() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest-sdk/python/src/host_guest");
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> =
            files.filter(|name| name != "__pycache__").map(|name| format!("host_guest/{name}")).collect();
        names.sort();
        assert_eq!(names, SDK.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }

    #[test]
    fn the_project_names_the_module() {
        let folder = tempfile::tempdir().unwrap();
        let named = |project: &str| {
            fs::write(folder.path().join("pyproject.toml"), project).unwrap();
            module(folder.path())
                .map_err(|error| error.to_string().replace(&folder.path().display().to_string(), "DIR"))
        };
        assert_eq!(module(folder.path()).unwrap(), "job");
        assert_eq!(named("[project]\nname = \"x\"\n"), Ok("job".into()));
        assert_eq!(named("[tool.host]\nmodule = \"model.größe_2\"\n"), Ok("model.größe_2".into()));
        insta::assert_snapshot!(named("[tool.host]\nmodule = \"a; import os\"\n").unwrap_err());
        insta::assert_snapshot!(named("[tool.host\n").unwrap_err());
    }

    #[test]
    fn what_went_wrong_is_told_in_one_line() {
        let marked = "AssertionError: Traceback\n  File \"/2/host_job.py\"\n    raise ImportError(f\"@host[{failure.describe(error)}]host@\")\nImportError: @host[NameError: name 'x' is not defined (at job.py:3)]host@\n\nStack backtrace:\n  0: anyhow";
        assert_eq!(why(marked), "NameError: name 'x' is not defined (at job.py:3)");
        let other = "Traceback (most recent call last):\n  File \"x\"\nAssertionError: \n\nCaused by:\n  no such world\n\nStack backtrace:\n   0: y";
        assert_eq!(why(other), "Caused by: no such world");
        assert_eq!(why("killed"), "killed");
    }
}
