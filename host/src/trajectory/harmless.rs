//! [`harmless`]: text that somebody else has chosen, such that it cannot deceive who reads it.
//!
//! Jobs and files bring names, comments, messages and values; terminals and log files show them. Whatever moves a
//! cursor, ends a line or turns the direction of reading is written as an escape instead.

use std::{borrow::Cow, fmt::Write};

/// Whether a reader would see something else than what stands there: control characters (also those of one byte, such as
/// U+009B, which begins an escape sequence), characters that reverse the direction of text, and those that end a line.
pub fn deceives(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// `text` on one line, with whatever [`deceives`] as an escape.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(deceives) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if deceives(c) => {
                // Writing to a string cannot fail.
                let _ = write!(out, "{}", c.escape_unicode());
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The same, cut at `max` characters and without white space at its end. Costs no more than what is kept of it.
pub fn one_line(text: &str, max: usize) -> String {
    let text = text.trim_end();
    let (text, is_cut) = match text.char_indices().nth(max) {
        Some((end, _)) => (&text[..end], true),
        None => (text, false),
    };
    let text = harmless(text);
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None if is_cut => format!("{text}…"),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_deceives_is_escaped() {
        assert_eq!(harmless("plain ü\t1"), "plain ü\t1");
        assert_eq!(harmless("a\x1b[31m\r\nb\u{202e}\0"), "a\\u{1b}[31m\\r\\nb\\u{202e}\\u{0}");
        assert_eq!(harmless("\u{9b}31m"), "\\u{9b}31m");
        assert_eq!(one_line("a\nb\n", 100), "a\\nb");
        assert_eq!(one_line("üüüü", 3), "üüü…");
        assert_eq!(one_line("üüü", 3), "üüü");
        assert_eq!(one_line("\x1b\x1b", 8), "\\u{1b}\\u…");
    }

    proptest! {
        #[test]
        fn nothing_deceives_any_more(text in ".{0,100}", max in 0_usize..200) {
            let line = one_line(&text, max);
            prop_assert!(!line.contains(deceives));
            prop_assert!(line.chars().count() <= max + 1);
            let once = harmless(&text);
            prop_assert_eq!(harmless(&once), once.as_ref());
        }
    }
}
