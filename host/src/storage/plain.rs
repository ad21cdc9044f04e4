//! [`Plain`]: any value as a word, a layout and bytes, without loss.
//!
//! Bytes are little-endian and in C order, so that NumPy reads them as they are. Two values are the same to the
//! last bit when their plain forms are equal, also where NaN makes comparing the values themselves useless.

use serde::{Deserialize, Serialize};

use crate::trajectory::{
    Array, ArrayData, Complex, Compressed, Coordinates, Dict, Indices, Sequence, Sparse, Structure, Table, Value,
};

/// A value in its plain form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plain {
    /// The type, in Python's words where it has one.
    pub(super) kind: &'static str,
    /// How the bytes are to be read; `None` for text, bytes and nothing.
    pub(super) layout: Option<Layout>,
    /// The elements.
    pub(super) data: Vec<u8>,
}

/// How bytes are to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Layout {
    /// NumPy's word such as `<f8`; `str` for a list of texts in JSON, `bytes` for one of hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dtype: Option<String>,
    /// Lengths of the dimensions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) shape: Option<Vec<u64>>,
    /// Columns of a table, entries of a dictionary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parts: Option<Vec<Part>>,
}

/// A column of a table or an entry of a dictionary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dtype: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shape: Option<Vec<u64>>,
    /// Where its bytes begin.
    offset: usize,
    /// How many there are.
    size: usize,
}

impl Layout {
    fn of(dtype: &str, shape: Vec<u64>) -> Self {
        Self { dtype: Some(dtype.to_owned()), shape: Some(shape), parts: None }
    }

    /// Whether the bytes are text.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.dtype.as_deref(), Some("str" | "bytes"))
    }
}

impl Plain {
    /// The plain form of `value`.
    pub(super) fn of(value: &Value) -> Self {
        let (kind, layout, data) = match value {
            Value::None => ("none", None, Vec::new()),
            Value::Bool(b) => ("bool", Some(Layout::of("|b1", vec![])), vec![u8::from(*b)]),
            Value::Int(i) => ("int", Some(Layout::of("<i8", vec![])), i.to_le_bytes().into()),
            Value::Float(x) => ("float", Some(Layout::of("<f8", vec![])), x.to_le_bytes().into()),
            Value::Complex(c) => ("complex", Some(Layout::of("<c16", vec![])), complex_bytes(&[*c])),
            Value::Text(text) => ("str", None, text.clone().into_bytes()),
            Value::Bytes(bytes) => ("bytes", None, bytes.clone()),
            Value::Array(array) => {
                let (dtype, data) = array_bytes(array.data());
                ("array", Some(Layout::of(dtype, array.shape().to_vec())), data)
            }
            Value::List(sequence) => sequence_bytes("list", sequence),
            Value::Tuple(sequence) => sequence_bytes("tuple", sequence),
            Value::Table(table) => {
                let columns = table.columns().iter();
                parts("table", columns.map(|(name, array)| (name.as_str(), Self::of(&Value::Array(array.clone())))))
            }
            Value::Dict(dict) => {
                parts("dict", dict.entries().iter().map(|(key, value)| (key.as_str(), Self::of(value))))
            }
            Value::Sparse(sparse) => sparse_bytes(sparse),
        };
        Self { kind, layout, data }
    }

