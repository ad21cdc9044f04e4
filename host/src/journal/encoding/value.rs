//! Values as bytes: a tag, then what the variant holds.

use super::{
    DecodeError, Decoder, Encoder,
    array::{read_array, write_array},
    sparse::{read_sparse, write_sparse},
    tag::tags,
};
use crate::trajectory::{Complex, Dict, Sequence, Table, Value};

tags! { ValueTag of Value, "the type of a value" {
    None = 0,
    Bool = 1,
    Int = 2,
    Float = 3,
    Complex = 4,
    Text = 5,
    Bytes = 6,
    Array = 7,
    List = 8,
    Tuple = 9,
    Table = 10,
    Dict = 11,
    Sparse = 12,
}}

tags! { SequenceTag of Sequence, "the element type of a list or tuple" {
    Empty = 0,
    Bools = 1,
    Ints = 2,
    Floats = 3,
    Complexes = 4,
    Texts = 5,
    Bytes = 6,
}}

pub(super) fn write_value<'a>(to: &mut Encoder<'a>, value: &'a Value) {
    to.byte(ValueTag::of(value) as u8);
    match value {
        Value::None => {}
        Value::Bool(truth) => to.byte(u8::from(*truth)),
        Value::Int(i) => to.fixed(i.to_le_bytes()),
        Value::Float(x) => to.double(*x),
        Value::Complex(c) => write_complex(to, c),
        Value::Text(text) => to.text(text),
        Value::Bytes(bytes) => to.bytes(bytes),
        Value::Array(array) => write_array(to, array),
        Value::List(sequence) | Value::Tuple(sequence) => write_sequence(to, sequence),
        Value::Table(table) => to.many(table.columns(), |to, (name, cells)| {
            to.text(name);
            write_array(to, cells);
        }),
        Value::Dict(dict) => to.many(dict.entries(), |to, (key, value)| {
            to.text(key.as_str());
            write_value(to, value);
        }),
        Value::Sparse(sparse) => write_sparse(to, sparse),
    }
}

pub(super) fn read_value(from: &mut Decoder<'_>) -> Result<Value, DecodeError> {
    let tag = ValueTag::read(from)?;
    read_tagged(from, tag)
}

fn read_tagged(from: &mut Decoder<'_>, tag: ValueTag) -> Result<Value, DecodeError> {
    Ok(match tag {
        ValueTag::None => Value::None,
        ValueTag::Bool => Value::Bool(from.truth()?),
        ValueTag::Int => Value::Int(i64::from_le_bytes(from.fixed()?)),
        ValueTag::Float => Value::Float(from.double()?),
        ValueTag::Complex => Value::Complex(read_complex(from)?),
        ValueTag::Text => Value::Text(from.text()?),
        ValueTag::Bytes => Value::Bytes(from.bytes()?.to_vec()),
        ValueTag::Array => Value::Array(read_array(from)?),
        ValueTag::List => Value::List(read_sequence(from)?),
        ValueTag::Tuple => Value::Tuple(read_sequence(from)?),
        // A column: length of its name, element type, number of dimensions, number of elements.
        ValueTag::Table => Value::Table(Table::new(from.many(4, |from| Ok((from.text()?, read_array(from)?)))?)?),
        // An entry: length of its key, tag of its value.
        ValueTag::Dict => Value::Dict(Dict::new(from.many(2, |from| Ok((from.text()?, read_entry(from)?)))?)?),
        ValueTag::Sparse => Value::Sparse(read_sparse(from)?),
    })
}

/// A value within a dictionary. Refused here and not only by [`Dict::new`], so that bytes which open
/// one dictionary within another a million times do not exhaust the stack.
fn read_entry(from: &mut Decoder<'_>) -> Result<Value, DecodeError> {
    match ValueTag::read(from)? {
        ValueTag::Table | ValueTag::Dict | ValueTag::Sparse => Err(DecodeError::Composite),
        tag => read_tagged(from, tag),
    }
}

fn write_sequence<'a>(to: &mut Encoder<'a>, sequence: &'a Sequence) {
    to.byte(SequenceTag::of(sequence) as u8);
    match sequence {
        Sequence::Empty => {}
        Sequence::Bools(v) => to.numbers(v),
        Sequence::Ints(v) => to.numbers(v),
        Sequence::Floats(v) => to.numbers(v),
        Sequence::Complexes(v) => to.many(v, write_complex),
        Sequence::Texts(v) => to.many(v, |to, text| to.text(text)),
        Sequence::Bytes(v) => to.many(v, |to, bytes| to.bytes(bytes)),
    }
}

fn read_sequence(from: &mut Decoder<'_>) -> Result<Sequence, DecodeError> {
    Ok(match SequenceTag::read(from)? {
        SequenceTag::Empty => Sequence::Empty,
        SequenceTag::Bools => Sequence::Bools(from.truths()?),
        SequenceTag::Ints => Sequence::Ints(from.numbers()?),
        SequenceTag::Floats => Sequence::Floats(from.numbers()?),
        SequenceTag::Complexes => Sequence::Complexes(from.many(16, read_complex)?),
        SequenceTag::Texts => Sequence::Texts(from.many(1, Decoder::text)?),
        SequenceTag::Bytes => Sequence::Bytes(from.many(1, |from| Ok(from.bytes()?.to_vec()))?),
    })
}

fn write_complex<'a>(to: &mut Encoder<'a>, Complex { re, im }: &'a Complex) {
    to.double(*re);
    to.double(*im);
}

fn read_complex(from: &mut Decoder<'_>) -> Result<Complex, DecodeError> {
    Ok(Complex { re: from.double()?, im: from.double()? })
}
