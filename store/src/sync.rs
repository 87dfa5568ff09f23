//! The only place that names atomics and allocation: `std` and `arc-swap`, or the stand-ins of
//! `loom` or `shuttle` when a model explores them.
//!
//! The packages in `loom-tests/` compile these same sources under `cfg(loom)` and `cfg(shuttle)`.
//! There the types are bigger, so layouts are always taken from `size_of`.

#[cfg(not(any(loom, shuttle)))]
pub(crate) use arc_swap::ArcSwap;
#[cfg(not(loom))]
pub(crate) use std::alloc::{alloc, dealloc};
#[cfg(not(any(loom, shuttle)))]
pub(crate) use std::sync::Arc;
#[cfg(not(any(loom, shuttle)))]
pub(crate) use std::sync::atomic::{AtomicU32, Ordering, fence};

#[cfg(loom)]
pub(crate) use loom::alloc::{alloc, dealloc};
#[cfg(loom)]
pub(crate) use loom::sync::Arc;
#[cfg(loom)]
use loom::sync::Mutex;
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicU32, Ordering, fence};

#[cfg(shuttle)]
pub(crate) use shuttle::sync::Arc;
#[cfg(shuttle)]
use shuttle::sync::Mutex;
#[cfg(shuttle)]
pub(crate) use shuttle::sync::atomic::{AtomicU32, Ordering, fence};

/// Counts those who hold plain memory that nobody writes. Of `std` in models too, which look at
/// what lies in it.
pub(crate) use std::sync::Arc as StdArc;
/// Holds what is worked out at most once. Of `std` in models too, which have no two threads in one.
pub(crate) use std::sync::OnceLock;

/// Tells a model when shared memory is made, read, written and freed.
///
/// The blocks are plain memory behind raw pointers, which no model can see. Each block and each
/// region therefore carries a witness, touched beside every access. Loom's finds races in them,
/// shuttle's counts them; in an ordinary build it is nothing.
#[cfg(not(any(loom, shuttle)))]
pub(crate) struct Witness;

#[cfg(not(any(loom, shuttle)))]
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
#[cfg(all(test, not(any(loom, shuttle))))]
thread_local! {
    static READS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts a look into a block.
#[cfg(all(test, not(any(loom, shuttle))))]
pub(crate) fn count_read() {
    READS.set(READS.get() + 1);
}

/// How often this thread has looked into a block.
#[cfg(all(test, not(any(loom, shuttle))))]
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

#[cfg(shuttle)]
thread_local! {
    static WITNESSES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// How many blocks and regions there are: none when a model has ended. All threads of a model are
/// one thread of the system.
#[cfg(shuttle)]
pub fn witnesses() -> usize {
    WITNESSES.get()
}

#[cfg(shuttle)]
pub(crate) struct Witness(());

#[cfg(shuttle)]
#[allow(clippy::unused_self)] // The same calls as the loom form.
impl Witness {
    pub(crate) fn new() -> Self {
        WITNESSES.set(WITNESSES.get() + 1);
        Self(())
    }

    pub(crate) fn read(&self) {}

    pub(crate) fn write(&self) {}
}

#[cfg(shuttle)]
impl Drop for Witness {
    fn drop(&mut self) {
        WITNESSES.set(WITNESSES.get().checked_sub(1).expect("freed once"));
    }
}

/// Stands in for the one of `arc-swap`, whose inside no model sees.
#[cfg(any(loom, shuttle))]
pub(crate) struct ArcSwap<T>(Mutex<Arc<T>>);

#[cfg(any(loom, shuttle))]
impl<T> ArcSwap<T> {
    pub(crate) fn from_pointee(value: T) -> Self {
        Self(Mutex::new(Arc::new(value)))
    }

    pub(crate) fn store(&self, value: Arc<T>) {
        let before = std::mem::replace(&mut *self.0.lock().expect("no panic"), value);
        drop(before); // Without the lock, as `arc-swap` does.
    }

    pub(crate) fn load_full(&self) -> Arc<T> {
        self.0.lock().expect("no panic").clone()
    }
}
