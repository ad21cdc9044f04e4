//! `-p name=values`: parameters given on the command line.

use std::ops::Range;

use serde::Deserialize;
use toml::de::ValueDeserializer;

use super::{
    axis::{AxisWords, Spaced},
    error::SpecError,
    node::{Node, Written},
    source::{At, Source},
};

/// One `-p`, taken apart.
#[derive(Debug)]
pub(super) struct Assignment {
    pub source: Source,
    pub name: At<String>,
    choice: Choice,
}

#[derive(Debug)]
enum Choice {
    /// A single item.
    One(Node),
    /// A list of items, or an axis in TOML.
    Several(Node),
    /// `start..stop:count[:log]`.
    Spaced(Spaced, Range<usize>),
}

/// What an [`Assignment`] does to its parameter.
pub(super) enum Effect<'a> {
    /// It gets this value and is not explored.
    Sets(&'a Node),
    /// It is explored along this axis.
    Explores(AxisWords<'a>),
}

impl Assignment {
    /// Takes `name=values` apart.
    pub fn parse(argument: &str) -> Result<Self, SpecError> {
        let prefix = "-p ";
        let source = Source::command_line(format!("{prefix}{argument}"));
        let Some(equals) = argument.find('=') else {
            let message = "a parameter needs a value";
            return Err(source.error(&(prefix.len()..source.text().len()), message).hint("write -p name=1,2,3"));
        };
        let name = argument[..equals].trim();
        let name_span = prefix.len()..prefix.len() + equals;
        if name.is_empty() {
            return Err(source
                .error(&(0..source.text().len()), "a name is missing before `=`")
                .hint("write -p name=1,2,3"));
        }
        let name = At { value: name.to_owned(), span: name_span };
        let from = prefix.len() + equals + 1;
        let choice = choice(&source, from)?;
        Ok(Self { source, name, choice })
    }

    /// What it does.
    pub fn effect(&self) -> Effect<'_> {
        match &self.choice {
            Choice::One(node) => Effect::Sets(node),
            Choice::Several(node) => Effect::Explores(AxisWords::Node(node)),
            Choice::Spaced(spaced, span) => Effect::Explores(AxisWords::Spaced(*spaced, span.clone())),
        }
    }

    /// The place of the values.
    pub fn span(&self) -> Range<usize> {
        match &self.choice {
            Choice::One(node) | Choice::Several(node) => node.span.clone(),
            Choice::Spaced(_, span) => span.clone(),
        }
    }
}

fn choice(source: &Source, from: usize) -> Result<Choice, SpecError> {
    let text = source.text();
    let values = &text[from..];
    if values.trim_start().starts_with(['[', '{']) {
        return toml(source, from);
    }
    let all = from..text.len();
    if let Some(spaced) = spaced(values, source, &all)? {
        let node = |value| At { value, span: all.clone() };
        return Ok(match spaced {
            Spaced { count: 1, integers: Some((start, _)), log: false, .. } => Choice::One(node(Written::Int(start))),
            Spaced { count: 1, start, .. } => Choice::One(node(Written::Float(start))),
            several => Choice::Spaced(several, all),
        });
    }
    let mut items = items(source, from)?;
    Ok(match items.len() {
        1 => Choice::One(items.remove(0)),
        _ => Choice::Several(At { value: Written::Array(items), span: all }),
    })
}

/// A list, a table with the form of an axis, or a table with the form of a value, as in the spec.
fn toml(source: &Source, from: usize) -> Result<Choice, SpecError> {
    let text = &source.text()[from..];
    let node = ValueDeserializer::parse(text).and_then(At::<Written>::deserialize).map_err(|error| {
        let span = error.span().unwrap_or(0..text.len());
        let message = if error.message().contains("datetime") {
            "dates and times are not values of parameters".to_owned()
        } else {
            format!("this is not TOML: {}", error.message().lines().next().unwrap_or_default())
        };
        source.error(&(span.start + from..span.end + from), message)
    })?;
    let node = shifted(node, from);
    Ok(match &node.value {
        Written::Table(entries) if super::value::FORMS.iter().any(|form| *form != "file" && entries.has(form)) => {
            Choice::One(node)
        }
        _ => Choice::Several(node),
    })
}

/// The same with every place `by` bytes further on.
fn shifted(node: Node, by: usize) -> Node {
    let span = node.span.start + by..node.span.end + by;
    let value = match node.value {
        Written::Array(items) => Written::Array(items.into_iter().map(|item| shifted(item, by)).collect()),
        Written::Table(mut entries) => {
            for (key, inner) in &mut entries.0 {
                key.span = key.span.start + by..key.span.end + by;
                let empty = At { value: Written::Bool(false), span: 0..0 };
                *inner = shifted(std::mem::replace(inner, empty), by);
            }
            Written::Table(entries)
        }
        other => other,
    };
    At { value, span }
}

