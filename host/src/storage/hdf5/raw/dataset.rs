//! Datasets: made, written and read, whole or by rows.

use std::ffi::{CStr, CString, c_char, c_void};

use hdf5_sys::{
    h5d::{
        H5D_layout_t, H5Dcreate2, H5Dget_offset, H5Dget_space, H5Dget_storage_size, H5Dget_type, H5Dread,
        H5Dset_extent, H5Dvlen_reclaim, H5Dwrite,
    },
    h5p::{
        H5P_CLS_DATASET_ACCESS, H5P_CLS_DATASET_CREATE, H5P_DEFAULT, H5Pset_chunk, H5Pset_chunk_cache, H5Pset_deflate,
        H5Pset_fill_value, H5Pset_layout, H5Pset_obj_track_times, H5Pset_shuffle,
    },
    h5s::{H5S_seloper_t, H5Sselect_hyperslab},
};

use super::{
    Called, Id, c_name, checked,
    datatype::{Kind, Shape, Type},
    locked, new_id,
    node::Node,
    property_list, refused,
};

/// How a dataset lies in the file.
#[derive(Debug)]
pub(in super::super) struct Creation(Id);

/// The choices of a [`Creation`].
#[derive(Clone, Debug)]
pub(in super::super) enum Storing {
    /// Inside of the object header; for a few bytes.
    Compact,
    /// In one piece.
    Contiguous,
    /// In pieces of this shape, compressed with this level of gzip unless it is 0.
    Chunked(Vec<u64>, u8),
}

/// What stands where nothing was written: these bytes, as one element.
#[derive(Clone, Debug)]
pub(in super::super) struct Fill<'a>(pub(in super::super) &'a Type, pub(in super::super) &'a [u8]);

impl Creation {
    /// Prepares a way of storing. No times are tracked, so that equal content makes equal files.
    pub(in super::super) fn new(storing: &Storing, fill: Option<Fill<'_>>) -> Called<Self> {
        let list = property_list("H5Pcreate(dataset)", || *H5P_CLS_DATASET_CREATE)?;
        // SAFETY: the list is open and of this class.
        checked("H5Pset_obj_track_times", || unsafe { H5Pset_obj_track_times(list.0, 0) })?;
        match storing {
            Storing::Compact => {
                // SAFETY: as above.
                checked("H5Pset_layout", || unsafe { H5Pset_layout(list.0, H5D_layout_t::H5D_COMPACT) })?;
            }
            Storing::Contiguous => {}
            Storing::Chunked(chunk, level) => {
                // SAFETY: the chunk has as many dimensions as said.
                checked("H5Pset_chunk", || unsafe { H5Pset_chunk(list.0, chunk.len() as _, chunk.as_ptr()) })?;
                if *level > 0 {
                    // SAFETY: as above.
                    checked("H5Pset_shuffle", || unsafe { H5Pset_shuffle(list.0) })?;
                    // SAFETY: as above.
                    checked("H5Pset_deflate", || unsafe { H5Pset_deflate(list.0, u32::from(*level)) })?;
                }
            }
        }
        if let Some(Fill(type_, bytes)) = fill {
            check_fixed(type_)?;
            if bytes.len() != type_.size() {
                return Err(refused("H5Pset_fill_value", "the fill value has another size than its type"));
            }
            // SAFETY: one element of the type, just measured, and without pointers.
            checked("H5Pset_fill_value", || unsafe { H5Pset_fill_value(list.0, type_.id.0, bytes.as_ptr().cast()) })?;
        }
        Ok(Self(list))
    }
}

impl Node {
    /// Makes a dataset inside of this group.
    pub(in super::super) fn make_dataset(
        &self,
        name: &str,
        type_: &Type,
        shape: &Shape,
        how: &Creation,
    ) -> Called<Node> {
        self.make_cached_dataset(name, type_, shape, how, None)
    }

