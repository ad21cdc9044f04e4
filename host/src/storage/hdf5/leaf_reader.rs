//! Reading leaves: ours exactly, pypet's as far as their classes and types are known here.

use std::collections::BTreeMap;

use crate::{
    storage::{
        ExploredItems, Leaf,
        reading::{TOO_DEEP, is_too_deep},
    },
    trajectory::{Array, Dict, Value, is_built_in_class},
};

use super::{
    cells::Element,
    decode::{self, Found, Why},
    leaf::{HOST_DTYPE, HOST_INDEX, HOST_LENGTHS, HOST_OWN_UNIT, HOST_SHAPE, HOST_SUMMARY, HOST_TYPE},
    parameter::{INDICES, VALUES, WHOLE},
    raw::{CallError, Called, Kind, Node, NodeKind, Shape, Type},
    sparse,
};

/// Why a node of a leaf is no value: the library failed, or we do not know such things.
pub(super) enum Unread {
    Call(CallError),
    Why(Why),
}

impl From<CallError> for Unread {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<Why> for Unread {
    fn from(why: Why) -> Self {
        Self::Why(why)
    }
}

pub(super) type Read<T> = Result<T, Unread>;

/// Reads a leaf. What cannot be read is listed, and stops nothing else.
pub(super) fn read_leaf(group: &Node) -> Called<Leaf> {
    let mut leaf = Leaf {
        class: text_attribute(group, "SRVC_INIT_CLASS_NAME")?.unwrap_or_default(),
        comment: text_attribute(group, "SRVC_INIT_COMMENT")?.unwrap_or_default(),
        ..Leaf::default()
    };
    for attribute in group.attribute_names()? {
        leaf.own_unit |= attribute.as_bytes() == HOST_OWN_UNIT.to_bytes();
        let Some(key) = attribute.strip_prefix("SRVC_AN_") else { continue };
        match annotation(group, &attribute) {
            Ok(value) => {
                leaf.annotations.insert(key.to_owned(), value);
            }
            Err(unread) => leaf.unreadable.push((format!("annotation {key}"), words(unread))),
        }
    }
    // The unit is an annotation for pypet, and ours on leaves that have it from spec or manifest.
    if let Some(Value::Text(unit)) = leaf.annotations.get("unit") {
        leaf.unit.clone_from(unit);
    }
    leaf.summary = text_attribute(group, HOST_SUMMARY)?;
    if leaf.summary.is_none() && is_pypets_parameter(group, &leaf.class)? {
        read_parameter(group, &mut leaf)?;
        return Ok(leaf);
    }
    let of_items = |name: &String| leaf.summary.is_none() || !matches!(name.as_str(), INDICES | VALUES);
    let names = group.child_names()?.into_iter().filter(of_items).collect();
    let mut items = Vec::new();
    let is_sparse = leaf.class == "SparseResult" || leaf.summary.is_some();
    collect(group, names, "", is_sparse, &mut items, &mut leaf.unreadable)?;
    leaf.items = in_order(items);
    if leaf.summary.is_some() && group.has(INDICES)? {
        match explored_items(group) {
            Ok(explored) => leaf.explored_items = Some(explored),
            Err(unread) => leaf.unreadable.push((INDICES.into(), words(unread))),
        }
    }
    Ok(leaf)
}

/// Whether a leaf has the layout of pypet's own parameters, which classes of the user's own may inherit.
fn is_pypets_parameter(group: &Node, class: &str) -> Called<bool> {
    if is_built_in_class(class) {
        return Ok(class.contains("Parameter"));
    }
    if group.has("data__rr__")? || group.has(SPARSE_DATA)? {
        return Ok(true);
    }
    if !group.has("data")? {
        return Ok(false);
    }
    let data = group.open("data")?;
    let is_table = data.kind() == NodeKind::Dataset && text_attribute(&data, "SRVC_STORE")?.as_deref() == Some("TABLE");
    Ok(is_table
        && matches!(data.datatype()?.kind()?, Kind::Compound(fields) if fields.len() == 1 && fields[0].0 == "data"))
}

/// What a class of the user's own has made of each explored value.
fn explored_items(group: &Node) -> Read<ExploredItems> {
    let of_run = indices(group, INDICES, all_rows(&group.open(INDICES)?)?)?;
    let all = group.open(VALUES)?;
    let distinct = of_run.iter().max().map_or(0, |last| last + 1);
    let distinct = (0..distinct).map(|at| {
        let (mut items, mut unreadable) = (Vec::new(), Vec::new());
        let value = explored_value(&all, at)?;
        collect(&value, value.child_names()?, "", true, &mut items, &mut unreadable)?;
        match unreadable.pop() {
            Some((item, why)) => Err(Unread::Why(format!("{item}: {why}"))),
            None => Ok((in_order(items), text_attribute(&value, HOST_SUMMARY)?.unwrap_or_default())),
        }
    });
    let (distinct, summaries) = distinct.collect::<Read<Vec<_>>>()?.into_iter().unzip();
    Ok(ExploredItems { distinct, summaries, of_run })
}

fn explored_value(all: &Node, at: u64) -> Called<Node> {
    all.open(&format!("set_{:05}", at / 1000))?.open(&format!("xa_{at:08}"))
}

/// For each of these runs, which of the explored values it has.
fn indices(leaf: &Node, table: &str, rows: std::ops::Range<u64>) -> Read<Vec<u64>> {
    let columns = found_columns(&leaf.open(table)?, rows)?;
    let (_, found) = columns.into_iter().next().ok_or_else(|| Unread::Why("its table has no column".into()))?;
    each_row(found)
        .map(|found| match found.value()? {
            Value::Int(at) => u64::try_from(at).map_err(|_| Unread::Why("it has a negative index".into())),
            _ => Err(Unread::Why("its indices are no integers".into())),
        })
        .collect()
}

/// A name, its place if the order is not alphabetical, and its value.
type Item = (Option<i64>, String, Value);

fn in_order(mut items: Vec<Item>) -> Vec<(String, Value)> {
    items.sort_by_key(|(index, ..)| index.unwrap_or(i64::MAX));
    items.into_iter().map(|(_, name, value)| (name, value)).collect()
}

/// Reads the items called `names` below `group`, those of inner groups under dotted names. In a leaf that `is_sparse`,
/// marks in names tell which items are sparse matrices.
fn collect(
    group: &Node,
    names: Vec<String>,
    prefix: &str,
    is_sparse: bool,
    items: &mut Vec<Item>,
    unreadable: &mut Vec<(String, Why)>,
) -> Called<()> {
    for name in names {
        let matrix = sparse::unmarked(&name).filter(|_| is_sparse);
        let path = format!("{prefix}{}", matrix.unwrap_or(&name));
        let node = match group.open(&name) {
            Ok(node) => node,
            Err(error) => {
                unreadable.push((path, error.to_string()));
                continue;
            }
        };
        let whole = text_attribute(&node, HOST_TYPE)?;
        let is_inner = node.kind() == NodeKind::Group
            && whole.is_none()
            && matches!(text_attribute(&node, "SRVC_STORE")?.as_deref(), Some("NESTED_GROUP") | None);
        if is_inner && is_too_deep(&path) {
            return Err(CallError { call: "H5Oopen", text: TOO_DEEP.into() });
        }
        if is_inner {
            collect(&node, node.child_names()?, &format!("{path}."), is_sparse, items, unreadable)?;
            continue;
        }
        let value = item(&node, whole.as_deref());
        match if matrix.is_some() { value.and_then(as_sparse) } else { value } {
            Ok(value) => items.push((integer_attribute(&node, HOST_INDEX)?, path, value)),
            Err(unread) => unreadable.push((path, words(unread))),
        }
    }
    Ok(())
}

/// The matrix that a text stands for.
fn as_sparse(text: Value) -> Read<Value> {
    Ok(sparse::sparse(text)?)
}

fn words(unread: Unread) -> Why {
    match unread {
        Unread::Call(error) => error.to_string(),
        Unread::Why(why) => why,
    }
}

/// The value of one node of a leaf.
pub(super) fn item(node: &Node, own_type: Option<&str>) -> Read<Value> {
    if node.kind() == NodeKind::Group {
        return match own_type {
            Some(kind @ ("table" | "dict")) => parts(node, kind),
            _ => {
                let stored = text_attribute(node, "SRVC_STORE")?.unwrap_or_default();
                Err(Unread::Why(format!("it was stored by pypet as {stored}, which is not read here")))
            }
        };
    }
    match text_attribute(node, "SRVC_STORE")?.as_deref() {
        Some("TABLE") => Ok(decode::table(columns(node)?)?),
        Some("DICT") => {
            let cells = row_cells(node)?;
            let entries = cells.into_iter().map(|(key, found)| Ok((key, found.value()?))).collect::<Read<Vec<_>>>()?;
            Dict::new(entries).map(Value::Dict).map_err(|error| Unread::Why(error.to_string()))
        }
        Some("ARRAY" | "CARRAY" | "EARRAY") | None => {
            let found = Found {
                none: own_type == Some("none"),
                collection: text_attribute(node, "SRVC_DATA_COLL_TYPE")?,
                scalar: text_attribute(node, "SRVC_DATA_SCALAR_TYPE")?,
                lengths: lengths_attribute(node, HOST_LENGTHS)?,
                ..dataset(node)?
            };
            Ok(found.value()?)
        }
        Some(other) => Err(Unread::Why(format!("it was stored by pypet as {other}, which is not read here"))),
    }
}

/// A table or dictionary that is spread over several nodes.
fn parts(group: &Node, kind: &str) -> Read<Value> {
    let (mut items, mut unreadable) = (Vec::new(), Vec::new());
    collect(group, group.child_names()?, "", false, &mut items, &mut unreadable)?;
    if let Some((part, why)) = unreadable.pop() {
        return Err(Unread::Why(format!("{part}: {why}")));
    }
    let entries = in_order(items);
    if kind == "dict" {
        return Dict::new(entries).map(Value::Dict).map_err(|error| Unread::Why(error.to_string()));
    }
    let columns = entries
        .into_iter()
        .map(|(name, value)| match value {
            Value::Array(array) => Ok((name, array)),
            other => Err(Unread::Why(format!("column `{name}` is a {}", other.type_name()))),
        })
        .collect::<Read<Vec<_>>>()?;
    Ok(decode::table(columns)?)
}

/// All elements of a dataset.
fn dataset(node: &Node) -> Read<Found> {
    let (kind, shape) = (node.datatype()?.kind()?, node.shape()?);
    let found = |element, bytes| -> Called<Found> { Ok(plain(element, shape.dimensions()?, bytes)) };
    if kind == Kind::VariableText {
        check_bytes(node, shape.points().saturating_mul(TEXT_PLACE))?;
        let texts = node.read_all_texts()?;
        let cells = super::cells::Cells::texts(&texts, true);
        return Ok(Found { lengths: cells.lengths, ..found(cells.element, cells.bytes.into_owned())? });
    }
    let (element, type_) = reading(&kind)?;
    check_size(node, &shape, &type_)?;
    Ok(found(element, node.read_all(&type_)?)?)
}

fn plain(element: Element, shape: Vec<u64>, bytes: Vec<u8>) -> Found {
    Found { element, shape, bytes, collection: None, scalar: None, lengths: None, none: false }
}

/// As what elements of this kind are read, and the datatype to read them with.
fn reading(kind: &Kind) -> Read<(Element, Type)> {
    if *kind == Kind::Truth {
        // The library converts no enumeration to bits, but its values are bytes.
        return Ok((Element::Bits, Type::truth()?));
    }
    let element = Element::reading(kind).ok_or_else(|| match kind {
        Kind::Other(what) => format!("its elements are {what}"),
        other => format!("its elements are {other:?}"),
    })?;
    if let Kind::Text { size, utf8: false, terminated: true } = *kind {
        // PyTables calls bytes terminated, and the library would end them at the first zero when it converts.
        return Ok((element, Type::text(size, false, true)?));
    }
    Ok((element, element.datatype()?))
}

/// A damaged file may claim any size; nothing compresses better than this.
const MAX_RATIO: u64 = 1100;

/// Where a text of variable length stands, in the file.
const TEXT_PLACE: u64 = 16;

/// Refuses sizes that cannot be true, before memory is asked for.
fn check_size(node: &Node, shape: &Shape, type_: &Type) -> Read<()> {
    check_bytes(node, shape.bytes(type_)? as u64)
}

pub(super) fn check_bytes(node: &Node, bytes: u64) -> Read<()> {
    // What it says that it stores cannot be more than there is.
    let stored = node.stored_bytes().min(node.file_bytes()?);
    if bytes > (1 << 20) && bytes / MAX_RATIO > stored {
        return Err(Unread::Why(format!("it claims {bytes} bytes but stores {stored}")));
    }
    Ok(())
}

/// The columns of a table, each with its cells of all rows.
pub(super) fn found_columns(node: &Node, rows: std::ops::Range<u64>) -> Read<Vec<(String, Found)>> {
    let Kind::Compound(fields) = node.datatype()?.kind()? else {
        return Err(Unread::Why("it is no table".into()));
    };
    let mut elements = Vec::new();
    for (name, kind) in fields {
        let (of, inner) = match kind {
            Kind::Array { of, shape } => (*of, shape),
            of => (of, Vec::new()),
        };
        let (element, type_) = reading(&of)?;
        let type_ = if inner.is_empty() { type_ } else { Type::array(&type_, &inner)? };
        elements.push((name, element, inner, type_));
    }
    let named: Vec<(&str, &Type)> = elements.iter().map(|(name, .., type_)| (name.as_str(), type_)).collect();
    let row = Type::compound(&named)?;
    check_size(node, &node.shape()?, &row)?;
    let bytes = node.read_rows(&row, rows.start, rows.end - rows.start)?;
    let mut offset = 0;
    elements
        .into_iter()
        .map(|(name, element, inner, type_)| {
            let cells = bytes.chunks_exact(row.size()).map(|row| &row[offset..offset + type_.size()]);
            let cells: Vec<u8> = cells.flatten().copied().collect();
            offset += type_.size();
            let shape = std::iter::once(rows.end - rows.start).chain(inner).collect();
            let found = Found {
                none: text_attribute(node, &format!("{HOST_TYPE}_{name}"))?.as_deref() == Some("none"),
                collection: text_attribute(node, &format!("SRVC_COLUMN_{name}_COLL_TYPE"))?,
                scalar: text_attribute(node, &format!("SRVC_COLUMN_{name}_SCALAR_TYPE"))?,
                lengths: lengths_attribute(node, &format!("{HOST_LENGTHS}_{name}"))?,
                ..plain(element, shape, cells)
            };
            Ok((name, found))
        })
        .collect()
}

fn all_rows(node: &Node) -> Called<std::ops::Range<u64>> {
    Ok(0..node.shape()?.points())
}

fn columns(node: &Node) -> Read<Vec<(String, Array)>> {
    found_columns(node, all_rows(node)?)?
        .into_iter()
        .map(|(name, found)| {
            let array = match lengths_attribute(node, &format!("{HOST_SHAPE}_{name}"))? {
                Some(shape) => {
                    let dtype = text_attribute(node, &format!("{HOST_DTYPE}_{name}"))?.unwrap_or_default();
                    decode::hollow(shape, &dtype)?
                }
                None => decode::column(found)?,
            };
            Ok((name, array))
        })
        .collect()
}

/// The cells of a table's first row.
fn row_cells(node: &Node) -> Read<Vec<(String, Found)>> {
    if node.shape()?.points() == 0 {
        return Err(Unread::Why("its table is empty".into()));
    }
    let columns = found_columns(node, 0..1)?;
    Ok(columns.into_iter().map(|(name, found)| (name, Found { shape: found.shape[1..].to_vec(), ..found })).collect())
}

/// Where pypet's `SparseParameter` has its value.
const SPARSE_DATA: &str = "data__spsp__";
/// And which of its matrices each run has.
const SPARSE_INDICES: &str = "explored_data__spsp__";

/// Reads `data` and what is explored, of `Parameter`, `ArrayParameter`, `SparseParameter` and `PickleParameter`;
/// the values of the last are bytes here.
fn read_parameter(group: &Node, leaf: &mut Leaf) -> Called<()> {
    let value = if group.has(WHOLE)? {
        let node = group.open(WHOLE)?;
        text_attribute(&node, HOST_TYPE).map_err(Unread::Call).and_then(|kind| item(&node, kind.as_deref()))
    } else if group.has("data__rr__")? {
        let node = group.open("data__rr__")?;
        text_attribute(&node, HOST_TYPE).map_err(Unread::Call).and_then(|kind| item(&node, kind.as_deref()))
    } else if group.has(SPARSE_DATA)? {
        group.open(SPARSE_DATA).map_err(Unread::Call).and_then(|node| item(&node, None)).and_then(as_sparse)
    } else if group.has("data")? {
        group
            .open("data")
            .map_err(Unread::Call)
            .and_then(|node| if leaf.class == "PickleParameter" { item(&node, None) } else { single_cell(&node) })
    } else {
        Err(Unread::Why(format!("the class {} is not read here", leaf.class)))
    };
    match value {
        Ok(value) => leaf.items.push(("data".into(), value)),
        Err(unread) => leaf.unreadable.push(("data".into(), words(unread))),
    }
    let explored = explored_count(group)?;
    if explored > 0 {
        match explored_values(group, 0..explored) {
            Ok(values) => leaf.explored = Some(values),
            Err(unread) => leaf.unreadable.push(("explored_data".into(), words(unread))),
        }
    }
    Ok(())
}

fn single_cell(node: &Node) -> Read<Value> {
    let cells = row_cells(node)?;
    let (_, found) = cells.into_iter().next().ok_or_else(|| Unread::Why("its table has no column".into()))?;
    Ok(found.value()?)
}

/// How many explored values a parameter has; 0 if it is not explored.
pub(super) fn explored_count(leaf: &Node) -> Called<u64> {
    for name in ["explored_data", INDICES, SPARSE_INDICES] {
        if leaf.has(name)? {
            return Ok(leaf.open(name)?.shape()?.points());
        }
    }
    Ok(0)
}

/// Why something is missing that is written once the exploration has run for a while.
pub(super) const NOT_YET: &str = "it was not written before the exploration was broken off; its journal, the .cnt file \
                                  beside it, has everything that is finished (`host resume`)";

/// The values that a parameter has in these runs.
pub(super) fn explored_values(leaf: &Node, rows: std::ops::Range<u64>) -> Read<Vec<Value>> {
    let is_pickled = leaf.has("xp_00000000")?;
    if leaf.has("explored_data")? && !is_pickled {
        let cells = found_columns(&leaf.open("explored_data")?, rows)?;
        let (_, found) = cells.into_iter().next().ok_or_else(|| Unread::Why("its table has no column".into()))?;
        return Ok(each_row(found).map(Found::value).collect::<Result<_, Why>>()?);
    }
    let own = leaf.has_attribute(HOST_SUMMARY)?;
    let is_sparse = leaf.has(SPARSE_INDICES)?;
    if !is_pickled && !is_sparse && !leaf.has(INDICES)? {
        return Err(Unread::Why(NOT_YET.to_owned()));
    }
    let table = match (is_pickled, is_sparse) {
        (true, _) => "explored_data",
        (_, true) => SPARSE_INDICES,
        _ => INDICES,
    };
    let mut known: BTreeMap<u64, Value> = BTreeMap::new();
    indices(leaf, table, rows)?
        .into_iter()
        .map(|at| {
            if let Some(value) = known.get(&at) {
                return Ok(value.clone());
            }
            let value = if is_pickled {
                item(&leaf.open(&format!("xp_{at:08}"))?, None)?
            } else if is_sparse {
                let number = usize::try_from(at).map_err(|_| Why::from("one of its indices is too large"))?;
                as_sparse(item(&leaf.open(&sparse::explored_name(number))?, None)?)?
            } else {
                let node = explored_value(&leaf.open(VALUES)?, at)?;
                match own {
                    // Only the class can tell the value; these are its words.
                    true => Value::Text(text_attribute(&node, HOST_SUMMARY)?.unwrap_or_default()),
                    false => item(&node, text_attribute(&node, HOST_TYPE)?.as_deref())?,
                }
            };
            known.insert(at, value.clone());
            Ok(value)
        })
        .collect()
}

/// The rows of a column, one by one.
pub(super) fn each_row(found: Found) -> impl Iterator<Item = Found> {
    let inner = found.shape[1..].to_vec();
    let size = (inner.iter().product::<u64>() as usize * found.element.size()).max(1);
    let rows = found.bytes.len() / size;
    (0..rows).map(move |row| Found {
        shape: inner.clone(),
        bytes: found.bytes[row * size..(row + 1) * size].to_vec(),
        ..found.clone_marks()
    })
}

/// An attribute of one text; empty text has no element in PyTables' files.
pub(super) fn text_attribute(node: &Node, name: &str) -> Called<Option<String>> {
    if !node.has_attribute(name)? {
        return Ok(None);
    }
    let (type_, _) = node.attribute_type(name)?;
    Ok(match type_.kind()? {
        Kind::VariableText => node.read_text_list(name)?.into_iter().next(),
        Kind::Text { .. } => {
            let bytes = node.read_attribute(name, &type_)?;
            Some(String::from_utf8_lossy(decode::unfilled(&bytes)).into_owned())
        }
        _ => None,
    })
}

pub(super) fn integer_attribute(node: &Node, name: &str) -> Called<Option<i64>> {
    if !node.has_attribute(name)? {
        return Ok(None);
    }
    let bytes = node.read_attribute(name, &Type::integer(8, true)?)?;
    Ok(bytes.first_chunk().map(|bytes| i64::from_ne_bytes(*bytes)))
}

fn lengths_attribute(node: &Node, name: &str) -> Called<Option<Vec<u64>>> {
    if !node.has_attribute(name)? {
        return Ok(None);
    }
    let bytes = node.read_attribute(name, &Type::integer(8, false)?)?;
    Ok(Some(bytes.as_chunks().0.iter().map(|bytes| u64::from_ne_bytes(*bytes)).collect()))
}

/// The value of an annotation.
fn annotation(node: &Node, name: &str) -> Read<Value> {
    let (type_, shape) = node.attribute_type(name)?;
    let kind = type_.kind()?;
    if kind == Kind::VariableText {
        let mut texts = node.read_text_list(name)?;
        return match (shape.dimensions()?.as_slice(), texts.pop()) {
            ([], Some(text)) => Ok(Value::Text(text)),
            _ => Err(Unread::Why("it is a list of texts".into())),
        };
    }
    let (element, reading) = reading(&kind)?;
    let is_null = shape.points() == 0 && shape.is_null();
    let bytes = if is_null { vec![0; element.size()] } else { node.read_attribute(name, &reading)? };
    let own = text_attribute(node, &format!("{HOST_TYPE}_{name}"))?;
    let (collection, scalar) = match own.as_deref() {
        Some("list") => (Some("COLL_LIST"), scalar_word(element)),
        Some("tuple") => (Some("COLL_TUPLE"), scalar_word(element)),
        Some("empty list") => (Some("COLL_LIST"), None),
        Some("empty tuple") => (Some("COLL_TUPLE"), None),
        Some("array") => (Some("COLL_NDARRAY"), None),
        _ => (None, None),
    };
    let found = Found {
        collection: collection.map(str::to_owned),
        scalar: scalar.map(str::to_owned),
        lengths: lengths_attribute(node, &format!("{HOST_LENGTHS}_{name}"))?,
        ..plain(element, if is_null { Vec::new() } else { shape.dimensions()? }, bytes)
    };
    Ok(found.value()?)
}

/// The Python type of the elements of a list, which tells it from a list without a type.
fn scalar_word(element: Element) -> Option<&'static str> {
    Some(match element {
        Element::Bool | Element::Bits => "bool",
        Element::Int { .. } => "int",
        Element::Float { .. } => "float",
        Element::Complex { .. } => "complex",
        Element::Text { utf8: true, .. } => "str",
        Element::Text { .. } => "bytes",
    })
}
