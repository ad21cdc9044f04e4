//! Reading a closed file back before it takes the place of another.
//!
//! The library may close a file with success though not all of it is there, as when a disk is full. So every row of the
//! tables of runs and digests and every column is read back, and of the runs themselves some; `decisions/0017` says
//! what that costs, and what all of them would.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
    path::Path,
};

use super::{
    Hdf5Reader, column_sums, digests,
    raw::{Called, File, Type},
};
use crate::{
    spec::Layout,
    storage::{ReadError, Reader, RunRow, reading::Reading},
    trajectory::{FinishedRun, RunIndex, RunSet},
};

/// What the file must hold.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) trajectory: String,
    pub(super) runs: u64,
    pub(super) stored: u64,
    /// The runs that went well.
    pub(super) well: RunSet,
    /// Units of results.
    pub(super) units: BTreeMap<String, String>,
    /// The runs that were stored last.
    pub(super) last: VecDeque<RunIndex>,
    /// What the digests of all runs add up to.
    pub(super) digests: digests::Sum,
}

/// Rows that are read at once.
const ROWS: u64 = 4096;
/// One of so many runs is read back,
const EVERY: u64 = 16;
/// and so many of those that were stored last, which a full disk takes first.
pub(super) const LAST: usize = 16;

/// What is wrong with the file, if anything is.
pub(super) fn check(path: &Path, expected: &Expected) -> Called<Option<String>> {
    let file = File::open(path, false)?;
    let overview = file.root().open(&expected.trajectory)?.open("overview")?;
    let info = overview.open("info")?.shape()?.points();
    if info != 1 {
        return Ok(Some(format!("the table `info` has {info} rows instead of 1")));
    }
    let runs = overview.open("runs")?;
    let rows = runs.shape()?.points();
    if rows != expected.runs {
        return Ok(Some(format!("the table `runs` has {rows} rows instead of {}", expected.runs)));
    }
    let index = Type::integer(8, true)?;
    let status = Type::text(16, true, false)?;
    let row = Type::compound(&[("idx", &index), ("status", &status)])?;
    let mut stored = 0;
    for first in (0..rows).step_by(ROWS as usize) {
        let bytes = runs.read_rows(&row, first, ROWS.min(rows - first))?;
        for (at, row) in bytes.chunks_exact(row.size()).enumerate() {
            let (idx, status) = row.split_at(index.size());
            let expected_idx = first as i64 + at as i64;
            if idx != expected_idx.to_ne_bytes() {
                return Ok(Some(format!("row {expected_idx} of the table `runs` is not that of its run")));
            }
            stored += u64::from(!status.starts_with(b"pending"));
        }
    }
    if stored != expected.stored {
        return Ok(Some(format!("{stored} runs have ended instead of {}", expected.stored)));
    }
    if digests::sum(&overview, ROWS)? != expected.digests {
        return Ok(Some("the digests of runs are not those that were written".to_owned()));
    }
    let sums = digests::columns(&overview)?.unwrap_or_default();
    let wrong = column_sums::wrong(&overview.open("columns")?, &sums)?;
    Ok(wrong.into_iter().next().map(|(place, what)| format!("`{place}`: {what}")))
}

/// What is wrong with some of the runs that went well, evenly spread, and with those that were stored last. Their rows
/// in the table of runs have been read before, which costs more for single rows than for all of them.
pub(super) fn check_runs(path: &Path, expected: &Expected) -> Result<Option<String>, ReadError> {
    let reader = Hdf5Reader::open(path)?;
    let name = &expected.trajectory;
    if reader.layout(name)? == Some(Layout::Columns) {
        return check_ranges(&reader, expected);
    }
    let reading = Reading { reader: &reader, trajectory: name };
    let spread = (0..expected.runs).step_by(EVERY as usize).map(|index| RunIndex(index as u32));
    for run in spread.chain(expected.last.iter().copied()).filter(|run| expected.well.contains(*run)) {
        let index = u64::from(run.0);
        let kept = reader.stored_digests(name, index..index + 1)?.and_then(|kept| kept.runs.first().copied());
        let (status, failure, values) = ("ok".to_owned(), String::new(), Vec::new());
        let row = RunRow { index, status, failure, started: 0.0, runtime: 0.0, seed: 0, values };
        let found = reading.finished_run(&row, &expected.units)?.digest();
        if kept.flatten().is_none_or(|kept| !kept.is_of(&found)) {
            return Ok(Some(format!("{run} is not what was stored")));
        }
    }
    Ok(None)
}

/// Runs of a range that is read back from columns, at most,
const RANGE: u64 = 1024;
/// and about as many bytes of results.
const RANGE_BYTES: u64 = 4 << 20;

/// The same where runs stand in columns, of which neighbours are read at once.
fn check_ranges(reader: &Hdf5Reader, expected: &Expected) -> Result<Option<String>, ReadError> {
    let (mut first, mut length) = (0, 1);
    while first < expected.runs {
        let (wrong, bytes) = check_range(reader, expected, first..first + length)?;
        if wrong.is_some() {
            return Ok(wrong);
        }
        first += length * EVERY;
        length = if bytes > RANGE_BYTES { (length / 4).max(1) } else { (length * 4).min(RANGE) };
    }
    let mut last: Vec<u64> = expected.last.iter().map(|run| run.0.into()).collect();
    last.sort_unstable();
    // Opening the columns takes longer than reading some runs from them.
    for some in last.chunk_by(|a, b| a + 1 == *b).flat_map(|neighbours| neighbours.chunks(length as usize)) {
        let (wrong, _) = check_range(reader, expected, some[0]..some[0] + some.len() as u64)?;
        if wrong.is_some() {
            return Ok(wrong);
        }
    }
    Ok(None)
}

/// What is wrong with runs of a range, and how many bytes of results they have.
fn check_range(
    reader: &Hdf5Reader,
    expected: &Expected,
    range: Range<u64>,
) -> Result<(Option<String>, u64), ReadError> {
    let name = &expected.trajectory;
    let kept = reader.stored_digests(name, range.clone())?.map(|kept| kept.runs).unwrap_or_default();
    let runs = reader.finished(name, range.clone())?;
    let wrong = runs.iter().find(|run| {
        let kept = kept.get((u64::from(run.index.0) - range.start) as usize).copied().flatten();
        kept.is_none_or(|kept| !kept.is_of(&run.digest()))
    });
    let bytes = runs.iter().map(FinishedRun::bytes).sum();
    Ok((wrong.map(|run| format!("{} is not what was stored", run.index)), bytes))
}
