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
mod restore;
mod samples;

use index::{Answer, Index};
pub use restore::Damage;
pub(crate) use restore::Plan;
pub(crate) use samples::{Place, Run, prefix};
use samples::{Samples, Taking};

use crate::node::{self, EntryInfo, EntryRef, Rank, Shape};
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

/// What is noted of the entries, and written behind them.
struct Notes {
    entries: Vec<(u64, Spot)>,
    taking: Taking,
}

impl Notes {
    fn with_capacity(entries: usize) -> Self {
        Self { entries: Vec::with_capacity(entries), taking: Taking::default() }
    }

    fn add(&mut self, hash: u64, key: &[u8], spot: Spot) {
        self.taking.add(key, spot.at());
        self.entries.push((hash, spot));
    }

    /// Writes what lies behind entries that end at a place; nothing if there are none.
    fn write<S: Shape>(self, writer: &mut Writer<'_>, end: u32) -> Option<Layout> {
        let Self { entries, taking } = self;
        let mut entries = sorted_by_hash(entries);
        for alike in entries.chunk_by_mut(|one, next| one.0 == next.0) {
            if alike.len() > 1 {
                // They come in the order of their keys.
                alike.sort_by_cached_key(|(_, entry)| S::second_hash(writer.key_at(*entry)));
            }
        }
        let index = Index::write(writer, &entries);
        let root = node::build::<S, _>(writer, entries, 0)?;
        let samples = taking.write(writer);
        Some(Layout { root, run: Run { low: 0, high: end }, index, samples })
    }
}

/// Bits of a hash that entries are put in order by at once.
const DIGIT: u32 = 11;

/// Entries in the order of their hashes; those of one hash in the order of their places, which they
/// come in. O(n log n), and O(n) where hashes are even: two digits tell most of them apart.
fn sorted_by_hash(mut entries: Vec<(u64, Spot)>) -> Vec<(u64, Spot)> {
    const REST: u32 = u64::BITS - 2 * DIGIT;
    if entries.len() > 1 << DIGIT {
        let mut other = entries.clone();
        sort_by_digit(&entries, &mut other, REST);
        sort_by_digit(&other, &mut entries, REST + DIGIT);
        for alike in entries.chunk_by_mut(|one, next| one.0 >> REST == next.0 >> REST) {
            alike.sort_unstable_by_key(|(hash, spot)| (*hash, spot.at()));
        }
    } else {
        entries.sort_unstable_by_key(|(hash, spot)| (*hash, spot.at()));
    }
    entries
}

/// Puts entries in the order of some bits of their hashes; where these agree, they keep theirs.
fn sort_by_digit(entries: &[(u64, Spot)], sorted: &mut [(u64, Spot)], shift: u32) {
    #[allow(clippy::cast_possible_truncation)] // Of `DIGIT` bits.
    let digit = |hash: u64| ((hash >> shift) & ((1 << DIGIT) - 1)) as usize;
    let mut begins = [0_usize; 1 << DIGIT];
    for (hash, _) in entries {
        begins[digit(*hash)] += 1;
    }
    let mut begin = 0;
    for digit in &mut begins {
        begin += std::mem::replace(digit, begin);
    }
    for entry in entries {
        let begin = &mut begins[digit(entry.0)];
        sorted[*begin] = *entry;
        *begin += 1;
    }
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
        let mut notes = Notes::with_capacity(len);
        for Item { hash, key, value } in items {
            let spot = writer.entry(&EntryInfo::new(hash, key), key, value);
            notes.add(hash, key, spot);
            if writer.is_over_limit() {
                return None;
            }
        }
        let end = writer.at();
        let layout = notes.write::<S>(&mut writer, end)?;
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

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::{DIGIT, sorted_by_hash};
    use crate::raw::Spot;

    /// Hashes that are even, that one digit does not tell apart, and that nothing does.
    #[test]
    fn entries_are_sorted_by_hash_then_by_place() {
        let even = |n: u32| u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let hashes: [&dyn Fn(u32) -> u64; 5] =
            [&even, &|n| even(n) >> DIGIT, &|n| even(n) >> 30, &|n| u64::from(n % 3), &|_| 7];
        for hash in hashes {
            for count in [0, 1, 1 << DIGIT, (1 << DIGIT) + 1, 10_000] {
                let entries: Vec<_> = (0..count).map(|n| (hash(n), Spot::of_entry(n))).collect();
                let mut expected = entries.clone();
                expected.sort_by_key(|(hash, spot)| (*hash, spot.at()));
                assert!(sorted_by_hash(entries) == expected, "{count} entries");
            }
        }
    }
}
