//! C and C++: clang with wasi-libc, as distributions have them, or zig, which brings both.
//!
//! A job that includes `host_guest.h` or `host_guest.hpp` is linked with the SDK. What doesn't is a program with a `main` of its
//! own, and becomes one.

mod sdk;

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    BuildError, Language, Missing, Order, Part, Toolchain,
    linked::{Finish, finished},
    program, put_component, zig,
};

pub(super) use sdk::{TEMPLATE, TEMPLATE_CPP};

/// Below the folder that is ours: the SDK, and what was compiled.
const PLACE: &str = "c";

/// What makes code fast. LLVM puts several turns of a short loop into one, as a loop looks at the clock once in every turn;
/// the results stay the same bit for bit.
const FAST: [&str; 6] =
    ["-O3", "-msimd128", "-mllvm", "-unroll-partial-threshold=150", "-mllvm", "-force-vector-interleave=2"];

/// For looking into it.
const SLOW: [&str; 2] = ["-O0", "-g"];

/// The size that the stack has in Rust.
const STACK: &str = "-Wl,-z,stack-size=1048576";

/// Which of the two languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    C,
    Cpp,
}

/// A compiler with all that it needs.
#[derive(Debug)]
pub(super) struct Compiler {
    program: PathBuf,
    /// Before everything else: how it is asked to compile C for WebAssembly, and C++.
    begin: [Vec<OsString>; 2],
    /// The stack has to lie before everything else, so that one that is used up traps instead of overwriting data.
    stack_first: &'static [&'static str],
    /// The C++ library.
    cpp: &'static [&'static str],
    parts: Vec<Part>,
}

impl Dialect {
    fn language(self) -> Language {
        match self {
            Self::C => Language::C,
            Self::Cpp => Language::Cpp,
        }
    }

    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::C => &["c"],
            Self::Cpp => &["c", "cpp", "cc", "cxx"],
        }
    }
}

/// Compiles all source files in the folder into one component.
pub(super) fn compile(order: &Order, dialect: Dialect) -> Result<(), BuildError> {
    let language = dialect.language();
    let compiler = compiler(dialect).map_err(|missing| BuildError::Toolchain { language, missing })?;
    let place = order.own_folder().join(PLACE);
    let sources = files(order, dialect.endings())?;
    let texts = files(order, &["c", "cpp", "cc", "cxx", "h", "hpp", "hh", "hxx"])?;
    let is_job = texts.iter().any(|text| includes_sdk(&order.folder.join(text)));

    let mut objects = objects(order, &compiler, is_job)?;
    for (position, source) in sources.iter().enumerate() {
        objects.push(object(order, &compiler, source, &place.join(format!("{position}.o")))?);
    }
    link(order, &compiler, dialect, is_job, &objects, 0)
}

/// Compiles all files in C in the folder, and the bitcode of LLVM that another compiler made, into one component.
pub(super) fn compile_with(order: &Order, compiler: &Compiler, bitcode: &Path, is_job: bool) -> Result<(), BuildError> {
    let place = order.own_folder().join(PLACE);
    let mut objects = objects(order, compiler, is_job)?;
    objects.push(object(order, compiler, bitcode, &bitcode.with_extension("o"))?);
    for (position, source) in files(order, Dialect::C.endings())?.iter().enumerate() {
        objects.push(object(order, compiler, source, &place.join(format!("{position}.o")))?);
    }
    // A megabyte, as in Rust; the heap of the SDK of Zig begins with it.
    link(order, compiler, Dialect::C, is_job, &objects, 16)
}

/// Writes the SDK, and compiles it for a job.
fn objects(order: &Order, compiler: &Compiler, is_job: bool) -> Result<Vec<PathBuf>, BuildError> {
    let place = order.own_folder().join(PLACE);
    sdk::write(&place).map_err(|source| BuildError::Write { path: place.clone(), source })?;
    if !is_job {
        return Ok(Vec::new());
    }
    let mut objects = sdk_objects(order, compiler, &place)?;
    objects.push(place.join(sdk::TYPE_OBJECT));
    Ok(objects)
}

/// Compiles a file of the job, and tells what of it isn't as it should be.
fn object(order: &Order, compiler: &Compiler, source: &Path, object: &Path) -> Result<PathBuf, BuildError> {
    let mut command = compiler.compile(order, &order.own_folder().join(PLACE), source, object);
    command.args(if order.quiet { &["-w"][..] } else { &["-Wall", "-Wextra"] });
    program::compile(order, &mut command)?;
    Ok(object.to_owned())
}

