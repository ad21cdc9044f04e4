//! [`Form`]: what a value looks like apart from its elements, and in which columns those stand.
//!
//! Dictionaries, tables and sparse matrices are taken apart, so that every part is a column of its own: a number, a
//! short text, an array of one shape, or a ragged one.

use serde::{Deserialize, Serialize};

use crate::trajectory::{
    Array, ArrayData, Complex, Compressed, Coordinates, Dict, Indices, Sparse, Structure, Table, Value,
};

use super::{
    super::decode::Why,
    elements::{Content, Kind},
};

/// What a value looks like; numbers are those of columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    /// `None`.
    Nothing,
    /// All of it stands in one column.
    Column(usize),
    /// Real and imaginary part.
    Complex(usize, usize),
    /// The entries in their order.
    Dict(Vec<(String, Form)>),
    /// The columns in their order.
    Table(Vec<(String, Form)>),
    /// The elements first, then where they stand.
    Sparse { format: String, shape: [u64; 2], parts: Vec<(String, Form)> },
}

/// Says which column a part goes to, or that there is none for it.
pub(super) type Place<'p> = dyn FnMut(&str, Content<'_>) -> Option<usize> + 'p;

impl Form {
    /// The form of `value`, where `place` finds a column for each of its parts by the end of its name.
    pub(super) fn of(value: &Value, place: &mut Place<'_>) -> Option<Self> {
        let mut named = |parts: Vec<(&str, Content<'_>)>| -> Option<Vec<(String, Self)>> {
            let parts = parts
                .into_iter()
                .map(|(name, part)| Some((name.to_owned(), Self::of_part(&format!(".{name}"), part, place)?)));
            parts.collect()
        };
        Some(match value {
            Value::Dict(dict) => Self::Dict(named(
                dict.entries().iter().map(|(key, value)| (key.as_str(), Content::Value(value))).collect(),
            )?),
            Value::Table(table) => Self::Table(named(
                table.columns().iter().map(|(name, cells)| (name.as_str(), Content::Array(cells))).collect(),
            )?),
            Value::Sparse(sparse) => Self::Sparse {
                format: sparse.structure().format().to_owned(),
                shape: sparse.shape(),
                parts: named(sparse_parts(sparse))?,
            },
            other => Self::of_part("", Content::Value(other), place)?,
        })
    }

    fn of_part(name: &str, part: Content<'_>, place: &mut Place<'_>) -> Option<Self> {
        Some(match part {
            Content::Value(Value::None) => Self::Nothing,
            Content::Value(Value::Complex(Complex { re, im })) => Self::Complex(
                place(&format!("{name}.real"), Content::Value(&Value::Float(*re)))?,
                place(&format!("{name}.imag"), Content::Value(&Value::Float(*im)))?,
            ),
            part => Self::Column(place(name, part)?),
        })
    }

