//! An allocator that refuses one allocation.
#![allow(unsafe_code)] // An allocator cannot be had without.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

struct Refusing;

/// Allocations so far, of all threads.
static ASKED: AtomicUsize = AtomicUsize::new(0);
/// The one that is refused.
static REFUSED: AtomicUsize = AtomicUsize::new(usize::MAX);
static COUNTS: AtomicBool = AtomicBool::new(false);

// SAFETY: passes every call on to the system's allocator as it came, or refuses it, as any
// allocator may.
unsafe impl GlobalAlloc for Refusing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if COUNTS.load(Ordering::Relaxed)
            && ASKED.fetch_add(1, Ordering::Relaxed) == REFUSED.load(Ordering::Relaxed)
        {
            return ptr::null_mut();
        }
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Refusing = Refusing;

/// From here on allocations count, and this one is refused.
pub(crate) fn refuse(number: usize) {
    REFUSED.store(number, Ordering::Relaxed);
    COUNTS.store(true, Ordering::Relaxed);
}

/// Does something whose allocations do not count.
pub(crate) fn uncounted<T>(work: impl FnOnce() -> T) -> T {
    let counts = COUNTS.swap(false, Ordering::Relaxed);
    let result = work();
    COUNTS.store(counts, Ordering::Relaxed);
    result
}

/// How many allocations counted.
pub(crate) fn asked() -> usize {
    ASKED.load(Ordering::Relaxed)
}
