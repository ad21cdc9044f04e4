//! The journal as a whole: what goes in comes out, whatever happens to the file.

mod crashes;
mod encoding;
mod files;
mod large_arrays;

use std::path::{Path, PathBuf};

use super::{
    Journal, JournalError, JournalReader, Record, Sync,
    samples::{path, run},
};
use crate::trajectory::*;

/// A folder that goes away, and a journal in it.
fn scratch() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.cnt");
    (folder, path)
}

fn create(path: &Path) -> Journal {
    Journal::create(path, b"the experiment", Sync::Never).expect("a new journal")
}

/// A journal with one record of each kind, and where each of them ends.
fn small(path: &Path) -> (Vec<Record>, Vec<u64>) {
    let mut journal = create(path);
    let failed = FinishedRun { outcome: Err(RunFailure::Abandoned), additions: vec![], ..run(7, Value::None) };
    let records = [
        Record::Started(RunIndex(3)),
        Record::Finished(run(3, Value::Text("three".into()))),
        Record::Finished(failed),
        Record::Stored,
        Record::Finished(run(4, Value::Float(0.1))),
    ];
    let mut ends = vec![length(path)];
    for record in &records {
        match record {
            Record::Started(index) => journal.started(*index).unwrap(),
            Record::Finished(run) => journal.finished(std::slice::from_ref(run)).unwrap(),
            Record::Stored => journal.stored().unwrap(),
            Record::Complete => unreachable!("completing ends a journal"),
            Record::Again(_) | Record::Gone { .. } => unreachable!("without large arrays there are none"),
        }
        journal.sync().unwrap();
        ends.push(length(path));
    }
    (records.into(), ends)
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).expect("a file").len()
}

/// Whole records, the number of torn bytes, what is wrong.
type Content = (Vec<Record>, Option<u64>, Option<JournalError>);

fn read(path: &Path) -> Result<Content, JournalError> {
    let reader = JournalReader::open(path)?;
    assert_eq!(reader.header(), b"the experiment");
    let mut records = reader.records();
    let mut whole = Vec::new();
    for record in &mut records {
        match record {
            Ok(record) => whole.push(record),
            Err(error) => {
                assert!(records.next().is_none(), "nothing comes after an error");
                return Ok((whole, records.torn(), Some(error)));
            }
        }
    }
    Ok((whole, records.torn(), None))
}

fn read_whole(path: &Path) -> Vec<Record> {
    let (records, torn, error) = read(path).expect("a journal");
    assert!(torn.is_none() && error.is_none(), "{torn:?} {error:?}");
    records
}

/// The message without the name of the folder.
fn message(error: &dyn std::fmt::Display, folder: &tempfile::TempDir) -> String {
    error.to_string().replace(folder.path().to_str().expect("a plain name"), "FOLDER")
}
