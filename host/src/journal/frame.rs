//! Frames: how records lie in the file, and how they are found again after a crash.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    os::unix::fs::FileExt,
};

use super::encoding::Encoder;

/// What a journal begins with.
pub const MAGIC: [u8; 8] = *b"HOSTCNT\n";
/// The format that this program writes and reads.
pub(super) const VERSION: u32 = 1;
/// Magic and version.
pub(super) const PREAMBLE: usize = MAGIC.len() + size_of_val(&VERSION);
/// Length, its checksum, checksum of the content, kind.
pub(super) const FRAME: usize = 8 + 4 + 4 + 1;

/// What a record is. A number stands for its kind for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Header = 1,
    Started = 2,
    Finished = 3,
    Stored = 4,
    Complete = 5,
    /// A finished run of which large arrays are in another file.
    Placed = 6,
    /// One that was told before, with its large arrays in another file than before.
    Again = 7,
}

impl Kind {
    /// Whether a record of the kind `byte` tells of the end of a run, and for the first time.
    pub(super) fn ends_a_run(byte: u8) -> bool {
        byte == Self::Finished as u8 || byte == Self::Placed as u8
    }

    pub(super) fn of(byte: u8) -> Option<Self> {
        let known =
            [Self::Header, Self::Started, Self::Finished, Self::Stored, Self::Complete, Self::Placed, Self::Again];
        known.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// Magic and version, the first bytes of the file.
pub(super) fn preamble() -> Vec<u8> {
    [&MAGIC[..], &VERSION.to_le_bytes()].concat()
}

/// Adds a record.
pub(super) fn write_record<'a>(to: &mut Encoder<'a>, kind: Kind, payload: impl FnOnce(&mut Encoder<'a>)) {
    write_record_as(to, |to| {
        payload(to);
        kind
    });
}

/// Adds a record whose payload decides of which kind it is.
pub(super) fn write_record_as<'a>(to: &mut Encoder<'a>, payload: impl FnOnce(&mut Encoder<'a>) -> Kind) {
    to.fixed([0; FRAME]);
    let mark = to.mark();
    let kind = payload(to);
    let length = (to.len_since(mark) as u64).to_le_bytes();
    let mut content = crc32fast::Hasher::new();
    content.update(&[kind as u8]);
    to.each_since(mark, |bytes| content.update(bytes));
    let mut frame = [kind as u8; FRAME];
    frame[..8].copy_from_slice(&length);
    frame[8..12].copy_from_slice(&crc32fast::hash(&length).to_le_bytes());
    frame[12..16].copy_from_slice(&content.finalize().to_le_bytes());
    to.overwrite_before(mark, &frame);
}

/// A frame as it stands in the file.
struct Frame {
    length: u64,
    checksum: u32,
    kind: u8,
}

impl Frame {
    /// Nothing if the checksum of the length is wrong: these bytes are no frame.
    fn of(bytes: &[u8; FRAME]) -> Option<Self> {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let length = u64::from(word(0)) | u64::from(word(4)) << 32;
        (crc32fast::hash(&bytes[..8]) == word(8)).then(|| Self { length, checksum: word(12), kind: bytes[16] })
    }
}

/// The records of a file, one after the other; only one is in memory at a time.
#[derive(Debug)]
pub(super) struct Frames {
    file: BufReader<File>,
    at: u64,
    /// Where the file ended when it was opened.
    end: u64,
    payload: Vec<u8>,
}

/// What stands next in the file.
pub(super) enum Next<'a> {
    /// A whole record.
    Record { at: u64, kind: u8, payload: &'a [u8] },
    /// Nothing more.
    End,
    /// The last record was not written to its end.
    Torn { at: u64, bytes: u64 },
    /// No record, though others follow.
    Damaged { at: u64, bytes: u64, next: u64 },
}

impl Frames {
    /// Reads what `file` holds now behind its first [`PREAMBLE`] bytes, with a position of its own.
    pub(super) fn new(mut file: File) -> io::Result<Self> {
        let end = file.seek(SeekFrom::End(0))?;
        let at = file.seek(SeekFrom::Start(PREAMBLE as u64))?;
        Ok(Self { file: BufReader::with_capacity(1 << 16, file), at, end, payload: Vec::new() })
    }

    /// The file itself.
    pub(super) fn file(&self) -> &File {
        self.file.get_ref()
    }

    /// Where the next record begins.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Goes back to where a record begins.
    pub(super) fn rewind(&mut self, at: u64) -> io::Result<()> {
        self.at = at;
        self.file.seek(SeekFrom::Start(at)).map(drop)
    }

    /// The next record. After anything but a record, there is no other.
    pub(super) fn next(&mut self) -> io::Result<Next<'_>> {
        let (at, bytes) = (self.at, self.end - self.at);
        if bytes == 0 {
            return Ok(Next::End);
        }
        if bytes < FRAME as u64 {
            return Ok(Next::Torn { at, bytes });
        }
        let mut frame = [0; FRAME];
        self.file.read_exact(&mut frame)?;
        let Some(frame) = Frame::of(&frame) else { return self.tell_damage(at, at + 1) };
        let rest = bytes - FRAME as u64;
        // No more than the file holds is ever set aside.
        let Some(length) = usize::try_from(frame.length).ok().filter(|&length| length as u64 <= rest) else {
            return Ok(Next::Torn { at, bytes });
        };
        if length > self.payload.len() {
            self.payload.resize(length, 0);
        }
        let payload = &mut self.payload[..length];
        self.file.read_exact(payload)?;
        let mut content = crc32fast::Hasher::new();
        content.update(&[frame.kind]);
        content.update(payload);
        let next = at + FRAME as u64 + frame.length;
        if content.finalize() != frame.checksum {
            return self.tell_damage(at, next);
        }
        self.at = next;
        Ok(Next::Record { at, kind: frame.kind, payload: &self.payload[..length] })
    }

    /// Tells a write that was cut off from damage: only behind the latter, at `from` or later, is another record.
    fn tell_damage(&self, at: u64, from: u64) -> io::Result<Next<'static>> {
        let bytes = self.end - at;
        Ok(match self.find_frame(from)? {
            Some(next) => Next::Damaged { at, bytes, next },
            None => Next::Torn { at, bytes },
        })
    }

    /// Where the first frame begins that has the checksum of its length and a kind, and lies in the file.
    fn find_frame(&self, from: u64) -> io::Result<Option<u64>> {
        let mut window = vec![0; 1 << 16];
        let mut start = from;
        while self.end.saturating_sub(start) >= FRAME as u64 {
            let length = usize::try_from(self.end - start).map_or(window.len(), |rest| rest.min(window.len()));
            self.file.get_ref().read_exact_at(&mut window[..length], start)?;
            let places = length - FRAME + 1;
            for (place, bytes) in window[..length].windows(FRAME).enumerate() {
                let at = start + place as u64;
                let rest = self.end - at - FRAME as u64;
                let bytes: &[u8; FRAME] = bytes.first_chunk().expect("a window is as long as a frame");
                // Most bytes tell an impossible length; only the others are worth a checksum.
                let [a, b, c, d, e, f, g, h, ..] = *bytes;
                if u64::from_le_bytes([a, b, c, d, e, f, g, h]) <= rest
                    && Frame::of(bytes).is_some_and(|frame| Kind::of(frame.kind).is_some())
                {
                    return Ok(Some(at));
                }
            }
            start += places as u64;
        }
        Ok(None)
    }
}
