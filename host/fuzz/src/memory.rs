//! [`bounded`]: nobody asks for memory because an input says that it is large.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

/// The system's allocator, which remembers the largest request of each thread.
struct Watched;

#[global_allocator]
static WATCHED: Watched = Watched;

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

fn asked(size: usize) {
    // A thread that ends has nothing to watch any more.
    let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(size)));
}

// SAFETY: every request is passed on as it is.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        asked(layout.size());
        // SAFETY: the caller vouches for the layout.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        asked(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        asked(size);
        // SAFETY: the caller vouches for the pointer, too.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(old, layout) }
    }
}

/// Does `work`, and panics if it asks for more than `most` bytes at once in this thread.
pub fn bounded<T>(most: usize, work: impl FnOnce() -> T) -> T {
    LARGEST.set(0);
    let done = work();
    let largest = LARGEST.get();
    assert!(
        largest <= most,
        "{largest} bytes of memory were asked for at once; at most {most} are right for this input"
    );
    done
}
