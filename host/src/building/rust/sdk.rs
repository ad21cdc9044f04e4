//! The crate `host-guest`, as this program carries it, and the template that uses it.

use std::{fs, io};

use toml::{Table, Value};

use super::super::{
    Order,
    contract::{write_files, write_wit},
};

/// Where a package finds the crate, from its own folder.
const PLACE: &str = ".host/guest-sdk/rust";

/// What `host init` writes.
pub(in super::super) const TEMPLATE: &[(&str, &str)] = &[
    (".gitignore", include_str!("../../../../guest-sdk/rust/template/.gitignore")),
    ("Cargo.toml", include_str!("../../../../guest-sdk/rust/template/Cargo.toml")),
    ("README.md", include_str!("../../../../guest-sdk/rust/template/README.md")),
    ("exp.toml", include_str!("../../../../guest-sdk/rust/template/exp.toml")),
    ("src/lib.rs", include_str!("../../../../guest-sdk/rust/template/src/lib.rs")),
];

const MANIFEST: &str = include_str!("../../../../guest-sdk/rust/Cargo.toml");
const WORKSPACE: &str = include_str!("../../../../Cargo.toml");

macro_rules! source {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../guest-sdk/rust/", $name)))),*]
    };
}

const SOURCE: &[(&str, &str)] = source![
    "src/allocator.rs",
    "src/arguments.rs",
    "src/class.rs",
    "src/files.rs",
    "src/job.rs",
    "src/lib.rs",
    "src/manifest.rs",
    "src/ndarray.rs",
    "src/random.rs",
    "src/single_run.rs",
    "src/value/array.rs",
    "src/value/mod.rs",
    "src/value/sequence.rs",
    "src/value/sparse.rs",
    "src/value/table.rs",
    "src/value/tests.rs",
];

/// Puts the crate where the package looks for it; says whether it does. Other packages have theirs from elsewhere.
pub(super) fn write(order: &Order) -> io::Result<bool> {
    if !fs::read_to_string(order.folder.join("Cargo.toml"))?.contains(PLACE) {
        return Ok(false);
    }
    // Laid out as in the repository, so that the crate finds the contract.
    let crate_folder = order.folder.join(PLACE);
    write_files(&crate_folder, SOURCE)?;
    write_files(&crate_folder, &[("Cargo.toml", &manifest())])?;
    write_wit(&order.own_folder().join("wit"))?;
    Ok(true)
}

/// The manifest of the crate, with what the workspace of the repository says put into it.
fn manifest() -> String {
    let read = |text: &str| text.parse::<Table>().expect("manifests of this repository are TOML");
    let (mut manifest, workspace) = (read(MANIFEST), read(WORKSPACE));
    let shared = &workspace["workspace"]["package"];
    let package = manifest["package"].as_table_mut().expect("a package is a table");
    for (key, value) in package.iter_mut() {
        if value.get("workspace") == Some(&Value::Boolean(true)) {
            *value = shared[key.as_str()].clone();
        }
    }
    manifest.remove("lints");
    manifest.to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_of_the_crate_is_carried() {
        fn below(folder: &Path, found: &mut Vec<String>, name: &str) {
            for entry in fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let name = format!("{name}/{}", entry.file_name().into_string().unwrap());
                if entry.path().is_dir() { below(&entry.path(), found, &name) } else { found.push(name) }
            }
        }
        let mut files = Vec::new();
        below(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../guest-sdk/rust/src")), &mut files, "src");
        files.sort();
        assert_eq!(files, SOURCE.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }

    #[test]
    fn the_manifest_needs_no_workspace() {
        let manifest = manifest();
        assert!(!manifest.contains("workspace"), "{manifest}");
        let manifest: Table = manifest.parse().unwrap();
        assert_eq!(manifest["package"]["version"].as_str(), Some(crate::VERSION));
        assert!(manifest["dependencies"]["wit-bindgen"].is_table());
    }
}
