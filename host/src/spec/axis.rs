//! From [`Node`] to [`Axis`]: lists, ranges, spacings and files, in the type that the parameter has.

use std::ops::Range;

use super::{
    DeclaredType,
    column::ReadAs,
    error::SpecError,
    node::{Entries, Node, Written},
    npy,
    refusal::suggestion,
    source::Source,
    value::{DataFile, FileKind, mixed, value},
};
use crate::trajectory::{ArrayData, Axis, AxisError, NodePath, Value, exact_double};

/// Keys that make a table an axis; every other table is a group.
pub(super) const FORMS: [&str; 4] = ["range", "linspace", "logspace", "file"];

/// An axis as it was written.
#[derive(Clone, Debug)]
pub(super) enum AxisWords<'a> {
    /// In TOML.
    Node(&'a Node),
    /// `start..stop:count[:log]` on the command line.
    Spaced(Spaced, Range<usize>),
}

/// Evenly spaced values between two ends that are both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spaced {
    pub start: f64,
    pub stop: f64,
    /// Both ends, if they were written as integers.
    pub integers: Option<(i64, i64)>,
    pub count: u64,
    /// Whether the logarithms are evenly spaced.
    pub log: bool,
}

/// What is known of a parameter before its values are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    pub path: &'a NodePath,
    /// As the job declares it.
    pub declared: Option<DeclaredType>,
    /// A value it has had, whose type the new ones take.
    pub like: Option<&'a Value>,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
}

impl Expected<'_> {
    fn real(&self) -> bool {
        self.declared == Some(DeclaredType::Real)
            || (self.declared.is_none() && matches!(self.like, Some(Value::Float(_))))
    }

    fn text(&self) -> bool {
        self.declared == Some(DeclaredType::Text)
            || (self.declared.is_none() && matches!(self.like, Some(Value::Text(_))))
    }

    fn type_name(&self) -> &'static str {
        match (self.declared, self.like) {
            (Some(declared), _) => declared.name(),
            (None, Some(like)) => like.type_name(),
            (None, None) => "anything",
        }
    }

    /// `value` in the expected type and range: integers become reals where reals are expected and
    /// nothing is lost. The message says what is wrong.
    pub fn conform(&self, value: Value) -> Result<Value, String> {
        let value = match value {
            Value::Int(i) if self.real() => exact_double(i)
                .map(Value::Float)
                .ok_or_else(|| format!("`{}` is real but {i} has too many digits for that", self.path))?,
            value => value,
        };
        let accepted = match (self.declared, self.like) {
            (Some(declared), _) => declared.accepts(&value),
            (None, Some(like)) => like.same_type(&value),
            (None, None) => true,
        };
        if !accepted {
            let elements = |value: &Value| match value {
                Value::Array(array) => format!("array of {}", array.data().dtype()),
                other => other.type_name().into(),
            };
            let (expected, got) = match self.like {
                Some(like) if self.declared.is_none() => (elements(like), elements(&value)),
                _ => (self.type_name().into(), value.type_name().into()),
            };
            return Err(format!("`{}` is {expected} but {} is {got}", self.path, value.repr(24)));
        }
        self.check_range(&value)?;
        Ok(value)
    }

    fn check_range(&self, value: &Value) -> Result<(), String> {
        let number = match value {
            Value::Int(i) => *i as f64,
            Value::Float(x) => *x,
            _ => return Ok(()),
        };
        let above = self.minimum.is_none_or(|minimum| number >= minimum);
        let below = self.maximum.is_none_or(|maximum| number <= maximum);
        if above && below {
            return Ok(());
        }
        let bounds = match (self.minimum, self.maximum) {
            (Some(minimum), Some(maximum)) => format!("from {minimum:?} to {maximum:?}"),
            (Some(minimum), None) => format!("of at least {minimum:?}"),
            (None, maximum) => format!("of at most {:?}", maximum.unwrap_or(f64::INFINITY)),
        };
        Err(format!("`{}` cannot be {}; the job takes values {bounds}", self.path, value.repr(24)))
    }
}