    /// The same with a chunk cache of so many bytes, for datasets that are written in parts.
    pub(in super::super) fn make_cached_dataset(
        &self,
        name: &str,
        type_: &Type,
        shape: &Shape,
        how: &Creation,
        cache: Option<usize>,
    ) -> Called<Node> {
        let name = c_name(name)?;
        let access = cache
            .map(|bytes| {
                let list = property_list("H5Pcreate(dataset access)", || *H5P_CLS_DATASET_ACCESS)?;
                // SAFETY: the list is open and of this class; 521 slots are the library's default.
                checked("H5Pset_chunk_cache", || unsafe { H5Pset_chunk_cache(list.0, 521, bytes, 0.75) })?;
                Ok(list)
            })
            .transpose()?;
        let access = access.as_ref().map_or(H5P_DEFAULT, |list| list.0);
        // SAFETY: all identifiers are open and the name ends with a zero byte.
        new_id("H5Dcreate2", || unsafe {
            H5Dcreate2(self.id(), name.as_ptr(), type_.id.0, shape.id.0, H5P_DEFAULT, how.0.0, access)
        })
        .map(Node::of)
    }

    /// Makes a dataset of variable-length UTF-8 text.
    pub(in super::super) fn make_text_dataset(&self, name: &str, shape: &Shape, how: &Creation) -> Called<Node> {
        self.make_dataset(name, &Type::variable_text()?, shape, how)
    }

    /// Writes all elements of a dataset that was just made with `shape`.
    pub(in super::super) fn write_shaped(&self, type_: &Type, shape: &Shape, bytes: &[u8]) -> Called<()> {
        check_fixed(type_)?;
        if shape.bytes(type_)? != bytes.len() {
            return Err(refused("H5Dwrite", format!("{} bytes do not fill the dataset", bytes.len())));
        }
        if bytes.is_empty() {
            return Ok(());
        }
        // SAFETY: the buffer has just been measured. With no selection, `shape` is that of the whole dataset,
        // and the library checks that both have the same number of elements.
        checked("H5Dwrite", || unsafe {
            H5Dwrite(self.id(), type_.id.0, shape.id.0, hdf5_sys::h5s::H5S_ALL, H5P_DEFAULT, bytes.as_ptr().cast())
        })
        .map(drop)
    }

    /// Writes rows `first..` of a dataset with one dimension.
    pub(in super::super) fn write_rows(&self, type_: &Type, first: u64, bytes: &[u8]) -> Called<()> {
        let count = (bytes.len() / type_.size()) as u64;
        if count as usize * type_.size() != bytes.len() {
            return Err(refused("H5Dwrite", format!("{} bytes are no whole number of rows", bytes.len())));
        }
        check_fixed(type_)?;
        // SAFETY: the buffer holds `count` elements without pointers.
        unsafe { self.write_span(type_, first, count, bytes.as_ptr().cast()) }
    }

    /// Gives a dataset with one dimension that may grow so many rows; new ones are zeros.
    pub(in super::super) fn resize(&self, rows: u64) -> Called<()> {
        if self.shape()?.dimensions()?.len() != 1 {
            return Err(refused("H5Dset_extent", "only datasets with one dimension have rows"));
        }
        // SAFETY: the dataset is open and has one dimension, as just checked.
        checked("H5Dset_extent", || unsafe { H5Dset_extent(self.id(), &raw const rows) }).map(drop)
    }

