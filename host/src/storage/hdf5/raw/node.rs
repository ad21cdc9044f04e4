//! [`Node`]: a group or dataset, its attributes and its children.

use std::ffi::{CStr, c_char, c_void};

use hdf5_sys::{
    h5::{H5_index_t, H5_iter_order_t, herr_t},
    h5a::{
        H5Acreate2, H5Adelete, H5Aexists, H5Aget_name_by_idx, H5Aget_space, H5Aget_type, H5Aopen, H5Aread, H5Awrite,
    },
    h5f::H5Fget_filesize,
    h5g::{H5G_info_t, H5Gcreate2, H5Gget_info},
    h5i::{H5I_type_t, H5Iget_file_id, H5Iget_type, hid_t},
    h5l::{H5L_info_t, H5Ldelete, H5Lexists, H5Literate, H5Lmove},
    h5o::H5Oopen,
    h5p::{H5P_CLS_GROUP_CREATE, H5P_DEFAULT, H5Pset_est_link_info},
    h5r::{H5R_type_t, H5Rcreate, hobj_ref_t},
};

use super::{
    Called, Id, c_name, checked,
    datatype::{Shape, Type},
    locked, new_id, property_list, refused,
};

/// An open group or dataset.
#[derive(Debug)]
pub(in super::super) struct Node {
    id: Id,
}

/// What a [`Node`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum NodeKind {
    /// A group, also the root of a file.
    Group,
    /// A dataset.
    Dataset,
    /// A named datatype, or whatever else there may be.
    Other,
}

impl Node {
    pub(super) fn of(id: Id) -> Self {
        Self { id }
    }

    pub(super) fn id(&self) -> hid_t {
        self.id.0
    }

    pub(super) fn into_id(self) -> Id {
        self.id
    }

