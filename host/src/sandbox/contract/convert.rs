//! Values between the contract and the trajectory.
//!
//! The two sets are the same; lists move and are not copied. Only what comes from a guest can be
//! inconsistent, so only that direction can be refused.

use super::types as wit;
use crate::trajectory::{
    Array, ArrayData, Complex, Compressed, Coordinates, Dict, Indices, NodePath, Sequence, Sparse, Structure, Table,
    Value, ValueError,
};

/// A value from a guest, checked and with canonical NaNs.
pub fn from_guest(value: wit::Value) -> Result<Value, ValueError> {
    let mut value = match value {
        wit::Value::Plain(plain) => from_plain(plain)?,
        wit::Value::Table(table) => {
            let columns = table.columns.into_iter().map(|column| Ok((column.name, array(column.cells)?)));
            Value::Table(Table::new(columns.collect::<Result<_, ValueError>>()?)?)
        }
        wit::Value::Dictionary(entries) => {
            let entries = entries.into_iter().map(|entry| Ok((entry.key, from_plain(entry.value)?)));
            Value::Dict(Dict::new(entries.collect::<Result<_, ValueError>>()?)?)
        }
        wit::Value::Sparse(matrix) => Value::Sparse(sparse(matrix)?),
    };
    value.canonicalize_nans();
    Ok(value)
}

/// A plain value from a guest, checked and with canonical NaNs.
pub fn plain_from_guest(value: wit::Plain) -> Result<Value, ValueError> {
    let mut value = from_plain(value)?;
    value.canonicalize_nans();
    Ok(value)
}

fn from_plain(value: wit::Plain) -> Result<Value, ValueError> {
    Ok(match value {
        wit::Plain::None => Value::None,
        wit::Plain::Boolean(b) => Value::Bool(b),
        wit::Plain::Integer(i) => Value::Int(i),
        wit::Plain::Real(x) => Value::Float(x),
        wit::Plain::Complex(c) => Value::Complex(complex_from_guest(c)),
        wit::Plain::Text(s) => Value::Text(s),
        wit::Plain::Bytes(b) => Value::Bytes(b),
        wit::Plain::Array(a) => Value::Array(array(a)?),
        wit::Plain::List(s) => Value::List(sequence(s)),
        wit::Plain::Tuple(s) => Value::Tuple(sequence(s)),
    })
}

fn complex_from_guest(c: wit::Complex) -> Complex {
    Complex { re: c.re, im: c.im }
}

fn array(array: wit::Ndarray) -> Result<Array, ValueError> {
    let data = match array.data {
        wit::ArrayData::Boolean(v) => ArrayData::Bool(v),
        wit::ArrayData::Signed8(v) => ArrayData::Int8(v),
        wit::ArrayData::Signed16(v) => ArrayData::Int16(v),
        wit::ArrayData::Signed32(v) => ArrayData::Int32(v),
        wit::ArrayData::Signed64(v) => ArrayData::Int64(v),
        wit::ArrayData::Unsigned8(v) => ArrayData::UInt8(v),
        wit::ArrayData::Unsigned16(v) => ArrayData::UInt16(v),
        wit::ArrayData::Unsigned32(v) => ArrayData::UInt32(v),
        wit::ArrayData::Unsigned64(v) => ArrayData::UInt64(v),
        wit::ArrayData::Float32(v) => ArrayData::Float32(v),
        wit::ArrayData::Float64(v) => ArrayData::Float64(v),
        wit::ArrayData::Complex64(v) => ArrayData::Complex64(v),
        wit::ArrayData::Complex128(v) => ArrayData::Complex128(v),
        wit::ArrayData::Text(v) => ArrayData::Text(v),
    };
    Array::new(array.shape, data)
}

