//! What tracked files add to a commit, as text, without leaving a trace in the repository.

use git2::{Commit, DiffFormat, DiffOptions};

use super::{error::GitError, staging, work_tree::WorkTree};

/// The most of a diff that is kept: it is stored with every exploration, and nobody reads on after that much.
const MAX_BYTES: usize = 1 << 20;

/// Above loose and packed objects, so that everything new stays in memory.
const FIRST: i32 = 1000;

/// What `git diff HEAD` prints, cut after [`MAX_BYTES`]; none if nothing has changed.
///
/// The files are staged in memory, so memory holds what has changed. As for a commit, what is not committed inside
/// of a submodule does not count.
pub(super) fn text(tree: &WorkTree, head: &Commit<'_>) -> Result<Option<String>, GitError> {
    let library = |error: git2::Error| tree.failed_to("compare the files with HEAD", &error);
    let objects = tree.repository().odb().map_err(library)?;
    let _in_memory = objects.add_new_mempack_backend(FIRST).map_err(library)?;
    let mut index = tree.index()?;
    staging::stage_tracked(tree, &mut index)?;

    let mut options = DiffOptions::new();
    options.old_prefix("a").new_prefix("b").include_typechange(false).indent_heuristic(true);
    let committed = head.tree().map_err(library)?;
    let mut diff =
        tree.repository().diff_tree_to_index(Some(&committed), Some(&index), Some(&mut options)).map_err(library)?;
    diff.find_similar(None).map_err(library)?;

    let mut bytes: Vec<u8> = Vec::new();
    let printed = diff.print(DiffFormat::Patch, |_, _, line| {
        if matches!(line.origin(), '+' | '-' | ' ') {
            bytes.push(line.origin() as u8);
        }
        match line.origin() {
            'F' => bytes.extend_from_slice(&with_ends_of_names(line.content())),
            _ => bytes.extend_from_slice(line.content()),
        }
        bytes.len() <= MAX_BYTES
    });
    if bytes.len() > MAX_BYTES {
        return Ok(Some(cut(&bytes)));
    }
    printed.map_err(library)?;
    Ok((!bytes.is_empty()).then(|| readable(&bytes)))
}

/// Names with spaces in the lines `---` and `+++` end with a tab, so that `patch` finds their ends; libgit2 omits it.
fn with_ends_of_names(header: &[u8]) -> Vec<u8> {
    let mut lines = Vec::new();
    for line in header.split_inclusive(|byte| *byte == b'\n') {
        let is_name = line.starts_with(b"--- a/") || line.starts_with(b"+++ b/");
        match line.strip_suffix(b"\n").filter(|name| is_name && name[6..].contains(&b' ')) {
            Some(name) => lines.extend([name, b"\t\n"].concat()),
            None => lines.extend(line),
        }
    }
    lines
}

/// The whole lines of the first [`MAX_BYTES`], and that there was more.
fn cut(bytes: &[u8]) -> String {
    let kept = &bytes[..MAX_BYTES];
    let kept = kept.iter().rposition(|byte| *byte == b'\n').map_or(kept, |end| &kept[..=end]);
    format!("{}\n[the diff is longer than 1 MiB and was cut here]\n", readable(kept))
}

/// As text that every reader of the file can take.
fn readable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}")
}
