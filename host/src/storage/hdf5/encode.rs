//! From values to what stands in the file, such that pypet reads the nearest thing that Python has.

use std::borrow::Cow;

use crate::trajectory::{Array, ArrayData, Complex, Dict, NodePath, Sequence, Sparse, Table, Value};

use super::cells::{Cells, Collection, Element};

/// The shape that a value takes in the file.
#[derive(Debug)]
pub(super) enum Form<'a> {
    /// One dataset.
    Cells(Cells<'a>),
    /// One table of columns with equally many rows.
    Table(Vec<(&'a str, Column<'a>)>),
    /// A dictionary, as one row of a table.
    Row(Vec<(&'a str, Cells<'a>)>),
    /// `{}`, which pypet stores as an empty array.
    EmptyDict,
    /// The text of SciPy's file.
    Sparse(&'a Sparse),
    /// A node for each part, in a group that says what they are parts of.
    Group(&'static str, Vec<(&'a str, Cow<'a, Value>)>),
}

/// A column of a table.
#[derive(Debug)]
pub(super) enum Column<'a> {
    /// Its cells, with the rows as first dimension.
    Cells(Cells<'a>),
    /// Cells of a shape without elements, which HDF5 has no type for.
    Hollow { shape: Vec<u64>, dtype: &'static str },
}

/// More columns make PyTables slow and warn; pypet splits them as well.
const MAX_COLUMNS: usize = 512;
/// A larger row does not fit into the buffers of PyTables.
const MAX_ROW: usize = 1 << 20;
/// Cells that stand for nothing; nobody has handed over as many bytes.
const MAX_HOLLOW: u64 = 1 << 16;
/// Descriptions of types must fit into one message of an object header.
const MAX_DESCRIPTION: usize = 60_000;

/// How `value` stands in the file.
pub(super) fn form(value: &Value) -> Form<'_> {
    match value {
        Value::Table(table) => table_form(table),
        Value::Dict(dict) => dict_form(dict),
        Value::Sparse(sparse) => Form::Sparse(sparse),
        simple => Form::Cells(cells(simple).expect("everything else has cells")),
    }
}

/// The elements of anything but a table, a dictionary or a sparse matrix.
pub(super) fn cells(value: &Value) -> Option<Cells<'_>> {
    Some(match value {
        Value::None => Cells { none: true, ..Cells::scalar(Element::FLOAT, "float", bytes_of(&[f64::NAN]).to_vec()) },
        Value::Bool(b) => Cells::scalar(Element::Bool, "bool", vec![u8::from(*b)]),
        Value::Int(i) => Cells::scalar(Element::INT, "int", i.to_ne_bytes().to_vec()),
        Value::Float(x) => Cells::scalar(Element::FLOAT, "float", x.to_ne_bytes().to_vec()),
        Value::Complex(c) => Cells::scalar(Element::COMPLEX, "complex", bytes_of(&[c.re, c.im]).to_vec()),
        Value::Text(text) => {
            let cells = Cells::texts(&[text], true).collected(Collection::Scalar, Some("str"));
            Cells { shape: Vec::new(), ..cells }
        }
        Value::Bytes(bytes) => {
            let cells = Cells::texts(&[bytes], false).collected(Collection::Scalar, Some("bytes"));
            Cells { shape: Vec::new(), ..cells }
        }
        Value::Array(array) => array_cells(array),
        Value::List(sequence) => sequence_cells(sequence, Collection::List),
        Value::Tuple(sequence) => sequence_cells(sequence, Collection::Tuple),
        Value::Table(_) | Value::Dict(_) | Value::Sparse(_) => return None,
    })
}

/// The elements of an array, borrowed where they are numbers.
pub(super) fn array_cells(array: &Array) -> Cells<'_> {
    let plain = |element: Element, bytes| Cells {
        element,
        shape: array.shape().to_vec(),
        bytes: Cow::Borrowed(bytes),
        collection: Collection::Array,
        scalar: None,
        lengths: None,
        none: false,
    };
    let int = |bytes, signed| Element::Int { bytes, signed };
    match array.data() {
        ArrayData::Bool(v) => Cells { bytes: v.iter().map(|b| u8::from(*b)).collect(), ..plain(Element::Bits, &[]) },
        ArrayData::Int8(v) => plain(int(1, true), bytes_of(v)),
        ArrayData::Int16(v) => plain(int(2, true), bytes_of(v)),
        ArrayData::Int32(v) => plain(int(4, true), bytes_of(v)),
        ArrayData::Int64(v) => plain(int(8, true), bytes_of(v)),
        ArrayData::UInt8(v) => plain(int(1, false), v),
        ArrayData::UInt16(v) => plain(int(2, false), bytes_of(v)),
        ArrayData::UInt32(v) => plain(int(4, false), bytes_of(v)),
        ArrayData::UInt64(v) => plain(int(8, false), bytes_of(v)),
        ArrayData::Float32(v) => plain(Element::Float { bytes: 4 }, bytes_of(v)),
        ArrayData::Float64(v) => plain(Element::FLOAT, bytes_of(v)),
        ArrayData::Complex64(v) => plain(Element::Complex { bytes: 4 }, bytes_of(v)),
        ArrayData::Complex128(v) => plain(Element::COMPLEX, bytes_of(v)),
        ArrayData::Text(v) => Cells { shape: array.shape().to_vec(), ..Cells::texts(v, true) },
    }
}

