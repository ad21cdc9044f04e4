//! Any runs, written to a journal and read back.

use arbitrary::{Result, Unstructured};
use host::journal::{Journal, JournalReader, Record, Resumed, Sync, resume};

use super::{
    journal::{records, seen},
    made, place,
};

/// What is written is read, to the last bit, whatever was written before and however the writer ended.
pub fn journal_roundtrip(bytes: &[u8]) {
    let _ = check(&mut Unstructured::new(bytes));
}

fn check(u: &mut Unstructured<'_>) -> Result<()> {
    let path = place::folder().join("right.cnt");
    let _ = std::fs::remove_file(&path);
    let length = u.int_in_range(0..=50)?;
    let header = u.bytes(length.min(u.len()))?;
    let mut journal = Journal::create(&path, header, Sync::Never).expect("a journal can be begun");
    let mut written = Vec::new();
    for _ in 0..u.int_in_range(0..=4)? {
        let runs = made::list(u, made::run)?;
        for run in &runs {
            journal.started(run.index).expect("notes can be written");
            written.push(seen(&Record::Started(run.index)));
        }
        journal.finished(&runs).expect("runs can be written");
        written.extend(runs.into_iter().map(|run| seen(&Record::Finished(run))));
        if u.ratio(1, 4)? {
            journal.stored().expect("notes can be written");
            journal.sync().expect("what waits can be written");
            written.push(seen(&Record::Stored));
        }
        if u.ratio(1, 4)? {
            drop(journal);
            let Resumed { journal: resumed, reader, cut, .. } =
                resume(&path, Sync::Never).expect("a right journal goes on");
            assert_eq!(cut, None);
            assert_eq!(reader.header(), header);
            journal = resumed;
        }
    }
    let (held, read, complete) = records(JournalReader::open(&path).expect("a right journal"));
    assert!(held.whole && held.torn.is_none() && !complete && read == header);
    assert_eq!(held.records, written);
    journal.complete().expect("a journal can be completed");
    let (held, read, complete) = records(JournalReader::open(&path).expect("a complete journal"));
    assert!(held.whole && held.torn.is_none() && complete && read == header);
    assert_eq!(held.records, [seen(&Record::Complete)]);
    Ok(())
}
