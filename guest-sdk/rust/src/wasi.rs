//! What the standard library brings along on WASI, for jobs without it.

use alloc::alloc::{alloc, handle_alloc_error, realloc};
use core::alloc::Layout;
use core::ptr;

// Copying and comparing of memory.
#[link(name = "c")]
unsafe extern "C" {}

/// Memory for what the host hands over. That of the library of C would give what our allocator cannot take back.
///
/// # Safety
/// As the canonical ABI calls it: `old` is null with `old_length` 0, or comes from here with that length and alignment.
#[unsafe(no_mangle)]
unsafe extern "C" fn cabi_realloc(old: *mut u8, old_length: usize, align: usize, length: usize) -> *mut u8 {
    if length == 0 {
        return ptr::without_provenance_mut(align);
    }
    // SAFETY: alignments of the ABI are powers of two, and lengths fit the memory.
    let (layout, before) = unsafe {
        (Layout::from_size_align_unchecked(length, align), Layout::from_size_align_unchecked(old_length, align))
    };
    // SAFETY: the length is not 0, and `old` is the caller's promise.
    let given = unsafe { if old_length == 0 { alloc(layout) } else { realloc(old, before, length) } };
    if given.is_null() {
        handle_alloc_error(layout);
    }
    given
}
