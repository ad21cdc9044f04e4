//! Any bytes as a journal: read, and gone on with.

use std::fs;

use host::{
    journal::{ArrayFiles, Journal, JournalReader, Record, Resumed, Sync, resume},
    trajectory::{FinishedRun, RunIndex},
};

use super::{made, memory, place};

/// Whatever stands in the file, it is read up to where it is right, and going on keeps exactly that.
pub fn journal(bytes: &[u8]) {
    let path = place::file("any.cnt", bytes);
    // Records may say that large arrays are in another file.
    let arrays = place::file("any.part", bytes);
    let records = |mut reader: JournalReader| {
        reader.set_array_files(ArrayFiles::open([&arrays]));
        records(reader)
    };
    // Elements of lists take more memory than bytes in the file.
    let read = memory::bounded(256 * bytes.len() + (1 << 20), || JournalReader::open(&path).map(records));
    let (before, header, complete) = match read {
        Err(why) => {
            drop(why.to_string());
            assert!(resume(&path, Sync::Never).is_err(), "nothing goes on that cannot be read");
            return;
        }
        Ok(read) => read,
    };
    let Resumed { mut journal, reader, cut, .. } = match resume(&path, Sync::Never) {
        Err(why) => {
            drop(why.to_string());
            assert!(complete, "it can be read but not gone on with: {why}");
            return;
        }
        Ok(resumed) => resumed,
    };
    assert!(!complete, "nothing goes on that is complete");
    assert_eq!(reader.header(), header);
    let (kept, ..) = records(reader);
    assert_eq!(kept.records, before.records, "what was right stays");
    let next = FinishedRun {
        index: RunIndex(7),
        outcome: Ok(()),
        additions: Vec::new(),
        started: 1.5,
        took: std::time::Duration::from_millis(3),
    };
    journal.finished(std::slice::from_ref(&next)).expect("a journal that goes on takes runs");
    drop::<Journal>(journal);
    if let Some(file) = cut.and_then(|cut| cut.kept) {
        fs::remove_file(file).expect("what was damaged is kept");
    }
    let (after, ..) = records(JournalReader::open(&path).expect("it goes on as a journal"));
    assert!(after.torn.is_none());
    if before.undecodable {
        // Nothing is lost behind it, but reading ends there.
        assert_eq!(after.records, before.records);
    } else {
        assert!(after.whole, "nothing is damaged any more");
        assert_eq!(after.records, [before.records, vec![seen(&Record::Finished(next))]].concat());
    }
}

/// What a journal holds.
pub struct Held {
    /// All that was accepted, in words that tell every bit.
    pub records: Vec<String>,
    /// What was cut off, if it was said that something is.
    pub torn: Option<u64>,
    /// Whether nothing was said to be wrong with the records.
    pub whole: bool,
    /// Whether a record is right as bytes and has no meaning.
    undecodable: bool,
}

/// All records, the header, and whether it is complete.
pub fn records(reader: JournalReader) -> (Held, Vec<u8>, bool) {
    let (header, complete) = (reader.header().to_vec(), reader.is_complete());
    let mut held = Held { records: Vec::new(), torn: None, whole: true, undecodable: false };
    let mut records = reader.records();
    for record in &mut records {
        match record {
            Ok(record) => held.records.push(seen(&record)),
            Err(why) => {
                drop(why.to_string());
                held.whole = false;
                held.undecodable = matches!(why, host::journal::JournalError::Undecodable { .. });
            }
        }
    }
    assert!(records.next().is_none(), "nothing comes after the end");
    held.torn = records.torn();
    (held, header, complete)
}

/// A record in words that tell every bit.
pub fn seen(record: &Record) -> String {
    match record {
        Record::Finished(run) => format!("{:?}", made::bits(run)),
        other => format!("{other:?}"),
    }
}
