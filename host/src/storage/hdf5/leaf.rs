//! Leaves: how a parameter or a result with its items stands in the file.
//!
//! pypet's rules: a leaf is a group; every node inside it says how it was stored (`SRVC_STORE`)
//! and what Python shall make of it (`SRVC_..._COLL_TYPE`, `..._SCALAR_TYPE`). Attributes are what
//! a small result costs, so there are no others than these. Where pypet has no such thing as a
//! value of ours, attributes that begin with `HOST_` tell our own reader what it was.

use std::collections::BTreeMap;

use crate::trajectory::{Addition, Value};

use super::{
    cells::{Cells, Element},
    encode::{self, Column, Form},
    kit::Kit,
    raw::{Called, Node, Shape, Type},
    sparse,
};

/// Says that the value is of a type that Python does not have.
pub(super) const HOST_TYPE: &str = "HOST_TYPE";
/// Where a node stands among its neighbours, if not in alphabetical order.
pub(super) const HOST_INDEX: &str = "HOST_INDEX";
/// Lengths of texts that end with zero bytes.
pub(super) const HOST_LENGTHS: &str = "HOST_LENGTHS";
/// The shape of a column without elements.
pub(super) const HOST_SHAPE: &str = "HOST_SHAPE";
/// The element type of a column without elements.
pub(super) const HOST_DTYPE: &str = "HOST_DTYPE";

/// The values of a leaf in the words of the class that has stored it; only such leaves have it.
pub(super) const HOST_SUMMARY: &str = "HOST_SUMMARY";

/// Says that the annotation `unit` is the run's own, though the spec or the manifest says the same.
pub(super) const HOST_OWN_UNIT: &std::ffi::CStr = c"HOST_OWN_UNIT";

/// What a leaf says about itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct About<'a> {
    /// pypet's class.
    pub(super) class: &'a str,
    /// Empty for none.
    pub(super) comment: &'a str,
    /// Empty for none.
    pub(super) unit: &'a str,
}

/// Writes what a leaf says about itself.
pub(super) fn describe(
    kit: &mut Kit,
    leaf: &Node,
    about: About<'_>,
    annotations: Option<&BTreeMap<String, Value>>,
) -> Called<()> {
    kit.put_word(leaf, c"SRVC_INIT_CLASS_NAME", about.class)?;
    kit.put_flag(leaf, c"SRVC_LEAF")?;
    if !about.comment.is_empty() {
        kit.put_word(leaf, c"SRVC_INIT_COMMENT", about.comment)?;
    }
    let annotations = annotations.filter(|annotations| !annotations.is_empty());
    let own_unit = annotations.and_then(|annotations| annotations.get("unit"));
    let unit = (!about.unit.is_empty() && own_unit.is_none()).then_some(about.unit);
    if matches!(own_unit, Some(Value::Text(own)) if own == about.unit) {
        kit.put_flag(leaf, HOST_OWN_UNIT)?;
    }
    if unit.is_some() || annotations.is_some() {
        kit.put_flag(leaf, c"SRVC_ANNOTATED")?;
    }
    if let Some(unit) = unit {
        kit.put_word(leaf, c"SRVC_AN_unit", unit)?;
    }
    for (key, value) in annotations.into_iter().flatten() {
        annotate(kit, leaf, key, value)?;
    }
    Ok(())
}

/// Writes one annotation: an attribute that pypet reads as the nearest thing.
fn annotate(kit: &mut Kit, leaf: &Node, key: &str, value: &Value) -> Called<()> {
    let name = format!("SRVC_AN_{key}");
    if let Value::Text(text) = value
        && !text.contains('\0')
    {
        return kit.put_named_word(leaf, &name, text);
    }
    // Annotations are neither tables nor dictionaries; `SingleRun` has refused those.
    let Some(cells) = encode::cells(value) else { return Ok(()) };
    // PyTables reads eight bits as NumPy's bool, but a byte as a number.
    let element = if cells.element == Element::Bool { Element::Bits } else { cells.element };
    let type_ = kit.datatype(element)?;
    leaf.put_attribute(&name, &type_, &Shape::of(&cells.shape)?, &cells.bytes)?;
    if let Some(lengths) = &cells.lengths {
        kit.put_lengths(leaf, &format!("{HOST_LENGTHS}_{name}"), lengths)?;
    }
    let own_type = match value {
        Value::List(_) => sequence_word("list", &cells),
        Value::Tuple(_) => sequence_word("tuple", &cells),
        Value::Array(array) if array.shape().is_empty() => "array",
        _ => return Ok(()),
    };
    kit.put_named_word(leaf, &format!("{HOST_TYPE}_{name}"), own_type)
}

/// A list without a type is another one than a list of reals without elements.
fn sequence_word(word: &'static str, cells: &Cells<'_>) -> &'static str {
    match (word, cells.scalar) {
        ("list", None) => "empty list",
        ("tuple", None) => "empty tuple",
        _ => word,
    }
}

/// Names of the dimensions of an item, from the spec.
pub(super) type Labels<'a> = Option<&'a [String]>;

