//! Values for property tests, here and on higher floors.

use proptest::{collection::vec, prelude::*};

use super::{Array, ArrayData, Compressed, Coordinates, Indices, Sparse, Structure};

/// Numbers or truth values, `n` of them.
fn numbers(n: usize) -> impl Strategy<Value = ArrayData> {
    prop_oneof![
        vec(any::<bool>(), n).prop_map(ArrayData::Bool),
        vec(any::<i8>(), n).prop_map(ArrayData::Int8),
        vec(any::<i16>(), n).prop_map(ArrayData::Int16),
        vec(any::<i32>(), n).prop_map(ArrayData::Int32),
        vec(any::<i64>(), n).prop_map(ArrayData::Int64),
        vec(any::<u8>(), n).prop_map(ArrayData::UInt8),
        vec(any::<u16>(), n).prop_map(ArrayData::UInt16),
        vec(any::<u32>(), n).prop_map(ArrayData::UInt32),
        vec(any::<u64>(), n).prop_map(ArrayData::UInt64),
        vec(-1e30f32..1e30, n).prop_map(ArrayData::Float32),
        vec(-1e300f64..1e300, n).prop_map(ArrayData::Float64),
        vec(-1e30f32..1e30, 2 * n).prop_map(ArrayData::Complex64),
        vec(-1e300f64..1e300, 2 * n).prop_map(ArrayData::Complex128),
    ]
}

fn array(shape: Vec<u64>) -> impl Strategy<Value = Array> {
    let count = shape.iter().product::<u64>() as usize;
    numbers(count).prop_map(move |data| Array::new(shape.clone(), data).expect("as many as the shape says"))
}

/// Shape and indices of `lines` compressed lines over `across` others, in either width.
fn compressed(lines: u64, across: u64) -> impl Strategy<Value = Compressed> {
    let most = if across == 0 { 0 } else { 4 };
    (vec(vec(0..across.max(1) as i64, 0..=most), lines as usize), any::<bool>()).prop_map(|(lines, narrow)| {
        let mut indptr = vec![0i64];
        let mut indices = Vec::new();
        for line in lines {
            indices.extend(line);
            indptr.push(indices.len() as i64);
        }
        Compressed { indices: width(indices, narrow), indptr: width(indptr, narrow) }
    })
}

fn width(indices: Vec<i64>, narrow: bool) -> Indices {
    if narrow {
        Indices::Int32(indices.into_iter().map(|index| index as i32).collect())
    } else {
        Indices::Int64(indices)
    }
}

/// The parts of a consistent matrix of any format and element type.
pub(crate) fn sparse_parts() -> impl Strategy<Value = ([u64; 2], Array, Structure)> {
    (0u64..5, 0u64..5, 0..5, 1u64..4, 1u64..4).prop_flat_map(|(rows, columns, format, high, wide)| match format {
        0 => compressed(rows, columns)
            .prop_flat_map(move |parts| {
                let data = array(vec![parts.indices.len() as u64]);
                (Just([rows, columns]), data, Just(Structure::Csr(parts)))
            })
            .boxed(),
        1 => compressed(columns, rows)
            .prop_flat_map(move |parts| {
                let data = array(vec![parts.indices.len() as u64]);
                (Just([rows, columns]), data, Just(Structure::Csc(parts)))
            })
            .boxed(),
        2 => compressed(rows, columns)
            .prop_flat_map(move |parts| {
                let data = array(vec![parts.indices.len() as u64, high, wide]);
                (Just([rows * high, columns * wide]), data, Just(Structure::Bsr(parts)))
            })
            .boxed(),
        3 => {
            let most = if rows == 0 || columns == 0 { 0 } else { 6 };
            let places = vec((0..rows.max(1) as i64, 0..columns.max(1) as i64), 0..=most);
            (places, any::<bool>())
                .prop_flat_map(move |(places, narrow)| {
                    let (row, col): (Vec<i64>, Vec<i64>) = places.into_iter().unzip();
                    let data = array(vec![row.len() as u64]);
                    let places = Coordinates { row: width(row, narrow), col: width(col, narrow) };
                    (Just([rows, columns]), data, Just(Structure::Coo(places)))
                })
                .boxed()
        }
        _ => (prop::collection::btree_set(-6i64..6, 0..4), any::<bool>())
            .prop_flat_map(move |(offsets, narrow)| {
                let data = array(vec![offsets.len() as u64, columns]);
                let offsets = width(offsets.into_iter().collect(), narrow);
                (Just([rows, columns]), data, Just(Structure::Dia(offsets)))
            })
            .boxed(),
    })
}

/// Matrices of any format and element type.
pub(crate) fn sparse() -> impl Strategy<Value = Sparse> {
    sparse_parts().prop_map(|(shape, data, structure)| Sparse::new(shape, data, structure).expect("consistent parts"))
}
