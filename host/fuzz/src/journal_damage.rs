//! A journal that was right, damaged as disks and crashes damage files: nothing is accepted that was not written.

use arbitrary::{Result, Unstructured};
use host::journal::{Journal, JournalReader, Record, Sync};

use super::{
    journal::{records, seen},
    made, memory, place,
};

/// What was written is accepted from its beginning up to where the damage begins, or the damage is reported.
pub fn journal_damage(bytes: &[u8]) {
    // Where the input ends, the rest of it is zeros.
    let _ = check(&mut Unstructured::new(bytes));
}

fn check(u: &mut Unstructured<'_>) -> Result<()> {
    let path = place::folder().join("damaged.cnt");
    let _ = std::fs::remove_file(&path);
    let mut journal = Journal::create(&path, b"what is explored", Sync::Never).expect("a journal can be begun");
    let mut written = Vec::new();
    for _ in 0..u.int_in_range(1..=3)? {
        let run = made::run(u)?;
        journal.started(run.index).expect("notes can be written");
        journal.finished(std::slice::from_ref(&run)).expect("runs can be written");
        written.extend([seen(&Record::Started(run.index)), seen(&Record::Finished(run))]);
    }
    drop(journal);
    let right = std::fs::read(&path).expect("a file");

    let (damaged, cut) = damaged(u, right.clone())?;
    std::fs::write(&path, &damaged).expect("files can be written");
    let opened = memory::bounded(256 * damaged.len() + (1 << 20), || JournalReader::open(&path).map(records));
    let Ok((held, header, complete)) = opened else { return Ok(()) };
    assert_eq!(header, b"what is explored");
    assert!(!complete, "nobody has said that it is complete");
    assert!(written.starts_with(&held.records), "what differs from what was written is accepted");
    if held.records.len() < written.len() {
        // A file that ends where a record does looks as if no more had been written.
        assert!(cut || held.torn.is_some() || !held.whole, "records are missing and nobody says so");
    } else if damaged.len() < right.len() {
        panic!("more is accepted than there is");
    }
    Ok(())
}

/// One kind of damage, and whether the file just ends earlier.
fn damaged(u: &mut Unstructured<'_>, mut file: Vec<u8>) -> Result<(Vec<u8>, bool)> {
    let last = file.len() - 1;
    match u.int_in_range(0..=5)? {
        // The checksum tells up to three wrong bits from anything that is right.
        0 => {
            for _ in 0..u.int_in_range(1..=3)? {
                let at = u.int_in_range(0..=last)?;
                file[at] ^= 1 << u.int_in_range(0..=7)?;
            }
        }
        // And whatever happens to four bytes in a row.
        1 => {
            let at = u.int_in_range(0..=last)?;
            for byte in file.iter_mut().skip(at).take(4) {
                *byte = u.arbitrary()?;
            }
        }
        // A block that was never written.
        2 => {
            let (at, length) = (u.int_in_range(0..=last)?, u.int_in_range(1..=4096)?);
            let fill = *u.choose(&[0, 0xff])?;
            file.iter_mut().skip(at).take(length).for_each(|byte| *byte = fill);
        }
        3 => {
            file.truncate(u.int_in_range(0..=last)?);
            return Ok((file, true));
        }
        4 => {
            file.truncate(u.int_in_range(0..=last)?);
            let whole = file.len();
            file.resize(whole + u.int_in_range(1..=600)?, 0);
            return Ok((file, true));
        }
        _ => file.extend(u.bytes(u.len().min(64))?),
    }
    Ok((file, false))
}
