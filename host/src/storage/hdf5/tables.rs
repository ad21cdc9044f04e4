//! Tables of the overview: rows of fixed-length fields that PyTables and pandas open as they are.

use super::{
    cells::{Element, put_cut},
    kit::Kit,
    raw::{Called, Creation, Node, Shape, Storing, Type},
};

/// A field of a row, as it is filled.
#[derive(Clone, Debug)]
pub(super) enum Field<'a> {
    /// Text, cut at the width of its column.
    Text(&'a str),
    /// An integer.
    Int(i64),
    /// An unsigned integer.
    UInt(u64),
    /// A real.
    Float(f64),
    /// A truth value.
    Bool(bool),
}

/// The columns of a table.
#[derive(Debug)]
pub(super) struct Columns {
    columns: Vec<(&'static str, Element)>,
    row: Type,
}

/// A column of text that is at least `longest` bytes wide, and never wider than `most`.
pub(super) fn text(longest: usize, most: usize) -> Element {
    Element::Text { width: longest.clamp(1, most), utf8: true }
}

/// A column of unsigned integers.
pub(super) const UINT: Element = Element::Int { bytes: 8, signed: false };

impl Columns {
    /// Columns of these names and types.
    pub(super) fn new(columns: Vec<(&'static str, Element)>) -> Called<Self> {
        let types = columns.iter().map(|(_, element)| element.datatype()).collect::<Called<Vec<_>>>()?;
        let fields: Vec<(&str, &Type)> = columns.iter().zip(&types).map(|((name, _), type_)| (*name, type_)).collect();
        let row = Type::compound(&fields)?;
        Ok(Self { columns, row })
    }

    /// The datatype of a row.
    pub(super) fn row(&self) -> &Type {
        &self.row
    }

    /// Appends one row.
    pub(super) fn fill(&self, bytes: &mut Vec<u8>, fields: &[Field<'_>]) {
        debug_assert_eq!(self.columns.len(), fields.len(), "a field for every column");
        for ((_, element), field) in self.columns.iter().zip(fields) {
            match field {
                Field::Text(text) => put_cut(bytes, text, element.size()),
                Field::Int(i) => bytes.extend_from_slice(&i.to_ne_bytes()),
                Field::UInt(u) => bytes.extend_from_slice(&u.to_ne_bytes()),
                Field::Float(x) => bytes.extend_from_slice(&x.to_ne_bytes()),
                Field::Bool(b) => bytes.push((*b).into()),
            }
        }
    }

    /// Makes a table of `rows` rows, with the attributes that PyTables would write.
    pub(super) fn make(&self, kit: &mut Kit, parent: &Node, name: &str, rows: u64) -> Called<Node> {
        let node = self.make_growing(kit, parent, name, rows, rows)?;
        kit.put_integer(&node, "NROWS", rows as i64)?;
        Ok(node)
    }

    /// Makes a table of `rows` rows for now, in chunks that fit to `expected` rows. What is missing is the
    /// attribute that says how many there are in the end.
    pub(super) fn make_growing(
        &self,
        kit: &mut Kit,
        parent: &Node,
        name: &str,
        rows: u64,
        expected: u64,
    ) -> Called<Node> {
        let chunk = self.chunk(expected);
        let how = Creation::new(&Storing::Chunked(vec![chunk], 1), None)?;
        let bytes = (8 * chunk).max(CACHED_ROWS).saturating_mul(self.row.size() as u64);
        let cache = usize::try_from(bytes).ok();
        let node = parent.make_cached_dataset(name, &self.row, &Shape::growing(rows)?, &how, cache)?;
        kit.put_word(&node, c"CLASS", "TABLE")?;
        kit.put_word(&node, c"VERSION", "2.7")?;
        kit.put_word(&node, c"TITLE", name)?;
        for (at, (column, _)) in self.columns.iter().enumerate() {
            kit.put_named_word(&node, &format!("FIELD_{at}_NAME"), column)?;
        }
        Ok(node)
    }

    /// Rows of a chunk in a table of so many rows.
    pub(super) fn chunk(&self, expected: u64) -> u64 {
        (CHUNK / self.row.size() as u64).clamp(1, expected.max(1))
    }

    /// Makes a table of these rows.
    pub(super) fn write(&self, kit: &mut Kit, parent: &Node, name: &str, bytes: &[u8]) -> Called<()> {
        let rows = (bytes.len() / self.row.size()) as u64;
        self.make(kit, parent, name, rows)?.write_rows(&self.row, 0, bytes)
    }
}

/// Bytes of a chunk, before compression.
const CHUNK: u64 = 128 << 10;
/// Rows that are kept in memory, at least: runs end nearly in order, but of two workers one may be this far ahead.
const CACHED_ROWS: u64 = 4096;