    /// Makes a group inside of this one.
    pub(in super::super) fn make_group(&self, name: &str) -> Called<Node> {
        let name = c_name(name)?;
        // SAFETY: this group is open and the name ends with a zero byte.
        new_id("H5Gcreate2", || unsafe { H5Gcreate2(self.id(), name.as_ptr(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT) })
            .map(Node::of)
    }

    /// Makes a group as `how` says.
    pub(in super::super) fn make_group_as(&self, name: &str, how: &GroupCreation) -> Called<Node> {
        let name = c_name(name)?;
        // SAFETY: this group and the property list are open and the name ends with a zero byte.
        new_id("H5Gcreate2", || unsafe { H5Gcreate2(self.id(), name.as_ptr(), H5P_DEFAULT, how.0.0, H5P_DEFAULT) })
            .map(Node::of)
    }

    /// Whether this group has a child of this name; it may be a link to nothing.
    pub(in super::super) fn has(&self, name: &str) -> Called<bool> {
        let name = c_name(name)?;
        // SAFETY: as above.
        checked("H5Lexists", || unsafe { H5Lexists(self.id(), name.as_ptr(), H5P_DEFAULT) }).map(|answer| answer > 0)
    }

    /// Opens the child of this name.
    pub(in super::super) fn open(&self, name: &str) -> Called<Node> {
        let name = c_name(name)?;
        // SAFETY: as above.
        new_id("H5Oopen", || unsafe { H5Oopen(self.id(), name.as_ptr(), H5P_DEFAULT) }).map(Node::of)
    }

    /// Takes the child of this name out of the group. Its space in the file is not given back.
    pub(in super::super) fn unlink(&self, name: &str) -> Called<()> {
        let name = c_name(name)?;
        // SAFETY: as above.
        checked("H5Ldelete", || unsafe { H5Ldelete(self.id(), name.as_ptr(), H5P_DEFAULT) }).map(drop)
    }

    /// Gives a child of this group another name, which is free.
    pub(in super::super) fn rename(&self, from: &str, to: &str) -> Called<()> {
        let (from, to) = (c_name(from)?, c_name(to)?);
        // SAFETY: as above, for both names.
        checked("H5Lmove", || unsafe {
            H5Lmove(self.id(), from.as_ptr(), self.id(), to.as_ptr(), H5P_DEFAULT, H5P_DEFAULT)
        })
        .map(drop)
    }

    /// What this is.
    pub(in super::super) fn kind(&self) -> NodeKind {
        // SAFETY: the identifier is open.
        match locked(|| unsafe { H5Iget_type(self.id()) }) {
            H5I_type_t::H5I_GROUP | H5I_type_t::H5I_FILE => NodeKind::Group,
            H5I_type_t::H5I_DATASET => NodeKind::Dataset,
            _ => NodeKind::Other,
        }
    }

    /// How many children this group has.
    pub(in super::super) fn child_count(&self) -> Called<u64> {
        let mut info = H5G_info_t::default();
        // SAFETY: the group is open and `info` has room.
        checked("H5Gget_info", || unsafe { H5Gget_info(self.id(), &raw mut info) })?;
        Ok(info.nlinks)
    }

    /// The names of the children of this group, in their alphabetical order.
    pub(in super::super) fn child_names(&self) -> Called<Vec<String>> {
        /// Adds one name to the list that `names` points to.
        unsafe extern "C" fn add(_: hid_t, name: *const c_char, _: *const H5L_info_t, names: *mut c_void) -> herr_t {
            // SAFETY: the library gives text that ends with a zero byte; the pointer is the one given below.
            let (name, names) = unsafe { (CStr::from_ptr(name), &mut *names.cast::<Vec<String>>()) };
            names.push(name.to_string_lossy().into_owned());
            0
        }
        let mut names: Vec<String> = Vec::new();
        let (by, order) = (H5_index_t::H5_INDEX_NAME, H5_iter_order_t::H5_ITER_INC);
        // SAFETY: the group is open; `add` gets the list, which nobody else uses meanwhile.
        checked("H5Literate", || unsafe {
            H5Literate(self.id(), by, order, std::ptr::null_mut(), Some(add), (&raw mut names).cast())
        })?;
        Ok(names)
    }

    /// Whether there is an attribute of this name.
    pub(in super::super) fn has_attribute(&self, name: &str) -> Called<bool> {
        let name = c_name(name)?;
        // SAFETY: the node is open and the name ends with a zero byte.
        checked("H5Aexists", || unsafe { H5Aexists(self.id(), name.as_ptr()) }).map(|answer| answer > 0)
    }

    /// The names of all attributes, in their alphabetical order.
    pub(in super::super) fn attribute_names(&self) -> Called<Vec<String>> {
        #[allow(deprecated, reason = "the successor's structure differs between versions of HDF5")]
        // SAFETY: the node is open.
        let count = checked("H5Aget_num_attrs", || unsafe { hdf5_sys::h5a::H5Aget_num_attrs(self.id()) })?;
        let (by, order) = (H5_index_t::H5_INDEX_NAME, H5_iter_order_t::H5_ITER_INC);
        (0..count as u64)
            .map(|index| {
                name_into("H5Aget_name_by_idx", |buffer, size| {
                    // SAFETY: the node is open; the library writes at most `size` bytes.
                    unsafe { H5Aget_name_by_idx(self.id(), c".".as_ptr(), by, order, index, buffer, size, H5P_DEFAULT) }
                })
            })
            .collect()
    }

    /// Writes an attribute of plain elements, which must not be there yet.
    pub(in super::super) fn put_attribute(&self, name: &str, type_: &Type, shape: &Shape, bytes: &[u8]) -> Called<()> {
        let name = c_name(name)?;
        self.put_attribute_c(&name, type_, shape, bytes)
    }

    /// The same with a name that is ready for the library.
    pub(in super::super) fn put_attribute_c(
        &self,
        name: &CStr,
        type_: &Type,
        shape: &Shape,
        bytes: &[u8],
    ) -> Called<()> {
        super::dataset::check_fixed(type_)?;
        if shape.bytes(type_)? != bytes.len() {
            return Err(refused("H5Awrite", format!("{} bytes do not fill {name:?}", bytes.len())));
        }
        // SAFETY: the buffer has just been measured.
        unsafe { self.write_attribute(name, type_, shape, bytes.as_ptr().cast()) }
    }

    /// Writes a list of texts as variable-length UTF-8. Text ends at its first zero byte.
    pub(in super::super) fn put_text_list(&self, name: &str, texts: &[&str]) -> Called<()> {
        let owned = super::dataset::c_texts(texts.iter().copied());
        let pointers: Vec<_> = owned.iter().map(|text| text.as_ptr()).collect();
        let shape = Shape::of(&[texts.len() as u64])?;
        // SAFETY: there are as many pointers as texts, each to a text that ends with a zero byte and lives on.
        unsafe { self.write_attribute(&c_name(name)?, &Type::variable_text()?, &shape, pointers.as_ptr().cast()) }
    }

    /// Says that the only dimension of this dataset is measured by `scale`, in netCDF's words.
    pub(in super::super) fn put_dimension(&self, scale: &Reference) -> Called<()> {
        self.put_dimensions(&[*scale])
    }

    /// Says by which scales the dimensions of this dataset are measured, in netCDF's words.
    pub(in super::super) fn put_dimensions(&self, scales: &[Reference]) -> Called<()> {
        #[repr(C)]
        struct Sequence {
            len: usize,
            items: *const c_void,
        }
        let type_ = Type::variable(&Type::reference()?)?;
        let elements: Vec<Sequence> =
            scales.iter().map(|scale| Sequence { len: 1, items: (&raw const scale.0).cast() }).collect();
        if type_.size() != size_of::<Sequence>() {
            return Err(refused("H5Awrite", "sequences look different on this machine"));
        }
        let shape = Shape::of(&[scales.len() as u64])?;
        // SAFETY: as many elements as scales, each a sequence of one reference; all of them live on during the call.
        unsafe { self.write_attribute(c"DIMENSION_LIST", &type_, &shape, elements.as_ptr().cast()) }
    }

    /// # Safety
    /// `buffer` holds as many elements of `type_` as `shape` has points.
    unsafe fn write_attribute(&self, name: &CStr, type_: &Type, shape: &Shape, buffer: *const c_void) -> Called<()> {
        locked(|| {
            // SAFETY: all identifiers are open and the name ends with a zero byte.
            let attribute = new_id("H5Acreate2", || unsafe {
                H5Acreate2(self.id(), name.as_ptr(), type_.id.0, shape.id.0, H5P_DEFAULT, H5P_DEFAULT)
            })?;
            if shape.points() > 0 {
                // SAFETY: the caller vouches for the buffer.
                checked("H5Awrite", || unsafe { H5Awrite(attribute.0, type_.id.0, buffer) })?;
            }
            Ok(())
        })
    }

    /// Removes an attribute.
    pub(in super::super) fn remove_attribute(&self, name: &str) -> Called<()> {
        let name = c_name(name)?;
        // SAFETY: the node is open and the name ends with a zero byte.
        checked("H5Adelete", || unsafe { H5Adelete(self.id(), name.as_ptr()) }).map(drop)
    }

    /// Datatype and shape of an attribute.
    pub(in super::super) fn attribute_type(&self, name: &str) -> Called<(Type, Shape)> {
        let attribute = self.open_attribute(name)?;
        parts(&attribute)
    }

    /// The length of the file that this is in.
    pub(in super::super) fn file_bytes(&self) -> Called<u64> {
        // SAFETY: the node is open.
        let file = new_id("H5Iget_file_id", || unsafe { H5Iget_file_id(self.id()) })?;
        let mut bytes = 0;
        // SAFETY: the file is open and `bytes` has room.
        checked("H5Fget_filesize", || unsafe { H5Fget_filesize(file.0, &raw mut bytes) })?;
        Ok(bytes)
    }

    /// Refuses an attribute that claims more than its file can hold, before memory is asked for. A byte in the file
    /// becomes no more than an integer of eight.
    fn check_attribute(&self, name: &str, bytes: usize) -> Called<()> {
        if bytes > (1 << 20) && bytes as u64 / 16 > self.file_bytes()? {
            return Err(refused("H5Aread", format!("the attribute {name:?} claims {bytes} bytes")));
        }
        Ok(())
    }

    /// The elements of an attribute as `type_`, which has a fixed size.
    pub(in super::super) fn read_attribute(&self, name: &str, type_: &Type) -> Called<Vec<u8>> {
        let attribute = self.open_attribute(name)?;
        let (_, shape) = parts(&attribute)?;
        self.check_attribute(name, shape.bytes(type_)?)?;
        let mut bytes = super::dataset::room(shape.bytes(type_)?)?;
        if !bytes.is_empty() {
            super::dataset::check_fixed(type_)?;
            // SAFETY: there is room for all elements, which hold no pointers.
            checked("H5Aread", || unsafe { H5Aread(attribute.0, type_.id.0, bytes.as_mut_ptr().cast()) })?;
        }
        Ok(bytes)
    }

    /// The texts of an attribute of variable-length text.
    pub(in super::super) fn read_text_list(&self, name: &str) -> Called<Vec<String>> {
        let attribute = self.open_attribute(name)?;
        let (type_, shape) = parts(&attribute)?;
        self.check_attribute(name, shape.bytes(&type_)?)?;
        super::dataset::read_texts(&shape, |type_, buffer| {
            // SAFETY: `read_texts` gives a buffer of one pointer for each element of `shape`.
            checked("H5Aread", || unsafe { H5Aread(attribute.0, type_.id.0, buffer) }).map(drop)
        })
    }

    fn open_attribute(&self, name: &str) -> Called<Id> {
        let name = c_name(name)?;
        // SAFETY: the node is open and the name ends with a zero byte.
        new_id("H5Aopen", || unsafe { H5Aopen(self.id(), name.as_ptr(), H5P_DEFAULT) })
    }

    /// A reference to the child of this name.
    pub(in super::super) fn reference(&self, name: &str) -> Called<Reference> {
        let name = c_name(name)?;
        let mut reference: hobj_ref_t = 0;
        // SAFETY: object references are number 0 in all versions of HDF5, under different names.
        let object = unsafe { std::mem::transmute::<i32, H5R_type_t>(0) };
        // SAFETY: an object reference is written, which has the size of an address.
        checked("H5Rcreate", || unsafe {
            H5Rcreate((&raw mut reference).cast(), self.id(), name.as_ptr(), object, -1)
        })?;
        Ok(Reference(reference))
    }
}

/// How a group is made.
#[derive(Debug)]
pub(in super::super) struct GroupCreation(Id);

impl GroupCreation {
    /// Groups whose header has room for so many children with names of so many bytes, or for attributes
    /// of the same size: whatever fits needs no second piece of header.
    pub(in super::super) fn roomy(children: u32, name: u32) -> Called<Self> {
        let list = property_list("H5Pcreate(group)", || *H5P_CLS_GROUP_CREATE)?;
        // SAFETY: the list is open and of this class.
        checked("H5Pset_est_link_info", || unsafe { H5Pset_est_link_info(list.0, children, name) })?;
        Ok(Self(list))
    }
}

/// A reference to an object of the same file.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Reference(hobj_ref_t);

/// Datatype and shape of an attribute.
fn parts(attribute: &Id) -> Called<(Type, Shape)> {
    // SAFETY: the attribute is open.
    let type_ = Type::wrap(new_id("H5Aget_type", || unsafe { H5Aget_type(attribute.0) })?)?;
    // SAFETY: the attribute is open.
    let shape = Shape::wrap(new_id("H5Aget_space", || unsafe { H5Aget_space(attribute.0) })?)?;
    Ok((type_, shape))
}

/// Asks for a name of unknown length.
fn name_into(call: &'static str, ask: impl Fn(*mut c_char, usize) -> isize) -> Called<String> {
    let mut buffer = vec![0u8; 256];
    loop {
        let length = checked(call, || ask(buffer.as_mut_ptr().cast(), buffer.len()))? as usize;
        if length < buffer.len() {
            buffer.truncate(length);
            return Ok(String::from_utf8_lossy(&buffer).into_owned());
        }
        buffer = super::dataset::room(length + 1)?;
    }
}
