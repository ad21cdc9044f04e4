//! All that is read of a file with trajectories, by `ls`, `show`, `runs`, `export` and `resume`.

use std::path::Path;

use host::storage::{ReadError, Reader, open};

use super::memory;

/// The most leaves and groups that are visited: a damaged file may hold itself.
const MANY: usize = 3000;
/// The most runs that are read at once.
const RUNS: u64 = 1000;

/// Reads everything, and panics if that takes memory which the file cannot need.
pub fn everything(path: &Path, bytes: &[u8]) {
    // Nothing compresses better than one to about a thousand.
    let most = 2048 * bytes.len() + (4 << 20);
    memory::bounded(most, || {
        let reader = match open(path) {
            Ok(reader) => reader,
            Err(why) => return drop(why.to_string()),
        };
        if let Err(why) = look(&*reader) {
            drop(why.to_string());
        }
    });
}

fn look(reader: &dyn Reader) -> Result<(), ReadError> {
    said(reader.file_title());
    let all = reader.trajectories();
    let mut names: Vec<String> = all.iter().flatten().map(|info| info.name.clone()).collect();
    if all.is_err() {
        // What is wrong with one of them may not concern the others.
        names.push("exp".into());
    }
    for name in names {
        said(reader.facts(&name));
        said(reader.explored(&name));
        if let Some(runs) = said(reader.runs(&name, 0..RUNS)) {
            assert!(runs.rows.iter().all(|row| row.values.len() == runs.explored.len()));
        }
        said(reader.runs(&name, 1..2));
        said(reader.runs(&name, u64::MAX - 1..u64::MAX));
        let mut waiting = vec![String::new()];
        let mut seen = 0;
        while let Some(node) = waiting.pop() {
            seen += 1;
            if seen > MANY {
                break;
            }
            if let Some(leaf) = said(reader.leaf(&name, &node)) {
                leaf.items.iter().for_each(|(_, value)| drop(value.repr(200)));
            }
            for child in said(reader.children(&name, &node)).into_iter().flatten() {
                waiting.push(if node.is_empty() { child.name } else { format!("{node}.{}", child.name) });
            }
        }
        if let Some(head) = said(reader.head(&name)) {
            let trajectory = &head.trajectory;
            for run in trajectory.runs().take(3) {
                trajectory.summary(run);
                trajectory.seed(run);
                trajectory.parameters().values().for_each(|parameter| drop(trajectory.value_of(parameter, run)));
            }
        }
        said(reader.finished(&name, 0..RUNS));
    }
    all.map(drop)
}

/// Whatever is refused is refused with a message.
fn said<T>(read: Result<T, ReadError>) -> Option<T> {
    read.map_err(|why| assert!(!why.to_string().is_empty())).ok()
}
