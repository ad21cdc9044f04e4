//! [`Kind`]: what stands in a column, and how the elements of a row become bytes and come back.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::trajectory::{Array, ArrayData, Indices, Sequence, Value};

use super::super::{
    cells::Element,
    decode::{Found, Why},
    encode::{self, bytes_of},
};

/// Longer texts are ragged bytes.
const MAX_WORD: usize = 256;
/// Texts wider than this stand in no rows of fixed width.
const MAX_WIDTH: usize = 256;

/// What stands in a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// A real number.
    Float,
    /// An integer.
    Int,
    /// A truth value.
    Bool,
    /// A short text without zero bytes.
    Text,
    /// Rows of one shape.
    Rows { of: Elements, shape: Vec<u64> },
    /// Rows of different shapes with equally many dimensions.
    Ragged { of: Elements, rank: usize },
}

/// The elements of a row, and what they are together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Elements {
    pub(super) container: Container,
    pub(super) dtype: Dtype,
}

/// What elements are together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Container {
    Array,
    List,
    Tuple,
    /// The bytes of one text.
    Text,
    /// Bytes.
    Bytes,
    /// Texts side by side that end with zero bytes or are long, which no HDF5 type of fixed width holds: in the
    /// encoding of `postcard`.
    Encoded,
}

/// The type of elements, named as NumPy names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Dtype {
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Float32,
    Float64,
    Complex64,
    Complex128,
    /// Text of so many bytes at most.
    Text(usize),
    /// Bytes, so many at most.
    Bytes(usize),
    /// Of a list without elements, which has no type.
    Nothing,
}

