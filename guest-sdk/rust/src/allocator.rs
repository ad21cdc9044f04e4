//! The allocator of jobs on `wasm32-unknown-unknown`, and of those without `std` on every target.
//!
//! What `std` has on `wasm32-unknown-unknown` asks for new pages with the first allocation, though a job begins with memory that nobody uses:
//! between what the linker has placed and the end of the last page. For a run of some microseconds, changing the size of
//! its memory takes longer than everything else, and holds up the runs of other workers. On targets with WASI, `malloc`
//! begins there by itself.

use core::{
    alloc::{GlobalAlloc, Layout},
    cell::{Cell, UnsafeCell},
    ptr,
};

use dlmalloc::Dlmalloc;

/// Bytes of a page of memory.
const PAGE: usize = 64 << 10;

unsafe extern "C" {
    /// Where the heap begins; the linker knows.
    safe static __heap_base: u8;
}

/// What the memory begins with, and then new pages.
struct Pages {
    begun: Cell<bool>,
}

// SAFETY: what is given out is memory of this module that nothing else uses: from the base of the heap to the end of the
// memory as it was at the first call, once, and then only pages that have just been made.
unsafe impl dlmalloc::Allocator for Pages {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        if !self.begun.replace(true) {
            let begin = (&raw const __heap_base).addr().next_multiple_of(16);
            let there = (core::arch::wasm32::memory_size(0) * PAGE).saturating_sub(begin);
            if there >= size {
                return (ptr::with_exposed_provenance_mut(begin), there, 0);
            }
        }
        let pages = size.div_ceil(PAGE);
        match core::arch::wasm32::memory_grow(0, pages) {
            usize::MAX => (ptr::null_mut(), 0, 0),
            before => (ptr::with_exposed_provenance_mut(before * PAGE), pages * PAGE, 0),
        }
    }

    fn remap(&self, _: *mut u8, _: usize, _: usize, _: bool) -> *mut u8 {
        ptr::null_mut()
    }

    fn free_part(&self, _: *mut u8, _: usize, _: usize) -> bool {
        false
    }

    fn free(&self, _: *mut u8, _: usize) -> bool {
        false
    }

    fn can_release_part(&self, _: u32) -> bool {
        false
    }

    fn allocates_zeros(&self) -> bool {
        // A run has a memory of its own, whose first content is zero here.
        true
    }

    fn page_size(&self) -> usize {
        PAGE
    }
}

struct Heap(UnsafeCell<Dlmalloc<Pages>>);

// SAFETY: jobs have one thread.
unsafe impl Sync for Heap {}

// SAFETY: as `Dlmalloc` promises; nothing here is called while another call is under way.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: there is no other reference, and the layout is the caller's.
        unsafe { (*self.0.get()).malloc(layout.size(), layout.align()) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { (*self.0.get()).calloc(layout.size(), layout.align()) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above; `at` comes from here.
        unsafe { (*self.0.get()).free(at, layout.size(), layout.align()) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        unsafe { (*self.0.get()).realloc(at, layout.size(), layout.align(), size) }
    }
}

#[global_allocator]
static HEAP: Heap = Heap(UnsafeCell::new(Dlmalloc::new_with_allocator(Pages { begun: Cell::new(false) })));
