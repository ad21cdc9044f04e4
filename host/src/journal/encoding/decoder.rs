//! [`Decoder`]: reads what an [`Encoder`](super::Encoder) has written, and trusts none of it.

use bytemuck::Pod;
use thiserror::Error;

use crate::journal::ArrayFiles;
use crate::trajectory::{MAX_RUNS, NameError, ValueError};

/// The rest of a payload.
pub(in crate::journal) struct Decoder<'a> {
    rest: &'a [u8],
    arrays: Option<&'a mut ArrayFiles>,
}

/// Why the payload of a record is not what its kind promises.
#[derive(Debug, PartialEq, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum DecodeError {
    #[error("it ends too early, by {missing} bytes")]
    Short { missing: u64 },
    #[error("bytes are left over at its end: {bytes}")]
    LeftOver { bytes: usize },
    #[error("{tag} stands where {what} should be told")]
    Tag { what: &'static str, tag: u8 },
    #[error("a count does not fit into 64 bits")]
    Count,
    #[error("a text is not UTF-8")]
    NotText,
    #[error("a truth value is neither 0 nor 1")]
    NotBool,
    #[error("a duration has {nanoseconds} nanoseconds in its last second")]
    Duration { nanoseconds: u32 },
    #[error("run {index} is beyond the last possible one, {}", MAX_RUNS - 1)]
    Index { index: u32 },
    #[error("`{name}` has items: {got}, and there should be {}", if *.derived { "exactly one" } else { "one or more" })]
    Items { name: String, got: usize, derived: bool },
    #[error("an entry of a dictionary is a table or dictionary")]
    Composite,
    #[error("the record tells a header, which stands only at the beginning")]
    SecondHeader,
    #[error("the first record is no header")]
    HeaderMissing,
    #[error("an array of {bytes} bytes is in none of the files that are there")]
    Elsewhere { bytes: u64 },
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Value(#[from] ValueError),
}

impl<'a> Decoder<'a> {
    pub(in crate::journal) fn new(payload: &'a [u8]) -> Self {
        Self { rest: payload, arrays: None }
    }

    /// Reads a payload of which large arrays may be in other files.
    pub(in crate::journal) fn with_arrays(payload: &'a [u8], arrays: &'a mut ArrayFiles) -> Self {
        arrays.next_record();
        Self { rest: payload, arrays: Some(arrays) }
    }

    /// Makes sure that nothing is left.
    pub(in crate::journal) fn end(self) -> Result<(), DecodeError> {
        match self.rest.len() {
            0 => Ok(()),
            bytes => Err(DecodeError::LeftOver { bytes }),
        }
    }

    /// As many bytes as asked for, as they stand in the record.
    pub(super) fn raw(&mut self, bytes: usize) -> Result<&'a [u8], DecodeError> {
        let missing = bytes.saturating_sub(self.rest.len()) as u64;
        let (first, rest) = self.rest.split_at_checked(bytes).ok_or(DecodeError::Short { missing })?;
        self.rest = rest;
        Ok(first)
    }

    pub(super) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        Ok(*self.raw(N)?.first_chunk().expect("as many as asked for"))
    }

    pub(super) fn byte(&mut self) -> Result<u8, DecodeError> {
        Ok(u8::from_le_bytes(self.fixed()?))
    }

    /// The next byte, which stays.
    pub(super) fn peek(&self) -> Result<u8, DecodeError> {
        self.rest.first().copied().ok_or(DecodeError::Short { missing: 1 })
    }

    pub(super) fn double(&mut self) -> Result<f64, DecodeError> {
        Ok(f64::from_bits(u64::from_le_bytes(self.fixed()?)))
    }

    pub(super) fn truth(&mut self) -> Result<bool, DecodeError> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(DecodeError::NotBool),
        }
    }

    pub(super) fn number(&mut self) -> Result<u64, DecodeError> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return Err(DecodeError::Count);
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(DecodeError::Count)
    }

    /// A number of things of at least `each` bytes, for which the record is long enough.
    fn count(&mut self, each: usize) -> Result<usize, DecodeError> {
        let count = self.number()?;
        let needed = count.saturating_mul(each as u64);
        match usize::try_from(count) {
            Ok(count) if needed <= self.rest.len() as u64 => Ok(count),
            _ => Err(DecodeError::Short { missing: needed - self.rest.len() as u64 }),
        }
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.count(1)?;
        self.raw(length)
    }

    pub(super) fn text(&mut self) -> Result<String, DecodeError> {
        Ok(std::str::from_utf8(self.bytes()?).map_err(|_| DecodeError::NotText)?.to_owned())
    }

    pub(super) fn truths(&mut self) -> Result<Vec<bool>, DecodeError> {
        let bytes = self.bytes()?;
        if bytes.iter().any(|&byte| byte > 1) {
            return Err(DecodeError::NotBool);
        }
        Ok(bytes.iter().map(|&byte| byte == 1).collect())
    }

    pub(super) fn numbers<T: Pod>(&mut self) -> Result<Vec<T>, DecodeError> {
        let count = self.count(size_of::<T>())?;
        let bytes = self.raw(count * size_of::<T>())?;
        let mut numbers = vec![T::zeroed(); count];
        let into: &mut [u8] = bytemuck::cast_slice_mut(&mut numbers);
        into.copy_from_slice(bytes);
        if cfg!(target_endian = "big") {
            into.chunks_exact_mut(size_of::<T>()).for_each(<[u8]>::reverse);
        }
        Ok(numbers)
    }

    /// The numbers of an array of this shape, so many for each element, from the file in which they stand.
    pub(super) fn elsewhere<T: Pod>(
        &mut self,
        shape: &[u64],
        each: u64,
        offset: u64,
        checksum: u32,
    ) -> Result<Vec<T>, DecodeError> {
        let count =
            shape.iter().try_fold(each, |count, length| count.checked_mul(*length)).ok_or(DecodeError::Count)?;
        let bytes = count.checked_mul(size_of::<T>() as u64).ok_or(DecodeError::Count)?;
        let gone = DecodeError::Elsewhere { bytes };
        // Nothing is set aside for what is nowhere.
        let arrays = self.arrays.as_mut().filter(|arrays| arrays.hold(offset, bytes)).ok_or(gone)?;
        let mut numbers = vec![T::zeroed(); usize::try_from(count).map_err(|_| DecodeError::Count)?];
        let found = arrays.read(offset, checksum, bytemuck::cast_slice_mut(&mut numbers));
        if found { Ok(numbers) } else { Err(DecodeError::Elsewhere { bytes }) }
    }

    /// Things of at least `each` bytes.
    pub(super) fn many<T>(
        &mut self,
        each: usize,
        mut read: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let count = self.count(each)?;
        (0..count).map(|_| read(self)).collect()
    }
}
