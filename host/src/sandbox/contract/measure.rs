//! What a value from a guest costs the host, in bytes.
//!
//! The measure of `[limits] results`: the numbers and texts themselves plus what holds them, so
//! that a million small values cannot cost more than a few large ones of the same measure. Texts side by side count as
//! wide as the longest of them, because that is how they are stored.

use std::mem::size_of;

use super::types as wit;
use crate::trajectory::side_by_side;

/// What a value with a name of its own counts beside its data; more than its record in memory takes, and what it takes
/// in a file.
const LEAF: u64 = 1024;

/// All items of one result.
pub fn items(items: &[wit::NamedValue]) -> u64 {
    items.iter().map(|one| item(one.name.len(), inside(&one.value))).sum()
}

/// One item whose name and value take so many bytes.
pub fn item(name: usize, value: u64) -> u64 {
    LEAF + name as u64 + value
}

/// One value on its own.
pub fn value(value: &wit::Value) -> u64 {
    size_of::<wit::Value>() as u64 + inside(value)
}

/// What has a name or a place of its own in the file: the value itself, or its columns or entries.
pub fn parts(value: &wit::Value) -> u64 {
    match value {
        wit::Value::Table(table) => table.columns.len() as u64,
        wit::Value::Dictionary(entries) => (entries.len() as u64).max(1),
        wit::Value::Plain(_) | wit::Value::Sparse(_) => 1,
    }
}

/// One plain value on its own.
pub fn plain(value: &wit::Plain) -> u64 {
    size_of::<wit::Plain>() as u64 + inside_plain(value)
}

/// Whatever a value holds on the heap.
fn inside(value: &wit::Value) -> u64 {
    match value {
        wit::Value::Plain(value) => inside_plain(value),
        wit::Value::Table(table) => {
            let column = |c: &wit::Column| (size_of::<wit::Column>() + c.name.len()) as u64 + ndarray(&c.cells);
            table.columns.iter().map(column).sum()
        }
        wit::Value::Dictionary(entries) => {
            let entry = |e: &wit::Entry| LEAF + e.key.len() as u64 + inside_plain(&e.value);
            entries.iter().map(entry).sum()
        }
        wit::Value::Sparse(matrix) => ndarray(&matrix.data) + structure(&matrix.structure),
    }
}

fn inside_plain(value: &wit::Plain) -> u64 {
    match value {
        wit::Plain::None
        | wit::Plain::Boolean(_)
        | wit::Plain::Integer(_)
        | wit::Plain::Real(_)
        | wit::Plain::Complex(_) => 0,
        wit::Plain::Text(s) => s.len() as u64,
        wit::Plain::Bytes(b) => b.len() as u64,
        wit::Plain::Array(array) => ndarray(array),
        wit::Plain::List(sequence) | wit::Plain::Tuple(sequence) => match sequence {
            wit::Sequence::Empty => 0,
            wit::Sequence::Booleans(v) => numbers(v),
            wit::Sequence::Integers(v) => numbers(v),
            wit::Sequence::Reals(v) => numbers(v),
            wit::Sequence::Complexes(v) => numbers(v),
            wit::Sequence::Texts(v) => side_by_side(v),
            wit::Sequence::ByteStrings(v) => side_by_side(v),
        },
    }
}

fn ndarray(array: &wit::Ndarray) -> u64 {
    let data = match &array.data {
        wit::ArrayData::Boolean(v) => numbers(v),
        wit::ArrayData::Signed8(v) => numbers(v),
        wit::ArrayData::Signed16(v) => numbers(v),
        wit::ArrayData::Signed32(v) => numbers(v),
        wit::ArrayData::Signed64(v) => numbers(v),
        wit::ArrayData::Unsigned8(v) => numbers(v),
        wit::ArrayData::Unsigned16(v) => numbers(v),
        wit::ArrayData::Unsigned32(v) => numbers(v),
        wit::ArrayData::Unsigned64(v) => numbers(v),
        wit::ArrayData::Float32(v) | wit::ArrayData::Complex64(v) => numbers(v),
        wit::ArrayData::Float64(v) | wit::ArrayData::Complex128(v) => numbers(v),
        wit::ArrayData::Text(v) => side_by_side(v),
    };
    data + numbers(&array.shape)
}

fn structure(structure: &wit::SparseStructure) -> u64 {
    match structure {
        wit::SparseStructure::Csr(parts) | wit::SparseStructure::Csc(parts) | wit::SparseStructure::Bsr(parts) => {
            indices(&parts.indices) + indices(&parts.indptr)
        }
        wit::SparseStructure::Coo(places) => indices(&places.row) + indices(&places.col),
        wit::SparseStructure::Dia(offsets) => indices(offsets),
    }
}

fn indices(indices: &wit::Indices) -> u64 {
    match indices {
        wit::Indices::Signed32(v) => numbers(v),
        wit::Indices::Signed64(v) => numbers(v),
    }
}

fn numbers<T>(list: &[T]) -> u64 {
    size_of_val(list) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_data_counts_as_itself() {
        let data = wit::ArrayData::Float64(vec![0.0; 1 << 17]);
        let value = wit::Value::Plain(wit::Plain::Array(wit::Ndarray { shape: vec![1 << 17], data }));
        let bytes = super::value(&value);
        assert!((1 << 20..(1 << 20) + 256).contains(&bytes), "{bytes}");
    }

    #[test]
    fn indices_count_as_well() {
        let indices = wit::Indices::Signed32(vec![0; 1 << 18]);
        let data = wit::Ndarray { shape: vec![1 << 18], data: wit::ArrayData::Signed8(vec![0; 1 << 18]) };
        let structure = wit::SparseStructure::Coo(wit::Coordinates { row: indices.clone(), col: indices });
        let bytes = value(&wit::Value::Sparse(wit::SparseMatrix { rows: 1, columns: 1, data, structure }));
        assert!((9 << 18..(9 << 18) + 256).contains(&bytes), "{bytes}");
    }

    #[test]
    fn one_long_text_makes_all_as_wide() {
        let mut texts = vec![String::new(); 1000];
        texts[7] = "x".repeat(1 << 20);
        let list = wit::Value::Plain(wit::Plain::List(wit::Sequence::Texts(texts.clone())));
        let data = wit::ArrayData::Text(texts);
        let array = wit::Value::Plain(wit::Plain::Array(wit::Ndarray { shape: vec![1000], data }));
        assert!(value(&list) >= 1000 << 20 && value(&array) >= 1000 << 20);
    }

    #[test]
    fn many_small_values_are_not_free() {
        let entry = wit::Entry { key: String::new(), value: wit::Plain::None };
        assert!(value(&wit::Value::Dictionary(vec![entry; 1000])) >= 1000 * size_of::<wit::Entry>() as u64);
        let item = wit::NamedValue { name: "x".into(), value: wit::Value::Plain(wit::Plain::Integer(1)) };
        assert!(items(&vec![item; 10]) > 10 * size_of::<wit::NamedValue>() as u64);
    }
}