/// A value, or a part of one that is taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content<'a> {
    Value(&'a Value),
    Array(&'a Array),
    Indices(&'a Indices),
}

impl Kind {
    /// Whether `content` may stand here.
    pub(super) fn takes(&self, content: Content<'_>) -> bool {
        match (self, content) {
            (Self::Float, Content::Value(Value::Float(_)))
            | (Self::Int, Content::Value(Value::Int(_)))
            | (Self::Bool, Content::Value(Value::Bool(_))) => true,
            (Self::Text, Content::Value(Value::Text(text))) => is_word(text),
            (Self::Rows { of, shape }, content) => content.elements() == Some(*of) && content.has_shape(shape),
            (Self::Ragged { of, rank }, content) => content.elements() == Some(*of) && content.rank() == *rank,
            _ => false,
        }
    }

    /// The kinds of columns for `content`, the one to be wished for first; none if it has no elements at all.
    pub(super) fn of(content: Content<'_>) -> Vec<Self> {
        let simple = match content {
            Content::Value(Value::Float(_)) => Some(Self::Float),
            Content::Value(Value::Int(_)) => Some(Self::Int),
            Content::Value(Value::Bool(_)) => Some(Self::Bool),
            Content::Value(Value::Text(text)) if is_word(text) => Some(Self::Text),
            _ => None,
        };
        if let Some(kind) = simple {
            return vec![kind];
        }
        let Some(of) = content.elements() else { return Vec::new() };
        let ragged = Self::Ragged { of, rank: content.rank() };
        match content.shape() {
            // HDF5 has no rows without elements.
            Some(shape) if !shape.contains(&0) => {
                let rows = Self::Rows { of, shape };
                // Without dimensions there is but one shape.
                if content.rank() == 0 { vec![rows] } else { vec![rows, ragged] }
            }
            _ => vec![ragged],
        }
    }
}

fn is_word(text: &str) -> bool {
    text.len() <= MAX_WORD && !text.contains('\0')
}

impl Content<'_> {
    /// The type of its elements; `None` for what is no array, list, text or bytes.
    fn elements(self) -> Option<Elements> {
        let of = |container, dtype| Some(Elements { container, dtype });
        match self {
            Self::Array(array) | Self::Value(Value::Array(array)) => match Dtype::of_array(array.data()) {
                Some(dtype) => of(Container::Array, dtype),
                None => of(Container::Encoded, Dtype::UInt8),
            },
            Self::Value(Value::List(sequence)) => match Dtype::of_sequence(sequence) {
                Some(dtype) => of(Container::List, dtype),
                None => of(Container::Encoded, Dtype::UInt8),
            },
            Self::Value(Value::Tuple(sequence)) => match Dtype::of_sequence(sequence) {
                Some(dtype) => of(Container::Tuple, dtype),
                None => of(Container::Encoded, Dtype::UInt8),
            },
            Self::Value(Value::Text(_)) => of(Container::Text, Dtype::UInt8),
            Self::Value(Value::Bytes(_)) => of(Container::Bytes, Dtype::UInt8),
            Self::Indices(Indices::Int32(_)) => of(Container::Array, Dtype::Int32),
            Self::Indices(Indices::Int64(_)) => of(Container::Array, Dtype::Int64),
            Self::Value(_) => None,
        }
    }

    /// The shape of an array or list whose rows may stand side by side.
    fn shape(self) -> Option<Vec<u64>> {
        if self.elements()?.container == Container::Encoded {
            return None;
        }
        match self {
            Self::Array(array) | Self::Value(Value::Array(array)) => Some(array.shape().to_vec()),
            Self::Value(Value::List(sequence) | Value::Tuple(sequence)) => Some(vec![sequence.len() as u64]),
            Self::Indices(indices) => Some(vec![indices.len() as u64]),
            Self::Value(_) => None,
        }
    }

    fn has_shape(self, shape: &[u64]) -> bool {
        match self {
            Self::Array(array) | Self::Value(Value::Array(array)) => array.shape() == shape,
            Self::Value(Value::List(sequence) | Value::Tuple(sequence)) => *shape == [sequence.len() as u64],
            Self::Indices(indices) => *shape == [indices.len() as u64],
            Self::Value(_) => false,
        }
    }

    fn rank(self) -> usize {
        match self {
            Self::Array(array) | Self::Value(Value::Array(array))
                if self.elements().is_some_and(|of| of.container == Container::Array) =>
            {
                array.shape().len()
            }
            _ => 1,
        }
    }

    /// Its elements as they stand in a row of type `of`, and the shape of that.
    pub(super) fn bytes(&self, of: Elements) -> (Cow<'_, [u8]>, Vec<u64>) {
        let flat = |bytes: Cow<'static, [u8]>| {
            let shape = vec![bytes.len() as u64];
            (bytes, shape)
        };
        let cells = match self {
            Self::Indices(Indices::Int32(v)) => return (Cow::Borrowed(bytes_of(v)), vec![v.len() as u64]),
            Self::Indices(Indices::Int64(v)) => return (Cow::Borrowed(bytes_of(v)), vec![v.len() as u64]),
            Self::Value(Value::Text(text)) => return (text.as_bytes().into(), vec![text.len() as u64]),
            Self::Value(Value::Bytes(bytes)) => return (bytes.as_slice().into(), vec![bytes.len() as u64]),
            Self::Array(array) if of.container == Container::Encoded => {
                return flat(encoded(&Value::Array((*array).clone())).into());
            }
            Self::Value(value) if of.container == Container::Encoded => return flat(encoded(value).into()),
            Self::Array(array) => Some(encode::array_cells(array)),
            Self::Value(value) => encode::cells(value),
        };
        let Some(cells) = cells else { return flat(Cow::Borrowed(&[])) };
        let cells = match of.dtype {
            Dtype::Text(width) | Dtype::Bytes(width) => cells.widened(width),
            _ => cells,
        };
        (cells.bytes, cells.shape)
    }
}

fn encoded(value: &Value) -> Vec<u8> {
    postcard::to_allocvec(value).expect("values can be encoded")
}

impl Elements {
    /// What stands where a run has no row, as one element; nothing where zeros do.
    pub(super) fn fill(self) -> Option<Vec<u8>> {
        match self.dtype {
            Dtype::Bool => Some(vec![0xff]),
            Dtype::Float32 => Some(f32::NAN.to_ne_bytes().to_vec()),
            Dtype::Float64 => Some(f64::NAN.to_ne_bytes().to_vec()),
            _ => None,
        }
    }

    /// Whether they are truth values.
    pub(super) fn is_bool(self) -> bool {
        self.dtype == Dtype::Bool
    }

    /// Whether they are reals, of which one says that it is missing.
    pub(super) fn is_real(self) -> bool {
        matches!(self.dtype, Dtype::Float32 | Dtype::Float64)
    }

