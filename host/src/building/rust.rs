//! Rust: cargo, with a wasm target of rustup or of the distribution.
//!
//! The first way that is open is taken; nothing is ever installed:
//!
//! - a: the toolchain has the target `wasm32-wasip2`
//! - b: the toolchain has the target `wasm32-unknown-unknown`
//! - c: Debian's `rustc-web`, `cargo-web` and `rust-web-src`, which build `std` from its source
//!
//! `HOST_GUEST_WAY=c` takes that way and no other. Jobs share what is compiled for them, `std` and the bindings above all,
//! if `HOST_GUEST_TARGET_DIR` names a folder for it; else each package has its own, where cargo puts it.

mod sdk;

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value as Json;

use super::{BuildError, Language, Missing, Order, Part, Toolchain, program, put_module};

pub(super) use sdk::TEMPLATE;

/// A folder that several packages share for what cargo compiles.
const TARGET_DIR: &str = "HOST_GUEST_TARGET_DIR";
/// The only way that may be taken.
const ONLY_WAY: &str = "HOST_GUEST_WAY";

/// Set here and not in each Cargo.toml: with one profile for every job, `std` is built once.
/// Names of functions stay in the component, so that a trap can tell where it happened.
const PROFILE: [(&str, &str); 6] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "3"),
    ("CARGO_PROFILE_RELEASE_LTO", "true"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1"),
    ("CARGO_PROFILE_RELEASE_PANIC", "abort"),
    ("CARGO_PROFILE_RELEASE_STRIP", "debuginfo"),
    ("CARGO_PROFILE_DEV_PANIC", "abort"),
];

/// A loop of a guest looks at the clock once in every turn. Longer turns look less often: loops that calculate take up to
/// half the time, and their results are the same bit for bit. And there is room for a megabyte of values from the start:
/// asking for more memory in every run takes longer than a short run.
const FLAGS: &str = "-Ctarget-feature=+simd128 -Cllvm-args=-unroll-partial-threshold=150 \
    -Cllvm-args=-force-vector-interleave=2 -Clink-arg=--initial-memory=2162688";

/// How components are built on this machine.
struct Way {
    cargo: PathBuf,
    target: &'static str,
    /// Beyond what every way needs.
    args: &'static [&'static str],
    variables: Vec<(&'static str, OsString)>,
    parts: Vec<Part>,
}

/// Compiles the package in the folder.
pub(super) fn compile(order: &Order) -> Result<(), BuildError> {
    let way = way(&order.folder).map_err(|missing| BuildError::Toolchain { language: Language::Rust, missing })?;
    let carried = sdk::write(order).map_err(|source| BuildError::Write { path: order.own_folder(), source })?;
    let mut command = way.cargo(&order.folder);
    command.arg("build").args(way.args).args(["--target", way.target]);
    command.args(["--message-format", "json-render-diagnostics"]);
    command.args((!order.debug).then_some("--release")).args(order.quiet.then_some("--quiet"));
    // The SDK that this program carries may need other packages after an upgrade.
    command.args((!carried && way.is_locked(&order.folder)).then_some("--locked"));
    if let Some(folder) = env::var_os(TARGET_DIR) {
        command.arg("--target-dir").arg(absolute(Path::new(&folder)).map_err(|source| in_folder(order, source))?);
    }
    let said = program::compile(order, &mut command)?;
    let manifest = order.folder.join("Cargo.toml").canonicalize().map_err(|source| in_folder(order, source))?;
    let made = artifact(&String::from_utf8_lossy(&said), &manifest).ok_or_else(|| BuildError::NoModule {
        folder: order.folder.clone(),
        program: "cargo".into(),
        why: "its Cargo.toml needs `[lib] crate-type = [\"cdylib\"]`",
    })?;
    put_module(&made, order)
}

