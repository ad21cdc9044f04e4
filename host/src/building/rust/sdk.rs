//! The crate `host-guest` with its macros, as this program carries it, and the template that uses it.

use std::{fs, io};

use toml::{Table, Value};

use super::super::{
    Order,
    contract::{write_files, write_wit},
};

/// Where a package finds the crate, from its own folder.
const PLACE: &str = ".host/guest-sdk/rust";

/// What `host init` writes.
pub(in super::super) const TEMPLATE: &[(&str, &str)] =
    carried!("guest-sdk/rust/template", [".gitignore", "Cargo.toml", "README.md", "exp.toml", "src/lib.rs"]);

/// The manifests of the crates, by their folders.
const MANIFESTS: [(&str, &str); 2] = [
    ("Cargo.toml", include_str!("../../../../guest-sdk/rust/Cargo.toml")),
    ("macros/Cargo.toml", include_str!("../../../../guest-sdk/rust/macros/Cargo.toml")),
];
const WORKSPACE: &str = include_str!("../../../../Cargo.toml");

const SOURCE: &[(&str, &str)] = carried!(
    "guest-sdk/rust",
    [
        "macros/src/choice.rs",
        "macros/src/documentation.rs",
        "macros/src/lib.rs",
        "macros/src/parameters.rs",
        "macros/src/results.rs",
        "macros/src/settings.rs",
        "macros/src/simulation.rs",
        "src/allocator.rs",
        "src/arguments.rs",
        "src/class.rs",
        "src/files.rs",
        "src/job.rs",
        "src/lib.rs",
        "src/manifest.rs",
        "src/ndarray.rs",
        "src/panicking.rs",
        "src/random.rs",
        "src/serialization/mod.rs",
        "src/serialization/reading.rs",
        "src/serialization/tests.rs",
        "src/serialization/writing.rs",
        "src/single_run.rs",
        "src/typed.rs",
        "src/value/array.rs",
        "src/value/mod.rs",
        "src/value/sequence.rs",
        "src/value/sparse.rs",
        "src/value/table.rs",
        "src/value/tests.rs",
        "src/wasi.rs",
    ]
);

/// Puts the crate where the package looks for it; says whether it does. Other packages have theirs from elsewhere.
pub(super) fn write(order: &Order) -> io::Result<bool> {
    if !fs::read_to_string(order.folder.join("Cargo.toml"))?.contains(PLACE) {
        return Ok(false);
    }
    // Laid out as in the repository, so that the crate finds the contract.
    let crate_folder = order.folder.join(PLACE);
    write_files(&crate_folder, SOURCE)?;
    for (name, text) in MANIFESTS {
        write_files(&crate_folder, &[(name, &manifest(text))])?;
    }
    write_wit(&order.own_folder().join("wit"))?;
    Ok(true)
}

/// The manifest of a crate, with what the workspace of the repository says put into it.
fn manifest(text: &str) -> String {
    let read = |text: &str| text.parse::<Table>().expect("manifests of this repository are TOML");
    let (mut manifest, workspace) = (read(text), read(WORKSPACE));
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
        for folder in ["macros/src", "src"] {
            let sdk = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../guest-sdk/rust"));
            below(&sdk.join(folder), &mut files, folder);
        }
        files.sort();
        assert_eq!(files, SOURCE.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }

    #[test]
    fn manifests_need_no_workspace() {
        for (name, text) in MANIFESTS {
            let manifest = manifest(text);
            assert!(!manifest.contains("workspace"), "{manifest}");
            let manifest: Table = manifest.parse().unwrap();
            assert_eq!(manifest["package"]["version"].as_str(), Some(crate::VERSION));
            let known = if name == "Cargo.toml" { "wit-bindgen" } else { "syn" };
            assert!(manifest["dependencies"][known].is_table());
        }
    }
}
