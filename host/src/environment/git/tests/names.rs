//! Names of commits, against `git name-rev`.

use super::*;
use proptest::prelude::*;

fn compare_names(scratch: &Scratch) {
    let repository = git2::Repository::open(&scratch.repo).unwrap();
    for hexsha in scratch.git(["rev-list", "--all", "--reflog"]).lines() {
        let commit = repository.find_commit(git2::Oid::from_str(hexsha).unwrap()).unwrap();
        let ours = super::super::name_rev::name_rev(&repository, &commit).unwrap();
        let git = scratch.git(["name-rev", hexsha]);
        let graph = || scratch.git(["log", "--graph", "--all", "--reflog", "--format=%H %ct %d"]);
        assert_eq!(format!("{hexsha} {}\n", ours.as_deref().unwrap_or("undefined")), git, "{}", graph());
    }
}

#[test]
fn commits_are_named_by_tags_first() {
    let mut scratch = Scratch::new();
    for number in 0..6 {
        scratch.variables.retain(|(name, _)| *name != "GIT_COMMITTER_DATE");
        scratch.variables.push(("GIT_COMMITTER_DATE", format!("@{} +0000", 1_767_225_600 + 60 * number).into()));
        scratch.git(["commit", "-q", "--allow-empty", "-m", "next"]);
    }
    compare_names(&scratch);
    scratch.git(["tag", "-a", "-m", "annotated", "v1", "HEAD~2"]);
    compare_names(&scratch);
    scratch.git(["tag", "light", "HEAD~2"]);
    scratch.git(["tag", "-a", "-m", "of a tag", "again", "v1"]);
    scratch.git(["tag", "tree", "HEAD^{tree}"]);
    compare_names(&scratch);
    scratch.git(["checkout", "-q", "-b", "side/branch", "HEAD~4"]);
    scratch.git(["commit", "-q", "--allow-empty", "-m", "side"]);
    scratch.git(["merge", "-q", "--no-ff", "-m", "merge", "main"]);
    compare_names(&scratch);
    scratch.git(["branch", "-D", "main"]);
    scratch.git(["pack-refs", "--all"]);
    scratch.git(["update-ref", "refs/remotes/origin/main", "HEAD"]);
    scratch.git(["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    scratch.write("a", "stashed\n");
    scratch.git(["stash"]);
    scratch.git(["checkout", "-q", "--detach"]);
    scratch.git(["commit", "-q", "--allow-empty", "-m", "lost"]);
    compare_names(&scratch);
    // A shallow clone ends before its first commit.
    let shallow = scratch.repo.parent().unwrap().join("shallow");
    let url = format!("file://{}", scratch.repo.display());
    let cloned = scratch.try_git(scratch.dir.path(), ["clone", "-q", "--depth", "2", &url, "shallow"]);
    assert!(cloned.status.success(), "{}", String::from_utf8_lossy(&cloned.stderr));
    scratch.repo = shallow;
    compare_names(&scratch);
}

#[derive(Clone, Debug)]
enum Step {
    Commit { days: i64 },
    Merge { first: usize, second: usize },
    Branch { at: usize },
    Tag { at: usize, annotated: bool },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_i64).prop_map(|days| Step::Commit { days }),
        2 => (0..99_usize, 0..99_usize).prop_map(|(first, second)| Step::Merge { first, second }),
        2 => (0..99_usize).prop_map(|at| Step::Branch { at }),
        1 => (0..99_usize, any::<bool>()).prop_map(|(at, annotated)| Step::Tag { at, annotated }),
    ]
}

proptest! {
    // Each case is some tens of processes.
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn commits_of_any_history_are_named_alike(steps in prop::collection::vec(step(), 3..14)) {
        let scratch = Scratch::new();
        let repository = git2::Repository::open(&scratch.repo).unwrap();
        let mut now = 1_767_225_600;
        let mut commits = vec![repository.head().unwrap().peel_to_commit().unwrap().id()];
        for (number, step) in steps.iter().enumerate() {
            if let Step::Commit { days } = step {
                now += days * 86_400;
            }
            let who = git2::Signature::new("a", "a@example.org", &git2::Time::new(now, 0)).unwrap();
            let find = |at: usize| repository.find_commit(commits[at % commits.len()]).unwrap();
            let last = find(commits.len() - 1);
            let tree = last.tree().unwrap();
            let message = number.to_string();
            let add = |parents: &[&git2::Commit<'_>]| repository.commit(None, &who, &who, &message, &tree, parents).unwrap();
            let made = match step {
                Step::Commit { .. } => Some(add(&[&last])),
                Step::Merge { first, second } => Some(add(&[&find(*first), &find(*second)])),
                Step::Branch { at } => {
                    repository.branch(&format!("branch{number}"), &find(*at), true).unwrap();
                    None
                }
                Step::Tag { at, annotated: true } => {
                    repository.tag(&message, find(*at).as_object(), &who, "tag", true).unwrap();
                    None
                }
                Step::Tag { at, annotated: false } => {
                    repository.tag_lightweight(&message, find(*at).as_object(), true).unwrap();
                    None
                }
            };
            commits.extend(made);
        }
        let last = repository.find_commit(*commits.last().unwrap()).unwrap();
        repository.branch("last", &last, true).unwrap();
        compare_names(&scratch);
    }
}