    /// The value whose plain form this would be, or why there is none.
    pub(super) fn read(kind: &str, layout: Option<&Layout>, data: &[u8]) -> Result<Value, String> {
        let layout_of = || layout.ok_or_else(|| format!("the {kind} has no layout"));
        let one = |dtype: &str, size: usize| match layout {
            Some(layout) if layout.dtype.as_deref() != Some(dtype) => Err(format!("the {kind} is no {dtype}")),
            _ if data.len() != size => Err(format!("the {kind} has {} bytes instead of {size}", data.len())),
            _ => Ok(()),
        };
        match kind {
            "none" => Ok(Value::None),
            "bool" => one("|b1", 1).and_then(|()| Ok(Value::Bool(truth(data)?[0]))),
            "int" => one("<i8", 8).map(|()| Value::Int(numbers(data, i64::from_le_bytes)[0])),
            "float" => one("<f8", 8).map(|()| Value::Float(numbers(data, f64::from_le_bytes)[0])),
            "complex" => one("<c16", 16).map(|()| Value::Complex(complexes(data)[0])),
            "str" => Ok(Value::Text(text(data)?.to_owned())),
            "bytes" => Ok(Value::Bytes(data.to_vec())),
            "array" => array(layout_of()?, data).map(Value::Array),
            "list" => sequence(layout_of()?, data).map(Value::List),
            "tuple" => sequence(layout_of()?, data).map(Value::Tuple),
            "table" => {
                let columns = each_part(layout_of()?, data, |part, layout, data| match part.kind.as_str() {
                    "array" => array(layout, data),
                    other => Err(format!("column `{}` is of type {other}", part.name)),
                })?;
                Table::new(columns).map(Value::Table).map_err(|error| error.to_string())
            }
            "dict" => {
                let entries = each_part(layout_of()?, data, |part, layout, data| match part.kind.as_str() {
                    "table" | "dict" => Err(format!("the entry `{}` is of type {}", part.name, part.kind)),
                    kind => Self::read(kind, Some(layout), data),
                })?;
                Dict::new(entries).map(Value::Dict).map_err(|error| error.to_string())
            }
            "sparse" => sparse(layout_of()?, data).map(Value::Sparse),
            other => Err(format!("it is of the unknown type `{other}`")),
        }
    }
}

/// Whether two values are the same to the last bit.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    Plain::of(a) == Plain::of(b)
}

fn parts<'a>(
    kind: &'static str,
    values: impl Iterator<Item = (&'a str, Plain)>,
) -> (&'static str, Option<Layout>, Vec<u8>) {
    let (mut parts, mut data) = (Vec::new(), Vec::new());
    for (name, plain) in values {
        let layout = plain.layout.unwrap_or_default();
        let (offset, size) = (data.len(), plain.data.len());
        let (name, kind) = (name.to_owned(), plain.kind.to_owned());
        parts.push(Part { name, kind, dtype: layout.dtype, shape: layout.shape, offset, size });
        data.extend_from_slice(&plain.data);
    }
    (kind, Some(Layout { parts: Some(parts), ..Layout::default() }), data)
}

fn each_part<T>(
    layout: &Layout,
    data: &[u8],
    read: impl Fn(&Part, &Layout, &[u8]) -> Result<T, String>,
) -> Result<Vec<(String, T)>, String> {
    let parts = layout.parts.as_ref().ok_or("its layout has no parts")?;
    let one = |part: &Part| {
        let end = part.offset.checked_add(part.size);
        let bytes = end.and_then(|end| data.get(part.offset..end));
        let bytes = bytes.ok_or_else(|| format!("`{}` lies outside of its bytes", part.name))?;
        let layout = Layout { dtype: part.dtype.clone(), shape: part.shape.clone(), parts: None };
        Ok((part.name.clone(), read(part, &layout, bytes)?))
    };
    parts.iter().map(one).collect()
}

/// The bytes of numbers, one after the other.
macro_rules! bytes_of {
    ($numbers:expr) => {{
        let mut bytes = Vec::with_capacity(size_of_val($numbers.as_slice()));
        $numbers.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
        bytes
    }};
}

