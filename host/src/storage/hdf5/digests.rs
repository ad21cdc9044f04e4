//! `overview/host_digests`: the digest of every run as text, one row for each, and that of the head beside them.
//!
//! h5py and PyTables read it; pypet never looks into `overview`. A run that is pending has an empty text. In the layout
//! `columns` there are the first eight bytes of each digest as a number, and 0 for a run that is pending: as many as it
//! takes to find damage, a quarter of what a run with three numbers would need otherwise.

use std::ops::Range;

use crate::{
    storage::{Head, KeptDigest, StoredDigests},
    trajectory::{CommentDigest, Digest, FinishedRun, RunIndex},
};

use super::{
    cells::Element,
    kit::Kit,
    leaf_reader::text_attribute,
    raw::{Called, Creation, Kind, Node, Shape, Storing, Type},
};

/// The name of the dataset in the overview.
pub(super) const DIGESTS: &str = "host_digests";
/// The digest of everything that is known before the first run.
const HEAD: &str = "HOST_HEAD";
/// The digest of the comments of all runs.
const COMMENTS: &str = "HOST_COMMENTS";
/// What the columns add up to; see [`super::column_sums`].
const COLUMNS: &str = "HOST_COLUMNS";
/// Digits of a digest.
const WIDTH: usize = 64;
/// Bytes of a digest that are kept as a number.
pub(super) const BEGINNING: usize = 8;
/// Rows that are collected before they are written.
const BATCH: usize = 1000;

/// The open dataset with the rows that wait to be written.
#[derive(Debug)]
pub(super) struct Digests {
    node: Node,
    type_: Type,
    comments: CommentDigest,
    waiting: Vec<(RunIndex, Digest)>,
    sum: Sum,
}

/// What digests of runs add up to, in whatever order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum([u64; 4]);

impl Sum {
    /// Each with its run, so that two of them in each other's place are found.
    pub(super) fn add(&mut self, run: u64, digest: &Digest) {
        for (sum, bytes) in self.0.iter_mut().zip(digest.0.as_chunks().0) {
            *sum = sum.wrapping_add(u64::from_ne_bytes(*bytes).wrapping_mul(2 * run + 1));
        }
    }
}

fn digits() -> Called<Type> {
    Element::Text { width: WIDTH, utf8: true }.datatype()
}

impl Digests {
    /// Makes the dataset with an empty row for every run.
    pub(super) fn create(kit: &mut Kit, overview: &Node, head: &Head) -> Called<Self> {
        let type_ = digits()?;
        let shape = Shape::of(&[head.trajectory.run_count()])?;
        // Digests do not compress.
        let node = overview.make_dataset(DIGESTS, &type_, &shape, &Creation::new(&Storing::Contiguous, None)?)?;
        put_head(kit, &node, head)?;
        Ok(Self { node, type_, comments: CommentDigest::default(), waiting: Vec::new(), sum: Sum::default() })
    }

    /// Takes note of a run that has ended.
    pub(super) fn finished(&mut self, run: &FinishedRun) -> Called<()> {
        self.comments.see(run);
        let digest = run.digest();
        self.sum.add(run.index.0.into(), &digest);
        self.waiting.push((run.index, digest));
        if self.waiting.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    /// Writes the rows that wait, neighbours at once.
    pub(super) fn flush(&mut self) -> Called<()> {
        self.waiting.sort_unstable();
        for span in self.waiting.chunk_by(|(a, _), (b, _)| a.0 + 1 == b.0) {
            let bytes: Vec<u8> = span.iter().flat_map(|(_, digest)| digest.hex()).collect();
            self.node.write_rows(&self.type_, span[0].0.0.into(), &bytes)?;
        }
        self.waiting.clear();
        Ok(())
    }

    /// What all of them add up to.
    pub(super) fn sum(&self) -> Sum {
        self.sum
    }

    /// Writes what waits, and what is known at the end only: also the sums of the columns.
    pub(super) fn finish(mut self, kit: &mut Kit, columns: &str) -> Called<()> {
        self.flush()?;
        put_tail(kit, &self.node, columns, self.comments.digest())
    }
}

/// Writes the digest of the head beside those of runs.
pub(super) fn put_head(kit: &mut Kit, node: &Node, head: &Head) -> Called<()> {
    kit.put_named_word(node, HEAD, &head.digest().to_string())
}

/// Writes what is known at the end only: the sums of the columns, and the digest of all comments.
pub(super) fn put_tail(kit: &mut Kit, node: &Node, columns: &str, comments: Digest) -> Called<()> {
    kit.put_named_word(node, COLUMNS, columns)?;
    kit.put_named_word(node, COMMENTS, &comments.to_string())
}

/// The beginning of a digest, with zeros behind it.
pub(super) fn beginning(digest: &Digest) -> Digest {
    let mut bytes = [0; 32];
    bytes[..BEGINNING].copy_from_slice(&digest.0[..BEGINNING]);
    Digest(bytes)
}

/// What is kept of these runs; nothing in files that pypet or an older version has made.
pub(super) fn read(overview: &Node, rows: Range<u64>) -> Called<Option<StoredDigests>> {
    if !overview.has(DIGESTS)? {
        return Ok(None);
    }
    let node = overview.open(DIGESTS)?;
    let word = |name| Ok(text_attribute(&node, name)?.and_then(|text| text.parse().ok()));
    Ok(Some(StoredDigests { head: word(HEAD)?, comments: word(COMMENTS)?, runs: digests(&node, rows)? }))
}

fn digests(node: &Node, rows: Range<u64>) -> Called<Vec<Option<KeptDigest>>> {
    let count = node.shape()?.points();
    let (first, end) = (rows.start.min(count), rows.end.min(count));
    let count = end.saturating_sub(first);
    if let Kind::Integer { .. } = node.datatype()?.kind()? {
        let bytes = node.read_rows(&Type::integer(BEGINNING, false)?, first, count)?;
        let rows = bytes.as_chunks().0.iter();
        return Ok(rows.map(|row| (*row != [0; BEGINNING]).then_some(KeptDigest::Beginning(*row))).collect());
    }
    let bytes = node.read_rows(&digits()?, first, count)?;
    let whole = |row| std::str::from_utf8(row).ok()?.parse().ok().map(KeptDigest::Whole);
    Ok(bytes.chunks_exact(WIDTH).map(whole).collect())
}

/// What all digests in the file add up to, of which `at_once` are read at a time.
pub(super) fn sum(overview: &Node, at_once: u64) -> Called<Sum> {
    let node = overview.open(DIGESTS)?;
    let rows = node.shape()?.points();
    let mut sum = Sum::default();
    for first in (0..rows).step_by(at_once as usize) {
        let found = digests(&node, first..first + at_once)?;
        for (digest, run) in found.iter().zip(first..) {
            match digest {
                None => {}
                Some(KeptDigest::Whole(digest)) => sum.add(run, digest),
                Some(KeptDigest::Beginning(bytes)) => {
                    let mut whole = [0; 32];
                    whole[..BEGINNING].copy_from_slice(bytes);
                    sum.add(run, &Digest(whole));
                }
            }
        }
    }
    Ok(sum)
}

/// What the columns added up to when they were written; nothing in files that have no such sums.
pub(super) fn columns(overview: &Node) -> Called<Option<String>> {
    if !overview.has(DIGESTS)? {
        return Ok(None);
    }
    text_attribute(&overview.open(DIGESTS)?, COLUMNS)
}
