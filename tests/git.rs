//! A repository before and after an exploration, as git itself shows it.

use std::process::Command;

use crate::support::{Scratch, guest};

/// Runs git in the scratch folder, with settings of nobody but the repository.
#[track_caller]
fn git(scratch: &Scratch, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(args)
        .current_dir(scratch.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("git runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "git {args:?}\n{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// A repository with a tracked, a changed, a deleted, a staged, an untracked and an ignored file.
fn repository() -> Scratch {
    let scratch = Scratch::new();
    git(&scratch, &["init", "-q", "-b", "main"]);
    git(&scratch, &["config", "user.name", "Ada"]);
    git(&scratch, &["config", "user.email", "ada@example.org"]);
    for name in ["tracked.txt", "changed.txt", "deleted.txt"] {
        scratch.write(name, "one\n");
    }
    scratch.write(".gitignore", "ignored.txt\nhdf5/\nlogs/\n");
    git(&scratch, &["add", "."]);
    git(&scratch, &["commit", "-q", "-m", "first"]);
    scratch.write("changed.txt", "two\n");
    std::fs::remove_file(scratch.join("deleted.txt")).expect("it is there");
    scratch.write("untracked.txt", "one\n");
    scratch.write("ignored.txt", "one\n");
    scratch
}

fn spec(more: &str) -> String {
    format!(
        "spec = 1\n[trajectory]\nname = \"t\"\ncomment = \"about t\"\nadd_time = false\n\
         [environment]\ngit_repository = \".\"\n{more}\n[explore.axes]\nx = [1]\nwork = [0]\n"
    )
}

fn run(scratch: &Scratch, extra: &[&str]) -> crate::support::Ended {
    let job = guest("linger").display().to_string();
    scratch.host(["run", &job, "--spec", "exp.toml", "-q"].iter().chain(extra))
}

/// Entries of the configuration below `git`, by their last names.
fn recorded(scratch: &Scratch) -> Vec<(String, String)> {
    let shown = scratch.host(["show", "hdf5/t.hdf5", "config.git", "--json"]).exits(0).stdout();
    let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    let entry = |(path, leaf): (&String, &serde_json::Value)| {
        let data = &leaf["items"]["data"];
        (path.rsplit('.').next().expect("a name").to_owned(), data.as_str().map_or(data.to_string(), str::to_owned))
    };
    shown.as_object().expect("leaves").iter().map(entry).collect()
}

fn entry(scratch: &Scratch, name: &str) -> String {
    recorded(scratch).into_iter().find(|(key, _)| key == name).unwrap_or_else(|| panic!("no {name}")).1
}

#[test]
fn tracked_files_are_committed_and_no_others() {
    let scratch = repository();
    scratch.write("exp.toml", spec("git_message = \"before the sweep\""));
    let before = git(&scratch, &["status", "--porcelain", "--ignored"]);
    run(&scratch, &[]).exits(0);
    let after = git(&scratch, &["status", "--porcelain", "--ignored"]);
    let log = git(&scratch, &["log", "--format=%an <%ae>%n%s%n%b", "--stat"]);
    // The time of the exploration stands in the message.
    let masked: String = log.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    insta::assert_snapshot!(format!("before\n{before}\nafter\n{after}\n{masked}"));
    let head = git(&scratch, &["rev-parse", "HEAD"]).trim().to_owned();
    assert_eq!(entry(&scratch, "hexsha"), head);
    let environments = scratch.host(["ls", "hdf5/t.hdf5", "config.environment"]).exits(0).stdout();
    assert!(environments.starts_with(&format!("environment_{}_", &head[..7])), "{environments}");

    // Nothing has changed: there is no further commit, and the same one is recorded.
    run(&scratch, &["--overwrite"]).exits(0);
    assert_eq!(git(&scratch, &["rev-parse", "HEAD"]).trim(), head);
    assert_eq!(entry(&scratch, "hexsha"), head);
}

#[test]
fn what_differs_is_recorded_where_nothing_is_committed() {
    let scratch = repository();
    scratch.write("exp.toml", spec("git_commit = false"));
    let before = git(&scratch, &["status", "--porcelain"]);
    run(&scratch, &[]).exits(0);
    assert_eq!(git(&scratch, &["status", "--porcelain"]), before);
    assert_eq!(entry(&scratch, "diff"), git(&scratch, &["diff", "HEAD"]));
    // An exploration that leaves nothing commits nothing.
    scratch.write("exp.toml", spec("lazy_debug = true"));
    run(&scratch, &[]).exits(0);
    assert_eq!(git(&scratch, &["status", "--porcelain"]), before);
}

#[test]
fn repositories_that_cannot_be_used() {
    let scratch = Scratch::new();
    scratch.write("exp.toml", spec(""));
    let mut messages = run(&scratch, &[]).message();
    let scratch = repository();
    scratch.write("exp.toml", spec(""));
    scratch.write(".git/MERGE_HEAD", git(&scratch, &["rev-parse", "HEAD"]));
    messages += &run(&scratch, &[]).message();
    assert!(!scratch.join("hdf5/t.hdf5").exists() && !scratch.join("hdf5/t.cnt").exists());
    insta::assert_snapshot!(messages.replace(&scratch.path().display().to_string(), "SCRATCH"));
}
