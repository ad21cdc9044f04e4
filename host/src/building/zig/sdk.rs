//! The SDK of Zig, as this program carries it, and the template that uses it.

use std::{io, path::Path};

use super::super::contract::write_files;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../guest-sdk/zig/", $name)))),*]
    };
}

/// The module `host_guest`, and the root of every job's program.
pub(super) const FILES: &[(&str, &str)] = files![
    "host_guest.zig",
    "src/contract.zig",
    "src/entry.zig",
    "src/heap.zig",
    "src/manifest.zig",
    "src/random.zig",
    "src/reading.zig",
    "src/single_run.zig",
    "src/values.zig",
    "src/versions.zig",
];

/// What `host init` writes.
pub(in super::super) const TEMPLATE: &[(&str, &str)] = &[
    (".gitignore", include_str!("../../../../guest-sdk/zig/template/.gitignore")),
    ("README.md", include_str!("../../../../guest-sdk/zig/template/README.md")),
    ("exp.toml", include_str!("../../../../guest-sdk/zig/template/exp.toml")),
    ("job.zig", include_str!("../../../../guest-sdk/zig/template/job.zig")),
];

/// Puts all of it into `folder`. Files that are as they shall be are not touched.
pub(super) fn write(folder: &Path) -> io::Result<()> {
    write_files(folder, FILES)
}
