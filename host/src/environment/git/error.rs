//! [`GitError`]: why the commit of an experiment could not be made or recorded.

use std::path::PathBuf;

use thiserror::Error;

/// Why the commit of an experiment could not be made or recorded.
#[derive(Debug, Error)]
pub enum GitError {
    /// There is nothing at that place.
    #[error("{}, the `[environment] git_repository`, does not exist; name a folder inside of a repository", path.display())]
    Missing {
        /// The place.
        path: PathBuf,
    },
    /// A place outside of all repositories.
    #[error(
        "{}, the `[environment] git_repository`, is not inside of a git repository; run `git init` there, or name a \
         folder inside of a repository",
        path.display()
    )]
    NoRepository {
        /// The place.
        path: PathBuf,
    },
    /// Somebody else's, which git does not trust because its hooks and filters would run.
    #[error(
        "{}, the `[environment] git_repository`, belongs to another user; if you trust its hooks, run \
         `git config --global --add safe.directory '{}'`",
        path.display(), root.display()
    )]
    Foreign {
        /// The place.
        path: PathBuf,
        /// The top folder of the repository.
        root: PathBuf,
    },
    /// A repository without files.
    #[error(
        "{}, the `[environment] git_repository`, is a bare repository, without files to commit; name a clone of it",
        path.display()
    )]
    Bare {
        /// The repository.
        path: PathBuf,
    },
    /// In the middle of a merge, rebase and so on.
    #[error(
        "{}, the `[environment] git_repository`, is in the middle of a {state}; {way_out} first",
        path.display()
    )]
    Unfinished {
        /// The work tree.
        path: PathBuf,
        /// In the middle of what.
        state: &'static str,
        /// The commands that end it.
        way_out: &'static str,
    },
    /// Conflicts that nobody has resolved yet.
    #[error(
        "`{file}` in {}, the `[environment] git_repository`, has conflicts; resolve them and `git add` the file first",
        path.display()
    )]
    Unmerged {
        /// The work tree.
        path: PathBuf,
        /// The first file with conflicts.
        file: String,
    },
    /// A new repository with nothing to commit.
    #[error(
        "{}, the `[environment] git_repository`, has no commit yet, and nothing can be recorded; `git add` your files and \
         make the first commit",
        path.display()
    )]
    NoCommit {
        /// The work tree.
        path: PathBuf,
    },
    /// Another process of git is at work.
    #[error(
        "{} exists: another git process is at work in the `[environment] git_repository`; wait for its end, or remove the \
         file if none is running",
        lock.display()
    )]
    Locked {
        /// The file that locks.
        lock: PathBuf,
    },
    /// Nobody to be the author.
    #[error(
        "git does not know who commits in {}, the `[environment] git_repository`; run \
         `git config --global user.name \"Your Name\"` and `git config --global user.email you@example.org`",
        path.display()
    )]
    NoIdentity {
        /// The work tree.
        path: PathBuf,
    },
    /// A variable that should hold a date.
    #[error(
        "`{value}` in the variable {variable} is no date for the commit in the `[environment] git_repository`; write it \
         as `2026-01-31T12:00:00+01:00`, or unset the variable"
    )]
    Date {
        /// `GIT_AUTHOR_DATE` or `GIT_COMMITTER_DATE`.
        variable: &'static str,
        /// What it holds.
        value: String,
    },
    /// A hook says no.
    #[error(
        "the hook `{hook}` of {}, the `[environment] git_repository`, refused the commit ({status}){}",
        path.display(), quoted(output)
    )]
    Hook {
        /// The work tree.
        path: PathBuf,
        /// Which hook.
        hook: &'static str,
        /// How it ended.
        status: String,
        /// The end of what it printed.
        output: String,
    },
    /// A hook that does not start.
    #[error(
        "the hook {} of the `[environment] git_repository` does not start: {source}; mend it, or make it not executable",
        hook.display()
    )]
    HookStart {
        /// The hook.
        hook: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Somebody else has committed in the meantime.
    #[error(
        "HEAD of {}, the `[environment] git_repository`, has moved while the commit was being made; run the experiment again",
        path.display()
    )]
    Moved {
        /// The work tree.
        path: PathBuf,
    },
    /// Nothing is left of the message.
    #[error(
        "the hooks of {}, the `[environment] git_repository`, left an empty message, and git makes no commit without one; \
         mend `prepare-commit-msg` or `commit-msg`",
        path.display()
    )]
    EmptyMessage {
        /// The work tree.
        path: PathBuf,
    },
    /// A required filter fails.
    #[error(
        "`{file}` in the `[environment] git_repository` must go through the filter `{filter}`, which failed: {reason}; \
         mend `filter.{filter}.clean`, or commit the file with git itself"
    )]
    Filter {
        /// The file.
        file: String,
        /// Its filter.
        filter: String,
        /// What went wrong.
        reason: String,
    },
    /// An attribute that libgit2 does not know.
    #[error(
        "`{file}` in the `[environment] git_repository` has the attribute `working-tree-encoding`, which only git itself \
         can apply; commit the file with git first"
    )]
    Encoding {
        /// The file.
        file: String,
    },
    /// A file that cannot be read or written.
    #[error("could not use {} in the `[environment] git_repository`: {source}; look at its permissions", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Everything else that libgit2 refuses.
    #[error("could not {action} in {}, the `[environment] git_repository`: {reason}; see what `git status` says there", path.display())]
    Library {
        /// The place.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What libgit2 says.
        reason: String,
    },
}

/// The output of a hook at the end of a sentence.
fn quoted(output: &str) -> String {
    if output.is_empty() {
        " and printed nothing; look at what it checks".to_owned()
    } else {
        format!("; mend what it names:\n{output}")
    }
}
