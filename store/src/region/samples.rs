//! Places among entries that lie in the order of their keys.
//!
//! One entry of each eight is sampled: the first sixteen bytes of its key, which often tell it from
//! the others without a look at it, and its place. A search goes through the samples by halves,
//! then along the entries.

use std::cmp::Ordering;

use crate::node::EntryRef;
use crate::raw::{Comparer, LINE_WORDS, Line, Memory, Pen};

/// Entries for each sample.
pub(super) const EVERY: usize = 8;
/// Words of a key that a sample has.
const WORDS: usize = 4;

/// Some entries of a region that are neighbours: where the first begins and the last ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) low: u32,
    pub(crate) high: u32,
}

impl Run {
    pub(crate) fn is_empty(self) -> bool {
        self.low == self.high
    }
}

/// A place in a run: before one of its entries, or behind the last.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    memory: &'a Memory,
    at: u32,
    end: u32,
}

impl<'a> Place<'a> {
    pub(super) fn new(memory: &'a Memory, at: u32, end: u32) -> Self {
        Self { memory, at, end }
    }

    /// Where this is.
    pub(crate) fn at(self) -> u32 {
        self.at
    }

    /// The entry here, unless this is the end of the run.
    #[inline]
    pub(crate) fn entry(self) -> Option<EntryRef<'a>> {
        (self.at < self.end).then(|| self.memory.entry(self.at))
    }

    /// Moves behind this entry, which is the one here.
    #[inline]
    pub(crate) fn advance(&mut self, entry: EntryRef<'a>) {
        self.at = Memory::behind(self.at, entry);
    }
}

/// Where the samples are.
pub(super) struct Samples {
    /// The beginnings of keys, four samples a line.
    first_prefix: usize,
    /// Places, sixteen a line.
    first_place: usize,
    count: usize,
}

/// Samples that are being taken.
#[derive(Default)]
pub(super) struct Taking {
    prefixes: Vec<[u32; WORDS]>,
    places: Vec<u32>,
}

/// The first sixteen bytes of a key, as a number that compares as they do. Bytes that it has not
/// are zero.
#[inline]
pub(crate) fn prefix(key: &[u8]) -> u128 {
    const LEN: usize = WORDS * 4;
    if let Some(first) = key.first_chunk::<LEN>() {
        return u128::from_be_bytes(*first);
    }
    if let (Some(first), Some(last)) = (key.first_chunk(), key.last_chunk()) {
        // Together they are more than the key: some bytes are in both.
        let [first, last] = [first, last].map(|half| u128::from(u64::from_be_bytes(*half)));
        return first << 64 | last << (8 * (LEN - key.len())) & u128::from(u64::MAX);
    }
    let mut bytes = [0; LEN];
    bytes[..key.len()].copy_from_slice(key);
    u128::from_be_bytes(bytes)
}

/// A number as words, the most significant first.
fn words(number: u128) -> [u32; WORDS] {
    let bytes = number.to_be_bytes();
    let words = bytes.as_chunks().0;
    std::array::from_fn(|at| u32::from_be_bytes(words[at]))
}

/// The number of some words.
fn number(words: [u32; WORDS]) -> u128 {
    words.into_iter().fold(0, |number, word| number << 32 | u128::from(word))
}

impl Taking {
    /// Of about so many entries.
    pub(super) fn with_capacity(entries: usize) -> Self {
        let samples = entries.div_ceil(EVERY);
        let (prefixes, places) = (Vec::with_capacity(samples), Vec::with_capacity(samples));
        Self { prefixes, places }
    }

    /// Takes the next one.
    #[inline(never)] // Or the loop over entries has no registers left.
    pub(super) fn add(&mut self, key: &[u8], at: u32) {
        self.prefixes.push(words(prefix(key)));
        self.places.push(at);
    }

    /// Puts those of so many entries.
    pub(super) fn put(&self, pen: &mut impl Pen, entries: usize) -> Samples {
        let first_prefix = pen.begin_line();
        pen.put_words(self.prefixes.as_flattened());
        let first_place = pen.begin_line();
        pen.put_words(&self.places);
        pen.begin_line();
        let samples = Samples::at(first_prefix, entries);
        debug_assert_eq!(samples.first_place, first_place, "one array behind the other");
        samples
    }

    /// Whether they are what a memory has from one of its samples on.
    pub(super) fn agrees(&self, memory: &Memory, samples: &Samples, first: usize) -> bool {
        let is_last = first + self.places.len() == samples.count;
        let agrees = |line: usize, each: usize, words: &[u32]| {
            let mut pen = Comparer::at_word(memory, line * LINE_WORDS + first * each);
            pen.put_words(words);
            if is_last {
                pen.begin_line();
            }
            pen.agrees()
        };
        agrees(samples.first_prefix, WORDS, self.prefixes.as_flattened())
            && agrees(samples.first_place, 1, &self.places)
    }
}

impl Samples {
    /// The samples of so many entries, which begin in a line.
    pub(super) fn at(first_prefix: usize, entries: usize) -> Self {
        let count = entries.div_ceil(EVERY);
        Self { first_prefix, first_place: first_prefix + count.div_ceil(LINE_WORDS / WORDS), count }
    }

    pub(super) fn first_line(&self) -> usize {
        self.first_prefix
    }

    /// The line behind the samples.
    pub(super) fn end(&self) -> usize {
        self.first_place + self.count.div_ceil(LINE_WORDS)
    }

    fn prefix(&self, memory: &Memory, sample: usize) -> u128 {
        let per_line = LINE_WORDS / WORDS;
        let Line(words) = memory.line(self.first_prefix + sample / per_line);
        number(words.as_chunks().0[sample % per_line])
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Where the entry of a sample begins, in units.
    pub(super) fn place(&self, memory: &Memory, sample: usize) -> u32 {
        let Line(words) = memory.line(self.first_place + sample / LINE_WORDS);
        words[sample % LINE_WORDS]
    }

    /// The first place of a run whose key is at or above `key`. O(log n).
    pub(super) fn seek<'a>(&self, memory: &'a Memory, run: Run, key: &[u8]) -> Place<'a> {
        let start = prefix(key);
        let is_above = |sample| match self.prefix(memory, sample).cmp(&start) {
            Ordering::Equal => memory.entry(self.place(memory, sample)).key() > key,
            order => order.is_gt(),
        };
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = usize::midpoint(low, high);
            if is_above(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        let at_or_below = self.place(memory, low.saturating_sub(1));
        let mut place = Place::new(memory, at_or_below.clamp(run.low, run.high), run.high);
        while let Some(entry) = place.entry().filter(|entry| entry.key() < key) {
            place.advance(entry);
        }
        place
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::prefix;

    #[test]
    fn a_prefix_has_the_first_bytes_and_then_zeros() {
        let bytes: Vec<u8> = (1..=20).collect();
        for len in 0..=bytes.len() {
            let first = bytes[..len].iter().copied().chain([0; 16]).take(16);
            let expected = first.fold(0, |number, byte| number << 8 | u128::from(byte));
            assert_eq!(prefix(&bytes[..len]), expected, "of {len} bytes");
        }
    }
}
