//! Values: which Rust types cross the border to the host, and how.
//!
//! The types of the contract ([`Value`], [`Plain`], [`Ndarray`], …) are the ones `wit-bindgen` makes. This module
//! turns Rust values into them ([`IntoPlain`], [`IntoValue`]) and back ([`FromValue`]). Into is exact and
//! cannot fail; back is exact or refused with a [`Mismatch`]. Arrays are in `array`, the rest in `sequence`, `table` and `sparse`.

mod array;
mod sequence;
mod sparse;
mod table;

use alloc::{borrow::ToOwned, format, string::String};
use core::error::Error;
use core::fmt;

pub use crate::bindings::host::exploration::types::{
    ArrayData, Column, Complex, Compressed, Coordinates, Entry, Indices, NamedValue, Ndarray, Plain, Sequence,
    SparseMatrix, SparseStructure, Table, Value,
};
pub use array::{Array, Complex32, Element, IntoArray};
pub use sequence::{List, SequenceItem, Tuple};
pub use sparse::Sparse;
pub use table::Dictionary;

/// A type that a value of the host can be read as.
///
/// | asked for | accepted |
/// |---|---|
/// | `bool` | booleans |
/// | `i8` … `i64`, `u8` … `u64`, `usize` | integers in the range of the type |
/// | `f64` | reals, and integers that an `f64` represents exactly |
/// | `f32` | reals, **rounded** to the nearest `f32` but refused beyond its range, and integers that it represents exactly |
/// | [`Complex`] | complex numbers, and what `f64` accepts |
/// | `String` | texts |
/// | `Vec<u8>` | bytes, and arrays of `unsigned8` with one dimension |
/// | `Vec<T>` | arrays with one dimension, lists and tuples; each element as above |
/// | [`Array<T>`](Array), [`Ndarray`], `ndarray::ArrayD<T>` | arrays |
/// | [`List`], [`Tuple`], [`Table`], [`Dictionary`] | exactly these |
/// | [`Sparse<T>`](Sparse), [`SparseMatrix`] | sparse matrices of any format |
/// | `Option<T>` | `none`, or what `T` accepts |
/// | [`Plain`] | everything but tables, dictionaries and sparse matrices |
/// | [`Value`] | everything |
///
/// An array without dimensions counts as its one element. A real is never read as an integer, not even `3.0`.
#[diagnostic::on_unimplemented(message = "`{Self}` is no type that a value of the host can be read as")]
pub trait FromValue: Sized {
    /// Reads `value` as `Self`.
    ///
    /// # Errors
    /// The value is of another type, or `Self` cannot represent it.
    fn from_value(value: Value) -> Result<Self, Mismatch>;
}

/// A type that becomes a value without named parts: everything but tables, dictionaries and sparse matrices.
///
/// `i64` and narrower integers become integers, `f64` and `f32` reals; `Vec<u8>` becomes bytes, every other
/// `Vec`, slice or array of [`Element`]s an array with one dimension. `None` becomes `none`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not become a plain value of the host",
    note = "a `u64` may exceed the host's integers, which are `i64`: use `i64::try_from(n)?`, or `Array::scalar(n)` for all 64 bits"
)]
pub trait IntoPlain {
    /// The value for the host.
    fn into_plain(self) -> Plain;
}

/// A type that becomes whatever a parameter or an item of a result can be: all of [`IntoPlain`], [`Table`],
/// [`Dictionary`] and [`Sparse`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not become a value of the host",
    note = "a `u64` may exceed the host's integers, which are `i64`: use `i64::try_from(n)?`, or `Array::scalar(n)` for all 64 bits"
)]
pub trait IntoValue {
    /// The value for the host.
    fn into_value(self) -> Value;
}

impl<T: IntoPlain> IntoValue for T {
    fn into_value(self) -> Value {
        Value::Plain(self.into_plain())
    }
}

impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}

impl FromValue for Value {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        Ok(value)
    }
}

