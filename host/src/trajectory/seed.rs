//! Seeds by content: a run's seed is a function of the root seed, its point and its replicate.
//!
//! It never depends on the position of the run, so extending, filtering or reordering an
//! exploration changes no run that existed before; and it does not depend on which parameters are
//! explored and which are fixed, only on their values.

use sha2::{Digest, Sha256};

use super::{
    name::NodePath,
    value::{ArrayData, Sequence, Value},
};

/// The part of a seed that one parameter contributes. Contributions add up in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Contribution([u64; 4]);

impl Contribution {
    /// Of the parameter at `path` having `value`.
    pub fn of(path: &NodePath, value: &Value) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"host seed v1 parameter\0");
        hash.update(path.as_str());
        hash.update([0]);
        feed(&mut hash, value);
        let digest = hash.finalize();
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(digest.chunks_exact(8)) {
            *word = u64::from_le_bytes(bytes.try_into().expect("chunks of eight bytes"));
        }
        Self(words)
    }

    /// Of named items together, in any order: the same for the same bits, and for no others.
    pub fn of_items(items: &[(NodePath, Value)]) -> Self {
        items.iter().map(|(name, value)| Self::of(name, value)).fold(Self::default(), Self::and)
    }

    /// Both together.
    pub fn and(mut self, other: Self) -> Self {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a = a.wrapping_add(b);
        }
        self
    }

    /// The seed of a run at a point with these contributions.
    pub fn seed(self, root: u64, replicate: u64) -> u64 {
        let mut hash = Sha256::new();
        hash.update(b"host seed v1 run\0");
        hash.update(root.to_le_bytes());
        hash.update(replicate.to_le_bytes());
        for word in self.0 {
            hash.update(word.to_le_bytes());
        }
        u64::from_le_bytes(hash.finalize()[..8].try_into().expect("a digest has 32 bytes"))
    }
}

/// Feeds `value` in an encoding that is the same on every machine and tells all values apart.
fn feed(hash: &mut Sha256, value: &Value) {
    hash.update(value.type_name());
    hash.update([0]);
    let count = |hash: &mut Sha256, n: usize| hash.update((n as u64).to_le_bytes());
    let text = |hash: &mut Sha256, bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    match value {
        Value::None => {}
        Value::Bool(b) => hash.update([u8::from(*b)]),
        Value::Int(i) => hash.update(i.to_le_bytes()),
        Value::Float(x) => hash.update(x.to_le_bytes()),
        Value::Complex(c) => {
            hash.update(c.re.to_le_bytes());
            hash.update(c.im.to_le_bytes());
        }
        Value::Text(s) => text(hash, s.as_bytes()),
        Value::Bytes(b) => text(hash, b),
        Value::Array(a) => feed_array(hash, a.shape(), a.data()),
        Value::List(s) | Value::Tuple(s) => {
            count(hash, s.len());
            match s {
                Sequence::Empty => {}
                Sequence::Bools(v) => v.iter().for_each(|b| hash.update([1, u8::from(*b)])),
                Sequence::Ints(v) => v.iter().for_each(|i| hash.update([&[2][..], &i.to_le_bytes()].concat())),
                Sequence::Floats(v) => v.iter().for_each(|x| hash.update([&[3][..], &x.to_le_bytes()].concat())),
                Sequence::Complexes(v) => {
                    v.iter().for_each(|c| hash.update([&[4][..], &c.re.to_le_bytes(), &c.im.to_le_bytes()].concat()));
                }
                Sequence::Texts(v) => v.iter().for_each(|s| text(hash, s.as_bytes())),
                Sequence::Bytes(v) => v.iter().for_each(|b| {
                    hash.update([6]);
                    text(hash, b);
                }),
            }
        }
        Value::Table(t) => {
            count(hash, t.columns().len());
            for (name, cells) in t.columns() {
                text(hash, name.as_bytes());
                feed_array(hash, cells.shape(), cells.data());
            }
        }
        Value::Sparse(s) => {
            hash.update(s.format());
            hash.update([0]);
            s.shape().iter().for_each(|length| hash.update(length.to_le_bytes()));
            feed_array(hash, s.data().shape(), s.data().data());
            for (_, indices) in s.structure().parts() {
                count(hash, indices.len());
                // In one width, so that the indices count and not how wide they are.
                indices.to_wide().iter().for_each(|index| hash.update(index.to_le_bytes()));
            }
        }
        Value::Dict(d) => {
            count(hash, d.entries().len());
            for (key, value) in d.entries() {
                text(hash, key.as_str().as_bytes());
                feed(hash, value);
            }
        }
    }
}

fn feed_array(hash: &mut Sha256, shape: &[u64], data: &ArrayData) {
    hash.update(data.dtype());
    hash.update([0]);
    hash.update((shape.len() as u64).to_le_bytes());
    shape.iter().for_each(|d| hash.update(d.to_le_bytes()));
    match data {
        ArrayData::Bool(v) => v.iter().for_each(|b| hash.update([u8::from(*b)])),
        ArrayData::Int8(v) => v.iter().for_each(|x| hash.update(x.to_le_bytes())),
        ArrayData::Int16(v) => v.iter().for_each(|x| hash.update(x.to_le_bytes())),
        ArrayData::Int32(v) => v.iter().for_each(|x| hash.update(x.to_le_bytes())),
        ArrayData::Int64(v) => v.iter().for_each(|x| hash.update(x.to_le_bytes())),
        ArrayData::UInt8(v) => hash.update(v),
        ArrayData::UInt16(v) => v.iter().for_each(|x| hash.update(x.to_le_bytes())),
        ArrayData::UInt32(v) => v.iter().for_each(|x| hash.update(x.to_le_bytes())),
        ArrayData::UInt64(v) => v.iter().for_each(|x| hash.update(x.to_le_bytes())),
        ArrayData::Float32(v) | ArrayData::Complex64(v) => v.iter().for_each(|x| hash.update(x.to_le_bytes())),
        ArrayData::Float64(v) | ArrayData::Complex128(v) => v.iter().for_each(|x| hash.update(x.to_le_bytes())),
        ArrayData::Text(v) => v.iter().for_each(|s| {
            hash.update((s.len() as u64).to_le_bytes());
            hash.update(s);
        }),
    }
}
