//! From [`Node`] to [`Value`]: scalars, lists, and the tables that say what TOML has no words for.

use super::{
    array, column,
    error::SpecError,
    node::{Entries, Node, Written},
    npy,
    refusal::suggestion,
    source::Source,
};
use crate::trajectory::{ArrayData, Complex, Dict, Sequence, Table, Value, check_class_name};

/// Keys that make a table a value; every other table is a group.
pub(super) const FORMS: [&str; 8] = ["value", "file", "complex", "array", "tuple", "bytes", "dict", "table"];

/// A value with what was said about it.
#[derive(Debug)]
pub(super) struct Described {
    pub value: Value,
    pub unit: Option<String>,
    pub comment: Option<String>,
    /// The class that stores it.
    pub class: Option<String>,
}

/// Reads the value of a parameter, which may carry a unit, a comment and a class.
pub(super) fn described(node: &Node, source: &Source) -> Result<Described, SpecError> {
    let Written::Table(entries) = &node.value else {
        return Ok(Described { value: value(node, source)?, unit: None, comment: None, class: None });
    };
    let text = |key: &str| match entries.get(key) {
        None => Ok(None),
        Some(Node { value: Written::Text(text), .. }) => Ok(Some(text.clone())),
        Some(other) => {
            Err(source.error(&other.span, format!("`{key}` takes text in quotes, not {}", other.value.kind())))
        }
    };
    let (unit, comment, class) = (text("unit")?, text("comment")?, text("class")?);
    if let (Some(class), Some(node)) = (&class, entries.get("class"))
        && class != "ArrayParameter"
        && class != "Parameter"
    {
        check_class_name(class).map_err(|error| {
            let message = format!("`class` names no class that can store it: {error}");
            source.error(&node.span, message).hint("name one of `dynamically_imported_classes`, or \"ArrayParameter\"")
        })?;
    }
    Ok(Described { value: form(node, entries, &["unit", "comment", "class"], source)?, unit, comment, class })
}

/// Reads a value that stands alone.
pub(super) fn value(node: &Node, source: &Source) -> Result<Value, SpecError> {
    match &node.value {
        Written::Bool(b) => Ok(Value::Bool(*b)),
        Written::Int(i) => Ok(Value::Int(*i)),
        Written::Float(x) => Ok(Value::Float(*x)),
        Written::Text(s) => Ok(Value::Text(s.clone())),
        Written::Array(items) => sequence(items, source).map(Value::List),
        Written::Table(entries) => form(node, entries, &[], source),
    }
}

fn form(node: &Node, entries: &Entries, also: &[&str], source: &Source) -> Result<Value, SpecError> {
    let mut forms = entries.0.iter().filter(|(key, _)| FORMS.contains(&key.value.as_str()));
    let Some((key, inner)) = forms.next() else {
        let wrong = entries.0.iter().find(|(key, _)| !also.contains(&key.value.as_str()));
        let hint = match wrong.and_then(|(key, _)| similar_form(&key.value)) {
            Some(form) => format!("did you mean `{form}`?"),
            None => format!("write {{ value = … }}, or one of {}", FORMS[1..].join(", ")),
        };
        let span = wrong.map_or(&node.span, |(key, _)| &key.span);
        return Err(source.error(span, "this table does not say what its value is").hint(hint));
    };
    if let Some((second, _)) = forms.next() {
        let message = format!("`{}` and `{}` cannot both be the value", key.value, second.value);
        return Err(source.error(&second.span, message).hint("keep one of them"));
    }
    let own: &[&str] = match key.value.as_str() {
        "file" => &["file", "column"],
        "array" => &["array", "dtype"],
        _ => &[],
    };
    let known = |name: &str| name == key.value || own.contains(&name) || also.contains(&name);
    if let Some((unknown, _)) = entries.0.iter().find(|(name, _)| !known(&name.value)) {
        let known: Vec<&str> = own.iter().chain(also).copied().filter(|name| *name != key.value).collect();
        let message = format!("unknown key `{}` beside `{}`", unknown.value, key.value);
        return Err(source.error(&unknown.span, message).maybe_hint(suggestion(&unknown.value, &known)));
    }
    match key.value.as_str() {
        "value" => value(inner, source),
        "file" => file(inner, entries, source),
        "complex" => complex(inner, source),
        "array" => array::array(inner, entries.get("dtype"), source).map(Value::Array),
        "tuple" => list(inner, "tuple", source).and_then(|items| sequence(items, source)).map(Value::Tuple),
        "bytes" => bytes(inner, source),
        "dict" => dict(inner, source),
        _ => table(inner, source),
    }
}