/// Writes a result of a run and says which of its items have which labels.
pub(super) fn put_result<'l>(
    kit: &mut Kit,
    parent: &Node,
    addition: &Addition,
    about: About<'_>,
    labels: impl Fn(&str) -> Labels<'l>,
) -> Called<()> {
    let leaf = kit.make_leaf(parent, addition.name.name())?;
    // pypet's class for sparse matrices takes everything else as well.
    let about = if addition.class.is_none() && addition.has_sparse() {
        About { class: "SparseResult", ..about }
    } else {
        about
    };
    describe(kit, &leaf, about, Some(&addition.annotations))?;
    if addition.class.is_some() {
        kit.put_named_word(&leaf, HOST_SUMMARY, &addition.summary)?;
    }
    let items = addition.items.iter().map(|(item, value)| (item.as_str(), value));
    put_items(kit, &leaf, items, labels)
}

/// Writes named values below `group`, in an order that can be told again.
pub(super) fn put_items<'v, 'l>(
    kit: &mut Kit,
    group: &Node,
    items: impl Iterator<Item = (&'v str, &'v Value)> + Clone,
    labels: impl Fn(&str) -> Labels<'l>,
) -> Called<()> {
    let names = items.clone().map(|(item, value)| sparse::stored_name(item, value));
    let sorted = names.is_sorted_by(|a, b| components(a).le(components(b)));
    for (index, (item, value)) in items.enumerate() {
        let index = (!sorted).then_some(index);
        match item.rsplit_once('.') {
            None => put_item(kit, group, item, value, index, labels(item))?,
            Some((location, name)) => {
                let mut inner = nested_group(kit, group, location.split('.'))?;
                let last = inner.pop().expect("a location has a component");
                put_item(kit, &last, name, value, index, labels(item))?;
            }
        }
    }
    Ok(())
}

fn components(path: &str) -> impl Iterator<Item = &str> {
    path.split('.')
}

/// Groups inside of a leaf, the outermost first.
fn nested_group<'n>(kit: &mut Kit, leaf: &Node, names: impl Iterator<Item = &'n str>) -> Called<Vec<Node>> {
    let mut groups: Vec<Node> = Vec::new();
    for name in names {
        let parent = groups.last().unwrap_or(leaf);
        let group = if parent.has(name)? {
            parent.open(name)?
        } else {
            let made = parent.make_group(name)?;
            kit.put_word(&made, c"SRVC_STORE", "NESTED_GROUP")?;
            made
        };
        groups.push(group);
    }
    Ok(groups)
}

/// Writes one value as `name` into a leaf or a group inside of one; a sparse matrix has a mark behind its name.
pub(super) fn put_item(
    kit: &mut Kit,
    group: &Node,
    name: &str,
    value: &Value,
    index: Option<usize>,
    labels: Labels<'_>,
) -> Called<()> {
    let node = match encode::form(value) {
        Form::Sparse(matrix) => sparse::put_sparse(kit, group, &sparse::stored_name(name, value), matrix)?,
        Form::Cells(cells) => {
            let (node, chunked) = kit.put_cells(group, name, &cells)?;
            kit.put_word(&node, c"SRVC_STORE", if chunked { "CARRAY" } else { "ARRAY" })?;
            kit.put_word(&node, c"SRVC_DATA_COLL_TYPE", cells.collection.word())?;
            if let Some(scalar) = cells.scalar {
                kit.put_word(&node, c"SRVC_DATA_SCALAR_TYPE", scalar)?;
            }
            put_own_marks(kit, &node, &cells, "")?;
            if let Some(labels) = labels.filter(|labels| labels.len() == cells.shape.len() && !labels.is_empty()) {
                node.put_text_list("DIMENSION_LABELS", &labels.iter().map(String::as_str).collect::<Vec<_>>())?;
            }
            node
        }
        Form::Table(columns) => {
            let node = put_table(kit, group, name, &columns)?;
            kit.put_word(&node, c"SRVC_STORE", "TABLE")?;
            node
        }
        Form::Row(entries) => {
            let fields: Vec<_> = entries.iter().map(|(key, cells)| (*key, cells)).collect();
            let node = put_rows(kit, group, name, &fields, 1)?;
            kit.put_word(&node, c"SRVC_STORE", "DICT")?;
            kit.put_word(&node, c"SRVC_DATA_COLL_TYPE", "COLL_DICT")?;
            for (key, cells) in &entries {
                put_column_marks(kit, &node, key, cells)?;
            }
            node
        }
        Form::EmptyDict => {
            let none = Cells { shape: vec![0], ..Cells::scalar(Element::FLOAT, "float", Vec::new()) };
            let (node, _) = kit.put_cells(group, name, &none)?;
            kit.put_word(&node, c"SRVC_STORE", "ARRAY")?;
            kit.put_word(&node, c"SRVC_DATA_COLL_TYPE", "COLL_EMPTY_DICT")?;
            node
        }
        Form::Group(kind, parts) => {
            let node = group.make_group(name)?;
            kit.put_word(&node, c"SRVC_STORE", "NESTED_GROUP")?;
            kit.put_named_word(&node, HOST_TYPE, kind)?;
            put_items(kit, &node, parts.iter().map(|(part, value)| (*part, value.as_ref())), |_| None)?;
            node
        }
    };
    if let Some(index) = index {
        kit.put_integer(&node, HOST_INDEX, index as i64)?;
    }
    Ok(())
}

