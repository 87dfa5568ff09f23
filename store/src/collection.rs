//! What makes a store a collection like those of the standard library.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::iter::FusedIterator;
use std::ops::{Bound, Index};

use crate::iter::Iter;
use crate::snapshot::Snapshot;
use crate::store::Store;

impl Store {
    /// All keys, in order. O(log n) to begin.
    ///
    /// ```
    /// let store = bootfork_store::Store::from([("b", "2"), ("a", "1")]);
    /// assert!(store.keys().eq([b"a", b"b"]));
    /// ```
    pub fn keys(&self) -> impl FusedIterator<Item = &[u8]> {
        self.iter().map(|(key, _)| key)
    }

    /// All values, in the order of their keys.
    pub fn values(&self) -> impl FusedIterator<Item = &[u8]> {
        self.iter().map(|(_, value)| value)
    }

    /// The entry with the least key. O(log n).
    pub fn first_key_value(&self) -> Option<(&[u8], &[u8])> {
        self.iter().next()
    }

    /// Removes everything. O(1), and O(what nobody shares) to free it.
    pub fn clear(&mut self) {
        *self = Self::new();
    }
}

/// Of several entries with one key the last holds.
impl<K: AsRef<[u8]>, V: AsRef<[u8]>, const N: usize> From<[(K, V); N]> for Store {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl From<Store> for Snapshot {
    fn from(store: Store) -> Self {
        Self::new(store)
    }
}

/// A fork of what is seen.
impl From<Snapshot> for Store {
    fn from(snapshot: Snapshot) -> Self {
        snapshot.fork()
    }
}

/// The value of a key.
///
/// # Panics
///
/// If the key is not there.
///
/// ```
/// let store = bootfork_store::Store::from([("a", "1")]);
/// assert_eq!(&store["a"], b"1");
/// ```
impl<K: AsRef<[u8]>> Index<K> for Store {
    type Output = [u8];

    fn index(&self, key: K) -> &[u8] {
        let key = key.as_ref();
        self.get(key).unwrap_or_else(|| panic!("no key {:?}", String::from_utf8_lossy(key)))
    }
}

/// The hash of the digest: O(1), and equal for equal stores.
impl Hash for Store {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest().hash(state);
    }
}

/// All entries in key order, copied out: other forks may have them, too.
impl IntoIterator for Store {
    type Item = (Vec<u8>, Vec<u8>);
    type IntoIter = IntoIter;

    fn into_iter(self) -> IntoIter {
        IntoIter { left: self.len(), store: self, last: None }
    }
}

/// All entries in key order.
///
/// ```
/// let snapshot = bootfork_store::Store::from([("b", "2"), ("a", "1")]).snapshot();
/// let mut keys = Vec::new();
/// for (key, _) in &snapshot {
///     keys.push(key);
/// }
/// assert_eq!(keys, [b"a", b"b"]);
/// ```
impl<'a> IntoIterator for &'a Snapshot {
    type Item = (&'a [u8], &'a [u8]);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// Entries of a store's own, in key order; O(log n) each.
///
/// ```
/// use bootfork_store::{IntoIter, Store};
///
/// let mut entries: IntoIter = Store::from([("b", "2"), ("a", "1")]).into_iter();
/// assert_eq!(entries.len(), 2);
/// assert_eq!(entries.next(), Some((b"a".to_vec(), b"1".to_vec())));
/// ```
pub struct IntoIter {
    store: Store,
    /// The key that was given last.
    last: Option<Vec<u8>>,
    left: usize,
}

impl Iterator for IntoIter {
    type Item = (Vec<u8>, Vec<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        let after = self.last.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let (key, value) = self.store.range::<&[u8]>((after, Bound::Unbounded)).next()?;
        let (key, value) = (key.to_vec(), value.to_vec());
        self.left -= 1;
        self.last = Some(key.clone());
        Some((key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for IntoIter {}

impl FusedIterator for IntoIter {}

impl fmt::Debug for IntoIter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").field("left", &self.left).finish_non_exhaustive()
    }
}
