//! JSON as values of results: lists of numbers become arrays while they are read.
//!
//! Programs choose what they print, so nothing takes more memory than the values that come of it, and no nesting is
//! followed for ever. `NaN`, `Infinity` and `-Infinity` are numbers, as Python's `json` writes them.

use std::fmt;

use thiserror::Error;

use crate::trajectory::{Array, ArrayData, Value, exact_double};

/// Dimensions that an array may have; NumPy has 64.
const DIMENSIONS: usize = 64;
/// Objects in one another.
const DEPTH: usize = 16;

/// The items of a result: one without a name, or those of an object, whose names nest by dots.
pub type Items = Vec<(String, Value)>;

/// Why a text is not what results are made of.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: {why}")]
pub struct JsonError {
    line: usize,
    column: usize,
    why: String,
}

/// The results in an object: its entries, in their order.
///
/// # Errors
/// It is no object, not JSON, or something in it is no value.
pub fn results(bytes: &[u8]) -> Result<Vec<(String, Items)>, JsonError> {
    let mut reader = Reader::new(bytes)?;
    let mut found = Vec::new();
    reader.space();
    if reader.peek() != Some(b'{') {
        return Err(reader.wrong("an object is expected, as in {\"z\": 1.5}"));
    }
    reader.object(|reader, name| {
        let items = reader.items()?;
        found.push((name, items));
        Ok(())
    })?;
    reader.end()?;
    Ok(found)
}

