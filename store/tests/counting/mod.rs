//! An allocator that counts: what a thread asks for, and what is live in the whole process.
#![allow(unsafe_code)] // An allocator cannot be had without.
#![allow(dead_code, reason = "each test binary counts other things")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, Ordering};

struct Counting;

thread_local! {
    // Per thread: the tests of one process run side by side.
    static CALLS: Cell<usize> = const { Cell::new(0) };
    static ASKED: Cell<usize> = const { Cell::new(0) };
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
    static TAKES_PART: Cell<bool> = const { Cell::new(false) };
}
static BLOCKS: AtomicIsize = AtomicIsize::new(0);
static BYTES: AtomicIsize = AtomicIsize::new(0);
// Of all threads, whatever they do.
static LIVE_OF_ALL: AtomicIsize = AtomicIsize::new(0);
static PEAK_OF_ALL: AtomicIsize = AtomicIsize::new(0);

// SAFETY: passes every call on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let size = layout.size();
        CALLS.set(CALLS.get() + 1);
        ASKED.set(ASKED.get() + size);
        LIVE.set(LIVE.get() + size.cast_signed());
        PEAK.set(PEAK.get().max(LIVE.get()));
        let live = LIVE_OF_ALL.fetch_add(size.cast_signed(), Ordering::Relaxed);
        PEAK_OF_ALL.fetch_max(live + size.cast_signed(), Ordering::Relaxed);
        if TAKES_PART.get() {
            BLOCKS.fetch_add(1, Ordering::Relaxed);
            BYTES.fetch_add(size.cast_signed(), Ordering::Relaxed);
        }
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        let size = layout.size().cast_signed();
        LIVE.set(LIVE.get() - size);
        LIVE_OF_ALL.fetch_sub(size, Ordering::Relaxed);
        if TAKES_PART.get() {
            BLOCKS.fetch_sub(1, Ordering::Relaxed);
            BYTES.fetch_sub(size, Ordering::Relaxed);
        }
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What some work asked of the allocator, on this thread.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) calls: usize,
    pub(crate) bytes: usize,
}

pub(crate) fn asked<T>(work: impl FnOnce() -> T) -> (Asked, T) {
    let before = (CALLS.get(), ASKED.get());
    let result = work();
    (Asked { calls: CALLS.get() - before.0, bytes: ASKED.get() - before.1 }, result)
}

/// Bytes that this thread has asked for and not given back.
pub(crate) fn live_here() -> isize {
    LIVE.get()
}

/// The most bytes that some work had asked for and not given back at a time.
pub(crate) fn peak<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = LIVE.get();
    PEAK.set(before);
    let result = work();
    ((PEAK.get() - before).cast_unsigned(), result)
}

/// As [`peak`], of the whole process: for a test that is alone in it.
pub(crate) fn peak_of_all<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = LIVE_OF_ALL.load(Ordering::Relaxed);
    PEAK_OF_ALL.store(before, Ordering::Relaxed);
    let result = work();
    ((PEAK_OF_ALL.load(Ordering::Relaxed) - before).cast_unsigned(), result)
}

/// From here on what this thread allocates and frees is counted by [`live_together`]. (Others, the
/// test harness's own for one, do so when they like.)
pub(crate) fn take_part() {
    TAKES_PART.set(true);
}

/// Blocks and bytes that the threads that take part have asked for and not given back.
pub(crate) fn live_together() -> (isize, isize) {
    (BLOCKS.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed))
}