/// A form that `key` may be a misspelling of.
pub(super) fn similar_form(key: &str) -> Option<&'static str> {
    let likeness = |form: &&str| strsim::damerau_levenshtein(key, form);
    FORMS.into_iter().min_by_key(likeness).filter(|form| likeness(form) <= 2 && key.len() > 2)
}

fn list<'a>(node: &'a Node, key: &str, source: &Source) -> Result<&'a [Node], SpecError> {
    match &node.value {
        Written::Array(items) => Ok(items),
        other => Err(source.error(&node.span, format!("`{key}` takes a list, not {}", other.kind()))),
    }
}

fn complex(node: &Node, source: &Source) -> Result<Value, SpecError> {
    let number = |node: &Node| match node.value {
        Written::Float(x) => Some(x),
        Written::Int(i) => crate::trajectory::exact_double(i),
        _ => None,
    };
    if let Written::Array(parts) = &node.value
        && let [re, im] = parts.as_slice()
        && let (Some(re), Some(im)) = (number(re), number(im))
    {
        return Ok(Value::Complex(Complex { re, im }));
    }
    Err(source.error(&node.span, "a complex number has two parts").hint("write { complex = [real, imaginary] }"))
}

fn bytes(node: &Node, source: &Source) -> Result<Value, SpecError> {
    let Written::Text(text) = &node.value else {
        return Err(source.error(&node.span, format!("`bytes` takes text in quotes, not {}", node.value.kind())));
    };
    hexadecimal(text).map(Value::Bytes).ok_or_else(|| {
        source.error(&node.span, "this is not hexadecimal").hint("write two digits for each byte, such as \"00ff7f\"")
    })
}

/// Two digits for each byte.
pub(super) fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// Values of one type in a row.
pub(super) fn sequence(items: &[Node], source: &Source) -> Result<Sequence, SpecError> {
    let Some(first_node) = items.first() else { return Ok(Sequence::Empty) };
    /// Collects the items, if all of them are like the first.
    macro_rules! collect {
        ($variant:ident, $make:path) => {{
            let mut collected = Vec::with_capacity(items.len());
            for item in items {
                match value(item, source)? {
                    Value::$variant(x) => collected.push(x),
                    odd => {
                        let first = value(first_node, source)?;
                        return Err(mixed(&first, &odd, item, source));
                    }
                }
            }
            Ok($make(collected))
        }};
    }
    match value(first_node, source)? {
        Value::Bool(_) => collect!(Bool, Sequence::Bools),
        Value::Int(_) => collect!(Int, Sequence::Ints),
        Value::Float(_) => collect!(Float, Sequence::Floats),
        Value::Complex(_) => collect!(Complex, Sequence::Complexes),
        Value::Text(_) => collect!(Text, Sequence::Texts),
        Value::Bytes(_) => collect!(Bytes, Sequence::Bytes),
        Value::List(_) => Err(source
            .error(&first_node.span, "lists do not stand inside of lists")
            .hint("write { array = [[1, 2], [3, 4]] } for an array")),
        other => {
            Err(source.error(&first_node.span, format!("a list cannot hold a value of type {}", other.type_name())))
        }
    }
}

/// The message for two types where one is needed.
pub(super) fn mixed(first: &Value, odd: &Value, item: &Node, source: &Source) -> SpecError {
    let describe = |value: &Value| format!("{} ({})", value.repr(24), value.type_name());
    let message =
        format!("{} stands in a list that begins with {}; a list has one type", describe(odd), describe(first));
    let hint = match (first, odd) {
        (Value::Float(_), Value::Int(i)) => Some(format!("write {i}.0")),
        (Value::Int(i), Value::Float(_)) => Some(format!("write {i}.0 for the first one, and so on")),
        _ => None,
    };
    source.error(&item.span, message).maybe_hint(hint)
}

fn dict(node: &Node, source: &Source) -> Result<Value, SpecError> {
    let Written::Table(entries) = &node.value else {
        return Err(source.error(&node.span, format!("`dict` takes a table, not {}", node.value.kind())));
    };
    let mut flat = Vec::new();
    flatten(entries, "", source, &mut flat)?;
    Dict::new(flat).map(Value::Dict).map_err(|error| source.error(&node.span, error.to_string()))
}

/// Nested tables become dots in keys.
fn flatten(entries: &Entries, prefix: &str, source: &Source, flat: &mut Vec<(String, Value)>) -> Result<(), SpecError> {
    for (key, node) in &entries.0 {
        let name = format!("{prefix}{}", key.value);
        match &node.value {
            Written::Table(inner) if !inner.0.iter().any(|(key, _)| FORMS.contains(&key.value.as_str())) => {
                flatten(inner, &format!("{name}."), source, flat)?;
            }
            _ => flat.push((name, value(node, source)?)),
        }
    }
    Ok(())
}

