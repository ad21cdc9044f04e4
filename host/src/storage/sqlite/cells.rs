//! Values as columns of a row: `value`, `text`, `type`, `layout`, `data`.

use rusqlite::{
    Row,
    types::{Value as Sql, ValueRef},
};

use crate::{
    storage::plain::{Layout, Plain},
    trajectory::Value,
};

/// The most of a value's text, in characters, where it stands for the value.
const SHORT: usize = 200;
/// The most of a parameter's text, in characters.
const LONG: usize = 4096;

/// The columns that [`read`] takes, in their order.
pub(super) const COLUMNS: &str = "value, type, layout, data";

/// A value as the columns of a row.
pub(super) struct Cells {
    /// What SQL can calculate with; NULL if it cannot.
    pub(super) value: Sql,
    /// What is NULL there, in Python's words.
    pub(super) text: Option<String>,
    /// The type.
    pub(super) kind: &'static str,
    /// How to read the data, as JSON.
    pub(super) layout: Option<String>,
    /// Everything that is not in `value`.
    pub(super) data: Sql,
}

impl Cells {
    /// The columns of `value`.
    pub(super) fn of(value: &Value) -> Self {
        let native = |value, kind| Self { value, text: None, kind, layout: None, data: Sql::Null };
        match value {
            Value::Bool(b) => return native(Sql::Integer((*b).into()), "bool"),
            Value::Int(i) => return native(Sql::Integer(*i), "int"),
            // SQLite makes NULL of NaN.
            Value::Float(x) if !x.is_nan() => return native(Sql::Real(*x), "float"),
            Value::Text(text) => return native(Sql::Text(text.clone()), "str"),
            Value::Bytes(bytes) => return native(Sql::Blob(bytes.clone()), "bytes"),
            Value::None
            | Value::Float(_)
            | Value::Complex(_)
            | Value::Array(_)
            | Value::List(_)
            | Value::Tuple(_)
            | Value::Table(_)
            | Value::Dict(_)
            | Value::Sparse(_) => {}
        }
        let plain = Plain::of(value);
        let data = match (&plain.layout, plain.data) {
            (None, _) => Sql::Null,
            (Some(layout), data) if layout.is_text() => String::from_utf8(data).map_or(Sql::Null, Sql::Text),
            (Some(_), data) => Sql::Blob(data),
        };
        let layout = plain.layout.map(|layout| serde_json::to_string(&layout).expect("a layout is JSON"));
        Self { value: Sql::Null, text: Some(value.repr(SHORT)), kind: plain.kind, layout, data }
    }

    /// The columns of the value of a parameter, whose text is never missing.
    pub(super) fn of_parameter(value: &Value) -> Self {
        Self { text: Some(value.repr(LONG)), ..Self::of(value) }
    }
}

/// A value from [`COLUMNS`], which begin at column `at`; or why it is none.
pub(super) fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Result<Value, String>> {
    let (value, kind) = (row.get_ref(at)?, row.get::<_, String>(at + 1)?);
    let found = match (kind.as_str(), value) {
        ("bool", ValueRef::Integer(i @ 0..=1)) => Ok(Value::Bool(i == 1)),
        ("int", ValueRef::Integer(i)) => Ok(Value::Int(i)),
        ("float", ValueRef::Real(x)) => Ok(Value::Float(x)),
        ("str", ValueRef::Text(text)) => {
            std::str::from_utf8(text).map(|text| Value::Text(text.to_owned())).map_err(|_| "it is no Unicode".into())
        }
        ("bytes", ValueRef::Blob(bytes)) => Ok(Value::Bytes(bytes.to_vec())),
        ("str" | "bytes", _) => wrong(&kind, value),
        (_, ValueRef::Null) => plain(&kind, row.get_ref(at + 2)?, row.get_ref(at + 3)?),
        _ => wrong(&kind, value),
    };
    Ok(found)
}

fn wrong(kind: &str, value: ValueRef<'_>) -> Result<Value, String> {
    Err(format!("it is of type {kind} but stored as {}", value.data_type()))
}

fn plain(kind: &str, layout: ValueRef<'_>, data: ValueRef<'_>) -> Result<Value, String> {
    let layout: Option<Layout> = match layout {
        ValueRef::Null => None,
        ValueRef::Text(text) => {
            Some(serde_json::from_slice(text).map_err(|error| format!("its layout cannot be read: {error}"))?)
        }
        other => return Err(format!("its layout is stored as {}", other.data_type())),
    };
    match data {
        ValueRef::Null => Plain::read(kind, layout.as_ref(), &[]),
        ValueRef::Blob(data) | ValueRef::Text(data) => Plain::read(kind, layout.as_ref(), data),
        other => Err(format!("its data is stored as {}", other.data_type())),
    }
}
