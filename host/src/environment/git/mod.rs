//! The commit that an experiment is run from. pypet's `git_repository` and `git_message`.
//!
//! [`record`] does what `git add -u && git commit` does, or only looks, and says which commit that leaves. The
//! library behind it is libgit2, so no `git` has to be installed; hooks and clean filters of the repository run as
//! they do under `git`. What libgit2 leaves out is left out here: signatures, the hooks `reference-transaction` and
//! `post-index-change`, garbage collection.
//!
//! Where pypet (GitPython) commits only if a file differs from the index, changes that are already staged count too.

mod author;
mod changes;
mod error;
mod filter;
mod hooks;
mod message;
mod name_rev;
mod staging;
#[cfg(test)]
mod tests;
mod work_tree;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use chrono::{Local, TimeZone};
use git2::{Index, Tree};

use crate::trajectory::{NodePath, Parameter, Value};

use author::{Author, Role};
pub use error::GitError;
use hooks::Hooks;
use work_tree::WorkTree;

/// Which repository, and what to say in a new commit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    /// A folder inside of the repository. Of a sub-folder too the whole repository is meant: GitPython, and so
    /// pypet, takes only the top folder, and there `git add -u` reaches everything.
    pub(super) repository: &'a Path,
    /// Whether changes are committed; otherwise they are only recorded.
    pub(super) commit: bool,
    /// pypet's `git_message`; may be empty.
    pub(super) user_message: &'a str,
    /// Name of the trajectory.
    pub(super) trajectory: &'a str,
    /// Time of the trajectory, as pypet writes it.
    pub(super) time: &'a str,
    /// Comment of the trajectory; may be empty.
    pub(super) comment: &'a str,
}

/// The commit that an experiment is run from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Commit {
    /// SHA-1 in 40 hexadecimal digits.
    pub(super) hexsha: String,
    /// What `git name-rev <hexsha>` prints, which is GitPython's `name_rev`: `<hexsha> main~2`.
    pub(super) name_rev: String,
    /// Seconds since 1970 of its committer.
    pub(super) committed_date: i64,
    /// Its whole message.
    pub(super) message: String,
    /// Whether it was made just now.
    pub(super) is_new: bool,
    /// What tracked files add to it, as `git diff HEAD` prints; none if they are as committed.
    pub(super) diff: Option<String>,
    /// The top folder of the work tree.
    pub(super) work_tree: PathBuf,
}

impl Commit {
    /// pypet's entries below `config`: `git.commit_<7 digits>_<time of commit>.hexsha` and so on.
    pub(super) fn config(&self) -> BTreeMap<NodePath, Parameter> {
        let time = Local.timestamp_opt(self.committed_date, 0).single().unwrap_or_default();
        let group = format!("git.commit_{}_{}", &self.hexsha[..7], time.format("%Y_%m_%d_%Hh%Mm%Ss"));
        let mut entries = BTreeMap::new();
        let mut add = |name: &str, value: Value, comment: &str| {
            let path = NodePath::new(format!("{group}.{name}")).expect("names of entries are legal");
            entries.insert(path, Parameter::new(value, comment));
        };
        let text = |text: &str| Value::Text(text.to_owned());
        add("hexsha", text(&self.hexsha), "SHA-1 hash of commit");
        let comment = "String describing the commits hex sha based on the closest Reference";
        add("name_rev", text(&self.name_rev), comment);
        add("committed_date", Value::Int(self.committed_date), "Date of commit as unix epoch seconds");
        add("message", text(&self.message), "The commit message");
        add("repository", text(&self.work_tree.to_string_lossy()), "Folder of the work tree");
        if let Some(diff) = &self.diff {
            add("diff", text(diff), "Changes of tracked files that are not committed");
        }
        entries
    }
}

/// What of the process around it git looks at.
struct World<'a> {
    variable: &'a dyn Fn(&str) -> Option<OsString>,
}

/// Commits what has changed in tracked files and what is staged, if `request` says so, and tells the commit that
/// is now the present one.
///
/// # Errors
///
/// See [`GitError`]. A refused commit leaves the changes staged, as `git add -u && git commit` does, if a hook
/// refused it; all other refusals leave the repository as it was.
pub(super) fn record(request: &Request<'_>) -> Result<Commit, GitError> {
    record_in(&World { variable: &|name| std::env::var_os(name) }, request)
}

