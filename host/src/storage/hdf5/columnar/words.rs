//! [`Words`]: texts of few different lengths as netCDF's arrays of characters.
//!
//! Texts of variable length take some 40 bytes each and do not compress; texts of fixed width are something else to every
//! engine of xarray, and netCDF-C crashes over their fill values. Characters are texts in all of them.

use super::super::{
    kit::Kit,
    raw::{Called, Creation, Node, Reference, Shape, Storing, Type},
};
use super::chunks::Chunks;

/// A column of texts of at most so many bytes.
#[derive(Debug)]
pub(super) struct Words {
    node: Node,
    type_: Type,
    width: u64,
}

impl Words {
    /// Makes the column, and the dimension of its characters where that is missing.
    pub(super) fn create(
        kit: &Kit,
        group: &Node,
        name: &str,
        runs: u64,
        width: usize,
        scale: &Reference,
    ) -> Called<Self> {
        let (type_, width) = (Type::text(1, true, false)?, width as u64);
        let chunks = Chunks::after(0);
        let how = Creation::new(&Storing::Chunked(vec![chunks.rows(width as usize, runs), width], 1), None)?;
        let space = Shape::growing_first(&[runs, width])?;
        let node = group.make_cached_dataset(name, &type_, &space, &how, Some(chunks.cache()))?;
        kit.put_terminated(&node, "_Encoding", "utf-8")?;
        let length = dimension_name(width);
        if !group.has(&length)? {
            put_dimension(kit, group, &length, width)?;
        }
        node.put_dimensions(&[*scale, group.reference(&length)?])?;
        Ok(Self { node, type_, width })
    }

    /// The dataset.
    pub(super) fn node(&self) -> &Node {
        &self.node
    }

    /// Bytes of a text.
    pub(super) fn width(&self) -> usize {
        self.width as usize
    }

    /// Writes texts of full width from row `first` on.
    pub(super) fn write(&self, first: u64, bytes: &[u8]) -> Called<()> {
        self.node.write_blocks(&self.type_, first, &[self.width], bytes)
    }
}

/// What the dimension of texts of this width is called, as xarray calls it.
pub(super) fn dimension_name(width: u64) -> String {
    format!("string{width}")
}

/// Makes the scale of a dimension that has no values of its own, as netCDF has them.
pub(super) fn put_dimension(kit: &Kit, group: &Node, name: &str, length: u64) -> Called<()> {
    let how = Creation::new(&Storing::Contiguous, None)?;
    let node = group.make_dataset(name, &Type::real(4)?, &Shape::of(&[length])?, &how)?;
    kit.put_terminated(&node, "CLASS", "DIMENSION_SCALE")?;
    kit.put_terminated(&node, "NAME", &format!("This is a netCDF dimension but not a netCDF variable.{length:10}"))
}
