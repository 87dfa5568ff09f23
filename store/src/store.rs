//! The store: the public face of the map.

use std::fmt;
use std::ops::RangeBounds;

use crate::check::Violation;
use crate::digest::Digest;
use crate::iter::{Iter, Source};
use crate::map::Map;
use crate::node::Shape;
use crate::order::Found;
use crate::snapshot::{Savepoint, Snapshot};
use crate::stats::Stats;

/// The shape of every store outside of tests and models.
pub(crate) struct Standard;

#[cfg(not(loom))]
impl Shape for Standard {
    const BITS: u32 = 4;
    const LEAF: usize = 8;
    const ORDER_KEYS: usize = 48;
    const ORDER_CHILDREN: usize = 16;
}

// Few entries already make a trie of some depth, so that models stay small.
#[cfg(loom)]
impl Shape for Standard {
    const BITS: u32 = 1;
    const LEAF: usize = 1;
    const ORDER_KEYS: usize = 2;
    const ORDER_CHILDREN: usize = 4;

    /// A key of one byte lies where that says, so that a model can choose.
    fn hash(key: &[u8]) -> u64 {
        match key {
            [byte] => u64::from(*byte) << 56,
            _ => crate::hash::hash64(key),
        }
    }
}

/// An ordered map from byte keys to byte values; cloning it is a fork, and costs O(1).
///
/// A fork and its origin share all memory until one of them writes; then only the path to the
/// written key is copied. What a store shares with nobody it writes in place; the first write of a
/// path that is shared, or lies in a frozen region, copies it. Stores may be sent to and read from
/// several threads.
///
/// | operation | cost |
/// |---|---|
/// | [`fork`], [`snapshot`], [`savepoint`], [`rollback`] | O(1); dropping a fork: what it wrote |
/// | [`get`], [`contains`], an overwriting [`set`] | O(log n), base 16: the trie only |
/// | an inserting [`set`], [`remove`], [`next_key`] | O(log n): the order index as well |
/// | [`iter`], [`range`], [`prefix`] | O(log n) to begin, and for each entry that is not frozen |
/// | [`remove_prefix`] | O(log n) for each entry removed |
/// | [`len`], [`digest`] | O(1) |
/// | [`diff`], `==` | O(what the two do not share) |
/// | [`freeze`] | O(n log n); after it [`get`] is O(1) where nothing was written |
/// | [`stats`] | O(n), but for what is frozen |
///
/// [`fork`]: Store::fork
/// [`snapshot`]: Store::snapshot
/// [`savepoint`]: Store::savepoint
/// [`rollback`]: Store::rollback
/// [`get`]: Store::get
/// [`contains`]: Store::contains
/// [`set`]: Store::set
/// [`remove`]: Store::remove
/// [`next_key`]: Store::next_key
/// [`iter`]: Store::iter
/// [`range`]: Store::range
/// [`prefix`]: Store::prefix
/// [`len`]: Store::len
/// [`digest`]: Store::digest
/// [`diff`]: Store::diff
/// [`freeze`]: Store::freeze
/// [`remove_prefix`]: Store::remove_prefix
/// [`stats`]: Store::stats
///
/// # Panics
///
/// A key and its value together must be shorter than 4 GiB, and so must 48 keys; a store has fewer
/// than 2^32 entries. What would break this panics, and leaves the store unchanged or to be thrown
/// away.
///
/// # Examples
///
/// ```
/// use bootfork_store::Store;
///
/// let mut base = Store::new();
/// base.set("runQueue", "[1,1]");
///
/// let mut fork = base.fork();
/// fork.set("runQueue", "[1,2]");
/// fork.set("runQueue.1", "…");
///
/// assert_eq!(base.get("runQueue"), Some(&b"[1,1]"[..]));
/// assert_eq!(fork.next_key("runQueue"), Some(&b"runQueue.1"[..]));
/// assert_eq!(base.diff(&fork).len(), 2);
/// ```
pub struct Store {
    map: Map<Standard>,
}

/// One key that differs between two stores; a missing side is `None`.
///
/// ```
/// use bootfork_store::{Change, Store};
///
/// let left: Store = [("a", "1"), ("b", "2")].into_iter().collect();
/// let right: Store = [("b", "3")].into_iter().collect();
/// assert_eq!(left.diff(&right), [
///     Change { key: b"a", left: Some(b"1"), right: None },
///     Change { key: b"b", left: Some(b"2"), right: Some(b"3") },
/// ]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// The key.
    pub key: &'a [u8],
    /// Its value on the left.
    pub left: Option<&'a [u8]>,
    /// Its value on the right.
    pub right: Option<&'a [u8]>,
}