/// What is here of cargo and its targets.
pub(super) fn inspect() -> Toolchain {
    match way(Path::new(".")) {
        Ok(way) => Toolchain::ready(Language::Rust, way.parts),
        Err(missing) => {
            let rustc = program::find(&["rustc"]).and_then(|path| program::part("rustc", &path));
            Toolchain::lacking(Language::Rust, rustc.into_iter().collect(), missing)
        }
    }
}

/// The first way that is open. A folder may pin a toolchain of its own.
fn way(folder: &Path) -> Result<Way, Missing> {
    let open = |way: &str| env::var(ONLY_WAY).map_or(true, |only| only == way);
    let sysroot = sysroot(folder);
    let has =
        |target: &str| sysroot.as_ref().is_some_and(|root| root.join("lib/rustlib").join(target).join("lib").is_dir());
    let of_toolchain = |target: &'static str, variable| {
        let cargo = program::find(&["cargo"])?;
        let parts = vec![program::part("rustc", &program::find(&["rustc"])?)?, target_part(target)];
        Some(Way { cargo, target, args: &[], variables: vec![(variable, FLAGS.into())], parts })
    };
    if open("a")
        && has("wasm32-wasip2")
        && let Some(way) = of_toolchain("wasm32-wasip2", "CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS")
    {
        return Ok(way);
    }
    if open("b")
        && has("wasm32-unknown-unknown")
        && let Some(way) = of_toolchain("wasm32-unknown-unknown", "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS")
    {
        return Ok(way);
    }
    if open("c")
        && let Some(way) = of_debian(sysroot.as_deref())
    {
        return Ok(way);
    }
    let commands = ["rustup target add wasm32-wasip2", "apt-get install rustc-web cargo-web rust-web-src lld"];
    Err(match program::find(&["cargo"]) {
        Some(_) => Missing::new("the Rust here has no target for WebAssembly", &commands),
        None => Missing::new(
            "there is no Rust",
            &["curl -sSf https://sh.rustup.rs | sh -s -- --target wasm32-wasip2", commands[1]],
        ),
    })
}

/// Debian's packages bring no `std` for WebAssembly, but its source, and a compiler of exactly that version.
fn of_debian(sysroot: Option<&Path>) -> Option<Way> {
    let (cargo, rustc) = (PathBuf::from("/usr/bin/cargo"), PathBuf::from("/usr/bin/rustc"));
    let source = PathBuf::from("/usr/lib/rustlib/src/rust/library/std");
    if !(program::is_program(&cargo) && program::is_program(&rustc) && source.is_dir()) {
        return None;
    }
    let linker = linker(sysroot)?;
    let parts = vec![
        program::part("rustc", &rustc)?,
        Part { name: "rust-web-src".into(), version: "with its source".into(), path: Some(source) },
        Part { name: "linker".into(), version: "for wasm".into(), path: Some(linker.clone()) },
    ];
    let flags = format!("-Clinker-flavor=wasm-ld {FLAGS}");
    let variables = vec![
        ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags.into()),
        ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker.into()),
        // Without it, cargo would take the rustc of rustup, which is not the one of these sources.
        ("RUSTC", rustc.into()),
        ("RUSTC_BOOTSTRAP", "1".into()),
    ];
    Some(Way { cargo, target: "wasm32-unknown-unknown", args: &["-Zbuild-std=std,panic_abort"], variables, parts })
}

/// Every toolchain of rustup has a linker for wasm, where nobody else looks; else it is LLVM's. rustc tells either that it
/// links for wasm, which `gcc-ld/wasm-ld` beside the former would say a second time.
fn linker(sysroot: Option<&Path>) -> Option<PathBuf> {
    let hidden = sysroot.and_then(|root| {
        let targets = fs::read_dir(root.join("lib/rustlib")).ok()?;
        targets.flatten().map(|target| target.path().join("bin/rust-lld")).find(|linker| program::is_program(linker))
    });
    hidden.or_else(|| program::find(&["wasm-ld", "wasm-ld-21", "wasm-ld-20", "wasm-ld-19"]))
}

