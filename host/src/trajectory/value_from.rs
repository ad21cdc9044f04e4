//! Rust values as values of parameters and results.

use super::{Array, ArrayData, Complex, Dict, Sequence, Table, Value};

macro_rules! value_from {
    ($($from:ty => $value:ident => $to:expr),+ $(,)?) => {
        $(impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $to
            }
        })+
    };
}

value_from! {
    bool => value => Self::Bool(value),
    i64 => value => Self::Int(value),
    i32 => value => Self::Int(value.into()),
    u32 => value => Self::Int(value.into()),
    f64 => value => Self::Float(value),
    Complex => value => Self::Complex(value),
    &str => value => Self::Text(value.to_owned()),
    String => value => Self::Text(value),
    Array => value => Self::Array(value),
    Table => value => Self::Table(value),
    Dict => value => Self::Dict(value),
    Vec<f64> => value => Self::Array(Array::flat(ArrayData::Float64(value)).expect("one dimension fits any data")),
    Vec<i64> => value => Self::Array(Array::flat(ArrayData::Int64(value)).expect("one dimension fits any data")),
    Vec<u8> => value => Self::Bytes(value),
    Sequence => value => Self::List(value),
}
