//! Arrays of any number of dimensions, and their elements.

use alloc::{boxed::Box, format, string::String, vec, vec::Vec};

use crate::manifest::Parameter;

use super::{
    ArrayData, Complex, FromValue, IntoPlain, Mismatch, Ndarray, Plain, Value, exact_f32, exact_f64, rounded_f32,
};

/// An array in row-major (C) order: the last index varies fastest.
///
/// The host refuses one whose shape does not match its data.
#[derive(Clone, Debug, PartialEq)]
pub struct Array<T> {
    /// Lengths of the dimensions, slowest first. Empty for one element without dimensions.
    pub shape: Vec<usize>,
    /// The elements.
    pub data: Vec<T>,
}

impl<T> Array<T> {
    /// An array of `shape` over `data`.
    pub fn new(shape: impl Into<Vec<usize>>, data: impl Into<Vec<T>>) -> Self {
        Self { shape: shape.into(), data: data.into() }
    }

    /// One element without dimensions, as numpy's scalars are; keeps the exact type of the element.
    pub fn scalar(element: T) -> Self {
        Self { shape: Vec::new(), data: vec![element] }
    }
}

impl<T> From<Vec<T>> for Array<T> {
    fn from(data: Vec<T>) -> Self {
        Self { shape: vec![data.len()], data }
    }
}

/// A complex number in single precision, as an element of arrays.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Complex32 {
    /// The real part.
    pub re: f32,
    /// The imaginary part.
    pub im: f32,
}

/// A type of which arrays can be made: `bool`, `i8` … `i64`, `u8` … `u64`, `f32`, `f64`, [`Complex32`],
/// [`Complex`] and `String`.
///
/// Reading is exact with two exceptions: `f32` and [`Complex32`] round what comes in double precision.
pub trait Element: FromValue + Clone + sealed::Sealed {
    /// The elements as the contract has them.
    fn pack(elements: Vec<Self>) -> ArrayData;

    /// The elements of an array, if `Self` represents each of them.
    ///
    /// # Errors
    /// They are of another kind, or one is out of range.
    fn unpack(data: ArrayData) -> Result<Vec<Self>, Mismatch>;

    #[doc(hidden)]
    fn vec_into_plain(elements: Vec<Self>) -> Plain {
        Plain::Array(elements.into_array())
    }

    #[doc(hidden)]
    fn vec_declaration(name: String) -> Parameter {
        Parameter::array(name)
    }

    #[doc(hidden)]
    fn vec_from_value(value: Value) -> Result<Vec<Self>, Mismatch> {
        match value {
            Value::Plain(Plain::Array(array)) if array.shape.len() == 1 => Self::unpack(array.data),
            Value::Plain(Plain::List(items) | Plain::Tuple(items)) => items.into_vec(),
            other => Err(Mismatch::wanted("an array with one dimension", &other)),
        }
    }
}

mod sealed {
    pub trait Sealed {}
}

/// What becomes an array or a column of a table: `Vec<T>`, slices, `[T; N]`, [`Array<T>`](Array), [`Ndarray`] and `ndarray::ArrayD<T>`.
pub trait IntoArray {
    /// The array for the host.
    fn into_array(self) -> Ndarray;
}

impl<T: Element> IntoArray for Vec<T> {
    fn into_array(self) -> Ndarray {
        Ndarray { shape: vec![self.len() as u64], data: T::pack(self) }
    }
}

impl<T: Element> IntoArray for &[T] {
    fn into_array(self) -> Ndarray {
        self.to_vec().into_array()
    }
}

impl<T: Element, const N: usize> IntoArray for [T; N] {
    fn into_array(self) -> Ndarray {
        Vec::from(self).into_array()
    }
}

impl<T: Element> IntoArray for Array<T> {
    fn into_array(self) -> Ndarray {
        Ndarray { shape: self.shape.into_iter().map(|length| length as u64).collect(), data: T::pack(self.data) }
    }
}