fn link(
    order: &Order,
    compiler: &Compiler,
    dialect: Dialect,
    is_job: bool,
    objects: &[PathBuf],
    more_pages: u64,
) -> Result<(), BuildError> {
    let made = order.own_folder().join(PLACE).join("core.wasm");
    let mut link = compiler.start(order, dialect);
    link.arg(if is_job { "-mexec-model=reactor" } else { "-mexec-model=command" });
    link.arg(STACK).args(compiler.stack_first);
    link.arg("-o").arg(&made).args(objects);
    if dialect == Dialect::Cpp {
        link.args(compiler.cpp);
    }
    program::compile(order, &mut link)?;
    let module = fs::read(&made).map_err(|source| BuildError::Read { path: made.clone(), source })?;
    let module = finished(&module, Finish { drop_debug_info: !order.debug, more_pages });
    put_component(&module.map_err(|source| BuildError::Component { made: made.clone(), source })?, &made, order)
}

/// What is here of clang and wasi-libc, or of zig.
pub(super) fn inspect(dialect: Dialect) -> Toolchain {
    match compiler(dialect) {
        Ok(compiler) => Toolchain::ready(dialect.language(), compiler.parts),
        Err(missing) => {
            Toolchain::lacking(dialect.language(), clangs().into_iter().map(|(part, _)| part).collect(), missing)
        }
    }
}

/// The files in the folder with such endings, by name: messages of compilers and places in the source are relative to it.
fn files(order: &Order, endings: &[&str]) -> Result<Vec<PathBuf>, BuildError> {
    let unreadable = |source| BuildError::Folder { folder: order.folder.clone(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(&order.folder).map_err(unreadable)? {
        let name = PathBuf::from(entry.map_err(unreadable)?.file_name());
        if name.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| endings.contains(&ending)) {
            files.push(name);
        }
    }
    files.sort();
    Ok(files)
}

/// Whether a file asks for the SDK. One that can't be read is for the compiler to complain about.
fn includes_sdk(source: &Path) -> bool {
    let text = fs::read(source).unwrap_or_default();
    String::from_utf8_lossy(&text).lines().any(|line| {
        let line = line.trim_start();
        line.starts_with('#') && line.contains("include") && line.contains("host_guest.h")
    })
}

/// The SDK, compiled once for each compiler and version of it.
fn sdk_objects(order: &Order, compiler: &Compiler, place: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| BuildError::Write { path, source }
    };
    let objects: Vec<PathBuf> = sdk::sources().map(|source| place.join(source).with_extension("o")).collect();
    let stamp = place.join("compiled");
    let versions: Vec<&str> = compiler.parts.iter().map(|part| &*part.version).collect();
    let wanted = format!("{} {} {} {}\n", sdk::version(), compiler.program.display(), versions.join(" "), order.debug);
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) && objects.iter().all(|object| object.is_file()) {
        return Ok(objects);
    }
    if stamp.exists() {
        fs::remove_file(&stamp).map_err(failed(&stamp))?;
    }
    for (source, object) in sdk::sources().zip(&objects) {
        program::compile(order, &mut compiler.compile(order, place, &place.join(source), object))?;
    }
    fs::write(&stamp, wanted).map_err(failed(&stamp))?;
    Ok(objects)
}

impl Compiler {
    /// That of zig, which brings all that it needs.
    pub(super) fn of_zig(zig: zig::Zig) -> Self {
        let begin = ["cc", "c++"].map(|driver| {
            let target = [driver, "-target", "wasm32-wasi"].map(OsString::from);
            zig.before.iter().cloned().chain(target).collect()
        });
        // Its stack lies first anyway.
        Self { program: zig.program, begin, stack_first: &[], cpp: &[], parts: vec![zig.part] }
    }

    fn start(&self, order: &Order, dialect: Dialect) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.begin[dialect as usize]).current_dir(&order.folder);
        command
    }

    /// One source file to its object.
    fn compile(&self, order: &Order, place: &Path, source: &Path, object: &Path) -> Command {
        let ending = source.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let is_cpp = !matches!(ending, "c" | "bc");
        let mut command = self.start(order, if is_cpp { Dialect::Cpp } else { Dialect::C });
        command.args(if order.debug { &SLOW[..] } else { &FAST });
        match ending {
            "bc" => {}
            // Since C23 `true` is a boolean, and no integer.
            "c" => _ = command.arg("-std=gnu2x"),
            _ => _ = command.args(["-std=c++23", "-fno-exceptions", "-fno-rtti"]),
        }
        if ending != "bc" {
            // The headers of the SDK are not for the job's author to mend.
            command.arg("-isystem").arg(place);
        }
        command.arg("-c").arg(source).arg("-o").arg(object);
        command
    }
}

/// The first compiler that has all it needs.
fn compiler(dialect: Dialect) -> Result<Compiler, Missing> {
    let mut lacking = None;
    for (part, program) in clangs() {
        match with_libraries(part, program, dialect) {
            Ok(compiler) => return Ok(compiler),
            Err(missing) => _ = lacking.get_or_insert(missing),
        }
    }
    if let Some(zig) = zig::find() {
        return Ok(Compiler::of_zig(zig));
    }
    Err(lacking.unwrap_or_else(|| {
        let packages = match dialect {
            Dialect::C => "apt-get install clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32",
            Dialect::Cpp => {
                "apt-get install clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32 libc++-19-dev-wasm32 libc++abi-19-dev-wasm32"
            }
        };
        Missing::new("there is no clang and no zig", &[packages, "pip install ziglang"])
    }))
}

