//! Parameters, derived parameters and configuration entries in the file, with what they explore.
//!
//! pypet's `Parameter` is a table of one row, `data`, and one of as many rows as there are runs,
//! `explored_data`. Its `ArrayParameter` stores whole arrays as datasets, each only once; it is
//! what large arrays need, and arrays of different shapes along one axis. Its `SparseParameter` does the same for
//! sparse matrices. A class of the user's own stores the items that it has made of the default, and those of each explored
//! value only once, in the layout of an `ArrayParameter`.

use std::collections::HashMap;

use crate::trajectory::{
    Contribution, Explored, NodePath, Parameter, RunIndex, SPARSE_MARK, StoredItems, Trajectory, Value,
};

use super::{
    cells::{Cells, Collection, Element},
    distinct::Distinct,
    encode::{self, Form},
    kit::Kit,
    leaf::{self, About, HOST_SUMMARY, put_column_marks, put_item, put_items},
    raw::{Called, Node, Shape, Type},
    sparse::{explored_name, put_sparse},
};

/// Larger arrays become datasets of their own instead of cells of a table.
const MAX_CELL: usize = 64 << 10;
/// Explored arrays together, before each is stored only once.
const MAX_EXPLORED: u64 = 64 << 20;
/// Rows that are written at once.
const ROWS: usize = 8192;
/// pypet's mark of what belongs to an `ArrayParameter`.
const ARRAY_MARK: &str = "__rr__";

/// For each run, which of the explored values it has.
pub(super) const INDICES: &str = "explored_data__rr__";
/// The explored values, each only once.
pub(super) const VALUES: &str = "explored__rr__";
/// Where the whole value stands if `data__rr__` is only its text.
pub(super) const WHOLE: &str = "whole__rr__";
/// The most of a value's text, in characters.
const MAX_REPR: usize = 4096;

/// Writes one parameter as `name` below `parent`, without what it is in every run; `trajectory` says how many there are.
pub(super) fn put_parameter(
    kit: &mut Kit,
    parent: &Node,
    name: &str,
    parameter: &Parameter,
    trajectory: Option<&Trajectory>,
) -> Called<()> {
    if let (Some(class), Some(stored)) = (&parameter.class, &parameter.stored) {
        return put_stored(kit, parent, name, parameter, class, stored);
    }
    let leaf = kit.make_leaf(parent, name)?;
    let form = In::of(parameter, trajectory);
    let in_table = !matches!(form, In::Whole);
    let class = if is_array_on_request(parameter) { "ArrayParameter" } else { class_of(&parameter.value, in_table) };
    let about = About { class, comment: &parameter.comment, unit: &parameter.unit };
    leaf::describe(kit, &leaf, about, None)?;
    if in_table { put_value(kit, &leaf, "data", &parameter.value) } else { put_whole(kit, &leaf, &parameter.value) }
}

/// Writes what the explored parameter in `leaf` is in every run, which takes as long as there are runs.
pub(super) fn put_explored(kit: &mut Kit, leaf: &Node, parameter: &Parameter, trajectory: &Trajectory) -> Called<()> {
    let Some(explored) = &parameter.explored else { return Ok(()) };
    if let (Some(_), Some(stored)) = (&parameter.class, &parameter.stored) {
        return put_explored_items(kit, leaf, stored, explored, trajectory);
    }
    match In::of(parameter, Some(trajectory)) {
        In::Whole => put_explored_arrays(kit, leaf, parameter, explored, trajectory),
        In::Table(Some(cell)) => put_explored_cells(kit, leaf, parameter, trajectory, &cell),
        In::Table(None) => Ok(()),
    }
}

/// What a parameter is stored in.
enum In {
    /// A row of a table; and if it is explored, rows of such cells.
    Table(Option<Cell>),
    /// Datasets.
    Whole,
}

