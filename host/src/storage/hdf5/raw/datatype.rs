//! [`Type`]: what elements look like in memory and in the file.

use std::ffi::CStr;

use hdf5_sys::{
    h5::H5free_memory,
    h5i::hid_t,
    h5s::{
        H5S_UNLIMITED, H5S_class_t, H5Screate, H5Screate_simple, H5Sget_simple_extent_dims, H5Sget_simple_extent_ndims,
        H5Sget_simple_extent_npoints, H5Sget_simple_extent_type,
    },
    h5t::{
        H5T_C_S1, H5T_NATIVE_DOUBLE, H5T_NATIVE_FLOAT, H5T_NATIVE_INT8, H5T_NATIVE_INT16, H5T_NATIVE_INT32,
        H5T_NATIVE_INT64, H5T_NATIVE_UINT8, H5T_NATIVE_UINT16, H5T_NATIVE_UINT32, H5T_NATIVE_UINT64, H5T_STD_B8LE,
        H5T_STD_REF_OBJ, H5T_VARIABLE, H5T_class_t, H5T_cset_t, H5T_sign_t, H5T_str_t, H5Tarray_create2, H5Tcopy,
        H5Tcreate, H5Tenum_create, H5Tenum_insert, H5Tget_array_dims2, H5Tget_array_ndims, H5Tget_class, H5Tget_cset,
        H5Tget_member_name, H5Tget_member_type, H5Tget_nmembers, H5Tget_sign, H5Tget_size, H5Tget_strpad, H5Tget_super,
        H5Tinsert, H5Tis_variable_str, H5Tset_cset, H5Tset_size, H5Tset_strpad, H5Tvlen_create,
    },
};

use super::{Called, Id, c_name, checked, new_id, refused};

/// A datatype with the size of its elements.
#[derive(Debug)]
pub(in super::super) struct Type {
    pub(super) id: Id,
    size: usize,
    /// Known to hold no pointers, without asking the library.
    plain: bool,
}

/// What a datatype is, as far as we read it: HDF5's classes, with sizes in bytes.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Kind {
    Integer {
        size: usize,
        signed: bool,
    },
    Real {
        size: usize,
    },
    Bits {
        size: usize,
    },
    /// An enumeration of `FALSE` and `TRUE`, which h5py writes for truth values.
    Truth,
    Text {
        size: usize,
        utf8: bool,
        terminated: bool,
    },
    VariableText,
    Compound(Vec<(String, Kind)>),
    Array {
        of: Box<Kind>,
        shape: Vec<u64>,
    },
    Other(&'static str),
}

impl Type {
    fn of(id: Id) -> Called<Self> {
        // SAFETY: the datatype is open.
        let size = super::locked(|| unsafe { H5Tget_size(id.0) });
        if size == 0 { Err(super::failed("H5Tget_size")) } else { Ok(Self { id, size, plain: false }) }
    }

    /// A copy of a type of the library, which is looked up once the library has started.
    fn copy(original: impl FnOnce() -> hid_t) -> Called<Self> {
        // SAFETY: the library's own types are always open.
        Self::of(new_id("H5Tcopy", || unsafe { H5Tcopy(original()) })?).map(|copy| Self { plain: true, ..copy })
    }

    /// A machine integer of 1, 2, 4 or 8 bytes.
    pub(in super::super) fn integer(size: usize, signed: bool) -> Called<Self> {
        Self::copy(|| match (size, signed) {
            (1, true) => *H5T_NATIVE_INT8,
            (2, true) => *H5T_NATIVE_INT16,
            (4, true) => *H5T_NATIVE_INT32,
            (_, true) => *H5T_NATIVE_INT64,
            (1, false) => *H5T_NATIVE_UINT8,
            (2, false) => *H5T_NATIVE_UINT16,
            (4, false) => *H5T_NATIVE_UINT32,
            (_, false) => *H5T_NATIVE_UINT64,
        })
    }

    /// A machine real of 4 or 8 bytes.
    pub(in super::super) fn real(size: usize) -> Called<Self> {
        Self::copy(|| if size == 4 { *H5T_NATIVE_FLOAT } else { *H5T_NATIVE_DOUBLE })
    }

    /// Eight bits: what PyTables takes for a truth value.
    pub(in super::super) fn bits() -> Called<Self> {
        Self::copy(|| *H5T_STD_B8LE)
    }

