//! Programs of others: finding them, asking their version, running them on a folder.

use std::{
    env,
    ffi::OsStr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{BuildError, Order, Part};

/// The first of `names` that is a program on the PATH.
pub(super) fn find(names: &[&str]) -> Option<PathBuf> {
    find_in(names, &env::var_os("PATH")?)
}

/// The first of `names` that is a program in one of the folders of `path`, which is written like PATH.
pub(super) fn find_in(names: &[&str], path: &OsStr) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(path).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|file| is_program(file)))
}

/// Whether a file is there that may be executed.
pub(super) fn is_program(file: &Path) -> bool {
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// What a program writes on standard output, if it ends well. It says nothing of itself to anybody.
pub(super) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A program as a part of a toolchain: the first number with a dot in what `--version` answers is its version.
pub(super) fn part(name: &str, program: &Path) -> Option<Part> {
    let said = answer(Command::new(program).arg("--version"))?;
    Some(Part { name: name.to_owned(), version: version_in(&said), path: Some(program.to_owned()) })
}

/// The first word that begins with digits and a dot, or the first line.
fn version_in(said: &str) -> String {
    let word = |word: &&str| {
        let word = word.trim_start_matches(['v', '(']);
        word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.')
    };
    let found = said.split_whitespace().find(word).map(|word| word.trim_matches(|c: char| "v(),".contains(c)));
    found.unwrap_or(said.lines().next().unwrap_or_default()).to_owned()
}

/// Runs a compiler and returns what it writes on standard output. What it says on standard error is shown as it
/// comes, in its own words and colours.
///
/// # Errors
/// It does not start, or does not end well.
pub(super) fn compile(order: &Order, command: &mut Command) -> Result<Vec<u8>, BuildError> {
    let program = name(command.get_program());
    let start = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).output();
    let output = start.map_err(|source| BuildError::Start { program: program.clone(), source })?;
    if !output.status.success() {
        return Err(BuildError::Compiler { folder: order.folder.clone(), program, status: output.status });
    }
    Ok(output.stdout)
}

/// The name of a program, without its folder.
fn name(program: &OsStr) -> String {
    Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        let said = [
            ("rustc 1.95.0 (59807616e 2026-04-14)", "1.95.0"),
            ("Debian clang version 19.1.7 (3~deb12u1)\nTarget: x86_64-pc-linux-gnu", "19.1.7"),
            ("v20.20.2", "20.20.2"),
            ("Python 3.11.2", "3.11.2"),
            ("componentize-py 0.25.1", "0.25.1"),
            ("0.17.1", "0.17.1"),
            ("no number at all\nnone", "no number at all"),
        ];
        for (said, version) in said {
            assert_eq!(version_in(said), version);
        }
    }

    #[test]
    fn programs_are_found_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, mode| {
            let file = folder.path().join(name);
            std::fs::write(&file, "").unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        write("clang-19", 0o755);
        write("clang", 0o755);
        write("clang-21", 0o644);
        let path = env::join_paths([Path::new("/nowhere"), folder.path()]).unwrap();
        assert_eq!(find_in(&["clang-21", "clang-19", "clang"], &path), Some(folder.path().join("clang-19")));
        assert_eq!(find_in(&["zig"], &path), None);
    }
}
