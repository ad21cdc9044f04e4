//! Files that were cut off or damaged, disks that are full.

use std::{fs, process::Command};

use super::*;
use crate::journal::{Cut, resume};

#[test]
fn every_cut_leaves_the_records_before_it() {
    let (_folder, path) = scratch();
    let (records, ends) = small(&path);
    let bytes = fs::read(&path).unwrap();
    for cut in 0..=bytes.len() {
        fs::write(&path, &bytes[..cut]).unwrap();
        let whole = ends.iter().filter(|&&end| end <= cut as u64).count();
        if whole == 0 {
            assert!(matches!(read(&path), Err(JournalError::NoHeader { .. })), "cut at {cut}");
            assert!(matches!(resume(&path, Sync::Never), Err(JournalError::NoHeader { .. })), "cut at {cut}");
            continue;
        }
        let last = ends[whole - 1];
        let torn = Some(cut as u64 - last).filter(|&bytes| bytes > 0);
        let (read, found, error) = read(&path).unwrap();
        assert_eq!((&read[..], found), (&records[..whole - 1], torn), "cut at {cut}");
        assert!(error.is_none(), "cut at {cut}: {error:?}");

        let mut resumed = resume(&path, Sync::Never).unwrap();
        assert_eq!(resumed.cut, torn.map(|bytes| Cut { at: last, bytes, kept: None }), "cut at {cut}");
        assert_eq!(resumed.reader.header(), b"the experiment");
        let again = run(9, Value::Int(cut as i64));
        resumed.journal.finished(std::slice::from_ref(&again)).unwrap();
        let before: Vec<Record> = resumed.reader.records().map(Result::unwrap).collect();
        assert_eq!(before, records[..whole - 1], "cut at {cut}: what is appended is not read again");
        let mut all = records[..whole - 1].to_vec();
        all.push(Record::Finished(again));
        assert_eq!(read_whole(&path), all, "cut at {cut}");
    }
}

#[test]
fn every_changed_byte_is_noticed() {
    let (_folder, path) = scratch();
    let (records, ends) = small(&path);
    let bytes = fs::read(&path).unwrap();
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            fs::write(&path, &changed).unwrap();
            let whole = ends.iter().filter(|&&end| end <= at as u64).count();
            let Ok((read, torn, error)) = read(&path) else {
                assert_eq!(whole, 0, "byte {at}: the header is read");
                continue;
            };
            assert_eq!(read, records[..whole - 1], "byte {at}");
            let last = whole == records.len();
            assert_eq!((torn.is_some(), error.is_some()), (last, !last), "byte {at}: {torn:?} {error:?}");
            if let Some(error) = error {
                let JournalError::Damaged { at, next, bytes: left, .. } = error else { panic!("byte {at}: {error}") };
                assert_eq!((at, next, at + left), (ends[whole - 1], ends[whole], bytes.len() as u64));
            }
        }
    }
}

