//! `overview/host_digests`: the digest of every run as text, one row for each, and that of the head beside them.
//!
//! h5py and PyTables read it; pypet never looks into `overview`. A run that is pending has an empty text.

use std::ops::Range;

use crate::{
    storage::{Head, StoredDigests},
    trajectory::{CommentDigest, Digest, FinishedRun, RunIndex},
};

use super::{
    cells::Element,
    kit::Kit,
    leaf_reader::text_attribute,
    raw::{Called, Creation, Node, Shape, Storing, Type},
};

/// The name of the dataset in the overview.
const DIGESTS: &str = "host_digests";
/// The digest of everything that is known before the first run.
const HEAD: &str = "HOST_HEAD";
/// The digest of the comments of all runs.
const COMMENTS: &str = "HOST_COMMENTS";
/// Digits of a digest.
const WIDTH: usize = 64;
/// Rows that are collected before they are written.
const BATCH: usize = 1000;

/// The open dataset with the rows that wait to be written.
#[derive(Debug)]
pub(super) struct Digests {
    node: Node,
    type_: Type,
    comments: CommentDigest,
    waiting: Vec<(RunIndex, Digest)>,
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
        kit.put_named_word(&node, HEAD, &head.digest().to_string())?;
        Ok(Self { node, type_, comments: CommentDigest::default(), waiting: Vec::new() })
    }

    /// Takes note of a run that has ended.
    pub(super) fn finished(&mut self, run: &FinishedRun) -> Called<()> {
        self.comments.see(run);
        self.waiting.push((run.index, run.digest()));
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

    /// Writes what waits, and what is known at the end only.
    pub(super) fn finish(mut self, kit: &mut Kit) -> Called<()> {
        self.flush()?;
        kit.put_named_word(&self.node, COMMENTS, &self.comments.digest().to_string())
    }
}

/// What is kept of these runs; nothing in files that pypet or an older version has made.
pub(super) fn read(overview: &Node, rows: Range<u64>) -> Called<Option<StoredDigests>> {
    if !overview.has(DIGESTS)? {
        return Ok(None);
    }
    let node = overview.open(DIGESTS)?;
    let count = node.shape()?.points();
    let (first, end) = (rows.start.min(count), rows.end.min(count));
    let bytes = node.read_rows(&digits()?, first, end.saturating_sub(first))?;
    let runs = bytes.chunks_exact(WIDTH).map(|row| std::str::from_utf8(row).ok()?.parse().ok()).collect();
    let word = |name| Ok(text_attribute(&node, name)?.and_then(|text| text.parse().ok()));
    Ok(Some(StoredDigests { head: word(HEAD)?, comments: word(COMMENTS)?, runs }))
}
