//! What serde and the TOML parser refuse, in our words: key, table, kind, and the way out.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::{error::SpecError, source::Source};

/// Words of the format that this version does not speak yet: table, key or value, and what to do.
const PLANNED: &[(&str, &str, &str)] = &[
    ("capabilities", "net", "no job has a network"),
    ("explore.mode", "list", "write the points as equally long axes with mode = \"zip\""),
    ("explore.mode", "random", "write the points as equally long axes with mode = \"zip\""),
    ("explore.mode", "lhs", "write the points as equally long axes with mode = \"zip\""),
    ("explore.mode", "sobol", "write the points as equally long axes with mode = \"zip\""),
];

/// Puts an error of `toml` into our words.
pub(super) fn refusal(error: &toml::de::Error, source: &Source) -> SpecError {
    let message = error.message();
    let Some(span) = error.span() else { return SpecError::new(message) };
    if message.contains("$__toml_private_datetime") {
        return source
            .error(&span, "dates and times are not values of parameters")
            .hint("write it as text in quotes, or as a number with a unit");
    }
    let Ok(document) = DeTable::parse(source.text()) else {
        if message == "duplicate key" {
            let key = source.text().get(span.clone()).unwrap_or_default();
            return source
                .error(&span, format!("`{}` is given twice", key.trim_matches(['"', '\''])))
                .hint("remove one of them");
        }
        return match unquoted(source, &span) {
            Some(word) => (source.error(&span, format!("`{word}` is neither a number nor true nor false")))
                .hint(format!("text stands in quotes: \"{word}\"")),
            None => source.error(&span, format!("this is not TOML: {message}")),
        };
    };
    let mut path = Vec::new();
    locate(document.get_ref(), &span, &mut path);
    let (table, key) = match path.split_last() {
        Some((last, before)) => (before.join("."), last.as_str()),
        None => (String::new(), ""),
    };
    translate(message, &table, key, source, &span)
}

fn translate(message: &str, table: &str, key: &str, source: &Source, span: &Range<usize>) -> SpecError {
    let place = if table.is_empty() { String::new() } else { format!(" in [{table}]") };
    if let Some(expected) = message.strip_prefix("unknown field ") {
        let (what, place) = if table.is_empty() && source.text()[..span.start].ends_with('[') {
            (format!("unknown table [{key}]"), String::new())
        } else {
            (format!("unknown key `{key}`"), place)
        };
        return source
            .error(span, format!("{what}{place}"))
            .maybe_hint(planned(table, key).or_else(|| suggestion(key, &candidates(key, expected))));
    }
    if let Some(expected) = message.strip_prefix("unknown variant ") {
        let value = expected.strip_prefix('`').and_then(|rest| rest.split_once("`, expected")).map_or("", |(v, _)| v);
        let table = format!("{table}.{key}");
        return source
            .error(span, format!("unknown value {value:?} for `{key}`{place}"))
            .maybe_hint(planned(&table, value).or_else(|| suggestion(value, &candidates(value, expected))));
    }
    if let Some(field) = message.strip_prefix("missing field ") {
        return source.error(span, format!("{field} is missing{place}"));
    }
    if message == "floating-point number overflowed" {
        return source
            .error(span, "this number is larger than any real")
            .hint("reals reach up to 1.8e308; `inf` is infinite");
    }
    if message == "wanted string or table" {
        return source.error(span, format!("`{key}`{place} takes text in quotes"));
    }
    let mismatch = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    if let Some((got, expected)) = mismatch.and_then(|m| m.rsplit_once(", expected ")) {
        let expected = match expected {
            "u32" | "u64" => "a whole number, 0 or more",
            "i64" => "a whole number",
            "a string" => "text in quotes",
            "a boolean" => "true or false",
            "a sequence" => "a list",
            "a map" => "a table",
            other if other.starts_with("struct ") => "a table",
            other => other,
        };
        let what = if key.is_empty() { "this".to_owned() } else { format!("`{key}`{place}") };
        return source.error(span, format!("{what} takes {expected}, not {}", kind(got)));
    }
    match message.split_once('\n') {
        Some((message, hint)) => source.error(span, message).hint(hint),
        None => source.error(span, message),
    }
}

/// What serde calls an unexpected value.
fn kind(got: &str) -> String {
    let (kind, value) = got.split_once(' ').unwrap_or((got, ""));
    let value: String = value.chars().take(60).collect();
    match kind {
        "integer" => value.replace('`', ""),
        "floating" => value.trim_start_matches("point ").replace('`', ""),
        "boolean" => value.replace('`', ""),
        "string" => value,
        "sequence" => "a list".into(),
        "map" => "a table".into(),
        _ => got.into(),
    }
}

/// The path of keys that leads to `span`.
fn locate(table: &DeTable, span: &Range<usize>, path: &mut Vec<String>) -> bool {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        let holds = |outer: Range<usize>| outer.start <= span.start && span.end <= outer.end;
        let inside = match value.get_ref() {
            DeValue::Table(table) => locate(table, span, path),
            DeValue::Array(items) => items.iter().any(|item| match item.get_ref() {
                DeValue::Table(table) => locate(table, span, path),
                _ => false,
            }),
            _ => false,
        };
        if inside || holds(key.span()) || holds(value.span()) {
            return true;
        }
        path.pop();
    }
    false
}

/// The names in backticks after `expected`.
fn candidates<'a>(wrong: &str, message: &'a str) -> Vec<&'a str> {
    let rest = message.get(wrong.len() + 2..).unwrap_or(message);
    rest.split('`').skip(1).step_by(2).collect()
}

/// "did you mean", or all that would do if they are few.
pub(super) fn suggestion(wrong: &str, known: &[&str]) -> Option<String> {
    let likeness = |name: &str| strsim::jaro_winkler(&wrong.to_lowercase(), &name.to_lowercase());
    let best = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    if likeness(best) > 0.75 {
        return Some(format!("did you mean `{best}`?"));
    }
    let names = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Some(if known.len() == 1 { format!("only {names} is known here") } else { format!("known are {names}") })
}

fn planned(table: &str, word: &str) -> Option<String> {
    let (_, _, instead) = PLANNED.iter().find(|(t, w, _)| *t == table && *w == word)?;
    Some(format!("`{word}` is planned but not in this version: {instead}"))
}

/// The usual slip: text without quotes.
fn unquoted<'a>(source: &'a Source, span: &Range<usize>) -> Option<&'a str> {
    let word = source.text().get(span.clone())?.trim();
    let plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "_-./".contains(c));
    let value = source.text()[..span.start].trim_end().ends_with(['=', ',', '[']);
    (plain && value).then_some(word)
}
