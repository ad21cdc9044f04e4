//! [`Value`]: everything that a parameter or an item of a result can be.
//!
//! The same set as the WIT contract's `value`. A [`Value`] that exists is consistent: shapes match
//! their data, columns of a table have equal lengths, keys of a dictionary are legal.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    name::{self, NameError, NodePath},
    sparse::{Sparse, SparseError},
};

/// A complex number in double precision.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Complex {
    /// Real part.
    pub re: f64,
    /// Imaginary part.
    pub im: f64,
}

/// A value of a parameter, or an item of a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// No value (`None` in Python).
    None,
    /// A truth value.
    Bool(bool),
    /// A 64-bit integer; stored as 64 bits, where pypet takes 32.
    Int(i64),
    /// A double.
    Float(f64),
    /// A complex double.
    Complex(Complex),
    /// Unicode text.
    Text(String),
    /// Opaque bytes.
    Bytes(Vec<u8>),
    /// An n-dimensional array.
    Array(Array),
    /// A flat list of values of one type.
    List(Sequence),
    /// A flat tuple of values of one type.
    Tuple(Sequence),
    /// Named columns of equal length.
    Table(Table),
    /// Values under keys that nest by dots.
    Dict(Dict),
    /// A matrix of which only some elements are stored.
    Sparse(Sparse),
}

/// An n-dimensional array in row-major order. The product of the shape equals the number of elements.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "(Vec<u64>, ArrayData)", into = "(Vec<u64>, ArrayData)")]
pub struct Array {
    shape: Vec<u64>,
    data: ArrayData,
}

