//! The contract keeps its word: what was compiled for a released version runs as it did, and no released text changes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use wit_component::WitPrinter;
use wit_parser::Resolve;

use crate::support::{Scratch, repository};

/// The folders of released versions, by their names.
fn released() -> Vec<(String, PathBuf)> {
    let mut found: Vec<(String, PathBuf)> = fs::read_dir(repository().join("tests/data/contract"))
        .expect("released versions")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), path))
        .collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

/// The version of a contract, and all it says without its comments.
fn said(folder: &Path) -> (String, String) {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(folder).expect("a valid contract");
    let version = resolve.packages[package].name.version.clone().expect("a version").to_string();
    let mut printer = WitPrinter::default();
    printer.emit_docs(false);
    printer.print(&resolve, package, &[]).expect("a contract has a text");
    (version, printer.output.to_string())
}

#[test]
fn components_of_every_released_version_run_as_they_did() {
    for (version, folder) in released() {
        let scratch = Scratch::new();
        fs::copy(folder.join("exp.toml"), scratch.join("exp.toml")).expect("specs can be copied");
        let job = folder.join("job.wasm").display().to_string();
        // Two runs are to fail.
        scratch.host(["run", &job, "--spec", "exp.toml", "--quiet"]).exits(1);
        let digest = scratch.host(["digest", "released.hdf5"]).exits(0).stdout();
        let then = fs::read_to_string(folder.join("digest.txt")).expect("a digest was kept");
        assert_eq!(digest, then, "what a component of {version} stores has changed");
    }
}

#[test]
fn a_released_contract_does_not_change() {
    let (version, now) = said(&repository().join("wit"));
    let released = released();
    for (of, folder) in &released {
        let (said_version, then) = said(&folder.join("wit"));
        assert_eq!(&said_version, of, "the folder is named after the version");
        if *of == version {
            assert_eq!(now, then, "{version} is released: whoever changes wit/ needs a new version of the package");
        }
    }
    assert!(
        released.iter().any(|(of, _)| *of == version),
        "{version} of wit/ has no folder in tests/data/contract, whose README.md says how to make it"
    );
}

#[test]
fn only_comments_may_change() {
    let folder = repository().join("wit");
    let (_, before) = said(&folder);
    let changed = |from: &str, to: &str| {
        let scratch = Scratch::new();
        for entry in fs::read_dir(&folder).expect("the contract") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            scratch.write(&name, fs::read_to_string(&path).expect("text").replace(from, to));
        }
        said(scratch.path()).1 != before
    };
    assert!(!changed("/// The index of this run, from 0.", "/// Which run this is."));
    assert!(changed("  v-idx: func() -> u64;\n", ""));
    assert!(changed("v-idx: func() -> u64;", "v-idx: func() -> u32;"));
    assert!(changed("  v-idx: func() -> u64;\n", "  v-idx: func() -> u64;\n  v-new: func() -> u64;\n"));
    assert!(changed("    texts(list<string>),\n", ""));
}