fn array_bytes(data: &ArrayData) -> (&'static str, Vec<u8>) {
    match data {
        ArrayData::Bool(v) => ("|b1", v.iter().map(|b| u8::from(*b)).collect()),
        ArrayData::Int8(v) => ("|i1", bytes_of!(v)),
        ArrayData::Int16(v) => ("<i2", bytes_of!(v)),
        ArrayData::Int32(v) => ("<i4", bytes_of!(v)),
        ArrayData::Int64(v) => ("<i8", bytes_of!(v)),
        ArrayData::UInt8(v) => ("|u1", v.clone()),
        ArrayData::UInt16(v) => ("<u2", bytes_of!(v)),
        ArrayData::UInt32(v) => ("<u4", bytes_of!(v)),
        ArrayData::UInt64(v) => ("<u8", bytes_of!(v)),
        ArrayData::Float32(v) => ("<f4", bytes_of!(v)),
        ArrayData::Float64(v) => ("<f8", bytes_of!(v)),
        ArrayData::Complex64(v) => ("<c8", bytes_of!(v)),
        ArrayData::Complex128(v) => ("<c16", bytes_of!(v)),
        ArrayData::Text(v) => ("str", json(v)),
    }
}

fn sequence_bytes(kind: &'static str, sequence: &Sequence) -> (&'static str, Option<Layout>, Vec<u8>) {
    let shape = Some(vec![sequence.len() as u64]);
    let (dtype, data) = match sequence {
        Sequence::Empty => return (kind, Some(Layout { shape, ..Layout::default() }), Vec::new()),
        Sequence::Bools(v) => ("|b1", v.iter().map(|b| u8::from(*b)).collect()),
        Sequence::Ints(v) => ("<i8", bytes_of!(v)),
        Sequence::Floats(v) => ("<f8", bytes_of!(v)),
        Sequence::Complexes(v) => ("<c16", complex_bytes(v)),
        Sequence::Texts(v) => ("str", json(v)),
        Sequence::Bytes(v) => {
            let digits = |bytes: &Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            ("bytes", json(&v.iter().map(digits).collect::<Vec<String>>()))
        }
    };
    (kind, Some(Layout { dtype: Some(dtype.to_owned()), shape, parts: None }), data)
}

fn json(texts: &[String]) -> Vec<u8> {
    serde_json::to_vec(texts).expect("texts are JSON")
}

fn complex_bytes(numbers: &[Complex]) -> Vec<u8> {
    numbers.iter().flat_map(|c| [c.re.to_le_bytes(), c.im.to_le_bytes()]).flatten().collect()
}

/// Numbers from their bytes; what is too short for another one is left out.
fn numbers<const N: usize, T>(data: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
    data.as_chunks::<N>().0.iter().map(|chunk| read(*chunk)).collect()
}

fn complexes(data: &[u8]) -> Vec<Complex> {
    numbers(data, f64::from_le_bytes).as_chunks::<2>().0.iter().map(|[re, im]| Complex { re: *re, im: *im }).collect()
}

fn truth(data: &[u8]) -> Result<Vec<bool>, String> {
    let one = |byte: &u8| match byte {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(format!("{other} is no truth value")),
    };
    data.iter().map(one).collect()
}

fn text(data: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(data).map_err(|error| format!("it is no text: {error}"))
}

fn texts(data: &[u8]) -> Result<Vec<String>, String> {
    serde_json::from_slice(data).map_err(|error| format!("it is no list of texts in JSON: {error}"))
}

