//! The process is killed at every step.

use super::{
    sample,
    scenario::{ALONE, Before, HDF5, LARGE, LONG, NEW_FOLDERS, QUEUE, SQLITE, Scenario, Stage},
    shim::{Mode, When},
    try_all,
};

fn crash(file: &'static str, before: Before, environment: &'static str, length: usize) {
    let stage = Stage::new(Scenario { file, before, environment, length });
    let last = stage.steps.last().expect("there are steps").number;
    let cases = stage.steps.iter().flat_map(|step| {
        let middle = (step.call == "write" || step.call == "copy").then_some(When::Middle);
        // Where one thread writes, the disk after a step is the disk before the next.
        let after = (environment != ALONE || step.number == last).then_some(When::After);
        [Some(When::Before), middle, after].into_iter().flatten().map(|when| (step.number, when))
    });
    let cases = sample(cases.collect(), 7);
    try_all(&format!("steps of {file} over {before:?} ({environment}, {length}) crashed"), cases, |&(step, when)| {
        let ended = stage.play(Mode::Kill(step, when));
        let killed = ended.code().is_none();
        if !killed && ended.code() != Some(1) {
            return Err(ended.said());
        }
        let end = stage.recover()?;
        Ok(if killed { end } else { "had ended before" })
    });
}

#[test]
fn a_new_hdf5_file() {
    crash(HDF5, Before::Nothing, ALONE, LONG);
}

#[test]
fn an_hdf5_file_in_new_folders() {
    crash(NEW_FOLDERS, Before::Nothing, ALONE, LONG);
}

#[test]
fn a_new_hdf5_file_of_several_workers() {
    crash(HDF5, Before::Nothing, QUEUE, LONG);
}

#[test]
fn an_hdf5_file_with_another_trajectory() {
    crash(HDF5, Before::Other, ALONE, LONG);
}

#[test]
fn an_hdf5_file_that_is_overwritten() {
    crash(HDF5, Before::Same, ALONE, LONG);
}

#[test]
fn an_hdf5_file_that_is_resumed() {
    crash(HDF5, Before::Begun, ALONE, LONG);
}

#[test]
fn a_new_hdf5_file_of_large_arrays() {
    crash(HDF5, Before::Nothing, ALONE, LARGE);
}

#[test]
fn an_hdf5_file_of_large_arrays_that_is_resumed() {
    crash(HDF5, Before::Begun, ALONE, LARGE);
}

#[test]
fn a_new_sqlite_file() {
    crash(SQLITE, Before::Nothing, ALONE, LONG);
}

#[test]
fn an_sqlite_file_with_another_trajectory() {
    crash(SQLITE, Before::Other, QUEUE, LONG);
}

#[test]
fn an_sqlite_file_that_is_overwritten() {
    crash(SQLITE, Before::Same, ALONE, LONG);
}

#[test]
fn an_sqlite_file_that_is_resumed() {
    crash(SQLITE, Before::Begun, ALONE, LONG);
}
