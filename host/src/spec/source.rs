//! [`Source`]: the text of a spec, and the places in it that messages point at.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::error::{Place, SpecError};

/// A text and where it came from.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// `None` for the command line.
    file: Option<PathBuf>,
    text: String,
}

/// Something as written, with the bytes of the text that it was read from.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub value: T,
    pub span: Range<usize>,
}

/// The most of a line that is shown; a list of a million values is one line.
const WINDOW: usize = 100;

impl Source {
    pub fn file(path: &Path, text: impl Into<String>) -> Self {
        Self { file: Some(path.to_owned()), text: text.into() }
    }

    pub fn command_line(text: impl Into<String>) -> Self {
        Self { file: None, text: text.into() }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The folder that paths are relative to; the current one for the command line.
    pub fn folder(&self) -> &Path {
        self.file.as_deref().and_then(Path::parent).unwrap_or(Path::new(""))
    }

    /// `path` as the spec means it.
    pub fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder().join(path)
    }

    /// An error at `span`.
    pub fn error(&self, span: &Range<usize>, message: impl Into<String>) -> SpecError {
        SpecError::new(message).at(self.place(span))
    }

    /// A few words for a hint: `line 4`, or the argument itself.
    pub fn whereabouts(&self, span: &Range<usize>) -> String {
        match self.file {
            Some(_) => format!("line {}", self.place(span).line),
            None => format!("`{}`", self.text),
        }
    }

    fn place(&self, span: &Range<usize>) -> Place {
        let start = self.boundary(span.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let end = self.boundary(span.end).clamp(start, line_end.max(start));
        let column = self.text[line_start..start].chars().count();
        let marked = self.text[start..end].trim_end().chars().count().max(1);

        let line = self.text[line_start..line_end].trim_end_matches('\r');
        let skipped = if column + marked.min(WINDOW / 2) > WINDOW { column - WINDOW / 2 } else { 0 };
        let mut text: String = if skipped > 0 { "…".into() } else { String::new() };
        // The dots take the place of one character, so that what follows stays in its column.
        text.extend(line.chars().skip(skipped + usize::from(skipped > 0)).take(WINDOW).map(visible));
        if line.chars().count() > skipped + usize::from(skipped > 0) + WINDOW {
            text.push('…');
        }
        let text = text.trim_end().to_owned();
        let indent = column - skipped;
        let length = marked.min((WINDOW + 1).saturating_sub(indent)).max(1);
        Place {
            file: self.file.clone(),
            line: self.text[..line_start].matches('\n').count() + 1,
            column: column + 1,
            text,
            indent,
            length,
        }
    }

    /// The nearest place at or before `at` where a character begins.
    fn boundary(&self, at: usize) -> usize {
        (0..=at.min(self.text.len())).rev().find(|&at| self.text.is_char_boundary(at)).unwrap_or(0)
    }
}

fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<T>::deserialize(deserializer)?;
        let span = spanned.span();
        Ok(Self { value: spanned.into_inner(), span })
    }
}

impl<T: schemars::JsonSchema> schemars::JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

/// By value alone, so that places do not matter in maps.
impl<T: Ord> Ord for At<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value)
    }
}

impl<T: Ord> PartialOrd for At<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Ord> Eq for At<T> {}
