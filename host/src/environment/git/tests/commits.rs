//! What is committed, in every state that a work tree can be in.

use std::{
    ffi::OsStr,
    os::unix::{ffi::OsStrExt, fs::symlink},
};

use super::*;

#[test]
fn tracked_files_are_committed_and_others_are_not() {
    let (scratch, commit) = compare(|scratch| {
        scratch.write("a", "changed\n");
        scratch.remove("folder/c");
        scratch.write("untracked", "");
        scratch.write(".git/info/exclude", "*.ignored\n");
        scratch.write("x.ignored", "");
    });
    assert!(commit.is_new);
    assert_eq!(commit.message, format!("{MESSAGE}\n"));
    assert_eq!(scratch.git(["show", "--name-status", "--format="]), "M\ta\nD\tfolder/c\n");
    assert_eq!(scratch.git(["status", "--porcelain"]), "?? untracked\n");
    assert_eq!(
        scratch.git(["log", "-1", "--format=%an %ae %cn %ce %ad", "--date=raw"]),
        "An Author author@example.org A Committer committer@example.org 1767225600 +0100\n"
    );
}

#[test]
fn without_changes_the_present_commit_is_recorded() {
    let (_, commit) = compare(|scratch| scratch.write("untracked", ""));
    assert!(!commit.is_new);
    assert_eq!(commit.message, "first\n");
}

#[test]
fn a_second_time_there_is_nothing_new() {
    let scratch = Scratch::new();
    scratch.write("a", "changed\n");
    let first = scratch.commit();
    let second = scratch.commit();
    assert!(first.is_new && !second.is_new);
    assert_eq!(first.hexsha, second.hexsha);
    assert_eq!(scratch.git(["rev-list", "--count", "HEAD"]), "2\n");
}

#[test]
fn a_file_that_was_only_touched_is_no_change() {
    let (_, commit) = compare(|scratch| {
        let file = fs::File::options().append(true).open(scratch.path("a")).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    });
    assert!(!commit.is_new);
}

#[test]
fn what_is_staged_is_committed_with_it() {
    compare(|scratch| {
        scratch.write("new", "staged\n");
        scratch.write("gone", "staged\n");
        scratch.write("a", "staged\n");
        scratch.git(["add", "new", "gone", "a"]);
        scratch.write("new", "changed after that\n");
        scratch.write("a", "a\n");
        scratch.remove("gone");
        scratch.git(["mv", "b", "folder/b"]);
        scratch.git(["rm", "-q", "--cached", "folder/c"]);
    });
    // Alone too, where pypet would not commit.
    let (_, commit) = compare(|scratch| {
        scratch.write("new", "staged\n");
        scratch.git(["add", "new"]);
    });
    assert!(commit.is_new);
}

#[test]
fn what_is_staged_and_taken_back_is_nothing() {
    let (_, commit) = compare(|scratch| {
        scratch.write("a", "staged\n");
        scratch.git(["add", "a"]);
        scratch.write("a", "a\n");
    });
    assert!(!commit.is_new);
}

#[test]
fn kinds_of_files_change_into_each_other() {
    compare(|scratch| {
        scratch.mode("a", 0o755);
        scratch.remove("b");
        symlink("folder/c", scratch.path("b")).unwrap();
    });
    compare(|scratch| {
        symlink("a", scratch.path("link")).unwrap();
        symlink("nowhere", scratch.path("dangling")).unwrap();
        scratch.git(["add", "."]);
        scratch.git(["commit", "-q", "-m", "links"]);
        scratch.remove("link");
        scratch.write("link", "a file\n");
        scratch.remove("dangling");
        symlink("elsewhere", scratch.path("dangling")).unwrap();
    });
    // A file becomes a folder, a folder a file.
    compare(|scratch| {
        scratch.remove("a");
        scratch.write("a/untracked", "");
        fs::remove_dir_all(scratch.path("folder")).unwrap();
        scratch.write("folder", "a file\n");
    });
    // A folder becomes a link to one with the same files.
    compare(|scratch| {
        fs::rename(scratch.path("folder"), scratch.path("moved")).unwrap();
        symlink("moved", scratch.path("folder")).unwrap();
    });
    compare(|scratch| {
        scratch.git(["config", "core.fileMode", "false"]);
        scratch.mode("a", 0o755);
        scratch.mode("b", 0o755);
        scratch.write("b", "changed\n");
    });
}