impl In {
    fn of(parameter: &Parameter, trajectory: Option<&Trajectory>) -> Self {
        // pypet's class stores whole only what has elements, whoever asks for it.
        let has_elements = matches!(parameter.value, Value::Array(_) | Value::Tuple(_));
        if is_array_on_request(parameter) && has_elements || cell_of(&parameter.value).is_none() {
            return Self::Whole;
        }
        match parameter.explored.as_ref().zip(trajectory) {
            None => Self::Table(None),
            Some((explored, trajectory)) => match common_cell(explored, trajectory.run_count()) {
                None => Self::Whole,
                cell => Self::Table(cell),
            },
        }
    }
}

fn is_array_on_request(parameter: &Parameter) -> bool {
    parameter.class.as_deref() == Some("ArrayParameter")
}

/// Writes a derived parameter of a run.
pub(super) fn put_derived(
    kit: &mut Kit,
    parent: &Node,
    addition: &crate::trajectory::Addition,
    comment: &str,
    unit: &str,
) -> Called<()> {
    let leaf = kit.make_leaf(parent, addition.name.name())?;
    let value = &addition.items[0].1;
    let in_table = cell_of(value).is_some();
    let class = class_of(value, in_table);
    leaf::describe(kit, &leaf, About { class, comment, unit }, Some(&addition.annotations))?;
    if in_table { put_value(kit, &leaf, "data", value) } else { put_whole(kit, &leaf, value) }
}

/// pypet's class for a derived parameter with this value.
pub(super) fn derived_class(value: &Value) -> &'static str {
    class_of(value, cell_of(value).is_some())
}

/// pypet's class for a parameter with such a value.
fn class_of(value: &Value, in_table: bool) -> &'static str {
    match value {
        Value::Sparse(_) => "SparseParameter",
        _ if in_table => "Parameter",
        _ => "ArrayParameter",
    }
}

/// Writes a value as that of an `ArrayParameter` or `SparseParameter`.
///
/// What takes several nodes is more than pypet's parameters know: Python gets its text, and our
/// reader finds the nodes beside it.
fn put_whole(kit: &mut Kit, leaf: &Node, value: &Value) -> Called<()> {
    if let Value::Sparse(_) = value {
        return put_item(kit, leaf, "data", value, None, None);
    }
    let data = format!("data{ARRAY_MARK}");
    if !matches!(encode::form(value), Form::Group(..)) {
        return put_item(kit, leaf, &data, value, None, None);
    }
    put_item(kit, leaf, &data, &Value::Text(value.repr(MAX_REPR)), None, None)?;
    put_item(kit, leaf, WHOLE, value, None, None)
}

/// The value as a cell of a table, if it can be one.
fn cell_of(value: &Value) -> Option<Cells<'_>> {
    let cells = encode::cells(value)?;
    let scalar = cells.collection == Collection::Scalar;
    if encode::is_nested(cells.element, &cells.shape) {
        return None;
    }
    let fits = cells.count() > 0 && cells.bytes.len() <= MAX_CELL && (scalar || !cells.shape.is_empty());
    fits.then_some(cells)
}

fn put_value(kit: &mut Kit, leaf: &Node, name: &str, value: &Value) -> Called<()> {
    let Some(cells) = cell_of(value) else { return Ok(()) };
    let table = leaf::put_rows(kit, leaf, name, &[("data", &cells)], 1)?;
    kit.put_word(&table, c"SRVC_STORE", "TABLE")?;
    put_column_marks(kit, &table, "data", &cells)
}

/// What all values of an axis look like as cells of one column.
struct Cell {
    element: Element,
    shape: Vec<u64>,
}

/// The cell that holds every value of the axis, if there is one.
fn common_cell(explored: &Explored, runs: u64) -> Option<Cell> {
    let axis = &explored.axis;
    let first = axis.at(0);
    let cells = cell_of(&first)?;
    let mut cell = Cell { element: cells.element, shape: cells.shape.clone() };
    // Numbers have one width, whatever their value; only these can be long.
    if !matches!(first, Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Complex(_)) {
        for value in axis.values() {
            let cells = cell_of(&value)?;
            if cells.shape != cell.shape || cells.lengths.is_some() {
                return None;
            }
            cell.element = match (cell.element, cells.element) {
                (Element::Text { width: a, utf8 }, Element::Text { width: b, .. }) => {
                    Element::Text { width: a.max(b), utf8 }
                }
                (a, b) if a == b => a,
                _ => return None,
            };
        }
        let size = cell.element.size() as u64 * cell.shape.iter().product::<u64>();
        if size > MAX_CELL as u64 || !cell.shape.is_empty() && size.saturating_mul(runs) > MAX_EXPLORED {
            return None;
        }
    }
    Some(cell)
}