/// Reads an axis for the parameter that `expected` describes.
pub(super) fn axis(words: &AxisWords, expected: &Expected, source: &Source) -> Result<Axis, SpecError> {
    let node = match words {
        AxisWords::Node(node) => node,
        AxisWords::Spaced(spaced, span) => return formula(spaced.axis(), expected, source, span),
    };
    match &node.value {
        Written::Array(items) => list(items, expected, source, &node.span),
        Written::Table(entries) => form(node, entries, expected, source),
        other => {
            let text = source.text().get(node.span.clone()).unwrap_or("…");
            let short = text.len() <= 40;
            let hint = if short {
                format!("write [{text}], or give one value in [parameters]")
            } else {
                "write a list".into()
            };
            Err(source.error(&node.span, format!("an axis is a list of values, not {}", other.kind())).hint(hint))
        }
    }
}

fn list(items: &[Node], expected: &Expected, source: &Source, span: &Range<usize>) -> Result<Axis, SpecError> {
    let mut values: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        let read = value(item, source)?;
        let got = expected.conform(read).map_err(|message| source.error(&item.span, message))?;
        if let Some(first) = values.first()
            && !first.same_type(&got)
        {
            return Err(mixed(first, &got, item, source));
        }
        check_nan(&got).map_err(|message| source.error(&item.span, message))?;
        values.push(got);
    }
    Axis::list(values).map_err(|error| refused(&error, source, span))
}

fn form(node: &Node, entries: &Entries, expected: &Expected, source: &Source) -> Result<Axis, SpecError> {
    let Some((key, inner)) = entries.0.iter().find(|(key, _)| FORMS.contains(&key.value.as_str())) else {
        let known = "an axis is a list, or one of range, linspace, logspace and file";
        let (span, hint) = match entries.0.first() {
            Some((key, _)) => (&key.span, suggestion(&key.value, &FORMS)),
            None => (&node.span, None),
        };
        return Err(source.error(span, known).maybe_hint(hint));
    };
    let also: &[&str] = if key.value == "file" { &["column"] } else { &[] };
    let known = |name: &str| name == key.value || also.contains(&name);
    if let Some((unknown, _)) = entries.0.iter().find(|(name, _)| !known(&name.value)) {
        let message = format!("unknown key `{}` beside `{}`", unknown.value, key.value);
        let about = matches!(unknown.value.as_str(), "unit" | "comment" | "class");
        let hint = if about {
            Some("units, comments and classes stand in [parameters]".into())
        } else {
            suggestion(&unknown.value, also)
        };
        return Err(source.error(&unknown.span, message).maybe_hint(hint));
    }
    let axis = match key.value.as_str() {
        "range" => range(inner, source)?,
        "linspace" => spacing(inner, "linspace", "start, stop, count", source, Axis::linspace)?,
        "logspace" => spacing(inner, "logspace", "a, b, count", source, Axis::logspace)?,
        _ => return file(inner, entries, expected, source),
    };
    formula(axis, expected, source, &inner.span)
}

/// Ranges and spacings run in one direction, so that their ends speak for all values.
fn formula(
    axis: Result<Axis, AxisError>,
    expected: &Expected,
    source: &Source,
    span: &Range<usize>,
) -> Result<Axis, SpecError> {
    let axis = axis.map_err(|error| refused(&error, source, span))?;
    for end in [axis.at(0), axis.at(axis.len() - 1)] {
        expected.conform(end).map_err(|message| source.error(span, message))?;
    }
    if !expected.real() {
        return Ok(axis);
    }
    axis.widened().ok_or_else(|| {
        source.error(span, format!("`{}` is real, and these integers have too many digits for that", expected.path))
    })
}

impl Spaced {
    fn axis(&self) -> Result<Axis, AxisError> {
        if self.log {
            return Axis::geomspace(self.start, self.stop, self.count);
        }
        if let Some((start, stop)) = self.integers
            && let Some(axis) = whole(start, stop, self.count)
        {
            return axis;
        }
        Axis::linspace(self.start, self.stop, self.count)
    }
}

/// `count` integers from `start` to `stop`, if they come out even.
fn whole(start: i64, stop: i64, count: u64) -> Option<Result<Axis, AxisError>> {
    let gaps = i128::from(count).checked_sub(1).filter(|gaps| *gaps > 0)?;
    let distance = i128::from(stop) - i128::from(start);
    let step = i64::try_from(distance / gaps).ok().filter(|step| *step != 0)?;
    let beyond = stop.checked_add(step.signum())?;
    (distance % gaps == 0).then(|| Axis::integers(start, beyond, step))
}