#[test]
fn odd_names_and_contents() {
    let names: [&[u8]; 12] = [
        b"with space",
        b"-dash",
        b"quote\"'",
        b"new\nline",
        b"*",
        b"[a]",
        b":(top)x",
        b"\xff\xfe",
        "ü".as_bytes(),
        b"back\\slash",
        b"tab\t",
        b"sub/ /x",
    ];
    let (scratch, _) = compare(|scratch| {
        for name in names {
            scratch.write(OsStr::from_bytes(name), name);
        }
        scratch.git(["add", "."]);
        scratch.git(["commit", "-q", "-m", "odd"]);
        scratch.write("ab", "is not meant by a pattern\n");
        for (number, name) in names.iter().enumerate() {
            match number % 3 {
                0 => fs::remove_file(scratch.path(OsStr::from_bytes(name))).unwrap(),
                _ => scratch.write(OsStr::from_bytes(name), [0, 1, 255, b'\r', b'\n']),
            }
        }
        scratch.write("a", "");
        scratch.write("b", vec![b'x'; 1 << 20]);
    });
    assert_eq!(scratch.git(["status", "--porcelain"]), "?? ab\n");
}

#[test]
fn tracked_files_in_ignored_folders_count() {
    compare(|scratch| {
        scratch.write(".gitignore", "folder/\nb\n");
        scratch.write("folder/c", "changed\n");
        scratch.write("folder/new", "ignored\n");
        scratch.remove("b");
    });
}

#[test]
fn files_that_git_is_told_to_let_alone_are_let_alone() {
    let (_, commit) = compare(|scratch| {
        scratch.git(["update-index", "--skip-worktree", "a", "folder/c"]);
        scratch.git(["update-index", "--assume-unchanged", "b"]);
        scratch.remove("a");
        scratch.write("b", "changed\n");
        scratch.write("folder/c", "changed\n");
    });
    assert!(!commit.is_new);
}

#[test]
fn announced_files_are_committed() {
    let (_, commit) = compare(|scratch| {
        scratch.write("announced", "text\n");
        scratch.write("empty", "");
        scratch.write("lost", "text\n");
        scratch.git(["add", "-N", "announced", "empty", "lost"]);
        scratch.remove("lost");
    });
    assert!(commit.is_new);
}

#[test]
fn ends_of_lines_and_filters_are_gits() {
    let attributes = "*.txt text\n*.up filter=up\n*.both filter=up text\n*.id ident\n*.none filter=unknown\n";
    let (scratch, _) = compare(|scratch| {
        scratch.git(["config", "filter.up.clean", "tr a-z A-Z; printf %%s %f"]);
        scratch.git(["config", "filter.up.required", "true"]);
        scratch.write(".gitattributes", attributes);
        for end in ["txt", "up", "both", "id", "none", "raw"] {
            scratch.write(format!("it's.{end}"), "first\r\n$Id$\r\n");
        }
        scratch.git(["add", "."]);
        scratch.git(["commit", "-q", "-m", "attributes"]);
        for end in ["txt", "up", "both", "id", "none", "raw"] {
            scratch.write(format!("it's.{end}"), "first\r\n$Id$\r\nsecond\r\n");
        }
        scratch.mode("it's.up", 0o755);
    });
    assert_eq!(scratch.git(["show", "HEAD:it's.both"]), "FIRST\n$ID$\nSECOND\nit's.both");
    let (_, commit) = compare(|scratch| {
        scratch.git(["config", "filter.up.clean", "tr a-z A-Z"]);
        scratch.write(".gitattributes", attributes);
        scratch.write("same.up", "text");
        scratch.git(["add", "."]);
        scratch.git(["commit", "-q", "-m", "attributes"]);
        // Another file, the same after the filter.
        scratch.write("same.up", "TEXT");
    });
    assert!(!commit.is_new);
    compare(|scratch| {
        scratch.git(["config", "core.autocrlf", "input"]);
        scratch.write("a", "changed\r\n");
    });
}