    /// Writes rows `first..` of a dataset of variable-length text. Text ends at its first zero byte.
    pub(in super::super) fn write_texts<'a>(&self, first: u64, texts: impl Iterator<Item = &'a str>) -> Called<()> {
        let owned = c_texts(texts);
        let pointers: Vec<*const c_char> = owned.iter().map(|text| text.as_ptr()).collect();
        // SAFETY: one pointer for each element, to text that ends with a zero byte and lives on.
        unsafe { self.write_span(&Type::variable_text()?, first, pointers.len() as u64, pointers.as_ptr().cast()) }
    }

    /// # Safety
    /// `buffer` holds `count` elements of `type_`.
    unsafe fn write_span(&self, type_: &Type, first: u64, count: u64, buffer: *const c_void) -> Called<()> {
        if count == 0 {
            return Ok(());
        }
        locked(|| {
            let (file, memory) = self.span(first, count)?;
            // SAFETY: the caller vouches for the buffer; the library checks the selection against the dataset.
            checked("H5Dwrite", || unsafe {
                H5Dwrite(self.id(), type_.id.0, memory.id.0, file.id.0, H5P_DEFAULT, buffer)
            })
            .map(drop)
        })
    }

    /// The selection of rows `first..first + count` of a one-dimensional dataset, and its shape in memory.
    fn span(&self, first: u64, count: u64) -> Called<(Shape, Shape)> {
        let file = self.shape()?;
        if file.dimensions()?.len() != 1 || first.checked_add(count).is_none_or(|end| end > file.points()) {
            return Err(refused("H5Sselect_hyperslab", format!("there are no rows {first} to {}", first + count)));
        }
        // SAFETY: one dimension, as just checked; null pointers mean steps and blocks of 1.
        checked("H5Sselect_hyperslab", || unsafe {
            let set = H5S_seloper_t::H5S_SELECT_SET;
            H5Sselect_hyperslab(file.id.0, set, &raw const first, std::ptr::null(), &raw const count, std::ptr::null())
        })?;
        Ok((file, Shape::of(&[count])?))
    }

    /// The shape of this dataset.
    pub(in super::super) fn shape(&self) -> Called<Shape> {
        // SAFETY: the dataset is open.
        Shape::wrap(new_id("H5Dget_space", || unsafe { H5Dget_space(self.id()) })?)
    }

    /// The datatype of this dataset.
    pub(in super::super) fn datatype(&self) -> Called<Type> {
        // SAFETY: the dataset is open.
        Type::wrap(new_id("H5Dget_type", || unsafe { H5Dget_type(self.id()) })?)
    }

    /// Where in the file the elements of a dataset in one piece stand; `None` if nowhere, or not in one piece.
    pub(in super::super) fn offset(&self) -> Called<Option<u64>> {
        // SAFETY: the dataset is open.
        let offset = locked(|| unsafe { H5Dget_offset(self.id()) });
        Ok((offset != u64::MAX).then_some(offset))
    }

    /// Bytes that the elements take in the file.
    pub(in super::super) fn stored_bytes(&self) -> u64 {
        // SAFETY: the dataset is open.
        locked(|| unsafe { H5Dget_storage_size(self.id()) })
    }

    /// All elements as `type_`.
    pub(in super::super) fn read_all(&self, type_: &Type) -> Called<Vec<u8>> {
        check_fixed(type_)?;
        let shape = self.shape()?;
        let mut bytes = room(shape.bytes(type_)?)?;
        if !bytes.is_empty() {
            // SAFETY: there is room for all elements, which hold no pointers.
            checked("H5Dread", || unsafe {
                let all = hdf5_sys::h5s::H5S_ALL;
                H5Dread(self.id(), type_.id.0, all, all, H5P_DEFAULT, bytes.as_mut_ptr().cast())
            })?;
        }
        Ok(bytes)
    }

    /// Rows `first..first + count` of a dataset with one dimension, as `type_`.
    pub(in super::super) fn read_rows(&self, type_: &Type, first: u64, count: u64) -> Called<Vec<u8>> {
        check_fixed(type_)?;
        let (file, memory) = self.span(first, count)?;
        let mut bytes = room(memory.bytes(type_)?)?;
        if !bytes.is_empty() {
            // SAFETY: there is room for `count` elements, which hold no pointers.
            checked("H5Dread", || unsafe {
                H5Dread(self.id(), type_.id.0, memory.id.0, file.id.0, H5P_DEFAULT, bytes.as_mut_ptr().cast())
            })?;
        }
        Ok(bytes)
    }

    /// The texts of rows `first..first + count` of a dataset of variable-length text with one dimension.
    pub(in super::super) fn read_text_rows(&self, first: u64, count: u64) -> Called<Vec<String>> {
        let (file, memory) = self.span(first, count)?;
        read_texts(&memory, |type_, buffer| {
            // SAFETY: `read_texts` gives a buffer of one pointer for each element of `memory`.
            checked("H5Dread", || unsafe {
                H5Dread(self.id(), type_.id.0, memory.id.0, file.id.0, H5P_DEFAULT, buffer)
            })
            .map(drop)
        })
    }

    /// All texts of a dataset of variable-length text.
    pub(in super::super) fn read_all_texts(&self) -> Called<Vec<String>> {
        let shape = self.shape()?;
        read_texts(&shape, |type_, buffer| {
            let all = hdf5_sys::h5s::H5S_ALL;
            // SAFETY: `read_texts` gives a buffer of one pointer for each element of `shape`.
            checked("H5Dread", || unsafe { H5Dread(self.id(), type_.id.0, all, all, H5P_DEFAULT, buffer) }).map(drop)
        })
    }
}

