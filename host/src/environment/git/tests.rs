//! Real repositories, and the real `git` beside us on a twin of each.

mod commits;
mod diffs;
mod hooks;
mod names;
mod refusals;

use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

use super::{Commit, GitError, Request, World, record_in};

/// When everything in these tests is committed, so that equal commits have equal names.
const DATE: &str = "@1767225600 +0100";
const MESSAGE: &str = "try -- Trajectory: `exp`, Time: `2026_01_01_00h00m00s`, Comment: `a comment`";

/// What both sides find in their variables.
fn variables() -> Vec<(&'static str, OsString)> {
    [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_NAME", "An Author"),
        ("GIT_AUTHOR_EMAIL", "author@example.org"),
        ("GIT_AUTHOR_DATE", DATE),
        ("GIT_COMMITTER_NAME", "A Committer"),
        ("GIT_COMMITTER_EMAIL", "committer@example.org"),
        ("GIT_COMMITTER_DATE", DATE),
    ]
    .map(|(name, value)| (name, value.into()))
    .to_vec()
}

/// A folder of our own with the repository `repo` in it.
struct Scratch {
    dir: TempDir,
    repo: PathBuf,
    variables: Vec<(&'static str, OsString)>,
}

impl Scratch {
    /// A repository without commits.
    fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let repo = dir.path().canonicalize().unwrap().join("repo");
        let scratch = Self { dir, repo, variables: variables() };
        fs::create_dir(&scratch.repo).unwrap();
        scratch.git(["init", "-q", "-b", "main"]);
        // Their samples would only be in the way.
        fs::remove_dir_all(scratch.repo.join(".git/hooks")).unwrap();
        fs::create_dir(scratch.repo.join(".git/hooks")).unwrap();
        scratch
    }

    /// A repository with one commit: `a`, `b` and `folder/c`, each with a line of its name.
    fn new() -> Self {
        let scratch = Self::empty();
        for file in ["a", "b", "folder/c"] {
            scratch.write(file, format!("{file}\n"));
        }
        scratch.git(["add", "."]);
        scratch.git(["commit", "-q", "-m", "first"]);
        scratch
    }

    fn git<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, arguments: I) -> String {
        let output = self.try_git(&self.repo, arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn try_git<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, folder: &Path, arguments: I) -> Output {
        Command::new("git")
            .args(["-c", "protocol.file.allow=always"])
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.dir.path())
            .envs(self.variables.iter().cloned())
            .output()
            .expect("git is installed")
    }

    fn path(&self, file: impl AsRef<Path>) -> PathBuf {
        self.repo.join(file)
    }

    fn write(&self, file: impl AsRef<Path>, text: impl AsRef<[u8]>) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn remove(&self, file: &str) {
        fs::remove_file(self.path(file)).unwrap();
    }

    fn mode(&self, file: &str, mode: u32) {
        fs::set_permissions(self.path(file), fs::Permissions::from_mode(mode)).unwrap();
    }

    fn hook(&self, name: &str, script: &str) {
        self.write(format!(".git/hooks/{name}"), format!("#!/bin/sh\n{script}\n"));
        self.mode(&format!(".git/hooks/{name}"), 0o755);
    }

    fn record_at(&self, folder: &Path, commit: bool) -> Result<Commit, GitError> {
        let find = |name: &str| self.variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        let request = Request {
            repository: folder,
            commit,
            user_message: "try",
            trajectory: "exp",
            time: "2026_01_01_00h00m00s",
            comment: "a comment",
        };
        record_in(&World { variable: &find }, &request)
    }

    fn commit(&self) -> Commit {
        self.record_at(&self.repo, true).unwrap()
    }

    fn look(&self) -> Commit {
        self.record_at(&self.repo, false).unwrap()
    }

    /// What is refused, without the folder of this test.
    fn refusal(&self) -> String {
        self.refusal_at(&self.repo)
    }

    fn refusal_at(&self, folder: &Path) -> String {
        let message = self.record_at(folder, true).unwrap_err().to_string();
        message.replace(&*self.dir.path().canonicalize().unwrap().to_string_lossy(), "/home")
    }

    /// Everything of a work tree that a commit changes.
    fn state(&self, folder: &Path) -> String {
        let mut text = String::new();
        for arguments in [
            &["rev-parse", "HEAD"][..],
            &["status", "--porcelain=v2", "--branch"],
            &["ls-files", "--stage", "-t"],
            &["reflog", "-1", "--format=%gs %gn %ge"],
            &["reflog", "main", "--format=%gs %gn %ge"],
            &["log", "--format=raw", "--stat"],
            &["fsck", "--strict", "--no-dangling"],
        ] {
            let output = self.try_git(folder, arguments);
            assert!(arguments[0] != "fsck" || output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            text += &format!("{arguments:?}\n{}", String::from_utf8_lossy(&output.stdout));
        }
        text.replace(&*self.dir.path().to_string_lossy(), "/home")
    }
}

/// Prepares two repositories alike, lets us commit in one and git in the other, and finds no difference. Gives ours.
fn compare(prepare: impl Fn(&Scratch)) -> (Scratch, Commit) {
    compare_in("repo", Scratch::new, prepare)
}

fn compare_in(folder: &str, start: impl Fn() -> Scratch, prepare: impl Fn(&Scratch)) -> (Scratch, Commit) {
    let [ours, theirs] = [start(), start()];
    prepare(&ours);
    prepare(&theirs);
    let place = |scratch: &Scratch| scratch.repo.parent().unwrap().join(folder);
    assert_eq!(ours.state(&place(&ours)), theirs.state(&place(&theirs)), "the twins are alike");
    let before = ours.try_git(&place(&ours), ["rev-parse", "HEAD"]).stdout;
    let recorded = ours.record_at(&place(&ours), true).unwrap();

    let add = theirs.try_git(&place(&theirs), ["add", "-u", ":/"]);
    assert!(add.status.success(), "{}", String::from_utf8_lossy(&add.stderr));
    let made = theirs.try_git(&place(&theirs), ["commit", "-m", MESSAGE]).status.success();
    assert_eq!(recorded.is_new, made, "both commit, or none");
    assert_eq!(ours.state(&place(&ours)), theirs.state(&place(&theirs)), "ours and git's");

    let tell = |arguments: &[&str]| {
        let output = ours.try_git(&place(&ours), arguments);
        String::from_utf8(output.stdout).unwrap().trim_end_matches('\n').to_owned()
    };
    assert_eq!(recorded.hexsha, tell(&["rev-parse", "HEAD"]));
    assert_eq!(recorded.is_new, before.trim_ascii() != recorded.hexsha.as_bytes());
    assert_eq!(recorded.name_rev, tell(&["name-rev", &recorded.hexsha]));
    assert_eq!(recorded.committed_date.to_string(), tell(&["log", "-1", "--format=%ct"]));
    assert_eq!(recorded.message.trim_end(), tell(&["log", "-1", "--format=%B"]).trim_end());
    assert_eq!(recorded.work_tree.to_str().unwrap(), tell(&["rev-parse", "--show-toplevel"]));
    assert_eq!(recorded.diff, None);
    (ours, recorded)
}