    /// Truth values as h5py writes them: bytes with names for 0 and 1.
    pub(in super::super) fn truth() -> Called<Self> {
        let byte = Self::integer(1, true)?;
        // SAFETY: the type is open.
        let id = new_id("H5Tenum_create", || unsafe { H5Tenum_create(byte.id.0) })?;
        for (name, value) in [(c"FALSE", 0i8), (c"TRUE", 1)] {
            // SAFETY: the name ends with a zero byte, and the value has the size of the base type.
            checked("H5Tenum_insert", || unsafe { H5Tenum_insert(id.0, name.as_ptr(), (&raw const value).cast()) })?;
        }
        Ok(Self { plain: true, ..Self::of(id)? })
    }

    /// A reference to an object.
    pub(super) fn reference() -> Called<Self> {
        Self::copy(|| *H5T_STD_REF_OBJ)
    }

    /// Text of `size` bytes; `terminated` where a reader insists on a zero byte at the end.
    pub(in super::super) fn text(size: usize, utf8: bool, terminated: bool) -> Called<Self> {
        let copy = Self::copy(|| *H5T_C_S1)?;
        let (set, pad) = (
            if utf8 { H5T_cset_t::H5T_CSET_UTF8 } else { H5T_cset_t::H5T_CSET_ASCII },
            if terminated { H5T_str_t::H5T_STR_NULLTERM } else { H5T_str_t::H5T_STR_NULLPAD },
        );
        // SAFETY: the type is open and ours to change.
        checked("H5Tset_size", || unsafe { H5Tset_size(copy.id.0, size.max(1)) })?;
        // SAFETY: as above.
        checked("H5Tset_cset", || unsafe { H5Tset_cset(copy.id.0, set) })?;
        // SAFETY: as above.
        checked("H5Tset_strpad", || unsafe { H5Tset_strpad(copy.id.0, pad) })?;
        Ok(Self { plain: true, ..Self::of(copy.id)? })
    }

    /// UTF-8 text of any length; its elements are pointers.
    pub(super) fn variable_text() -> Called<Self> {
        let copy = Self::copy(|| *H5T_C_S1)?;
        // SAFETY: the type is open and ours to change.
        checked("H5Tset_size", || unsafe { H5Tset_size(copy.id.0, H5T_VARIABLE) })?;
        // SAFETY: as above.
        checked("H5Tset_cset", || unsafe { H5Tset_cset(copy.id.0, H5T_cset_t::H5T_CSET_UTF8) })?;
        Self::of(copy.id)
    }

    /// Sequences of any length; its elements hold a pointer.
    pub(super) fn variable(of: &Type) -> Called<Self> {
        // SAFETY: the type is open.
        Self::of(new_id("H5Tvlen_create", || unsafe { H5Tvlen_create(of.id.0) })?)
    }

    /// Fields one after the other without gaps.
    pub(in super::super) fn compound(fields: &[(&str, &Type)]) -> Called<Self> {
        let size: usize = fields.iter().map(|(_, field)| field.size).sum();
        // SAFETY: plain arguments.
        let id = new_id("H5Tcreate", || unsafe { H5Tcreate(H5T_class_t::H5T_COMPOUND, size.max(1)) })?;
        let mut offset = 0;
        for (name, field) in fields {
            let name = c_name(name)?;
            // SAFETY: both types are open, the name ends with a zero byte.
            checked("H5Tinsert", || unsafe { H5Tinsert(id.0, name.as_ptr(), offset, field.id.0) })?;
            offset += field.size;
        }
        let plain = fields.iter().all(|(_, field)| field.plain);
        Ok(Self { plain, ..Self::of(id)? })
    }

    /// An array of fixed shape as one element; no dimension may be 0.
    pub(in super::super) fn array(of: &Type, shape: &[u64]) -> Called<Self> {
        if shape.len() > 32 || shape.contains(&0) {
            return Err(refused("H5Tarray_create2", format!("no array type has the shape {shape:?}")));
        }
        let rank = shape.len() as std::ffi::c_uint;
        // SAFETY: the shape has `rank` dimensions.
        let id = new_id("H5Tarray_create2", || unsafe { H5Tarray_create2(of.id.0, rank, shape.as_ptr()) })?;
        Ok(Self { plain: of.plain, ..Self::of(id)? })
    }

    /// Whether the elements are known to hold no pointers.
    pub(super) fn is_plain(&self) -> bool {
        self.plain
    }

