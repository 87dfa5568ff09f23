//! The map behind a store: trie, order index, length and digest on one counted root.
//!
//! # Invariants
//!
//! - **M1** The length is the number of entries in the trie.
//! - **M2** The digest is the sum of the digests of the entries.
//!
//! With these hold N1 to N10 (trie), O1 to O7 (order index) and F1 to F5 (frozen region).

use std::collections::BTreeSet;
use std::marker::PhantomData;

use crate::check::Violation;
use crate::digest::Digest;
use crate::gather::Gathered;
use crate::node::{self, Entry, EntryRef, Overwrite, Rank, Shape, Tally};
use crate::order::{self, Cursor, Found, Link};
use crate::raw::{Block, Child, Kind};
use crate::region::{Item, Region};
use crate::stats::Stats;
use crate::store::Change;
use crate::sync::Arc;

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
    /// Where the frozen part of the two lies (F1).
    region: Option<Arc<Region>>,
    len: usize,
    digest: Digest,
}

impl<S> Clone for Map<S> {
    #[inline]
    fn clone(&self) -> Self {
        Self { root: self.root.clone(), shape: PhantomData }
    }
}

impl Root {
    #[inline]
    fn find<S: Shape>(&self, rank: Rank<'_>) -> Option<EntryRef<'_>> {
        let trie = self.trie.as_ref()?.borrow();
        node::find::<S>(trie, self.region.as_deref(), rank)
    }
}

impl<S: Shape> Map<S> {
    pub(crate) fn new() -> Self {
        Self::from_root(Root::default())
    }

    fn from_root(root: Root) -> Self {
        Self { root: Block::new(root, Vec::new()), shape: PhantomData }
    }

    #[inline]
    fn root(&self) -> &Root {
        let root = self.root.info();
        if let Some(region) = &root.region {
            region.witness();
        }
        root
    }

    fn root_mut(&mut self) -> &mut Root {
        self.root.make_mut().0
    }

    /// A map of these entries; of several with one key the last holds. It is frozen.
    pub(crate) fn from_entries<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        entries: impl Iterator<Item = (K, V)>,
    ) -> Self {
        let gathered = Gathered::new::<S, K, V>(entries);
        let (len, digest) = (gathered.len(), gathered.digest());
        Self::frozen(len, digest, gathered.items()).unwrap_or_else(|| {
            let mut map = Self::new();
            for Item { key, value, .. } in gathered.items() {
                map.set(key, value);
            }
            map
        })
    }

