//! [`GrowingTable`]: a table whose number of rows is not known before the end.

use super::{
    kit::Kit,
    raw::{Called, Node},
    tables::{Columns, Field},
};

/// An open table with the rows that wait to be written: chunk by chunk, so that each is compressed once.
#[derive(Debug)]
pub(super) struct GrowingTable {
    node: Node,
    columns: Columns,
    waiting: Vec<u8>,
    /// Bytes of a chunk.
    batch: usize,
    /// Rows that were written.
    written: u64,
    /// Rows that the dataset has.
    room: u64,
}

impl GrowingTable {
    /// Makes a table that is about to have `expected` rows, with room for `room`. Rows that are not there in the
    /// end are taken away then; until then they are there, and empty.
    pub(super) fn create(
        kit: &mut Kit,
        parent: &Node,
        name: &str,
        columns: Columns,
        room: u64,
        expected: u64,
    ) -> Called<Self> {
        let node = columns.make_growing(kit, parent, name, room, expected)?;
        let batch = columns.chunk(expected) as usize * columns.row().size();
        Ok(Self { node, columns, waiting: Vec::new(), batch, written: 0, room })
    }

    /// The dataset.
    pub(super) fn node(&self) -> &Node {
        &self.node
    }

    /// Adds a row.
    pub(super) fn push(&mut self, fields: &[Field<'_>]) -> Called<()> {
        self.columns.fill(&mut self.waiting, fields);
        // After a flush the last chunk is partly written, and is filled up first.
        let size = self.columns.row().size();
        let begun = (self.written as usize * size) % self.batch;
        if begun + self.waiting.len() >= self.batch { self.flush() } else { Ok(()) }
    }

    /// Writes the rows that wait.
    pub(super) fn flush(&mut self) -> Called<()> {
        let end = self.written + (self.waiting.len() / self.columns.row().size()) as u64;
        if end > self.room {
            self.node.resize(end)?;
            self.room = end;
        }
        self.node.write_rows(self.columns.row(), self.written, &self.waiting)?;
        self.written = end;
        self.waiting.clear();
        Ok(())
    }

    /// Writes the rows that wait, and gives back the room that was not needed.
    pub(super) fn finish(mut self, kit: &Kit) -> Called<()> {
        self.flush()?;
        if self.room > self.written {
            self.node.resize(self.written)?;
        }
        kit.put_integer(&self.node, "NROWS", self.written as i64)
    }
}
