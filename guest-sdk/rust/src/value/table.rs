//! Values with named parts: tables and dictionaries.

use alloc::{format, string::String, vec::Vec};

use super::{Column, Element, Entry, FromValue, IntoArray, IntoPlain, IntoValue, Mismatch, Table, Value};

impl Table {
    /// A table without columns.
    pub fn new() -> Self {
        Self { columns: Vec::new() }
    }

    /// Adds a column. The host refuses columns of unequal length and names that occur twice.
    #[must_use]
    pub fn column(mut self, name: impl Into<String>, cells: impl IntoArray) -> Self {
        self.columns.push(Column { name: name.into(), cells: cells.into_array() });
        self
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.columns.first().and_then(|column| column.cells.shape.first().copied()).unwrap_or(0)
    }

    /// The cells of a column in the order of its rows; those of one row follow each other where cells are arrays.
    ///
    /// # Errors
    /// There is no such column, or its cells are no `T`.
    pub fn get<T: Element>(&self, name: &str) -> Result<Vec<T>, Mismatch> {
        match self.columns.iter().find(|column| column.name == name) {
            Some(column) => T::unpack(column.cells.data.clone()),
            None => Err(Mismatch::new(format!("has no column `{name}`"))),
        }
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

impl IntoValue for Table {
    fn into_value(self) -> Value {
        Value::Table(self)
    }
}

impl FromValue for Table {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Table(table) => Ok(table),
            other => Err(Mismatch::wanted("a table", &other)),
        }
    }
}

/// A dictionary. Dots in a key nest: `a.b` is entry `b` of the dictionary `a`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dictionary {
    /// The entries, in the order in which they were made.
    pub entries: Vec<Entry>,
}

impl Dictionary {
    /// A dictionary without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry. The host refuses a key that occurs twice.
    #[must_use]
    pub fn entry(mut self, key: impl Into<String>, value: impl IntoPlain) -> Self {
        self.entries.push(Entry { key: key.into(), value: value.into_plain() });
        self
    }

    /// Adds all entries of `inner` below `key`.
    #[must_use]
    pub fn nested(mut self, key: &str, inner: Dictionary) -> Self {
        self.entries.extend(
            inner.entries.into_iter().map(|Entry { key: below, value }| Entry { key: format!("{key}.{below}"), value }),
        );
        self
    }

    /// The entry `key`, with dots for nested ones.
    ///
    /// # Errors
    /// There is no such entry, or it is no `T`.
    pub fn get<T: FromValue>(&self, key: &str) -> Result<T, Mismatch> {
        match self.entries.iter().find(|entry| entry.key == key) {
            Some(entry) => T::from_value(Value::Plain(entry.value.clone())),
            None => Err(Mismatch::new(format!("has no entry `{key}`"))),
        }
    }
}

impl IntoValue for Dictionary {
    fn into_value(self) -> Value {
        Value::Dictionary(self.entries)
    }
}

impl FromValue for Dictionary {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Dictionary(entries) => Ok(Self { entries }),
            other => Err(Mismatch::wanted("a dictionary", &other)),
        }
    }
}
