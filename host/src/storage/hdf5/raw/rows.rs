//! Rows of datasets with several dimensions: the first one counts them.

use hdf5_sys::{
    h5d::{H5Dget_chunk_info_by_coord, H5Dread, H5Dwrite, H5Dwrite_chunk},
    h5p::H5P_DEFAULT,
    h5s::{H5S_seloper_t, H5Sselect_hyperslab},
};

use super::{
    Called, checked,
    dataset::{check_fixed, room},
    datatype::{Shape, Type},
    node::Node,
    refused,
};

impl Node {
    /// Writes rows `first..` of a dataset, each of the shape `row`.
    pub(in super::super) fn write_blocks(&self, type_: &Type, first: u64, row: &[u64], bytes: &[u8]) -> Called<()> {
        check_fixed(type_)?;
        let size = row_size(type_, row)?;
        if size == 0 || !bytes.len().is_multiple_of(size) {
            return Err(refused("H5Dwrite", format!("{} bytes are no whole number of rows", bytes.len())));
        }
        let count = (bytes.len() / size) as u64;
        if count == 0 {
            return Ok(());
        }
        let (file, memory) = self.blocks(first, count, row)?;
        // SAFETY: the buffer has just been measured, its elements hold no pointers, and the library checks the
        // selection against the dataset.
        checked("H5Dwrite", || unsafe {
            H5Dwrite(self.id(), type_.id.0, memory.id.0, file.id.0, H5P_DEFAULT, bytes.as_ptr().cast())
        })
        .map(drop)
    }

    /// Writes the row `at` of a dataset whose chunks are one row each and pass no filter, past the chunk cache. The bytes
    /// are in the type of the dataset itself. Says where in the file they stand.
    pub(in super::super) fn write_chunk(
        &self,
        type_: &Type,
        at: u64,
        row: &[u64],
        bytes: &[u8],
    ) -> Called<Option<u64>> {
        if row_size(type_, row)? != bytes.len() {
            return Err(refused("H5Dwrite_chunk", format!("{} bytes are no chunk", bytes.len())));
        }
        if self.shape()?.dimensions()?.len() != row.len() + 1 {
            return Err(refused("H5Dwrite_chunk", "a row has one dimension less than its dataset"));
        }
        let offset: Vec<u64> = std::iter::once(at).chain(row.iter().map(|_| 0)).collect();
        // SAFETY: the buffer has just been measured, the offset has as many dimensions as the dataset, and 0 says that
        // no filter was left out.
        checked("H5Dwrite_chunk", || unsafe {
            H5Dwrite_chunk(self.id(), H5P_DEFAULT, 0, offset.as_ptr(), bytes.len(), bytes.as_ptr().cast())
        })?;
        let (mut filters, mut address, mut size) = (0, u64::MAX, 0);
        // SAFETY: the offset has as many dimensions as the dataset, and the other places outlive the call.
        checked("H5Dget_chunk_info_by_coord", || unsafe {
            H5Dget_chunk_info_by_coord(self.id(), offset.as_ptr(), &mut filters, &mut address, &mut size)
        })?;
        Ok((address != u64::MAX && size == bytes.len() as u64).then_some(address))
    }

    /// Rows `first..first + count` of a dataset, each of the shape `row`, as `type_`.
    pub(in super::super) fn read_blocks(&self, type_: &Type, first: u64, count: u64, row: &[u64]) -> Called<Vec<u8>> {
        check_fixed(type_)?;
        let (file, memory) = self.blocks(first, count, row)?;
        let mut bytes = room(memory.bytes(type_)?)?;
        if !bytes.is_empty() {
            // SAFETY: there is room for all elements, which hold no pointers.
            checked("H5Dread", || unsafe {
                H5Dread(self.id(), type_.id.0, memory.id.0, file.id.0, H5P_DEFAULT, bytes.as_mut_ptr().cast())
            })?;
        }
        Ok(bytes)
    }

    /// The selection of rows of this dataset, and its shape in memory.
    fn blocks(&self, first: u64, count: u64, row: &[u64]) -> Called<(Shape, Shape)> {
        let file = self.shape()?;
        let dimensions = file.dimensions()?;
        let fits = dimensions
            .split_first()
            .is_some_and(|(rows, inner)| inner == row && first.checked_add(count).is_some_and(|end| end <= *rows));
        if !fits {
            return Err(refused(
                "H5Sselect_hyperslab",
                format!("there are no rows {first} to {} of the shape {row:?}", first.saturating_add(count)),
            ));
        }
        let start: Vec<u64> = std::iter::once(first).chain(row.iter().map(|_| 0)).collect();
        let size: Vec<u64> = std::iter::once(count).chain(row.iter().copied()).collect();
        // SAFETY: both have as many dimensions as the dataset; null pointers mean steps and blocks of 1.
        checked("H5Sselect_hyperslab", || unsafe {
            let set = H5S_seloper_t::H5S_SELECT_SET;
            H5Sselect_hyperslab(file.id.0, set, start.as_ptr(), std::ptr::null(), size.as_ptr(), std::ptr::null())
        })?;
        Ok((file, Shape::of(&size)?))
    }
}

/// Bytes of a row of this shape.
fn row_size(type_: &Type, row: &[u64]) -> Called<usize> {
    let size = row.iter().try_fold(type_.size() as u64, |n, &d| n.checked_mul(d));
    let size = size.and_then(|size| usize::try_from(size).ok());
    size.ok_or_else(|| refused("H5Dwrite", format!("a row of the shape {row:?} is too large")))
}