    /// A frozen map of entries in the order of their keys, unless there are none or too many.
    fn frozen<'a>(
        len: usize,
        digest: Digest,
        items: impl Iterator<Item = Item<'a>>,
    ) -> Option<Self> {
        Some(Self::of_region(Region::new::<S>(len, items)?, len, digest))
    }

    /// The map of all that lies in a region.
    pub(crate) fn of_region(region: Arc<Region>, len: usize, digest: Digest) -> Self {
        let (trie, order) = (Some(region.root().share()), Some(Link::Run(region.run())));
        Self::from_root(Root { trie, order, region: Some(region), len, digest })
    }

    /// The region of the map, if all of the one is all of the other.
    pub(crate) fn whole_region(&self) -> Option<&Arc<Region>> {
        let root = self.root();
        let (trie, region) = (root.trie.as_ref()?, root.region.as_ref()?);
        trie.borrow().same(region.root()).then_some(region)
    }

    /// Moves everything to a region of its own, unless it lies in one already or is too much.
    pub(crate) fn freeze(&mut self) {
        if self.whole_region().is_some() {
            return;
        }
        let root = self.root();
        let found = self.keys(b"", true).map(|found| self.entry_of(found));
        let items =
            found.map(|entry| Item { hash: entry.hash(), key: entry.key(), value: entry.value() });
        if let Some(frozen) = Self::frozen(root.len, root.digest, items) {
            *self = frozen;
        }
    }

    /// The entry of a key that a cursor over this map has come to.
    #[inline]
    pub(crate) fn entry_of<'a>(&'a self, found: Found<'a>) -> EntryRef<'a> {
        let entry = match found {
            Found::Key(key) => self.root().find::<S>(S::rank(key)),
            Found::Frozen(entry) => {
                let trie = self.root().trie.as_ref();
                trie.and_then(|trie| node::find_current::<S>(trie.borrow(), entry))
            }
        };
        entry.expect("the index has the keys of the trie (O6)")
    }

    #[inline]
    pub(crate) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.get_ranked(S::rank(key))
    }

    /// As [`get`](Self::get), by one who knows the rank; so with the writes below.
    #[inline]
    pub(crate) fn get_ranked(&self, rank: Rank<'_>) -> Option<&[u8]> {
        Some(self.root().find::<S>(rank)?.value())
    }

    /// Writes a value; `true` if the key is new.
    pub(crate) fn set(&mut self, key: &[u8], value: &[u8]) -> bool {
        self.set_ranked(S::rank(key), value, |_| ())
    }

    #[inline]
    pub(crate) fn set_noting(
        &mut self,
        key: &[u8],
        value: &[u8],
        note: impl FnOnce(Option<&[u8]>),
    ) -> bool {
        self.set_ranked(S::rank(key), value, note)
    }

    /// Writes a value; `note` sees what is replaced, unless nothing changes.
    #[inline]
    pub(crate) fn set_ranked(
        &mut self,
        rank: Rank<'_>,
        value: &[u8],
        note: impl FnOnce(Option<&[u8]>),
    ) -> bool {
        // A shared root is not copied for the value that is there already.
        if self.root.sole().is_none() {
            if self.get_ranked(rank) == Some(value) {
                return false;
            }
            self.root = self.root.copy();
        }
        let root = self.root_mut();
        let mut note = Some(note);
        let outcome = root.trie.as_mut().map_or(Overwrite::Absent, |trie| {
            let region = root.region.as_deref();
            node::overwrite::<S>(trie, region, rank, value, |old| {
                if let Some(note) = note.take() {
                    note(Some(old));
                }
            })
        });
        match outcome {
            Overwrite::Same => {}
            Overwrite::Changed(change) => root.digest += change,
            Overwrite::Absent => {
                if let Some(note) = note.take() {
                    note(None);
                }
                self.insert(rank, value);
            }
        }
        matches!(outcome, Overwrite::Absent)
    }

    fn insert(&mut self, rank: Rank<'_>, value: &[u8]) {
        let Rank { hash, key } = rank;
        assert!(self.root().len < u32::MAX as usize, "a store has fewer than 2^32 entries");
        let entry = Entry::entry(hash, key, value);
        let root = self.root_mut();
        root.len += 1;
        root.digest += Digest::of_entry(key, value);
        order::insert::<S>(&mut root.order, root.region.as_deref(), key);
        match &mut root.trie {
            None => root.trie = Some(entry.into()),
            Some(trie) => node::insert::<S>(trie, 0, entry),
        }
    }

    /// Removes a key; `true` if it was there.
    pub(crate) fn remove(&mut self, key: &[u8]) -> bool {
        self.remove_ranked(S::rank(key), |_| ())
    }

    #[inline]
    pub(crate) fn remove_noting(&mut self, key: &[u8], note: impl FnOnce(&[u8])) -> bool {
        self.remove_ranked(S::rank(key), note)
    }

    /// Removes a key; `note` sees the value that it had.
    #[inline]
    pub(crate) fn remove_ranked(&mut self, rank: Rank<'_>, note: impl FnOnce(&[u8])) -> bool {
        let Some(old) = self.root().find::<S>(rank) else {
            return false;
        };
        note(old.value());
        let digest = Digest::of_entry(rank.key, old.value());
        let root = self.root_mut();
        root.len -= 1;
        root.digest -= digest;
        order::remove::<S>(&mut root.order, root.region.as_deref(), rank.key);
        match &mut root.trie {
            Some(trie) if trie.kind() != Kind::Entry => node::remove::<S>(trie, 0, rank),
            single => {
                *single = None;
                root.region = None;
            }
        }
        true
    }

    /// The keys from a place on.
    pub(crate) fn keys(&self, key: &[u8], inclusive: bool) -> Cursor<'_, S> {
        let root = self.root();
        Cursor::new(root.order.as_ref(), root.region.as_deref(), key, inclusive)
    }

    /// A fork of the order index, with the region that its runs lie in.
    pub(crate) fn order(&self) -> (Option<Link>, Option<Arc<Region>>) {
        (self.root().order.clone(), self.root().region.clone())
    }

    pub(crate) fn len(&self) -> usize {
        self.root().len
    }

    pub(crate) fn digest(&self) -> Digest {
        self.root().digest
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        self.root.same(&other.root)
    }

    pub(crate) fn equal(&self, other: &Self) -> bool {
        let (left, right) = (self.root(), other.root());
        self.same(other)
            || (left.digest == right.digest
                && left.len == right.len
                && match (&left.trie, &right.trie) {
                    (Some(left), Some(right)) => node::equal(left.borrow(), right.borrow()),
                    (left, right) => left.is_none() && right.is_none(),
                })
    }

    /// The keys that differ, in key order.
    pub(crate) fn diff<'a>(&'a self, other: &'a Self) -> Vec<Change<'a>> {
        let mut changes = Vec::new();
        let [left, right] = [self, other].map(|map| map.root().trie.as_ref().map(Child::borrow));
        node::changes::<S>(left, right, &mut |left, right| {
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
        let shared = sum.add_block(&self.root, false);
        if let Some(region) = &root.region {
            sum.add(region.bytes(), shared || Arc::strong_count(region) > 1);
        }
        if let Some(trie) = &root.trie {
            node::tally(trie.borrow(), shared, &mut sum);
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
            node::check::<S>(trie.borrow(), root.region.as_deref())?;
            node::for_each(trie.borrow(), &mut |entry| {
                digest += Digest::of_entry(entry.key(), entry.value());
                entries.insert(entry.key());
            });
        }
        if let Some(region) = &root.region {
            region.check::<S>()?;
        }
        if let Some(order) = &root.order {
            order::check::<S>(order, root.region.as_deref(), None, None)?;
        }
        Violation::unless(
            self.keys(b"", true).map(Found::key).eq(entries.iter().copied()),
            "O6",
            || "the keys of the index are not those of the trie".into(),
        )?;
        Violation::unless(root.len == entries.len(), "M1", || {
            format!("length {} with {} entries", root.len, entries.len())
        })?;
        Violation::unless(root.digest == digest, "M2", || {
            format!("digest {} of entries that sum to {digest}", root.digest)
        })
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