fn array(layout: &Layout, data: &[u8]) -> Result<Array, String> {
    let (Some(dtype), Some(shape)) = (layout.dtype.as_deref(), &layout.shape) else {
        return Err("its layout lacks dtype or shape".into());
    };
    let width = match dtype {
        "str" | "|b1" | "|i1" | "|u1" => 1,
        "<i2" | "<u2" => 2,
        "<i4" | "<u4" | "<f4" => 4,
        "<i8" | "<u8" | "<f8" | "<c8" => 8,
        "<c16" => 16,
        other => return Err(format!("its elements are {other}, which is not known here")),
    };
    if !data.len().is_multiple_of(width) {
        return Err(format!("{} bytes are no whole number of {dtype}", data.len()));
    }
    let data = match dtype {
        "|b1" => ArrayData::Bool(truth(data)?),
        "|i1" => ArrayData::Int8(numbers(data, i8::from_le_bytes)),
        "<i2" => ArrayData::Int16(numbers(data, i16::from_le_bytes)),
        "<i4" => ArrayData::Int32(numbers(data, i32::from_le_bytes)),
        "<i8" => ArrayData::Int64(numbers(data, i64::from_le_bytes)),
        "|u1" => ArrayData::UInt8(data.to_vec()),
        "<u2" => ArrayData::UInt16(numbers(data, u16::from_le_bytes)),
        "<u4" => ArrayData::UInt32(numbers(data, u32::from_le_bytes)),
        "<u8" => ArrayData::UInt64(numbers(data, u64::from_le_bytes)),
        "<f4" => ArrayData::Float32(numbers(data, f32::from_le_bytes)),
        "<f8" => ArrayData::Float64(numbers(data, f64::from_le_bytes)),
        "<c8" => ArrayData::Complex64(numbers(data, f32::from_le_bytes)),
        "<c16" => ArrayData::Complex128(numbers(data, f64::from_le_bytes)),
        _ => ArrayData::Text(texts(data)?),
    };
    Array::new(shape.clone(), data).map_err(|error| error.to_string())
}

/// A matrix as its parts, under the names of SciPy's files: the elements, and where they stand.
fn sparse_bytes(sparse: &Sparse) -> (&'static str, Option<Layout>, Vec<u8>) {
    let places = sparse.structure().parts().into_iter().map(|(name, indices)| {
        let data = match indices {
            Indices::Int32(v) => ArrayData::Int32(v.clone()),
            Indices::Int64(v) => ArrayData::Int64(v.clone()),
        };
        (name, Array::flat(data).expect("one dimension fits any data"))
    });
    let elements = std::iter::once(("data", sparse.data().clone()));
    let arrays = elements.chain(places).map(|(name, array)| (name, Plain::of(&Value::Array(array))));
    let (kind, layout, data) = parts("sparse", arrays);
    let (dtype, shape) = (Some(sparse.structure().format().to_owned()), Some(sparse.shape().to_vec()));
    (kind, layout.map(|layout| Layout { dtype, shape, ..layout }), data)
}

fn sparse(layout: &Layout, data: &[u8]) -> Result<Sparse, String> {
    let (Some(format), Some([rows, columns])) = (layout.dtype.as_deref(), layout.shape.as_deref()) else {
        return Err("its layout lacks the format or the shape".into());
    };
    let mut arrays = each_part(layout, data, |_, layout, data| array(layout, data))?;
    let mut take = |wanted: &str| {
        let at = arrays.iter().position(|(name, _)| name == wanted);
        at.map(|at| arrays.swap_remove(at).1).ok_or_else(|| format!("it has no part `{wanted}`"))
    };
    let elements = take("data")?;
    let mut places = |wanted: &str| match take(wanted)?.into_parts().1 {
        ArrayData::Int32(v) => Ok(Indices::Int32(v)),
        ArrayData::Int64(v) => Ok(Indices::Int64(v)),
        _ => Err(format!("its part `{wanted}` holds no indices")),
    };
    let mut compressed = || Ok::<_, String>(Compressed { indices: places("indices")?, indptr: places("indptr")? });
    let structure = match format {
        "csr" => Structure::Csr(compressed()?),
        "csc" => Structure::Csc(compressed()?),
        "bsr" => Structure::Bsr(compressed()?),
        "coo" => Structure::Coo(Coordinates { row: places("row")?, col: places("col")? }),
        "dia" => Structure::Dia(places("offsets")?),
        other => return Err(format!("its format is {other}, which is not known here")),
    };
    Sparse::new([*rows, *columns], elements, structure).map_err(|error| error.to_string())
}

