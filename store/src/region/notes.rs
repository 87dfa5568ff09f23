//! What is noted of the entries of a region, and put behind them.

use std::slice;

use super::Layout;
use super::index::Groups;
use super::samples::{EVERY, Run, Taking};
use crate::node::{self, Shape};
use crate::raw::{Hashed, Pen};

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

    /// Notes the next entry; the first one has the number 0, or one that is sampled.
    #[inline]
    pub(super) fn add(&mut self, number: usize, hash: u64, key: &[u8], at: u32) {
        if number.is_multiple_of(EVERY) {
            self.taking.add(key, at);
        }
        #[allow(clippy::cast_possible_truncation)] // Of `bits` bits.
        let heap = (hash >> 1 >> (u64::BITS - 1 - self.bits)) as usize;
        self.heaps[heap].push(Hashed::new(hash, at));
    }

    /// Puts what lies behind entries that end at a place; nothing if there are none.
    pub(super) fn put<S: Shape>(mut self, pen: &mut impl Pen, end: u32) -> Option<Layout> {
        let mut sorter = Sorter::default();
        for heap in &mut self.heaps {
            sorter.sort::<S>(slice::from_mut(heap), pen);
        }
        let entries = self.heaps.iter().map(Vec::len).sum();
        let mut groups = Groups::begin(pen, entries);
        for heap in &self.heaps {
            groups.put(pen, heap);
        }
        let index = groups.finish(pen);
        let root = node::build_divided::<S, _>(pen, self.heaps)?;
        let samples = self.taking.put(pen, entries);
        Some(Layout { root, run: Run { low: 0, high: end }, index, samples })
    }
}

/// Puts heaps in order, one after the other in the same room.
#[derive(Default)]
pub(super) struct Sorter {
    entries: Vec<Hashed>,
    other: Vec<Hashed>,
}

impl Sorter {
    /// Sorts the entries of one heap by rank. They come in some parts in the order of their keys,
    /// and may have some first bits of the hash in common. Afterwards they are in order there, and
    /// in what is returned. O(n log n), and O(n) where hashes are even: two digits tell most of
    /// them apart.
    pub(super) fn sort<S: Shape>(
        &mut self,
        heap: &mut [Vec<Hashed>],
        pen: &impl Pen,
    ) -> &mut Vec<Hashed> {
        let len = heap.iter().map(Vec::len).sum();
        if len <= 1 << DIGIT {
            self.entries.clear();
            self.entries.extend(heap.iter().flatten());
            sort_alike::<S>(&mut self.entries, pen);
        } else {
            self.sort_by_digits::<S>(heap, len, pen);
        }
        let mut sorted = &self.entries[..];
        for part in heap {
            let (own, behind) = sorted.split_at(part.len());
            part.copy_from_slice(own);
            sorted = behind;
        }
        &mut self.entries
    }

    fn sort_by_digits<S: Shape>(&mut self, heap: &[Vec<Hashed>], len: usize, pen: &impl Pen) {
        let Self { entries, other } = self;
        for room in [&mut *entries, &mut *other] {
            room.resize(len, Hashed::new(0, 0));
        }
        // As many bits as heaps are divided by at most are not looked at.
        let rest = u64::BITS - S::BITS - 2 * DIGIT;
        let [lower, upper] = [Digit { shift: rest }, Digit { shift: rest + DIGIT }];
        let (mut lower_counts, mut upper_counts) = ([0; 1 << DIGIT], [0; 1 << DIGIT]);
        for entry in heap.iter().flatten() {
            lower_counts[lower.of(*entry)] += 1;
            upper_counts[upper.of(*entry)] += 1;
        }
        lower.sort(heap.iter().flatten(), &mut lower_counts, other);
        upper.sort(other.iter(), &mut upper_counts, entries);
        sort_where_alike::<S>(entries, rest, pen);
    }
}

/// Sorts entries by rank that are sorted but for so many last bits of their hashes. Few agree in
/// all others, and those are looked for.
fn sort_where_alike<S: Shape>(mut entries: &mut [Hashed], rest: u32, pen: &impl Pen) {
    let is_alike = |one: &Hashed, next: &Hashed| one.hash() >> rest == next.hash() >> rest;
    while let Some(at) = entries.array_windows().position(|[one, next]| is_alike(one, next)) {
        let len = entries[at..].chunk_by(is_alike).next().expect("two at least").len();
        let (alike, behind) = entries[at..].split_at_mut(len);
        sort_alike::<S>(alike, pen);
        entries = behind;
    }
}

/// Sorts entries by rank.
fn sort_alike<S: Shape>(entries: &mut [Hashed], pen: &impl Pen) {
    entries.sort_unstable_by_key(|entry| (entry.hash(), entry.spot().at()));
    for alike in entries.chunk_by_mut(|one, next| one.hash() == next.hash()) {
        if alike.len() > 1 {
            // They come in the order of their keys.
            alike.sort_by_cached_key(|entry| S::second_hash(pen.key_at(entry.spot())));
        }
    }
}

/// Some bits of a hash.
#[derive(Clone, Copy)]
struct Digit {
    shift: u32,
}

impl Digit {
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // Of `DIGIT` bits.
    fn of(self, entry: Hashed) -> usize {
        ((entry.hash() >> self.shift) & ((1 << DIGIT) - 1)) as usize
    }

    /// Puts entries in the order of these bits, of which it is known how many have which; where
    /// these agree, they keep theirs.
    fn sort<'a>(
        self,
        entries: impl Iterator<Item = &'a Hashed>,
        counts: &mut [u32; 1 << DIGIT],
        sorted: &mut [Hashed],
    ) {
        let mut begin = 0;
        for digit in &mut *counts {
            begin += std::mem::replace(digit, begin);
        }
        entries.for_each(|entry| {
            let begin = &mut counts[self.of(*entry)];
            sorted[*begin as usize] = *entry;
            *begin += 1;
        });
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::{DIGIT, Sorter};
    use crate::node::{EntryInfo, Shape};
    use crate::raw::{Hashed, Writer};
    use crate::store::Standard;

    /// Hashes that are even, that one digit does not tell apart, and that nothing does.
    #[test]
    fn entries_are_sorted_by_rank() {
        let even = |n: u32| u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 4;
        let hashes: [&dyn Fn(u32) -> u64; 5] =
            [&even, &|n| even(n) >> DIGIT, &|n| even(n) >> 30, &|n| u64::from(n % 3), &|_| 7];
        let mut sorter = Sorter::default();
        for hash in hashes {
            for count in [0, 1, 1 << DIGIT, (1 << DIGIT) + 1, 10_000] {
                let mut writer = Writer::with_capacity(0);
                let ranked = (0..count).map(|n: u32| {
                    let (key, hash) = (n.to_be_bytes(), hash(n));
                    let entry = writer.entry(&EntryInfo::new(hash, &key), &key, b"");
                    ((hash, Standard::second_hash(&key)), Hashed::new(hash, entry.at()))
                });
                let mut ranked: Vec<_> = ranked.collect();
                let entries: Vec<_> = ranked.iter().map(|(_, entry)| *entry).collect();
                ranked.sort_by_key(|(rank, _)| *rank);
                let (first, rest) = entries.split_at(entries.len() / 3);
                let mut heap = [first.to_vec(), rest.to_vec()];
                let found = sorter.sort::<Standard>(&mut heap, &writer);
                let expected: Vec<_> = ranked.into_iter().map(|(_, entry)| entry).collect();
                assert!(*found == expected, "{count} entries");
                assert!(heap.concat() == expected, "{count} entries");
            }
        }
    }
}