/// Marks of our own on a dataset or a column of it.
pub(super) fn put_own_marks(kit: &mut Kit, node: &Node, cells: &Cells<'_>, suffix: &str) -> Called<()> {
    if cells.none {
        kit.put_named_word(node, &format!("{HOST_TYPE}{suffix}"), "none")?;
    }
    if let Some(lengths) = &cells.lengths {
        kit.put_lengths(node, &format!("{HOST_LENGTHS}{suffix}"), lengths)?;
    }
    Ok(())
}

/// What pypet wants to know about a column.
pub(super) fn put_column_marks(kit: &mut Kit, table: &Node, column: &str, cells: &Cells<'_>) -> Called<()> {
    kit.put_named_word(table, &format!("SRVC_COLUMN_{column}_COLL_TYPE"), cells.collection.word())?;
    if let Some(scalar) = cells.scalar {
        kit.put_named_word(table, &format!("SRVC_COLUMN_{column}_SCALAR_TYPE"), scalar)?;
    }
    put_own_marks(kit, table, cells, &format!("_{column}"))
}

/// The datatype of a field: one cell of a column.
pub(super) fn field_type(kit: &mut Kit, element: Element, inner: &[u64]) -> Called<std::sync::Arc<Type>> {
    let element = kit.datatype(element)?;
    if inner.is_empty() { Ok(element) } else { Ok(std::sync::Arc::new(Type::array(&element, inner)?)) }
}

fn put_table(kit: &mut Kit, group: &Node, name: &str, columns: &[(&str, Column<'_>)]) -> Called<Node> {
    let hollow = |shape: &[u64]| Cells {
        shape: shape[..1].to_vec(),
        ..Cells::scalar(Element::Bool, "uint8", vec![0; shape[0] as usize])
    };
    let cells: Vec<(&str, std::borrow::Cow<'_, Cells<'_>>)> = columns
        .iter()
        .map(|(name, column)| match column {
            Column::Cells(cells) => (*name, std::borrow::Cow::Borrowed(cells)),
            Column::Hollow { shape, .. } => (*name, std::borrow::Cow::Owned(hollow(shape))),
        })
        .collect();
    let rows = cells.first().map_or(0, |(_, cells)| cells.shape[0]);
    let fields: Vec<_> = cells.iter().map(|(name, cells)| (*name, cells.as_ref())).collect();
    let node = put_columns(kit, group, name, &fields, rows)?;
    for (name, cells) in &cells {
        put_column_marks(kit, &node, name, cells)?;
    }
    for (name, column) in columns {
        if let Column::Hollow { shape, dtype } = column {
            kit.put_lengths(&node, &format!("{HOST_SHAPE}_{name}"), shape)?;
            kit.put_named_word(&node, &format!("{HOST_DTYPE}_{name}"), dtype)?;
        }
    }
    Ok(node)
}

/// Columns whose first dimension counts the rows.
fn put_columns(kit: &mut Kit, group: &Node, name: &str, fields: &[(&str, &Cells<'_>)], rows: u64) -> Called<Node> {
    let cell_shapes: Vec<&[u64]> = fields.iter().map(|(_, cells)| &cells.shape[1..]).collect();
    put_compound(kit, group, name, fields, &cell_shapes, rows)
}

/// Columns that are whole cells of `rows` rows, in which the shape is that of one cell.
pub(super) fn put_rows(
    kit: &mut Kit,
    group: &Node,
    name: &str,
    fields: &[(&str, &Cells<'_>)],
    rows: u64,
) -> Called<Node> {
    let cell_shapes: Vec<&[u64]> = fields.iter().map(|(_, cells)| &cells.shape[..]).collect();
    put_compound(kit, group, name, fields, &cell_shapes, rows)
}

fn put_compound(
    kit: &mut Kit,
    group: &Node,
    name: &str,
    fields: &[(&str, &Cells<'_>)],
    cell_shapes: &[&[u64]],
    rows: u64,
) -> Called<Node> {
    let types = fields
        .iter()
        .zip(cell_shapes)
        .map(|((_, cells), shape)| field_type(kit, cells.element, shape))
        .collect::<Called<Vec<_>>>()?;
    let named: Vec<(&str, &Type)> =
        fields.iter().zip(&types).map(|((name, _), type_)| (*name, type_.as_ref())).collect();
    let compound = Type::compound(&named)?;
    let mut bytes = Vec::with_capacity(compound.size() * rows as usize);
    for row in 0..rows as usize {
        for ((_, cells), type_) in fields.iter().zip(&types) {
            bytes.extend_from_slice(&cells.bytes[row * type_.size()..(row + 1) * type_.size()]);
        }
    }
    let shape = Shape::of(&[rows])?;
    let node = kit.make_table(group, name, &compound, &shape, bytes.len())?;
    node.write_shaped(&compound, &shape, &bytes)?;
    Ok(node)
}
