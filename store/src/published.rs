//! A value that a running system shows to observers.
//!
//! *Synchronization.* One `ArcSwap` holds the latest value. A publisher swaps in the next one and
//! lets go of the one before; an observer takes a count on what it finds. What either wrote before
//! is seen by the other, as `arc-swap` promises. Nobody holds a lock while code of others runs:
//! the value before is dropped by whoever lets go of it last. Under loom, which cannot run
//! `arc-swap`, a mutex stands in for it; the models are about what a value shares, not the swap.

use std::fmt;

use crate::sync::{Arc, ArcSwap};

/// The latest state of a running system, for observers on other threads to look at and fork.
///
/// The system publishes whenever it has a state worth seeing; it never waits for observers. An
/// observer takes the latest state without waiting either (reading is wait-free), keeps it for as
/// long as it likes, and sees no half-made one. States that nobody took are gone when the next one
/// is published.
///
/// What is published stays shared: the publisher's next write to each node copies it, where it
/// would else write in place. So publish at the end of a step, not at every write.
///
/// Taking a state costs about as much as a fork, publishing one an allocation besides.
///
/// ```
/// use std::sync::Arc;
/// use std::thread;
///
/// use bootfork_store::{Published, Snapshot, Store};
///
/// let mut store = Store::new();
/// let published: Arc<Published<Snapshot>> = Arc::new(Published::new(store.snapshot()));
/// let observed = published.clone();
/// let observer = thread::spawn(move || {
///     while observed.latest().len() < 10 {
///         thread::yield_now();
///     }
///     // What the observer makes of it is its own affair.
///     observed.latest().fork().remove("step 3")
/// });
/// for step in 0..10 {
///     store.set(format!("step {step}"), "done");
///     published.publish(store.snapshot());
/// }
/// assert!(observer.join().unwrap());
/// assert_eq!(published.latest().len(), 10);
/// ```
pub struct Published<T> {
    latest: ArcSwap<T>,
}

impl<T> Published<T> {
    /// Publishes a first value.
    pub fn new(value: T) -> Self {
        Self { latest: ArcSwap::from_pointee(value) }
    }

    /// Puts a value in the place of the one before. Lock-free; of several publishers at once, one
    /// is the last.
    pub fn publish(&self, value: T) {
        self.latest.store(Arc::new(value));
    }

    /// The value published last. Wait-free.
    pub fn latest(&self) -> Arc<T> {
        self.latest.load_full()
    }
}

impl<T: fmt::Debug> fmt::Debug for Published<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Published").field(&self.latest()).finish()
    }
}
