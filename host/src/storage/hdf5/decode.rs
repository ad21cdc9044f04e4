//! From what stands in the file to values; also where pypet has written it.

use crate::trajectory::{Array, ArrayData, Complex, Dict, Sequence, Table, Value};

use super::cells::Element;

/// Elements as they were read, with what the attributes say about them.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) element: Element,
    pub(super) shape: Vec<u64>,
    pub(super) bytes: Vec<u8>,
    /// pypet's `COLL_TYPE`.
    pub(super) collection: Option<String>,
    /// pypet's `SCALAR_TYPE`.
    pub(super) scalar: Option<String>,
    /// Our lengths of texts that end with zero bytes.
    pub(super) lengths: Option<Vec<u64>>,
    /// Ours: it stands for no value at all.
    pub(super) none: bool,
}

/// Why elements are no value that we know, in words that follow "cannot be read: ".
pub(super) type Why = String;

impl Found {
    /// The value that the elements stand for.
    pub(super) fn value(self) -> Result<Value, Why> {
        if self.none {
            return Ok(Value::None);
        }
        let single = self.shape.iter().product::<u64>() == 1;
        match self.collection.as_deref() {
            Some("COLL_EMPTY_DICT") => Dict::new(Vec::new()).map(Value::Dict).map_err(|error| error.to_string()),
            Some("COLL_SCALAR") if single => self.single(),
            Some("COLL_LIST") if self.shape.len() == 1 => self.sequence().map(Value::List),
            Some("COLL_TUPLE") if self.shape.len() == 1 => self.sequence().map(Value::Tuple),
            None if self.shape.is_empty() => self.single(),
            _ => self.array().map(Value::Array),
        }
    }

    /// The same without elements.
    pub(super) fn clone_marks(&self) -> Self {
        let (collection, scalar) = (self.collection.clone(), self.scalar.clone());
        Self { shape: Vec::new(), bytes: Vec::new(), collection, scalar, lengths: self.lengths.clone(), ..*self }
    }

    fn is_bool(&self) -> bool {
        self.element == Element::Bits || matches!(self.scalar.as_deref(), Some("bool" | "bool_"))
    }

    fn is_text(&self) -> bool {
        match self.scalar.as_deref() {
            Some("str" | "str_") => true,
            Some("bytes" | "bytes_") => false,
            _ => matches!(self.element, Element::Text { utf8: true, .. }),
        }
    }

    fn single(self) -> Result<Value, Why> {
        if self.is_bool() {
            return Ok(Value::Bool(self.bytes.iter().any(|&byte| byte != 0)));
        }
        Ok(match self.element {
            Element::Text { .. } => {
                let bytes = self.texts().pop().unwrap_or_default();
                if self.is_text() { Value::Text(utf8(bytes)?) } else { Value::Bytes(bytes) }
            }
            Element::Complex { .. } => {
                let parts = self.reals();
                Value::Complex(Complex { re: parts[0], im: parts[1] })
            }
            Element::Float { .. } => Value::Float(self.reals()[0]),
            _ => match self.integers() {
                Some(integers) => Value::Int(integers[0]),
                None => Value::Array(self.array()?),
            },
        })
    }

    fn sequence(self) -> Result<Sequence, Why> {
        if self.scalar.is_none() && self.bytes.is_empty() {
            return Ok(Sequence::Empty);
        }
        if self.is_bool() {
            return Ok(Sequence::Bools(self.bytes.iter().map(|&byte| byte != 0).collect()));
        }
        Ok(match self.element {
            Element::Text { .. } if self.is_text() => {
                Sequence::Texts(self.texts().into_iter().map(utf8).collect::<Result<_, _>>()?)
            }
            Element::Text { .. } => Sequence::Bytes(self.texts()),
            Element::Complex { .. } => Sequence::Complexes(
                self.reals().chunks_exact(2).map(|part| Complex { re: part[0], im: part[1] }).collect(),
            ),
            Element::Float { .. } => Sequence::Floats(self.reals()),
            _ => Sequence::Ints(self.integers().ok_or("the list holds integers of more than 63 bits")?),
        })
    }

    fn array(self) -> Result<Array, Why> {
        let shape = self.shape.clone();
        let data = self.data()?;
        Array::new(shape, data).map_err(|error| error.to_string())
    }

