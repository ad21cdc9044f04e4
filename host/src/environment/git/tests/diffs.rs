//! Changes that are recorded and not committed.

use std::{collections::BTreeMap, os::unix::fs::symlink};

use super::*;

/// All files of the repository with their contents.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() || path.is_dir() && path.read_dir().unwrap().next().is_none() {
            found.insert(path, Vec::new());
        } else if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    found
}

/// Compares our diff with git's, and finds the repository untouched. Gives the diff.
fn compare_diff(prepare: impl Fn(&Scratch)) -> Option<String> {
    let scratch = Scratch::new();
    prepare(&scratch);
    let before = files(&scratch.repo);
    let commit = scratch.look();
    assert!(before == files(&scratch.repo), "nothing is written");
    assert!(!commit.is_new);
    assert_eq!(commit.hexsha, scratch.git(["rev-parse", "HEAD"]).trim());
    let git = scratch.git(["diff", "HEAD"]);
    assert_eq!(commit.diff.clone().unwrap_or_default(), git);
    commit.diff
}

#[test]
fn without_changes_there_is_no_diff() {
    assert_eq!(compare_diff(|scratch| scratch.write("untracked", "")), None);
}

#[test]
fn diffs_are_gits() {
    let diff = compare_diff(|scratch| {
        scratch.write("a", "changed\nwithout end of line");
        scratch.remove("b");
        scratch.write("new", "staged\n");
        scratch.write("sp ace", "staged\n");
        scratch.git(["add", "new", "sp ace"]);
        scratch.write("new", "staged and changed\n");
        scratch.mode("folder/c", 0o755);
    });
    insta::assert_snapshot!(diff.unwrap());
    compare_diff(|scratch| {
        scratch.write("binary", [0, 1, 2]);
        scratch.git(["add", "."]);
        scratch.git(["commit", "-q", "-m", "binary"]);
        scratch.write("binary", [0, 1, 3]);
        scratch.write("ü", "new\n");
        scratch.git(["add", "ü"]);
        scratch.git(["mv", "a", "renamed"]);
    })
    .unwrap();
    compare_diff(|scratch| {
        scratch.remove("b");
        symlink("folder/c", scratch.path("b")).unwrap();
        scratch.git(["rm", "-q", "--cached", "a"]);
    })
    .unwrap();
}

#[test]
fn a_diff_in_the_middle_of_a_merge_shows_the_files() {
    let scratch = Scratch::new();
    super::refusals::conflict(&scratch, "merge");
    let before = files(&scratch.repo);
    let commit = scratch.look();
    assert!(before == files(&scratch.repo), "nothing is written");
    assert!(commit.diff.unwrap().contains("+<<<<<<< HEAD"));
}

#[test]
fn filters_have_their_say_in_diffs() {
    let scratch = Scratch::new();
    scratch.git(["config", "filter.up.clean", "tr a-z A-Z"]);
    scratch.write(".gitattributes", "*.up filter=up\n");
    scratch.write("x.up", "one\n");
    scratch.git(["add", "."]);
    scratch.git(["commit", "-q", "-m", "attributes"]);
    scratch.write("x.up", "ONE\n");
    assert_eq!(scratch.look().diff, None);
    scratch.write("x.up", "two\n");
    let diff = scratch.look().diff.unwrap();
    assert!(diff.contains("\n-ONE\n+TWO\n"), "{diff}");
    assert_eq!(diff, scratch.git(["diff", "HEAD"]));
    scratch.git(["fsck", "--strict"]);
}

#[test]
fn a_long_diff_is_cut() {
    let scratch = Scratch::new();
    scratch.write("a", "ä line of some length\n".repeat(100_000));
    let diff = scratch.look().diff.unwrap();
    assert!(diff.len() <= (1 << 20) + 100, "{}", diff.len());
    assert!(diff.ends_with("+ä line of some length\n\n[the diff is longer than 1 MiB and was cut here]\n"));
    scratch.write("a", vec![b'x'; 2 << 20]);
    let diff = scratch.look().diff.unwrap();
    assert!(diff.ends_with("\n[the diff is longer than 1 MiB and was cut here]\n") && diff.len() <= (1 << 20) + 100);
    // Text that is not UTF-8 is shown as far as it can be.
    scratch.write("a", b"\xff\n");
    assert!(scratch.look().diff.unwrap().contains("+\u{fffd}\n"));
}
