//! What a process of a run and its supervisor say to each other, as bytes.
//!
//! Both directions begin with [`hello`]. A request is two blocks: what all runs share, and [`Own`]. Replies are any
//! number of blocks with a [`Reply`], the last of which is [`Reply::Finished`]. A block is its length in 8 bytes,
//! little endian, and so many bytes of postcard, which keeps the bits of every number.

use std::io::{self, Read, Write};

use postcard::ser_flavors::Flavor;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;

use super::relay::Line;
use crate::trajectory::{FinishedRun, RunIndex};

/// Raised whenever these bytes, or anything within, change their meaning.
const PROTOCOL: &str = "host single run 1";

/// Length of [`hello`].
pub(super) const HELLO: usize = 48;

/// What a block with [`Reply::Finished`] begins with: its position among the replies.
const FINISHED: u8 = 3;

/// What a request says of its own run.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Own {
    pub(super) run: RunIndex,
    /// The finest level of log lines that anybody wants; `None` for none.
    pub(super) level: Option<u8>,
}

/// What the process of a run says.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Reply {
    /// All is prepared; time counts from here.
    Started,
    /// A line for the log.
    Line(Line),
    /// How far the run is, from 0 to 1.
    Progress(f64, String),
    /// The run has ended, and so will the process.
    Finished(Box<FinishedRun>),
}

/// Who speaks, and in which version: only the same version of the program understands all.
pub(super) fn hello() -> [u8; HELLO] {
    let mut bytes = [b' '; HELLO];
    let text = format!("{PROTOCOL} of {}\n", crate::VERSION);
    let text = &text.as_bytes()[..text.len().min(HELLO)];
    bytes[..text.len()].copy_from_slice(text);
    bytes
}

/// `value` as the bytes of a block.
pub(super) fn encode<T: Serialize>(value: &T) -> postcard::Result<Vec<u8>> {
    postcard::to_allocvec(value)
}

/// A value from all the bytes of a block.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Nonsense> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(Nonsense::Rest(rest.len())),
        Err(why) => Err(Nonsense::Block(why)),
    }
}

/// The length that stands before a block.
pub(super) fn length(bytes: usize) -> [u8; 8] {
    (bytes as u64).to_le_bytes()
}

/// Reads a whole block.
pub(super) fn read_block(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 8];
    from.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    let mut block = Vec::new();
    // Memory grows with what comes, not with what is announced.
    if from.take(length).read_to_end(&mut block)? as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(block)
}

/// Writes `reply` as a block. Results are not held in memory a second time for that.
pub(super) fn write_reply(to: &mut impl Write, reply: &Reply) -> io::Result<()> {
    let bytes = postcard::serialize_with_flavor(reply, Counting(0)).map_err(io::Error::other)?;
    to.write_all(&length(bytes))?;
    let mut failed = None;
    let written = postcard::serialize_with_flavor(reply, Writing { to, failed: &mut failed });
    match (written, failed) {
        (Ok(()), _) => to.flush(),
        (Err(_), Some(failed)) => Err(failed),
        (Err(why), None) => Err(io::Error::other(why)),
    }
}

/// Counts what would be written.
struct Counting(usize);

impl Flavor for Counting {
    type Output = usize;

    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.0 += data.len();
        Ok(())
    }

    fn try_push(&mut self, _: u8) -> postcard::Result<()> {
        self.0 += 1;
        Ok(())
    }

    fn finalize(self) -> postcard::Result<usize> {
        Ok(self.0)
    }
}

/// Writes as it encodes.
struct Writing<'a, W> {
    to: &'a mut W,
    failed: &'a mut Option<io::Error>,
}

impl<W: Write> Flavor for Writing<'_, W> {
    type Output = ();

    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.to.write_all(data).map_err(|error| {
            *self.failed = Some(error);
            postcard::Error::SerializeBufferFull
        })
    }

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// Why bytes are no reply.
#[derive(Debug, Error)]
pub(super) enum Nonsense {
    #[error("it did not begin as a host {} does", crate::VERSION)]
    Hello,
    #[error("a reply of {length} bytes, where {longest} are possible")]
    TooLong { length: u64, longest: u64 },
    #[error("a reply that cannot be read: {0}")]
    Block(postcard::Error),
    #[error("{0} bytes too many in a reply")]
    Rest(usize),
}

/// Takes replies out of a stream that arrives in pieces.
pub(super) struct Replies {
    bytes: Vec<u8>,
    /// What has been taken out of `bytes`.
    taken: usize,
    greeted: bool,
    /// The longest block that is believed.
    longest: u64,
}

impl Replies {
    /// Of a process whose replies have no more than `longest` bytes each.
    pub(super) fn new(longest: u64) -> Self {
        Self { bytes: Vec::new(), taken: 0, greeted: false, longest }
    }

    /// More bytes have arrived.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.taken > 0 {
            self.bytes.drain(..self.taken);
            self.taken = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next reply, if all of it has arrived.
    pub(super) fn next(&mut self) -> Result<Option<Reply>, Nonsense> {
        if !self.greeted {
            let hello = hello();
            let there = self.bytes.len().min(HELLO);
            if self.bytes[..there] != hello[..there] {
                return Err(Nonsense::Hello);
            }
            if there < HELLO {
                return Ok(None);
            }
            (self.greeted, self.taken) = (true, HELLO);
        }
        let rest = &self.bytes[self.taken..];
        let Some((length, rest)) = rest.split_first_chunk::<8>() else { return Ok(None) };
        let length = u64::from_le_bytes(*length);
        if length > self.longest {
            return Err(Nonsense::TooLong { length, longest: self.longest });
        }
        // No longer than what may be believed, which fits.
        let Some(block) = rest.get(..length as usize) else { return Ok(None) };
        self.taken += 8 + block.len();
        decode(block).map(Some)
    }

    /// Whether the end of the run has begun to arrive.
    pub(super) fn is_ending(&self) -> bool {
        self.greeted && self.bytes.get(self.taken + 8) == Some(&FINISHED)
    }
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
