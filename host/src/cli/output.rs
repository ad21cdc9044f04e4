//! [`Output`]: standard output, on which nothing that somebody else has chosen can act.
//!
//! Jobs choose texts and comments, files that come from elsewhere choose everything. Terminals obey control characters,
//! so those are written as escapes that JSON reads as what they stand for. Ends of lines are ours.

use std::io::{self, BufWriter, StdoutLock, Write};

use crate::trajectory::deceives;

/// Standard output.
pub(super) struct Output(BufWriter<StdoutLock<'static>>);

/// Standard output, until it is dropped.
pub(super) fn output() -> Output {
    Output(BufWriter::new(io::stdout().lock()))
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Nearly everything is plain.
        if bytes.iter().all(|byte| matches!(byte, b'\n' | b' '..=b'~')) {
            self.0.write_all(bytes)?;
            return Ok(bytes.len());
        }
        // `write!` hands over whole texts; anything else is not text.
        match std::str::from_utf8(bytes) {
            Ok(text) if text.contains(acts) => self.0.write_all(visible(text).as_bytes())?,
            Ok(_) => self.0.write_all(bytes)?,
            Err(_) => self.0.write_all(visible(&String::from_utf8_lossy(bytes)).as_bytes())?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn acts(c: char) -> bool {
    deceives(c) && c != '\n'
}

/// `text` with its lines, and everything else that would act on a terminal as `\u001b`.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) {
            // All of them have four digits at most.
            out.push_str(&format!("\\u{:04x}", c as u32));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_acts_and_json_stays_the_same(text in ".{0,60}") {
            let json = serde_json::to_string(&text).unwrap();
            let seen = visible(&json);
            prop_assert!(!seen.contains(acts));
            prop_assert_eq!(serde_json::from_str::<String>(&seen).unwrap(), text);
        }
    }
}
