//! Hooks, as `git commit` runs them.

use super::*;

const ALL: [&str; 4] = ["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"];

/// Lets every hook write down how it was started.
fn with_witnesses(scratch: &Scratch) {
    let out = scratch.repo.parent().unwrap().join("witness");
    for hook in ALL {
        let script = format!(
            "exec >> '{}'; echo == {hook} \"$@\" in \"$(pwd)\"; cat; env | grep ^GIT_ | sort; \
             git rev-parse --show-toplevel; git diff --cached --name-only",
            out.display()
        );
        scratch.hook(hook, &script);
    }
}

/// What the witnesses have seen, without what differs between the twins or is no business of a hook.
fn witnessed(scratch: &Scratch) -> String {
    let parent = scratch.repo.parent().unwrap();
    let text = fs::read_to_string(parent.join("witness")).unwrap_or_default();
    let text = text.replace(parent.to_str().unwrap(), "/home").replace("index.lock", "index");
    // Those that stand for the machine and for the variables of these tests, which we read without having them.
    let foreign = ["GIT_EXEC_PATH", "GIT_CONFIG_", "GIT_COMMITTER_", "GIT_SSL_", "GIT_TERMINAL_", "GIT_PAGER"];
    text.lines().filter(|line| !foreign.iter().any(|name| line.starts_with(name))).map(|l| format!("{l}\n")).collect()
}

/// Compares everything that hooks see under us and under git in the work tree `folder`.
fn compare_hooks(folder: &str, prepare: impl Fn(&Scratch)) -> String {
    let seen = std::cell::RefCell::new(Vec::new());
    let [ours, theirs] = [Scratch::new(), Scratch::new()];
    for scratch in [&ours, &theirs] {
        prepare(scratch);
        with_witnesses(scratch);
        // Preparing may have called them.
        let _ = fs::remove_file(scratch.repo.parent().unwrap().join("witness"));
    }
    let place = |scratch: &Scratch| scratch.repo.parent().unwrap().join(folder);
    ours.record_at(&place(&ours), true).unwrap();
    theirs.try_git(&place(&theirs), ["add", "-u", ":/"]);
    assert!(theirs.try_git(&place(&theirs), ["commit", "-qm", MESSAGE]).status.success());
    for scratch in [&ours, &theirs] {
        seen.borrow_mut().push(witnessed(scratch));
    }
    let seen = seen.into_inner();
    assert_eq!(seen[0], seen[1]);
    assert_eq!(ours.state(&place(&ours)), theirs.state(&place(&theirs)));
    seen[0].clone()
}

#[test]
fn hooks_see_what_git_shows_them() {
    let seen = compare_hooks("repo", |scratch| scratch.write("a", "changed\n"));
    insta::assert_snapshot!(seen);
    let seen = compare_hooks("linked", |scratch| {
        scratch.git(["worktree", "add", "-q", "-b", "side", "../linked"]);
        scratch.write("../linked/a", "changed\n");
    });
    insta::assert_snapshot!(seen);
}

#[test]
fn hooks_are_not_asked_without_changes() {
    let scratch = Scratch::new();
    with_witnesses(&scratch);
    assert!(!scratch.commit().is_new);
    assert_eq!(witnessed(&scratch), "");
}

#[test]
fn hooks_change_the_commit() {
    let (scratch, commit) = compare(|scratch| {
        scratch.write("a", "changed\n");
        scratch.write("by-hook", "untracked\n");
        scratch.hook("pre-commit", "echo formatted >> a; git add a by-hook; echo fine");
        scratch.hook("prepare-commit-msg", "printf 'Topic: ' | cat - \"$1\" > m && mv m \"$1\"");
        scratch.hook("commit-msg", "printf '\\n\\n\\nSeen-by: hook  \\n\\n' >> \"$1\"");
        scratch.hook("post-commit", "git rev-parse HEAD > .git/post; exit 3");
    });
    assert_eq!(commit.message, format!("Topic: {MESSAGE}\n\nSeen-by: hook\n"));
    assert_eq!(scratch.git(["show", "HEAD:a"]), "changed\nformatted\n");
    assert_eq!(scratch.git(["show", "HEAD:by-hook"]), "untracked\n");
    assert_eq!(fs::read_to_string(scratch.path(".git/post")).unwrap().trim(), commit.hexsha);
}

#[test]
fn a_hook_that_takes_everything_back_leaves_no_commit() {
    let scratch = Scratch::new();
    scratch.write("a", "changed\n");
    scratch.hook("pre-commit", "git reset -q");
    let commit = scratch.commit();
    assert!(!commit.is_new);
    assert_eq!(scratch.git(["status", "--porcelain"]), " M a\n");
}

