//! [`Hooks`]: programs of the repository that may look at a commit, change it or refuse it.
//!
//! They run as under `git commit`: in the top folder, without input, with the same variables and arguments. Only
//! `GIT_EXEC_PATH` is missing, because there may be no git around it.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::PathBuf,
    process::{Command, ExitStatus, Stdio},
};

use super::{author::Author, error::GitError, work_tree::WorkTree};

/// What `git rev-parse --local-env-vars` lists: they name a repository, and would name the wrong one to a program
/// that is started for this one.
const LOCAL_VARIABLES: [&str; 15] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
];

/// As much of a program's output as a message carries: a screen full.
const OUTPUT_LINES: usize = 20;
/// The same in bytes, for output without lines.
const OUTPUT_BYTES: u64 = 2000;

/// The hooks of a work tree.
pub(super) struct Hooks<'t> {
    tree: &'t WorkTree,
    folder: PathBuf,
    author: &'t Author,
}

impl<'t> Hooks<'t> {
    /// Those in `core.hooksPath`, or else in the repository.
    pub(super) fn of(tree: &'t WorkTree, author: &'t Author) -> Self {
        let folder = match tree.config().get_path("core.hooksPath") {
            // A relative one counts from where hooks run.
            Ok(path) if !path.as_os_str().is_empty() => tree.root().join(path),
            _ => tree.repository().commondir().join("hooks"),
        };
        Self { tree, folder, author }
    }

    /// Runs `hook` and says whether there is one. One that is not executable counts as none, with a warning.
    pub(super) fn run(&self, hook: &'static str, arguments: &[&OsStr]) -> Result<bool, GitError> {
        let program = self.folder.join(hook);
        let Ok(metadata) = program.metadata() else { return Ok(false) };
        if !metadata.is_file() {
            return Ok(false);
        }
        if metadata.permissions().mode() & 0o111 == 0 {
            tracing::warn!("the hook {} was ignored because it is not executable", program.display());
            return Ok(false);
        }
        let command = |program: &OsStr| {
            let mut command = command(self.tree, program);
            command.env("GIT_INDEX_FILE", self.name_of("index")).env("GIT_EDITOR", ":").env("GIT_PREFIX", "");
            command.env("GIT_AUTHOR_NAME", &self.author.name).env("GIT_AUTHOR_EMAIL", &self.author.email);
            command.env("GIT_AUTHOR_DATE", self.author.date());
            command
        };
        let finished = match finish(command(program.as_os_str()).args(arguments)) {
            // A script without `#!`, which git gives to the shell.
            Err(error) if error.raw_os_error() == Some(libc::ENOEXEC) => {
                finish(command("sh".as_ref()).arg(&program).args(arguments))
            }
            finished => finished,
        };
        let (status, output) = finished.map_err(|source| GitError::HookStart { hook: program, source })?;
        if !status.success() {
            let (path, status) = (self.tree.root().to_owned(), wording(status));
            return Err(GitError::Hook { path, hook, status, output });
        }
        if !output.is_empty() {
            tracing::info!("the hook `{hook}` printed:\n{output}");
        }
        Ok(true)
    }

    /// What git calls a file of the repository when it speaks to hooks: relative if `.git` is a folder here.
    pub(super) fn name_of(&self, file: &str) -> std::ffi::OsString {
        let folder = if is_plain(self.tree) { PathBuf::from(".git") } else { self.tree.git_dir() };
        folder.join(file).into_os_string()
    }
}

/// Whether the repository is simply the folder `.git` of its work tree; not so for linked work trees and submodules.
fn is_plain(tree: &WorkTree) -> bool {
    let usual = tree.root().join(".git");
    usual.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) && usual == tree.git_dir()
}

/// A program that is started for the repository, in the top folder of its work tree.
pub(super) fn command(tree: &WorkTree, program: &OsStr) -> Command {
    let mut command = Command::new(program);
    command.current_dir(tree.root());
    for variable in LOCAL_VARIABLES {
        command.env_remove(variable);
    }
    if !is_plain(tree) {
        command.env("GIT_DIR", tree.git_dir());
        if !tree.root().join(".git").exists() {
            command.env("GIT_WORK_TREE", tree.root());
        }
    }
    command
}

/// Runs it to its end. The output goes through a file: a process that it leaves behind keeps nobody waiting.
fn finish(command: &mut Command) -> io::Result<(ExitStatus, String)> {
    let mut output = tempfile::tempfile()?;
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output.try_clone()?);
    let status = command.status()?;
    let text = end_of(&mut output)?;
    Ok((status, text))
}

/// The last lines of what a program wrote into `file`.
pub(super) fn end_of(file: &mut File) -> io::Result<String> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(OUTPUT_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(OUTPUT_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let lines: Vec<&str> = text.trim().lines().collect();
    let first = lines.len().saturating_sub(OUTPUT_LINES);
    let is_cut = first > 0 || length > OUTPUT_BYTES;
    Ok(format!("{}{}", if is_cut { "…\n" } else { "" }, lines[first..].join("\n")))
}

/// `exit code 1` or `signal 9`.
pub(super) fn wording(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn end(text: &str) -> String {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        end_of(&mut file).unwrap()
    }

    #[test]
    fn only_the_end_of_much_output_is_kept() {
        assert_eq!(end(""), "");
        assert_eq!(end("\n a\nb \n\n"), "a\nb");
        assert_eq!(end("\u{1b}[31mred\u{1b}[0m"), "[31mred[0m");
        let many: String = (1..=25).map(|number| format!("{number}\n")).collect();
        assert!(end(&many).starts_with("…\n6\n7\n") && end(&many).ends_with("\n25"));
        let long = end(&"ä".repeat(5000));
        assert!(long.len() <= OUTPUT_BYTES as usize + 10 && long.starts_with("…\n"), "{}", long.len());
    }
}