fn sparse(matrix: wit::SparseMatrix) -> Result<Sparse, ValueError> {
    let structure = match matrix.structure {
        wit::SparseStructure::Csr(parts) => Structure::Csr(compressed(parts)),
        wit::SparseStructure::Csc(parts) => Structure::Csc(compressed(parts)),
        wit::SparseStructure::Bsr(parts) => Structure::Bsr(compressed(parts)),
        wit::SparseStructure::Coo(places) => {
            Structure::Coo(Coordinates { row: indices(places.row), col: indices(places.col) })
        }
        wit::SparseStructure::Dia(offsets) => Structure::Dia(indices(offsets)),
    };
    Ok(Sparse::new([matrix.rows, matrix.columns], array(matrix.data)?, structure)?)
}

fn compressed(parts: wit::Compressed) -> Compressed {
    Compressed { indices: indices(parts.indices), indptr: indices(parts.indptr) }
}

fn indices(indices: wit::Indices) -> Indices {
    match indices {
        wit::Indices::Signed32(v) => Indices::Int32(v),
        wit::Indices::Signed64(v) => Indices::Int64(v),
    }
}

fn sequence(sequence: wit::Sequence) -> Sequence {
    match sequence {
        wit::Sequence::Empty => Sequence::Empty,
        wit::Sequence::Booleans(v) => Sequence::Bools(v),
        wit::Sequence::Integers(v) => Sequence::Ints(v),
        wit::Sequence::Reals(v) => Sequence::Floats(v),
        // Same layout on both sides: the standard library reuses the allocation.
        wit::Sequence::Complexes(v) => Sequence::Complexes(v.into_iter().map(complex_from_guest).collect()),
        wit::Sequence::Texts(v) => Sequence::Texts(v),
        wit::Sequence::ByteStrings(v) => Sequence::Bytes(v),
    }
}

/// A value for a guest.
pub fn to_guest(value: Value) -> wit::Value {
    match value {
        Value::Table(table) => {
            let column = |(name, cells): (String, Array)| wit::Column { name, cells: ndarray(cells) };
            wit::Value::Table(wit::Table { columns: table.into_columns().into_iter().map(column).collect() })
        }
        Value::Dict(dict) => {
            let entry = |(key, value): (NodePath, _)| wit::Entry { key: key.into(), value: to_plain(value) };
            wit::Value::Dictionary(dict.into_entries().into_iter().map(entry).collect())
        }
        Value::Sparse(matrix) => wit::Value::Sparse(to_sparse(matrix)),
        plain => wit::Value::Plain(to_plain(plain)),
    }
}

/// A value that is neither a table nor a dictionary nor a sparse matrix.
fn to_plain(value: Value) -> wit::Plain {
    match value {
        Value::None => wit::Plain::None,
        Value::Bool(b) => wit::Plain::Boolean(b),
        Value::Int(i) => wit::Plain::Integer(i),
        Value::Float(x) => wit::Plain::Real(x),
        Value::Complex(c) => wit::Plain::Complex(complex(c)),
        Value::Text(s) => wit::Plain::Text(s),
        Value::Bytes(b) => wit::Plain::Bytes(b),
        Value::Array(a) => wit::Plain::Array(ndarray(a)),
        Value::List(s) => wit::Plain::List(to_sequence(s)),
        Value::Tuple(s) => wit::Plain::Tuple(to_sequence(s)),
        Value::Table(_) | Value::Dict(_) | Value::Sparse(_) => unreachable!("a dictionary holds no composite values"),
    }
}

fn complex(c: Complex) -> wit::Complex {
    wit::Complex { re: c.re, im: c.im }
}

fn ndarray(array: Array) -> wit::Ndarray {
    let (shape, data) = array.into_parts();
    let data = match data {
        ArrayData::Bool(v) => wit::ArrayData::Boolean(v),
        ArrayData::Int8(v) => wit::ArrayData::Signed8(v),
        ArrayData::Int16(v) => wit::ArrayData::Signed16(v),
        ArrayData::Int32(v) => wit::ArrayData::Signed32(v),
        ArrayData::Int64(v) => wit::ArrayData::Signed64(v),
        ArrayData::UInt8(v) => wit::ArrayData::Unsigned8(v),
        ArrayData::UInt16(v) => wit::ArrayData::Unsigned16(v),
        ArrayData::UInt32(v) => wit::ArrayData::Unsigned32(v),
        ArrayData::UInt64(v) => wit::ArrayData::Unsigned64(v),
        ArrayData::Float32(v) => wit::ArrayData::Float32(v),
        ArrayData::Float64(v) => wit::ArrayData::Float64(v),
        ArrayData::Complex64(v) => wit::ArrayData::Complex64(v),
        ArrayData::Complex128(v) => wit::ArrayData::Complex128(v),
        ArrayData::Text(v) => wit::ArrayData::Text(v),
    };
    wit::Ndarray { shape, data }
}