fn sysroot(folder: &Path) -> Option<PathBuf> {
    let mut rustc = Command::new(program::find(&["rustc"])?);
    forget_outer_build(rustc.args(["--print", "sysroot"]).current_dir(folder));
    program::answer(&mut rustc).map(PathBuf::from)
}

fn target_part(target: &str) -> Part {
    Part { name: target.to_owned(), version: "installed".into(), path: None }
}

impl Way {
    fn cargo(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.cargo);
        forget_outer_build(&mut command);
        command.current_dir(folder).envs(PROFILE).envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Whether the versions of all packages are pinned beside the package, or in the workspace it belongs to.
    fn is_locked(&self, folder: &Path) -> bool {
        let mut locate = self.cargo(folder);
        locate.args(["locate-project", "--workspace", "--message-format", "plain"]);
        let root = program::answer(&mut locate).map(PathBuf::from);
        root.is_some_and(|root| root.with_file_name("Cargo.lock").is_file())
    }
}

/// A job is built the same way no matter who asks: a shell, `cargo test`, or a build script.
fn forget_outer_build(command: &mut Command) {
    const NAMES: [&str; 13] = [
        "RUSTUP_TOOLCHAIN",
        "RUSTFLAGS",
        "RUSTC",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_BOOTSTRAP",
        "RUSTDOCFLAGS",
        "CARGO",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_TARGET_DIR",
        "CARGO_INCREMENTAL",
        "CARGO_MAKEFLAGS",
        "CARGO_MANIFEST_DIR",
    ];
    const BEGINNINGS: [&str; 4] = ["CARGO_BUILD_", "CARGO_TARGET_", "CARGO_PROFILE_", "CARGO_UNSTABLE_"];
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if NAMES.contains(&&*text) || BEGINNINGS.iter().any(|beginning| text.starts_with(beginning)) {
            command.env_remove(&name);
        }
    }
}

/// The module or component that cargo has made of the package at `manifest`, by what it tells: a line of JSON for everything
/// that it has compiled. A library comes before a program.
fn artifact(said: &str, manifest: &Path) -> Option<PathBuf> {
    let made = |kind: &str| {
        said.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok()).find_map(|message| {
            let ours = message["reason"] == "compiler-artifact"
                && message["manifest_path"].as_str().is_some_and(|path| Path::new(path) == manifest)
                && message["target"]["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|found| found == kind));
            let files = message["filenames"].as_array().filter(|_| ours)?;
            let wasm = files.iter().filter_map(Json::as_str).find(|file| file.ends_with(".wasm"))?;
            Some(PathBuf::from(wasm))
        })
    };
    made("cdylib").or_else(|| made("bin"))
}

fn absolute(folder: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    folder.canonicalize()
}

fn in_folder(order: &Order, source: io::Error) -> BuildError {
    BuildError::Folder { folder: order.folder.clone(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_tells_what_it_has_made() {
        let line = |manifest: &str, kind: &str, file: &str| {
            serde_json::json!({
                "reason": "compiler-artifact", "manifest_path": manifest, "target": { "kind": [kind] },
                "filenames": [format!("{file}.d"), file],
            })
            .to_string()
        };
        let said = [
            line("/sdk/Cargo.toml", "lib", "/t/libsdk.rlib"),
            line("/job/Cargo.toml", "custom-build", "/t/build.wasm"),
            line("/job/Cargo.toml", "bin", "/t/program.wasm"),
            "no JSON".into(),
            line("/job/Cargo.toml", "cdylib", "/t/job.wasm"),
        ];
        let found = |count: usize| artifact(&said[..count].join("\n"), Path::new("/job/Cargo.toml"));
        assert_eq!(found(2), None);
        assert_eq!(found(3), Some("/t/program.wasm".into()));
        assert_eq!(found(5), Some("/t/job.wasm".into()));
    }
}