/// The items of one result.
///
/// # Errors
/// It is not JSON, or something in it is no value.
pub fn one_result(bytes: &[u8]) -> Result<Items, JsonError> {
    let mut reader = Reader::new(bytes)?;
    let items = reader.items()?;
    reader.end()?;
    Ok(items)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// The elements of an array, as far as they were read.
#[derive(Default)]
struct Elements {
    data: Option<ArrayData>,
    /// Length of each dimension, once one of its lists has ended.
    shape: Vec<Option<u64>>,
    /// How many lists lie in one another where elements were found.
    rank: Option<usize>,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, JsonError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self { text, at: 0, depth: 0 }),
            Err(error) => {
                let good = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
                Err(Self { text: good, at: good.len(), depth: 0 }.wrong("it is not text in UTF-8"))
            }
        }
    }

    fn wrong(&self, why: impl fmt::Display) -> JsonError {
        let before = &self.text[..self.at];
        let line = before.rsplit('\n').next().unwrap_or_default();
        JsonError { line: before.matches('\n').count() + 1, column: line.chars().count() + 1, why: why.to_string() }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Takes `byte` if it comes next.
    fn take(&mut self, byte: u8) -> bool {
        self.space();
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn end(&mut self) -> Result<(), JsonError> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.wrong("something follows after the end")) }
    }

    fn object(&mut self, mut entry: impl FnMut(&mut Self, String) -> Result<(), JsonError>) -> Result<(), JsonError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.wrong(format_args!("more than {DEPTH} objects lie in one another")));
        }
        self.at += 1;
        if !self.take(b'}') {
            loop {
                self.space();
                if self.peek() != Some(b'"') {
                    return Err(self.wrong("a name in quotes is expected"));
                }
                let name = self.string()?;
                if !self.take(b':') {
                    return Err(self.wrong("`:` is expected"));
                }
                entry(self, name)?;
                if self.take(b'}') {
                    break;
                }
                if !self.take(b',') {
                    return Err(self.wrong("`,` or `}` is expected"));
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn items(&mut self) -> Result<Items, JsonError> {
        self.space();
        if self.peek() != Some(b'{') {
            return Ok(vec![(String::new(), self.value()?)]);
        }
        let mut items = Vec::new();
        self.object(|reader, name| {
            for (inner, value) in reader.items()? {
                items.push((if inner.is_empty() { name.clone() } else { format!("{name}.{inner}") }, value));
            }
            Ok(())
        })?;
        Ok(items)
    }

    /// Anything but an object.
    fn value(&mut self) -> Result<Value, JsonError> {
        self.space();
        if self.peek() == Some(b'[') {
            let mut elements = Elements::default();
            self.list(&mut elements, 0)?;
            return elements.array().map(Value::Array).map_err(|why| self.wrong(why));
        }
        self.scalar()
    }

    fn list(&mut self, elements: &mut Elements, dimension: usize) -> Result<(), JsonError> {
        if dimension >= DIMENSIONS {
            return Err(self.wrong(format_args!("an array has at most {DIMENSIONS} dimensions")));
        }
        if elements.shape.len() == dimension {
            elements.shape.push(None);
        }
        self.at += 1;
        let mut length = 0;
        if !self.take(b']') {
            loop {
                self.space();
                match self.peek() {
                    Some(b'[') => {
                        if elements.rank.is_some_and(|rank| rank == dimension + 1) {
                            return Err(self.wrong("a list stands where elements are expected"));
                        }
                        self.list(elements, dimension + 1)?;
                    }
                    Some(b'{') => return Err(self.wrong("an object in a list is no element of an array")),
                    _ => {
                        let element = self.scalar()?;
                        if *elements.rank.get_or_insert(dimension + 1) != dimension + 1
                            || elements.shape.len() > dimension + 1
                        {
                            return Err(self.wrong("an element stands where a list is expected"));
                        }
                        elements.push(element).map_err(|why| self.wrong(why))?;
                    }
                }
                length += 1;
                if self.take(b']') {
                    break;
                }
                if !self.take(b',') {
                    return Err(self.wrong("`,` or `]` is expected"));
                }
            }
        }
        match elements.shape[dimension].replace(length) {
            Some(before) if before != length => {
                Err(self.wrong(format_args!("lists side by side have {before} and {length} elements")))
            }
            _ => Ok(()),
        }
    }

    fn scalar(&mut self) -> Result<Value, JsonError> {
        if self.peek() == Some(b'"') {
            return self.string().map(Value::Text);
        }
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-._".contains(c))).unwrap_or(rest.len());
        let word = &rest[..length];
        let value = match word {
            "null" => Value::None,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "NaN" => Value::Float(f64::NAN),
            "Infinity" => Value::Float(f64::INFINITY),
            "-Infinity" => Value::Float(f64::NEG_INFINITY),
            "" => {
                return Err(self.wrong(if rest.is_empty() { "it ends in the middle" } else { "a value is expected" }));
            }
            number => self.number(number)?,
        };
        self.at += length;
        Ok(value)
    }

    fn number(&self, word: &str) -> Result<Value, JsonError> {
        let shown: String = word.chars().take(40).collect();
        // Rust takes more for a number than JSON does, such as `.5` or `infinity`.
        let digits = word.strip_prefix('-').unwrap_or(word);
        let none = || self.wrong(format_args!("`{shown}` is no value of JSON"));
        if !digits.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(none());
        }
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return word.parse().map(Value::Int).map_err(|_| {
                self.wrong(format_args!(
                    "`{shown}` does not fit into the 64 bits of an integer; print it as a real or as text"
                ))
            });
        }
        let x: f64 = word.parse().map_err(|_| none())?;
        if x.is_infinite() {
            return Err(self.wrong(format_args!("`{shown}` is larger than any real")));
        }
        Ok(Value::Float(x))
    }

    fn string(&mut self) -> Result<String, JsonError> {
        let bytes = self.text.as_bytes();
        let mut end = self.at + 1;
        loop {
            match bytes.get(end) {
                None => return Err(self.wrong("a text in quotes has no end")),
                Some(b'\\') => end += 2,
                Some(b'"') => break,
                Some(_) => end += 1,
            }
        }
        let text = serde_json::from_str(&self.text[self.at..=end]);
        let text = text.map_err(|error| self.wrong(format_args!("a text in quotes is not one of JSON ({error})")))?;
        self.at = end + 1;
        Ok(text)
    }
}