impl IntoPlain for Plain {
    fn into_plain(self) -> Plain {
        self
    }
}

impl FromValue for Plain {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Plain(plain) => Ok(plain),
            other => Err(Mismatch::wanted("a plain value", &other)),
        }
    }
}

impl<T: IntoPlain> IntoPlain for Option<T> {
    fn into_plain(self) -> Plain {
        self.map_or(Plain::None, IntoPlain::into_plain)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Plain(Plain::None) => Ok(None),
            some => T::from_value(some).map(Some),
        }
    }
}

impl IntoPlain for bool {
    fn into_plain(self) -> Plain {
        Plain::Boolean(self)
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match scalar(value) {
            Value::Plain(Plain::Boolean(boolean)) => Ok(boolean),
            other => Err(Mismatch::wanted("a boolean", &other)),
        }
    }
}

macro_rules! integers {
    ($($integer:ty),*) => { $(
        impl FromValue for $integer {
            fn from_value(value: Value) -> Result<Self, Mismatch> {
                let found = match scalar(value) {
                    Value::Plain(Plain::Integer(integer)) => i128::from(integer),
                    Value::Plain(Plain::Array(Ndarray { data: ArrayData::Unsigned64(one), .. })) if one.len() == 1 => {
                        i128::from(one[0])
                    }
                    other => return Err(Mismatch::wanted("an integer", &other)),
                };
                <$integer>::try_from(found).map_err(|_| Mismatch::outside::<$integer>(found, <$integer>::MIN, <$integer>::MAX))
            }
        }
    )* };
}

integers!(i8, i16, i32, i64, u8, u16, u32, u64, usize);

macro_rules! into_integer {
    ($($integer:ty),*) => { $(
        impl IntoPlain for $integer {
            fn into_plain(self) -> Plain {
                Plain::Integer(i64::from(self))
            }
        }
    )* };
}

// Not u64: it would have to be refused at run time, where a compiler's message costs nothing.
into_integer!(i8, i16, i32, i64, u8, u16, u32);

impl IntoPlain for usize {
    fn into_plain(self) -> Plain {
        // 32 bits wide in wasm, and nothing that a native test counts comes near 2^63.
        Plain::Integer(i64::try_from(self).unwrap_or(i64::MAX))
    }
}

impl IntoPlain for f64 {
    fn into_plain(self) -> Plain {
        Plain::Real(self)
    }
}

impl FromValue for f64 {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match scalar(value) {
            Value::Plain(Plain::Real(real)) => Ok(real),
            Value::Plain(Plain::Integer(integer)) => exact_f64(integer.into()),
            other => Err(Mismatch::wanted("a real number", &other)),
        }
    }
}

impl IntoPlain for f32 {
    fn into_plain(self) -> Plain {
        Plain::Real(self.into())
    }
}

impl FromValue for f32 {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match scalar(value) {
            Value::Plain(Plain::Real(real)) => rounded_f32(real),
            Value::Plain(Plain::Integer(integer)) => exact_f32(integer.into()),
            other => Err(Mismatch::wanted("a real number", &other)),
        }
    }
}

impl Complex {
    /// `re` + `im` i.
    pub const fn new(re: f64, im: f64) -> Self {
        Self { re, im }
    }
}

impl From<f64> for Complex {
    fn from(re: f64) -> Self {
        Self { re, im: 0.0 }
    }
}

impl IntoPlain for Complex {
    fn into_plain(self) -> Plain {
        Plain::Complex(self)
    }
}

impl FromValue for Complex {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match scalar(value) {
            Value::Plain(Plain::Complex(complex)) => Ok(complex),
            Value::Plain(Plain::Real(real)) => Ok(real.into()),
            Value::Plain(Plain::Integer(integer)) => exact_f64(integer.into()).map(Self::from),
            other => Err(Mismatch::wanted("a complex number", &other)),
        }
    }
}

impl IntoPlain for String {
    fn into_plain(self) -> Plain {
        Plain::Text(self)
    }
}

