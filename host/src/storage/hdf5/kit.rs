//! [`Kit`]: datatypes, shapes and property lists that are made once and used for every node.

use std::{borrow::Cow, collections::HashMap, ffi::CStr, sync::Arc};

use crate::journal::{PLACED_FROM, Places};

use super::{
    cells::{Cells, Element},
    raw::{Called, Creation, GroupCreation, Node, Shape, Storing, Type},
};

/// What all writing shares.
#[derive(Debug)]
pub(super) struct Kit {
    /// One element without dimensions.
    pub(super) scalar: Shape,
    null: Shape,
    compact: Creation,
    contiguous: Creation,
    types: HashMap<Element, Arc<Type>>,
    words: HashMap<usize, Arc<Type>>,
    /// Room for one child and the two attributes that every leaf has; 12 % faster than without.
    leaf: GroupCreation,
    byte: Type,
    index: Type,
    /// Level of gzip for large arrays and tables; 0 for none.
    level: u8,
    /// Where large arrays lie that were written in one piece, as they are in memory.
    pub(super) places: Places,
}

/// More kinds of types than this are made anew each time; texts of all lengths would fill the memory.
const MAX_TYPES: usize = 512;
/// What fits into an object header without wasting the file.
const MAX_COMPACT: usize = 512;
/// Smaller arrays are not worth a chunk index and a filter.
const MIN_COMPRESSED: usize = 8 << 10;
/// Bytes of a chunk: the default cache of the library holds one.
const CHUNK: u64 = 1 << 20;

impl Kit {
    /// Makes the tools; `level` is that of gzip.
    pub(super) fn new(level: u8) -> Called<Self> {
        Ok(Self {
            scalar: Shape::scalar()?,
            null: Shape::null()?,
            compact: Creation::new(&Storing::Compact, None)?,
            contiguous: Creation::new(&Storing::Contiguous, None)?,
            types: HashMap::new(),
            words: HashMap::new(),
            leaf: GroupCreation::roomy(4, 24)?,
            byte: Type::integer(1, false)?,
            index: Type::integer(8, true)?,
            level,
            places: Places::default(),
        })
    }

    /// Level of gzip; 0 for none.
    pub(super) fn level(&self) -> u8 {
        self.level
    }

    /// Makes the group of a leaf.
    pub(super) fn make_leaf(&self, parent: &Node, name: &str) -> Called<Node> {
        parent.make_group_as(name, &self.leaf)
    }

    /// The datatype of an element.
    pub(super) fn datatype(&mut self, element: Element) -> Called<Arc<Type>> {
        if let Some(known) = self.types.get(&element) {
            return Ok(known.clone());
        }
        let made = Arc::new(element.datatype()?);
        if self.types.len() < MAX_TYPES {
            self.types.insert(element, made.clone());
        }
        Ok(made)
    }

    /// A text attribute as PyTables writes it: UTF-8, just as wide as it is; empty text has no element.
    pub(super) fn put_word(&mut self, node: &Node, name: &CStr, text: &str) -> Called<()> {
        let width = text.len().max(1);
        let type_ = match self.words.get(&width) {
            Some(known) => known.clone(),
            None => {
                let made = Arc::new(Type::text(width, true, true)?);
                if self.words.len() < MAX_TYPES {
                    self.words.insert(width, made.clone());
                }
                made
            }
        };
        let shape = if text.is_empty() { &self.null } else { &self.scalar };
        node.put_attribute_c(name, &type_, shape, text.as_bytes())
    }

    /// The same with a name made at run time.
    pub(super) fn put_named_word(&mut self, node: &Node, name: &str, text: &str) -> Called<()> {
        let name = std::ffi::CString::new(name).unwrap_or_default();
        self.put_word(node, &name, text)
    }

    /// A text attribute with a zero byte at the end, as netCDF insists on.
    pub(super) fn put_terminated(&self, node: &Node, name: &str, text: &str) -> Called<()> {
        let mut bytes = text.as_bytes().to_vec();
        bytes.push(0);
        node.put_attribute(name, &Type::text(bytes.len(), true, true)?, &self.scalar, &bytes)
    }

    /// A flag that pypet takes for true.
    pub(super) fn put_flag(&self, node: &Node, name: &CStr) -> Called<()> {
        node.put_attribute_c(name, &self.byte, &self.scalar, &[1])
    }

    /// An integer attribute.
    pub(super) fn put_integer(&self, node: &Node, name: &str, value: i64) -> Called<()> {
        node.put_attribute(name, &self.index, &self.scalar, &value.to_ne_bytes())
    }

    /// An attribute of integers.
    pub(super) fn put_lengths(&self, node: &Node, name: &str, values: &[u64]) -> Called<()> {
        let type_ = Type::integer(8, false)?;
        node.put_attribute(name, &type_, &Shape::of(&[values.len() as u64])?, super::encode::bytes_of(values))
    }

    /// Makes a dataset of these elements and writes them. Says whether it is chunked.
    pub(super) fn put_cells(&mut self, parent: &Node, name: &str, cells: &Cells<'_>) -> Called<(Node, bool)> {
        let type_ = self.datatype(cells.element)?;
        let made;
        let shape = if cells.shape.is_empty() {
            &self.scalar
        } else {
            made = Shape::of(&cells.shape)?;
            &made
        };
        let chunked;
        let (how, is_chunked) = if cells.bytes.is_empty() || cells.shape.is_empty() && cells.bytes.len() > MAX_COMPACT {
            (&self.contiguous, false)
        } else if cells.bytes.len() <= MAX_COMPACT {
            (&self.compact, false)
        } else if self.level > 0 && cells.bytes.len() >= MIN_COMPRESSED {
            let storing = Storing::Chunked(chunk(&cells.shape, cells.element.size() as u64), self.level);
            chunked = Creation::new(&storing, None)?;
            (&chunked, true)
        } else {
            (&self.contiguous, false)
        };
        let node = parent.make_dataset(name, &type_, shape, how)?;
        node.write_shaped(&type_, shape, &cells.bytes)?;
        if let Cow::Borrowed(bytes) = cells.bytes
            && bytes.len() >= PLACED_FROM
            && !is_chunked
            && let Some(offset) = node.offset()?
        {
            self.places.insert(bytes, offset);
        }
        Ok((node, is_chunked))
    }

    /// Makes a small table that is written at once.
    pub(super) fn make_table(
        &self,
        parent: &Node,
        name: &str,
        type_: &Type,
        shape: &Shape,
        bytes: usize,
    ) -> Called<Node> {
        let how = if (1..=MAX_COMPACT).contains(&bytes) { &self.compact } else { &self.contiguous };
        parent.make_dataset(name, type_, shape, how)
    }

    /// How a table of `rows` rows of `size` bytes lies in the file.
    pub(super) fn table_creation(&self, rows: u64, size: usize) -> Called<Creation> {
        let chunk = (CHUNK / 4 / size.max(1) as u64).clamp(1, rows.max(1));
        Creation::new(&Storing::Chunked(vec![chunk], self.level.max(1)), None)
    }
}

/// The shape of chunks: whole slowest dimensions are cut until a chunk is small enough.
fn chunk(shape: &[u64], element: u64) -> Vec<u64> {
    let mut chunk = shape.to_vec();
    for axis in 0..chunk.len() {
        let bytes = chunk.iter().product::<u64>() * element;
        if bytes <= CHUNK {
            break;
        }
        chunk[axis] = (chunk[axis] * CHUNK / bytes).max(1);
    }
    chunk
}
