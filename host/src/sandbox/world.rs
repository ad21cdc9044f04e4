//! What a component imports and exports, judged before anything of it runs.

use wasmtime::{Engine, component::types::Component as ComponentType};

use super::{ClassError, JobError, contract, log::one_line};
use crate::spec::{Clock, Grants};

/// The package of the contract.
const CONTRACT: &str = "host:exploration";
/// The longest name in a message, in characters. A name with an address may hold anything.
const LONGEST_NAME: usize = 200;

/// The names of all imports, such as `wasi:io/streams@0.2.6`.
pub fn imports(engine: &Engine, component: &ComponentType) -> Vec<String> {
    component.imports(engine).map(|(name, _)| name.to_owned()).collect()
}

/// The names of all exports, such as `run`.
pub fn exports(engine: &Engine, component: &ComponentType) -> Vec<String> {
    component.exports(engine).map(|(name, _)| name.to_owned()).collect()
}

/// Whether any of WASI is imported.
pub fn uses_wasi(imports: &[String]) -> bool {
    imports.iter().any(|import| import.starts_with("wasi:"))
}

/// Refuses imports that nobody can or may provide.
pub fn check_imports(imports: &[String], grants: &Grants) -> Result<(), JobError> {
    // A version is the better explanation, so it comes first.
    for import in imports {
        let name = Name::parse(import);
        if name.package == CONTRACT {
            check_version(&name)?;
        }
    }
    imports.iter().try_for_each(|import| check_import(import, grants))
}

/// Refuses whatever a class imports beside interfaces that hold types alone, and WASI with nothing granted.
pub fn check_class_imports(imports: &[String]) -> Result<(), ClassError> {
    for import in imports {
        let name = Name::parse(import);
        match name.package {
            CONTRACT => {
                check_version(&name).map_err(ClassError::Component)?;
                if !matches!(name.interface, "types" | "description" | "class-description") {
                    return Err(ClassError::Import { import: one_line(import, LONGEST_NAME) });
                }
            }
            "wasi:io" | "wasi:cli" | "wasi:clocks" | "wasi:filesystem" | "wasi:random"
                if name.version.starts_with("0.2.") => {}
            _ => return Err(ClassError::Import { import: one_line(import, LONGEST_NAME) }),
        }
    }
    Ok(())
}

fn check_import(import: &str, grants: &Grants) -> Result<(), JobError> {
    let name = Name::parse(import);
    let shown = || one_line(import, LONGEST_NAME);
    let missing = || Err(JobError::MissingImport { import: shown() });
    let needs = |way_out| Err(JobError::NeedsGrant { import: shown(), way_out });
    match name.package {
        CONTRACT if matches!(name.interface, "types" | "single-run" | "description" | "class-description") => Ok(()),
        "host:interpreter" if name.interface == "attachment" && name.version == "0.1.0" => Ok(()),
        "wasi:sockets" | "wasi:http" => needs(
            "this version of host lets no job use the network; build the job without it \
             (Python: `componentize-py --stub-wasi`, JavaScript: `jco componentize --disable http`)",
        ),
        "wasi:clocks" if grants.clock == Clock::None => {
            needs("set `clock = \"virtual\"` in [capabilities], or build the job without WASI")
        }
        "wasi:io" | "wasi:cli" | "wasi:clocks" | "wasi:filesystem" | "wasi:random" => {
            if name.version.starts_with("0.2.") { Ok(()) } else { missing() }
        }
        _ => missing(),
    }
}

/// A version that cannot work. Before 1.0 a new minor version may change everything.
fn check_version(name: &Name<'_>) -> Result<(), JobError> {
    let (major, minor, _) = contract::VERSION;
    match name.numbers() {
        Some((a, b, _)) if (a, b) == (major, minor) => Ok(()),
        version => Err(other_version(name.version, version)),
    }
}

/// A newer patch version that a job was built for and that did not link: it may use what is new there.
pub fn newer_contract(imports: &[String]) -> Option<JobError> {
    imports.iter().map(|import| Name::parse(import)).find_map(|name| {
        let newer = name.package == CONTRACT && name.numbers()? > contract::VERSION;
        newer.then(|| other_version(name.version, name.numbers()))
    })
}

fn other_version(written: &str, numbers: Option<(u64, u64, u64)>) -> JobError {
    let (major, minor, patch) = contract::VERSION;
    JobError::Version {
        job: if written.is_empty() { "unknown".into() } else { one_line(written, LONGEST_NAME) },
        host: format!("{major}.{minor}.{patch}"),
        newer: numbers.is_some_and(|numbers| numbers > contract::VERSION),
    }
}

/// `wasi:io/streams@0.2.6` in its parts; empty where something is missing.
struct Name<'a> {
    package: &'a str,
    interface: &'a str,
    version: &'a str,
}

impl<'a> Name<'a> {
    fn parse(import: &'a str) -> Self {
        let (path, version) = import.split_once('@').unwrap_or((import, ""));
        let (package, interface) = path.split_once('/').unwrap_or((path, ""));
        Self { package, interface, version }
    }

    fn numbers(&self) -> Option<(u64, u64, u64)> {
        let core = self.version.split(['-', '+']).next()?;
        let mut numbers = core.split('.').map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(import: &str) -> String {
        match check_imports(&[import.to_owned()], &Grants::default()) {
            Ok(()) => "fine".into(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn imports_are_judged_by_name() {
        let imports = [
            "host:exploration/types@0.1.0",
            "host:exploration/single-run@0.1.7",
            "host:exploration/single-run@0.0.9",
            "host:exploration/single-run@0.2.0",
            "host:exploration/single-run",
            "host:exploration/secrets@0.1.0",
            "wasi:io/streams@0.2.0",
            "wasi:cli/stdout@0.3.0",
            "wasi:sockets/tcp@0.2.6",
            "wasi:http/outgoing-handler@0.2.6",
            "wasi:nn/graph@0.2.0",
            "env",
        ];
        insta::assert_snapshot!(imports.map(|import| format!("{import}: {}", verdict(import))).join("\n"));
    }

    #[test]
    fn no_clock_means_none() {
        let grants = Grants { clock: Clock::None, ..Grants::default() };
        let refused = check_imports(&["wasi:clocks/wall-clock@0.2.6".into()], &grants);
        assert!(matches!(refused, Err(JobError::NeedsGrant { .. })));
    }
}
