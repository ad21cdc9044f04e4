//! Large arrays that are in another file already.

use std::{fs, os::unix::fs::FileExt};

use proptest::prelude::*;

use super::*;
use crate::journal::{ArrayFiles, PLACED_FROM, Places, resume};

/// A run with an array of `length` reals, which begin with `first`.
fn large(index: u32, first: f64, length: usize) -> FinishedRun {
    let numbers = (0..length).map(|at| first + at as f64).collect();
    let array = Array::new(vec![length as u64], ArrayData::Float64(numbers)).expect("the shape fits");
    run(index, Value::Array(array))
}

fn bytes(run: &FinishedRun) -> &[u8] {
    match &run.additions[0].items[0].1 {
        Value::Array(array) => match array.data() {
            ArrayData::Float64(numbers) => bytemuck::cast_slice(numbers),
            _ => unreachable!("arrays of reals"),
        },
        _ => unreachable!("arrays"),
    }
}

/// Writes the arrays of `runs` one behind the other, with a gap before each.
fn place(path: &Path, runs: &[FinishedRun]) -> Places {
    let file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(path).expect("a file");
    let mut places = Places::default();
    for run in runs {
        let offset = file.metadata().expect("a file").len() + 13;
        file.write_all_at(bytes(run), offset).expect("it can be written");
        places.insert(bytes(run), offset);
    }
    places
}

fn ended(path: &Path, files: &[&Path]) -> (Vec<FinishedRun>, Vec<u32>) {
    let mut reader = JournalReader::open(path).unwrap();
    reader.set_array_files(ArrayFiles::open(files));
    let mut ended = reader.ended_runs().unwrap();
    let runs = ended.by_ref().map(Result::unwrap).collect();
    (runs, ended.gone().iter().map(|run| run.0).collect())
}

const LENGTH: usize = PLACED_FROM / 8;

#[test]
fn they_are_not_written_again() {
    let (folder, path) = scratch();
    let file = folder.path().join("part");
    let runs = [large(0, 0.5, LENGTH), run(1, Value::Float(0.1)), large(2, -7.0, LENGTH + 1)];
    let places = place(&file, &[runs[0].clone(), runs[2].clone()]);
    assert!(places.find(bytes(&runs[0])).is_none(), "a copy is another array");
    let mut places = Places::default();
    places.insert(bytes(&runs[0]), 13);
    places.insert(bytes(&runs[2]), 26 + bytes(&runs[0]).len() as u64);
    let mut journal = create(&path);
    journal.set_arrays(&file).unwrap();
    journal.finished_with(&runs, &places).unwrap();
    journal.sync().unwrap();
    assert!(length(&path) < 1000, "{}", length(&path));
    assert_eq!(ended(&path, &[&file]), (runs.to_vec(), vec![]));
    // Wherever the file is now.
    let moved = folder.path().join("moved");
    fs::rename(&file, &moved).unwrap();
    assert_eq!(ended(&path, &[&file, &path, &moved]), (runs.to_vec(), vec![]));
    assert_eq!(ended(&path, &[&file]), (vec![runs[1].clone()], vec![0, 2]));
    // What is not as it was is as good as gone.
    let held = fs::OpenOptions::new().write(true).open(&moved).unwrap();
    held.write_all_at(&[1], 13 + 5).unwrap();
    assert_eq!(ended(&path, &[&moved]), (runs[1..].to_vec(), vec![0]));
    held.set_len(length(&moved) - 1).unwrap();
    assert_eq!(ended(&path, &[&moved]), (vec![runs[1].clone()], vec![0, 2]));
    assert!(resume(&path, Sync::Never).err().is_some_and(|error| matches!(error, JournalError::Locked { .. })));
    drop(journal);
    assert!(resume(&path, Sync::Never).unwrap().places);
}

