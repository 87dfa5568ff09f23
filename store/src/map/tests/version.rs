//! One version of the map beside its twins, and how they are compared.

use std::collections::BTreeMap;

use super::Map;
use crate::node::Shape;
use crate::order::Found;
use crate::store::Change;

pub(super) type Bytes = Vec<u8>;

/// One version, four times.
pub(super) struct Version<S> {
    pub(super) map: Map<S>,
    pub(super) model: BTreeMap<Bytes, Bytes>,
    im: im::OrdMap<Bytes, Bytes>,
    rpds: rpds::RedBlackTreeMapSync<Bytes, Bytes>,
}

impl<S: Shape> Clone for Version<S> {
    fn clone(&self) -> Self {
        let Self { map, model, im, rpds } = self;
        Self { map: map.clone(), model: model.clone(), im: im.clone(), rpds: rpds.clone() }
    }
}

impl<S: Shape> Version<S> {
    pub(super) fn new() -> Self {
        Self {
            map: Map::new(),
            model: BTreeMap::new(),
            im: im::OrdMap::new(),
            rpds: rpds::RedBlackTreeMapSync::default(),
        }
    }

    pub(super) fn set(&mut self, key: &Bytes, value: u8) {
        // Lengths differ, so that some values can be written in place and some not.
        let value = vec![value; usize::from(value) * 3];
        let new = self.model.insert(key.clone(), value.clone()).is_none();
        assert_eq!(self.map.set(key, &value), new, "set of {key:?} told new from old");
        assert_eq!(self.map.get(key), Some(&value[..]), "what was set at {key:?}");
        self.im.insert(key.clone(), value.clone());
        self.rpds.insert_mut(key.clone(), value);
    }

    pub(super) fn remove(&mut self, key: &Bytes) {
        let there = self.model.remove(key).is_some();
        assert_eq!(self.map.remove(key), there, "remove of {key:?} told whether it was there");
        assert_eq!(self.map.get(key), None, "what was removed at {key:?}");
        self.im.remove(key);
        self.rpds.remove_mut(key);
    }

    pub(super) fn remove_prefix(&mut self, prefix: &Bytes) {
        let keys: Vec<_> = self.model.keys().filter(|k| k.starts_with(prefix)).cloned().collect();
        for key in &keys {
            self.remove(key);
        }
    }

    pub(super) fn assert_agrees(&self) {
        let theirs = || self.model.iter().map(|(key, value)| (&key[..], &value[..]));
        assert!(self.map.entries().eq(theirs()), "entries as in BTreeMap");
        assert!(self.im.iter().map(|(k, v)| (&k[..], &v[..])).eq(theirs()), "im as BTreeMap");
        assert!(self.rpds.iter().map(|(k, v)| (&k[..], &v[..])).eq(theirs()), "rpds as BTreeMap");
        assert_eq!(self.map.len(), self.model.len());
        self.map.assert_sound();
    }

    pub(super) fn assert_next_key(&self, after: &Bytes) {
        use std::ops::Bound::{Excluded, Unbounded};
        let ours = self.map.keys(after, false).next().map(Found::key);
        let theirs = self.model.range((Excluded(after.clone()), Unbounded)).next();
        assert_eq!(ours, theirs.map(|(key, _)| &key[..]), "next key after {after:?}");
    }

    pub(super) fn assert_range(&self, from: &Bytes, to: &Bytes) {
        let ours = self.map.keys(from, true).map(Found::key).take_while(|key| key < &&to[..]);
        let theirs = self.model.range(from.clone()..to.clone()).map(|(key, _)| &key[..]);
        assert!(ours.eq(theirs), "range {from:?}..{to:?}");
    }

    /// The same content by other routes: at once, in a region, and one after the other, counted.
    pub(super) fn strangers(&self) -> [Map<S>; 2] {
        let entries = || self.model.iter().rev();
        let mut written = Map::new();
        entries().for_each(|(key, value)| _ = written.set(key, value));
        [Map::from_entries(entries()), written]
    }

    /// Difference and equality with another version, and with strangers of the same content.
    pub(super) fn assert_told_from(&self, other: &Self) {
        let changes = diff_of_models(&self.model, &other.model);
        let equal = self.model == other.model;
        let [frozen, counted] = other.strangers();
        let routes = [("a fork", &other.map), ("a region", &frozen), ("a stranger", &counted)];
        for (name, route) in routes {
            assert_eq!(self.map.diff(route), changes, "difference from {name}");
            assert_eq!(self.map.equal(route), equal, "equality with {name}");
            assert_eq!(self.map.digest() == route.digest(), equal, "digest of {name}");
        }
    }
}

fn diff_of_models<'a>(
    left: &'a BTreeMap<Bytes, Bytes>,
    right: &'a BTreeMap<Bytes, Bytes>,
) -> Vec<Change<'a>> {
    let mut keys: Vec<_> = left.keys().chain(right.keys()).collect();
    keys.sort();
    keys.dedup();
    let side = |map: &'a BTreeMap<Bytes, Bytes>, key| map.get(key).map(Vec::as_slice);
    keys.into_iter()
        .map(|key| Change { key, left: side(left, key), right: side(right, key) })
        .filter(|change| change.left != change.right)
        .collect()
}