/// Every clang on the PATH, the newest first.
fn clangs() -> Vec<(Part, PathBuf)> {
    let names: Vec<String> =
        (16..=24).rev().map(|version| format!("clang-{version}")).chain(["clang".into()]).collect();
    let found = names.iter().filter_map(|name| program::find(&[name]));
    found.filter_map(|path| Some((program::part("clang", &path)?, path))).collect()
}

/// A clang, if it finds the linker, the C library, its own runtime and, for C++, that library.
fn with_libraries(part: Part, program: PathBuf, dialect: Dialect) -> Result<Compiler, Missing> {
    const BEGIN: [&str; 2] = ["--target=wasm32-wasi", "--sysroot=/usr"];
    let finds = |question: &str| {
        let answer = program::answer(Command::new(&program).args(BEGIN).arg(question));
        answer.map(PathBuf::from).filter(|answer| answer.is_absolute() && answer.is_file())
    };
    let version = part.version.split('.').next().unwrap_or_default().to_owned();
    let mut needed = vec![
        ("the linker wasm-ld", "-print-prog-name=wasm-ld", format!("lld-{version}")),
        ("wasi-libc", "-print-file-name=crt1-reactor.o", "wasi-libc".to_owned()),
        ("its runtime for wasm32", "-print-libgcc-file-name", format!("libclang-rt-{version}-dev-wasm32")),
    ];
    if dialect == Dialect::Cpp {
        needed.push(("libc++ for wasm32", "-print-file-name=libc++.a", format!("libc++-{version}-dev-wasm32")));
        needed.push((
            "libc++abi for wasm32",
            "-print-file-name=libc++abi.a",
            format!("libc++abi-{version}-dev-wasm32"),
        ));
    }
    let mut parts = vec![part];
    let (mut missing, mut packages) = (Vec::new(), Vec::new());
    for (name, question, package) in needed {
        match finds(question) {
            Some(path) => parts.push(Part { name: package, version: "found".into(), path: Some(path) }),
            None => {
                missing.push(name);
                packages.push(package);
            }
        }
    }
    if !missing.is_empty() {
        let what = format!("clang {version} is here, but not {}", missing.join(", "));
        return Err(Missing::new(what, &[&format!("apt-get install {}", packages.join(" ")), "pip install ziglang"]));
    }
    let begin = BEGIN.map(OsString::from).to_vec();
    Ok(Compiler {
        program,
        begin: [begin.clone(), begin],
        stack_first: &["-Wl,--stack-first"],
        cpp: &["-lc++", "-lc++abi"],
        parts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_told_from_programs_by_what_they_include() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("job.c");
        let includes = |text: &str| {
            fs::write(&file, text).unwrap();
            includes_sdk(&file)
        };
        assert!(includes("#include \"host_guest.h\"\n"));
        assert!(includes("int x;\n  # include <host_guest.hpp>\n"));
        assert!(!includes("// host_guest.h is not for us\n#include <stdio.h>\nint main(void) {}\n"));
        assert!(!includes_sdk(&folder.path().join("nowhere.c")));
    }

    #[test]
    fn a_clang_without_its_libraries_says_which_packages_bring_them() {
        let folder = tempfile::tempdir().unwrap();
        let fake = folder.path().join("clang-19");
        fs::write(&fake, "#!/bin/sh\necho ${3#*=}\n").unwrap();
        fs::set_permissions(&fake, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let part = || Part { name: "clang".into(), version: "19.1.7".into(), path: Some(fake.clone()) };
        let missing = with_libraries(part(), fake.clone(), Dialect::C).unwrap_err();
        insta::assert_snapshot!(missing, @r"
        clang 19 is here, but not the linker wasm-ld, wasi-libc, its runtime for wasm32; any of these brings it:
          apt-get install lld-19 wasi-libc libclang-rt-19-dev-wasm32
          pip install ziglang
        ");
        let missing = with_libraries(part(), fake.clone(), Dialect::Cpp).unwrap_err().to_string();
        assert!(missing.contains("libc++-19-dev-wasm32 libc++abi-19-dev-wasm32"), "{missing}");
    }

    #[test]
    fn every_file_of_the_sdk_is_carried() {
        let carried: Vec<&str> = sdk::sources().collect();
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest-sdk/c/src");
        for entry in fs::read_dir(source).unwrap() {
            let name = format!("src/{}", entry.unwrap().file_name().to_string_lossy());
            assert!(carried.contains(&&*name) || name == "src/internal.h", "{name}");
        }
    }
}