fn numbers<'a>(
    node: &'a Node,
    key: &str,
    words: &str,
    counts: &[usize],
    source: &Source,
) -> Result<&'a [Node], SpecError> {
    let hint = format!("write {{ {key} = [{words}] }}");
    let Written::Array(items) = &node.value else {
        return Err(source.error(&node.span, format!("`{key}` takes a list, not {}", node.value.kind())).hint(hint));
    };
    if let Some(odd) = items.iter().find(|item| !matches!(item.value, Written::Int(_) | Written::Float(_))) {
        return Err(source.error(&odd.span, format!("`{key}` takes numbers, not {}", odd.value.kind())).hint(hint));
    }
    if !counts.contains(&items.len()) {
        let counts = counts.iter().map(usize::to_string).collect::<Vec<_>>().join(" or ");
        let message = format!("`{key}` takes {counts} numbers, not {}", items.len());
        return Err(source.error(&node.span, message).hint(hint));
    }
    Ok(items)
}

/// A number that [`numbers`] has let through.
fn number(node: &Node) -> f64 {
    match node.value {
        Written::Int(i) => i as f64,
        Written::Float(x) => x,
        _ => f64::NAN,
    }
}

fn range(node: &Node, source: &Source) -> Result<Result<Axis, AxisError>, SpecError> {
    let items = numbers(node, "range", "start, stop, step", &[2, 3], source)?;
    let integer = |item: &Node| if let Written::Int(i) = item.value { Some(i) } else { None };
    if let Some(integers) = items.iter().map(integer).collect::<Option<Vec<i64>>>() {
        return Ok(Axis::integers(integers[0], integers[1], integers.get(2).copied().unwrap_or(1)));
    }
    Ok(Axis::reals(number(&items[0]), number(&items[1]), items.get(2).map_or(1.0, number)))
}

fn spacing(
    node: &Node,
    key: &str,
    words: &str,
    source: &Source,
    make: fn(f64, f64, u64) -> Result<Axis, AxisError>,
) -> Result<Result<Axis, AxisError>, SpecError> {
    let items = numbers(node, key, words, &[3], source)?;
    let count = match items[2].value {
        Written::Int(count) if count > 0 => count as u64,
        _ => return Err(source.error(&items[2].span, "the count of values is a whole number, 1 or more")),
    };
    Ok(make(number(&items[0]), number(&items[1]), count))
}

fn file(name: &Node, entries: &Entries, expected: &Expected, source: &Source) -> Result<Axis, SpecError> {
    let file = DataFile::new(name, entries, source)?;
    let values = match file.kind {
        FileKind::Npy => {
            let array = npy::read(&file.path).map_err(|why| file.unusable(&why))?;
            npy::along_first(&array).map_err(|why| file.unusable(&why))?
        }
        FileKind::Npz => {
            let why = "it holds one sparse matrix, which is no axis\nlist the files: [{ file = … }, { file = … }]";
            return Err(file.unusable(why));
        }
        FileKind::Csv => {
            let read_as = match expected {
                expected if expected.real() => ReadAs::Reals,
                expected if expected.text() => ReadAs::Texts,
                _ => ReadAs::Content,
            };
            match file.column(read_as)? {
                ArrayData::Bool(v) => v.into_iter().map(Value::Bool).collect(),
                ArrayData::Int64(v) => v.into_iter().map(Value::Int).collect(),
                ArrayData::Float64(v) => v.into_iter().map(Value::Float).collect(),
                ArrayData::Text(v) => v.into_iter().map(Value::Text).collect(),
                _ => Vec::new(),
            }
        }
    };
    let checked = values.into_iter().enumerate().map(|(row, value)| {
        let value = expected.conform(value).and_then(|value| check_nan(&value).map(|()| value));
        value.map_err(|message| file.unusable(&format!("value {row}: {message}")))
    });
    Axis::list(checked.collect::<Result<_, _>>()?).map_err(|error| file.unusable(&error.to_string()))
}

/// A run at NaN could not be found again by its value.
fn check_nan(value: &Value) -> Result<(), String> {
    match value {
        Value::Float(x) if x.is_nan() => Err("nan cannot be explored: it equals nothing, not even itself".into()),
        _ => Ok(()),
    }
}

fn refused(error: &AxisError, source: &Source, span: &Range<usize>) -> SpecError {
    let text = source.text().get(span.clone()).unwrap_or_default();
    let hint = match error {
        AxisError::Empty if text != "[]" && !text.contains(':') => {
            Some("the stop of a range is not part of it, and its step points from start to stop".into())
        }
        _ => None,
    };
    source.error(span, error.to_string()).maybe_hint(hint)
}
