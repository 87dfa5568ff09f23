//! The map behind a store: trie, order index, length and digest on one counted root.
//!
//! # Invariants
//!
//! - **M1** The length is the number of entries in the trie.
//! - **M2** The digest is the sum of the digests of the entries.
//!
//! With these hold N1 to N9 (trie) and O1 to O6 (order index).

use std::collections::BTreeSet;
use std::marker::PhantomData;

use crate::check::Violation;
use crate::digest::Digest;
use crate::node::{self, Entry, EntryRef, Shape, Tally};
use crate::order::{self, Cursor, Link};
use crate::raw::{Block, Child, Kind};
use crate::stats::Stats;
use crate::store::Change;

/// A persistent map; the shape says how its nodes branch.
pub(crate) struct Map<S> {
    root: Block<Root, u8>,
    shape: PhantomData<S>,
}

/// What a fork shares by one count.
#[derive(Clone, Default)]
struct Root {
    trie: Option<Child>,
    order: Option<Link>,
    len: usize,
    digest: Digest,
}

impl<S> Clone for Map<S> {
    #[inline]
    fn clone(&self) -> Self {
        Self { root: self.root.clone(), shape: PhantomData }
    }
}

impl<S: Shape> Map<S> {
    pub(crate) fn new() -> Self {
        Self::from_root(Root::default())
    }

    fn from_root(root: Root) -> Self {
        Self { root: Block::new(root, Vec::new()), shape: PhantomData }
    }

    fn root(&self) -> &Root {
        self.root.info()
    }

    fn root_mut(&mut self) -> &mut Root {
        self.root.make_mut().0
    }

