//! Arrays in NumPy's `.npy` format: every element type that an [`Array`] has, in C and Fortran order.

use std::io::{self, Read};

use npyz::{DType, Endianness, NpyHeader, Order, TypeChar};
use thiserror::Error;

use crate::trajectory::{Array, ArrayData, ValueError};

/// Why there is no array in a file. The messages finish the sentence "the file cannot be used: …".
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum NpyError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("it is no `.npy` file ({0})")]
    NotNpy(io::Error),
    #[error("its header has {bytes} bytes; NumPy takes at most {MAX_HEADER}")]
    Header { bytes: u64 },
    #[error("its header nests deeper than that of any array")]
    Nesting,
    #[error("its shape promises more elements than any array has")]
    Shape,
    #[error("its elements are records ({descr}); save each field on its own")]
    Records { descr: String },
    #[error("elements of type `{element}` have no counterpart here")]
    Unknown { element: String },
    #[error("its header promises {expected} bytes of data (shape {shape:?}) but {got} follow")]
    Length { expected: u128, shape: Vec<u64>, got: String },
    #[error("a text in it is not Unicode")]
    NotUnicode,
    #[error("a byte string in it is not text in UTF-8")]
    NotUtf8,
    #[error(transparent)]
    Array(#[from] ValueError),
}

/// NumPy's own limit (`max_header_size`), beyond which parsing would not be safe.
const MAX_HEADER: u64 = 10_000;
/// Brackets inside of each other; that of an array has two, the parser recurses over all.
const MAX_NESTING: usize = 8;

/// Reads a whole file.
pub fn read_array(reader: impl Read) -> Result<Array, NpyError> {
    let (header, mut rest) = header(reader)?;
    let dtype = header.dtype();
    let DType::Plain(element) = &dtype else {
        return Err(NpyError::Records { descr: dtype.descr() });
    };
    let unknown = || NpyError::Unknown { element: element.to_string() };
    let width = element.num_bytes().ok_or_else(unknown)?;
    let count = header.shape().iter().fold(1u128, |n, &d| n.saturating_mul(d.into()));
    let count = if header.shape().contains(&0) { 0 } else { count };
    let expected = count.saturating_mul(width as u128);
    let mut bytes = Vec::new();
    // Read no more than one byte too many, and trust the file's own words about its size as little.
    let most = u64::try_from(expected).unwrap_or(u64::MAX).saturating_add(1);
    (&mut rest).take(most).read_to_end(&mut bytes)?;
    if bytes.len() as u128 != expected {
        let got = if bytes.len() as u128 > expected { "more".into() } else { bytes.len().to_string() };
        return Err(NpyError::Length { expected, shape: header.shape().to_vec(), got });
    }
    if header.order() == Order::Fortran && header.shape().len() > 1 {
        bytes = row_major(&bytes, header.shape(), width);
    }
    let big = element.endianness() == Endianness::Big;
    /// Decodes numbers of one width.
    macro_rules! numbers {
        ($type:ty) => {
            bytes
                .chunks_exact(size_of::<$type>())
                .map(|chunk| {
                    let chunk = chunk.try_into().expect("chunks have the width of the type");
                    if big { <$type>::from_be_bytes(chunk) } else { <$type>::from_le_bytes(chunk) }
                })
                .collect()
        };
    }
    let data = match (element.type_char(), element.size_field()) {
        (TypeChar::Bool, 1) => ArrayData::Bool(bytes.iter().map(|&byte| byte != 0).collect()),
        (TypeChar::Int, 1) => ArrayData::Int8(numbers!(i8)),
        (TypeChar::Int, 2) => ArrayData::Int16(numbers!(i16)),
        (TypeChar::Int, 4) => ArrayData::Int32(numbers!(i32)),
        (TypeChar::Int, 8) => ArrayData::Int64(numbers!(i64)),
        (TypeChar::Uint, 1) => ArrayData::UInt8(bytes),
        (TypeChar::Uint, 2) => ArrayData::UInt16(numbers!(u16)),
        (TypeChar::Uint, 4) => ArrayData::UInt32(numbers!(u32)),
        (TypeChar::Uint, 8) => ArrayData::UInt64(numbers!(u64)),
        (TypeChar::Float, 4) => ArrayData::Float32(numbers!(f32)),
        (TypeChar::Float, 8) => ArrayData::Float64(numbers!(f64)),
        (TypeChar::Complex, 8) => ArrayData::Complex64(numbers!(f32)),
        (TypeChar::Complex, 16) => ArrayData::Complex128(numbers!(f64)),
        (TypeChar::UnicodeStr, n) if n > 0 => {
            let codes: Vec<u32> = numbers!(u32);
            let texts = codes.chunks_exact(n as usize).map(unicode).collect::<Option<_>>();
            ArrayData::Text(texts.ok_or(NpyError::NotUnicode)?)
        }
        (TypeChar::ByteStr, n) if n > 0 => {
            let texts = bytes.chunks_exact(n as usize).map(utf8).collect::<Option<_>>();
            ArrayData::Text(texts.ok_or(NpyError::NotUtf8)?)
        }
        _ => return Err(unknown()),
    };
    Ok(Array::new(header.shape().to_vec(), data)?)
}

