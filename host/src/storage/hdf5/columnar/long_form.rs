//! [`LongForm`]: results that have no columns, because there are too many different ones, as a table with a row for each
//! item.
//!
//! `overview/long_form` is for people and pandas; where a value is more than a number or a short text, it is only told
//! there. All of it, bit for bit, stands in `overview/long_form_bytes`: for each run a length in eight bytes and its
//! results in the encoding of `postcard`.

use crate::{
    overview::{MAX_VALUE, words_of_value},
    trajectory::{Addition, RunIndex, Value},
};

use super::super::{
    cells::Element,
    growing_table::GrowingTable,
    kit::Kit,
    raw::{Called, Creation, Node, Shape, Storing, Type},
    tables::{Columns, Field, text},
};

pub(super) const TABLE: &str = "long_form";
pub(super) const BYTES: &str = "long_form_bytes";
/// Bytes of the length of a run.
const LENGTH: usize = 8;
/// The widest name in the table; longer ones are cut there.
const NAME: usize = 255;
const CHUNK: u64 = 64 << 10;
const EXPECTED: u64 = 1024;
/// Bytes that are collected before they are written.
const BATCH: usize = 1 << 20;

/// The open table, made when something needs it.
#[derive(Debug, Default)]
pub(super) struct LongForm(Option<Open>);

#[derive(Debug)]
struct Open {
    table: GrowingTable,
    bytes: Node,
    byte: Type,
    written: u64,
    waiting: Vec<u8>,
}

impl LongForm {
    /// Adds what a run has added, and says where it begins.
    pub(super) fn put(
        &mut self,
        kit: &mut Kit,
        overview: &Node,
        run: RunIndex,
        additions: &[&Addition],
    ) -> Called<u64> {
        let open = match &mut self.0 {
            Some(open) => open,
            None => self.0.insert(Open::create(kit, overview)?),
        };
        for addition in additions {
            for (item, value) in &addition.items {
                let number = match value {
                    Value::Float(x) => *x,
                    Value::Int(i) => *i as f64,
                    Value::Bool(b) => f64::from(u8::from(*b)),
                    _ => f64::NAN,
                };
                let words = words_of_value(value);
                open.table.push(&[
                    Field::Int(run.0.into()),
                    Field::Text(addition.kind.branch()),
                    Field::Text(addition.name.as_str()),
                    Field::Text(item.as_str()),
                    Field::Float(number),
                    Field::Text(&words),
                ])?;
            }
        }
        let begin = open.written + open.waiting.len() as u64;
        let encoded = postcard::to_allocvec(additions).expect("results can be encoded");
        open.waiting.extend_from_slice(&(encoded.len() as u64).to_le_bytes());
        open.waiting.extend_from_slice(&encoded);
        if open.waiting.len() >= BATCH {
            open.flush_bytes()?;
        }
        Ok(begin)
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self) -> Called<()> {
        let Some(open) = &mut self.0 else { return Ok(()) };
        open.table.flush()?;
        open.flush_bytes()
    }

    /// Writes what waits, and says how many rows there are.
    pub(super) fn finish(mut self, kit: &Kit) -> Called<()> {
        self.flush()?;
        match self.0 {
            Some(open) => open.table.finish(kit),
            None => Ok(()),
        }
    }
}

impl Open {
    fn create(kit: &mut Kit, overview: &Node) -> Called<Self> {
        let columns = Columns::new(vec![
            ("run", Element::INT),
            ("branch", text(18, 18)),
            ("name", text(NAME, NAME)),
            ("item", text(NAME, NAME)),
            ("value", Element::FLOAT),
            ("words", text(MAX_VALUE, MAX_VALUE)),
        ])?;
        let table = GrowingTable::create(kit, overview, TABLE, columns, 0, EXPECTED)?;
        let byte = Type::integer(1, false)?;
        let how = Creation::new(&Storing::Chunked(vec![CHUNK], 1), None)?;
        let bytes = overview.make_dataset(BYTES, &byte, &Shape::growing(0)?, &how)?;
        Ok(Self { table, bytes, byte, written: 0, waiting: Vec::new() })
    }

    fn flush_bytes(&mut self) -> Called<()> {
        let end = self.written + self.waiting.len() as u64;
        self.bytes.resize(end)?;
        self.bytes.write_rows(&self.byte, self.written, &self.waiting)?;
        self.written = end;
        self.waiting.clear();
        Ok(())
    }
}

/// The results of the run that begins there.
pub(super) fn read(overview: &Node, begin: u64) -> Called<Result<Vec<Addition>, String>> {
    let (node, byte) = (overview.open(BYTES)?, Type::integer(1, false)?);
    let length = node.read_rows(&byte, begin, LENGTH as u64)?;
    let length = length.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let encoded = node.read_rows(&byte, begin + LENGTH as u64, length)?;
    Ok(postcard::from_bytes(&encoded).map_err(|error| format!("its long form cannot be decoded: {error}")))
}
