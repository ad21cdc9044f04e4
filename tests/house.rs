//! Rules of the house that a compiler does not check: directions between modules, licences, README.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::repository;

/// The floors: a module uses only modules on lower floors. `host/ARCHITECTURE.md` draws them.
const FLOORS: [(&str, u32); 12] = [
    ("building", 0),
    ("trajectory", 0),
    ("harden", 0),
    ("journal", 1),
    ("numpy", 1),
    ("spec", 2),
    ("overview", 2),
    ("storage", 3),
    ("sandbox", 3),
    ("pool", 4),
    ("environment", 5),
    ("cli", 6),
];

#[test]
fn modules_use_only_lower_floors() {
    let source = repository().join("host/src");
    let floor = |name: &str| FLOORS.iter().find(|(module, _)| *module == name).map(|(_, floor)| *floor);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in files_below(&source, "rs") {
        let relative = file.strip_prefix(&source).expect("a file below the source");
        let module = relative.iter().next().and_then(|part| part.to_str()).expect("a name").trim_end_matches(".rs");
        if matches!(module, "lib" | "main") {
            continue;
        }
        let own = floor(module).unwrap_or_else(|| panic!("`{module}` has no floor; give it one here"));
        for used in crate_paths(&fs::read_to_string(&file).expect("source is readable")) {
            let Some(other) = floor(&used) else { continue };
            seen += 1;
            if used != module && other >= own {
                wrong.push(format!("{} uses crate::{used}", relative.display()));
            }
        }
    }
    assert!(seen > 20, "the search for `crate::` has found nearly nothing ({seen})");
    assert!(wrong.is_empty(), "modules use only lower floors:\n{}", wrong.join("\n"));
}

/// The first components after `crate::`, also inside of `use crate::{…}`.
fn crate_paths(text: &str) -> BTreeSet<String> {
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect();
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut names = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    c if depth == 0 => names.push(c),
                    _ => {}
                }
            }
            found.extend(names.split(',').map(|name| first_word(name.trim())));
        } else {
            found.insert(first_word(rest));
        }
    }
    found
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn only_one_module_names_each_large_library() {
    let source = repository().join("host/src");
    let homes = [
        ("wasmtime", "sandbox"),
        ("hdf5", "storage"),
        ("hdf5_sys", "storage"),
        ("rusqlite", "storage"),
        ("git2", "environment"),
    ];
    for (library, home) in homes {
        for file in files_below(&source, "rs").filter(|file| !file.starts_with(source.join(home))) {
            let text = fs::read_to_string(&file).expect("source is readable");
            let uses = [format!("use {library}::"), format!(" {library}::")];
            assert!(!uses.iter().any(|line| text.contains(line)), "{} names {library}", file.display());
        }
    }
}

#[test]
fn every_dependency_has_a_licence_that_we_may_use() {
    // The licences that MIT OR Apache-2.0 software may link.
    let allowed = [
        "MIT",
        "Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "Zlib",
        "Unicode-3.0",
        "Unicode-DFS-2016",
        "CC0-1.0",
        "0BSD",
        "BSL-1.0",
        "Unlicense",
        "MIT-0",
    ];
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(repository())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    assert!(packages.len() > 100, "cargo lists the whole tree");
    let refused: Vec<String> = packages
        .iter()
        .filter_map(|package| {
            let name = package["name"].as_str().expect("a name");
            let licence = package["license"].as_str().unwrap_or("none");
            let expression = spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX).ok();
            let fine = expression
                .is_some_and(|expression| expression.evaluate(|wanted| allowed.contains(&wanted.to_string().as_str())));
            (!fine).then(|| format!("{name}: {licence}"))
        })
        .collect();
    assert!(refused.is_empty(), "licences that are not on the list:\n{}", refused.join("\n"));
}

#[test]
fn the_readme_starts_with_two_commands_that_exist() {
    let readme = fs::read_to_string(repository().join("README.md")).expect("a README");
    let start = readme.split("\n## ").find(|section| section.starts_with("Start\n")).expect("a section Start");
    let blocks: Vec<&str> = start.split("```").skip(1).step_by(2).collect();
    assert_eq!(blocks.len(), 2, "the section Start has exactly two fenced blocks");
    for block in blocks {
        let command = block.lines().nth(1).expect("a command");
        assert!(repository().join(command).is_file(), "`{command}` is a script of this repository");
    }
}

fn files_below<'a>(folder: &Path, extension: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
    let mut folders = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.into_iter().filter(move |path| path.extension().is_some_and(|e| e == extension))
}

#[test]
fn the_recorded_version_of_wasmtime_is_the_one_we_link() {
    let lock = fs::read_to_string(repository().join("Cargo.lock")).expect("a lock file");
    let linked = format!("name = \"wasmtime\"\nversion = \"{}\"", host::sandbox::WASMTIME_VERSION);
    assert!(lock.contains(&linked), "{linked} is not in Cargo.lock");
}