/// Adds the submodule `sub`, which has commits `one` and `two` and is at `two`.
fn with_submodule(scratch: &Scratch) {
    let other = scratch.repo.parent().unwrap().join("other");
    fs::create_dir(&other).unwrap();
    for arguments in [
        &["init", "-q", "-b", "main"][..],
        &["commit", "-q", "--allow-empty", "-m", "one"],
        &["commit", "-q", "--allow-empty", "-m", "two"],
    ] {
        assert!(scratch.try_git(&other, arguments).status.success());
    }
    fs::write(other.join("file"), "text\n").unwrap();
    for arguments in [&["add", "."][..], &["commit", "-q", "-m", "three"]] {
        assert!(scratch.try_git(&other, arguments).status.success());
    }
    scratch.git(["submodule", "--quiet", "add", "../other", "sub"]);
    // Both twins have the same file of settings.
    scratch.write(".gitmodules", "[submodule \"sub\"]\n\tpath = sub\n\turl = ../other\n");
    scratch.git(["add", "."]);
    scratch.git(["commit", "-q", "-m", "submodule"]);
}

#[test]
fn submodules_are_taken_by_their_commits() {
    let (scratch, _) = compare(|scratch| {
        with_submodule(scratch);
        scratch.git(["-C", "sub", "checkout", "-q", "HEAD~1"]);
    });
    assert_eq!(scratch.git(["show", "--name-status", "--format="]), "M\tsub\n");
    let (_, commit) = compare(|scratch| {
        with_submodule(scratch);
        scratch.git(["-C", "sub", "checkout", "-q", "HEAD~1"]);
        scratch.git(["config", "submodule.sub.ignore", "all"]);
        scratch.write("a", "changed\n");
    });
    assert!(commit.is_new);
    let (_, commit) = compare(|scratch| {
        with_submodule(scratch);
        scratch.write("sub/file", "changed inside\n");
        scratch.write("sub/untracked", "");
    });
    assert!(!commit.is_new, "what is not committed inside of a submodule is no change");
    let (_, commit) = compare(|scratch| {
        with_submodule(scratch);
        scratch.git(["submodule", "--quiet", "deinit", "-f", "sub"]);
    });
    assert!(!commit.is_new, "a submodule that is not checked out is no change");
    compare(|scratch| {
        with_submodule(scratch);
        fs::remove_dir_all(scratch.path("sub")).unwrap();
    });
    compare(|scratch| {
        with_submodule(scratch);
        fs::remove_dir_all(scratch.path("sub")).unwrap();
        scratch.write("sub", "a file\n");
    });
}

#[test]
fn a_submodule_is_a_repository_too() {
    compare_in("repo/sub", Scratch::new, |scratch| {
        with_submodule(scratch);
        scratch.write("sub/file", "changed\n");
    });
}

#[test]
fn a_detached_head_moves_alone() {
    let (scratch, commit) = compare(|scratch| {
        scratch.git(["checkout", "-q", "--detach"]);
        scratch.write("a", "changed\n");
    });
    assert_eq!(commit.name_rev, format!("{} undefined", commit.hexsha));
    assert_eq!(scratch.git(["log", "--format=%s", "main"]), "first\n");
}

#[test]
fn a_linked_work_tree_has_its_own_head() {
    let (scratch, _) = compare_in("linked", Scratch::new, |scratch| {
        scratch.git(["worktree", "add", "-q", "-b", "side", "../linked"]);
        scratch.write("../linked/a", "changed\n");
        scratch.write("b", "changed in the main work tree\n");
    });
    assert_eq!(scratch.git(["status", "--porcelain"]), " M b\n");
    assert_eq!(scratch.git(["log", "--format=%s", "main"]), "first\n");
}

#[test]
fn a_sub_folder_means_the_whole_repository() {
    let (scratch, _) = compare_in("repo/folder", Scratch::new, |scratch| {
        scratch.write("a", "changed\n");
    });
    assert_eq!(scratch.git(["show", "--name-status", "--format="]), "M\ta\n");
    assert_eq!(scratch.record_at(&scratch.path(".git"), true).unwrap().work_tree, scratch.repo);
}