impl Store {
    /// An empty store.
    pub fn new() -> Self {
        Self { map: Map::new() }
    }

    /// A copy that shares all memory until one of the two writes. O(1).
    #[must_use]
    #[inline]
    pub fn fork(&self) -> Self {
        Self { map: self.map.clone() }
    }

    /// The value of a key.
    #[inline]
    pub fn get(&self, key: impl AsRef<[u8]>) -> Option<&[u8]> {
        self.map.get(key.as_ref())
    }

    /// Whether the key is there.
    pub fn contains(&self, key: impl AsRef<[u8]>) -> bool {
        self.get(key).is_some()
    }

    /// Writes a value; `true` if the key is new. Writing the value that is there changes nothing.
    pub fn set(&mut self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> bool {
        self.map.set(key.as_ref(), value.as_ref())
    }

    /// As [`set`](Self::set); first `note` sees the value that is replaced, or `None` if the key
    /// is new. If nothing changes it is not called. Who keeps what it sees can undo the write
    /// without a fork, so that writing in place stays possible.
    pub fn set_noting(
        &mut self,
        key: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
        note: impl FnOnce(Option<&[u8]>),
    ) -> bool {
        self.map.set_noting(key.as_ref(), value.as_ref(), note)
    }

    /// Removes a key; `true` if it was there.
    pub fn remove(&mut self, key: impl AsRef<[u8]>) -> bool {
        self.map.remove(key.as_ref())
    }

    /// As [`remove`](Self::remove); first `note` sees the value that the key has, if it is there.
    ///
    /// ```
    /// # use bootfork_store::Store;
    /// let mut store: Store = [("a", "1")].into_iter().collect();
    /// let mut old = None;
    /// store.remove_noting("a", |value| old = Some(value.to_vec()));
    /// assert_eq!(old.as_deref(), Some(&b"1"[..]));
    /// ```
    pub fn remove_noting(&mut self, key: impl AsRef<[u8]>, note: impl FnOnce(&[u8])) -> bool {
        self.map.remove_noting(key.as_ref(), note)
    }

    /// Removes every key that begins with `prefix`; how many there were. O(log n) for each.
    pub fn remove_prefix(&mut self, prefix: impl AsRef<[u8]>) -> usize {
        let before = self.fork();
        let entries = before.prefix(prefix);
        entries.filter(|(key, _)| self.map.remove(key)).count()
    }

    /// The least key greater than `after`.
    pub fn next_key(&self, after: impl AsRef<[u8]>) -> Option<&[u8]> {
        self.map.keys(after.as_ref(), false).next().map(Found::key)
    }

    /// All entries in key order.
    pub fn iter(&self) -> Iter<'_> {
        self.prefix(b"")
    }

