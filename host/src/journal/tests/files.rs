//! Which files a journal takes, and who may write to them.

use std::{fs, os::unix::fs::symlink, process::Command};

use super::*;
use crate::journal::resume;

#[test]
fn records_come_back_in_their_order() {
    let (_folder, path) = scratch();
    let (records, _) = small(&path);
    assert_eq!(read_whole(&path), records);
}

#[test]
fn notes_are_written_with_the_next_run() {
    let (_folder, path) = scratch();
    let mut journal = create(&path);
    let empty = length(&path);
    journal.started(RunIndex(0)).unwrap();
    journal.stored().unwrap();
    assert_eq!(length(&path), empty);
    journal.finished(&[run(0, Value::None)]).unwrap();
    let all = vec![Record::Started(RunIndex(0)), Record::Stored, Record::Finished(run(0, Value::None))];
    assert_eq!(read_whole(&path), all);
    for index in 0..100_000 {
        journal.started(RunIndex(index)).unwrap();
    }
    assert!(length(&path) > 1 << 20, "many notes do not wait for ever");
}

#[test]
fn a_reader_sees_what_was_there_when_it_opened() {
    let (_folder, path) = scratch();
    let mut journal = create(&path);
    journal.finished(&[run(0, Value::None)]).unwrap();
    let reader = JournalReader::open(&path).unwrap();
    journal.finished(&[run(1, Value::None)]).unwrap();
    assert_eq!(reader.records().map(Result::unwrap).collect::<Vec<_>>(), [Record::Finished(run(0, Value::None))]);
}

#[test]
fn complete_leaves_the_header_and_that_it_is_complete() {
    let (folder, path) = scratch();
    let mut journal = create(&path);
    let empty = length(&path);
    // What a crash in the middle of completing leaves behind.
    fs::write(folder.path().join("x.cnt.new"), "half of it").unwrap();
    journal.finished(&[run(0, Value::None)]).unwrap();
    assert!(!JournalReader::open(&path).unwrap().is_complete());
    journal.complete().unwrap();
    assert_eq!(length(&path), empty + 17);
    assert!(JournalReader::open(&path).unwrap().is_complete());
    assert_eq!(read_whole(&path), [Record::Complete]);
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["x.cnt"]);
    assert!(matches!(resume(&path, Sync::Never), Err(JournalError::Complete { .. })));
    create(&path).finished(&[run(1, Value::None)]).unwrap();
    assert_eq!(read_whole(&path), [Record::Finished(run(1, Value::None))]);
}

#[test]
fn two_cannot_write_to_one_journal() {
    let (_folder, path) = scratch();
    let other_process =
        || Command::new("flock").args(["--nonblock", "--conflict-exit-code", "9"]).arg(&path).arg("true").status();
    let journal = create(&path);
    assert!(matches!(Journal::create(&path, b"", Sync::Never), Err(JournalError::Locked { .. })));
    assert!(matches!(resume(&path, Sync::Never), Err(JournalError::Locked { .. })));
    assert_eq!(other_process().expect("flock of util-linux").code(), Some(9));
    drop(journal);
    assert_eq!(other_process().expect("flock of util-linux").code(), Some(0));
    let resumed = resume(&path, Sync::Never).unwrap();
    assert!(matches!(resume(&path, Sync::Never), Err(JournalError::Locked { .. })));
    assert_eq!(other_process().expect("flock of util-linux").code(), Some(9));
    resumed.journal.complete().unwrap();
    drop(create(&path));
}

#[test]
fn links_stay_links() {
    let (folder, path) = scratch();
    let link = folder.path().join("link.cnt");
    symlink(&path, &link).unwrap();
    fs::write(&path, "").unwrap();
    let journal = create(&link);
    assert_eq!(journal.path(), fs::canonicalize(&path).unwrap());
    assert!(matches!(resume(&path, Sync::Never), Err(JournalError::Locked { .. })), "both names have one lock");
    journal.complete().unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(JournalReader::open(&path).unwrap().is_complete());
}

#[test]
fn what_holds_no_finished_run_is_replaced() {
    let (folder, path) = scratch();
    let deep = folder.path().join("a/b/x.cnt");
    drop(create(&deep));
    assert!(read_whole(&deep).is_empty());
    fs::write(&path, "").unwrap();
    drop(create(&path));
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..20]).unwrap();
    let mut journal = create(&path);
    journal.started(RunIndex(5)).unwrap();
    journal.sync().unwrap();
    drop(journal);
    assert_eq!(read_whole(create(&path).path()), []);
}

#[test]
fn refusals_tell_the_way_out() {
    let (folder, path) = scratch();
    let mut messages = Vec::new();
    let mut refused = |path: &Path| {
        let before = fs::read(path).ok();
        let created = Journal::create(path, b"", Sync::Never).map(drop);
        let resumed = resume(path, Sync::Never).map(drop);
        for outcome in [created, resumed] {
            messages.push(outcome.map_or_else(|error| message(&error, &folder), |()| "fine".into()));
        }
        assert_eq!(fs::read(path).ok(), before);
    };
    fs::write(&path, "my thesis, which is longer than a preamble").unwrap();
    refused(&path);
    fs::write(&path, "HOST").unwrap();
    fs::write(folder.path().join("short"), "mine").unwrap();
    refused(&folder.path().join("short"));
    refused(folder.path());
    refused(&folder.path().join("short/x.cnt"));

    fs::remove_file(&path).unwrap();
    let journal = create(&path);
    refused(&path);
    drop(journal);
    small_over(&path);
    refused(&path);
    let mut bytes = fs::read(&path).unwrap();
    bytes[20] ^= 1;
    fs::write(&path, &bytes).unwrap();
    refused(&path);
    bytes[8] = 2;
    fs::write(&path, &bytes).unwrap();
    refused(&path);

    fs::write(&path, &bytes[..4]).unwrap();
    messages.push(message(&resume(&path, Sync::Never).unwrap_err(), &folder));
    create(&path).complete().unwrap();
    messages.push(message(&resume(&path, Sync::Never).unwrap_err(), &folder));
    messages.push(message(&resume(&folder.path().join("none.cnt"), Sync::Never).unwrap_err(), &folder));
    insta::assert_snapshot!(messages.join("\n"));
}

fn small_over(path: &Path) {
    fs::remove_file(path).unwrap();
    small(path);
}

#[test]
fn a_pipe_is_refused_at_once() {
    let (folder, path) = scratch();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    assert!(matches!(JournalReader::open(&path), Err(JournalError::NotAJournal { .. })), "{}", folder.path().display());
    assert!(matches!(resume(&path, Sync::Never), Err(JournalError::Io { .. } | JournalError::NotAJournal { .. })));
}
