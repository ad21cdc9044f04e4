//! [`SpecError`]: what is wrong with a spec, where it stands, and the way out.

use std::{fmt, path::PathBuf};

/// What is wrong, where, and the way out. Shown as:
///
/// ```text
/// error: unknown key `worker` in [pool]
///   exp.toml:7:1
///     7 | worker = 4
///       | ^^^^^^
/// hint: did you mean `workers`?
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError(Box<Parts>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    message: String,
    place: Option<Place>,
    hint: Option<String>,
}

/// A stretch of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file; `None` for the command line.
    pub file: Option<PathBuf>,
    /// The line, from 1.
    pub line: usize,
    /// The column of the first character, from 1.
    pub column: usize,
    /// The line itself, or the part around the place where the line is long. Tabs and other
    /// characters that would move the cursor are shown as one character each.
    pub text: String,
    /// How many characters of [`Place::text`] stand before the place.
    pub indent: usize,
    /// How many characters to underline, at least 1.
    pub length: usize,
}

impl SpecError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(Box::new(Parts { message: message.into(), place: None, hint: None }))
    }

    pub(super) fn at(mut self, place: Place) -> Self {
        self.0.place = Some(place);
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds a hint if there is one to give.
    pub(super) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        if hint.is_some() {
            self.0.hint = hint;
        }
        self
    }

    /// What is wrong: small letters, no full stop.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where it stands, if it stands anywhere.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The way out, if there is one to name.
    pub fn way_out(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message())?;
        if let Some(place) = self.place() {
            write!(f, "\n{place}")?;
        }
        if let Some(hint) = self.way_out() {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SpecError {}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = match &self.file {
            Some(file) => {
                writeln!(f, "  {}:{}:{}", file.display(), self.line, self.column)?;
                self.line.to_string()
            }
            None => {
                writeln!(f, "  on the command line")?;
                String::new()
            }
        };
        // Five characters hold the number of a line in all but giant files.
        let gutter = number.len().max(5);
        writeln!(f, "{number:>gutter$} | {}", self.text)?;
        write!(f, "{:gutter$} | {:indent$}{}", "", "", "^".repeat(self.length), indent = self.indent)
    }
}
