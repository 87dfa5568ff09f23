//! The frozen region: everything that a store held at one moment, in one piece of memory.
//!
//! ```text
//! │ entries, in order of their keys │ flat index │ nodes of the trie │ samples │
//! ```
//!
//! Nothing in it is counted, moved or changed. A store that was frozen is one word into the region
//! and one handle to it; writing to a fork copies the path to the key out of the region, and the
//! copies point back into it for everything beside the path. So a first write touches no counts,
//! and neither does dropping it. All links are distances, so that the region means the same
//! wherever it lies.
//!
//! - The *trie* is the canonical one of [`crate::node`], children before parents.
//! - The *flat index* finds an entry by the hash of its key with two misses of the cache, whatever
//!   the size: [`index`].
//! - The *entries* lie in the order of their keys, so that a scan is one run through memory; the
//!   *samples* find a place among them: [`samples`].
//!
//! # Invariants
//!
//! - **F1** The frozen words and runs of a root lie in the region of that root.
//! - **F2** Entries lie in strictly ascending order of their keys, one behind the other.
//! - **F3** The trie is the canonical one of the entries (N1 to N10).
//! - **F4** The flat index finds every entry, or sends to the trie for it.
//! - **F5** Sample `i` tells place and beginning of the key of entry `8 i`.

mod check;
mod index;
mod samples;

use index::{Answer, Index};
pub(crate) use samples::{Place, Run, prefix};
use samples::{Samples, Taking};

use crate::node::{self, EntryInfo, EntryRef, Shape};
use crate::raw::{ChildRef, Memory, Spot, Writer};
use crate::sync::{Arc, Witness};

/// An entry to be put into a region.
#[derive(Clone, Copy)]
pub(crate) struct Item<'a> {
    pub(crate) hash: u64,
    pub(crate) key: &'a [u8],
    pub(crate) value: &'a [u8],
}

/// See the module.
pub(crate) struct Region {
    memory: Memory,
    root: Spot,
    /// All entries.
    run: Run,
    index: Index,
    samples: Samples,
    witness: Witness,
}

impl Region {
    /// A region of `len` entries, which come in strictly ascending order of their keys. None if
    /// there are no entries, or more than a region can span (8 GiB).
    ///
    /// O(n log n): entries are sorted by hash.
    pub(crate) fn new<'a, S: Shape>(
        len: usize,
        items: impl Iterator<Item = Item<'a>>,
    ) -> Option<Arc<Self>> {
        // Most regions end up at 130 to 160 bytes an entry.
        let mut writer = Writer::with_capacity(len.saturating_mul(160));
        let mut entries: Vec<(u64, Spot)> = Vec::with_capacity(len);
        let mut taking = Taking::default();
        for Item { hash, key, value } in items {
            let spot = writer.entry(&EntryInfo::new(hash, key), key, value);
            taking.add(key, spot.at());
            entries.push((hash, spot));
            if writer.is_over_limit() {
                return None;
            }
        }
        let run = Run { low: 0, high: writer.at() };
        // Places ascend with the keys, so they order equal hashes.
        entries.sort_unstable_by_key(|(hash, spot)| (*hash, spot.at()));
        let index = Index::write(&mut writer, &entries);
        let root = node::build::<S, _>(&mut writer, entries, 0)?;
        let samples = taking.write(&mut writer);
        if writer.is_over_limit() {
            return None;
        }
        let memory = writer.finish();
        Some(Arc::new(Self { memory, root, run, index, samples, witness: Witness::new() }))
    }

    /// The trie.
    pub(crate) fn root(&self) -> ChildRef<'_> {
        self.memory.child(self.root)
    }

    /// All entries.
    pub(crate) fn run(&self) -> Run {
        self.run
    }

    pub(crate) fn bytes(&self) -> usize {
        self.memory.bytes()
    }

    /// The entry of a key. Expected O(1), and O(log n) if keys were chosen for their hashes.
    #[inline]
    pub(crate) fn find<S: Shape>(&self, hash: u64, key: &[u8]) -> Option<EntryRef<'_>> {
        match self.index.find(&self.memory, hash, key) {
            Answer::Entry(entry) => Some(entry),
            Answer::Absent => None,
            Answer::Elsewhere => node::find_walking::<S>(self.root(), hash, key),
        }
    }

    /// The first place of a run whose key is above `key`, or at it if `inclusive`. O(log n);
    /// expected O(1) for what comes behind a key of the region.
    pub(crate) fn seek<S: Shape>(&self, run: Run, key: &[u8], inclusive: bool) -> Place<'_> {
        if !inclusive && let Some(entry) = self.find::<S>(S::hash(key), key) {
            let behind = Memory::behind(self.memory.place(entry), entry);
            return Place::new(&self.memory, behind.clamp(run.low, run.high), run.high);
        }
        self.samples.seek(&self.memory, run, key)
    }

    /// The first place of a run.
    pub(crate) fn first(&self, run: Run) -> Place<'_> {
        Place::new(&self.memory, run.low, run.high)
    }

    /// The run without one of its entries: what is before it, and what behind.
    pub(crate) fn cut<S: Shape>(&self, run: Run, key: &[u8]) -> (Run, Run) {
        let entry = self.find::<S>(S::hash(key), key).expect("the key is in the run");
        let at = self.memory.place(entry);
        let behind = Memory::behind(at, entry);
        (Run { low: run.low, high: at }, Run { low: behind, high: run.high })
    }

    /// Tells loom that the region is read: every operation on a root that has one does.
    #[inline]
    pub(crate) fn witness(&self) {
        self.witness.read();
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        self.witness.write();
    }
}