fn record_in(world: &World<'_>, request: &Request<'_>) -> Result<Commit, GitError> {
    let tree = WorkTree::open(world, request.repository)?;
    if !request.commit {
        let head = tree.head()?.ok_or_else(|| tree.without_commit())?;
        let diff = changes::text(&tree, &head)?;
        return describe(&tree, &head, false, diff);
    }
    tree.refuse_unfinished()?;
    let mut index = tree.index()?;
    tree.refuse_unmerged(&index)?;
    let is_restaged = staging::stage_tracked(&tree, &mut index)?;
    let staged = write_tree(&tree, &mut index)?;
    let head = tree.head()?;
    let committed = head.as_ref().map(|head| head.tree_id());
    let is_changed = committed.map_or(!index.is_empty(), |committed| committed != staged.id());
    if is_changed {
        commit(&tree, world, request, index, is_restaged)
    } else {
        if is_restaged {
            tree.write(&mut index)?;
        }
        describe(&tree, &head.ok_or_else(|| tree.without_commit())?, false, None)
    }
}

/// The part that `git commit` does, in its order.
fn commit(
    tree: &WorkTree,
    world: &World<'_>,
    request: &Request<'_>,
    mut index: Index,
    is_restaged: bool,
) -> Result<Commit, GitError> {
    let now = Local::now();
    let author = Author::find(tree, world, Role::Author, now)?;
    let committer = Author::find(tree, world, Role::Committer, now)?;
    tree.refuse_lock()?;
    if tree.flag("commit.gpgsign") {
        tracing::warn!(
            "the commit in {} is not signed: `commit.gpgsign` asks for a signature, which only git itself can make",
            tree.root().display()
        );
    }
    if is_restaged {
        tree.write(&mut index)?;
    }

    let hooks = Hooks::of(tree, &author);
    if hooks.run("pre-commit", &[])? {
        index.read(true).map_err(|error| tree.failed_to("read the index after the hook", &error))?;
        tree.refuse_unmerged(&index)?;
    }
    let staged = write_tree(tree, &mut index)?;
    let head = tree.head()?;
    // The hook may have taken everything back.
    if let Some(head) = head.as_ref().filter(|head| head.tree_id() == staged.id()) {
        return describe(tree, head, false, None);
    }
    let message = message::agreed(tree, &hooks, &message::compose(request))?;
    let parents: Vec<&git2::Commit<'_>> = head.iter().collect();
    let (author, committer) = (author.signature(tree)?, committer.signature(tree)?);
    let made = tree
        .repository()
        .commit(None, &author, &committer, &message, &staged, &parents)
        .map_err(|error| tree.failed_to("commit", &error))?;
    tree.move_head(head.as_ref().map(|head| head.id()), made, &committer, &message)?;
    tree.forget_prepared_messages();
    if let Err(error) = hooks.run("post-commit", &[]) {
        tracing::warn!("{error}");
    }
    let made = tree.repository().find_commit(made).map_err(|error| tree.failed_to("read the new commit", &error))?;
    describe(tree, &made, true, None)
}

fn write_tree<'t>(tree: &'t WorkTree, index: &mut Index) -> Result<Tree<'t>, GitError> {
    let id = index.write_tree().map_err(|error| tree.failed_to("write a tree", &error))?;
    tree.repository().find_tree(id).map_err(|error| tree.failed_to("read a tree", &error))
}

fn describe(
    tree: &WorkTree,
    commit: &git2::Commit<'_>,
    is_new: bool,
    diff: Option<String>,
) -> Result<Commit, GitError> {
    let name =
        name_rev::name_rev(tree.repository(), commit).map_err(|error| tree.failed_to("read its refs", &error))?;
    let hexsha = commit.id().to_string();
    Ok(Commit {
        name_rev: format!("{hexsha} {}", name.as_deref().unwrap_or("undefined")),
        hexsha,
        committed_date: commit.time().seconds(),
        message: String::from_utf8_lossy(commit.message_raw_bytes()).into_owned(),
        is_new,
        diff,
        work_tree: tree.root().to_owned(),
    })
}