/// `start..stop:count[:log]`, if both sides of the dots are numbers.
fn spaced(text: &str, source: &Source, span: &Range<usize>) -> Result<Option<Spaced>, SpecError> {
    let Some((start_text, rest)) = text.split_once("..") else { return Ok(None) };
    let mut parts = rest.split(':');
    let stop_text = parts.next().unwrap_or_default();
    let (Some(start), Some(stop)) = (end(start_text), end(stop_text)) else { return Ok(None) };
    let refuse = |message: &str, hint: String| Err(source.error(span, message).hint(hint));
    let example = format!("write {}..{}:11 for 11 values, both ends included", start_text.trim(), stop_text.trim());
    let Some(count_text) = parts.next() else {
        return refuse("a range says how many values it has", example);
    };
    let log = match (parts.next(), parts.next()) {
        (None, _) => false,
        (Some("log"), None) => true,
        _ => return refuse("only `log` stands after the count of values", format!("{example}, or add :log")),
    };
    let count = match count_text.trim().parse::<u64>() {
        Ok(count) if count > 0 => count,
        _ => return refuse("the count of values is a whole number, 1 or more", example),
    };
    let integers = match (&start, &stop) {
        (Written::Int(start), Written::Int(stop)) => Some((*start, *stop)),
        _ => None,
    };
    let real = |written| match written {
        Written::Int(i) => i as f64,
        Written::Float(x) => x,
        _ => f64::NAN,
    };
    Ok(Some(Spaced { start: real(start), stop: real(stop), integers, count, log }))
}

/// A number at one end of a range.
fn end(text: &str) -> Option<Written> {
    match scalar(text.trim())? {
        number @ (Written::Int(_) | Written::Float(_)) => Some(number),
        _ => None,
    }
}

/// Items between commas; a comma inside of quotes separates nothing.
fn items(source: &Source, from: usize) -> Result<Vec<Node>, SpecError> {
    let text = source.text();
    let mut items = Vec::new();
    let mut start = from;
    loop {
        let end = item_end(text, start);
        let raw = &text[start..end];
        let span = start + (raw.len() - raw.trim_start().len())..start + raw.trim_end().len().max(1);
        items.push(item(raw.trim(), source, &span)?);
        if end == text.len() {
            return Ok(items);
        }
        start = end + 1;
    }
}

/// Where the item that begins at `start` ends: at the next comma behind its quotes, if it has any.
fn item_end(text: &str, start: usize) -> usize {
    let item = &text[start..];
    let skipped = item.len() - item.trim_start().len();
    let quoted = &item[skipped..];
    let quotes = ["\"\"\"", "'''", "\"", "'"];
    let behind =
        quotes.into_iter().find(|quote| quoted.starts_with(quote)).map_or(0, |quote| quoted_length(quoted, quote));
    let from = start + skipped + behind;
    text[from..].find(',').map_or(text.len(), |comma| from + comma)
}

/// How long the text in quotes is that `text` begins with, up to its end if the quotes do not close.
fn quoted_length(text: &str, quote: &str) -> usize {
    let mut at = quote.len();
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(quote) {
            // TOML lets one or two quotes stand right before three closing ones.
            let close = if quote.len() == 3 { rest.len() - rest.trim_start_matches(&quote[..1]).len() } else { 1 };
            return at + close;
        }
        let escape = quote.starts_with('"') && rest.starts_with('\\');
        at += rest.chars().take(if escape { 2 } else { 1 }).map(char::len_utf8).sum::<usize>();
    }
    text.len()
}

/// One item: a number, a truth value, text in quotes as TOML has it, or bare text.
fn item(text: &str, source: &Source, span: &Range<usize>) -> Result<Node, SpecError> {
    if text.is_empty() {
        return Err(source.error(span, "a value is missing").hint("write \"\" for an empty text"));
    }
    let value = match scalar(text) {
        Some(value) => value,
        None if text.starts_with(['"', '\'']) => {
            return Err(source.error(span, "this text in quotes does not end, or something stands behind it"));
        }
        None if text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) && text.parse::<f64>().is_ok() => {
            let real = || text.parse().map_or_else(|_| String::new(), |x: f64| crate::trajectory::python_float(x));
            let number = text.parse::<i64>().map_or_else(|_| real(), |i| i.to_string());
            let hint = format!("write {number} for the number, or \"{text}\" in quotes for the text");
            return Err(source.error(span, format!("`{text}` is nearly a number")).hint(hint));
        }
        None => Written::Text(text.to_owned()),
    };
    Ok(At { value, span: span.clone() })
}

/// What `text` is in TOML, if it is a scalar.
fn scalar(text: &str) -> Option<Written> {
    let value = Written::deserialize(ValueDeserializer::parse(text).ok()?).ok()?;
    (!matches!(value, Written::Array(_) | Written::Table(_))).then_some(value)
}