/// The values of all runs, one row each.
fn put_explored_cells(
    kit: &mut Kit,
    leaf: &Node,
    parameter: &Parameter,
    trajectory: &Trajectory,
    cell: &Cell,
) -> Called<()> {
    let field = leaf::field_type(kit, cell.element, &cell.shape)?;
    let row = Type::compound(&[("data", field.as_ref())])?;
    let runs = trajectory.run_count();
    let table = explored_table(kit, leaf, "explored_data", &row, runs)?;
    kit.put_word(&table, c"SRVC_STORE", "TABLE")?;
    let first = trajectory.value_of(parameter, RunIndex(0));
    if let Some(cells) = cell_of(&first) {
        put_column_marks(kit, &table, "data", &cells)?;
    }
    write_rows(&table, &row, trajectory, |bytes, run| {
        let value = trajectory.value_of(parameter, run);
        if let Some(cells) = cell_of(&value) {
            let cells = match cell.element {
                Element::Text { width, .. } => cells.widened(width),
                _ => cells,
            };
            bytes.extend_from_slice(&cells.bytes);
        }
    })
}

/// A dataset for each distinct value of the axis, and for each run which one it has.
fn put_explored_arrays(
    kit: &mut Kit,
    leaf: &Node,
    parameter: &Parameter,
    explored: &Explored,
    trajectory: &Trajectory,
) -> Called<()> {
    // Replicates are counted by integers, which never come here; so the position is that of an axis.
    debug_assert!(!matches!(parameter.value, Value::Int(_)), "integers fit into a table");
    let distinct = Distinct::of(&explored.axis);
    let number = |at: u64| distinct.numbers[at as usize] as u64;
    let values = distinct.firsts.iter().map(|&first| explored.axis.at(first)).enumerate();
    if let Value::Sparse(_) = parameter.value {
        put_indices(kit, leaf, &format!("explored_data{SPARSE_MARK}"), explored, trajectory, number)?;
        for (number, value) in values {
            if let Value::Sparse(matrix) = &value {
                put_sparse(kit, leaf, &explored_name(number), matrix)?;
            }
        }
        return Ok(());
    }
    put_indices(kit, leaf, INDICES, explored, trajectory, number)?;
    let mut sets = Sets::below(kit, leaf)?;
    for (at, value) in values {
        let set = sets.of(kit, at)?;
        put_item(kit, set, &format!("xa_{at:08}"), &value, None, None)?;
    }
    Ok(())
}

/// For each run, which of the explored values it has.
fn put_indices(
    kit: &mut Kit,
    leaf: &Node,
    name: &str,
    explored: &Explored,
    trajectory: &Trajectory,
    number: impl Fn(u64) -> u64,
) -> Called<()> {
    let index = kit.datatype(Element::INT)?;
    let row = Type::compound(&[("idx", index.as_ref())])?;
    let table = explored_table(kit, leaf, name, &row, trajectory.run_count())?;
    kit.put_word(&table, c"SRVC_STORE", "TABLE")?;
    put_column_marks(kit, &table, "idx", &Cells::scalar(Element::INT, "int", vec![0; 8]))?;
    write_rows(&table, &row, trajectory, |bytes, run| {
        let at = number(trajectory.points().coordinate(run, explored.position)) as i64;
        bytes.extend_from_slice(&at.to_ne_bytes());
    })
}

/// Groups of a thousand explored values.
struct Sets {
    all: Node,
    last: Option<Node>,
}

