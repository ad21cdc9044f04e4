//! The HDF5 library behind a safe face: handles that close themselves, every return value checked.
//!
//! The high-level crate costs three times as much per attribute or small dataset, which is what a
//! file of many small runs consists of; so the calls are made directly. What makes them safe: a
//! handle is valid as long as its Rust value lives, every buffer is measured against its datatype and
//! dataspace before its pointer is handed over, and every call holds the library's one lock, which
//! is re-entrant: a batch takes it once with [`locked`], and the calls inside find it free.
//! No other module of the crate contains `unsafe` for the sake of HDF5.

mod dataset;
mod datatype;
mod node;
mod rows;

use std::{cell::RefCell, ffi::CString, path::Path};

use hdf5_sys::{
    h5f::{
        H5F_ACC_RDONLY, H5F_ACC_RDWR, H5F_ACC_TRUNC, H5F_LIBVER_LATEST, H5F_close_degree_t, H5F_libver_t, H5F_scope_t,
        H5Fclose, H5Fcreate, H5Fflush, H5Fis_hdf5, H5Fopen,
    },
    h5i::{H5Idec_ref, hid_t},
    h5p::{
        H5P_CLS_FILE_ACCESS, H5P_DEFAULT, H5Pcreate, H5Pset_fclose_degree, H5Pset_file_locking, H5Pset_libver_bounds,
    },
};
use thiserror::Error;

pub(super) use dataset::{Creation, Fill, Storing};
pub(super) use datatype::{Kind, Shape, Type};
pub(super) use node::{GroupCreation, Node, NodeKind, Reference};

/// A call of the HDF5 library that failed, or would have been wrong to make.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{call}: {text}")]
pub(super) struct CallError {
    /// The function of the library.
    pub(super) call: &'static str,
    /// What the library says about it.
    pub(super) text: String,
}

impl CallError {
    /// What the operating system had against it, if it was that.
    pub(super) fn errno(&self) -> Option<i32> {
        self.text.split("errno = ").nth(1)?.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }
}

pub(super) type Called<T> = Result<T, CallError>;

/// Does `work` under the library's lock, which every call inside then finds taken by its own thread.
pub(super) fn locked<T>(work: impl FnOnce() -> T) -> T {
    hdf5::sync::sync(work)
}

/// An identifier of the library, given back when dropped.
#[derive(Debug)]
pub(super) struct Id(hid_t);

impl Drop for Id {
    fn drop(&mut self) {
        // SAFETY: the identifier was handed out by the library, and its one reference is ours.
        let closed = checked("H5Idec_ref", || unsafe { H5Idec_ref(self.0) });
        if let Err(error) = closed {
            // At the end of a thread, nobody asks any more.
            let _ = UNCLOSED.try_with(|unclosed| {
                unclosed.borrow_mut().get_or_insert(error);
            });
        }
    }
}

thread_local! {
    /// The first identifier that could not be closed, since [`written`] has begun its work.
    static UNCLOSED: RefCell<Option<CallError>> = const { RefCell::new(None) };
}

/// As [`locked`], for work that writes. It fails, too, if something could not be closed: the library writes what it
/// holds of a dataset when that is closed, and dropping cannot tell of it.
pub(super) fn written<T>(work: impl FnOnce() -> Called<T>) -> Called<T> {
    locked(|| {
        // What others could not close is no concern of this work.
        UNCLOSED.take();
        let done = work()?;
        UNCLOSED.take().map_or(Ok(done), Err)
    })
}

/// Makes a call that answers with a new identifier.
fn new_id(call: &'static str, make: impl FnOnce() -> hid_t) -> Called<Id> {
    locked(|| match make() {
        id if id >= 0 => Ok(Id(id)),
        _ => Err(failed(call)),
    })
}

/// Makes a call that answers with a number, which is negative if it failed.
fn checked<N: Copy + PartialOrd + Default>(call: &'static str, make: impl FnOnce() -> N) -> Called<N> {
    locked(|| match make() {
        answer if answer >= N::default() => Ok(answer),
        _ => Err(failed(call)),
    })
}

/// The library's own words on the call that has just failed in this thread.
fn failed(call: &'static str) -> CallError {
    let text = match hdf5::Error::query() {
        // Some messages break lines in their middle.
        Ok(error) | Err(error) => error.to_string().split_whitespace().collect::<Vec<_>>().join(" "),
    };
    CallError { call, text: if text.is_empty() { "failed without giving a reason".into() } else { text } }
}

