//! What is refused, and that a refusal changes nothing.

use super::*;

/// Two branches that change the same line, brought together by the command `how`.
pub(super) fn conflict(scratch: &Scratch, how: &str) {
    scratch.git(["checkout", "-q", "-b", "side"]);
    scratch.write("a", "side\n");
    scratch.git(["commit", "-q", "-am", "side"]);
    scratch.git(["checkout", "-q", "main"]);
    scratch.write("a", "main\n");
    scratch.git(["commit", "-q", "-am", "main"]);
    let other = if how == "revert" { "HEAD~1" } else { "side" };
    let arguments: Vec<&str> = how.split(' ').chain([other]).collect();
    if how == "revert" {
        // The change of `side` comes back on top of main's.
        scratch.write("a", "once more\n");
        scratch.git(["commit", "-q", "-am", "once more"]);
    }
    assert!(!scratch.try_git(&scratch.repo, arguments).status.success(), "{how} has conflicts");
}

#[test]
fn repositories_in_the_middle_of_something_are_refused() {
    let mut refusals = Vec::new();
    for how in ["merge", "rebase", "rebase --apply", "cherry-pick", "revert"] {
        let scratch = Scratch::new();
        conflict(&scratch, how);
        let before = scratch.state(&scratch.repo);
        refusals.push(scratch.refusal());
        assert_eq!(before, scratch.state(&scratch.repo));
        // Resolved, it is in the middle all the same.
        scratch.write("a", "resolved\n");
        scratch.git(["add", "a"]);
        assert_eq!(scratch.refusal(), *refusals.last().unwrap());
    }
    let scratch = Scratch::new();
    scratch.git(["bisect", "start"]);
    scratch.write("b", "changed\n");
    refusals.push(scratch.refusal());
    scratch.git(["bisect", "reset"]);
    assert!(scratch.commit().is_new);

    let scratch = Scratch::new();
    scratch.git(["checkout", "-q", "-b", "side"]);
    scratch.write("a", "side\n");
    scratch.git(["commit", "-q", "-am", "side"]);
    scratch.git(["format-patch", "-1", "-o", ".."]);
    scratch.git(["checkout", "-q", "main"]);
    scratch.write("a", "main\n");
    scratch.git(["commit", "-q", "-am", "main"]);
    assert!(!scratch.try_git(&scratch.repo, ["am", "../0001-side.patch"]).status.success());
    refusals.push(scratch.refusal());
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn conflicts_are_refused() {
    let scratch = Scratch::new();
    // They stay in the index after a stash, which leaves no state behind.
    scratch.write("a", "stashed\n");
    scratch.git(["stash", "-q"]);
    scratch.write("a", "main\n");
    scratch.git(["commit", "-q", "-am", "main"]);
    assert!(!scratch.try_git(&scratch.repo, ["stash", "pop"]).status.success());
    let before = scratch.state(&scratch.repo);
    insta::assert_snapshot!(scratch.refusal());
    assert_eq!(before, scratch.state(&scratch.repo));
}

#[test]
fn places_without_a_usable_repository_are_refused() {
    let mut refusals = Vec::new();
    let scratch = Scratch::new();
    let beside = |name: &str| scratch.repo.parent().unwrap().join(name);
    refusals.push(scratch.refusal_at(&beside("missing")));
    fs::create_dir(beside("plain")).unwrap();
    refusals.push(scratch.refusal_at(&beside("plain")));
    scratch.git(["clone", "-q", "--bare", ".", "../bare"]);
    refusals.push(scratch.refusal_at(&beside("bare")));
    scratch.write("../broken/.git", "gitdir: ../nowhere\n");
    refusals.push(scratch.refusal_at(&beside("broken")));
    let fresh = Scratch::empty();
    fresh.write("untracked", "");
    refusals.push(fresh.refusal());
    assert!(matches!(fresh.record_at(&fresh.repo, false), Err(GitError::NoCommit { .. })));
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn formats_that_the_library_does_not_know_are_refused() {
    let mut refusals = Vec::new();
    let scratch = Scratch::new();
    scratch.git(["update-index", "--split-index"]);
    scratch.write("a", "changed\n");
    refusals.push(scratch.refusal());
    let scratch = Scratch::new();
    scratch.git(["init", "-q", "--object-format=sha256", "../sha256"]);
    refusals.push(scratch.refusal_at(&scratch.repo.parent().unwrap().join("sha256")));
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn somebody_elses_repository_is_refused() {
    // SAFETY: asks for a number and cannot fail.
    if unsafe { libc::geteuid() } != 0 {
        eprintln!("only root can give a repository away: not tested");
        return;
    }
    let scratch = Scratch::new();
    let nobody = 65534;
    for file in [scratch.repo.clone(), scratch.path(".git")] {
        std::os::unix::fs::chown(file, Some(nobody), Some(nobody)).unwrap();
    }
    insta::assert_snapshot!(scratch.refusal_at(&scratch.path("folder")));
}

#[test]
fn a_locked_index_is_refused() {
    let scratch = Scratch::new();
    scratch.write(".git/index.lock", "");
    assert!(!scratch.commit().is_new, "where nothing is to be written a lock is no obstacle");
    scratch.write("a", "changed\n");
    let before = fs::read(scratch.path(".git/index")).unwrap();
    insta::assert_snapshot!(scratch.refusal());
    assert_eq!(before, fs::read(scratch.path(".git/index")).unwrap());
    assert!(scratch.path(".git/index.lock").exists());
    scratch.remove(".git/index.lock");
    // Somebody holds the branch.
    scratch.write(".git/refs/heads/main.lock", "");
    let refusal = scratch.refusal();
    assert!(refusal.contains("main.lock") && refusal.contains("could not move HEAD"), "{refusal}");
    scratch.remove(".git/refs/heads/main.lock");
    assert!(scratch.commit().is_new);
}

#[test]
fn nobody_cannot_commit() {
    let mut scratch = Scratch::new();
    scratch.write("a", "changed\n");
    let all = std::mem::take(&mut scratch.variables);
    let but = |lost: &str| all.iter().filter(|(name, _)| *name != lost).cloned().collect();
    scratch.variables = but("GIT_COMMITTER_EMAIL");
    insta::assert_snapshot!(scratch.refusal());
    assert_eq!(scratch.git(["status", "--porcelain"]), " M a\n", "nothing is staged");
    for lost in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME"] {
        scratch.variables = but(lost);
        assert!(matches!(scratch.record_at(&scratch.repo, true), Err(GitError::NoIdentity { .. })), "{lost}");
    }
    scratch.variables = but("GIT_AUTHOR_DATE");
    scratch.variables.push(("GIT_AUTHOR_DATE", "soon".into()));
    insta::assert_snapshot!(scratch.refusal());
    // Who does not commit need not be anybody.
    scratch.variables = but("GIT_COMMITTER_EMAIL");
    assert!(scratch.look().diff.is_some());
    scratch.variables.push(("EMAIL", "anybody@example.org".into()));
    assert!(scratch.commit().is_new);
}

#[test]
fn files_that_only_git_can_convert_are_refused() {
    let mut refusals = Vec::new();
    for (attribute, settings) in [
        ("working-tree-encoding=UTF-16", &[][..]),
        ("filter=large", &[("required", "true")]),
        ("filter=large", &[("process", "true")]),
        ("filter=large", &[("required", "true"), ("clean", "echo no space >&2; exit 2")]),
    ] {
        let scratch = Scratch::new();
        scratch.git(["config", "core.attributesFile", "/dev/null"]);
        for (key, value) in settings {
            scratch.git(["config", &format!("filter.large.{key}"), value]);
        }
        scratch.write(".git/info/attributes", format!("b {attribute}\n"));
        scratch.write("a", "changed\n");
        assert!(scratch.commit().is_new, "other files do not matter");
        scratch.write("b", "changed\n");
        refusals.push(scratch.refusal());
        assert_eq!(scratch.git(["diff", "--cached"]), "");
    }
    insta::assert_snapshot!(refusals.join("\n"));
    // A filter that may fail.
    compare(|scratch| {
        scratch.git(["config", "filter.large.clean", "exit 2"]);
        scratch.write(".git/info/attributes", "b filter=large\n");
        scratch.write("b", "changed\n");
    });
}

#[test]
fn a_wish_for_signatures_is_a_warning() {
    use std::sync::{Arc, Mutex};
    let lines = Arc::new(Mutex::new(Vec::new()));
    let writer = {
        let lines = lines.clone();
        move || Lines(lines.clone())
    };
    let scratch = Scratch::new();
    scratch.git(["config", "commit.gpgsign", "true"]);
    scratch.write("a", "changed\n");
    let subscriber = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).finish();
    let commit = tracing::subscriber::with_default(subscriber, || scratch.commit());
    assert!(commit.is_new);
    let text = String::from_utf8(lines.lock().unwrap().clone()).unwrap();
    assert!(text.contains("WARN") && text.contains("is not signed"), "{text}");

    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
}
