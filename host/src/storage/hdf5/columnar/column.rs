//! [`Column`]: one column of what runs have added, with the rows that wait to be written.
//!
//! Rows come in the order in which runs end and are written many at a time; only rows that are as large as a chunk are
//! written at once, past the library's cache.

use std::borrow::Cow;

use crate::{
    journal::Places,
    trajectory::{RunIndex, Value},
};

use super::{
    super::{
        column_sums::Sum,
        kit::Kit,
        raw::{Called, Creation, Fill, Node, Reference, Shape, Storing, Type},
        scalar_column::{MAX_EXACT, NO_BOOL, NO_INT},
    },
    chunks::Chunks,
    elements::{Content, Elements, Kind},
    rows::Rows,
};

/// An open column.
#[derive(Debug)]
pub(super) struct Column {
    kind: Kind,
    cells: Cells,
    /// The runs of the rows that wait.
    rows: Vec<RunIndex>,
    /// The lowest run that has a row here.
    lowest: RunIndex,
    /// How many runs have one.
    count: u64,
    sum: Sum,
    /// There is an integer that no real number holds.
    large: bool,
}

/// Where rows wait, and what they are written to.
#[derive(Debug)]
enum Cells {
    Fixed { node: Node, type_: Type, row: Vec<u64>, size: usize, is_chunk: bool, waiting: Vec<u8> },
    Texts { node: Node, waiting: Vec<String> },
    Ragged(Box<Ragged>),
}

/// Rows of different shapes: their elements one after the other, and for each run where its row begins and its shape.
#[derive(Debug)]
struct Ragged {
    offset: Node,
    shape: Node,
    values: Node,
    type_: Type,
    index: Type,
    rank: usize,
    /// Elements that were written.
    written: u64,
    waiting: Vec<u8>,
    offsets: Vec<u64>,
    shapes: Vec<u64>,
}

/// The names of the datasets of ragged rows.
pub(super) const OFFSET: &str = "offset";
pub(super) const SHAPE: &str = "shape";
pub(super) const VALUES: &str = "values";

impl Column {
    /// Makes a column of `runs` rows as `name` below `home`, measured by `scale` where netCDF's rules hold.
    pub(super) fn create(
        kit: &mut Kit,
        home: &Node,
        name: &str,
        kind: Kind,
        runs: u64,
        chunks: Chunks,
        scale: Option<&Reference>,
    ) -> Called<Self> {
        let level = kit.level();
        let simple = |type_: Type, fill: &[u8]| -> Called<Cells> {
            let size = type_.size();
            let storing = Storing::Chunked(vec![chunks.rows(size, runs)], level);
            let how = Creation::new(&storing, Some(Fill(&type_, fill)))?;
            let node = home.make_cached_dataset(name, &type_, &Shape::growing(runs)?, &how, Some(chunks.cache()))?;
            scale.map_or(Ok(()), |scale| node.put_dimension(scale))?;
            Ok(Cells::Fixed { node, type_, row: Vec::new(), size, is_chunk: false, waiting: Vec::new() })
        };
        let cells = match &kind {
            Kind::Float => simple(Type::real(8)?, &f64::NAN.to_ne_bytes())?,
            Kind::Int => simple(Type::integer(8, true)?, &NO_INT.to_ne_bytes())?,
            Kind::Bool => simple(Type::integer(1, true)?, &NO_BOOL.to_ne_bytes())?,
            Kind::Text => {
                let how = Creation::new(&Storing::Chunked(vec![chunks.rows(16, runs)], 0), None)?;
                let node = home.make_text_dataset(name, &Shape::growing(runs)?, &how)?;
                scale.map_or(Ok(()), |scale| node.put_dimension(scale))?;
                Cells::Texts { node, waiting: Vec::new() }
            }
            Kind::Rows { of, shape } => {
                let type_ = of.dtype.element().datatype()?;
                let elements = shape.iter().product::<u64>();
                let size = elements as usize * type_.size();
                let rows = chunks.rows(size, runs);
                let chunk: Vec<u64> = std::iter::once(rows).chain(chunks.inner(shape, type_.size())).collect();
                let is_chunk = level == 0 && rows == 1 && chunk[1..] == shape[..];
                let fill = of.fill();
                let fill = fill.as_deref().map(|bytes| Fill(&type_, bytes));
                let how = Creation::new(&Storing::Chunked(chunk, level), fill)?;
                let all: Vec<u64> = std::iter::once(runs).chain(shape.iter().copied()).collect();
                let space = Shape::growing_first(&all)?;
                let node = home.make_cached_dataset(name, &type_, &space, &how, Some(chunks.cache()))?;
                Cells::Fixed { node, type_, row: shape.clone(), size, is_chunk, waiting: Vec::new() }
            }
            Kind::Ragged { of, rank } => {
                Cells::Ragged(Box::new(Ragged::create(home, name, *of, *rank, runs, chunks, level)?))
            }
        };
        let lowest = RunIndex(u32::MAX);
        Ok(Self { kind, cells, rows: Vec::new(), lowest, count: 0, sum: Sum::default(), large: false })
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.kind
    }