    /// Bytes that one element takes in memory.
    pub(in super::super) fn size(&self) -> usize {
        self.size
    }

    /// The datatype of an open dataset or attribute.
    pub(super) fn wrap(id: Id) -> Called<Self> {
        Self::of(id)
    }

    /// What the datatype is.
    pub(in super::super) fn kind(&self) -> Called<Kind> {
        super::locked(|| kind_of(&self.id, 0))
    }
}

/// Compound types inside of compound types, deeper than any we read.
const MAX_DEPTH: usize = 8;

fn kind_of(id: &Id, depth: usize) -> Called<Kind> {
    if depth > MAX_DEPTH {
        return Ok(Kind::Other("deeply nested"));
    }
    // SAFETY: the datatype is open.
    let size = unsafe { H5Tget_size(id.0) };
    // SAFETY: the datatype is open.
    let class = unsafe { H5Tget_class(id.0) };
    Ok(match class {
        H5T_class_t::H5T_INTEGER => {
            // SAFETY: the datatype is open, and an integer.
            Kind::Integer { size, signed: unsafe { H5Tget_sign(id.0) } == H5T_sign_t::H5T_SGN_2 }
        }
        H5T_class_t::H5T_FLOAT => Kind::Real { size },
        H5T_class_t::H5T_BITFIELD => Kind::Bits { size },
        H5T_class_t::H5T_ENUM => {
            let names = member_names(id)?;
            if size == 1 && names == ["FALSE", "TRUE"] { Kind::Truth } else { Kind::Other("an enumeration") }
        }
        H5T_class_t::H5T_STRING => {
            // SAFETY: the datatype is open, and a string.
            if checked("H5Tis_variable_str", || unsafe { H5Tis_variable_str(id.0) })? > 0 {
                Kind::VariableText
            } else {
                // SAFETY: as above.
                let utf8 = unsafe { H5Tget_cset(id.0) } == H5T_cset_t::H5T_CSET_UTF8;
                // SAFETY: as above.
                let terminated = unsafe { H5Tget_strpad(id.0) } == H5T_str_t::H5T_STR_NULLTERM;
                Kind::Text { size, utf8, terminated }
            }
        }
        H5T_class_t::H5T_COMPOUND => {
            let mut fields = Vec::new();
            for (index, name) in member_names(id)?.into_iter().enumerate() {
                // SAFETY: the compound is open, and the index below the number of its members.
                let field = new_id("H5Tget_member_type", || unsafe { H5Tget_member_type(id.0, index as _) })?;
                fields.push((name, kind_of(&field, depth + 1)?));
            }
            Kind::Compound(fields)
        }
        H5T_class_t::H5T_ARRAY => {
            let mut shape = [0u64; 32];
            // SAFETY: the datatype is open, and an array.
            let rank = checked("H5Tget_array_ndims", || unsafe { H5Tget_array_ndims(id.0) })?;
            if rank > 32 {
                return Ok(Kind::Other("an array of many dimensions"));
            }
            // SAFETY: there is room for 32 dimensions.
            checked("H5Tget_array_dims2", || unsafe { H5Tget_array_dims2(id.0, shape.as_mut_ptr()) })?;
            // SAFETY: as above.
            let of = new_id("H5Tget_super", || unsafe { H5Tget_super(id.0) })?;
            Kind::Array { of: Box::new(kind_of(&of, depth + 1)?), shape: shape[..rank as usize].to_vec() }
        }
        H5T_class_t::H5T_OPAQUE => Kind::Other("opaque bytes"),
        H5T_class_t::H5T_REFERENCE => Kind::Other("a reference"),
        H5T_class_t::H5T_VLEN => Kind::Other("sequences of variable length"),
        _ => Kind::Other("of an unknown class"),
    })
}

fn member_names(id: &Id) -> Called<Vec<String>> {
    // SAFETY: `id` is an open compound or enumeration.
    let count = checked("H5Tget_nmembers", || unsafe { H5Tget_nmembers(id.0) })?;
    (0..count as std::ffi::c_uint)
        .map(|index| {
            // SAFETY: the index is below the number of members; the text is ours to free, and copied before.
            unsafe {
                let name = H5Tget_member_name(id.0, index);
                if name.is_null() {
                    return Err(super::failed("H5Tget_member_name"));
                }
                let owned = CStr::from_ptr(name).to_string_lossy().into_owned();
                H5free_memory(name.cast());
                Ok(owned)
            }
        })
        .collect()
}