#[test]
fn short_ones_and_those_without_a_file_are_written() {
    let (folder, path) = scratch();
    let file = folder.path().join("part");
    let runs = [large(0, 0.5, LENGTH - 1), large(1, 0.25, LENGTH)];
    let mut places = Places::default();
    places.insert(bytes(&runs[0]), 0);
    assert!(places.is_empty());
    places.insert(bytes(&runs[1]), 0);
    // Nobody would sync that file.
    create(&path).finished_with(&runs, &places).unwrap();
    assert_eq!(ended(&path, &[]), (runs.to_vec(), vec![]));
    fs::write(&file, bytes(&runs[1])).unwrap();
    let other = folder.path().join("other.cnt");
    let mut journal = create(&other);
    journal.set_arrays(&file).unwrap();
    journal.finished_with(&runs, &places).unwrap();
    drop(journal);
    assert_eq!(ended(&other, &[]), (vec![runs[0].clone()], vec![1]));
    assert_eq!(ended(&other, &[&file]), (runs.to_vec(), vec![]));
}

#[test]
fn told_again_they_are_found_in_either_file() {
    let (folder, path) = scratch();
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    let failed = FinishedRun { outcome: Err(RunFailure::Abandoned), additions: vec![], ..run(0, Value::None) };
    let runs = [large(0, 0.5, LENGTH), run(1, Value::Float(0.1)), large(2, -7.0, LENGTH)];
    let mut journal = create(&path);
    journal.finished(std::slice::from_ref(&failed)).unwrap();
    let placed = |file: &Path, offset: u64| {
        let arrays = fs::OpenOptions::new().create(true).truncate(false).write(true).open(file).unwrap();
        let mut places = Places::default();
        for (at, run) in [&runs[0], &runs[2]].into_iter().enumerate() {
            let offset = offset + (at * bytes(run).len()) as u64;
            arrays.write_all_at(bytes(run), offset).unwrap();
            places.insert(bytes(run), offset);
        }
        places
    };
    let first = placed(&old, 0);
    journal.set_arrays(&old).unwrap();
    journal.finished_with(&runs, &first).unwrap();
    let before = length(&path);
    let second = placed(&new, 4096);
    journal.set_arrays(&new).unwrap();
    journal.again(&runs, &second).unwrap();
    journal.again(&runs, &Places::default()).unwrap();
    drop(journal);
    // Not the one without a large array.
    let again = length(&path) - before;
    assert!(again > 0 && again < 300, "{again}");
    let in_order = |(mut runs, gone): (Vec<FinishedRun>, Vec<u32>)| {
        runs.sort_by_key(|run| run.index);
        (runs, gone)
    };
    assert_eq!(ended(&path, &[&old, &new]), (runs.to_vec(), vec![]));
    assert_eq!(ended(&path, &[&old]), (runs.to_vec(), vec![]));
    assert_eq!(in_order(ended(&path, &[&new])), (runs.to_vec(), vec![]));
    assert_eq!(ended(&path, &[]), (vec![runs[1].clone()], vec![0, 2]));
}

proptest! {
    /// Whatever a record says of places, at most what the files hold is set aside.
    #[test]
    fn damaged_places_do_no_harm(at in 0usize..200, byte: u8, rest in any::<[u8; 4]>()) {
        let (folder, _) = scratch();
        let file = folder.path().join("part");
        let run = large(0, 0.5, LENGTH);
        fs::write(&file, bytes(&run)).unwrap();
        let mut places = Places::default();
        places.insert(bytes(&run), 0);
        let mut to = crate::journal::encoding::Encoder::after(Vec::new()).with_places(&places);
        crate::journal::encoding::write_run(&mut to, &run);
        let mut payload = to.into_buffer();
        let at = at % payload.len();
        payload[at] = byte;
        let end = payload.len().min(at + 1 + rest.len());
        payload[at + 1..end].copy_from_slice(&rest[..end - at - 1]);
        let mut files = ArrayFiles::open([&file]);
        let mut from = crate::journal::encoding::Decoder::with_arrays(&payload, &mut files);
        if let Ok(read) = crate::journal::encoding::read_run(&mut from) {
            prop_assert!(read.bytes() <= 2 * run.bytes());
        }
    }
}