impl IntoArray for Ndarray {
    fn into_array(self) -> Ndarray {
        self
    }
}

impl<T: Element> IntoPlain for Vec<T> {
    fn into_plain(self) -> Plain {
        T::vec_into_plain(self)
    }
}

impl<T: Element> IntoPlain for &[T] {
    fn into_plain(self) -> Plain {
        T::vec_into_plain(self.to_vec())
    }
}

impl<T: Element, const N: usize> IntoPlain for [T; N] {
    fn into_plain(self) -> Plain {
        T::vec_into_plain(self.into())
    }
}

impl<T: Element> IntoPlain for Array<T> {
    fn into_plain(self) -> Plain {
        Plain::Array(self.into_array())
    }
}

impl IntoPlain for Ndarray {
    fn into_plain(self) -> Plain {
        Plain::Array(self)
    }
}

impl<T: Element> FromValue for Vec<T> {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        T::vec_from_value(value)
    }
}

impl<T: Element> FromValue for Array<T> {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        let Ndarray { shape, data } = Ndarray::from_value(value)?;
        // A shape beyond the address space cannot belong to elements that are in it.
        let shape = shape.into_iter().map(|length| usize::try_from(length).unwrap_or(usize::MAX)).collect();
        Ok(Self { shape, data: T::unpack(data)? })
    }
}

impl FromValue for Ndarray {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Plain(Plain::Array(array)) => Ok(array),
            other => Err(Mismatch::wanted("an array", &other)),
        }
    }
}

macro_rules! integers {
    ($($element:ty: $variant:ident),* $(,)?) => { $(
        impl sealed::Sealed for $element {}

        impl Element for $element {
            fn pack(elements: Vec<Self>) -> ArrayData {
                ArrayData::$variant(elements)
            }

            fn unpack(data: ArrayData) -> Result<Vec<Self>, Mismatch> {
                match data {
                    ArrayData::$variant(elements) => Ok(elements),
                    other => other.integers("integers")?
                        .map(|integer| Self::try_from(integer).map_err(|_| Mismatch::outside::<Self>(integer, Self::MIN, Self::MAX)))
                        .collect(),
                }
            }
        }
    )* };
}

integers!(
    i8: Signed8, i16: Signed16, i32: Signed32, i64: Signed64,
    u16: Unsigned16, u32: Unsigned32, u64: Unsigned64,
);

impl sealed::Sealed for u8 {}

/// A `Vec<u8>` is bytes wherever it stands alone: that is what Rust uses it for.
impl Element for u8 {
    fn pack(elements: Vec<Self>) -> ArrayData {
        ArrayData::Unsigned8(elements)
    }

    fn unpack(data: ArrayData) -> Result<Vec<Self>, Mismatch> {
        match data {
            ArrayData::Unsigned8(elements) => Ok(elements),
            other => other
                .integers("integers")?
                .map(|integer| {
                    Self::try_from(integer).map_err(|_| Mismatch::outside::<Self>(integer, Self::MIN, Self::MAX))
                })
                .collect(),
        }
    }

    fn vec_into_plain(elements: Vec<Self>) -> Plain {
        Plain::Bytes(elements)
    }

    fn vec_declaration(name: String) -> Parameter {
        Parameter::bytes(name)
    }

    fn vec_from_value(value: Value) -> Result<Vec<Self>, Mismatch> {
        match value {
            Value::Plain(Plain::Bytes(bytes)) => Ok(bytes),
            Value::Plain(Plain::Array(Ndarray { shape, data: ArrayData::Unsigned8(elements) })) if shape.len() == 1 => {
                Ok(elements)
            }
            other => Err(Mismatch::wanted("bytes", &other)),
        }
    }
}

impl sealed::Sealed for bool {}

impl Element for bool {
    fn pack(elements: Vec<Self>) -> ArrayData {
        ArrayData::Boolean(elements)
    }