    /// A map of these entries; of several with one key the last holds.
    ///
    /// Both trees are built bottom up from sorted entries.
    pub(crate) fn from_entries<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        entries: impl Iterator<Item = (K, V)>,
    ) -> Self {
        // The hash stands beside the entry while sorting, so that entries need not be loaded.
        let mut hashed: Vec<(u64, Entry)> = entries
            .map(|(key, value)| {
                let key = key.as_ref();
                let hash = S::hash(key);
                (hash, Entry::entry(hash, key, value.as_ref()))
            })
            .collect();
        // Stable, so that of equal keys the last one written stays the last.
        hashed.sort_by(|(a_hash, a), (b_hash, b)| {
            a_hash.cmp(b_hash).then_with(|| a.borrow().key().cmp(b.borrow().key()))
        });
        let mut blocks: Vec<Entry> = hashed.into_iter().map(|(_, entry)| entry).collect();
        blocks.dedup_by(|later, earlier| {
            let same = later.borrow().rank() == earlier.borrow().rank();
            if same {
                std::mem::swap(later, earlier);
            }
            same
        });
        let mut digest = Digest::default();
        for entry in &blocks {
            digest += Digest::of_entry(entry.borrow().key(), entry.borrow().value());
        }
        let len = blocks.len();
        let mut keys: Vec<&[u8]> = blocks.iter().map(|entry| entry.borrow().key()).collect();
        keys.sort_unstable();
        let order = order::from_sorted::<S>(&keys);
        Self::from_root(Root { trie: node::build::<S>(blocks, 0), order, len, digest })
    }

    #[inline]
    pub(crate) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.get_hashed(S::hash(key), key)
    }

    /// As [`get`](Self::get), by one who knows the hash; so with the writes below.
    #[inline]
    pub(crate) fn get_hashed(&self, hash: u64, key: &[u8]) -> Option<&[u8]> {
        Some(node::find::<S>(self.root().trie.as_ref()?, hash, key)?.value())
    }

    /// Writes a value; `true` if the key is new.
    pub(crate) fn set(&mut self, key: &[u8], value: &[u8]) -> bool {
        self.set_hashed(S::hash(key), key, value)
    }

    #[inline]
    pub(crate) fn set_hashed(&mut self, hash: u64, key: &[u8], value: &[u8]) -> bool {
        let root = self.root();
        let old = root.trie.as_ref().and_then(|trie| node::find::<S>(trie, hash, key));
        let Some(old) = old else {
            self.insert(hash, key, value);
            return true;
        };
        // The same value again leaves everything shared.
        if old.value() != value {
            let change = Digest::of_change(key, old.value(), value);
            let root = self.root_mut();
            root.digest += change;
            let trie = root.trie.as_mut().expect("the trie has the key");
            node::replace::<S>(trie, 0, hash, key, value);
        }
        false
    }

    fn insert(&mut self, hash: u64, key: &[u8], value: &[u8]) {
        assert!(self.root().len < u32::MAX as usize, "a store has fewer than 2^32 entries");
        let entry = Entry::entry(hash, key, value);
        let root = self.root_mut();
        root.len += 1;
        root.digest += Digest::of_entry(key, value);
        order::insert::<S>(&mut root.order, key);
        match &mut root.trie {
            None => root.trie = Some(entry.into()),
            Some(trie) => node::insert::<S>(trie, 0, entry),
        }
    }

    /// Removes a key; `true` if it was there.
    pub(crate) fn remove(&mut self, key: &[u8]) -> bool {
        self.remove_hashed(S::hash(key), key)
    }

    #[inline]
    pub(crate) fn remove_hashed(&mut self, hash: u64, key: &[u8]) -> bool {
        let trie = self.root().trie.as_ref();
        let Some(old) = trie.and_then(|trie| node::find::<S>(trie, hash, key)) else {
            return false;
        };
        let digest = Digest::of_entry(key, old.value());
        let root = self.root_mut();
        root.len -= 1;
        root.digest -= digest;
        order::remove::<S>(&mut root.order, key);
        match &mut root.trie {
            Some(trie) if trie.kind() != Kind::Entry => node::remove::<S>(trie, 0, hash, key),
            single => *single = None,
        }
        true
    }

    /// The keys from a place on.
    pub(crate) fn keys(&self, key: &[u8], inclusive: bool) -> Cursor<'_> {
        Cursor::new(self.root().order.as_ref(), key, inclusive)
    }

    /// A fork of the order index.
    pub(crate) fn order(&self) -> Option<Link> {
        self.root().order.clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.root().len
    }

    pub(crate) fn digest(&self) -> Digest {
        self.root().digest
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        self.root.borrow().same(other.root.borrow())
    }

    pub(crate) fn equal(&self, other: &Self) -> bool {
        let (left, right) = (self.root(), other.root());
        self.same(other)
            || (left.digest == right.digest
                && left.len == right.len
                && match (&left.trie, &right.trie) {
                    (Some(left), Some(right)) => node::equal(left, right),
                    (left, right) => left.is_none() && right.is_none(),
                })
    }

    /// The keys that differ, in key order.
    pub(crate) fn diff<'a>(&'a self, other: &'a Self) -> Vec<Change<'a>> {
        let mut changes = Vec::new();
        let (left, right) = (self.root().trie.as_ref(), other.root().trie.as_ref());
        node::changes(left, right, &mut |left, right| {
            let key = left.or(right).expect("one side has the key").key();
            let [left, right] = [left, right].map(|side| side.map(EntryRef::value));
            changes.push(Change { key, left, right });
        });
        changes.sort_unstable_by_key(|change| change.key);
        changes
    }

    pub(crate) fn stats(&self) -> Stats {
        let root = self.root();
        let mut sum = Tally::default();
        let shared = sum.add(self.root.borrow(), false);
        if let Some(trie) = &root.trie {
            node::tally(trie, shared, &mut sum);
        }
        if let Some(order) = &root.order {
            order::tally(order, shared, &mut sum);
        }
        Stats {
            entries: root.len,
            owned_nodes: sum.owned_nodes,
            owned_bytes: sum.owned_bytes,
            shared_nodes: sum.shared_nodes,
            shared_bytes: sum.shared_bytes,
        }
    }

    /// Tests every invariant. O(n log n).
    pub(crate) fn check(&self) -> Result<(), Violation> {
        let root = self.root();
        let mut entries = BTreeSet::new();
        let mut digest = Digest::default();
        if let Some(trie) = &root.trie {
            node::check::<S>(trie, 0, 0)?;
            node::for_each(trie, &mut |entry| {
                digest += Digest::of_entry(entry.key(), entry.value());
                entries.insert(entry.key());
            });
        }
        if let Some(order) = &root.order {
            order::check::<S>(order, None, None)?;
        }
        Violation::unless(self.keys(b"", true).eq(entries.iter().copied()), "O6", || {
            "the keys of the index are not those of the trie".into()
        })?;
        Violation::unless(root.len == entries.len(), "M1", || {
            format!("length {} with {} entries", root.len, entries.len())
        })?;
        Violation::unless(root.digest == digest, "M2", || {
            format!("digest {} of entries that sum to {digest}", root.digest)
        })
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