    pub(super) fn lowest(&self) -> RunIndex {
        self.lowest
    }

    pub(super) fn sum(&self) -> Sum {
        self.sum
    }

    /// The dataset, for attributes; that of the elements where there are several.
    pub(super) fn node(&self) -> &Node {
        match &self.cells {
            Cells::Fixed { node, .. } | Cells::Texts { node, .. } => node,
            Cells::Ragged(ragged) => &ragged.values,
        }
    }

    /// Adds the row of a run, and says how many bytes of it wait now. Takes note of where a large array lies that does
    /// not wait, as it is in memory.
    pub(super) fn push(&mut self, run: RunIndex, content: Content<'_>, arrays: &mut Places) -> Called<usize> {
        self.count += 1;
        self.lowest = self.lowest.min(run);
        let number = u64::from(run.0);
        match (&mut self.cells, content) {
            (Cells::Fixed { waiting, .. }, Content::Value(Value::Float(x))) if self.kind == Kind::Float => {
                let bytes = x.to_ne_bytes();
                // A cell that looks as if there was none adds nothing, for whoever reads it cannot tell.
                if bytes != f64::NAN.to_ne_bytes() {
                    self.sum.add(number, &bytes);
                }
                waiting.extend_from_slice(&bytes);
                self.rows.push(run);
                Ok(8)
            }
            (Cells::Fixed { waiting, .. }, Content::Value(Value::Int(i))) => {
                self.large |= i.unsigned_abs() > MAX_EXACT;
                if *i != NO_INT {
                    self.sum.add(number, &i.to_ne_bytes());
                }
                waiting.extend_from_slice(&i.to_ne_bytes());
                self.rows.push(run);
                Ok(8)
            }
            (Cells::Fixed { waiting, .. }, Content::Value(Value::Bool(b))) => {
                self.sum.add(number, &[u8::from(*b)]);
                waiting.push(u8::from(*b));
                self.rows.push(run);
                Ok(1)
            }
            (Cells::Texts { waiting, .. }, Content::Value(Value::Text(text))) => {
                if !text.is_empty() {
                    self.sum.add(number, text.as_bytes());
                }
                waiting.push(text.clone());
                self.rows.push(run);
                Ok(text.len() + size_of::<String>())
            }
            (Cells::Fixed { node, type_, row, is_chunk: true, .. }, content) => {
                let Kind::Rows { of, .. } = &self.kind else { return Ok(0) };
                let (bytes, _) = content.bytes(*of);
                let offset = node.write_chunk(type_, number, row, &bytes)?;
                if let (Cow::Borrowed(bytes), Some(offset)) = (bytes, offset) {
                    arrays.insert(bytes, offset);
                }
                Ok(0)
            }
            (Cells::Fixed { waiting, .. }, content) => {
                let Kind::Rows { of, .. } = &self.kind else { return Ok(0) };
                let (bytes, _) = content.bytes(*of);
                waiting.extend_from_slice(&bytes);
                self.rows.push(run);
                Ok(bytes.len())
            }
            (Cells::Ragged(ragged), content) => {
                let Kind::Ragged { of, .. } = &self.kind else { return Ok(0) };
                let (bytes, shape) = content.bytes(*of);
                ragged.push(&bytes, &shape)?;
                self.rows.push(run);
                Ok(bytes.len().min(LARGE) + 8 * (1 + shape.len()))
            }
            (Cells::Texts { .. }, _) => Ok(0),
        }
    }

