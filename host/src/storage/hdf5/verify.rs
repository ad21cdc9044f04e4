//! Reading a closed file back before it takes the place of another.

use std::path::Path;

use super::raw::{Called, File, Type};

/// What the file must hold.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) trajectory: String,
    pub(super) runs: u64,
    pub(super) stored: u64,
}

/// Rows that are read at once.
const ROWS: u64 = 4096;

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
    Ok((stored != expected.stored).then(|| format!("{stored} runs have ended instead of {}", expected.stored)))
}