/// The elements of a list or tuple.
fn sequence_cells(sequence: &Sequence, collection: Collection) -> Cells<'_> {
    let plain = |element: Element, scalar, bytes: Cow<'_, [u8]>| Cells {
        element,
        shape: vec![sequence.len() as u64],
        bytes: Cow::Owned(bytes.into_owned()),
        collection,
        scalar,
        lengths: None,
        none: false,
    };
    match sequence {
        // As pypet stores it: reals, of which there are none.
        Sequence::Empty => plain(Element::FLOAT, None, Cow::Borrowed(&[])),
        Sequence::Bools(v) => plain(Element::Bool, Some("bool"), v.iter().map(|b| u8::from(*b)).collect()),
        Sequence::Ints(v) => plain(Element::INT, Some("int"), bytes_of(v).into()),
        Sequence::Floats(v) => plain(Element::FLOAT, Some("float"), bytes_of(v).into()),
        Sequence::Complexes(v) => {
            let parts: Vec<f64> = v.iter().flat_map(|Complex { re, im }| [*re, *im]).collect();
            plain(Element::COMPLEX, Some("complex"), bytes_of(&parts).into())
        }
        Sequence::Texts(v) => Cells::texts(v, true).collected(collection, Some("str")),
        Sequence::Bytes(v) => Cells::texts(v, false).collected(collection, Some("bytes")),
    }
}

fn table_form(table: &Table) -> Form<'_> {
    let mut columns = Vec::with_capacity(table.columns().len());
    for (name, array) in table.columns() {
        if array.shape()[1..].contains(&0) {
            columns
                .push((name.as_str(), Column::Hollow { shape: array.shape().to_vec(), dtype: array.data().dtype() }));
            continue;
        }
        let cells = array_cells(array);
        // One-dimensional columns are single values in each row, which pypet names by NumPy's types.
        let cells = match array.shape() {
            [_] => {
                let element = if cells.element == Element::Bits { Element::Bool } else { cells.element };
                Cells { element, ..cells.collected(Collection::Scalar, Some(array.data().dtype())) }
            }
            _ => cells,
        };
        columns.push((name.as_str(), Column::Cells(cells)));
    }
    let types = columns.iter().map(|(name, column)| match column {
        Column::Cells(cells) => (*name, cells.element, &cells.shape[1..]),
        Column::Hollow { .. } => (*name, Element::Bool, &[][..]),
    });
    let hollow = columns.iter().filter(|(_, column)| matches!(column, Column::Hollow { .. })).count() as u64;
    if fits(types) && hollow.saturating_mul(table.rows()) <= MAX_HOLLOW {
        return Form::Table(columns);
    }
    let parts = table.columns().iter();
    Form::Group("table", parts.map(|(name, array)| (name.as_str(), Cow::Owned(Value::Array(array.clone())))).collect())
}

fn dict_form(dict: &Dict) -> Form<'_> {
    let entries = dict.entries();
    if entries.is_empty() {
        return Form::EmptyDict;
    }
    let row: Option<Vec<(&str, Cells<'_>)>> = entries
        .iter()
        .map(|(key, value)| {
            let cells = cells(value)?;
            let in_a_row = is_column_name(key) && !cells.none && cells.count() > 0 && cells.lengths.is_none();
            // An array without dimensions would come back as a single value.
            let in_a_row = in_a_row && (cells.collection != Collection::Array || !cells.shape.is_empty());
            in_a_row.then_some((key.as_str(), cells))
        })
        .collect();
    match row {
        Some(row) if fits(row.iter().map(|(name, cells)| (*name, cells.element, &cells.shape[..]))) => Form::Row(row),
        _ => Form::Group("dict", entries.iter().map(|(key, value)| (key.as_str(), Cow::Borrowed(value))).collect()),
    }
}

/// Whether PyTables can have a column of this name.
fn is_column_name(key: &NodePath) -> bool {
    !key.as_str().contains('.')
}

/// Whether fields of these types fit into one compound type that PyTables handles.
fn fits<'a>(fields: impl Iterator<Item = (&'a str, Element, &'a [u64])>) -> bool {
    let (mut count, mut row, mut description) = (0usize, 0u64, 0usize);
    for (name, element, shape) in fields {
        let elements = shape.iter().fold(1u64, |n, &d| n.saturating_mul(d));
        if is_nested(element, shape) {
            return false;
        }
        count += 1;
        row = row.saturating_add(elements.saturating_mul(element.size() as u64));
        // What the description of a field takes at most: name, offset, and a complex type with its parts.
        description += name.len() + 80 + 4 * shape.len();
    }
    count <= MAX_COLUMNS && row <= MAX_ROW as u64 && description <= MAX_DESCRIPTION
}

/// Whether a field would be an array of compounds, over which netCDF4 refuses the whole file.
pub(super) fn is_nested(element: Element, shape: &[u64]) -> bool {
    matches!(element, Element::Complex { .. }) && !shape.is_empty()
}

/// Types whose every byte is part of the value.
pub(super) trait Plain: Copy {}
impl Plain for i8 {}
impl Plain for i16 {}
impl Plain for i32 {}
impl Plain for i64 {}
impl Plain for u16 {}
impl Plain for u32 {}
impl Plain for u64 {}
impl Plain for f32 {}
impl Plain for f64 {}

/// The memory of `numbers`.
pub(super) fn bytes_of<T: Plain>(numbers: &[T]) -> &[u8] {
    // SAFETY: the numbers have no padding, and any byte is a valid `u8`.
    unsafe { std::slice::from_raw_parts(numbers.as_ptr().cast(), size_of_val(numbers)) }
}
