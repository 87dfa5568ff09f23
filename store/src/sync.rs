//! The only place that names atomics and allocation: `std` and `arc-swap`, or `loom` when a model
//! explores them.
//!
//! Under `cfg(loom)` (set by the package in `loom-tests/store`, which compiles these same sources)
//! the types are bigger and not constant, so layouts are always taken from `size_of`.

#[cfg(not(loom))]
pub(crate) use arc_swap::ArcSwap;
#[cfg(not(loom))]
pub(crate) use std::alloc::{alloc, dealloc};
#[cfg(not(loom))]
pub(crate) use std::sync::Arc;
#[cfg(not(loom))]
pub(crate) use std::sync::atomic::{AtomicU32, Ordering, fence};

#[cfg(loom)]
pub(crate) use loom::alloc::{alloc, dealloc};
#[cfg(loom)]
pub(crate) use loom::sync::Arc;
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicU32, Ordering, fence};

/// Holds what is worked out at most once. Of `std` in models too, which have no two threads in one.
pub(crate) use std::sync::OnceLock;

/// Tells loom when shared memory is read and written, so that a race in it is found.
///
/// The blocks are plain memory behind raw pointers, which loom cannot see. Each block therefore
/// carries a witness, touched beside every access. In an ordinary build it is nothing.
#[cfg(not(loom))]
pub(crate) struct Witness;

#[cfg(not(loom))]
#[allow(clippy::unused_self)] // The same calls as the loom form.
impl Witness {
    #[inline]
    pub(crate) fn new() -> Self {
        Self
    }

    #[inline]
    pub(crate) fn read(&self) {}

    #[inline]
    pub(crate) fn write(&self) {}
}

// Unit tests count what is read, so that costs can be asserted without a clock.
#[cfg(all(test, not(loom)))]
thread_local! {
    static READS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts a look into a block.
#[cfg(all(test, not(loom)))]
pub(crate) fn count_read() {
    READS.set(READS.get() + 1);
}

/// How often this thread has looked into a block.
#[cfg(all(test, not(loom)))]
pub(crate) fn reads() -> usize {
    READS.get()
}

#[cfg(loom)]
pub(crate) struct Witness(loom::cell::UnsafeCell<()>);

#[cfg(loom)]
impl Witness {
    pub(crate) fn new() -> Self {
        Self(loom::cell::UnsafeCell::new(()))
    }

    pub(crate) fn read(&self) {
        self.0.with(|_| ());
    }

    pub(crate) fn write(&self) {
        self.0.with_mut(|_| ());
    }
}

/// Stands in for the one of `arc-swap`, which cannot run under loom.
#[cfg(loom)]
pub(crate) struct ArcSwap<T>(loom::sync::Mutex<Arc<T>>);

#[cfg(loom)]
impl<T> ArcSwap<T> {
    pub(crate) fn from_pointee(value: T) -> Self {
        Self(loom::sync::Mutex::new(Arc::new(value)))
    }

    pub(crate) fn store(&self, value: Arc<T>) {
        let before = std::mem::replace(&mut *self.0.lock().expect("no panic"), value);
        drop(before); // Without the lock, as `arc-swap` does.
    }

    pub(crate) fn load_full(&self) -> Arc<T> {
        self.0.lock().expect("no panic").clone()
    }
}
