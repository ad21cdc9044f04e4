//! Clean filters: what the attribute `filter` of a file asks for, such as `lfs`. libgit2 leaves them to its users.

use std::{fs::File, io, os::unix::ffi::OsStrExt, path::Path, process::Stdio};

use git2::{AttrCheckFlags, Oid};

use super::{
    error::GitError,
    hooks::{command, end_of, wording},
    work_tree::WorkTree,
};

/// Stores what the filter of the file at `path` makes of it and gives that object; none if no filter applies.
pub(super) fn clean(tree: &WorkTree, path: &Path) -> Result<Option<Oid>, GitError> {
    let file = || path.to_string_lossy().into_owned();
    if attribute(tree, path, "working-tree-encoding")?.is_some_and(|encoding| !is_utf8(&encoding)) {
        return Err(GitError::Encoding { file: file() });
    }
    let Some(filter) = attribute(tree, path, "filter")? else { return Ok(None) };
    let is_required = tree.flag(&format!("filter.{filter}.required"));
    let has_process = tree.setting(&format!("filter.{filter}.process")).is_some();
    let cleaned = match tree.setting(&format!("filter.{filter}.clean")) {
        Some(program) => run(tree, path, &program),
        None if is_required || has_process => Err("`clean` is not set".to_owned()),
        // A filter that nobody has set up here is none, as for git.
        None => return Ok(None),
    };
    match cleaned {
        Ok(object) => Ok(Some(object)),
        Err(reason) if is_required || has_process => Err(GitError::Filter { file: file(), filter, reason }),
        Err(reason) => {
            tracing::warn!("`{}` is committed as it is: its filter `{filter}` failed: {reason}", file());
            Ok(None)
        }
    }
}

/// The text of an attribute of the file at `path`.
fn attribute(tree: &WorkTree, path: &Path, name: &str) -> Result<Option<String>, GitError> {
    let value = tree.repository().get_attr_bytes(path, name, AttrCheckFlags::FILE_THEN_INDEX);
    let value = value.map_err(|error| tree.failed_to("read the attributes", &error))?;
    // libgit2 marks set and unset attributes by texts of its own.
    Ok(match git2::AttrValue::from_bytes(value) {
        git2::AttrValue::String(text) => Some(text.to_owned()),
        git2::AttrValue::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    })
}

fn is_utf8(encoding: &str) -> bool {
    matches!(encoding.to_lowercase().as_str(), "utf-8" | "utf8")
}

/// Sends the file through `program`, and what comes out through libgit2's own filters for ends of lines.
fn run(tree: &WorkTree, path: &Path, program: &str) -> Result<Oid, String> {
    let input = File::open(tree.root().join(path)).map_err(|error| error.to_string())?;
    let mut complaints = tempfile::tempfile().map_err(|error| error.to_string())?;
    let mut child = command(tree, "sh".as_ref())
        .arg("-c")
        .arg(std::ffi::OsStr::from_bytes(&with_path(program, path)))
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(complaints.try_clone().map_err(|error| error.to_string())?)
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut writer = tree.repository().blob_writer(Some(path)).map_err(|error| error.message().to_owned())?;
    let copied = io::copy(child.stdout.as_mut().expect("a pipe was asked for"), &mut writer);
    let status = child.wait().map_err(|error| error.to_string())?;
    if !status.success() {
        let output = end_of(&mut complaints).unwrap_or_default();
        return Err(format!("{} {output}", wording(status)).trim().to_owned());
    }
    copied.map_err(|error| error.to_string())?;
    writer.commit().map_err(|error| error.message().to_owned())
}

/// `program` with the quoted path of the file for `%f`, and `%` for `%%`.
fn with_path(program: &str, path: &Path) -> Vec<u8> {
    let mut command = Vec::new();
    let mut rest = program;
    while let Some((before, after)) = rest.split_once('%') {
        command.extend_from_slice(before.as_bytes());
        rest = match after.as_bytes().first() {
            Some(b'f') => {
                command.push(b'\'');
                for byte in path.as_os_str().as_bytes() {
                    match byte {
                        b'\'' | b'!' => command.extend_from_slice(&[b'\'', b'\\', *byte, b'\'']),
                        byte => command.push(*byte),
                    }
                }
                command.push(b'\'');
                &after[1..]
            }
            Some(b'%') => {
                command.push(b'%');
                &after[1..]
            }
            _ => {
                command.push(b'%');
                after
            }
        };
    }
    command.extend_from_slice(rest.as_bytes());
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_shell_reads_every_path_back(path in "[^\0]{1,30}") {
            let command = with_path("printf %%s %f", Path::new(&path));
            let output = Command::new("sh").arg("-c").arg(std::ffi::OsStr::from_bytes(&command)).output().unwrap();
            prop_assert_eq!(String::from_utf8(output.stdout).unwrap(), path);
        }
    }
}
