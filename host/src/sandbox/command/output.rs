//! What a program prints: all of standard output, and the end of standard error.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{sandbox::run_state::LimitReached, trajectory::Limited};

/// How much of standard error is kept for the reason of a failure.
const TAIL: usize = 2000;

/// Standard output as a whole, up to what results may take.
#[derive(Debug)]
pub struct Captured {
    limit: u64,
    bytes: Mutex<Vec<u8>>,
}

impl Captured {
    /// Nothing yet.
    pub fn new(limit: u64) -> Self {
        Self { limit, bytes: Mutex::default() }
    }

    /// More was printed.
    ///
    /// # Errors
    /// It is more than results may take; nothing of it is kept.
    pub fn push(&self, more: &[u8]) -> Result<(), LimitReached> {
        let mut bytes = lock(&self.bytes);
        if (bytes.len() + more.len()) as u64 > self.limit {
            return Err(LimitReached(Limited::Results));
        }
        bytes.extend_from_slice(more);
        Ok(())
    }

    /// All that was printed.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *lock(&self.bytes))
    }
}

/// The end of standard error.
#[derive(Debug, Default)]
pub struct Tail(Mutex<Vec<u8>>);

impl Tail {
    /// More was printed.
    pub fn push(&self, more: &[u8]) {
        let mut bytes = lock(&self.0);
        bytes.extend_from_slice(more);
        let surplus = bytes.len().saturating_sub(TAIL);
        bytes.drain(..surplus);
    }

    /// What is left of it, without the character that it was cut in.
    pub fn text(&self) -> String {
        let bytes = lock(&self.0);
        let begun = bytes.iter().take_while(|byte| **byte & 0b1100_0000 == 0b1000_0000).count();
        String::from_utf8_lossy(&bytes[begun..]).trim().to_owned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Bytes are appended whole or not at all.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_what_was_said() {
        let tail = Tail::default();
        tail.push("ä".repeat(TAIL).as_bytes());
        tail.push(b"why\n");
        let text = tail.text();
        assert!(text.ends_with("äwhy") && text.starts_with('ä'), "{text}");
        assert!(text.len() <= TAIL);
    }
}