    fn unpack(data: ArrayData) -> Result<Vec<Self>, Mismatch> {
        match data {
            ArrayData::Boolean(elements) => Ok(elements),
            other => Err(other.are_not("booleans")),
        }
    }
}

impl sealed::Sealed for String {}

impl Element for String {
    fn pack(elements: Vec<Self>) -> ArrayData {
        ArrayData::Text(elements)
    }

    fn unpack(data: ArrayData) -> Result<Vec<Self>, Mismatch> {
        match data {
            ArrayData::Text(elements) => Ok(elements),
            other => Err(other.are_not("texts")),
        }
    }
}

impl sealed::Sealed for f64 {}

impl Element for f64 {
    fn pack(elements: Vec<Self>) -> ArrayData {
        ArrayData::Float64(elements)
    }

    fn unpack(data: ArrayData) -> Result<Vec<Self>, Mismatch> {
        match data {
            ArrayData::Float64(elements) => Ok(elements),
            ArrayData::Float32(elements) => Ok(elements.into_iter().map(Self::from).collect()),
            other => other.integers("real numbers")?.map(exact_f64).collect(),
        }
    }
}

impl sealed::Sealed for f32 {}

impl Element for f32 {
    fn pack(elements: Vec<Self>) -> ArrayData {
        ArrayData::Float32(elements)
    }

    fn unpack(data: ArrayData) -> Result<Vec<Self>, Mismatch> {
        match data {
            ArrayData::Float32(elements) => Ok(elements),
            ArrayData::Float64(elements) => elements.into_iter().map(rounded_f32).collect(),
            other => other.integers("real numbers")?.map(exact_f32).collect(),
        }
    }
}

impl sealed::Sealed for Complex {}

impl Element for Complex {
    fn pack(elements: Vec<Self>) -> ArrayData {
        ArrayData::Complex128(elements.into_iter().flat_map(|Self { re, im }| [re, im]).collect())
    }

    fn unpack(data: ArrayData) -> Result<Vec<Self>, Mismatch> {
        match data {
            ArrayData::Complex128(parts) => Ok(parts.chunks_exact(2).map(|part| Self::new(part[0], part[1])).collect()),
            ArrayData::Complex64(parts) => {
                Ok(parts.chunks_exact(2).map(|part| Self::new(part[0].into(), part[1].into())).collect())
            }
            reals @ (ArrayData::Float64(_) | ArrayData::Float32(_)) => {
                Ok(f64::unpack(reals)?.into_iter().map(Self::from).collect())
            }
            other => other.integers("complex numbers")?.map(|integer| exact_f64(integer).map(Self::from)).collect(),
        }
    }
}

impl sealed::Sealed for Complex32 {}

impl Element for Complex32 {
    fn pack(elements: Vec<Self>) -> ArrayData {
        ArrayData::Complex64(elements.into_iter().flat_map(|Self { re, im }| [re, im]).collect())
    }

    fn unpack(data: ArrayData) -> Result<Vec<Self>, Mismatch> {
        match data {
            ArrayData::Complex64(parts) => {
                Ok(parts.chunks_exact(2).map(|part| Self { re: part[0], im: part[1] }).collect())
            }
            other => Complex::unpack(other)?.into_iter().map(Self::rounded).collect(),
        }
    }
}

impl FromValue for Complex32 {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        Self::rounded(Complex::from_value(value)?)
    }
}

impl Complex32 {
    fn rounded(Complex { re, im }: Complex) -> Result<Self, Mismatch> {
        Ok(Self { re: rounded_f32(re)?, im: rounded_f32(im)? })
    }
}