    /// Whether `value` looks like this, where `kinds` tells what stands in a column.
    pub(super) fn fits<'k>(&self, value: &Value, kinds: &impl Fn(usize) -> &'k Kind) -> bool {
        match (self, value) {
            (Self::Column(at), value) => kinds(*at).takes(Content::Value(value)),
            (Self::Nothing, Value::None) | (Self::Complex(..), Value::Complex(_)) => true,
            (Self::Dict(parts), Value::Dict(dict)) => {
                parts.len() == dict.entries().len()
                    && parts
                        .iter()
                        .zip(dict.entries())
                        .all(|((name, form), (key, value))| name == key.as_str() && form.fits(value, kinds))
            }
            (Self::Table(parts), Value::Table(table)) => {
                parts.len() == table.columns().len()
                    && parts.iter().zip(table.columns()).all(|((name, form), (column, cells))| {
                        name == column && form.fits_part(Content::Array(cells), kinds)
                    })
            }
            (Self::Sparse { format, shape, parts }, Value::Sparse(sparse)) => {
                format == sparse.structure().format()
                    && *shape == sparse.shape()
                    && parts.iter().zip(sparse_parts(sparse)).all(|((_, form), (_, part))| form.fits_part(part, kinds))
            }
            _ => false,
        }
    }

    fn fits_part<'k>(&self, part: Content<'_>, kinds: &impl Fn(usize) -> &'k Kind) -> bool {
        matches!(self, Self::Column(at) if kinds(*at).takes(part))
    }

    /// Hands every part of `value`, which fits, to `put` with its column.
    pub(super) fn each<E>(
        &self,
        value: &Value,
        put: &mut dyn FnMut(usize, Content<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        match (self, value) {
            (Self::Column(at), value) => put(*at, Content::Value(value)),
            (Self::Complex(re, im), Value::Complex(c)) => {
                put(*re, Content::Value(&Value::Float(c.re)))?;
                put(*im, Content::Value(&Value::Float(c.im)))
            }
            (Self::Dict(parts), Value::Dict(dict)) => {
                parts.iter().zip(dict.entries()).try_for_each(|((_, form), (_, value))| form.each(value, put))
            }
            (Self::Table(parts), Value::Table(table)) => parts
                .iter()
                .zip(table.columns())
                .try_for_each(|((_, form), (_, cells))| form.each_part(Content::Array(cells), put)),
            (Self::Sparse { parts, .. }, Value::Sparse(sparse)) => {
                parts.iter().zip(sparse_parts(sparse)).try_for_each(|((_, form), (_, part))| form.each_part(part, put))
            }
            _ => Ok(()),
        }
    }

    fn each_part<E>(
        &self,
        part: Content<'_>,
        put: &mut dyn FnMut(usize, Content<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Self::Column(at) = self { put(*at, part) } else { Ok(()) }
    }

    /// The columns in which parts of it stand.
    pub(super) fn columns(&self, add: &mut impl FnMut(usize)) {
        match self {
            Self::Nothing => {}
            Self::Column(at) => add(*at),
            Self::Complex(re, im) => [*re, *im].into_iter().for_each(add),
            Self::Dict(parts) | Self::Table(parts) | Self::Sparse { parts, .. } => {
                for (_, form) in parts {
                    let mut own = Vec::new();
                    form.simple_columns(&mut own);
                    own.into_iter().for_each(&mut *add);
                }
            }
        }
    }

    fn simple_columns(&self, columns: &mut Vec<usize>) {
        match self {
            Self::Column(at) => columns.push(*at),
            Self::Complex(re, im) => columns.extend([*re, *im]),
            // Nothing lies deeper: dictionaries hold neither tables nor dictionaries.
            _ => {}
        }
    }

    /// The value of this form, of whose parts `cell` reads those in columns.
    pub(super) fn value(&self, cell: &mut dyn FnMut(usize) -> Result<Value, Why>) -> Result<Value, Why> {
        Ok(match self {
            Self::Nothing => Value::None,
            Self::Column(at) => cell(*at)?,
            Self::Complex(re, im) => match (cell(*re)?, cell(*im)?) {
                (Value::Float(re), Value::Float(im)) => Value::Complex(Complex { re, im }),
                _ => return Err("the parts of a complex number are no reals".into()),
            },
            Self::Dict(parts) => {
                let entries = parts.iter().map(|(name, form)| Ok((name.clone(), form.value(cell)?)));
                Value::Dict(Dict::new(entries.collect::<Result<_, Why>>()?).map_err(|error| error.to_string())?)
            }
            Self::Table(parts) => {
                let columns = arrays(parts, cell)?;
                Value::Table(Table::new(columns).map_err(|error| error.to_string())?)
            }
            Self::Sparse { format, shape, parts } => Value::Sparse(sparse(format, *shape, arrays(parts, cell)?)?),
        })
    }
}

fn arrays(
    parts: &[(String, Form)],
    cell: &mut dyn FnMut(usize) -> Result<Value, Why>,
) -> Result<Vec<(String, Array)>, Why> {
    let array = |(name, form): &(String, Form)| match form.value(cell)? {
        Value::Array(array) => Ok((name.clone(), array)),
        other => Err(format!("its part `{name}` is a {}", other.type_name())),
    };
    parts.iter().map(array).collect()
}

fn sparse_parts(sparse: &Sparse) -> Vec<(&str, Content<'_>)> {
    let places = sparse.structure().parts().into_iter().map(|(name, indices)| (name, Content::Indices(indices)));
    std::iter::once(("data", Content::Array(sparse.data()))).chain(places).collect()
}

fn sparse(format: &str, shape: [u64; 2], parts: Vec<(String, Array)>) -> Result<Sparse, Why> {
    let mut parts = parts.into_iter().map(|(_, array)| array);
    let mut next = || parts.next().ok_or_else(|| "a sparse matrix lacks a part".to_owned());
    let data = next()?;
    let mut indices = || match next()?.into_parts().1 {
        ArrayData::Int32(v) => Ok(Indices::Int32(v)),
        ArrayData::Int64(v) => Ok(Indices::Int64(v)),
        _ => Err("a part of a sparse matrix holds no indices".to_owned()),
    };
    let structure = match format {
        "coo" => Structure::Coo(Coordinates { row: indices()?, col: indices()? }),
        "dia" => Structure::Dia(indices()?),
        "csr" | "csc" | "bsr" => {
            let parts = Compressed { indices: indices()?, indptr: indices()? };
            match format {
                "csr" => Structure::Csr(parts),
                "csc" => Structure::Csc(parts),
                _ => Structure::Bsr(parts),
            }
        }
        other => return Err(format!("the format of a sparse matrix is {other}, which is not known here")),
    };
    Sparse::new(shape, data, structure).map_err(|error| error.to_string())
}
