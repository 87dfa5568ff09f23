//! Keys that nobody chose, and keys that somebody did.

use super::{Log, Newest};
use crate::batch::record::{NONE, Record};
use crate::hash::hash64;
use crate::node::Rank;

/// Keys put in one by one, then taken out again, last first.
struct Filled {
    newest: Newest,
    records: Vec<Record>,
    bytes: Vec<u8>,
}

impl Filled {
    fn new(hashed: impl Iterator<Item = (u64, Vec<u8>)>) -> Self {
        let mut filled = Self { newest: Newest::default(), records: Vec::new(), bytes: Vec::new() };
        for (number, (hash, key)) in (0..).zip(hashed) {
            let Self { newest, records, bytes } = &mut filled;
            let rank = Rank { hash, key: &key };
            let entry = newest.entry(rank, Log { records, bytes });
            assert_eq!(std::mem::replace(entry, number), NONE, "a new key");
            records.push(Record::append(bytes, rank, None, NONE));
        }
        filled
    }

    fn assert_found(&self) {
        let log = Log { records: &self.records, bytes: &self.bytes };
        assert_eq!(self.newest.len(), self.records.len());
        assert_eq!(self.newest.iter().count(), self.records.len());
        for (number, record) in (0..).zip(&self.records) {
            assert_eq!(self.newest.find(record.rank(&self.bytes), log), Some(number));
        }
        let missing = Rank { hash: 0, key: b"missing" };
        assert_eq!(self.newest.find(missing, log), None);
    }

    fn take_out(&mut self, count: usize) {
        for _ in 0..count {
            let Self { newest, records, bytes } = self;
            let log = Log { records, bytes };
            newest.remove_last(records[records.len() - 1].rank(bytes), log);
            records.pop();
        }
    }
}

fn all_ways(hashed: impl Iterator<Item = (u64, Vec<u8>)>, tree: bool) {
    let mut filled = Filled::new(hashed);
    assert_eq!(filled.newest.tree.is_some(), tree);
    filled.assert_found();
    let count = filled.records.len();
    for part in [count / 3, count / 3, count - 2 * (count / 3)] {
        filled.take_out(part);
        filled.assert_found();
    }
    filled.newest.clear();
    assert!(filled.newest.tree.is_none());
}

fn even(number: u64) -> u64 {
    hash64(&key(number))
}

fn key(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

#[test]
fn keys_that_nobody_chose_stay_in_the_table() {
    all_ways((0..200_000).map(|n| (even(n), key(n))), false);
}

#[test]
fn keys_of_one_hash_come_into_a_tree() {
    all_ways((0..5_000).map(|n| (7, key(n))), true);
}

/// Once the table has 2^16 slots, keys whose homes lie side by side: hardly any meets another,
/// until one comes whose home is the first of them.
#[test]
fn a_search_past_many_keys_ends_in_reach() {
    let hash = |n: u64| if n < 20_000 { even(n) } else { n << 48 };
    let mut filled = Filled::new((1..20_300).map(|n| (hash(n), key(n))));
    filled.assert_found();
    assert!(filled.newest.tree.is_none());
    assert_eq!(filled.newest.slots.len(), 1 << 16);
    let Filled { newest, records, bytes } = &mut filled;
    let log = Log { records, bytes };
    let before = Rank { hash: hash(20_000), key: b"before" };
    assert_eq!(newest.find(before, log), None);
    *newest.entry(before, log) = 0;
    assert!(newest.tree.is_some());
}