/// Elements of an [`Array`]. Complex elements alternate real and imaginary parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the variants are the element types, named as NumPy names them")]
pub enum ArrayData {
    Bool(Vec<bool>),
    Int8(Vec<i8>),
    Int16(Vec<i16>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    UInt8(Vec<u8>),
    UInt16(Vec<u16>),
    UInt32(Vec<u32>),
    UInt64(Vec<u64>),
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    Complex64(Vec<f32>),
    Complex128(Vec<f64>),
    Text(Vec<String>),
}

/// The elements of a list or tuple: flat, of one type, as pypet's parameters demand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the variants are the element types")]
pub enum Sequence {
    Empty,
    Bools(Vec<bool>),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    Complexes(Vec<Complex>),
    Texts(Vec<String>),
    Bytes(Vec<Vec<u8>>),
}

/// An ordered table: columns with unique names whose first dimensions agree (pypet's `ObjectTable`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(String, Array)>", into = "Vec<(String, Array)>")]
pub struct Table {
    columns: Vec<(String, Array)>,
}

/// An ordered dictionary. Keys are paths; the values are neither tables nor dictionaries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(String, Value)>", into = "Vec<(String, Value)>")]
pub struct Dict {
    entries: Vec<(NodePath, Value)>,
}

/// Why something is not a value.
#[derive(Clone, Debug, PartialEq, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum ValueError {
    #[error("shape {shape:?} asks for {expected} elements but the data has {got}")]
    Shape { shape: Vec<u64>, expected: u128, got: usize },
    #[error("an array has {got} dimensions; HDF5 takes at most 32")]
    Rank { got: usize },
    #[error("no array has the shape {shape:?}, not even without elements: the other dimensions alone are too large")]
    Hollow { shape: Vec<u64> },
    #[error("complex data alternates real and imaginary parts, so {got} numbers cannot be right")]
    HalfComplex { got: usize },
    #[error("column `{column}` has {got} rows but `{first}` has {expected}")]
    Ragged { column: String, got: u64, first: String, expected: u64 },
    #[error("column `{column}` has no dimension that counts rows")]
    NoRows { column: String },
    #[error("`{name}` occurs twice")]
    Twice { name: String },
    #[error("`{inner}` would lie inside of `{outer}`, which is a value")]
    Nested { outer: String, inner: String },
    #[error("a table without columns holds nothing")]
    NoColumns,
    #[error(
        "the entry `{key}` is a {got}; dictionaries hold no tables or sparse matrices and nest by dots in their keys"
    )]
    Composite { key: String, got: &'static str },
    #[error(transparent)]
    Sparse(#[from] SparseError),
    #[error(transparent)]
    Name(#[from] NameError),
}

/// HDF5's `H5S_MAX_RANK`.
const MAX_RANK: usize = 32;
/// The most that the dimensions beside a zero may multiply to: bytes of an address, over those of a complex number.
const MAX_BESIDE_ZERO: u64 = i64::MAX as u64 / 16;

impl Array {
    /// Puts a shape on data, if they match.
    pub fn new(shape: Vec<u64>, data: ArrayData) -> Result<Self, ValueError> {
        if shape.len() > MAX_RANK {
            return Err(ValueError::Rank { got: shape.len() });
        }
        if let ArrayData::Complex64(_) | ArrayData::Complex128(_) = data
            && !data.scalars().is_multiple_of(2)
        {
            return Err(ValueError::HalfComplex { got: data.scalars() });
        }
        // A zero anywhere makes the whole product zero, however large the rest is.
        let expected =
            if shape.contains(&0) { 0 } else { shape.iter().fold(1u128, |n, &d| n.saturating_mul(u128::from(d))) };
        if expected != data.len() as u128 {
            return Err(ValueError::Shape { shape, expected, got: data.len() });
        }
        // Neither NumPy nor HDF5 takes dimensions beside a zero that would overflow without it.
        let others = shape.iter().filter(|&&d| d > 0).fold(1u64, |n, &d| n.saturating_mul(d));
        if others > MAX_BESIDE_ZERO {
            return Err(ValueError::Hollow { shape });
        }
        Ok(Self { shape, data })
    }

    /// A one-dimensional array.
    pub fn flat(data: ArrayData) -> Result<Self, ValueError> {
        Self::new(vec![data.len() as u64], data)
    }

    /// Lengths of the dimensions, slowest first; empty for a single element without dimensions.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// The elements in row-major order.
    pub fn data(&self) -> &ArrayData {
        &self.data
    }

    /// Shape and elements, to be moved on.
    pub fn into_parts(self) -> (Vec<u64>, ArrayData) {
        (self.shape, self.data)
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the elements occupy, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.data.bytes()
    }

    /// Gives every NaN the same bits.
    pub(super) fn canonicalize_nans(&mut self) {
        self.data.canonicalize_nans();
    }
}

/// Runs one expression for whatever type the elements have.
macro_rules! each_data {
    ($data:expr, $v:ident => $body:expr) => {
        match $data {
            ArrayData::Bool($v) => $body,
            ArrayData::Int8($v) => $body,
            ArrayData::Int16($v) => $body,
            ArrayData::Int32($v) => $body,
            ArrayData::Int64($v) => $body,
            ArrayData::UInt8($v) => $body,
            ArrayData::UInt16($v) => $body,
            ArrayData::UInt32($v) => $body,
            ArrayData::UInt64($v) => $body,
            ArrayData::Float32($v) => $body,
            ArrayData::Float64($v) => $body,
            ArrayData::Complex64($v) => $body,
            ArrayData::Complex128($v) => $body,
            ArrayData::Text($v) => $body,
        }
    };
}

impl ArrayData {
    /// Numbers in memory: twice the elements where those are complex.
    fn scalars(&self) -> usize {
        each_data!(self, v => v.len())
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::Complex64(_) | Self::Complex128(_) => self.scalars() / 2,
            _ => self.scalars(),
        }
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.scalars() == 0
    }

    /// The element type as NumPy names it; `str` for text.
    pub fn dtype(&self) -> &'static str {
        match self {
            Self::Bool(_) => "bool",
            Self::Int8(_) => "int8",
            Self::Int16(_) => "int16",
            Self::Int32(_) => "int32",
            Self::Int64(_) => "int64",
            Self::UInt8(_) => "uint8",
            Self::UInt16(_) => "uint16",
            Self::UInt32(_) => "uint32",
            Self::UInt64(_) => "uint64",
            Self::Float32(_) => "float32",
            Self::Float64(_) => "float64",
            Self::Complex64(_) => "complex64",
            Self::Complex128(_) => "complex128",
            Self::Text(_) => "str",
        }
    }

    fn bytes(&self) -> u64 {
        match self {
            Self::Text(v) => side_by_side(v),
            other => each_data!(other, v => size_of_val(v.as_slice()) as u64),
        }
    }
}

impl Sequence {
    /// The number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Bools(v) => v.len(),
            Self::Ints(v) => v.len(),
            Self::Floats(v) => v.len(),
            Self::Complexes(v) => v.len(),
            Self::Texts(v) => v.len(),
            Self::Bytes(v) => v.len(),
        }
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn bytes(&self) -> u64 {
        match self {
            Self::Texts(v) => side_by_side(v),
            Self::Bytes(v) => side_by_side(v),
            Self::Bools(v) => v.len() as u64,
            Self::Complexes(v) => v.len() as u64 * 16,
            other => other.len() as u64 * 8,
        }
    }
}

/// What texts occupy, in memory or side by side in a file, where each is as wide as the longest.
pub(crate) fn side_by_side<T: AsRef<[u8]>>(texts: &[T]) -> u64 {
    let lengths = || texts.iter().map(|text| text.as_ref().len() as u64);
    let stored = lengths().max().unwrap_or(0).saturating_mul(texts.len() as u64);
    lengths().map(|length| length + 24).sum::<u64>().max(stored)
}