fn sequence(layout: &Layout, data: &[u8]) -> Result<Sequence, String> {
    let sequence = match layout.dtype.as_deref() {
        None => Sequence::Empty,
        Some("str") => Sequence::Texts(texts(data)?),
        Some("bytes") => Sequence::Bytes(texts(data)?.iter().map(|digits| unhexed(digits)).collect::<Result<_, _>>()?),
        Some("<c16") if data.len().is_multiple_of(16) => Sequence::Complexes(complexes(data)),
        Some("<i8") if data.len().is_multiple_of(8) => Sequence::Ints(numbers(data, i64::from_le_bytes)),
        Some("<f8") if data.len().is_multiple_of(8) => Sequence::Floats(numbers(data, f64::from_le_bytes)),
        Some("|b1") => Sequence::Bools(truth(data)?),
        Some(other) => return Err(format!("{} bytes are no elements of type {other}", data.len())),
    };
    match layout.shape.as_deref() {
        Some([length]) if *length == sequence.len() as u64 => Ok(sequence),
        other => Err(format!("its shape is {:?} but it has {} elements", other.unwrap_or_default(), sequence.len())),
    }
}

fn unhexed(digits: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("{digits:?} are no hexadecimal digits");
    let pairs = digits.as_bytes().chunks(2).map(|pair| match pair {
        [a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
            let value = |digit: &u8| (*digit as char).to_digit(16).unwrap_or(0) as u8;
            Ok(value(a) << 4 | value(b))
        }
        _ => Err(wrong()),
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::samples::every_value;

    #[test]
    fn every_value_comes_back_from_its_plain_form() {
        for (name, value) in every_value() {
            let plain = Plain::of(&value);
            let layout = plain.layout.as_ref().map(|layout| serde_json::to_string(layout).unwrap());
            let layout: Option<Layout> = layout.map(|text| serde_json::from_str(&text).unwrap());
            let back =
                Plain::read(plain.kind, layout.as_ref(), &plain.data).unwrap_or_else(|why| panic!("{name}: {why}"));
            assert_eq!(Plain::of(&back), plain, "{name}");
            assert_eq!(format!("{back:?}"), format!("{value:?}"), "{name}");
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        let layout = |text: &str| serde_json::from_str::<Layout>(text).unwrap();
        let read = |kind: &str, text: &str, data: &[u8]| Plain::read(kind, Some(&layout(text)), data).unwrap_err();
        let part = |part: &str| format!("{{\"parts\": [{{\"name\": \"a\", {part}}}]}}");
        let messages = [
            Plain::read("array", None, b"").unwrap_err(),
            Plain::read("frame", None, b"").unwrap_err(),
            Plain::read("str", None, b"\xff").unwrap_err(),
            read("float", r#"{"dtype": "<f8"}"#, b"1234"),
            read("bool", r#"{"dtype": "|b1"}"#, b"7"),
            read("array", r#"{"dtype": "<f8"}"#, b"12345678"),
            read("array", r#"{"dtype": "<f8", "shape": [1]}"#, b"1234567"),
            read("array", r#"{"dtype": "<f8", "shape": [18446744073709551615, 3]}"#, b"12345678"),
            read("array", r#"{"dtype": "<U5", "shape": [1]}"#, b"12345678"),
            read("array", r#"{"dtype": "str", "shape": [1]}"#, b"[1]"),
            read("list", r#"{"dtype": "<i8", "shape": [1]}"#, b"1234"),
            read("list", r#"{"dtype": "bytes", "shape": [1]}"#, br#"["0g"]"#),
            read("list", r#"{"shape": [3]}"#, b""),
            read("table", r#"{"shape": [3]}"#, b""),
            read("table", &part(r#""type": "int", "offset": 0, "size": 0"#), b""),
            read("dict", &part(r#""type": "dict", "offset": 0, "size": 0"#), b""),
            read("dict", &part(r#""type": "int", "offset": 18446744073709551615, "size": 2"#), b""),
            read("dict", &part(r#""type": "int", "dtype": "<i8", "offset": 1, "size": 8"#), b"12345678"),
        ];
        insta::assert_snapshot!(messages.join("\n"));
    }
}