fn table(node: &Node, source: &Source) -> Result<Value, SpecError> {
    let Written::Table(entries) = &node.value else {
        return Err(source.error(&node.span, format!("`table` takes a table of columns, not {}", node.value.kind())));
    };
    let mut columns = Vec::new();
    for (name, node) in &entries.0 {
        let cells = match &node.value {
            Written::Table(_) => match value(node, source)? {
                Value::Array(cells) => cells,
                other => {
                    let message = format!("a column is a list or an array, not of type {}", other.type_name());
                    return Err(source.error(&node.span, message));
                }
            },
            _ => array::array(node, None, source)?,
        };
        columns.push((name.value.clone(), cells));
    }
    Table::new(columns).map(Value::Table).map_err(|error| source.error(&node.span, error.to_string()))
}

/// `{ file = "weights.npy" }`, or a column of a `.csv` file: an array. `{ file = "weights.npz" }`: a sparse matrix.
fn file(name: &Node, entries: &Entries, source: &Source) -> Result<Value, SpecError> {
    let file = DataFile::new(name, entries, source)?;
    let array = match file.kind {
        FileKind::Npz => return npy::sparse(&file.path).map(Value::Sparse).map_err(|why| file.unusable(&why)),
        FileKind::Npy => npy::read(&file.path).map_err(|why| file.unusable(&why))?,
        FileKind::Csv => {
            let data = file.column(column::ReadAs::Content)?;
            crate::trajectory::Array::flat(data).map_err(|error| file.unusable(&error.to_string()))?
        }
    };
    Ok(Value::Array(array))
}

/// A data file that a spec names.
pub(super) struct DataFile<'a> {
    pub kind: FileKind,
    pub path: std::path::PathBuf,
    name: &'a Node,
    column: Option<(&'a Node, &'a str)>,
    source: &'a Source,
}

/// What kind of file it is, by its ending.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    Npy,
    Npz,
    Csv,
}

impl<'a> DataFile<'a> {
    pub fn new(name: &'a Node, entries: &'a Entries, source: &'a Source) -> Result<Self, SpecError> {
        let text = |node: &'a Node, key: &str| match &node.value {
            Written::Text(text) => Ok(text.as_str()),
            other => Err(source.error(&node.span, format!("`{key}` takes text in quotes, not {}", other.kind()))),
        };
        let path = source.resolve(text(name, "file")?);
        let column = entries.get("column").map(|node| Ok((node, text(node, "column")?))).transpose()?;
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        let kind = match ending.as_str() {
            "npy" => FileKind::Npy,
            "npz" => FileKind::Npz,
            "csv" => FileKind::Csv,
            _ => {
                let message = "this kind of file is not known";
                return Err(source.error(&name.span, message).hint("data comes from .npy, .npz and .csv files"));
            }
        };
        if let (FileKind::Npy | FileKind::Npz, Some((node, _))) = (kind, column) {
            let message = format!("a .{ending} file has no columns");
            return Err(source.error(&node.span, message).hint("leave `column` out, or name a .csv file"));
        }
        Ok(Self { kind, path, name, column, source })
    }

    /// The column of a `.csv` file.
    pub fn column(&self, read_as: column::ReadAs) -> Result<ArrayData, SpecError> {
        column::read(&self.path, self.column.map(|(_, name)| name), read_as).map_err(|error| {
            match (error, self.column) {
                (column::ColumnError::Unusable(why), _) => self.unusable(&why),
                (column::ColumnError::NoSuchColumn { known }, Some((node, name))) => {
                    let message = format!("`{}` has no column `{name}`", self.path.display());
                    let known: Vec<&str> = known.iter().map(String::as_str).take(20).collect();
                    self.source.error(&node.span, message).maybe_hint(suggestion(name, &known))
                }
                (column::ColumnError::NoSuchColumn { known }, None) => {
                    let message = format!("which column of `{}`?", self.path.display());
                    let known = known.iter().take(20).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                    self.source.error(&self.name.span, message).hint(format!("add `column`; it has {known}"))
                }
            }
        })
    }

    /// The message for a file that is missing or broken.
    pub fn unusable(&self, why: &str) -> SpecError {
        let (why, hint) = why.split_once('\n').map_or((why, None), |(why, hint)| (why, Some(hint.to_owned())));
        let message = format!("`{}` cannot be used: {why}", self.path.display());
        self.source.error(&self.name.span, message).maybe_hint(hint)
    }
}
