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
mod jobs;
mod notes;
mod restore;
mod samples;

use index::{Answer, Index};
use notes::{Notes, is_divided};
pub use restore::Damage;
pub(crate) use restore::Plan;
use samples::Samples;
pub(crate) use samples::{Place, Run, prefix};

use crate::node::{self, EntryInfo, EntryRef, Rank, Shape};
use crate::raw::{ChildRef, Memory, Pen, Spot, Writer};
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
    layout: Layout,
    witness: Witness,
}

/// Where in the memory what lies.
struct Layout {
    root: Spot,
    /// All entries.
    run: Run,
    index: Index,
    samples: Samples,
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
        let mut notes = Notes::new::<S>(len, is_divided(len));
        for (number, Item { hash, key, value }) in items.enumerate() {
            let spot = writer.entry(&EntryInfo::new(hash, key), key, value);
            notes.add(number, hash, key, spot.at());
            if writer.is_over_limit() {
                return None;
            }
        }
        let end = writer.at();
        let layout = notes.put::<S>(&mut writer, end)?;
        if writer.is_over_limit() {
            return None;
        }
        Some(Self::of(writer.finish(), layout))
    }

    fn of(memory: Memory, layout: Layout) -> Arc<Self> {
        Arc::new(Self { memory, layout, witness: Witness::new() })
    }

    /// The trie.
    pub(crate) fn root(&self) -> ChildRef<'_> {
        self.memory.child(self.layout.root)
    }

    /// All entries.
    pub(crate) fn run(&self) -> Run {
        self.layout.run
    }

    pub(crate) fn bytes(&self) -> usize {
        self.memory.bytes()
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The entry of a key. Expected O(1), and O(log n) if keys were chosen for their hashes.
    #[inline]
    pub(crate) fn find<S: Shape>(&self, rank: Rank<'_>) -> Option<EntryRef<'_>> {
        match self.layout.index.find(&self.memory, rank) {
            Answer::Entry(entry) => Some(entry),
            Answer::Absent => None,
            Answer::Elsewhere => node::find_walking::<S>(self.root(), rank),
        }
    }

    /// The first place of a run whose key is above `key`, or at it if `inclusive`. O(log n);
    /// expected O(1) for what comes behind a key of the region.
    pub(crate) fn seek<S: Shape>(&self, run: Run, key: &[u8], inclusive: bool) -> Place<'_> {
        if !inclusive && let Some(entry) = self.find::<S>(S::rank(key)) {
            let behind = Memory::behind(self.memory.place(entry), entry);
            return Place::new(&self.memory, behind.clamp(run.low, run.high), run.high);
        }
        self.layout.samples.seek(&self.memory, run, key)
    }

    /// The first place of a run.
    pub(crate) fn first(&self, run: Run) -> Place<'_> {
        Place::new(&self.memory, run.low, run.high)
    }

    /// The run without one of its entries: what is before it, and what behind.
    pub(crate) fn cut<S: Shape>(&self, run: Run, key: &[u8]) -> (Run, Run) {
        let entry = self.find::<S>(S::rank(key)).expect("the key is in the run");
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
