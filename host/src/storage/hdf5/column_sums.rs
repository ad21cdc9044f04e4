//! Sums of columns: whether a column still holds what was written, told without reading any run.
//!
//! The sum of a column does not depend on the order in which its cells were written. It is no proof against people,
//! who could change it as well, but against disks.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::{
    cells::Element,
    raw::{Called, Node, Type},
    scalar_column::{KINDS, Kind},
};

/// What the cells of a column add up to. Cells that hold what stands for a missing value add nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum([u64; 2]);

/// Rows that are read at once.
const ROWS: u64 = 16 << 10;

impl Sum {
    /// Adds the cell of a run.
    pub(super) fn add(&mut self, run: u64, cell: &[u8]) {
        for (lane, sum) in self.0.iter_mut().enumerate() {
            let mut mixed = mix(run ^ SEEDS[lane]);
            for word in cell.chunks(8) {
                let mut bytes = [0; 8];
                bytes[..word.len()].copy_from_slice(word);
                mixed = mix(mixed ^ u64::from_ne_bytes(bytes));
            }
            *sum = sum.wrapping_add(mix(mixed ^ cell.len() as u64));
        }
    }

    fn digits(self) -> String {
        format!("{:016x}{:016x}", self.0[0], self.0[1])
    }
}

/// Any two different numbers.
const SEEDS: [u64; 2] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344];

/// The end of SplitMix64: every bit of the input moves half of the others.
fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

/// Columns with their kinds and sums as one text.
pub(super) fn written<'c>(columns: impl Iterator<Item = (&'c str, Kind, Sum)>) -> String {
    // In alphabetical order, which does not depend on that of the runs.
    let all: BTreeMap<&str, Json> =
        columns.map(|(name, kind, sum)| (name, json!([KINDS[kind as usize], sum.digits()]))).collect();
    json!(all).to_string()
}

/// The columns of a text of [`written`] that do not hold what they held: their names, and what is wrong.
pub(super) fn wrong(group: &Node, text: &str) -> Called<Vec<(String, String)>> {
    let mut found = Vec::new();
    let Ok(all) = serde_json::from_str::<Map<String, Json>>(text) else {
        return Ok(vec![("overview.columns".into(), "the sums that were stored with them cannot be read".into())]);
    };
    let rows = group.open("run")?;
    let rows = (rows.shape()?.points(), rows.read_all(&Type::integer(8, true)?)?);
    if !rows.1.as_chunks().0.iter().map(|bytes| i64::from_ne_bytes(*bytes)).eq(0..rows.0 as i64) {
        found.push(("overview.columns.run".to_owned(), "it does not count the runs".to_owned()));
    }
    for (name, entry) in all {
        let place = format!("overview.columns.{name}");
        let kind = KINDS.iter().position(|kind| entry[0] == **kind);
        let sum = match kind.map(|kind| sum_of(group, &name, kind)) {
            Some(Ok(sum)) => sum,
            Some(Err(error)) => {
                found.push((place, format!("it cannot be read: {error}")));
                continue;
            }
            None => continue,
        };
        if entry[1] != sum.digits() {
            found.push((place, "it does not hold what was written to it".to_owned()));
        }
    }
    Ok(found)
}

/// The sum of a column as it stands in the file.
fn sum_of(group: &Node, name: &str, kind: usize) -> Called<Sum> {
    let node = group.open(name)?;
    let rows = node.shape()?.points();
    let mut sum = Sum::default();
    for first in (0..rows).step_by(ROWS as usize) {
        let count = ROWS.min(rows - first);
        if kind == Kind::Text as usize {
            let texts = node.read_text_rows(first, count)?;
            let cells = texts.iter().zip(first..).filter(|(text, _)| !text.is_empty());
            cells.for_each(|(text, run)| sum.add(run, text.as_bytes()));
            continue;
        }
        let kind = Kind::ALL[kind];
        let (element, fill) = (element(kind), kind.fill());
        let bytes = node.read_rows(&element.datatype()?, first, count)?;
        let cells = bytes.chunks_exact(element.size()).zip(first..).filter(|(cell, _)| *cell != fill);
        cells.for_each(|(cell, run)| sum.add(run, cell));
    }
    Ok(sum)
}

fn element(kind: Kind) -> Element {
    match kind {
        Kind::Float => Element::FLOAT,
        Kind::Int => Element::INT,
        Kind::UInt => Element::Int { bytes: 8, signed: false },
        Kind::Bool | Kind::Text => Element::Int { bytes: 1, signed: true },
    }
}
