//! Zig: the compiler, which brings a C library for WebAssembly and a compiler of C for our SDK.
//!
//! `job.zig` is a job, and its program begins in the SDK. `main.zig` is a program with a `main` of its own, and becomes one.
//! Files in C beside either are a part of it.

mod sdk;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use super::{BuildError, Language, Missing, Order, Part, Toolchain, c, program};

pub(super) use sdk::TEMPLATE;

/// The source of a job, and of a program.
pub(super) const JOB: &str = "job.zig";
pub(super) const PROGRAM: &str = "main.zig";

/// Below the folder that is ours: the SDK, what was compiled, and what the compiler keeps for the next time.
const PLACE: &str = "zig";

/// Optimised, and with safety checks: in an exploration nobody looks at every run, and a wrong index that ends its run is
/// better than one that changes its results. `@setRuntimeSafety(false)` drops the checks of one block.
const FAST: [&str; 2] = ["-O", "ReleaseSafe"];

/// For looking into it.
const SLOW: [&str; 2] = ["-O", "Debug"];

/// Zig, and how it is asked.
pub(super) struct Zig {
    pub(super) program: PathBuf,
    /// Before everything else.
    pub(super) before: Vec<OsString>,
    pub(super) part: Part,
}

/// Compiles `job.zig` or `main.zig` and the files in C beside it into one component.
pub(super) fn compile(order: &Order) -> Result<(), BuildError> {
    let zig = find().ok_or_else(|| BuildError::Toolchain { language: Language::Zig, missing: missing() })?;
    let is_job = order.folder.join(JOB).is_file();
    let place = order.own_folder().join(PLACE);
    sdk::write(&place).map_err(|source| BuildError::Write { path: place.clone(), source })?;

    // Zig gives LLVM's optimiser no arguments, so it hands over bitcode and its compiler of C does the rest.
    let bitcode = place.join("job.bc");
    let mut command = zig.start(order, if is_job { "build-obj" } else { "build-exe" });
    command.args(["-fllvm", "-fno-emit-bin", "-fno-stack-protector", "--name", "job"]);
    command.arg("--cache-dir").arg(place.join("cache"));
    command.arg(joined("-femit-llvm-bc=", &bitcode));
    let options = [["-target", "wasm32-wasi"], ["-mcpu", "generic+simd128"], if order.debug { SLOW } else { FAST }];
    command.args(options.concat()).arg("-lc");
    if is_job {
        command.args(["--dep", "host_guest", "--dep", "job"]).arg(joined("-Mroot=", &place.join("src/entry.zig")));
        command.arg("-lc").arg(joined("-Mhost_guest=", &place.join("host_guest.zig")));
        command.arg("-lc").args(["--dep", "host_guest"]).arg(joined("-Mjob=", JOB.as_ref()));
    } else {
        command.arg(joined("-Mroot=", PROGRAM.as_ref()));
    }
    program::compile(order, &mut command)?;
    c::compile_with(order, &c::Compiler::of_zig(zig), &bitcode, is_job)
}

/// What is here of zig.
pub(super) fn inspect() -> Toolchain {
    match find() {
        Some(zig) => Toolchain::ready(Language::Zig, vec![zig.part]),
        None => Toolchain::lacking(Language::Zig, Vec::new(), missing()),
    }
}

/// zig on the PATH, or the package `ziglang` of the Python there.
pub(super) fn find() -> Option<Zig> {
    let direct = program::find(&["zig", "python-zig"]).map(|path| (path, Vec::new()));
    let (program, before) =
        direct.or_else(|| Some((program::find(&["python3"])?, vec!["-m".into(), "ziglang".into()])))?;
    let version = program::answer(Command::new(&program).args(&before).arg("version"))?;
    let part = Part { name: "zig".into(), version, path: Some(program.clone()) };
    Some(Zig { program, before, part })
}

fn missing() -> Missing {
    Missing::new("there is no zig", &["pip install ziglang"])
}

impl Zig {
    fn start(&self, order: &Order, what: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.before).arg(what).current_dir(&order.folder);
        command
    }
}

fn joined(option: &str, path: &Path) -> OsString {
    let mut whole = OsString::from(option);
    whole.push(path);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_sdk_is_carried() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest-sdk/zig/src");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| format!("src/{}", file.unwrap().file_name().to_string_lossy()))
            .collect();
        names.sort();
        names.insert(0, "host_guest.zig".into());
        assert_eq!(names, sdk::FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
}
