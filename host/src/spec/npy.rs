//! Data files of NumPy and SciPy that a spec names, and the values along the first dimension of an array.

use std::{fs::File, io::BufReader, path::Path};

use crate::{
    numpy::{read_array, read_sparse},
    trajectory::{Array, ArrayData, Complex, Sparse, Value},
};

/// Reads a `.npy` file. The message finishes the sentence "the file cannot be used: …".
pub(super) fn read(path: &Path) -> Result<Array, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    read_array(BufReader::new(file)).map_err(|error| error.to_string())
}

/// Reads a `.npz` file with a sparse matrix. The message finishes the same sentence.
pub(super) fn sparse(path: &Path) -> Result<Sparse, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    read_sparse(BufReader::new(file)).map_err(|error| error.to_string())
}

/// Runs one expression for the elements, and puts what it gives back into the same variant.
macro_rules! map_data {
    ($data:expr, $v:ident => $body:expr, $complex:ident => $pairs:expr) => {
        match $data {
            ArrayData::Bool($v) => ArrayData::Bool($body),
            ArrayData::Int8($v) => ArrayData::Int8($body),
            ArrayData::Int16($v) => ArrayData::Int16($body),
            ArrayData::Int32($v) => ArrayData::Int32($body),
            ArrayData::Int64($v) => ArrayData::Int64($body),
            ArrayData::UInt8($v) => ArrayData::UInt8($body),
            ArrayData::UInt16($v) => ArrayData::UInt16($body),
            ArrayData::UInt32($v) => ArrayData::UInt32($body),
            ArrayData::UInt64($v) => ArrayData::UInt64($body),
            ArrayData::Float32($v) => ArrayData::Float32($body),
            ArrayData::Float64($v) => ArrayData::Float64($body),
            ArrayData::Text($v) => ArrayData::Text($body),
            ArrayData::Complex64($complex) => ArrayData::Complex64($pairs),
            ArrayData::Complex128($complex) => ArrayData::Complex128($pairs),
        }
    };
}

/// The values along the first dimension: scalars of a flat array, arrays of others.
pub(super) fn along_first(array: &Array) -> Result<Vec<Value>, String> {
    let Some((&rows, rest)) = array.shape().split_first() else {
        return Err("it holds a single value without dimensions, so there is nothing to explore along".into());
    };
    if rest.is_empty() {
        return scalars(array.data());
    }
    if rows > 0 && array.is_empty() {
        // There may be as many of them as the header says: memory is asked for by what is there.
        return Err(format!("each of its {rows} rows is empty, so there is nothing to explore"));
    }
    let length = rest.iter().product::<u64>() as usize;
    (0..rows as usize)
        .map(|row| {
            let (from, to) = (row * length, (row + 1) * length);
            let data = map_data!(array.data(), v => v[from..to].to_vec(), c => c[2 * from..2 * to].to_vec());
            Array::new(rest.to_vec(), data).map(Value::Array).map_err(|error| error.to_string())
        })
        .collect()
}

/// Each element as a value of its own.
fn scalars(data: &ArrayData) -> Result<Vec<Value>, String> {
    let complex = |re: f64, im: f64| Value::Complex(Complex { re, im });
    Ok(match data {
        ArrayData::Bool(v) => v.iter().map(|&b| Value::Bool(b)).collect(),
        ArrayData::Int8(v) => v.iter().map(|&i| Value::Int(i.into())).collect(),
        ArrayData::Int16(v) => v.iter().map(|&i| Value::Int(i.into())).collect(),
        ArrayData::Int32(v) => v.iter().map(|&i| Value::Int(i.into())).collect(),
        ArrayData::Int64(v) => v.iter().map(|&i| Value::Int(i)).collect(),
        ArrayData::UInt8(v) => v.iter().map(|&i| Value::Int(i.into())).collect(),
        ArrayData::UInt16(v) => v.iter().map(|&i| Value::Int(i.into())).collect(),
        ArrayData::UInt32(v) => v.iter().map(|&i| Value::Int(i.into())).collect(),
        ArrayData::UInt64(v) => {
            let small = |(row, &i): (usize, &u64)| {
                let refusal = |_| format!("value {row} is {i}, which does not fit into a signed integer");
                i64::try_from(i).map(Value::Int).map_err(refusal)
            };
            v.iter().enumerate().map(small).collect::<Result<_, _>>()?
        }
        ArrayData::Float32(v) => v.iter().map(|&x| Value::Float(x.into())).collect(),
        ArrayData::Float64(v) => v.iter().map(|&x| Value::Float(x)).collect(),
        ArrayData::Complex64(v) => v.chunks_exact(2).map(|c| complex(c[0].into(), c[1].into())).collect(),
        ArrayData::Complex128(v) => v.chunks_exact(2).map(|c| complex(c[0], c[1])).collect(),
        ArrayData::Text(v) => v.iter().map(|s| Value::Text(s.clone())).collect(),
    })
}
