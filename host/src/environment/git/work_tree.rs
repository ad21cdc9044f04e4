//! [`WorkTree`]: an open repository with files, and what it must not be in the middle of.

use std::{
    fs,
    path::{Path, PathBuf},
};

use git2::{
    Config, ConfigLevel, ErrorCode, Index, Oid, Repository, RepositoryOpenFlags,
    RepositoryState::{self, *},
    Signature,
};

use super::{World, error::GitError};

/// A repository with files, and its settings.
pub(super) struct WorkTree {
    repository: Repository,
    root: PathBuf,
    config: Config,
}

impl WorkTree {
    /// Opens the repository around `path`, looking upwards as git does. The place alone counts: `GIT_DIR` and
    /// `GIT_WORK_TREE` do not.
    pub(super) fn open(world: &World<'_>, path: &Path) -> Result<Self, GitError> {
        if !path.exists() {
            return Err(GitError::Missing { path: path.to_owned() });
        }
        let library = |action, error: &git2::Error| failed_to(path, action, error);
        let ceilings = (world.variable)("GIT_CEILING_DIRECTORIES").unwrap_or_default();
        let opened = Repository::open_ext(path, RepositoryOpenFlags::empty(), std::env::split_paths(&ceilings));
        let repository = opened.map_err(|error| match error.code() {
            ErrorCode::NotFound => GitError::NoRepository { path: path.to_owned() },
            ErrorCode::Owner => GitError::Foreign { path: path.to_owned(), root: root_of(path) },
            _ => library("open the repository", &error),
        })?;
        let Some(root) = repository.workdir().map(Path::to_owned) else {
            return Err(GitError::Bare { path: repository.path().components().collect() });
        };
        if let Some(config) = config_by_variables(world, &repository).map_err(|e| library("read the settings", &e))? {
            repository.set_config(&config).map_err(|error| library("read the settings", &error))?;
        }
        let config = repository.config().and_then(|mut config| config.snapshot());
        let config = config.map_err(|error| library("read the settings", &error))?;
        // Without the slash at its end that libgit2 adds.
        let root = root.components().collect();
        Ok(Self { repository, root, config })
    }

    pub(super) fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The top folder of the files.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Where `HEAD` and the index of this work tree are.
    pub(super) fn git_dir(&self) -> PathBuf {
        self.repository.path().components().collect()
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// A setting that is on.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.config.get_bool(name).unwrap_or(false)
    }

    /// A setting that is not empty.
    pub(super) fn setting(&self, name: &str) -> Option<String> {
        self.config.get_string(name).ok().filter(|text| !text.is_empty())
    }

    /// The present commit; none if there is not one yet.
    pub(super) fn head(&self) -> Result<Option<git2::Commit<'_>>, GitError> {
        match self.repository.head().and_then(|head| head.peel_to_commit()) {
            Ok(commit) => Ok(Some(commit)),
            Err(error) if error.code() == ErrorCode::UnbornBranch => Ok(None),
            Err(error) => Err(self.failed_to("read HEAD", &error)),
        }
    }

    pub(super) fn index(&self) -> Result<Index, GitError> {
        self.repository.index().map_err(|error| self.failed_to("read the index", &error))
    }

    pub(super) fn write(&self, index: &mut Index) -> Result<(), GitError> {
        index.write().map_err(|error| match error.code() {
            ErrorCode::Locked => GitError::Locked { lock: self.git_dir().join("index.lock") },
            _ => self.failed_to("write the index", &error),
        })
    }

    /// Refuses a repository in the middle of something.
    pub(super) fn refuse_unfinished(&self) -> Result<(), GitError> {
        match way_out(self.repository.state()) {
            None => Ok(()),
            Some((state, way_out)) => Err(GitError::Unfinished { path: self.root.clone(), state, way_out }),
        }
    }

    /// Refuses an index with conflicts.
    pub(super) fn refuse_unmerged(&self, index: &Index) -> Result<(), GitError> {
        let mut conflicts = index.conflicts().map_err(|error| self.failed_to("read the index", &error))?;
        let Some(Ok(conflict)) = conflicts.next() else { return Ok(()) };
        let entry = conflict.our.or(conflict.their).or(conflict.ancestor);
        let file = entry.map(|entry| String::from_utf8_lossy(&entry.path).into_owned()).unwrap_or_default();
        Err(GitError::Unmerged { path: self.root.clone(), file })
    }

    /// Refuses an index that another process works on.
    pub(super) fn refuse_lock(&self) -> Result<(), GitError> {
        let lock = self.git_dir().join("index.lock");
        if lock.exists() { Err(GitError::Locked { lock }) } else { Ok(()) }
    }

    pub(super) fn without_commit(&self) -> GitError {
        GitError::NoCommit { path: self.root.clone() }
    }

    /// Makes `made` the present commit, if the present one is still `parent`, and says so in the reflog.
    pub(super) fn move_head(
        &self,
        parent: Option<Oid>,
        made: Oid,
        committer: &Signature<'_>,
        message: &str,
    ) -> Result<(), GitError> {
        let library = |error: git2::Error| self.failed_to("move HEAD to the new commit", &error);
        let mut name = "HEAD".to_owned();
        while let Ok(reference) = self.repository.find_reference(&name)
            && let Ok(Some(next)) = reference.symbolic_target()
        {
            name = next.to_owned();
        }
        let mut transaction = self.repository.transaction().map_err(library)?;
        transaction.lock_ref(&name).map_err(library)?;
        if self.repository.refname_to_id(&name).ok() != parent {
            return Err(GitError::Moved { path: self.root.clone() });
        }
        let subject = message.lines().next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        let entry = format!("commit{}: {subject}", if parent.is_none() { " (initial)" } else { "" });
        transaction.set_target(&name, made, Some(committer), &entry).map_err(library)?;
        transaction.commit().map_err(library)
    }

    /// Removes the messages that `git merge --squash` or `git cherry-pick -n` prepared for this commit, as git does.
    pub(super) fn forget_prepared_messages(&self) {
        for name in ["MERGE_MSG", "MERGE_MODE", "SQUASH_MSG"] {
            // Nearly always there is none.
            let _ = fs::remove_file(self.git_dir().join(name));
        }
    }

    pub(super) fn failed_to(&self, action: &'static str, error: &git2::Error) -> GitError {
        failed_to(&self.root, action, error)
    }
}