fn to_sparse(sparse: Sparse) -> wit::SparseMatrix {
    let ([rows, columns], data, structure) = sparse.into_parts();
    let structure = match structure {
        Structure::Csr(parts) => wit::SparseStructure::Csr(to_compressed(parts)),
        Structure::Csc(parts) => wit::SparseStructure::Csc(to_compressed(parts)),
        Structure::Bsr(parts) => wit::SparseStructure::Bsr(to_compressed(parts)),
        Structure::Coo(places) => {
            wit::SparseStructure::Coo(wit::Coordinates { row: to_indices(places.row), col: to_indices(places.col) })
        }
        Structure::Dia(offsets) => wit::SparseStructure::Dia(to_indices(offsets)),
    };
    wit::SparseMatrix { rows, columns, data: ndarray(data), structure }
}

fn to_compressed(parts: Compressed) -> wit::Compressed {
    wit::Compressed { indices: to_indices(parts.indices), indptr: to_indices(parts.indptr) }
}

fn to_indices(indices: Indices) -> wit::Indices {
    match indices {
        Indices::Int32(v) => wit::Indices::Signed32(v),
        Indices::Int64(v) => wit::Indices::Signed64(v),
    }
}

fn to_sequence(sequence: Sequence) -> wit::Sequence {
    match sequence {
        Sequence::Empty => wit::Sequence::Empty,
        Sequence::Bools(v) => wit::Sequence::Booleans(v),
        Sequence::Ints(v) => wit::Sequence::Integers(v),
        Sequence::Floats(v) => wit::Sequence::Reals(v),
        Sequence::Complexes(v) => wit::Sequence::Complexes(v.into_iter().map(complex).collect()),
        Sequence::Texts(v) => wit::Sequence::Texts(v),
        Sequence::Bytes(v) => wit::Sequence::ByteStrings(v),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trajectory::samples::sparse;
    use proptest::prelude::*;

    fn every_kind() -> Vec<Value> {
        let c = Complex { re: 1.0, im: -2.0 };
        let datas = [
            ArrayData::Bool(vec![true, false]),
            ArrayData::Int8(vec![-1, 1]),
            ArrayData::Int16(vec![-1, 1]),
            ArrayData::Int32(vec![-1, 1]),
            ArrayData::Int64(vec![i64::MIN, i64::MAX]),
            ArrayData::UInt8(vec![0, 255]),
            ArrayData::UInt16(vec![0, 1]),
            ArrayData::UInt32(vec![0, 1]),
            ArrayData::UInt64(vec![0, u64::MAX]),
            ArrayData::Float32(vec![0.5, f32::INFINITY]),
            ArrayData::Float64(vec![0.5, -0.0]),
            ArrayData::Complex64(vec![1.0, 2.0, 3.0, 4.0]),
            ArrayData::Complex128(vec![1.0, 2.0, 3.0, 4.0]),
            ArrayData::Text(vec!["a".into(), "ü".into()]),
        ];
        let sequences = [
            Sequence::Empty,
            Sequence::Bools(vec![true]),
            Sequence::Ints(vec![1, 2]),
            Sequence::Floats(vec![1.5]),
            Sequence::Complexes(vec![c, c]),
            Sequence::Texts(vec!["x".into()]),
            Sequence::Bytes(vec![vec![1, 2], vec![]]),
        ];
        let mut values = vec![
            Value::None,
            Value::Bool(true),
            Value::Int(-7),
            Value::Float(1e300),
            Value::Complex(c),
            Value::Text("text".into()),
            Value::Bytes(vec![0, 255]),
        ];
        let columns =
            datas.iter().enumerate().map(|(i, data)| (format!("c{i}"), Array::flat(data.clone()).unwrap())).collect();
        values.push(Value::Table(Table::new(columns).unwrap()));
        values.extend(datas.map(|data| Value::Array(Array::new(vec![2, 1], data).unwrap())));
        values.extend(sequences.clone().map(Value::List));
        values.extend(sequences.map(Value::Tuple));
        let entries = values.iter().filter(|v| !matches!(v, Value::Table(_))).cloned();
        let entries = entries.enumerate().map(|(i, value)| (format!("e{i}.x"), value)).collect();
        values.push(Value::Dict(Dict::new(entries).unwrap()));
        values
    }

    #[test]
    fn every_value_comes_back_as_it_went() {
        for value in every_kind() {
            assert_eq!(from_guest(to_guest(value.clone())), Ok(value));
        }
    }

    proptest! {
        #[test]
        fn every_sparse_matrix_comes_back_as_it_went(sparse in sparse()) {
            let value = Value::Sparse(sparse);
            prop_assert_eq!(from_guest(to_guest(value.clone())), Ok(value));
        }
    }

    #[test]
    fn nans_from_a_guest_are_canonical() {
        let odd = f64::from_bits(0xfff8_0000_dead_beef);
        let reals = wit::Plain::List(wit::Sequence::Reals(vec![odd]));
        let Ok(Value::List(Sequence::Floats(v))) = from_guest(wit::Value::Plain(reals.clone())) else { panic!() };
        assert_eq!(v[0].to_bits(), f64::NAN.to_bits());
        let Ok(Value::List(Sequence::Floats(v))) = plain_from_guest(reals) else { panic!() };
        assert_eq!(v[0].to_bits(), f64::NAN.to_bits());
    }

    /// Every NaN of whatever holds floating point, in every width, as bits.
    #[test]
    fn no_odd_nan_gets_through() {
        let (odd, odd32) = (f64::from_bits(0xfff4_0000_dead_beef), f32::from_bits(0xffa0_beef));
        let array = |data| wit::Ndarray { shape: vec![1], data };
        let all = || {
            let c = wit::Complex { re: odd, im: odd };
            vec![
                wit::Plain::Real(odd),
                wit::Plain::Complex(c),
                wit::Plain::List(wit::Sequence::Reals(vec![odd])),
                wit::Plain::Tuple(wit::Sequence::Reals(vec![odd])),
                wit::Plain::List(wit::Sequence::Complexes(vec![c])),
                wit::Plain::Tuple(wit::Sequence::Complexes(vec![c])),
                wit::Plain::Array(array(wit::ArrayData::Float64(vec![odd]))),
                wit::Plain::Array(array(wit::ArrayData::Float32(vec![odd32]))),
                wit::Plain::Array(array(wit::ArrayData::Complex128(vec![odd, odd]))),
                wit::Plain::Array(array(wit::ArrayData::Complex64(vec![odd32, odd32]))),
            ]
        };
        let entry = |(i, value)| wit::Entry { key: format!("a{i}.b"), value };
        let column = |name: &str, data| wit::Column { name: name.into(), cells: array(data) };
        let sparse = |data| wit::SparseMatrix {
            rows: 1,
            columns: 1,
            data: array(data),
            structure: wit::SparseStructure::Coo(wit::Coordinates {
                row: wit::Indices::Signed32(vec![0]),
                col: wit::Indices::Signed32(vec![0]),
            }),
        };
        let datas = || {
            [
                wit::ArrayData::Float64(vec![odd]),
                wit::ArrayData::Float32(vec![odd32]),
                wit::ArrayData::Complex128(vec![odd, odd]),
                wit::ArrayData::Complex64(vec![odd32, odd32]),
            ]
        };
        let mut values: Vec<wit::Value> = all().into_iter().map(wit::Value::Plain).collect();
        values.push(wit::Value::Dictionary(all().into_iter().enumerate().map(entry).collect()));
        let columns = datas().into_iter().enumerate().map(|(i, data)| column(&format!("c{i}"), data)).collect();
        values.push(wit::Value::Table(wit::Table { columns }));
        values.extend(datas().map(|data| wit::Value::Sparse(sparse(data))));
        for value in values {
            let said = format!("{value:?}");
            let bits = nan_bits(&from_guest(value).unwrap());
            assert!(!bits.is_empty(), "{said}");
            assert!(bits.iter().all(|bits| [f64::NAN.to_bits(), f32::NAN.to_bits().into()].contains(bits)), "{said}");
        }
        for value in all() {
            let said = format!("{value:?}");
            let bits = nan_bits(&plain_from_guest(value).unwrap());
            let canonical = [f64::NAN.to_bits(), f32::NAN.to_bits().into()];
            assert!(!bits.is_empty() && bits.iter().all(|bits| canonical.contains(bits)), "{said}");
        }
    }

    /// The bits of every number that a value holds.
    fn nan_bits(value: &Value) -> Vec<u64> {
        let of_array = |array: &Array| -> Vec<u64> {
            match array.data() {
                ArrayData::Float32(v) | ArrayData::Complex64(v) => v.iter().map(|x| x.to_bits().into()).collect(),
                ArrayData::Float64(v) | ArrayData::Complex128(v) => v.iter().map(|x| x.to_bits()).collect(),
                _ => Vec::new(),
            }
        };
        let complex = |c: &Complex| [c.re.to_bits(), c.im.to_bits()];
        match value {
            Value::Float(x) => vec![x.to_bits()],
            Value::Complex(c) => complex(c).to_vec(),
            Value::List(Sequence::Floats(v)) | Value::Tuple(Sequence::Floats(v)) => {
                v.iter().map(|x| x.to_bits()).collect()
            }
            Value::List(Sequence::Complexes(v)) | Value::Tuple(Sequence::Complexes(v)) => {
                v.iter().flat_map(complex).collect()
            }
            Value::Array(array) => of_array(array),
            Value::Sparse(sparse) => of_array(&sparse.clone().into_parts().1),
            Value::Table(table) => table.clone().into_columns().iter().flat_map(|(_, cells)| of_array(cells)).collect(),
            Value::Dict(dict) => dict.clone().into_entries().iter().flat_map(|(_, value)| nan_bits(value)).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn contradictions_are_refused() {
        let cells = wit::Ndarray { shape: vec![3], data: wit::ArrayData::Float64(vec![1.0]) };
        let array = from_guest(wit::Value::Plain(wit::Plain::Array(cells.clone())));
        assert!(matches!(array, Err(ValueError::Shape { .. })));
        let table = wit::Table { columns: vec![wit::Column { name: "a".into(), cells }] };
        assert!(matches!(from_guest(wit::Value::Table(table)), Err(ValueError::Shape { .. })));
        let places = wit::Indices::Signed32(vec![0]);
        let matrix = wit::SparseMatrix {
            rows: 1,
            columns: 1,
            data: wit::Ndarray { shape: vec![1], data: wit::ArrayData::Float64(vec![1.0]) },
            structure: wit::SparseStructure::Csr(wit::Compressed { indices: places.clone(), indptr: places }),
        };
        assert!(matches!(from_guest(wit::Value::Sparse(matrix)), Err(ValueError::Sparse(_))));
        let entry = wit::Entry { key: "a/b".into(), value: wit::Plain::None };
        assert!(matches!(from_guest(wit::Value::Dictionary(vec![entry])), Err(ValueError::Name(_))));
    }

    #[test]
    fn lists_move() {
        let numbers = vec![1.0; 1000];
        let at = numbers.as_ptr();
        let value = from_guest(wit::Value::Plain(wit::Plain::List(wit::Sequence::Reals(numbers)))).unwrap();
        let wit::Value::Plain(wit::Plain::List(wit::Sequence::Reals(back))) = to_guest(value) else { panic!() };
        assert_eq!(back.as_ptr(), at);
    }
}