    /// The value of a row of such elements.
    pub(super) fn value(self, shape: &[u64], bytes: Vec<u8>) -> Result<Value, Why> {
        let collection = match self.container {
            Container::Text => {
                return String::from_utf8(bytes).map(Value::Text).map_err(|error| format!("it is no text: {error}"));
            }
            Container::Bytes => return Ok(Value::Bytes(bytes)),
            Container::Encoded => {
                return postcard::from_bytes(&bytes).map_err(|error| format!("it cannot be decoded: {error}"));
            }
            Container::Array => "COLL_NDARRAY",
            Container::List => "COLL_LIST",
            Container::Tuple => "COLL_TUPLE",
        };
        let scalar = match self.dtype {
            Dtype::Bool => Some("bool"),
            Dtype::Nothing => None,
            Dtype::Text(_) => Some("str"),
            Dtype::Bytes(_) => Some("bytes"),
            // Lists without elements have a type all the same.
            _ => Some("number"),
        };
        let found = Found {
            element: self.dtype.element(),
            shape: shape.to_vec(),
            bytes,
            collection: Some(collection.to_owned()),
            scalar: scalar.map(str::to_owned),
            lengths: None,
            none: false,
        };
        found.value()
    }
}

impl Dtype {
    fn of_array(data: &ArrayData) -> Option<Self> {
        Some(match data {
            ArrayData::Bool(_) => Self::Bool,
            ArrayData::Int8(_) => Self::Int8,
            ArrayData::Int16(_) => Self::Int16,
            ArrayData::Int32(_) => Self::Int32,
            ArrayData::Int64(_) => Self::Int64,
            ArrayData::UInt8(_) => Self::UInt8,
            ArrayData::UInt16(_) => Self::UInt16,
            ArrayData::UInt32(_) => Self::UInt32,
            ArrayData::UInt64(_) => Self::UInt64,
            ArrayData::Float32(_) => Self::Float32,
            ArrayData::Float64(_) => Self::Float64,
            ArrayData::Complex64(_) => Self::Complex64,
            ArrayData::Complex128(_) => Self::Complex128,
            ArrayData::Text(v) => Self::Text(width(v)?),
        })
    }

    fn of_sequence(sequence: &Sequence) -> Option<Self> {
        Some(match sequence {
            Sequence::Empty => Self::Nothing,
            Sequence::Bools(_) => Self::Bool,
            Sequence::Ints(_) => Self::Int64,
            Sequence::Floats(_) => Self::Float64,
            Sequence::Complexes(_) => Self::Complex128,
            Sequence::Texts(v) => Self::Text(width(v)?),
            Sequence::Bytes(v) => Self::Bytes(width(v)?),
        })
    }

    /// How an element stands in the file.
    pub(super) fn element(self) -> Element {
        let int = |bytes, signed| Element::Int { bytes, signed };
        match self {
            // Python takes bits for truth values, but netCDF refuses them.
            Self::Bool | Self::Int8 => int(1, true),
            Self::Int16 => int(2, true),
            Self::Int32 => int(4, true),
            Self::Int64 => int(8, true),
            Self::UInt8 => int(1, false),
            Self::UInt16 => int(2, false),
            Self::UInt32 => int(4, false),
            Self::UInt64 => int(8, false),
            Self::Float32 => Element::Float { bytes: 4 },
            Self::Float64 | Self::Nothing => Element::FLOAT,
            Self::Complex64 => Element::Complex { bytes: 4 },
            Self::Complex128 => Element::COMPLEX,
            Self::Text(width) => Element::Text { width, utf8: true },
            Self::Bytes(width) => Element::Text { width, utf8: false },
        }
    }

    /// Whether netCDF has arrays of such elements.
    pub(super) fn is_netcdf(self) -> bool {
        !matches!(self, Self::Complex64 | Self::Complex128 | Self::Text(_) | Self::Bytes(_) | Self::Nothing)
    }
}

/// A width for texts side by side, so that few different ones occur; `None` if zeros or length forbid it.
fn width<T: AsRef<[u8]>>(texts: &[T]) -> Option<usize> {
    let mut longest = 1;
    for text in texts {
        let text = text.as_ref();
        if text.last() == Some(&0) {
            return None;
        }
        longest = longest.max(text.len());
    }
    (longest <= MAX_WIDTH).then(|| longest.next_power_of_two())
}
