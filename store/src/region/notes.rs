//! What is noted of the entries of a region, and put behind them.

use super::Layout;
use super::index::Index;
use super::samples::{Run, Taking};
use crate::node::{self, Shape};
use crate::raw::{Pen, Spot};

/// The hash of an entry, and its place.
pub(super) type Hashed = (u64, Spot);

/// See the module.
pub(super) struct Notes {
    /// The entries, divided by the first digit of their hashes or all in one heap; each heap in the
    /// order of their keys.
    pub(super) heaps: Vec<Vec<Hashed>>,
    /// Bits of a hash that say into which heap it comes.
    bits: u32,
    pub(super) taking: Taking,
}

/// Bits of a hash that entries are put in order by at once.
const DIGIT: u32 = 11;

/// Whether so many entries are worth to be divided.
pub(super) fn is_divided(entries: usize) -> bool {
    entries > 1 << DIGIT
}

impl Notes {
    /// Of about so many entries.
    pub(super) fn new<S: Shape>(len: usize, divided: bool) -> Self {
        let bits = if divided { S::BITS } else { 0 };
        // Hashes are even, nearly.
        let in_a_heap = if divided { (len >> bits) + (len >> (bits + 3)) } else { len };
        let heaps = (0..1 << bits).map(|_| Vec::with_capacity(in_a_heap)).collect();
        Self { heaps, bits, taking: Taking::with_capacity(len) }
    }

    #[inline]
    pub(super) fn add(&mut self, hash: u64, prefix: impl FnOnce() -> u128, spot: Spot) {
        self.taking.add(prefix, spot.at());
        #[allow(clippy::cast_possible_truncation)] // Of `bits` bits.
        let heap = (hash >> 1 >> (u64::BITS - 1 - self.bits)) as usize;
        self.heaps[heap].push((hash, spot));
    }

    /// Puts what lies behind entries that end at a place; nothing if there are none.
    pub(super) fn put<S: Shape>(self, pen: &mut impl Pen, end: u32) -> Option<Layout> {
        let heaps = self.heaps.into_iter();
        let heaps: Vec<_> = heaps.map(|heap| sorted::<S>(&[&heap], pen)).collect();
        let index = Index::put(pen, &heaps);
        let root = node::build_divided::<S, _>(pen, heaps)?;
        let samples = self.taking.put(pen);
        Some(Layout { root, run: Run { low: 0, high: end }, index, samples })
    }
}

/// One heap of entries, sorted by rank; they come in some parts in the order of their keys, which
/// may have some first bits of the hash in common. O(n log n), and O(n) where hashes are even: two
/// digits tell most of them apart.
pub(super) fn sorted<S: Shape>(parts: &[&[Hashed]], pen: &impl Pen) -> Vec<Hashed> {
    let mut entries = parts.concat();
    if entries.len() <= 1 << DIGIT {
        sort_alike::<S>(&mut entries, pen);
        return entries;
    }
    // As many bits as heaps are divided by at most are not looked at.
    let rest = u64::BITS - S::BITS - 2 * DIGIT;
    let mut other = entries.clone();
    sort_by_digit(&entries, &mut other, rest);
    sort_by_digit(&other, &mut entries, rest + DIGIT);
    let mut begin = 0;
    for end in 1..=entries.len() {
        let is_alike = |next: &Hashed| next.0 >> rest == entries[begin].0 >> rest;
        if !entries.get(end).is_some_and(is_alike) {
            if end - begin > 1 {
                sort_alike::<S>(&mut entries[begin..end], pen);
            }
            begin = end;
        }
    }
    entries
}

/// Sorts entries by rank.
fn sort_alike<S: Shape>(entries: &mut [Hashed], pen: &impl Pen) {
    entries.sort_unstable_by_key(|(hash, spot)| (*hash, spot.at()));
    for alike in entries.chunk_by_mut(|one, next| one.0 == next.0) {
        if alike.len() > 1 {
            // They come in the order of their keys.
            alike.sort_by_cached_key(|(_, entry)| S::second_hash(pen.key_at(*entry)));
        }
    }
}

/// Puts entries in the order of some bits of their hashes; where these agree, they keep theirs.
fn sort_by_digit(entries: &[Hashed], sorted: &mut [Hashed], shift: u32) {
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

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::{DIGIT, sorted};
    use crate::node::{EntryInfo, Shape};
    use crate::raw::Writer;
    use crate::store::Standard;

    /// Hashes that are even, that one digit does not tell apart, and that nothing does.
    #[test]
    fn entries_are_sorted_by_rank() {
        let even = |n: u32| u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 4;
        let hashes: [&dyn Fn(u32) -> u64; 5] =
            [&even, &|n| even(n) >> DIGIT, &|n| even(n) >> 30, &|n| u64::from(n % 3), &|_| 7];
        for hash in hashes {
            for count in [0, 1, 1 << DIGIT, (1 << DIGIT) + 1, 10_000] {
                let mut writer = Writer::with_capacity(0);
                let ranked = (0..count).map(|n: u32| {
                    let (key, hash) = (n.to_be_bytes(), hash(n));
                    let entry = writer.entry(&EntryInfo::new(hash, &key), &key, b"");
                    ((hash, Standard::second_hash(&key)), (hash, entry))
                });
                let mut ranked: Vec<_> = ranked.collect();
                let entries: Vec<_> = ranked.iter().map(|(_, entry)| *entry).collect();
                ranked.sort_by_key(|(rank, _)| *rank);
                let (first, rest) = entries.split_at(entries.len() / 3);
                let sorted = sorted::<Standard>(&[first, rest], &writer);
                let expected = ranked.into_iter().map(|(_, entry)| entry);
                assert!(sorted.into_iter().eq(expected), "{count} entries");
            }
        }
    }
}