#[test]
fn folders_of_hooks_are_honoured() {
    for folder in ["own hooks", "/", "~/home-hooks"] {
        let scratch = Scratch::new();
        let place = match folder {
            "/" => scratch.repo.parent().unwrap().join("absolute"),
            folder => scratch.path(folder),
        };
        scratch.hook("pre-commit", "exit 1");
        fs::create_dir_all(&place).unwrap();
        scratch.write(place.join("post-commit"), "#!/bin/sh\ntouch .git/called\n");
        fs::set_permissions(place.join("post-commit"), fs::Permissions::from_mode(0o755)).unwrap();
        let setting = if folder == "/" { place.to_str().unwrap() } else { folder };
        scratch.git(["config", "core.hooksPath", setting]);
        scratch.write("a", "changed\n");
        assert!(scratch.commit().is_new);
        // The home of these tests is not the one of this process.
        assert_eq!(scratch.path(".git/called").exists(), !folder.starts_with('~'), "{folder}");
    }
}

#[test]
fn hooks_that_are_not_executable_are_ignored() {
    let (_, commit) = compare(|scratch| {
        scratch.write("a", "changed\n");
        for hook in ALL {
            scratch.hook(hook, "exit 1");
            scratch.mode(&format!(".git/hooks/{hook}"), 0o644);
        }
        fs::create_dir(scratch.path(".git/hooks/pre-push")).unwrap();
    });
    assert!(commit.is_new);
}

#[test]
fn scripts_without_a_first_line_are_given_to_the_shell() {
    let (scratch, _) = compare(|scratch| {
        scratch.write("a", "changed\n");
        scratch.write(".git/hooks/commit-msg", "echo by $0 > .git/called; echo more >> \"$1\"\n");
        scratch.mode(".git/hooks/commit-msg", 0o755);
    });
    assert!(scratch.path(".git/called").exists());
}

#[test]
fn what_a_hook_leaves_running_keeps_nobody_waiting() {
    let scratch = Scratch::new();
    scratch.write("a", "changed\n");
    scratch.hook("pre-commit", "sleep 30 & echo $! > .git/left");
    let clock = std::time::Instant::now();
    assert!(scratch.commit().is_new);
    assert!(clock.elapsed().as_secs() < 20);
    let left = fs::read_to_string(scratch.path(".git/left")).unwrap();
    Command::new("kill").arg(left.trim()).status().unwrap();
}

#[test]
fn a_commit_of_somebody_else_in_the_meantime_is_not_lost() {
    let scratch = Scratch::new();
    scratch.hook("commit-msg", "git update-ref HEAD $(git commit-tree -m theirs -p HEAD HEAD^{tree})");
    scratch.git(["config", "user.name", "a"]);
    scratch.git(["config", "user.email", "a@example.org"]);
    scratch.write("a", "changed\n");
    insta::assert_snapshot!(scratch.refusal());
    assert_eq!(scratch.git(["log", "--format=%s"]), "theirs\nfirst\n");
    scratch.remove(".git/hooks/commit-msg");
    assert!(scratch.commit().is_new);
    assert_eq!(scratch.git(["rev-list", "--count", "HEAD"]), "3\n");
}

#[test]
fn hooks_refuse_a_commit() {
    let mut refusals = Vec::new();
    for (hook, script) in [
        ("pre-commit", "echo checking; echo 'a:1: wrong style' >&2; exit 1"),
        ("prepare-commit-msg", "exit 7"),
        ("commit-msg", "seq 30; exit 1"),
        ("commit-msg", ": > \"$1\""),
        ("pre-commit", "kill -9 $$"),
    ] {
        let scratch = Scratch::new();
        scratch.hook(hook, script);
        scratch.hook("post-commit", "touch .git/called");
        scratch.write("a", "changed\n");
        refusals.push(scratch.refusal());
        assert_eq!(scratch.git(["log", "--format=%s"]), "first\n", "there is no commit");
        assert_eq!(scratch.git(["status", "--porcelain"]), "M  a\n", "changes are staged, as after `git add -u`");
        assert!(!scratch.path(".git/called").exists());
        // Mended, the commit can be made.
        scratch.remove(&format!(".git/hooks/{hook}"));
        assert!(scratch.commit().is_new);
    }
    let scratch = Scratch::new();
    scratch.write("a", "changed\n");
    scratch.write(".git/hooks/pre-commit", "#!/no/such/interpreter\n");
    scratch.mode(".git/hooks/pre-commit", 0o755);
    refusals.push(scratch.refusal());
    insta::assert_snapshot!(refusals.join("\n\n"));
}
