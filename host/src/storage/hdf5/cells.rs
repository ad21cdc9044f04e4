//! [`Cells`]: elements of one type with a shape, as bytes; and what Python shall make of them.
//!
//! Everything that is stored, a dataset, a column of a table or an attribute, goes through this
//! form: [`super::encode`] makes it out of values, [`super::decode`] makes values out of it.

use std::borrow::Cow;

use super::raw::{Called, Kind, Type};

/// The type of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Element {
    /// A truth value as a byte, which every reader takes.
    Bool,
    /// A truth value as PyTables writes it. NumPy's `bool` only comes from this one in arrays.
    Bits,
    /// An integer of so many bytes.
    Int { bytes: u8, signed: bool },
    /// A real of so many bytes.
    Float { bytes: u8 },
    /// Two reals `r` and `i` of so many bytes each.
    Complex { bytes: u8 },
    /// Text or bytes, filled up with zeros to the width.
    Text { width: usize, utf8: bool },
}

impl Element {
    /// Python's `int`.
    pub(super) const INT: Self = Self::Int { bytes: 8, signed: true };
    /// Python's `float`.
    pub(super) const FLOAT: Self = Self::Float { bytes: 8 };
    /// Python's `complex`.
    pub(super) const COMPLEX: Self = Self::Complex { bytes: 8 };

    /// Bytes of one element.
    pub(super) fn size(self) -> usize {
        match self {
            Self::Bool | Self::Bits => 1,
            Self::Int { bytes, .. } | Self::Float { bytes } => bytes.into(),
            Self::Complex { bytes } => 2 * usize::from(bytes),
            Self::Text { width, .. } => width,
        }
    }

    /// The datatype in the file, and in memory.
    pub(super) fn datatype(self) -> Called<Type> {
        match self {
            Self::Bool => Type::integer(1, false),
            Self::Bits => Type::bits(),
            Self::Int { bytes, signed } => Type::integer(bytes.into(), signed),
            Self::Float { bytes } => Type::real(bytes.into()),
            Self::Complex { bytes } => {
                let part = Type::real(bytes.into())?;
                Type::compound(&[("r", &part), ("i", &part)])
            }
            Self::Text { width, utf8 } => Type::text(width, utf8, false),
        }
    }

    /// As what the elements of such a datatype can be read.
    pub(super) fn reading(kind: &Kind) -> Option<Self> {
        Some(match *kind {
            Kind::Integer { size: size @ (1 | 2 | 4 | 8), signed } => Self::Int { bytes: size as u8, signed },
            Kind::Real { size: 4 } => Self::Float { bytes: 4 },
            Kind::Real { size: 2 } => Self::Float { bytes: 4 },
            Kind::Real { size: 8 } => Self::Float { bytes: 8 },
            Kind::Bits { size: 1 } => Self::Bits,
            Kind::Text { size, utf8, .. } => Self::Text { width: size, utf8 },
            Kind::Compound(ref fields) => match fields.as_slice() {
                [(r, Kind::Real { size: a @ (4 | 8) }), (i, Kind::Real { size: b })]
                    if r == "r" && i == "i" && a == b =>
                {
                    Self::Complex { bytes: *a as u8 }
                }
                _ => return None,
            },
            _ => return None,
        })
    }
}

/// What Python shall make of the elements; pypet's `COLL_TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collection {
    /// One value.
    Scalar,
    /// A list.
    List,
    /// A tuple.
    Tuple,
    /// An array.
    Array,
}

impl Collection {
    /// The word in the file.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Scalar => "COLL_SCALAR",
            Self::List => "COLL_LIST",
            Self::Tuple => "COLL_TUPLE",
            Self::Array => "COLL_NDARRAY",
        }
    }
}

/// Elements of one type with a shape.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cells<'a> {
    pub(super) element: Element,
    /// Slowest dimension first; empty for a single element.
    pub(super) shape: Vec<u64>,
    /// All elements in row-major order.
    pub(super) bytes: Cow<'a, [u8]>,
    pub(super) collection: Collection,
    /// pypet's `SCALAR_TYPE`: the Python type to convert to. None for plain arrays.
    pub(super) scalar: Option<&'static str>,
    /// Lengths of texts, where they cannot be told by their filling: when one ends with a zero byte.
    pub(super) lengths: Option<Vec<u64>>,
    /// It stands for no value at all.
    pub(super) none: bool,
}

impl<'a> Cells<'a> {
    /// A single value that Python knows as `scalar`.
    pub(super) fn scalar(element: Element, scalar: &'static str, bytes: Vec<u8>) -> Self {
        Self {
            element,
            shape: Vec::new(),
            bytes: bytes.into(),
            collection: Collection::Scalar,
            scalar: Some(scalar),
            lengths: None,
            none: false,
        }
    }

    /// Texts or byte strings next to each other, as wide as the longest.
    pub(super) fn texts<T: AsRef<[u8]>>(texts: &[T], utf8: bool) -> Self {
        let width = texts.iter().map(|text| text.as_ref().len()).max().unwrap_or(0).max(1);
        let mut cells = Self {
            element: Element::Text { width, utf8 },
            shape: vec![texts.len() as u64],
            bytes: Cow::Owned(Vec::with_capacity(width * texts.len())),
            collection: Collection::Array,
            scalar: Some(if utf8 { "str" } else { "bytes" }),
            lengths: None,
            none: false,
        };
        let bytes = cells.bytes.to_mut();
        for text in texts {
            put_text(bytes, text.as_ref(), width);
        }
        if texts.iter().any(|text| text.as_ref().last() == Some(&0)) {
            cells.lengths = Some(texts.iter().map(|text| text.as_ref().len() as u64).collect());
        }
        cells
    }

    /// The same elements as another collection.
    pub(super) fn collected(self, collection: Collection, scalar: Option<&'static str>) -> Self {
        Self { collection, scalar, ..self }
    }

    /// The number of elements.
    pub(super) fn count(&self) -> u64 {
        self.shape.iter().product()
    }

    /// Makes texts as wide as `width`, which is no less than they are.
    pub(super) fn widened(self, width: usize) -> Self {
        match self.element {
            Element::Text { width: old, utf8 } if old < width => {
                let mut bytes = Vec::with_capacity(self.bytes.len() / old * width);
                for text in self.bytes.chunks_exact(old) {
                    put_text(&mut bytes, text, width);
                }
                Self { element: Element::Text { width, utf8 }, bytes: bytes.into(), ..self }
            }
            _ => self,
        }
    }
}

/// Appends `text`, cut or filled up with zeros to `width`.
pub(super) fn put_text(bytes: &mut Vec<u8>, text: &[u8], width: usize) {
    let kept = &text[..text.len().min(width)];
    bytes.extend_from_slice(kept);
    bytes.resize(bytes.len() + width - kept.len(), 0);
}

/// At most `width` bytes of `text`, cut between two characters.
pub(super) fn cut(text: &str, width: usize) -> &str {
    &text[..text.floor_char_boundary(width)]
}

/// Appends `text`, cut between two characters and filled up with zeros.
pub(super) fn put_cut(bytes: &mut Vec<u8>, text: &str, width: usize) {
    put_text(bytes, cut(text, width).as_bytes(), width);
}
