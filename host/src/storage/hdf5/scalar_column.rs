//! [`Column`]: a scalar of every run, as one netCDF-4 variable.

use crate::trajectory::{RunIndex, Value};

use super::{
    column_sums::Sum,
    kit::Kit,
    raw::{Called, Creation, Fill, Node, Reference, Shape, Storing, Type},
};

/// Longer texts are left to the tree.
pub(super) const MAX_TEXT: usize = 256;
/// What stands for a missing integer: netCDF's own choice.
pub(super) const NO_INT: i64 = -9_223_372_036_854_775_806;
/// What stands for a missing truth value.
pub(super) const NO_BOOL: i8 = -1;
/// Larger integers are not safe as real numbers, which readers make of a column that has a fill value.
pub(super) const MAX_EXACT: u64 = 1 << 53;

/// Rows of a chunk.
const CHUNK: u64 = 16 << 10;

/// An open variable with the cells that wait to be written.
#[derive(Debug)]
pub(super) struct Column {
    /// What it is called for now; empty if it was removed.
    pub(super) name: String,
    node: Node,
    type_: Type,
    pub(super) kind: Kind,
    rows: Vec<RunIndex>,
    cells: Buffer,
    written: u64,
    pub(super) sum: Sum,
    /// The comment, and the lowest run that has it.
    pub(super) long_name: (RunIndex, String),
    pub(super) units: String,
    /// There is an integer that no real number holds.
    large: bool,
    /// The columns of the same name with values of other types.
    pub(super) others: Vec<String>,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Float,
    Int,
    UInt,
    Bool,
    Text,
}

/// What is added to the name of a column that does not keep the plain one.
pub(super) const KINDS: [&str; 5] = ["real", "integer", "unsigned", "boolean", "text"];

#[derive(Debug)]
enum Buffer {
    Bytes(Vec<u8>),
    Texts(Vec<String>),
}

/// Why something stands in the tree only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LeftOut {
    LongName,
    ZeroByte,
    LongText,
    NoScalar,
}

/// One cell of a column.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    Float(f64),
    Int(i64),
    UInt(u64),
    Bool(bool),
    Text(&'a str),
}

/// The scale that numbers `runs` rows is stored as this one is, and so are all columns.
pub(super) fn chunk(runs: u64) -> Storing {
    Storing::Chunked(vec![CHUNK.min(runs).max(1)], 0)
}

impl Column {
    /// Makes the variable for `runs` rows, none of which has a value yet.
    pub(super) fn create(group: &Node, name: &str, kind: Kind, runs: u64, scale: &Reference) -> Called<Self> {
        let (chunk, shape) = (chunk(runs), Shape::growing(runs)?);
        let type_ = match kind {
            Kind::Float => Type::real(8)?,
            Kind::Int => Type::integer(8, true)?,
            Kind::UInt => Type::integer(8, false)?,
            Kind::Bool | Kind::Text => Type::integer(1, true)?,
        };
        let node = if kind == Kind::Text {
            // No fill value: the library would write it once for every row of a chunk.
            group.make_text_dataset(name, &shape, &Creation::new(&chunk, None)?)?
        } else {
            group.make_dataset(name, &type_, &shape, &Creation::new(&chunk, Some(Fill(&type_, kind.fill())))?)?
        };
        node.put_dimension(scale)?;
        Ok(Self {
            name: name.to_owned(),
            node,
            type_,
            kind,
            rows: Vec::new(),
            cells: if kind == Kind::Text { Buffer::Texts(Vec::new()) } else { Buffer::Bytes(Vec::new()) },
            written: 0,
            sum: Sum::default(),
            long_name: (RunIndex(0), String::new()),
            units: String::new(),
            large: false,
            others: Vec::new(),
        })
    }

    /// Closes it, and tells its name.
    pub(super) fn into_name(self) -> String {
        self.name
    }

    /// Takes a cell for a run; the first one of two.
    pub(super) fn push(&mut self, run: RunIndex, cell: Cell<'_>) {
        // Two items of one run may have the same key: `a.b` of `c`, and `b.c` of `a`; the first one stands here.
        if cell.kind() != self.kind || self.rows.last() == Some(&run) {
            return;
        }
        self.rows.push(run);
        let number = u64::from(run.0);
        match cell {
            Cell::Float(x) => self.count(number, &x.to_ne_bytes()),
            Cell::Int(i) => self.count(number, &i.to_ne_bytes()),
            Cell::UInt(u) => self.count(number, &u.to_ne_bytes()),
            Cell::Bool(b) => self.count(number, &[b.into()]),
            Cell::Text(text) => self.count(number, text.as_bytes()),
        }
        match (&mut self.cells, cell) {
            (Buffer::Bytes(bytes), Cell::Float(x)) => bytes.extend_from_slice(&x.to_ne_bytes()),
            (Buffer::Bytes(bytes), Cell::Int(i)) => {
                self.large |= i.unsigned_abs() > MAX_EXACT;
                bytes.extend_from_slice(&i.to_ne_bytes());
            }
            (Buffer::Bytes(bytes), Cell::UInt(u)) => bytes.extend_from_slice(&u.to_ne_bytes()),
            (Buffer::Bytes(bytes), Cell::Bool(b)) => bytes.push(b.into()),
            (Buffer::Texts(texts), Cell::Text(text)) => texts.push(text.to_owned()),
            // The kinds agree, so the buffer does.
            (Buffer::Bytes(_), Cell::Text(_)) | (Buffer::Texts(_), _) => {}
        }
    }