/// A call that was not made, because it would have been wrong.
fn refused(call: &'static str, text: impl Into<String>) -> CallError {
    CallError { call, text: text.into() }
}

/// `name` as the library takes it.
fn c_name(name: &str) -> Called<CString> {
    CString::new(name).map_err(|_| refused("name", format!("{name:?} contains a zero byte")))
}

/// An open file.
#[derive(Debug)]
pub(super) struct File {
    root: Node,
}

impl File {
    /// Makes a new file, or empties the one that is there.
    pub(super) fn create(path: &Path) -> Called<Self> {
        let (name, access) = (c_path(path)?, access()?);
        // SAFETY: the name ends with a zero byte and the property list is open.
        new_id("H5Fcreate", || unsafe { H5Fcreate(name.as_ptr(), H5F_ACC_TRUNC, H5P_DEFAULT, access.0) }).map(Self::of)
    }

    /// Opens a file that is there.
    pub(super) fn open(path: &Path, writable: bool) -> Called<Self> {
        let (name, access) = (c_path(path)?, access()?);
        let flags = if writable { H5F_ACC_RDWR } else { H5F_ACC_RDONLY };
        // SAFETY: the name ends with a zero byte and the property list is open.
        new_id("H5Fopen", || unsafe { H5Fopen(name.as_ptr(), flags, access.0) }).map(Self::of)
    }

    fn of(id: Id) -> Self {
        Self { root: Node::of(id) }
    }

    /// The root group.
    pub(super) fn root(&self) -> &Node {
        &self.root
    }

    /// Writes everything that the library still holds to the operating system.
    pub(super) fn flush(&self) -> Called<()> {
        // SAFETY: the file is open.
        checked("H5Fflush", || unsafe { H5Fflush(self.root.id(), H5F_scope_t::H5F_SCOPE_GLOBAL) }).map(drop)
    }

    /// Flushes and closes, with the result that dropping cannot give.
    pub(super) fn close(self) -> Called<()> {
        self.flush()?;
        let id = self.root.into_id();
        let raw = id.0;
        std::mem::forget(id);
        // SAFETY: the identifier is open, and its reference was not given back: the guard is forgotten.
        checked("H5Fclose", || unsafe { H5Fclose(raw) }).map(drop)
    }
}

/// Whether the file begins as HDF5 files do.
pub(super) fn is_hdf5(path: &Path) -> Called<bool> {
    let name = c_path(path)?;
    // SAFETY: the name ends with a zero byte.
    #[allow(deprecated, reason = "its successor is missing from HDF5 1.10")]
    checked("H5Fis_hdf5", || unsafe { H5Fis_hdf5(name.as_ptr()) }).map(|answer| answer > 0)
}

fn c_path(path: &Path) -> Called<CString> {
    use std::os::unix::ffi::OsStrExt;
    CString::new(path.as_os_str().as_bytes()).map_err(|_| refused("path", "the path contains a zero byte"))
}

/// How files are opened: with the object headers of HDF5 1.8, which are compact and which every
/// reader takes; without the library's own file lock, since we hold one on the same file; and so
/// that closing the file closes all that is left open in it.
fn access() -> Called<Id> {
    let list = property_list("H5Pcreate(file access)", || *H5P_CLS_FILE_ACCESS)?;
    // SAFETY: the property list is open and of this class.
    checked("H5Pset_libver_bounds", || unsafe {
        H5Pset_libver_bounds(list.0, H5F_libver_t::H5F_LIBVER_V18, H5F_LIBVER_LATEST)
    })?;
    // SAFETY: as above.
    checked("H5Pset_fclose_degree", || unsafe { H5Pset_fclose_degree(list.0, H5F_close_degree_t::H5F_CLOSE_STRONG) })?;
    // SAFETY: as above.
    checked("H5Pset_file_locking", || unsafe { H5Pset_file_locking(list.0, 0, 1) })?;
    Ok(list)
}

/// A new property list; the class is looked up under the lock, after the library has started.
fn property_list(call: &'static str, class: impl FnOnce() -> hid_t) -> Called<Id> {
    // SAFETY: the class is one of the library's own.
    new_id(call, || unsafe { H5Pcreate(class()) })
}