/// Refuses types whose elements hold pointers.
pub(super) fn check_fixed(type_: &Type) -> Called<()> {
    fn fixed(kind: &Kind) -> bool {
        match kind {
            Kind::VariableText | Kind::Other(_) => false,
            Kind::Compound(fields) => fields.iter().all(|(_, field)| fixed(field)),
            Kind::Array { of, .. } => fixed(of),
            _ => true,
        }
    }
    if type_.is_plain() || fixed(&type_.kind()?) {
        Ok(())
    } else {
        Err(refused("H5Dread", "elements of variable length cannot be handled as bytes"))
    }
}

/// Zeroed memory, or an error where there is none.
pub(super) fn room(bytes: usize) -> Called<Vec<u8>> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(bytes).map_err(|_| refused("H5Dread", format!("no memory for {bytes} bytes")))?;
    buffer.resize(bytes, 0);
    Ok(buffer)
}

/// Texts as the library takes them, each cut at its first zero byte.
pub(super) fn c_texts<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<CString> {
    let until_zero = |text: &str| text.bytes().take_while(|&byte| byte != 0).collect::<Vec<u8>>();
    texts.map(|text| CString::new(until_zero(text)).unwrap_or_default()).collect()
}

/// Reads variable-length texts with `read`, which fills one pointer for each element, and gives their memory back.
pub(super) fn read_texts(shape: &Shape, read: impl FnOnce(&Type, *mut c_void) -> Called<()>) -> Called<Vec<String>> {
    let type_ = Type::variable_text()?;
    let count = shape.bytes(&type_)? / type_.size();
    let mut pointers: Vec<*mut c_char> = Vec::new();
    pointers.try_reserve_exact(count).map_err(|_| refused("H5Dread", format!("no memory for {count} texts")))?;
    pointers.resize(count, std::ptr::null_mut());
    if count == 0 {
        return Ok(Vec::new());
    }
    locked(|| {
        read(&type_, pointers.as_mut_ptr().cast())?;
        let texts = pointers
            .iter()
            .map(|&text| {
                if text.is_null() {
                    return String::new();
                }
                // SAFETY: the library has put text that ends with a zero byte here.
                unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
            })
            .collect();
        #[allow(deprecated, reason = "its successor is missing from HDF5 1.10")]
        // SAFETY: the pointers were allocated by the library and are not used again.
        checked("H5Dvlen_reclaim", || unsafe {
            H5Dvlen_reclaim(type_.id.0, shape.id.0, H5P_DEFAULT, pointers.as_mut_ptr().cast())
        })?;
        Ok(texts)
    })
}