impl Elements {
    fn push(&mut self, element: Value) -> Result<(), &'static str> {
        const MIXED: &str = "elements of an array are all numbers, all texts or all truth values";
        let data = self.data.get_or_insert_with(|| match &element {
            Value::Bool(_) => ArrayData::Bool(Vec::new()),
            Value::Float(_) => ArrayData::Float64(Vec::new()),
            Value::Text(_) => ArrayData::Text(Vec::new()),
            _ => ArrayData::Int64(Vec::new()),
        });
        if let (ArrayData::Int64(whole), Value::Float(_)) = (&*data, &element) {
            let reals = whole.iter().map(|&i| exact_double(i)).collect::<Option<_>>();
            *data = ArrayData::Float64(reals.ok_or(TOO_WHOLE)?);
        }
        match (data, element) {
            (ArrayData::Bool(v), Value::Bool(x)) => v.push(x),
            (ArrayData::Int64(v), Value::Int(x)) => v.push(x),
            (ArrayData::Float64(v), Value::Float(x)) => v.push(x),
            (ArrayData::Float64(v), Value::Int(x)) => v.push(exact_double(x).ok_or(TOO_WHOLE)?),
            (ArrayData::Text(v), Value::Text(x)) => v.push(x),
            (_, Value::None) => return Err("`null` is no element of an array; print NaN where a number is missing"),
            _ => return Err(MIXED),
        }
        Ok(())
    }

    fn array(self) -> Result<Array, String> {
        let shape = self.shape.iter().map(|length| length.unwrap_or(0)).collect();
        Array::new(shape, self.data.unwrap_or(ArrayData::Float64(Vec::new()))).map_err(|error| error.to_string())
    }
}

const TOO_WHOLE: &str = "integers beside reals have too many digits for these";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        match results(text.as_bytes()) {
            Ok(found) => format!("{found:?}"),
            Err(why) => why.to_string(),
        }
    }

    #[test]
    fn what_programs_print() {
        let texts = [
            r#"{"z": 1.5, "n": 3, "ok": true, "why": "\u00e4\"", "none": null}"#,
            r#" { "a" : [ [1, 2.5] , [NaN, -Infinity] ] } "#,
            r#"{"a": [[1, 2], [3, 4]], "b": [true], "c": ["x", "y"], "empty": [], "rows": [[], []]}"#,
            r#"{"spikes": {"times": [0.5], "of": {"all": 7}}}"#,
            "{}",
        ];
        insta::assert_snapshot!(texts.map(read).join("\n"));
    }

    #[test]
    fn what_is_refused() {
        let texts = [
            "",
            "hello",
            "1.5",
            "[1]",
            "{",
            r#"{"a"}"#,
            r#"{"a": }"#,
            r#"{"a": 1,}"#,
            r#"{"a": 1} 2"#,
            r#"{"a": .5}"#,
            r#"{"a": nan}"#,
            r#"{"a": 1e999}"#,
            r#"{"a": 9223372036854775808}"#,
            "{\n \"a\": [1, \"x\"]}",
            r#"{"a": [1, null]}"#,
            r#"{"a": [[1], [2, 3]]}"#,
            r#"{"a": [1, [2]]}"#,
            r#"{"a": [[1], 2]}"#,
            r#"{"a": [{"b": 1}]}"#,
            r#"{"a": "\x"}"#,
            r#"{"a": "#,
            r#"{"a": [9007199254740993, 0.5]}"#,
            r#"{"a": [[], 1]}"#,
        ];
        let deep = format!("{{\"a\": {}", "[".repeat(100));
        let deeper = "{\"a\":".repeat(100_000);
        let all: Vec<String> =
            texts.iter().map(|text| format!("{text:?}: {}", read(text))).chain([read(&deep), read(&deeper)]).collect();
        insta::assert_snapshot!(all.join("\n"));
    }

    proptest! {
        #[test]
        fn nothing_that_is_printed_breaks_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = results(&bytes);
        }

        #[test]
        fn almost_json_breaks_nothing(text in r#"[\{\}\[\]",:0-9eE.a ä\\-]{0,80}"#) {
            let _ = results(text.as_bytes());
            let _ = one_result(text.as_bytes());
        }

        #[test]
        fn arrays_come_back(rows in 1_usize..4, values in prop::collection::vec(any::<f64>().prop_filter("JSON", |x| x.is_finite()), 3)) {
            let row: Vec<String> = values.iter().map(|x| serde_json::to_string(x).unwrap()).collect();
            let row = format!("[{}]", row.join(", "));
            let text = format!("[{}]", vec![row; rows].join(","));
            let read = one_result(text.as_bytes()).unwrap();
            let data = ArrayData::Float64(std::iter::repeat_n(values, rows).flatten().collect());
            prop_assert_eq!(read, vec![(String::new(), Value::Array(Array::new(vec![rows as u64, 3], data).unwrap()))]);
        }
    }
}