    /// The entries whose keys lie in a range, in key order; empty if the range is.
    ///
    /// ```
    /// # use bootfork_store::Store;
    /// let store: Store = [("a", "1"), ("b", "2"), ("c", "3")].into_iter().collect();
    /// let keys: Vec<_> = store.range("a".."c").map(|(key, _)| key).collect();
    /// assert_eq!(keys, [b"a", b"b"]);
    /// ```
    pub fn range<K: AsRef<[u8]>>(&self, range: impl RangeBounds<K>) -> Iter<'_> {
        Source::Store(self).range(&range)
    }

    /// The entries whose key begins with `prefix`, in key order.
    pub fn prefix(&self, prefix: impl AsRef<[u8]>) -> Iter<'_> {
        Source::Store(self).prefix(prefix.as_ref())
    }

    /// Moves everything into one piece of memory, the *frozen region*. O(n log n); O(1) if
    /// everything lies in one already, as after [`collect`](Iterator::collect).
    ///
    /// The content stays as it is. A frozen store takes less memory, a lookup costs two misses of
    /// the cache whatever the size, and a scan is one run through memory. Forks of it write faster,
    /// too, since copying a path out of a region counts nothing. All of them share the region; it
    /// lives as long as the last of them, and with it what they have overwritten. Freezing again
    /// makes a new region of what is left.
    ///
    /// So freeze a state that many forks are to start from, and before they do: a frozen store
    /// shares nothing with forks, snapshots and savepoints made earlier, so that comparing it with
    /// them is O(n), and both take memory.
    ///
    /// A store of more than 8 GiB stays as it is.
    ///
    /// ```
    /// # use bootfork_store::Store;
    /// let mut base = Store::new();
    /// (0..1000).for_each(|n| _ = base.set(format!("key{n}"), "value"));
    /// let digest = base.digest();
    /// base.freeze();
    /// let mut fork = base.fork();
    /// fork.set("key7", "changed");
    /// assert_eq!(base.digest(), digest);
    /// assert_eq!(base.diff(&fork).len(), 1);
    /// ```
    pub fn freeze(&mut self) {
        self.map.freeze();
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The digest of the content, whatever its history; see [`Digest`] for what it is good for.
    pub fn digest(&self) -> Digest {
        self.map.digest()
    }

    /// The digest of the content less these keys, such as those that only tell how the content
    /// came to be. Each key is given once; one that is not there changes nothing. O(keys).
    ///
    /// ```
    /// # use bootfork_store::Store;
    /// let mut store: Store = [("a", "1")].into_iter().collect();
    /// let before = store.digest();
    /// store.set("clock", "17");
    /// assert_eq!(store.digest_without(["clock", "missing"]), before);
    /// ```
    pub fn digest_without<K: AsRef<[u8]>>(&self, keys: impl IntoIterator<Item = K>) -> Digest {
        Digest::without(self.digest(), keys, |key| self.get(key))
    }

    /// The keys that differ, in key order.
    pub fn diff<'a>(&'a self, other: &'a Store) -> Vec<Change<'a>> {
        self.map.diff(&other.map)
    }

    pub(crate) fn of_map(map: Map<Standard>) -> Self {
        Self { map }
    }

    pub(crate) fn map(&self) -> &Map<Standard> {
        &self.map
    }

    pub(crate) fn map_mut(&mut self) -> &mut Map<Standard> {
        &mut self.map
    }

    /// The present state, to go back to.
    pub fn savepoint(&self) -> Savepoint {
        Savepoint(self.fork())
    }

    /// Goes back to a savepoint.
    pub fn rollback(&mut self, savepoint: &Savepoint) {
        *self = savepoint.0.fork();
    }

    /// The present state, to read only.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.fork())
    }

    /// What the store occupies. O(n), but for what is frozen.
    pub fn stats(&self) -> Stats {
        self.map.stats()
    }

    /// Tests everything that must hold inside the store. O(n log n), for tests.
    ///
    /// # Errors
    ///
    /// The first invariant found broken, by its number.
    pub fn check(&self) -> Result<(), Violation> {
        self.map.check()
    }
}

impl Default for Store {
    fn default() -> Self {
        Self::new()
    }
}

/// A fork.
impl Clone for Store {
    fn clone(&self) -> Self {
        self.fork()
    }
}

/// Equal content. O(1) if the digests differ or both are forks that nobody wrote to.
impl PartialEq for Store {
    fn eq(&self, other: &Self) -> bool {
        self.map.equal(&other.map)
    }
}

impl Eq for Store {}

/// Entries up to this number are shown by `Debug`.
const SHOWN: usize = 16;

/// Length and digest, and the entries if they are few.
impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Entries<'a>(&'a Store);
        impl fmt::Debug for Entries<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = String::from_utf8_lossy;
                f.debug_map().entries(self.0.iter().map(|(k, v)| (text(k), text(v)))).finish()
            }
        }
        let mut shown = f.debug_struct("Store");
        shown.field("len", &self.len()).field("digest", &self.digest());
        if self.len() <= SHOWN {
            shown.field("entries", &Entries(self));
        }
        shown.finish()
    }
}

/// A frozen store ([`Store::freeze`]). O(n log n), but faster than one `set` after the other.
impl<K: AsRef<[u8]>, V: AsRef<[u8]>> FromIterator<(K, V)> for Store {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self { map: Map::from_entries(entries.into_iter()) }
    }
}

/// Into an empty store, as [`FromIterator`]; else one [`set`](Store::set) after the other.
impl<K: AsRef<[u8]>, V: AsRef<[u8]>> Extend<(K, V)> for Store {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        if self.is_empty() {
            *self = entries.into_iter().collect();
        } else {
            entries.into_iter().for_each(|(key, value)| _ = self.set(key, value));
        }
    }
}

impl<'a> IntoIterator for &'a Store {
    type Item = (&'a [u8], &'a [u8]);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}
