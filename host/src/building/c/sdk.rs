//! The SDK of C and C++, as this program carries it, and the templates that use it.

use std::{fs, io, path::Path};

use super::super::contract::write_files;

/// Headers, which a job includes.
const HEADERS: &[(&str, &str)] = &[
    ("host_guest.h", include_str!("../../../../guest-sdk/c/host_guest.h")),
    ("host_guest.hpp", include_str!("../../../../guest-sdk/c/host_guest.hpp")),
    ("host_guest_values.hpp", include_str!("../../../../guest-sdk/c/host_guest_values.hpp")),
    ("contract.h", include_str!("../../../../guest-sdk/c/bindings/contract.h")),
];

/// What is compiled into every job, and the header that only it includes.
const SOURCE: &[(&str, &str)] = carried!(
    "guest-sdk/c",
    [
        "src/internal.h",
        "src/entry.c",
        "src/manifest.c",
        "src/parameters.c",
        "src/random.c",
        "src/reading.c",
        "src/results.c",
        "src/values.c",
        "src/words.c",
    ]
);

const BINDINGS: (&str, &str) = ("src/contract.c", include_str!("../../../../guest-sdk/c/bindings/contract.c"));

/// What the component is of, in a form that linkers take.
const TYPE: (&str, &[u8]) =
    ("contract_component_type.o", include_bytes!("../../../../guest-sdk/c/bindings/contract_component_type.o"));

/// What `host init` writes.
pub(in super::super) const TEMPLATE: &[(&str, &str)] =
    carried!("guest-sdk/c/template", [".gitignore", "README.md", "compile_flags.txt", "exp.toml", "job.c"]);

/// What `host init` writes.
pub(in super::super) const TEMPLATE_CPP: &[(&str, &str)] =
    carried!("guest-sdk/c/template-cpp", [".gitignore", "README.md", "compile_flags.txt", "exp.toml", "job.cpp"]);

/// The name of the object that has to be linked with those of [`sources`].
pub(super) const TYPE_OBJECT: &str = TYPE.0;

/// The files that have to be compiled, relative to where [`write()`] puts them.
pub(super) fn sources() -> impl Iterator<Item = &'static str> {
    SOURCE.iter().chain([&BINDINGS]).map(|(name, _)| *name).filter(|name| name.ends_with(".c"))
}

/// Changes with every file.
pub(super) fn version() -> String {
    let mut hash = blake3::Hasher::new();
    for (name, text) in HEADERS.iter().chain(SOURCE).chain([&BINDINGS]) {
        hash.update(name.as_bytes()).update(text.as_bytes());
    }
    hash.update(TYPE.1).finalize().to_hex()[..16].to_owned()
}

/// Puts all of it into `folder`. Files that are as they shall be are not touched.
pub(super) fn write(folder: &Path) -> io::Result<()> {
    write_files(folder, HEADERS)?;
    write_files(folder, SOURCE)?;
    write_files(folder, &[BINDINGS])?;
    fs::write(folder.join(TYPE.0), TYPE.1)
}