    /// Adds a cell to the sum, unless it is one that stands for a missing value.
    fn count(&mut self, run: u64, cell: &[u8]) {
        if cell != self.kind.fill() {
            self.sum.add(run, cell);
        }
    }

    /// Writes the waiting cells, neighbours at once.
    pub(super) fn flush(&mut self) -> Called<()> {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        if !self.rows.is_sorted() {
            order.sort_unstable_by_key(|&at| self.rows[at]);
        }
        let mut span_bytes = Vec::new();
        for span in order.chunk_by(|&a, &b| self.rows[a].0 + 1 == self.rows[b].0) {
            let first = u64::from(self.rows[span[0]].0);
            match &self.cells {
                Buffer::Bytes(bytes) => {
                    let size = self.type_.size();
                    span_bytes.clear();
                    span.iter().for_each(|&at| span_bytes.extend_from_slice(&bytes[at * size..(at + 1) * size]));
                    self.node.write_rows(&self.type_, first, &span_bytes)?;
                }
                Buffer::Texts(texts) => self.node.write_texts(first, span.iter().map(|&at| texts[at].as_str()))?,
            }
        }
        self.written += self.rows.len() as u64;
        self.rows.clear();
        match &mut self.cells {
            Buffer::Bytes(bytes) => bytes.clear(),
            Buffer::Texts(texts) => texts.clear(),
        }
        Ok(())
    }

    /// Writes the attributes, some of which depend on whether any of `runs` has no value.
    pub(super) fn describe(&self, kit: &Kit, runs: u64) -> Called<()> {
        let missing = self.written < runs;
        if !self.units.is_empty() {
            kit.put_terminated(&self.node, "units", &self.units)?;
        }
        if !self.long_name.1.is_empty() {
            kit.put_terminated(&self.node, "long_name", &self.long_name.1)?;
        }
        let mut notes = Vec::new();
        match self.kind {
            // Readers would make real numbers of all values, and lose the last digits of large ones.
            Kind::Int if missing && self.large => {
                notes.push(format!(
                    "missing where status is not ok, or the run has no such result; there stands {NO_INT}"
                ));
            }
            Kind::Int if missing => {
                self.node.put_attribute("_FillValue", &self.type_, &kit.scalar, &NO_INT.to_ne_bytes())?;
            }
            // xarray turns a missing truth value into True if it is told that these are truth values.
            Kind::Bool if missing => {
                self.node.put_attribute("_FillValue", &self.type_, &kit.scalar, &NO_BOOL.to_ne_bytes())?;
                notes.push(format!(
                    "missing where status is not ok, or the run has no such result; there stands {NO_BOOL}"
                ));
            }
            Kind::Bool => kit.put_terminated(&self.node, "dtype", "bool")?,
            Kind::Float | Kind::Int | Kind::UInt | Kind::Text => {}
        }
        if !self.others.is_empty() {
            notes.push(format!("runs with a value of another type are in {}", self.others.join(", ")));
        }
        if notes.is_empty() { Ok(()) } else { kit.put_terminated(&self.node, "note", &notes.join("; ")) }
    }
}

impl Kind {
    /// All of them, in the order of [`KINDS`].
    pub(super) const ALL: [Self; KINDS.len()] = [Self::Float, Self::Int, Self::UInt, Self::Bool, Self::Text];

    /// What stands where a run has no value.
    pub(super) fn fill(self) -> &'static [u8] {
        const FLOAT: [u8; 8] = f64::NAN.to_ne_bytes();
        const INT: [u8; 8] = NO_INT.to_ne_bytes();
        const BOOL: [u8; 1] = NO_BOOL.to_ne_bytes();
        match self {
            Self::Float => &FLOAT,
            Self::Int => &INT,
            Self::UInt => &[0; 8],
            Self::Bool => &BOOL,
            Self::Text => &[],
        }
    }
}

impl Cell<'_> {
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Float(_) => Kind::Float,
            Self::Int(_) => Kind::Int,
            Self::UInt(_) => Kind::UInt,
            Self::Bool(_) => Kind::Bool,
            Self::Text(_) => Kind::Text,
        }
    }

    /// Why this is no cell of a column.
    pub(super) fn left_out(self) -> Option<LeftOut> {
        match self {
            Self::Text(text) if text.contains('\0') => Some(LeftOut::ZeroByte),
            Self::Text(text) if text.len() > MAX_TEXT => Some(LeftOut::LongText),
            _ => None,
        }
    }
}

/// The cells of a scalar with what is added to its name; `None` if the value is no scalar.
pub(super) fn parts(value: &Value) -> Option<[Option<(&'static str, Cell<'_>)>; 2]> {
    let one = |cell| Some([Some(("", cell)), None]);
    match value {
        Value::Bool(b) => one(Cell::Bool(*b)),
        Value::Int(i) => one(Cell::Int(*i)),
        Value::Float(x) => one(Cell::Float(*x)),
        Value::Complex(c) => Some([Some((".real", Cell::Float(c.re))), Some((".imag", Cell::Float(c.im)))]),
        Value::Text(text) => one(Cell::Text(text)),
        _ => None,
    }
}