/// The header, looked at before it is parsed, and what follows it.
fn header<R: Read>(mut reader: R) -> Result<(NpyHeader, R), NpyError> {
    let mut start = Vec::new();
    (&mut reader).take(10).read_to_end(&mut start)?;
    let lengths: Option<u64> = match start.as_slice() {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, low, high] => Some(u16::from_le_bytes([*low, *high]).into()),
        // Later versions have four bytes for the length of the header.
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] if start.len() == 10 => {
            (&mut reader).take(2).read_to_end(&mut start)?;
            start.last_chunk::<4>().map(|length| u32::from_le_bytes(*length).into())
        }
        _ => None,
    };
    if let Some(bytes) = lengths {
        if bytes > MAX_HEADER {
            return Err(NpyError::Header { bytes });
        }
        (&mut reader).take(bytes).read_to_end(&mut start)?;
    }
    let mut depth = 0usize;
    for byte in start.iter().skip(10) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err(NpyError::Nesting);
        }
    }
    // The parser multiplies the lengths of all dimensions.
    let numbers = start.iter().skip(10).map(|&byte| char::from(byte)).collect::<String>();
    let numbers = numbers.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let numbers = numbers.map(|digits| digits.parse::<u128>().unwrap_or(u128::MAX).max(1));
    if numbers.fold(1, u128::saturating_mul) > u64::MAX.into() {
        return Err(NpyError::Shape);
    }
    let header = NpyHeader::from_reader(start.as_slice()).map_err(NpyError::NotNpy)?;
    Ok((header, reader))
}

/// One text of NumPy: code points, filled up with zeros.
fn unicode(codes: &[u32]) -> Option<String> {
    let end = codes.iter().rposition(|&code| code != 0).map_or(0, |last| last + 1);
    codes[..end].iter().map(|&code| char::from_u32(code)).collect()
}

/// One byte string of NumPy, filled up with zeros.
fn utf8(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    std::str::from_utf8(&bytes[..end]).ok().map(str::to_owned)
}

/// The elements of a column-major array in row-major order.
fn row_major(bytes: &[u8], shape: &[u64], width: usize) -> Vec<u8> {
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1usize;
    for &length in shape {
        strides.push(stride);
        stride *= length as usize;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = vec![0u64; shape.len()];
    while out.len() < bytes.len() {
        let at: usize = index.iter().zip(&strides).map(|(&i, &stride)| i as usize * stride).sum();
        out.extend_from_slice(&bytes[at * width..(at + 1) * width]);
        for d in (0..shape.len()).rev() {
            index[d] += 1;
            if index[d] < shape[d] {
                break;
            }
            index[d] = 0;
        }
    }
    out
}

/// A file of version 1.0 in C order: `descr` is NumPy's word for the elements, `elements` their bytes.
pub(super) fn file(descr: &str, shape: &[u64], elements: &[u8]) -> Vec<u8> {
    let lengths: Vec<String> = shape.iter().map(|length| format!("{length},")).collect();
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}), }}", lengths.join(" "));
    // Magic, version and length take ten bytes; the data begins at a multiple of 64.
    let total = (10 + header.len() + 1).next_multiple_of(64);
    header.extend(std::iter::repeat_n(' ', total - 10 - header.len() - 1));
    header.push('\n');
    let mut file = Vec::with_capacity(total + elements.len());
    file.extend_from_slice(b"\x93NUMPY\x01\x00");
    file.extend_from_slice(&(header.len() as u16).to_le_bytes());
    file.extend_from_slice(header.as_bytes());
    file.extend_from_slice(elements);
    file
}

/// A file that holds an array of numbers or truth values; `None` for texts.
pub(super) fn number_file(array: &Array) -> Option<Vec<u8>> {
    /// The bytes of numbers, the least significant first.
    macro_rules! bytes {
        ($numbers:expr) => {
            $numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>()
        };
    }
    let (descr, bytes) = match array.data() {
        ArrayData::Bool(v) => ("|b1", v.iter().map(|&truth| u8::from(truth)).collect()),
        ArrayData::Int8(v) => ("|i1", bytes!(v)),
        ArrayData::Int16(v) => ("<i2", bytes!(v)),
        ArrayData::Int32(v) => ("<i4", bytes!(v)),
        ArrayData::Int64(v) => ("<i8", bytes!(v)),
        ArrayData::UInt8(v) => ("|u1", v.clone()),
        ArrayData::UInt16(v) => ("<u2", bytes!(v)),
        ArrayData::UInt32(v) => ("<u4", bytes!(v)),
        ArrayData::UInt64(v) => ("<u8", bytes!(v)),
        ArrayData::Float32(v) => ("<f4", bytes!(v)),
        ArrayData::Float64(v) => ("<f8", bytes!(v)),
        ArrayData::Complex64(v) => ("<c8", bytes!(v)),
        ArrayData::Complex128(v) => ("<c16", bytes!(v)),
        ArrayData::Text(_) => return None,
    };
    Some(file(descr, array.shape(), &bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_headers_are_refused() {
        let with_header = |text: &str| {
            let mut file = b"\x93NUMPY\x02\x00".to_vec();
            file.extend_from_slice(&(text.len() as u32).to_le_bytes());
            file.extend_from_slice(text.as_bytes());
            read_array(file.as_slice()).unwrap_err().to_string()
        };
        let messages = [
            with_header(&format!("{{'shape': {}", "(".repeat(9000))),
            with_header(&" ".repeat(20_000)),
            with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296, 0)}\n"),
            read_array(&b"\x93NUMPY\x02\x00\xff\xff\xff\xff"[..]).unwrap_err().to_string(),
            read_array(&b"\x93NUMPY\x01\x00\xff\x00{'descr'"[..]).unwrap_err().to_string(),
            read_array(&b"\x93NUMPY\x01\x00"[..]).unwrap_err().to_string(),
            read_array(&b""[..]).unwrap_err().to_string(),
        ];
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn what_is_written_reads_back() {
        for shape in [vec![], vec![1], vec![2, 3], vec![0, 3], vec![10, 1, 1]] {
            let count = shape.iter().product::<u64>();
            let array = Array::new(shape, ArrayData::Int16((0..count as i16).collect())).unwrap();
            assert_eq!(read_array(number_file(&array).unwrap().as_slice()).unwrap(), array);
        }
    }
}
