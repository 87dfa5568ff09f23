//! A batch: a small write set over a store, discarded or committed.

mod newest;
mod order;
mod record;
mod write_set;

pub use write_set::{BatchSavepoint, WriteSet};

use std::fmt;
use std::ops::RangeBounds;

use crate::digest::Digest;
use crate::iter::{Iter, Source};
use crate::store::{Change, Store};

/// Writes over a store that they do not touch until they are committed.
///
/// It is for states that mostly die young: a transaction that may be aborted, a timeline that is
/// tried and dropped. A write goes into a log and neither copies nor reads any part of the store;
/// discarding the batch empties the log. Reading looks into the batch first, then into the store.
///
/// What is kept and forked again and again should be committed: a clone of a batch copies its log.
///
/// | operation | cost |
/// |---|---|
/// | [`set`], [`remove`] | O(1), but O(log n) once somebody has asked for order |
/// | [`get`], [`contains`] | O(1) for a key of the batch, as in the store for another one |
/// | [`next_key`], [`prefix`], [`range`] | as in the store, and O(writes · log n) the first time |
/// | [`savepoint`] | O(1) |
/// | [`rollback`], [`discard`], [`clone`](Clone::clone) | O(writes dropped or copied) |
/// | [`len`], [`digest`] | O(writes) |
/// | [`commit`] | as the last write of each key would cost in the store |
///
/// [`set`]: Batch::set
/// [`remove`]: Batch::remove
/// [`get`]: Batch::get
/// [`contains`]: Batch::contains
/// [`next_key`]: Batch::next_key
/// [`prefix`]: Batch::prefix
/// [`range`]: Batch::range
/// [`savepoint`]: Batch::savepoint
/// [`rollback`]: Batch::rollback
/// [`discard`]: Batch::discard
/// [`len`]: Batch::len
/// [`digest`]: Batch::digest
/// [`commit`]: Batch::commit
///
/// # Panics
///
/// A batch whose keys and values become 4 GiB together panics, and is then to be discarded.
///
/// # Examples
///
/// ```
/// use bootfork_store::{Batch, Store};
///
/// let base: Store = [("ko1.refCount", "1,1"), ("ko2.refCount", "1,1")].into_iter().collect();
///
/// let mut batch = Batch::new(base.fork());
/// batch.set("ko1.refCount", "0,1");
/// batch.remove("ko2.refCount");
/// assert_eq!(batch.get("ko1.refCount"), Some(&b"0,1"[..]));
/// assert_eq!(batch.next_key("ko1.refCount"), None);
/// assert_eq!(batch.len(), 1);
///
/// batch.discard();
/// assert_eq!(batch.digest(), base.digest());
///
/// batch.set("ko1.refCount", "2,2");
/// let digest = batch.digest();
/// batch.commit();
/// let store = batch.into_base();
/// assert_eq!(store.get("ko1.refCount"), Some(&b"2,2"[..]));
/// assert_eq!(store.digest(), digest);
/// ```
#[derive(Clone)]
pub struct Batch {
    base: Store,
    writes: WriteSet,
}

impl Batch {
    /// No writes over this store, which is usually a fork.
    pub fn new(base: Store) -> Self {
        Self { base, writes: WriteSet::new() }
    }

    /// The store beneath, without the writes.
    pub fn base(&self) -> &Store {
        &self.base
    }

    /// The store beneath; writes that are not committed are dropped.
    #[must_use]
    pub fn into_base(self) -> Store {
        self.base
    }

    /// The value of a key.
    #[inline]
    pub fn get(&self, key: impl AsRef<[u8]>) -> Option<&[u8]> {
        self.writes.get(&self.base, key)
    }

    /// Whether the key is there.
    pub fn contains(&self, key: impl AsRef<[u8]>) -> bool {
        self.get(key).is_some()
    }

    /// Writes a value.
    #[inline]
    pub fn set(&mut self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.writes.set(&self.base, key, value);
    }

    /// Removes a key, if it is there.
    #[inline]
    pub fn remove(&mut self, key: impl AsRef<[u8]>) {
        self.writes.remove(&self.base, key);
    }

    /// The least key greater than `after`.
    pub fn next_key(&self, after: impl AsRef<[u8]>) -> Option<&[u8]> {
        self.writes.next_key(&self.base, after)
    }

    /// All entries in key order.
    pub fn iter(&self) -> Iter<'_> {
        self.prefix(b"")
    }

    /// The entries whose keys lie in a range, in key order; empty if the range is.
    pub fn range<K: AsRef<[u8]>>(&self, range: impl RangeBounds<K>) -> Iter<'_> {
        Source::Writes(&self.writes, &self.base).range(&range)
    }

    /// The entries whose key begins with `prefix`, in key order.
    pub fn prefix(&self, prefix: impl AsRef<[u8]>) -> Iter<'_> {
        self.writes.prefix(&self.base, prefix)
    }

    /// How many entries there are. O(writes).
    pub fn len(&self) -> usize {
        self.writes.store_len(&self.base)
    }

    /// Whether there are none. O(writes).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The digest of the content, the same as that of the store after a commit.
    pub fn digest(&self) -> Digest {
        self.writes.digest(&self.base)
    }

    /// The digest of the content less these keys; as [`Store::digest_without`].
    pub fn digest_without<K: AsRef<[u8]>>(&self, keys: impl IntoIterator<Item = K>) -> Digest {
        Digest::without(self.digest(), keys, |key| self.get(key))
    }

    /// What a commit would change, in key order: the store left, the batch right.
    ///
    /// ```
    /// # use bootfork_store::{Batch, Change, Store};
    /// let base: Store = [("a", "1"), ("b", "2")].into_iter().collect();
    /// let mut batch = Batch::new(base);
    /// batch.set("a", "1");
    /// batch.remove("b");
    /// let removed = Change { key: &b"b"[..], left: Some(&b"2"[..]), right: None };
    /// assert_eq!(batch.changes(), [removed]);
    /// ```
    pub fn changes(&self) -> Vec<Change<'_>> {
        self.writes.changes(&self.base)
    }

    /// The present state, to go back to.
    pub fn savepoint(&mut self) -> BatchSavepoint {
        self.writes.savepoint()
    }

    /// Goes back to a savepoint.
    ///
    /// # Panics
    /// If the batch was discarded, committed or taken back to an earlier savepoint since.
    pub fn rollback(&mut self, savepoint: BatchSavepoint) {
        self.writes.rollback(&self.base, savepoint);
    }

    /// Drops all writes. Their memory is kept for the next ones.
    pub fn discard(&mut self) {
        self.writes.discard();
    }

    /// Writes everything into the store, each key once; a value that is there already changes
    /// nothing. The batch goes on, with no writes.
    pub fn commit(&mut self) {
        self.writes.commit(&mut self.base);
    }
}

/// One [`set`](Batch::set) after the other.
impl<K: AsRef<[u8]>, V: AsRef<[u8]>> Extend<(K, V)> for Batch {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.set(key, value);
        }
    }
}

impl<'a> IntoIterator for &'a Batch {
    type Item = (&'a [u8], &'a [u8]);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The store beneath, and how many keys were written.
impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("base", &self.base).field("writes", &self.writes).finish()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
