//! Arrays from `.npy` files: every element type that an [`Array`] has, in C and Fortran order.

use std::{fs::File, io::Read, path::Path};

use npyz::{DType, Endianness, NpyHeader, Order, TypeChar};

use crate::trajectory::{Array, ArrayData, Complex, Value};

/// Reads a whole file. The message finishes the sentence "the file cannot be used: …".
pub(super) fn read(path: &Path) -> Result<Array, String> {
    let mut file = std::io::BufReader::new(File::open(path).map_err(|error| error.to_string())?);
    let header = NpyHeader::from_reader(&mut file).map_err(|error| format!("it is no `.npy` file ({error})"))?;
    let dtype = header.dtype();
    let DType::Plain(element) = &dtype else {
        return Err(format!("its elements are records ({}); save each field on its own", dtype.descr()));
    };
    let unknown = || format!("elements of type `{element}` have no counterpart here");
    let width = element.num_bytes().ok_or_else(unknown)?;
    let count = header.shape().iter().fold(1u128, |n, &d| n.saturating_mul(d.into()));
    let count = if header.shape().contains(&0) { 0 } else { count };
    let expected = count.saturating_mul(width as u128);
    let mut bytes = Vec::new();
    // Read no more than one byte too many, and trust the file's own words about its size as little.
    let most = u64::try_from(expected).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u128 != expected {
        return Err(format!(
            "its header promises {expected} bytes of data (shape {:?}) but {} follow",
            header.shape(),
            if bytes.len() as u128 > expected { "more".into() } else { bytes.len().to_string() }
        ));
    }
    if header.order() == Order::Fortran && header.shape().len() > 1 {
        bytes = row_major(&bytes, header.shape(), width);
    }
    let big = element.endianness() == Endianness::Big;
    /// Decodes numbers of one width.
    macro_rules! numbers {
        ($type:ty) => {
            bytes
                .chunks_exact(size_of::<$type>())
                .map(|chunk| {
                    let chunk = chunk.try_into().expect("chunks have the width of the type");
                    if big { <$type>::from_be_bytes(chunk) } else { <$type>::from_le_bytes(chunk) }
                })
                .collect()
        };
    }
    let data = match (element.type_char(), element.size_field()) {
        (TypeChar::Bool, 1) => ArrayData::Bool(bytes.iter().map(|&byte| byte != 0).collect()),
        (TypeChar::Int, 1) => ArrayData::Int8(numbers!(i8)),
        (TypeChar::Int, 2) => ArrayData::Int16(numbers!(i16)),
        (TypeChar::Int, 4) => ArrayData::Int32(numbers!(i32)),
        (TypeChar::Int, 8) => ArrayData::Int64(numbers!(i64)),
        (TypeChar::Uint, 1) => ArrayData::UInt8(bytes),
        (TypeChar::Uint, 2) => ArrayData::UInt16(numbers!(u16)),
        (TypeChar::Uint, 4) => ArrayData::UInt32(numbers!(u32)),
        (TypeChar::Uint, 8) => ArrayData::UInt64(numbers!(u64)),
        (TypeChar::Float, 4) => ArrayData::Float32(numbers!(f32)),
        (TypeChar::Float, 8) => ArrayData::Float64(numbers!(f64)),
        (TypeChar::Complex, 8) => ArrayData::Complex64(numbers!(f32)),
        (TypeChar::Complex, 16) => ArrayData::Complex128(numbers!(f64)),
        (TypeChar::UnicodeStr, n) if n > 0 => {
            let codes: Vec<u32> = numbers!(u32);
            let texts = codes.chunks_exact(n as usize).map(unicode).collect::<Option<_>>();
            ArrayData::Text(texts.ok_or("a text in it is not Unicode")?)
        }
        (TypeChar::ByteStr, n) if n > 0 => {
            let texts = bytes.chunks_exact(n as usize).map(utf8).collect::<Option<_>>();
            ArrayData::Text(texts.ok_or("a byte string in it is not text in UTF-8")?)
        }
        _ => return Err(unknown()),
    };
    Array::new(header.shape().to_vec(), data).map_err(|error| error.to_string())
}

/// One text of NumPy: code points, filled up with zeros.
fn unicode(codes: &[u32]) -> Option<String> {
    let end = codes.iter().rposition(|&code| code != 0).map_or(0, |last| last + 1);
    codes[..end].iter().map(|&code| char::from_u32(code)).collect()
}

/// One byte string of NumPy, filled up with zeros.
fn utf8(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    std::str::from_utf8(&bytes[..end]).ok().map(str::to_owned)
}

/// The elements of a column-major array in row-major order.
fn row_major(bytes: &[u8], shape: &[u64], width: usize) -> Vec<u8> {
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1usize;
    for &length in shape {
        strides.push(stride);
        stride *= length as usize;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = vec![0u64; shape.len()];
    while out.len() < bytes.len() {
        let at: usize = index.iter().zip(&strides).map(|(&i, &stride)| i as usize * stride).sum();
        out.extend_from_slice(&bytes[at * width..(at + 1) * width]);
        for d in (0..shape.len()).rev() {
            index[d] += 1;
            if index[d] < shape[d] {
                break;
            }
            index[d] = 0;
        }
    }
    out
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
