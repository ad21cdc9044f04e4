//! Words for how a process has ended.

use std::{os::unix::process::ExitStatusExt, process::ExitStatus};

use crate::sandbox::one_line;

/// How much of its standard error is kept.
const TAIL: usize = 4096;
/// The longest end of standard error in a message, in characters.
const LONGEST: usize = 1000;

/// The end of what a process writes on standard error.
#[derive(Debug, Default)]
pub(super) struct Tail {
    bytes: Vec<u8>,
    cut: bool,
}

impl Tail {
    /// It has written more.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() > 2 * TAIL {
            self.bytes.drain(..self.bytes.len() - TAIL);
            self.cut = true;
        }
    }

    /// `what`, and what it wrote last; on one line.
    pub(super) fn after(&self, what: &str) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        // The first line may have lost its beginning.
        let lines = if self.cut { &lines[1.min(lines.len())..] } else { &lines[..] };
        let said = lines.join(" / ");
        if said.is_empty() {
            return what.to_owned();
        }
        let skipped = said.chars().count().saturating_sub(LONGEST);
        let end: String = said.chars().skip(skipped).collect();
        let dots = if skipped > 0 { "…" } else { "" };
        format!("{what}; it said: {dots}{}", one_line(&end, usize::MAX))
    }
}

/// A process that was not told to end has ended like this.
pub(super) fn ended(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(signal), _) => {
            let name = signal_hook::low_level::signal_name(signal).unwrap_or("unknown");
            // Nobody else has a reason to.
            let hint = if signal == libc::SIGKILL { ", as the kernel does when memory runs out" } else { "" };
            format!("killed by signal {signal} ({name}){hint}")
        }
        (None, Some(code)) => format!("exit code {code} before it had replied"),
        (None, None) => format!("{status} before it had replied"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_names() {
        let said = |wait| ended(ExitStatus::from_raw(wait));
        assert_eq!(said(libc::SIGSEGV), "killed by signal 11 (SIGSEGV)");
        assert_eq!(said(libc::SIGKILL), "killed by signal 9 (SIGKILL), as the kernel does when memory runs out");
        assert_eq!(said(3 << 8), "exit code 3 before it had replied");
        assert_eq!(said(0), "exit code 0 before it had replied");
    }

    #[test]
    fn the_end_of_standard_error_is_kept_on_one_line() {
        let mut tail = Tail::default();
        assert_eq!(tail.after("gone"), "gone");
        tail.push(b"\nfirst line\n\n  sec");
        tail.push(b"ond \x1b[31m\xff line\r\n");
        assert_eq!(tail.after("gone"), "gone; it said: first line / second \\u{1b}[31m\u{fffd} line");
        for number in 0..100_000 {
            tail.push(format!("line {number}\n").as_bytes());
        }
        let text = tail.after("gone");
        assert!(text.len() < 2 * LONGEST && text.ends_with("line 99998 / line 99999"), "{text}");
        assert!(tail.bytes.len() <= 3 * TAIL);
    }
}