impl ArrayData {
    /// What the elements are called in the contract.
    pub fn element_name(&self) -> &'static str {
        match self {
            Self::Boolean(_) => "boolean",
            Self::Signed8(_) => "signed8",
            Self::Signed16(_) => "signed16",
            Self::Signed32(_) => "signed32",
            Self::Signed64(_) => "signed64",
            Self::Unsigned8(_) => "unsigned8",
            Self::Unsigned16(_) => "unsigned16",
            Self::Unsigned32(_) => "unsigned32",
            Self::Unsigned64(_) => "unsigned64",
            Self::Float32(_) => "float32",
            Self::Float64(_) => "float64",
            Self::Complex64(_) => "complex64",
            Self::Complex128(_) => "complex128",
            Self::Text(_) => "text",
        }
    }

    /// The only element, where there is one and a plain value can hold it.
    pub(crate) fn only(&self) -> Option<Plain> {
        Some(match self {
            Self::Boolean(elements) => Plain::Boolean(one(elements)?),
            Self::Signed8(elements) => Plain::Integer(one(elements)?.into()),
            Self::Signed16(elements) => Plain::Integer(one(elements)?.into()),
            Self::Signed32(elements) => Plain::Integer(one(elements)?.into()),
            Self::Signed64(elements) => Plain::Integer(one(elements)?),
            Self::Unsigned8(elements) => Plain::Integer(one(elements)?.into()),
            Self::Unsigned16(elements) => Plain::Integer(one(elements)?.into()),
            Self::Unsigned32(elements) => Plain::Integer(one(elements)?.into()),
            Self::Unsigned64(elements) => Plain::Integer(i64::try_from(one(elements)?).ok()?),
            Self::Float32(elements) => Plain::Real(one(elements)?.into()),
            Self::Float64(elements) => Plain::Real(one(elements)?),
            Self::Complex64(parts) => match parts[..] {
                [re, im] => Plain::Complex(Complex::new(re.into(), im.into())),
                _ => return None,
            },
            Self::Complex128(parts) => match parts[..] {
                [re, im] => Plain::Complex(Complex::new(re, im)),
                _ => return None,
            },
            Self::Text(elements) => Plain::Text(one(elements)?),
        })
    }

    /// The elements of any array of integers, wide enough for all of them.
    fn integers(self, wanted: &str) -> Result<Box<dyn Iterator<Item = i128>>, Mismatch> {
        fn widen<T: Into<i128> + 'static>(elements: Vec<T>) -> Box<dyn Iterator<Item = i128>> {
            Box::new(elements.into_iter().map(Into::into))
        }
        Ok(match self {
            Self::Signed8(elements) => widen(elements),
            Self::Signed16(elements) => widen(elements),
            Self::Signed32(elements) => widen(elements),
            Self::Signed64(elements) => widen(elements),
            Self::Unsigned8(elements) => widen(elements),
            Self::Unsigned16(elements) => widen(elements),
            Self::Unsigned32(elements) => widen(elements),
            Self::Unsigned64(elements) => widen(elements),
            other => return Err(other.are_not(wanted)),
        })
    }

    /// `count` elements from `begin` on; fewer where there are not as many.
    #[cfg(feature = "serde")]
    pub(crate) fn part(&self, begin: usize, count: usize) -> Self {
        fn cut<T: Clone>(elements: &[T], begin: usize, count: usize) -> Vec<T> {
            elements.iter().skip(begin).take(count).cloned().collect()
        }
        macro_rules! cut {
            ($($kind:ident),*) => {
                match self {
                    $(Self::$kind(elements) => Self::$kind(cut(elements, begin, count)),)*
                    Self::Complex64(parts) => Self::Complex64(cut(parts, 2 * begin, 2 * count)),
                    Self::Complex128(parts) => Self::Complex128(cut(parts, 2 * begin, 2 * count)),
                }
            };
        }
        cut!(
            Boolean, Signed8, Signed16, Signed32, Signed64, Unsigned8, Unsigned16, Unsigned32, Unsigned64, Float32,
            Float64, Text
        )
    }

    fn are_not(&self, wanted: &str) -> Mismatch {
        Mismatch::new(format!("is an array of {}, not of {wanted}", self.element_name()))
    }
}

fn one<T: Clone>(elements: &[T]) -> Option<T> {
    match elements {
        [element] => Some(element.clone()),
        _ => None,
    }
}
