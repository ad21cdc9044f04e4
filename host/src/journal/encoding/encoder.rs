//! [`Encoder`]: bytes under way to the file.

use std::io::IoSlice;

use bytemuck::NoUninit;

use crate::journal::Places;

/// Bytes at least this long are not copied but written from where they are.
const LONG: usize = 4096;

/// Bytes under way to the file: short ones are collected, long ones stay where they are.
pub(in crate::journal) struct Encoder<'a> {
    short: Vec<u8>,
    /// Long bytes, and where in `short` they belong.
    long: Vec<(usize, &'a [u8])>,
    long_bytes: usize,
    /// What need not be written.
    places: Option<&'a Places>,
    /// How often that was so.
    placed: usize,
}

impl<'a> Encoder<'a> {
    /// Continues `short`.
    pub(in crate::journal) fn after(short: Vec<u8>) -> Self {
        Self { short, long: Vec::new(), long_bytes: 0, places: None, placed: 0 }
    }

    /// From now on, what has a place elsewhere is not written.
    pub(in crate::journal) fn with_places(mut self, places: &'a Places) -> Self {
        self.places = (!places.is_empty()).then_some(places);
        self
    }

    /// How many arrays were not written because they have a place elsewhere.
    pub(in crate::journal) fn placed(&self) -> usize {
        self.placed
    }

    /// Where `numbers` stand, which are then not written.
    pub(super) fn place_of<T: NoUninit>(&mut self, numbers: &[T]) -> Option<Place> {
        let bytes: &[u8] = bytemuck::cast_slice(numbers);
        let offset = self.places?.find(bytes)?;
        self.placed += 1;
        Some(Place { offset, checksum: crc32fast::hash(bytes) })
    }

    /// Takes back everything since `mark`.
    pub(in crate::journal) fn truncate(&mut self, mark: Mark) {
        self.short.truncate(mark.short);
        self.long.truncate(mark.long);
        self.long_bytes = self.long.iter().map(|(_, bytes)| bytes.len()).sum();
    }

    /// All bytes so far.
    pub(in crate::journal) fn len(&self) -> usize {
        self.short.len() + self.long_bytes
    }

    /// The bytes in the order of the file.
    pub(in crate::journal) fn slices(&self) -> Vec<IoSlice<'_>> {
        let mark = Mark { short: 0, long: 0, len: 0 };
        let mut slices = Vec::with_capacity(2 * self.long.len() + 1);
        self.each_since(mark, |bytes| slices.push(IoSlice::new(bytes)));
        slices
    }

    /// The buffer, to be used again.
    pub(in crate::journal) fn into_buffer(self) -> Vec<u8> {
        self.short
    }

    /// The place that is reached.
    pub(in crate::journal) fn mark(&self) -> Mark {
        Mark { short: self.short.len(), long: self.long.len(), len: self.len() }
    }

    /// The number of bytes since `mark`.
    pub(in crate::journal) fn len_since(&self, mark: Mark) -> usize {
        self.len() - mark.len
    }

    /// The bytes since `mark`, in their order.
    pub(in crate::journal) fn each_since<'b>(&'b self, mark: Mark, mut take: impl FnMut(&'b [u8])) {
        let mut at = mark.short;
        for &(place, bytes) in &self.long[mark.long..] {
            take(&self.short[at..place]);
            take(bytes);
            at = place;
        }
        take(&self.short[at..]);
    }

    /// Puts `bytes` over those that stand right before `mark`.
    pub(in crate::journal) fn overwrite_before(&mut self, mark: Mark, bytes: &[u8]) {
        self.short[mark.short - bytes.len()..mark.short].copy_from_slice(bytes);
    }

    /// Bytes of which the reader knows how many they are. They are copied.
    pub(in crate::journal) fn fixed<const N: usize>(&mut self, bytes: [u8; N]) {
        self.short.extend_from_slice(&bytes);
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.short.push(byte);
    }

    pub(super) fn double(&mut self, x: f64) {
        self.fixed(x.to_bits().to_le_bytes());
    }

    /// A number that is mostly small: seven bits to a byte, the lowest first, as in LEB128.
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    /// Bytes without their number.
    pub(in crate::journal) fn raw(&mut self, bytes: &'a [u8]) {
        if bytes.len() < LONG {
            self.short.extend_from_slice(bytes);
        } else {
            self.long.push((self.short.len(), bytes));
            self.long_bytes += bytes.len();
        }
    }

    /// Bytes with their number.
    pub(super) fn bytes(&mut self, bytes: &'a [u8]) {
        self.number(bytes.len() as u64);
        self.raw(bytes);
    }

    pub(super) fn text(&mut self, text: &'a str) {
        self.bytes(text.as_bytes());
    }

    /// How many numbers there are, and then their bytes as a little-endian machine holds them.
    pub(super) fn numbers<T: NoUninit>(&mut self, numbers: &'a [T]) {
        self.number(numbers.len() as u64);
        let bytes: &[u8] = bytemuck::cast_slice(numbers);
        if cfg!(target_endian = "little") {
            self.raw(bytes);
        } else {
            self.short.extend(bytes.chunks_exact(size_of::<T>()).flat_map(|number| number.iter().rev()));
        }
    }

    /// How many things there are, and then each of them.
    pub(super) fn many<T>(&mut self, things: &'a [T], mut write: impl FnMut(&mut Self, &'a T)) {
        self.number(things.len() as u64);
        things.iter().for_each(|thing| write(self, thing));
    }
}

/// Where in another file numbers stand.
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) checksum: u32,
}

/// A place within an [`Encoder`].
#[derive(Clone, Copy)]
pub(in crate::journal) struct Mark {
    short: usize,
    long: usize,
    len: usize,
}
