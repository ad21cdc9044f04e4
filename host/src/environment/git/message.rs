//! The message of the commit: what pypet writes, what hooks make of it, what git tidies away.

use std::fs;

use super::{Request, error::GitError, hooks::Hooks, work_tree::WorkTree};

/// ``[user message -- ]Trajectory: `NAME`, Time: `TIME`[, Comment: `COMMENT`]``, as pypet 0.1b.3 writes it.
pub(super) fn compose(request: &Request<'_>) -> String {
    let Request { user_message, trajectory, time, comment, .. } = request;
    let user = if user_message.is_empty() { String::new() } else { format!("{user_message} -- ") };
    let comment = if comment.is_empty() { String::new() } else { format!(", Comment: `{comment}`") };
    format!("{user}Trajectory: `{trajectory}`, Time: `{time}`{comment}")
}

/// What hooks leave of `message`. It passes them in the file `COMMIT_EDITMSG`, which stays, as after `git commit`.
pub(super) fn agreed(tree: &WorkTree, hooks: &Hooks<'_>, message: &str) -> Result<String, GitError> {
    let file = tree.git_dir().join("COMMIT_EDITMSG");
    let failed = |source| GitError::File { path: file.clone(), source };
    // git ends a message at a NUL, and libgit2 refuses it.
    let message = message.replace('\0', "");
    fs::write(&file, tidy(tree, &message)?).map_err(failed)?;
    let named = hooks.name_of("COMMIT_EDITMSG");
    hooks.run("prepare-commit-msg", &[&named, "message".as_ref()])?;
    hooks.run("commit-msg", &[&named])?;
    let message = fs::read(&file).map_err(failed)?;
    let message = tidy(tree, &String::from_utf8_lossy(&message).replace('\0', ""))?;
    if message.trim().is_empty() {
        return Err(GitError::EmptyMessage { path: tree.root().to_owned() });
    }
    Ok(message)
}

/// What the setting `commit.cleanup` says; without it blanks and empty lines go, as for every `git commit -m`.
fn tidy(tree: &WorkTree, message: &str) -> Result<String, GitError> {
    let comment = match tree.setting("commit.cleanup").as_deref() {
        Some("verbatim") => return Ok(message.to_owned()),
        Some("strip") => {
            let character = tree.setting("core.commentChar").unwrap_or_default();
            Some(character.bytes().next().filter(|_| character.len() == 1).unwrap_or(b'#'))
        }
        _ => None,
    };
    git2::message_prettify(message, comment).map_err(|error| tree.failed_to("tidy the message", &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn messages_are_pypets() {
        let message = |user_message, comment| {
            let repository = Path::new("");
            compose(&Request { repository, commit: true, user_message, trajectory: "exp", time: "now", comment })
        };
        assert_eq!(message("", ""), "Trajectory: `exp`, Time: `now`");
        assert_eq!(message("first try", ""), "first try -- Trajectory: `exp`, Time: `now`");
        assert_eq!(message("", "so"), "Trajectory: `exp`, Time: `now`, Comment: `so`");
        assert_eq!(message("a", "b"), "a -- Trajectory: `exp`, Time: `now`, Comment: `b`");
    }
}
