//! From a key to its newest record.

use hashbrown::HashTable;
use hashbrown::hash_table::{Entry, OccupiedEntry};

use super::record::Record;
use crate::node::{Rank, Shape};
use crate::store::Standard;

/// More records of other keys than a search meets by chance: those that it passes and whose seven
/// bits of the hash agree, one in 128.
const FEW: u32 = 12;

/// The numbers of records, found by the hash of their key. Once a search has met more others than
/// chance explains, keys were chosen for their hashes, and all are found by the second hash.
#[derive(Clone, Default)]
pub(super) struct Newest {
    numbers: HashTable<u32>,
    by_second_hash: bool,
    /// How many records of other keys the last search for an entry met.
    met: u32,
}

/// What numbers stand for.
#[derive(Clone, Copy)]
pub(super) struct Log<'a> {
    pub(super) records: &'a [Record],
    pub(super) bytes: &'a [u8],
}

impl<'a> Log<'a> {
    fn rank(self, number: u32) -> Rank<'a> {
        self.records[number as usize].rank(self.bytes)
    }

    fn hash(self, number: u32, second: bool) -> u64 {
        if second {
            Standard::second_hash(self.rank(number).key)
        } else {
            self.records[number as usize].hash
        }
    }
}

fn hash(rank: Rank<'_>, second: bool) -> u64 {
    if second { Standard::second_hash(rank.key) } else { rank.hash }
}

impl Newest {
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    pub(super) fn capacity(&self) -> usize {
        self.numbers.capacity()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        self.numbers.iter().copied()
    }

    #[inline]
    pub(super) fn find(&self, rank: Rank<'_>, log: Log<'_>) -> Option<u32> {
        let hash = hash(rank, self.by_second_hash);
        self.numbers.find(hash, |number| log.rank(*number) == rank).copied()
    }

    #[inline]
    pub(super) fn entry(&mut self, rank: Rank<'_>, log: Log<'_>) -> Entry<'_, u32> {
        if self.met > FEW && !self.by_second_hash {
            self.change_hash(log);
        }
        self.met = 0;
        let Self { numbers, by_second_hash: second, met } = self;
        let is_its = |number: &u32| {
            let is_its = log.rank(*number) == rank;
            *met += u32::from(!is_its);
            is_its
        };
        numbers.entry(hash(rank, *second), is_its, |number| log.hash(*number, *second))
    }

    /// The entry of a key that has this number.
    pub(super) fn entry_of(
        &mut self,
        number: u32,
        rank: Rank<'_>,
    ) -> Option<OccupiedEntry<'_, u32>> {
        let hash = hash(rank, self.by_second_hash);
        self.numbers.find_entry(hash, |found| *found == number).ok()
    }

    #[cold]
    fn change_hash(&mut self, log: Log<'_>) {
        let numbers = std::mem::take(&mut self.numbers);
        self.by_second_hash = true;
        self.reserve(numbers.len(), log);
        for number in numbers {
            let hash = |number: &u32| log.hash(*number, true);
            self.numbers.insert_unique(hash(&number), number, hash);
        }
    }

    pub(super) fn reserve(&mut self, more: usize, log: Log<'_>) {
        let second = self.by_second_hash;
        self.numbers.reserve(more, |number| log.hash(*number, second));
    }

    /// Forgets all; the memory is kept.
    pub(super) fn clear(&mut self) {
        self.numbers.clear();
        self.by_second_hash = false;
        self.met = 0;
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::super::record::{NONE, Record};
    use super::{FEW, Log, Newest};
    use crate::hash::K;
    use crate::node::Shape;
    use crate::store::Standard;

    /// Puts keys in one by one; how many others a search has met at most.
    fn fill(newest: &mut Newest, keys: impl Iterator<Item = Vec<u8>>) -> u32 {
        let (mut records, mut bytes, mut most) = (Vec::new(), Vec::new(), 0);
        for (number, key) in (0..).zip(keys) {
            let rank = Standard::rank(&key);
            let log = Log { records: &records, bytes: &bytes };
            newest.entry(rank, log).insert(number);
            most = most.max(newest.met);
            records.push(Record::append(&mut bytes, rank, None, NONE));
            let log = Log { records: &records, bytes: &bytes };
            assert_eq!(newest.find(Standard::rank(&key), log), Some(number));
        }
        let log = Log { records: &records, bytes: &bytes };
        for (number, record) in (0..).zip(&records) {
            assert_eq!(newest.find(record.rank(&bytes), log), Some(number));
        }
        most
    }

    /// All keys of 16 bytes that begin so have one hash.
    fn colliding(number: u64) -> Vec<u8> {
        let first = K[0] ^ K[3].wrapping_mul(16);
        [first.to_le_bytes(), number.to_be_bytes()].concat()
    }

    #[test]
    fn a_search_among_keys_of_one_hash_meets_few_of_them() {
        let mut newest = Newest::default();
        let met = fill(&mut newest, (0..5_000).map(colliding));
        assert!(newest.by_second_hash);
        assert!(met <= FEW + 1, "met {met}");
        newest.clear();
        assert!(!newest.by_second_hash);
    }

    #[test]
    fn keys_that_nobody_chose_are_found_by_their_hash() {
        let mut newest = Newest::default();
        let met = fill(&mut newest, (0..20_000).map(|n| format!("ko{n}").into_bytes()));
        assert!(!newest.by_second_hash, "met {met}");
    }
}