impl Table {
    /// Checks names and lengths of the columns.
    pub fn new(columns: Vec<(String, Array)>) -> Result<Self, ValueError> {
        let Some((first, cells)) = columns.first() else { return Err(ValueError::NoColumns) };
        let expected = *cells.shape().first().ok_or_else(|| ValueError::NoRows { column: name::shortened(first) })?;
        let first = name::shortened(first);
        let mut seen = std::collections::HashSet::new();
        for (column, cells) in &columns {
            name::check_component(column)?;
            if !seen.insert(column.as_str()) {
                return Err(ValueError::Twice { name: column.clone() });
            }
            match cells.shape().first() {
                None => return Err(ValueError::NoRows { column: column.clone() }),
                Some(&got) if got != expected => {
                    return Err(ValueError::Ragged { column: column.clone(), got, first, expected });
                }
                Some(_) => {}
            }
        }
        drop(seen);
        Ok(Self { columns })
    }

    /// The columns, in their order.
    pub fn columns(&self) -> &[(String, Array)] {
        &self.columns
    }

    /// The columns, to be moved on.
    pub fn into_columns(self) -> Vec<(String, Array)> {
        self.columns
    }

    /// The number of rows.
    pub fn rows(&self) -> u64 {
        self.columns.first().map_or(0, |(_, cells)| cells.shape()[0])
    }
}

impl Dict {
    /// Checks keys (legal, unique, none inside another) and values (no composite ones).
    pub fn new(entries: Vec<(String, Value)>) -> Result<Self, ValueError> {
        let entries = entries
            .into_iter()
            .map(|(key, value)| match value {
                Value::Table(_) | Value::Dict(_) | Value::Sparse(_) => {
                    Err(ValueError::Composite { key: name::shortened(&key), got: value.type_name() })
                }
                value => Ok((NodePath::new(key)?, value)),
            })
            .collect::<Result<Vec<_>, ValueError>>()?;
        check_unnested(entries.iter().map(|(key, _)| key))?;
        Ok(Self { entries })
    }

    /// The entries, in their order.
    pub fn entries(&self) -> &[(NodePath, Value)] {
        &self.entries
    }

    /// The entries, to be moved on.
    pub fn into_entries(self) -> Vec<(NodePath, Value)> {
        self.entries
    }
}

/// Refuses names that occur twice, or that lie inside of one another.
pub(crate) fn check_unnested<'a>(names: impl Iterator<Item = &'a NodePath>) -> Result<(), ValueError> {
    // In the order of their components, a name stands right before everything inside of it.
    let mut sorted: Vec<&NodePath> = names.collect();
    sorted.sort_by(|a, b| a.components().cmp(b.components()));
    for pair in sorted.windows(2) {
        if pair[0] == pair[1] {
            return Err(ValueError::Twice { name: pair[0].to_string() });
        }
        if pair[0].is_nested_with(pair[1]) {
            return Err(ValueError::Nested { outer: pair[0].to_string(), inner: pair[1].to_string() });
        }
    }
    Ok(())
}

impl Value {
    /// The type in the words of the spec and of messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Bool(_) => "boolean",
            Self::Int(_) => "integer",
            Self::Float(_) => "real",
            Self::Complex(_) => "complex",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::Array(_) => "array",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Table(_) => "table",
            Self::Dict(_) => "dictionary",
            Self::Sparse(_) => "sparse",
        }
    }

    /// Whether `other` may stand beside `self` in one exploration: the same type, and for arrays,
    /// sparse matrices and sequences the same element type. pypet's `_values_of_same_type`.
    pub fn same_type(&self, other: &Value) -> bool {
        match (self, other) {
            (Self::Array(a), Self::Array(b)) => std::mem::discriminant(&a.data) == std::mem::discriminant(&b.data),
            (Self::List(a), Self::List(b)) | (Self::Tuple(a), Self::Tuple(b)) => {
                std::mem::discriminant(a) == std::mem::discriminant(b)
            }
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        }
    }

    /// What the value occupies, in bytes: the measure of all limits on results.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::None | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Complex(_) => 16,
            Self::Text(s) => s.len() as u64,
            Self::Bytes(b) => b.len() as u64,
            Self::Array(a) => a.bytes() + 8 * a.shape.len() as u64,
            Self::Sparse(s) => s.bytes(),
            Self::List(s) | Self::Tuple(s) => s.bytes(),
            Self::Table(t) => t.columns.iter().map(|(name, cells)| name.len() as u64 + cells.data.bytes()).sum(),
            Self::Dict(d) => d.entries.iter().map(|(key, value)| key.as_str().len() as u64 + value.bytes()).sum(),
        }
    }

    /// What has a name or a place of its own in a file: the value itself, or its columns or entries.
    pub fn parts(&self) -> u64 {
        match self {
            Self::Table(t) => t.columns.len() as u64,
            Self::Dict(d) => (d.entries.len() as u64).max(1),
            _ => 1,
        }
    }

    /// Gives every NaN the same bits, so that results do not depend on the processor's family.
    pub fn canonicalize_nans(&mut self) {
        match self {
            Self::Float(x) => canonicalize(std::slice::from_mut(x)),
            Self::Complex(c) => canonicalize_complex(std::slice::from_mut(c)),
            Self::Array(a) => a.canonicalize_nans(),
            Self::Sparse(s) => s.canonicalize_nans(),
            Self::List(s) | Self::Tuple(s) => match s {
                Sequence::Floats(v) => canonicalize(v),
                Sequence::Complexes(v) => canonicalize_complex(v),
                _ => {}
            },
            Self::Table(t) => t.columns.iter_mut().for_each(|(_, cells)| cells.data.canonicalize_nans()),
            Self::Dict(d) => d.entries.iter_mut().for_each(|(_, value)| value.canonicalize_nans()),
            _ => {}
        }
    }
}

