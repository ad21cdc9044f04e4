//! Arrays as bytes: element type, shape, elements.

use super::{DecodeError, Decoder, Encoder, encoder::Place, tag::tags};
use crate::trajectory::{Array, ArrayData};

tags! { DataTag of ArrayData, "the element type of an array" {
    Bool = 0,
    Int8 = 1,
    Int16 = 2,
    Int32 = 3,
    Int64 = 4,
    UInt8 = 5,
    UInt16 = 6,
    UInt32 = 7,
    UInt64 = 8,
    Float32 = 9,
    Float64 = 10,
    Complex64 = 11,
    Complex128 = 12,
    Text = 13,
}}

/// Added to the tag: not the elements follow, but where they stand in another file, and their checksum.
const ELSEWHERE: u8 = 0x80;

/// Where the elements stand, if that is in another file.
fn place_of(to: &mut Encoder<'_>, data: &ArrayData) -> Option<Place> {
    // In such a file they are as this machine holds them.
    if cfg!(target_endian = "big") {
        return None;
    }
    match data {
        ArrayData::Bool(v) => to.place_of(v),
        ArrayData::Int8(v) => to.place_of(v),
        ArrayData::Int16(v) => to.place_of(v),
        ArrayData::Int32(v) => to.place_of(v),
        ArrayData::Int64(v) => to.place_of(v),
        ArrayData::UInt8(v) => to.place_of(v),
        ArrayData::UInt16(v) => to.place_of(v),
        ArrayData::UInt32(v) => to.place_of(v),
        ArrayData::UInt64(v) => to.place_of(v),
        ArrayData::Float32(v) | ArrayData::Complex64(v) => to.place_of(v),
        ArrayData::Float64(v) | ArrayData::Complex128(v) => to.place_of(v),
        ArrayData::Text(_) => None,
    }
}

pub(super) fn write_array<'a>(to: &mut Encoder<'a>, array: &'a Array) {
    if let Some(place) = place_of(to, array.data()) {
        to.byte(DataTag::of(array.data()) as u8 | ELSEWHERE);
        to.many(array.shape(), |to, &length| to.number(length));
        to.number(place.offset);
        to.fixed(place.checksum.to_le_bytes());
        return;
    }
    to.byte(DataTag::of(array.data()) as u8);
    to.many(array.shape(), |to, &length| to.number(length));
    match array.data() {
        ArrayData::Bool(v) => to.numbers(v),
        ArrayData::Int8(v) => to.numbers(v),
        ArrayData::Int16(v) => to.numbers(v),
        ArrayData::Int32(v) => to.numbers(v),
        ArrayData::Int64(v) => to.numbers(v),
        ArrayData::UInt8(v) => to.numbers(v),
        ArrayData::UInt16(v) => to.numbers(v),
        ArrayData::UInt32(v) => to.numbers(v),
        ArrayData::UInt64(v) => to.numbers(v),
        ArrayData::Float32(v) | ArrayData::Complex64(v) => to.numbers(v),
        ArrayData::Float64(v) | ArrayData::Complex128(v) => to.numbers(v),
        ArrayData::Text(v) => to.many(v, |to, text| to.text(text)),
    }
}

pub(super) fn read_array(from: &mut Decoder<'_>) -> Result<Array, DecodeError> {
    if from.peek()? & ELSEWHERE != 0 {
        return read_array_elsewhere(from);
    }
    let tag = DataTag::read(from)?;
    let shape = from.many(1, Decoder::number)?;
    let data = match tag {
        DataTag::Bool => ArrayData::Bool(from.truths()?),
        DataTag::Int8 => ArrayData::Int8(from.numbers()?),
        DataTag::Int16 => ArrayData::Int16(from.numbers()?),
        DataTag::Int32 => ArrayData::Int32(from.numbers()?),
        DataTag::Int64 => ArrayData::Int64(from.numbers()?),
        DataTag::UInt8 => ArrayData::UInt8(from.numbers()?),
        DataTag::UInt16 => ArrayData::UInt16(from.numbers()?),
        DataTag::UInt32 => ArrayData::UInt32(from.numbers()?),
        DataTag::UInt64 => ArrayData::UInt64(from.numbers()?),
        DataTag::Float32 => ArrayData::Float32(from.numbers()?),
        DataTag::Float64 => ArrayData::Float64(from.numbers()?),
        DataTag::Complex64 => ArrayData::Complex64(from.numbers()?),
        DataTag::Complex128 => ArrayData::Complex128(from.numbers()?),
        DataTag::Text => ArrayData::Text(from.many(1, Decoder::text)?),
    };
    Ok(Array::new(shape, data)?)
}

fn read_array_elsewhere(from: &mut Decoder<'_>) -> Result<Array, DecodeError> {
    let tag = DataTag::from_byte(from.byte()? & !ELSEWHERE)?;
    let shape = from.many(1, Decoder::number)?;
    let offset = from.number()?;
    let checksum = u32::from_le_bytes(from.fixed()?);
    let data = match tag {
        DataTag::Bool => {
            let bytes: Vec<u8> = from.elsewhere(&shape, 1, offset, checksum)?;
            if bytes.iter().any(|&byte| byte > 1) {
                return Err(DecodeError::NotBool);
            }
            ArrayData::Bool(bytes.iter().map(|&byte| byte == 1).collect())
        }
        DataTag::Int8 => ArrayData::Int8(from.elsewhere(&shape, 1, offset, checksum)?),
        DataTag::Int16 => ArrayData::Int16(from.elsewhere(&shape, 1, offset, checksum)?),
        DataTag::Int32 => ArrayData::Int32(from.elsewhere(&shape, 1, offset, checksum)?),
        DataTag::Int64 => ArrayData::Int64(from.elsewhere(&shape, 1, offset, checksum)?),
        DataTag::UInt8 => ArrayData::UInt8(from.elsewhere(&shape, 1, offset, checksum)?),
        DataTag::UInt16 => ArrayData::UInt16(from.elsewhere(&shape, 1, offset, checksum)?),
        DataTag::UInt32 => ArrayData::UInt32(from.elsewhere(&shape, 1, offset, checksum)?),
        DataTag::UInt64 => ArrayData::UInt64(from.elsewhere(&shape, 1, offset, checksum)?),
        DataTag::Float32 => ArrayData::Float32(from.elsewhere(&shape, 1, offset, checksum)?),
        DataTag::Float64 => ArrayData::Float64(from.elsewhere(&shape, 1, offset, checksum)?),
        // Real and imaginary parts.
        DataTag::Complex64 => ArrayData::Complex64(from.elsewhere(&shape, 2, offset, checksum)?),
        DataTag::Complex128 => ArrayData::Complex128(from.elsewhere(&shape, 2, offset, checksum)?),
        DataTag::Text => return Err(DecodeError::Tag { what: "where an array is", tag: DataTag::Text as u8 }),
    };
    Ok(Array::new(shape, data)?)
}