impl Sets {
    /// All of them below `leaf`.
    fn below(kit: &mut Kit, leaf: &Node) -> Called<Self> {
        let all = leaf.make_group(VALUES)?;
        kit.put_word(&all, c"SRVC_STORE", "NESTED_GROUP")?;
        Ok(Self { all, last: None })
    }

    /// The group for the value number `at`, where numbers come in order.
    fn of(&mut self, kit: &mut Kit, at: usize) -> Called<&Node> {
        if at.is_multiple_of(1000) {
            let group = self.all.make_group(&format!("set_{:05}", at / 1000))?;
            kit.put_word(&group, c"SRVC_STORE", "NESTED_GROUP")?;
            self.last = Some(group);
        }
        Ok(self.last.as_ref().expect("numbers begin with 0"))
    }
}

/// Writes what a class of the user's own has made of a parameter.
fn put_stored(
    kit: &mut Kit,
    parent: &Node,
    name: &str,
    parameter: &Parameter,
    class: &str,
    stored: &StoredItems,
) -> Called<()> {
    let leaf = kit.make_leaf(parent, name)?;
    leaf::describe(kit, &leaf, About { class, comment: &parameter.comment, unit: &parameter.unit }, None)?;
    kit.put_named_word(&leaf, HOST_SUMMARY, &stored.summary)?;
    put_items(kit, &leaf, named(&stored.default), |_| None)
}

/// What it has made of the explored values, each once, and for each run which of them it has.
fn put_explored_items(
    kit: &mut Kit,
    leaf: &Node,
    stored: &StoredItems,
    explored: &Explored,
    trajectory: &Trajectory,
) -> Called<()> {
    let mut known: HashMap<Contribution, u64> = HashMap::new();
    let mut first_of = Vec::new();
    let mut numbers = Vec::with_capacity(stored.explored.len());
    for (at, items) in stored.explored.iter().enumerate() {
        let next = known.len() as u64;
        let number = *known.entry(Contribution::of_items(items)).or_insert(next);
        if number == next {
            first_of.push(at);
        }
        numbers.push(number);
    }
    let number = |at: u64| usize::try_from(at).ok().and_then(|at| numbers.get(at)).copied().unwrap_or(0);
    put_indices(kit, leaf, INDICES, explored, trajectory, number)?;
    let mut sets = Sets::below(kit, leaf)?;
    for (number, &at) in first_of.iter().enumerate() {
        let group = sets.of(kit, number)?.make_group(&format!("xa_{number:08}"))?;
        kit.put_word(&group, c"SRVC_STORE", "NESTED_GROUP")?;
        kit.put_named_word(&group, HOST_SUMMARY, stored.explored_summaries.get(at).map_or("", String::as_str))?;
        put_items(kit, &group, named(&stored.explored[at]), |_| None)?;
    }
    Ok(())
}

fn named(items: &[(NodePath, Value)]) -> impl Iterator<Item = (&str, &Value)> + Clone {
    items.iter().map(|(item, value)| (item.as_str(), value))
}

fn explored_table(kit: &Kit, leaf: &Node, name: &str, row: &Type, runs: u64) -> Called<Node> {
    let bytes = usize::try_from(runs).unwrap_or(usize::MAX).saturating_mul(row.size());
    let shape = Shape::of(&[runs])?;
    if bytes <= 16 << 10 {
        return kit.make_table(leaf, name, row, &shape, bytes);
    }
    leaf.make_dataset(name, row, &shape, &kit.table_creation(runs, row.size())?)
}

/// Writes one row for each run, not all of them in memory at once.
fn write_rows(
    table: &Node,
    row: &Type,
    trajectory: &Trajectory,
    mut one: impl FnMut(&mut Vec<u8>, RunIndex),
) -> Called<()> {
    let (mut first, mut bytes) = (0, Vec::new());
    for run in trajectory.runs() {
        one(&mut bytes, run);
        if bytes.len() >= ROWS * row.size() {
            table.write_rows(row, first, &bytes)?;
            first = u64::from(run.0) + 1;
            bytes.clear();
        }
    }
    table.write_rows(row, first, &bytes)
}
