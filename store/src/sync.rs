//! The only place that names atomics and allocation: `std`, or `loom` when a model explores them.
//!
//! Under `cfg(loom)` (set by the package in `loom-tests/store`, which compiles these same sources)
//! the types are bigger and not constant, so layouts are always taken from `size_of`.

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