/// A dataspace with its number of elements.
#[derive(Debug)]
pub(in super::super) struct Shape {
    pub(super) id: Id,
    points: u64,
}

impl Shape {
    /// One element without dimensions.
    pub(in super::super) fn scalar() -> Called<Self> {
        // SAFETY: plain arguments.
        let id = new_id("H5Screate", || unsafe { H5Screate(H5S_class_t::H5S_SCALAR) })?;
        Ok(Self { id, points: 1 })
    }

    /// No element at all; how PyTables writes empty text.
    pub(in super::super) fn null() -> Called<Self> {
        // SAFETY: plain arguments.
        let id = new_id("H5Screate", || unsafe { H5Screate(H5S_class_t::H5S_NULL) })?;
        Ok(Self { id, points: 0 })
    }

    /// These dimensions; none make a scalar.
    pub(in super::super) fn of(dimensions: &[u64]) -> Called<Self> {
        Self::simple(dimensions, None)
    }

    /// One dimension that may grow.
    pub(in super::super) fn growing(length: u64) -> Called<Self> {
        Self::simple(&[length], Some(&[H5S_UNLIMITED]))
    }

    /// Dimensions of which the first may grow.
    pub(in super::super) fn growing_first(dimensions: &[u64]) -> Called<Self> {
        let mut most = dimensions.to_vec();
        if let Some(first) = most.first_mut() {
            *first = H5S_UNLIMITED;
        }
        Self::simple(dimensions, Some(&most))
    }

    fn simple(dimensions: &[u64], most: Option<&[u64]>) -> Called<Self> {
        if dimensions.is_empty() {
            return Self::scalar();
        }
        let points = dimensions.iter().try_fold(1u64, |n, &d| n.checked_mul(d));
        let points = match points {
            Some(points) => points,
            None if dimensions.contains(&0) => 0,
            None => return Err(refused("H5Screate_simple", format!("{dimensions:?} is too large"))),
        };
        let most = most.map_or(std::ptr::null(), <[u64]>::as_ptr);
        // SAFETY: both slices have as many dimensions as said; a null pointer means "the same".
        let id = new_id("H5Screate_simple", || unsafe {
            H5Screate_simple(dimensions.len() as _, dimensions.as_ptr(), most)
        })?;
        Ok(Self { id, points })
    }

    pub(super) fn wrap(id: Id) -> Called<Self> {
        // SAFETY: the dataspace is open.
        let class = super::locked(|| unsafe { H5Sget_simple_extent_type(id.0) });
        if class == H5S_class_t::H5S_NULL {
            return Ok(Self { id, points: 0 });
        }
        // SAFETY: the dataspace is open.
        let points = checked("H5Sget_simple_extent_npoints", || unsafe { H5Sget_simple_extent_npoints(id.0) })?;
        Ok(Self { id, points: points as u64 })
    }

    /// The number of elements.
    pub(in super::super) fn points(&self) -> u64 {
        self.points
    }

    /// Whether this is no array at all, not even of no elements.
    pub(in super::super) fn is_null(&self) -> bool {
        // SAFETY: the dataspace is open.
        super::locked(|| unsafe { H5Sget_simple_extent_type(self.id.0) }) == H5S_class_t::H5S_NULL
    }

    /// The lengths of the dimensions.
    pub(in super::super) fn dimensions(&self) -> Called<Vec<u64>> {
        // SAFETY: the dataspace is open.
        let rank = checked("H5Sget_simple_extent_ndims", || unsafe { H5Sget_simple_extent_ndims(self.id.0) })?;
        let mut dimensions = vec![0u64; rank as usize];
        if rank > 0 {
            // SAFETY: there is room for `rank` lengths; the maximal ones are not asked for.
            checked("H5Sget_simple_extent_dims", || unsafe {
                H5Sget_simple_extent_dims(self.id.0, dimensions.as_mut_ptr(), std::ptr::null_mut())
            })?;
        }
        Ok(dimensions)
    }

    /// Bytes that so many elements of `type_` take in memory.
    pub(in super::super) fn bytes(&self, type_: &Type) -> Called<usize> {
        usize::try_from(self.points)
            .ok()
            .and_then(|points| points.checked_mul(type_.size()))
            .ok_or_else(|| refused("H5Dread", format!("{} elements do not fit into memory", self.points)))
    }
}
