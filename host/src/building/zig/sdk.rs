//! The SDK of Zig, as this program carries it, and the template that uses it.

use std::{io, path::Path};

use super::super::contract::write_files;

/// The module `host_guest`, and the root of every job's program.
pub(super) const FILES: &[(&str, &str)] = carried!(
    "guest-sdk/zig",
    [
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
    ]
);

/// What `host init` writes.
pub(in super::super) const TEMPLATE: &[(&str, &str)] =
    carried!("guest-sdk/zig/template", [".gitignore", "README.md", "exp.toml", "job.zig"]);

/// Puts all of it into `folder`. Files that are as they shall be are not touched.
pub(super) fn write(folder: &Path) -> io::Result<()> {
    write_files(folder, FILES)
}
