//! A persistent, ordered map of bytes with an O(1) fork.
//!
//! This first body is a shared `BTreeMap`: it fixes the interface that the kernel is written
//! against, and the engine takes its place behind the same names.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A mutable map from byte keys to byte values; cloning it is a fork.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store {
    map: Arc<BTreeMap<Vec<u8>, Vec<u8>>>,
}

/// A state to go back to.
#[derive(Clone, Debug)]
pub struct Savepoint(Store);

/// One key that differs between two stores; a missing side is `None`.
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
        Self::default()
    }

    /// The value of a key.
    pub fn get(&self, key: impl AsRef<[u8]>) -> Option<&[u8]> {
        self.map.get(key.as_ref()).map(Vec::as_slice)
    }

    /// Whether the key is there.
    pub fn contains(&self, key: impl AsRef<[u8]>) -> bool {
        self.map.contains_key(key.as_ref())
    }

    /// Writes a value; `true` if the key is new.
    pub fn set(&mut self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> bool {
        Arc::make_mut(&mut self.map).insert(key.as_ref().into(), value.as_ref().into()).is_none()
    }

    /// Removes a key; `true` if it was there.
    pub fn remove(&mut self, key: impl AsRef<[u8]>) -> bool {
        Arc::make_mut(&mut self.map).remove(key.as_ref()).is_some()
    }

    /// The least key greater than `after`.
    pub fn next_key(&self, after: impl AsRef<[u8]>) -> Option<&[u8]> {
        use std::ops::Bound::{Excluded, Unbounded};
        let bounds = (Excluded(after.as_ref()), Unbounded);
        self.map.range::<[u8], _>(bounds).next().map(|(key, _)| key.as_slice())
    }

    /// All entries in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.map.iter().map(|(key, value)| (key.as_slice(), value.as_slice()))
    }

    /// The entries whose key begins with `prefix`, in key order.
    pub fn prefix(&self, prefix: impl AsRef<[u8]>) -> impl Iterator<Item = (&[u8], &[u8])> {
        let prefix = prefix.as_ref().to_vec();
        self.map
            .range(prefix.clone()..)
            .take_while(move |(key, _)| key.starts_with(&prefix))
            .map(|(key, value)| (key.as_slice(), value.as_slice()))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// The present state, to go back to.
    pub fn savepoint(&self) -> Savepoint {
        Savepoint(self.clone())
    }

    /// Goes back to a savepoint.
    pub fn rollback(&mut self, savepoint: &Savepoint) {
        *self = savepoint.0.clone();
    }

    /// The keys that differ, in key order.
    pub fn diff<'a>(&'a self, other: &'a Store) -> Vec<Change<'a>> {
        let keys: std::collections::BTreeSet<_> = self.map.keys().chain(other.map.keys()).collect();
        keys.into_iter()
            .map(|key| Change { key, left: self.get(key), right: other.get(key) })
            .filter(|change| change.left != change.right)
            .collect()
    }
}
