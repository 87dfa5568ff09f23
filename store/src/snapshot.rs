//! Read-only views and states to go back to.

use std::fmt;
use std::ops::Deref;

use crate::store::Store;

/// A read-only view of a store at one moment: everything that reads a [`Store`] works on it.
///
/// It can be cloned and sent to other threads; making, cloning and forking one is O(1).
///
/// ```
/// use bootfork_store::{Snapshot, Store};
///
/// let mut store: Store = [("a", "1")].into_iter().collect();
/// let snapshot: Snapshot = store.snapshot();
/// store.set("a", "2");
/// assert_eq!(snapshot.get("a"), Some(&b"1"[..]));
///
/// let elsewhere = std::thread::spawn(move || {
///     let mut fork = snapshot.fork();
///     fork.set("b", "3");
///     fork.len()
/// });
/// assert_eq!(elsewhere.join().unwrap(), 2);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Snapshot(Store);

impl Snapshot {
    pub(crate) fn new(store: Store) -> Self {
        Self(store)
    }
}

impl Deref for Snapshot {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.0
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Snapshot").field(&self.0).finish()
    }
}

/// A state to go back to, from [`Store::savepoint`].
///
/// Savepoints may be used in any order and any number of times, and on any store.
///
/// ```
/// use bootfork_store::{Savepoint, Store};
///
/// let mut store = Store::new();
/// let empty: Savepoint = store.savepoint();
/// store.set("a", "1");
/// store.rollback(&empty);
/// assert!(store.is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Savepoint(pub(crate) Store);