impl IntoPlain for &str {
    fn into_plain(self) -> Plain {
        Plain::Text(self.to_owned())
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match scalar(value) {
            Value::Plain(Plain::Text(text)) => Ok(text),
            other => Err(Mismatch::wanted("a text", &other)),
        }
    }
}

/// Why a value cannot be read as the type that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch(String);

impl Mismatch {
    /// A mismatch in your own words, which follow the name of the value: `is the mode "warp", not "slow" or "fast"`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// `found` is not `wanted`, where `wanted` comes with its article.
    pub fn wanted(wanted: &str, found: &Value) -> Self {
        Self(format!("is {}, not {wanted}", found.describe()))
    }

    fn outside<T>(found: i128, least: impl fmt::Display, most: impl fmt::Display) -> Self {
        Self(format!("holds {found}, outside of {} ({least} to {most})", core::any::type_name::<T>()))
    }

    fn inexact<T>(found: impl fmt::Display) -> Self {
        Self(format!("holds {found}, which no {} represents exactly", core::any::type_name::<T>()))
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Mismatch {}

impl Value {
    /// What it is, in a few words with an article, such as `the integer 5` or `an array of float64, shape [2, 3]`.
    pub fn describe(&self) -> String {
        match self {
            Self::Plain(plain) => plain.describe(),
            Self::Table(table) => format!("a table of {} columns", table.columns.len()),
            Self::Dictionary(entries) => format!("a dictionary of {} entries", entries.len()),
            Self::Sparse(SparseMatrix { rows, columns, data, structure }) => {
                let (format, element) = (structure.format(), data.data.element_name());
                format!("a sparse matrix ({format}) of {element}, shape [{rows}, {columns}]")
            }
        }
    }
}

impl Plain {
    /// What it is, in a few words with an article.
    pub fn describe(&self) -> String {
        match self {
            Self::None => "no value (none)".to_owned(),
            Self::Boolean(boolean) => format!("the boolean {boolean}"),
            Self::Integer(integer) => format!("the integer {integer}"),
            Self::Real(real) => format!("the real number {real:?}"),
            Self::Complex(Complex { re, im }) => format!("the complex number {re:?}{im:+?}i"),
            Self::Text(text) => format!("the text {}", quoted(text)),
            Self::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Self::Array(array) => format!("an array of {}, shape {:?}", array.data.element_name(), array.shape),
            Self::List(items) => format!("a list of {}", items.contents()),
            Self::Tuple(items) => format!("a tuple of {}", items.contents()),
        }
    }
}

/// A text short enough for a message.
fn quoted(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// An array without dimensions as its one element, where a plain value can hold it; everything else as it is.
fn scalar(value: Value) -> Value {
    let Value::Plain(Plain::Array(array)) = value else { return value };
    if array.shape.is_empty()
        && let Some(element) = array.data.only()
    {
        return Value::Plain(element);
    }
    Value::Plain(Plain::Array(array))
}

/// `integer` as an `f64`, if no digit gets lost.
fn exact_f64(integer: i128) -> Result<f64, Mismatch> {
    let real = integer as f64;
    if real as i128 == integer { Ok(real) } else { Err(Mismatch::inexact::<f64>(integer)) }
}

/// `integer` as an `f32`, if no digit gets lost.
fn exact_f32(integer: i128) -> Result<f32, Mismatch> {
    let real = integer as f32;
    if real as i128 == integer { Ok(real) } else { Err(Mismatch::inexact::<f32>(integer)) }
}

/// The nearest `f32`. Who asks for one asks for its precision, but not for an infinity.
fn rounded_f32(real: f64) -> Result<f32, Mismatch> {
    let rounded = real as f32;
    if rounded.is_infinite() && real.is_finite() {
        return Err(Mismatch::new(format!("holds {real:?}, outside of f32 ({:?} to {:?})", f32::MIN, f32::MAX)));
    }
    Ok(rounded)
}

#[cfg(test)]
mod tests;