#[test]
fn the_first_commit_can_be_ours() {
    let (_, commit) = compare_in("repo", Scratch::empty, |scratch| {
        scratch.write("new", "staged\n");
        scratch.write("gone", "staged\n");
        scratch.git(["add", "."]);
        scratch.write("new", "changed\n");
        scratch.remove("gone");
    });
    assert!(commit.is_new);
    assert_eq!(commit.name_rev, format!("{} main", commit.hexsha));
}

#[test]
fn messages_that_git_has_prepared_are_gone_afterwards() {
    let (scratch, _) = compare(|scratch| {
        scratch.git(["checkout", "-q", "-b", "side"]);
        scratch.write("b", "changed\n");
        scratch.git(["commit", "-q", "-am", "side"]);
        scratch.git(["checkout", "-q", "main"]);
        scratch.git(["merge", "-q", "--squash", "side"]);
        assert!(scratch.path(".git/SQUASH_MSG").exists());
    });
    assert!(!scratch.path(".git/SQUASH_MSG").exists());
}

#[test]
fn other_formats_of_the_index() {
    compare(|scratch| {
        scratch.git(["update-index", "--index-version", "4"]);
        scratch.write("a", "changed\n");
    });
    compare(|scratch| {
        scratch.git(["config", "core.untrackedCache", "true"]);
        scratch.git(["update-index", "--untracked-cache"]);
        scratch.git(["status"]);
        scratch.write("a", "changed\n");
    });
}

#[test]
fn sparse_checkouts_keep_what_they_leave_out() {
    let (scratch, _) = compare(|scratch| {
        scratch.git(["sparse-checkout", "set", "elsewhere"]);
        assert!(!scratch.path("folder").exists());
        scratch.write("a", "changed\n");
    });
    assert_eq!(scratch.git(["show", "--name-status", "--format="]), "M\ta\n");
}

#[test]
fn messages_are_tidied_as_the_settings_say() {
    for mode in ["default", "whitespace", "strip", "verbatim", "scissors"] {
        let hook = |scratch: &Scratch| {
            scratch.git(["config", "commit.cleanup", mode]);
            scratch.hook("commit-msg", "printf '\\n\\n# comment\\n  text  \\n\\n\\n\\nend' > \"$1\"");
            scratch.write("a", "changed\n");
        };
        let (_, commit) = compare(hook);
        assert!(commit.is_new && commit.message.contains("end"), "{mode}");
    }
}

#[test]
fn settings_name_the_author_where_variables_do_not() {
    let start = || {
        let mut scratch = Scratch::new();
        scratch.variables.retain(|(name, _)| !name.ends_with("_NAME") && !name.ends_with("_EMAIL"));
        scratch
    };
    let (scratch, _) = compare_in("repo", start, |scratch| {
        scratch.git(["config", "user.name", " A <User>, "]);
        scratch.git(["config", "user.email", "user@example.org"]);
        scratch.git(["config", "committer.name", "Only Committer"]);
        scratch.write("a", "changed\n");
    });
    let who = scratch.git(["log", "-1", "--format=%an %ae %cn %ce"]);
    assert_eq!(who, "A User user@example.org Only Committer user@example.org\n");
}

#[test]
fn the_configuration_is_pypets() {
    let scratch = Scratch::new();
    scratch.write("a", "changed\n");
    let commit = scratch.look();
    let time = chrono::TimeZone::timestamp_opt(&chrono::Local, 1_767_225_600, 0).unwrap();
    let group = format!("git.commit_{}_{}", &commit.hexsha[..7], time.format("%Y_%m_%d_%Hh%Mm%Ss"));
    let entries: Vec<String> = commit
        .config()
        .iter()
        .map(|(path, entry)| {
            let value = match &entry.value {
                crate::trajectory::Value::Text(text) => text.replace(&commit.hexsha, "HEXSHA"),
                other => format!("{other:?}"),
            };
            let value = value.replace(scratch.repo.to_str().unwrap(), "/home/repo");
            format!("{}: {} ({})", path.as_str().replace(&group, "GROUP"), value, entry.comment)
        })
        .collect();
    insta::assert_snapshot!(entries.join("\n"));
}
