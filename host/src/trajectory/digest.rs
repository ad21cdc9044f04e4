//! [`Digest`]: what an exploration has found, in 256 bits.
//!
//! Two trajectories have the same digest if their content is the same to the last bit, whoever ran them, when, where,
//! with how many workers, and whatever they are stored in. What counts and what does not is decided in
//! `decisions/0017`. The encoding tells all contents apart: each text and list begins with its length.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;

use super::{
    Addition, AdditionKind, Array, ArrayData, FinishedRun, Indices, NodePath, Parameter, RunFailure, RunIndex,
    Sequence, Trajectory, Value, class::is_built_in_class, points::Combine,
};

/// BLAKE3 of a content. Written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

/// Why a text is no [`Digest`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no digest, which has 64 hexadecimal digits")]
pub struct DigestError(String);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.hex()).expect("digits are ASCII"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Digest {
    /// Its 64 digits.
    pub fn hex(&self) -> [u8; 64] {
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        digits
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let wrong = || DigestError(super::name::shortened(text));
        let value = |digit: u8| (digit as char).to_digit(16).map(|value| value as u8).ok_or_else(wrong);
        if text.len() != 64 {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = value(pair[0])? << 4 | value(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// So much of the reason of a failure counts, in bytes; the HDF5 file keeps no more.
const FAILURE: usize = 512;

impl FinishedRun {
    /// The digest of its index, its outcome and what it has added, in whatever order. Not of its times, and not of
    /// comments: those that repeat are stored once for all runs, so [`CommentDigest`] has them.
    ///
    /// A failure of the host or of a process counts with its kind alone, for its text tells of the machine.
    pub fn digest(&self) -> Digest {
        let mut to = Encoder::new("run");
        to.number(self.index.0.into());
        match &self.outcome {
            Ok(()) => to.byte(0),
            Err(why) => {
                to.byte(1);
                to.text(why.kind());
                to.text(&lasting(why));
            }
        }
        to.additions(&self.additions, false);
        to.digest()
    }
}

/// What of the reason of a failure is the same wherever the run is repeated, and wherever it is stored.
fn lasting(why: &RunFailure) -> String {
    if matches!(why.kind(), "host" | "process") {
        return String::new();
    }
    let mut text = why.to_string();
    text.truncate(text.floor_char_boundary(FAILURE));
    unfilled(&text).to_owned()
}

/// Files fill texts up with zeros, so those at the end do not count.
fn unfilled(text: &str) -> &str {
    text.trim_end_matches('\0')
}

impl Trajectory {
    /// The digest of everything that is known before the first run: parameters with their values, units, comments and
    /// classes of the user's own, axes and points, derived parameters and results of the trajectory itself, its
    /// comment, the root of its seeds, and the names of dimensions and units of results. Not of its name, which may
    /// hold a time, nor of its configuration.
    pub fn digest(&self, dims: &BTreeMap<String, Vec<String>>, units: &BTreeMap<String, String>) -> Digest {
        let mut to = Encoder::new("head");
        to.text(unfilled(&self.comment));
        to.number(self.root_seed);
        to.many(self.points.lengths().iter(), |to, length| to.number(*length));
        to.byte(match self.points.combine() {
            Combine::Cartesian => 0,
            Combine::Zip => 1,
        });
        to.number(self.points.replicates());
        // The counter of replicates follows from the points.
        let parameters: Vec<_> = self.parameters.iter().filter(|(path, _)| !self.is_replicate(path)).collect();
        to.many(parameters.into_iter(), |to, (path, parameter)| to.parameter(path, parameter));
        to.additions(&self.additions, true);
        to.many(dims.iter(), |to, (name, labels)| {
            to.text(name);
            to.many(labels.iter(), |to, label| to.text(label));
        });
        to.many(units.iter(), |to, (name, unit)| {
            to.text(name);
            to.text(unit);
        });
        to.digest()
    }
}

/// The digest of a whole trajectory, made of that of its head and those of its runs.
#[derive(Debug)]
pub struct TrajectoryDigest {
    to: Encoder,
    count: u64,
    next: u64,
    comments: CommentDigest,
}

impl TrajectoryDigest {
    /// Of a trajectory of `count` runs whose head has this digest; see [`Trajectory::digest`].
    pub fn new(head: Digest, count: u64) -> Self {
        let mut to = Encoder::new("trajectory");
        to.fixed(&head.0);
        to.number(count);
        Self { to, count, next: 0, comments: CommentDigest::default() }
    }

    /// Adds a run that has ended, and says its digest. Runs come in order; those that are left out are pending.
    ///
    /// # Panics
    /// The run comes after one with a higher index, or after the last one of the trajectory.
    pub fn run(&mut self, run: &FinishedRun) -> Digest {
        let digest = run.digest();
        self.comments.see(run);
        self.known(run.index, digest);
        digest
    }

    /// Adds a run that has this digest, whose comments are in those that [`TrajectoryDigest::finish_with`] takes.
    ///
    /// # Panics
    /// As [`TrajectoryDigest::run`].
    pub fn known(&mut self, run: RunIndex, digest: Digest) {
        let index = u64::from(run.0);
        assert!(self.next <= index && index < self.count, "{run} comes out of order");
        self.pending_until(index);
        self.to.byte(1);
        self.to.fixed(&digest.0);
        self.next = index + 1;
    }

    fn pending_until(&mut self, index: u64) {
        (self.next..index).for_each(|_| self.to.byte(0));
        self.next = index;
    }

    /// The comments of the runs so far.
    pub fn comments(&self) -> &CommentDigest {
        &self.comments
    }

    /// The digest; all other runs are pending.
    pub fn finish(mut self) -> Digest {
        let comments = std::mem::take(&mut self.comments);
        self.finish_with(&comments)
    }

    /// The same with the comments of all runs.
    pub fn finish_with(mut self, comments: &CommentDigest) -> Digest {
        self.pending_until(self.count);
        self.to.fixed(&comments.digest().0);
        self.to.digest()
    }
}

/// The comments of what runs have added: each different one of a name counts once, with the lowest run that has it.
/// So it is the same where repeated comments are left out (`purge_duplicate_comments`).
#[derive(Clone, Debug, Default)]
pub struct CommentDigest {
    lowest: HashMap<Digest, RunIndex>,
}

impl CommentDigest {
    /// Takes note of the comments of a run, in whatever order runs come.
    pub fn see(&mut self, run: &FinishedRun) {
        for addition in &run.additions {
            self.see_one(addition.kind, &addition.name, &addition.comment, run.index);
        }
    }

    /// Takes note of one comment of a run; of one that many runs share, the lowest of them is enough.
    pub fn see_one(&mut self, kind: AdditionKind, name: &NodePath, comment: &str, run: RunIndex) {
        let comment = unfilled(comment);
        if comment.is_empty() {
            return;
        }
        let mut to = Encoder::new("comment");
        to.kind(kind, name);
        to.text(comment);
        let lowest = self.lowest.entry(to.digest()).or_insert(run);
        *lowest = run.min(*lowest);
    }

    /// The digest of all of them.
    pub fn digest(&self) -> Digest {
        let mut all: Vec<(RunIndex, Digest)> = self.lowest.iter().map(|(comment, run)| (*run, *comment)).collect();
        all.sort_unstable();
        let mut to = Encoder::new("comments");
        to.many(all.iter(), |to, (run, comment)| {
            to.number(run.0.into());
            to.fixed(&comment.0);
        });
        to.digest()
    }
}

/// Feeds a hash in an encoding that is the same on every machine and tells all contents apart.
#[derive(Debug)]
struct Encoder {
    /// Small pieces are collected: the hash is quicker with few large ones.
    buffer: Vec<u8>,
    hash: Option<Box<blake3::Hasher>>,
}

/// Bytes that are collected.
const BUFFER: usize = 16 << 10;

impl Encoder {
    /// Begins with what is encoded, and how.
    fn new(what: &str) -> Self {
        let mut to = Self { buffer: Vec::with_capacity(512), hash: None };
        to.text("host digest 1");
        to.text(what);
        to
    }

    fn digest(self) -> Digest {
        Digest(
            *match self.hash {
                None => blake3::hash(&self.buffer),
                Some(mut hash) => hash.update(&self.buffer).finalize(),
            }
            .as_bytes(),
        )
    }

    /// Bytes whose number is known from what stands before them.
    fn fixed(&mut self, bytes: &[u8]) {
        if self.buffer.len() + bytes.len() <= BUFFER {
            self.buffer.extend_from_slice(bytes);
            return;
        }
        let hash = self.hash.get_or_insert_default();
        hash.update(&self.buffer);
        hash.update(bytes);
        self.buffer.clear();
    }

    fn byte(&mut self, byte: u8) {
        self.fixed(&[byte]);
    }

    fn number(&mut self, number: u64) {
        self.fixed(&number.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.fixed(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn many<T>(&mut self, items: impl ExactSizeIterator<Item = T>, mut put: impl FnMut(&mut Self, T)) {
        self.number(items.len() as u64);
        items.for_each(|item| put(self, item));
    }

    /// Text that may be missing; a class of the user's own has a name.
    fn class(&mut self, class: Option<&str>) {
        self.text(class.filter(|class| !is_built_in_class(class)).unwrap_or_default());
    }

    fn parameter(&mut self, path: &NodePath, parameter: &Parameter) {
        self.text(path.as_str());
        self.text(unfilled(&parameter.comment));
        self.text(unfilled(&parameter.unit));
        self.class(parameter.class.as_deref());
        // What a class of the user's own has made of the values stands for them: it is what everybody can read.
        match &parameter.stored {
            None => self.value(&parameter.value),
            Some(stored) => self.items(&stored.default),
        }
        let Some(explored) = &parameter.explored else { return self.byte(0) };
        self.byte(1);
        self.number(explored.position as u64);
        self.number(explored.axis.len());
        match &parameter.stored {
            None => explored.axis.values().for_each(|value| self.value(&value)),
            Some(stored) => self.many(stored.explored.iter(), |to, items| to.items(items)),
        }
    }

    /// The branch and the name of an addition.
    fn kind(&mut self, kind: AdditionKind, name: &NodePath) {
        self.byte(kind as u8);
        self.text(name.as_str());
    }

    fn additions(&mut self, additions: &[Addition], comments: bool) {
        let mut sorted: Vec<&Addition> = additions.iter().collect();
        sorted.sort_by(|a, b| (a.kind as u8, &a.name).cmp(&(b.kind as u8, &b.name)));
        self.many(sorted.into_iter(), |to, addition| {
            to.kind(addition.kind, &addition.name);
            to.class(addition.class.as_deref());
            if comments {
                to.text(unfilled(&addition.comment));
            }
            to.many(addition.annotations.iter(), |to, (key, value)| {
                to.text(key);
                to.value(value);
            });
            match &addition.items[..] {
                // The only item of a derived parameter has no name of its own.
                [(_, value)] if addition.kind == AdditionKind::DerivedParameter && addition.class.is_none() => {
                    to.number(1);
                    to.text("data");
                    to.value(value);
                }
                items => to.items(items),
            }
        });
    }

    fn items(&mut self, items: &[(NodePath, Value)]) {
        let mut sorted: Vec<&(NodePath, Value)> = items.iter().collect();
        sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.many(sorted.into_iter(), |to, (name, value)| {
            to.text(name.as_str());
            to.value(value);
        });
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::None => self.byte(0),
            Value::Bool(b) => self.fixed(&[1, u8::from(*b)]),
            Value::Int(i) => {
                self.byte(2);
                self.fixed(&i.to_le_bytes());
            }
            Value::Float(x) => {
                self.byte(3);
                self.fixed(&x.to_le_bytes());
            }
            Value::Complex(c) => {
                self.byte(4);
                self.fixed(&c.re.to_le_bytes());
                self.fixed(&c.im.to_le_bytes());
            }
            Value::Text(text) => {
                self.byte(5);
                self.text(text);
            }
            Value::Bytes(bytes) => {
                self.byte(6);
                self.bytes(bytes);
            }
            Value::Array(array) => {
                self.byte(7);
                self.array(array);
            }
            Value::List(sequence) => {
                self.byte(8);
                self.sequence(sequence);
            }
            Value::Tuple(sequence) => {
                self.byte(9);
                self.sequence(sequence);
            }
            Value::Table(table) => {
                self.byte(10);
                self.many(table.columns().iter(), |to, (name, cells)| {
                    to.text(name);
                    to.array(cells);
                });
            }
            Value::Dict(dict) => {
                self.byte(11);
                self.many(dict.entries().iter(), |to, (key, value)| {
                    to.text(key.as_str());
                    to.value(value);
                });
            }
            Value::Sparse(sparse) => {
                self.byte(12);
                self.text(sparse.format());
                sparse.shape().iter().for_each(|length| self.number(*length));
                self.array(sparse.data());
                self.many(sparse.structure().parts().into_iter(), |to, (name, indices)| {
                    to.text(name);
                    to.number(indices.len() as u64);
                    match indices {
                        Indices::Int32(v) => v.iter().for_each(|index| to.fixed(&i64::from(*index).to_le_bytes())),
                        Indices::Int64(v) => v.iter().for_each(|index| to.fixed(&index.to_le_bytes())),
                    }
                });
            }
        }
    }

    fn array(&mut self, array: &Array) {
        self.text(array.data().dtype());
        self.many(array.shape().iter(), |to, length| to.number(*length));
        match array.data() {
            ArrayData::Bool(v) => self.fixed(bytemuck::cast_slice(v)),
            ArrayData::Int8(v) => self.fixed(bytemuck::cast_slice(v)),
            ArrayData::UInt8(v) => self.fixed(v),
            ArrayData::Int16(v) => self.numbers(v, |x| x.to_le_bytes()),
            ArrayData::UInt16(v) => self.numbers(v, |x| x.to_le_bytes()),
            ArrayData::Int32(v) => self.numbers(v, |x| x.to_le_bytes()),
            ArrayData::UInt32(v) => self.numbers(v, |x| x.to_le_bytes()),
            ArrayData::Int64(v) => self.numbers(v, |x| x.to_le_bytes()),
            ArrayData::UInt64(v) => self.numbers(v, |x| x.to_le_bytes()),
            ArrayData::Float32(v) | ArrayData::Complex64(v) => self.numbers(v, |x| x.to_le_bytes()),
            ArrayData::Float64(v) | ArrayData::Complex128(v) => self.numbers(v, |x| x.to_le_bytes()),
            ArrayData::Text(v) => v.iter().for_each(|text| self.text(text)),
        }
    }

    fn sequence(&mut self, sequence: &Sequence) {
        match sequence {
            Sequence::Empty => self.byte(0),
            Sequence::Bools(v) => {
                self.byte(1);
                self.bytes(bytemuck::cast_slice(v));
            }
            Sequence::Ints(v) => {
                self.byte(2);
                self.number(v.len() as u64);
                self.numbers(v, |x| x.to_le_bytes());
            }
            Sequence::Floats(v) => {
                self.byte(3);
                self.number(v.len() as u64);
                self.numbers(v, |x| x.to_le_bytes());
            }
            Sequence::Complexes(v) => {
                self.byte(4);
                self.many(v.iter(), |to, c| {
                    to.fixed(&c.re.to_le_bytes());
                    to.fixed(&c.im.to_le_bytes());
                });
            }
            Sequence::Texts(v) => {
                self.byte(5);
                self.many(v.iter(), |to, text| to.text(text));
            }
            Sequence::Bytes(v) => {
                self.byte(6);
                self.many(v.iter(), |to, bytes| to.bytes(bytes));
            }
        }
    }

    /// Numbers one after the other, little-endian.
    fn numbers<T: bytemuck::NoUninit, const N: usize>(&mut self, numbers: &[T], bytes: impl Fn(&T) -> [u8; N]) {
        if cfg!(target_endian = "little") {
            self.fixed(bytemuck::cast_slice(numbers));
        } else {
            numbers.iter().for_each(|number| self.fixed(&bytes(number)));
        }
    }
}

#[cfg(test)]
mod tests;