impl ArrayData {
    fn canonicalize_nans(&mut self) {
        match self {
            Self::Float32(v) | Self::Complex64(v) => v.iter_mut().filter(|x| x.is_nan()).for_each(|x| *x = f32::NAN),
            Self::Float64(v) | Self::Complex128(v) => canonicalize(v),
            _ => {}
        }
    }
}

fn canonicalize(numbers: &mut [f64]) {
    numbers.iter_mut().filter(|x| x.is_nan()).for_each(|x| *x = f64::NAN);
}

fn canonicalize_complex(numbers: &mut [Complex]) {
    for c in numbers {
        canonicalize(std::slice::from_mut(&mut c.re));
        canonicalize(std::slice::from_mut(&mut c.im));
    }
}

/// Items of the result `name` under their own names: an empty one stands for the result's, further ones are numbered.
pub(super) fn named_items(name: &NodePath, items: Vec<(String, Value)>) -> Result<Vec<(NodePath, Value)>, ValueError> {
    let mut unnamed = 0;
    let items = items
        .into_iter()
        .map(|(item, value)| {
            let item = if item.is_empty() {
                unnamed += 1;
                if unnamed == 1 { name.name().to_owned() } else { format!("{}_{}", name.name(), unnamed - 1) }
            } else {
                item
            };
            Ok((NodePath::new(item)?, value))
        })
        .collect::<Result<Vec<_>, NameError>>()?;
    if items.len() > 1 {
        check_unnested(items.iter().map(|(item, _)| item))?;
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn inconsistent_values_are_refused() {
        let floats = |n: usize| ArrayData::Float64(vec![0.0; n]);
        let mut messages = vec![
            Array::new(vec![2, 3], floats(5)).unwrap_err().to_string(),
            Array::new(vec![u64::MAX, u64::MAX, 2], floats(0)).unwrap_err().to_string(),
            Array::new(vec![1; 33], floats(1)).unwrap_err().to_string(),
            Array::new(vec![1], ArrayData::Complex128(vec![0.0; 3])).unwrap_err().to_string(),
            Table::new(vec![]).unwrap_err().to_string(),
        ];
        let column = |name: &str, n: usize| (name.to_owned(), Array::flat(floats(n)).unwrap());
        messages.push(Table::new(vec![column("a", 2), column("b", 3)]).unwrap_err().to_string());
        messages.push(Table::new(vec![column("a", 2), column("a", 2)]).unwrap_err().to_string());
        messages.push(Table::new(vec![column("a/b", 2)]).unwrap_err().to_string());
        let entry = |key: &str| (key.to_owned(), Value::Int(1));
        messages.push(Dict::new(vec![entry("a"), entry("a.b")]).unwrap_err().to_string());
        messages.push(Dict::new(vec![entry("a.b"), entry("a-b"), entry("a")]).unwrap_err().to_string());
        messages.push(Dict::new(vec![entry("a"), entry("b"), entry("a")]).unwrap_err().to_string());
        insta::assert_snapshot!(messages.join("\n"));
        assert!(Array::new(vec![0, 1 << 40], floats(0)).is_ok(), "an empty array may have long dimensions");
        // HDF5 takes the last one for "without limit", and NumPy none of them.
        for shape in [vec![0, 1 << 60], vec![0, 1 << 32, 1 << 32], vec![u64::MAX, 0]] {
            assert_eq!(Array::new(shape.clone(), floats(0)), Err(ValueError::Hollow { shape }));
        }
    }

    proptest! {
        #[test]
        fn shapes_match_or_are_refused(shape in proptest::collection::vec(0u64..5, 0..4), n in 0usize..130) {
            let product: u64 = shape.iter().product();
            prop_assert_eq!(Array::new(shape, ArrayData::Int8(vec![0; n])).is_ok(), product == n as u64);
        }
    }
}