    /// Writes the rows that wait, neighbours at once.
    pub(super) fn flush(&mut self) -> Called<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let rows = Rows::new(&self.rows);
        match &mut self.cells {
            Cells::Fixed { node, type_, row, size, waiting, .. } => {
                rows.write(waiting, *size, |first, bytes| node.write_blocks(type_, first, row, bytes))?;
                waiting.clear();
            }
            Cells::Texts { node, waiting } => {
                rows.each_span(|first, span| node.write_texts(first, span.map(|at| waiting[at].as_str())))?;
                waiting.clear();
            }
            Cells::Ragged(ragged) => ragged.flush(&rows)?,
        }
        self.rows.clear();
        Ok(())
    }

    /// Writes the attributes that depend on whether anything is missing in `runs` runs, and says what there is to note.
    pub(super) fn describe(&self, kit: &Kit, runs: u64) -> Called<Option<String>> {
        let missing = self.count < runs;
        let note = |fill: &dyn std::fmt::Display| {
            Some(format!("missing where status is not ok, or the run has no such result; there stands {fill}"))
        };
        let node = self.node();
        let fill = |type_: Type, bytes: &[u8]| node.put_attribute("_FillValue", &type_, &kit.scalar, bytes);
        Ok(match &self.kind {
            // Readers would make real numbers of all values, and lose the last digits of large ones.
            Kind::Int if missing && self.large => note(&NO_INT),
            Kind::Int if missing => {
                fill(Type::integer(8, true)?, &NO_INT.to_ne_bytes())?;
                None
            }
            // xarray turns a missing truth value into True if it is told that these are truth values.
            Kind::Bool if missing => {
                fill(Type::integer(1, true)?, &NO_BOOL.to_ne_bytes())?;
                note(&NO_BOOL)
            }
            Kind::Bool => {
                kit.put_terminated(node, "dtype", "bool")?;
                None
            }
            Kind::Rows { of, .. } if of.is_bool() && !missing => {
                kit.put_terminated(node, "dtype", "bool")?;
                None
            }
            Kind::Rows { of, .. } if missing && !of.is_real() => {
                note(&of.fill().map_or("nothing", |_| if of.is_bool() { "-1" } else { "0" }))
            }
            Kind::Float | Kind::Int | Kind::Text | Kind::Rows { .. } | Kind::Ragged { .. } => None,
        })
    }
}

/// Ragged rows from this size on do not wait.
const LARGE: usize = 256 << 10;

impl Ragged {
    fn create(
        home: &Node,
        name: &str,
        of: Elements,
        rank: usize,
        runs: u64,
        chunks: Chunks,
        level: u8,
    ) -> Called<Self> {
        let group = home.make_group(name)?;
        let index = Type::integer(8, true)?;
        let type_ = of.dtype.element().datatype()?;
        // Nearly all of these are close to one another.
        let rows = chunks.rows(8, runs);
        let how = Creation::new(&Storing::Chunked(vec![rows], 1), Some(Fill(&index, &(-1i64).to_ne_bytes())))?;
        let offset = group.make_cached_dataset(OFFSET, &index, &Shape::growing(runs)?, &how, Some(chunks.cache()))?;
        let inner = rank as u64;
        let rows = chunks.rows(8 * rank, runs);
        let how = Creation::new(&Storing::Chunked(vec![rows, inner], 1), None)?;
        let space = Shape::growing_first(&[runs, inner])?;
        let shape = group.make_cached_dataset(SHAPE, &index, &space, &how, Some(chunks.cache()))?;
        let how = Creation::new(&Storing::Chunked(vec![chunks.elements(type_.size())], level), None)?;
        let values = group.make_cached_dataset(VALUES, &type_, &Shape::growing(0)?, &how, Some(chunks.cache()))?;
        Ok(Self {
            offset,
            shape,
            values,
            type_,
            index,
            rank,
            written: 0,
            waiting: Vec::new(),
            offsets: Vec::new(),
            shapes: Vec::new(),
        })
    }

    fn push(&mut self, bytes: &[u8], shape: &[u64]) -> Called<()> {
        let begin = self.written + (self.waiting.len() / self.type_.size()) as u64;
        self.offsets.push(begin);
        self.shapes.extend_from_slice(shape);
        if bytes.len() < LARGE {
            self.waiting.extend_from_slice(bytes);
            return Ok(());
        }
        self.flush_values()?;
        self.append(bytes)
    }

    fn flush_values(&mut self) -> Called<()> {
        let waiting = std::mem::take(&mut self.waiting);
        self.append(&waiting)?;
        self.waiting = waiting;
        self.waiting.clear();
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> Called<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let end = self.written + (bytes.len() / self.type_.size()) as u64;
        self.values.resize(end)?;
        self.values.write_rows(&self.type_, self.written, bytes)?;
        self.written = end;
        Ok(())
    }

    fn flush(&mut self, rows: &Rows<'_>) -> Called<()> {
        self.flush_values()?;
        let offsets = super::super::encode::bytes_of(&self.offsets);
        rows.write(offsets, 8, |first, bytes| self.offset.write_rows(&self.index, first, bytes))?;
        let inner = [self.rank as u64];
        let shapes = super::super::encode::bytes_of(&self.shapes);
        rows.write(shapes, 8 * self.rank, |first, bytes| self.shape.write_blocks(&self.index, first, &inner, bytes))?;
        self.offsets.clear();
        self.shapes.clear();
        Ok(())
    }
}
