//! [`Distinct`]: which values of an axis are equal, so that each is stored once.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::trajectory::{Axis, Value};

use super::{
    cells::Cells,
    encode::{array_cells, cells},
};

/// The values of an axis, equal ones under one number.
#[derive(Debug)]
pub(super) struct Distinct {
    /// The number of the value at each position of the axis.
    pub(super) numbers: Vec<usize>,
    /// For each number the first position that has it.
    pub(super) firsts: Vec<u64>,
}

impl Distinct {
    /// Finds equal values. Equal means the same bytes: a NaN equals itself, and -0.0 is not 0.0.
    pub(super) fn of(axis: &Axis) -> Self {
        let mut known: HashMap<u64, Vec<usize>> = HashMap::new();
        let (mut numbers, mut firsts) = (Vec::new(), Vec::new());
        for (position, value) in (0..).zip(axis.values()) {
            let alike = known.entry(content_hash(&value)).or_default();
            let same = alike.iter().copied().find(|&number| is_same(&axis.at(firsts[number]), &value));
            numbers.push(same.unwrap_or_else(|| {
                alike.push(firsts.len());
                firsts.push(position);
                firsts.len() - 1
            }));
        }
        Self { numbers, firsts }
    }
}

/// The elements as bytes; those of a sparse matrix are what it stores.
fn elements(value: &Value) -> Option<Cells<'_>> {
    match value {
        Value::Sparse(sparse) => Some(array_cells(sparse.data())),
        value => cells(value),
    }
}

fn content_hash(value: &Value) -> u64 {
    let mut hash = DefaultHasher::new();
    if let Some(cells) = elements(value) {
        cells.shape.hash(&mut hash);
        cells.bytes.hash(&mut hash);
    }
    if let Value::Sparse(sparse) = value {
        sparse.shape().hash(&mut hash);
        sparse.structure().hash(&mut hash);
    }
    hash.finish()
}

fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Sparse(a), Value::Sparse(b)) if a.shape() != b.shape() || a.structure() != b.structure() => false,
        _ => elements(a).zip(elements(b)).is_some_and(|(a, b)| a == b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trajectory::{Array, ArrayData, Sequence};

    #[test]
    fn the_same_bytes_in_the_same_shape_are_one() {
        let array = |shape: &[u64], data: &[f64]| {
            Value::Array(Array::new(shape.to_vec(), ArrayData::Float64(data.to_vec())).unwrap())
        };
        let (nan, minus) = (array(&[2], &[f64::NAN, 0.0]), array(&[2], &[f64::NAN, -0.0]));
        let row = array(&[1, 2], &[f64::NAN, 0.0]);
        let axis = Axis::list(vec![nan.clone(), minus.clone(), nan.clone(), row, minus, nan]).unwrap();
        let distinct = Distinct::of(&axis);
        assert_eq!(distinct.numbers, [0, 1, 0, 2, 1, 0]);
        assert_eq!(distinct.firsts, [0, 1, 3]);
    }

    #[test]
    fn texts_that_differ_in_zeros_at_their_end_are_two() {
        let list = |text: &str| Value::List(Sequence::Texts(vec![text.into(), "longer".into()]));
        let axis = Axis::list(vec![list("a"), list("a\0"), list("a")]).unwrap();
        assert_eq!(Distinct::of(&axis).numbers, [0, 1, 0]);
    }
}