fn failed_to(path: &Path, action: &'static str, error: &git2::Error) -> GitError {
    GitError::Library { path: path.to_owned(), action, reason: error.message().to_owned() }
}

/// The top folder of the repository around `path`, without opening it.
fn root_of(path: &Path) -> PathBuf {
    let found: PathBuf =
        Repository::discover_path(path, &[] as &[&Path]).map_or(path.to_owned(), |found| found.components().collect());
    if found.ends_with(".git") { found.parent().map_or(found.clone(), Path::to_owned) } else { found }
}

/// What a repository is in the middle of, and the commands that end it.
fn way_out(state: RepositoryState) -> Option<(&'static str, &'static str)> {
    Some(match state {
        Clean => return None,
        Merge => ("merge", "finish it with `git merge --continue` or give it up with `git merge --abort`"),
        Revert | RevertSequence => {
            ("revert", "finish it with `git revert --continue` or give it up with `git revert --abort`")
        }
        CherryPick | CherryPickSequence => {
            ("cherry-pick", "finish it with `git cherry-pick --continue` or give it up with `git cherry-pick --abort`")
        }
        Bisect => ("bisect", "end it with `git bisect reset`"),
        Rebase | RebaseInteractive | RebaseMerge | ApplyMailboxOrRebase => {
            ("rebase", "finish it with `git rebase --continue` or give it up with `git rebase --abort`")
        }
        ApplyMailbox => ("series of patches", "finish it with `git am --continue` or give it up with `git am --abort`"),
    })
}

/// Settings as `GIT_CONFIG_GLOBAL`, `GIT_CONFIG_SYSTEM` and `GIT_CONFIG_NOSYSTEM` redirect them, which libgit2 does
/// not heed; none if these variables say nothing.
fn config_by_variables(world: &World<'_>, repository: &Repository) -> Result<Option<Config>, git2::Error> {
    let variable = |name| (world.variable)(name);
    let global = variable("GIT_CONFIG_GLOBAL");
    let system = variable("GIT_CONFIG_SYSTEM");
    let no_system = variable("GIT_CONFIG_NOSYSTEM").is_some_and(|value| {
        !matches!(value.to_string_lossy().to_lowercase().as_str(), "" | "0" | "false" | "no" | "off")
    });
    if global.is_none() && system.is_none() && !no_system {
        return Ok(None);
    }
    let mut files = Vec::new();
    if !no_system {
        files.push((ConfigLevel::System, system.map(PathBuf::from).or_else(|| Config::find_system().ok())));
    }
    match global {
        Some(file) => files.push((ConfigLevel::Global, Some(PathBuf::from(file)))),
        None => {
            files.push((ConfigLevel::XDG, Config::find_xdg().ok()));
            files.push((ConfigLevel::Global, Config::find_global().ok()));
        }
    }
    files.push((ConfigLevel::Local, Some(repository.commondir().join("config"))));
    let mut config = Config::new()?;
    for (level, file) in files {
        // Among the files that are none is /dev/null, by which people mean no settings.
        if let Some(file) = file.filter(|file| file.is_file()) {
            config.add_file(&file, level, false)?;
        }
    }
    let own = repository.path().join("config.worktree");
    if own.is_file() && config.get_bool("extensions.worktreeConfig").unwrap_or(false) {
        config.add_file(&own, ConfigLevel::Worktree, false)?;
    }
    Ok(Some(config))
}
