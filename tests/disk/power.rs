//! The power is cut, at every sync and between.

use std::fs;

use super::{
    is_long,
    recording::{Disk, Entry, Names, Random, is_sync, read},
    scenario::{ALONE, Before, HDF5, LARGE, LONG, NEW_FOLDERS, QUEUE, SQLITE, Scenario, Stage, reported, restore},
    shim::{Mode, Process},
    try_all,
};
use host::journal::JournalReader;

/// A moment, how names behave, and the seed of what is there.
type Cut = (usize, Names, u64);

/// Cuts for each scenario, in the short form and the long one.
const CUTS: (usize, usize) = (4, 200);

fn cut(file: &'static str, before: Before, environment: &'static str, length: usize) {
    let stage = Stage::new(Scenario { file, before, environment, length });
    stage.reset();
    let journal = stage.place().canonicalize().expect("a place").join(stage.scenario.file).with_file_name("steps.cnt");
    let mut start = Disk::of(&stage.place(), &journal);
    if before == Before::Same {
        // That of what is overwritten.
        start.journal = None;
    }
    let ended = stage.host(Mode::Record, &stage.args());
    assert_eq!(ended.code(), Some(1), "{}", ended.said());
    let recording = read(&Process::recording(&stage.notes()));
    let all = cuts(&recording);
    try_all(&format!("power cuts of {file} over {before:?} ({environment}, {length})"), all, |cut| {
        at(&stage, &start, &recording, cut)
    });
}

/// At each sync, before and after it, and between.
fn cuts(recording: &[Entry]) -> Vec<Cut> {
    let mut random = Random::new(recording.len() as u64);
    let mut moments: Vec<usize> =
        (0..recording.len()).filter(|&at| is_sync(&recording[at])).flat_map(|at| [at, at + 1]).collect();
    moments.push(recording.len());
    let wanted = if is_long() { CUTS.1 } else { CUTS.0 };
    let mut cuts = Vec::new();
    for number in 0..wanted.max(if is_long() { moments.len() } else { 0 }) {
        let moment = match is_long() && number < moments.len() {
            true => moments[number],
            false if random.below(2) == 0 => moments[random.below(moments.len())],
            false => random.below(recording.len() + 1),
        };
        let names = if number % 2 == 0 { Names::InOrder } else { Names::Independent };
        cuts.push((moment, names, number as u64));
    }
    cuts
}

fn at(stage: &Stage, start: &Disk, recording: &[Entry], &(moment, names, seed): &Cut) -> Result<&'static str, String> {
    let mut disk = start.clone();
    recording[..moment].iter().for_each(|entry| disk.apply(entry));
    // The runs that were reported: the journal held them when it was last synced.
    let mut held = None;
    if let Some(bytes) = &disk.journal {
        let synced = stage.notes().join("synced.cnt");
        fs::write(&synced, bytes).expect("notes can be written");
        let reader = JournalReader::open(&synced).map_err(|error| format!("what was synced is no journal: {error}"))?;
        let is_complete = reader.is_complete();
        held = Some((is_complete, reported(reader)));
    }
    let (files, folders) = disk.cut(names, &mut Random::new(seed));
    let nothing = stage.notes().join("nothing");
    fs::create_dir_all(&nothing).expect("folders can be made");
    restore(&nothing, &stage.place());
    for folder in folders {
        fs::create_dir_all(folder).expect("folders can be made");
    }
    for (path, bytes) in files {
        fs::write(path, bytes).expect("files can be written");
    }
    let there = stage.finished();
    if let Some((was_complete, reported)) = held {
        // Nothing was reported while the journal was begun.
        let is_begun = was_complete || !reported.is_empty();
        let there = match &there {
            Some(there) => there,
            None if is_begun => return Err("THE JOURNAL IS LOST".into()),
            None => return stage.recover(),
        };
        if was_complete && !stage.is_complete() {
            return Err("a complete journal is not complete any more".into());
        }
        if !stage.is_complete() && there.len() < reported.len() {
            return Err(format!("LOST: {} runs were reported, {} are there", reported.len(), there.len()));
        }
    }
    stage.recover()
}

#[test]
fn a_new_hdf5_file() {
    cut(HDF5, Before::Nothing, ALONE, LONG);
}

#[test]
fn an_hdf5_file_in_new_folders() {
    cut(NEW_FOLDERS, Before::Nothing, ALONE, LONG);
}

#[test]
fn an_hdf5_file_with_another_trajectory() {
    cut(HDF5, Before::Other, QUEUE, LONG);
}

#[test]
fn an_hdf5_file_that_is_overwritten() {
    // Whatever the clock says, each run is synced before it counts.
    cut(HDF5, Before::Same, "multiproc = false\nsync = \"run\"", LONG);
}

#[test]
fn an_hdf5_file_that_is_resumed() {
    cut(HDF5, Before::Begun, ALONE, LONG);
}

#[test]
fn a_new_hdf5_file_of_large_arrays() {
    cut(HDF5, Before::Nothing, ALONE, LARGE);
}

#[test]
fn an_hdf5_file_of_large_arrays_that_is_overwritten() {
    cut(HDF5, Before::Same, "multiproc = false\nsync = \"run\"", LARGE);
}

#[test]
fn an_hdf5_file_of_large_arrays_that_is_resumed() {
    cut(HDF5, Before::Begun, ALONE, LARGE);
}

#[test]
fn a_new_sqlite_file() {
    cut(SQLITE, Before::Nothing, ALONE, LONG);
}

#[test]
fn an_sqlite_file_with_another_trajectory() {
    cut(SQLITE, Before::Other, QUEUE, LONG);
}

#[test]
fn an_sqlite_file_that_is_overwritten() {
    cut(SQLITE, Before::Same, ALONE, LONG);
}

#[test]
fn an_sqlite_file_that_is_resumed() {
    cut(SQLITE, Before::Begun, ALONE, LONG);
}