#[test]
fn zeros_and_noise_at_the_end_are_torn() {
    let noise: Vec<u8> = (0..200_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for tail in [vec![0; 3], vec![0; 200_000], noise] {
        let (_folder, path) = scratch();
        let (records, _) = small(&path);
        fs::write(&path, [&fs::read(&path).unwrap()[..], &tail].concat()).unwrap();
        let (read, torn, error) = read(&path).unwrap();
        assert_eq!((read, torn), (records, Some(tail.len() as u64)));
        assert!(error.is_none(), "{error:?}");
    }
}

#[test]
fn damage_in_the_middle_is_told_and_kept() {
    let (folder, path) = scratch();
    let (records, ends) = small(&path);
    let mut bytes = fs::read(&path).unwrap();
    bytes[ends[1] as usize + 40] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let (_, _, error) = read(&path).unwrap();
    let mut messages = vec![message(&error.expect("damage"), &folder)];

    let resumed = resume(&path, Sync::Never).unwrap();
    let cut = resumed.cut.expect("damage");
    messages.push(message(&cut, &folder));
    assert_eq!(fs::read(cut.kept.as_ref().unwrap()).unwrap(), bytes[ends[1] as usize..]);
    assert_eq!(resumed.reader.records().map(Result::unwrap).collect::<Vec<_>>(), records[..1]);
    drop(resumed.journal);
    assert_eq!(read_whole(&path), records[..1]);

    // The same once more: what was kept is not overwritten.
    fs::write(&path, &bytes).unwrap();
    messages.push(message(&resume(&path, Sync::Never).unwrap_err(), &folder));
    assert_eq!(fs::read(&path).unwrap(), bytes, "nothing was changed");
    messages.push(message(&Cut { at: 4711, bytes: 12, kept: None }, &folder));
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn what_cannot_be_understood_is_not_cut_off() {
    use crate::journal::{
        encoding::Encoder,
        frame::{Kind, write_record},
    };
    let (folder, path) = scratch();
    small(&path);
    let whole = fs::read(&path).unwrap();
    let mut messages = Vec::new();
    for kind in [Kind::Header, Kind::Finished, Kind::Complete] {
        let mut to = Encoder::after(whole.clone());
        write_record(&mut to, kind, |to| to.raw(b"?"));
        let bytes = to.into_buffer();
        fs::write(&path, &bytes).unwrap();
        let resumed = resume(&path, Sync::Never).unwrap();
        assert!(resumed.cut.is_none());
        let error = resumed.reader.records().find_map(Result::err).expect("nonsense");
        messages.push(message(&error, &folder));
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    insta::assert_snapshot!(messages.join("\n"));
}

/// The process of this test may write 20,000 bytes to a file, as if the disk were full then.
#[test]
fn a_full_disk_leaves_whole_records() {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "journal::tests::crashes::with_a_full_disk", "--ignored", "--nocapture"])
        .env("HOST_TEST_FULL_DISK", "1")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&status.stdout);
    assert!(
        status.status.success() && output.contains("1 passed"),
        "{output}{}",
        String::from_utf8_lossy(&status.stderr)
    );
}

#[test]
#[ignore = "limits the whole process; another test starts it in one of its own"]
fn with_a_full_disk() {
    assert!(std::env::var_os("HOST_TEST_FULL_DISK").is_some(), "this test needs a process of its own");
    let limit = libc::rlimit { rlim_cur: 20_000, rlim_max: 20_000 };
    // SAFETY: both calls only change settings of this process, which does nothing else.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &limit), 0);
    }
    let (folder, path) = scratch();
    let mut journal = create(&path);
    let floats = |n: usize| Value::Array(Array::flat(ArrayData::Float64(vec![0.5; n])).unwrap());
    let runs: Vec<FinishedRun> = (0..5).map(|i| run(i, floats(700))).collect();
    let error = journal.finished(&runs).unwrap_err();
    assert_eq!(message(&error, &folder), "cannot write to the journal `FOLDER/x.cnt`: File too large (os error 27)");
    let kept: Vec<Record> = runs[..3].iter().cloned().map(Record::Finished).collect();
    assert_eq!(read_whole(&path), kept, "three fit, and the fourth is cut off");

    let broken = "nothing more is written to the journal `FOLDER/x.cnt`, because this has failed before: \
                  File too large (os error 27); what it held until then is kept";
    assert_eq!(message(&journal.finished(&[run(9, Value::None)]).unwrap_err(), &folder), broken);
    assert_eq!(message(&journal.started(RunIndex(9)).unwrap_err(), &folder), broken);
    assert_eq!(message(&journal.sync().unwrap_err(), &folder), broken);
    assert_eq!(message(&journal.sync_when_due().unwrap_err(), &folder), broken);
    assert_eq!(message(&journal.complete().unwrap_err(), &folder), broken);

    let mut resumed = resume(&path, Sync::EveryRun).unwrap();
    assert_eq!(resumed.cut, None);
    resumed.journal.finished(&[run(9, Value::None)]).unwrap();
    assert_eq!(read_whole(&path).len(), 4);
}