    fn data(self) -> Result<ArrayData, Why> {
        if self.is_bool() {
            return Ok(ArrayData::Bool(self.bytes.iter().map(|&byte| byte != 0).collect()));
        }
        let bytes = &self.bytes;
        Ok(match self.element {
            Element::Bool | Element::Int { bytes: 1, signed: false } => ArrayData::UInt8(bytes.clone()),
            Element::Bits => ArrayData::Bool(bytes.iter().map(|&byte| byte != 0).collect()),
            Element::Int { bytes: 1, .. } => ArrayData::Int8(numbers(bytes, i8::from_ne_bytes)),
            Element::Int { bytes: 2, signed: true } => ArrayData::Int16(numbers(bytes, i16::from_ne_bytes)),
            Element::Int { bytes: 4, signed: true } => ArrayData::Int32(numbers(bytes, i32::from_ne_bytes)),
            Element::Int { signed: true, .. } => ArrayData::Int64(numbers(bytes, i64::from_ne_bytes)),
            Element::Int { bytes: 2, .. } => ArrayData::UInt16(numbers(bytes, u16::from_ne_bytes)),
            Element::Int { bytes: 4, .. } => ArrayData::UInt32(numbers(bytes, u32::from_ne_bytes)),
            Element::Int { .. } => ArrayData::UInt64(numbers(bytes, u64::from_ne_bytes)),
            Element::Float { bytes: 4 } => ArrayData::Float32(numbers(bytes, f32::from_ne_bytes)),
            Element::Float { .. } => ArrayData::Float64(numbers(bytes, f64::from_ne_bytes)),
            Element::Complex { bytes: 4 } => ArrayData::Complex64(numbers(bytes, f32::from_ne_bytes)),
            Element::Complex { .. } => ArrayData::Complex128(numbers(bytes, f64::from_ne_bytes)),
            Element::Text { .. } => ArrayData::Text(self.texts().into_iter().map(utf8).collect::<Result<_, _>>()?),
        })
    }

    /// Integers of any size as 64 bits; `None` if one does not fit.
    fn integers(&self) -> Option<Vec<i64>> {
        let bytes = &self.bytes;
        Some(match self.element {
            Element::Int { bytes: 1, signed: true } => numbers(bytes, |b| i64::from(i8::from_ne_bytes(b))),
            Element::Int { bytes: 2, signed: true } => numbers(bytes, |b| i64::from(i16::from_ne_bytes(b))),
            Element::Int { bytes: 4, signed: true } => numbers(bytes, |b| i64::from(i32::from_ne_bytes(b))),
            Element::Int { bytes: 8, signed: true } => numbers(bytes, i64::from_ne_bytes),
            Element::Int { bytes: 2, .. } => numbers(bytes, |b| i64::from(u16::from_ne_bytes(b))),
            Element::Int { bytes: 4, .. } => numbers(bytes, |b| i64::from(u32::from_ne_bytes(b))),
            Element::Int { bytes: 8, .. } => {
                numbers(bytes, u64::from_ne_bytes).into_iter().map(|u| i64::try_from(u).ok()).collect::<Option<_>>()?
            }
            _ => bytes.iter().map(|&byte| i64::from(byte)).collect(),
        })
    }

    /// Reals of any size in double precision.
    fn reals(&self) -> Vec<f64> {
        match self.element {
            Element::Float { bytes: 4 } | Element::Complex { bytes: 4 } => {
                numbers(&self.bytes, |b| f64::from(f32::from_ne_bytes(b)))
            }
            _ => numbers(&self.bytes, f64::from_ne_bytes),
        }
    }

    /// The texts without what fills them up.
    fn texts(&self) -> Vec<Vec<u8>> {
        let width = self.element.size();
        let cells = self.bytes.chunks_exact(width.max(1));
        match &self.lengths {
            Some(lengths) => {
                cells.zip(lengths).map(|(cell, &length)| cell[..(length as usize).min(width)].to_vec()).collect()
            }
            None => cells.map(|cell| unfilled(cell).to_vec()).collect(),
        }
    }
}

/// `cell` without the zero bytes at its end.
pub(super) fn unfilled(cell: &[u8]) -> &[u8] {
    &cell[..cell.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1)]
}

/// An empty array of this element type, for columns that HDF5 has no type for.
pub(super) fn hollow(shape: Vec<u64>, dtype: &str) -> Result<Array, Why> {
    let data = match dtype {
        "bool" => ArrayData::Bool(vec![]),
        "int8" => ArrayData::Int8(vec![]),
        "int16" => ArrayData::Int16(vec![]),
        "int32" => ArrayData::Int32(vec![]),
        "int64" => ArrayData::Int64(vec![]),
        "uint8" => ArrayData::UInt8(vec![]),
        "uint16" => ArrayData::UInt16(vec![]),
        "uint32" => ArrayData::UInt32(vec![]),
        "uint64" => ArrayData::UInt64(vec![]),
        "float32" => ArrayData::Float32(vec![]),
        "float64" => ArrayData::Float64(vec![]),
        "complex64" => ArrayData::Complex64(vec![]),
        "complex128" => ArrayData::Complex128(vec![]),
        "str" => ArrayData::Text(vec![]),
        other => return Err(format!("there is no element type `{other}`")),
    };
    Array::new(shape, data).map_err(|error| error.to_string())
}

/// A table of such columns.
pub(super) fn table(columns: Vec<(String, Array)>) -> Result<Value, Why> {
    Table::new(columns).map(Value::Table).map_err(|error| error.to_string())
}

/// A column of a table: the cells of all rows as one array.
pub(super) fn column(found: Found) -> Result<Array, Why> {
    found.array()
}

fn utf8(bytes: Vec<u8>) -> Result<String, Why> {
    String::from_utf8(bytes).map_err(|_| "it is marked as text but is not UTF-8".into())
}

/// Fixed-size numbers out of bytes.
fn numbers<const N: usize, T>(bytes: &[u8], one: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|chunk| one(*chunk)).collect()
}
