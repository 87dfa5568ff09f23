//! Places among entries that lie in the order of their keys.
//!
//! One entry of each sixteen is sampled: the first sixteen bytes of its key, which often tell it
//! from the others without a look at it, and its place. A search goes through the samples by
//! halves, then along the entries.

use std::cmp::Ordering;

use crate::node::EntryRef;
use crate::raw::{LINE_WORDS, Line, Memory, Writer};

/// Entries for each sample.
const EVERY: u32 = 16;
/// Words of a key that a sample has.
const WORDS: usize = 4;

/// Some entries of a region that are neighbours, by their numbers in the order of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) low: u32,
    pub(crate) high: u32,
}

impl Run {
    pub(crate) fn new(low: u32, high: u32) -> Self {
        Self { low, high }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.low == self.high
    }
}

/// A place in a run: before one of its entries, or behind the last.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    memory: &'a Memory,
    /// The number of the entry.
    pub(crate) rank: u32,
    /// The number behind the last of the run.
    end: u32,
    /// Where entry `rank` lies, if it is one of the run.
    at: u32,
}

impl<'a> Place<'a> {
    /// The entry here, unless this is the end of the run.
    #[inline]
    pub(crate) fn entry(self) -> Option<EntryRef<'a>> {
        (self.rank < self.end).then(|| self.memory.entry(self.at))
    }

    /// Moves behind this entry, which is the one here.
    #[inline]
    pub(crate) fn advance(&mut self, entry: EntryRef<'a>) {
        self.at = Memory::behind(self.at, entry);
        self.rank += 1;
    }
}

/// Where the samples are.
pub(crate) struct Samples {
    /// The beginnings of keys, four samples a line.
    first_prefix: usize,
    /// Places, sixteen a line.
    first_place: usize,
    count: usize,
}

/// Samples that are being taken.
pub(super) struct Taking {
    entries: u32,
    prefixes: Vec<[u32; WORDS]>,
    places: Vec<u32>,
}

/// The beginning of a key, in words that compare as its bytes do. Bytes that it has not are zero.
fn prefix(key: &[u8]) -> [u32; WORDS] {
    let mut bytes = [0; WORDS * 4];
    let len = key.len().min(bytes.len());
    bytes[..len].copy_from_slice(&key[..len]);
    std::array::from_fn(|word| {
        u32::from_be_bytes(bytes[word * 4..word * 4 + 4].try_into().expect("four bytes"))
    })
}

impl Taking {
    pub(super) fn add(&mut self, key: &[u8], at: u32) {
        if self.entries.is_multiple_of(EVERY) {
            self.prefixes.push(prefix(key));
            self.places.push(at);
        }
        self.entries += 1;
    }

    pub(super) fn write(self, writer: &mut Writer) -> Samples {
        let first_prefix = writer.begin_line();
        writer.put_words(self.prefixes.as_flattened());
        let first_place = writer.begin_line();
        writer.put_words(&self.places);
        writer.begin_line();
        Samples { first_prefix, first_place, count: self.places.len() }
    }
}

impl Samples {
    pub(super) fn begin() -> Taking {
        Taking { entries: 0, prefixes: Vec::new(), places: Vec::new() }
    }

    fn prefix(&self, memory: &Memory, sample: usize) -> [u32; WORDS] {
        let per_line = LINE_WORDS / WORDS;
        let at = self.first_prefix + sample / per_line;
        let Line(words) = memory.lines(at..at + 1)[0];
        words.as_chunks().0[sample % per_line]
    }

    fn place(&self, memory: &Memory, sample: usize) -> u32 {
        let at = self.first_place + sample / LINE_WORDS;
        let Line(words) = memory.lines(at..at + 1)[0];
        words[sample % LINE_WORDS]
    }

    /// How the key of a sampled entry compares with another one, of which `start` is the prefix.
    fn compare(
        &self,
        memory: &Memory,
        sample: usize,
        key: &[u8],
        start: [u32; WORDS],
    ) -> Ordering {
        let by_prefix = self.prefix(memory, sample).cmp(&start);
        by_prefix.then_with(|| memory.entry(self.place(memory, sample)).key().cmp(key))
    }

    /// The place of the entry with this number, one of the run.
    pub(super) fn at_rank<'a>(&self, memory: &'a Memory, run: Run, rank: u32) -> Place<'a> {
        let sample = rank / EVERY;
        let at = self.place(memory, sample as usize);
        let mut place = Place { memory, rank: sample * EVERY, end: run.high, at };
        while place.rank < rank {
            place.advance(memory.entry(place.at));
        }
        place
    }

    /// See [`Region::seek`](super::Region::seek).
    pub(super) fn seek<'a>(
        &self,
        memory: &'a Memory,
        run: Run,
        key: &[u8],
        inclusive: bool,
    ) -> Place<'a> {
        let start = prefix(key);
        // Of the samples in the run, the first above the key; all between the one before it and it
        // is left to be compared.
        let (mut low, mut high) =
            (run.low.div_ceil(EVERY) as usize, run.high.div_ceil(EVERY) as usize);
        debug_assert!(high <= self.count, "a run of the region");
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.compare(memory, middle, key, start).is_gt() {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        let before = u32::try_from(low).expect("fewer samples than entries") * EVERY;
        let first = before.saturating_sub(EVERY).max(run.low);
        if first >= run.high {
            return Place { memory, rank: run.high, end: run.high, at: 0 };
        }
        let mut place = self.at_rank(memory, run, first);
        while let Some(entry) = place.entry() {
            match entry.key().cmp(key) {
                Ordering::Greater => break,
                Ordering::Equal if inclusive => break,
                _ => place.advance(entry),
            }
        }
        place
    }
}
