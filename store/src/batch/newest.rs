//! From a key to its newest record.

use std::collections::BTreeMap;

use super::record::{NONE, Record};
use crate::node::Rank;

/// A record lies in one of so many slots from its home on, so that a search looks at no more.
/// With even hashes the farthest of four million keys is 48 slots behind its own.
const REACH: usize = 128;

/// The fewest slots of a table that has any.
const FEWEST: usize = 32;

/// The number of the newest record of each key.
///
/// A table, at most half full: the *home* of a key is the slot that the first bits of its hash say,
/// its place the first one free from there on. If that were out of [`REACH`], somebody has chosen
/// keys for their hashes, and a tree of all keys takes the place of the table.
///
/// Keys leave in the order in which they came, last first, as a log is taken back. So a key that is
/// left never lies behind one that leaves, and no search comes to a gap before it finds its key.
#[derive(Clone, Default)]
pub(super) struct Newest {
    /// As many as a power of two, or none; [`NONE`] where a slot is free.
    slots: Vec<u32>,
    /// How many are in use.
    used: usize,
    tree: Option<BTreeMap<Box<[u8]>, u32>>,
}

/// What numbers stand for.
#[derive(Clone, Copy)]
pub(super) struct Log<'a> {
    pub(super) records: &'a [Record],
    pub(super) bytes: &'a [u8],
}

impl Log<'_> {
    #[inline]
    fn is_of(self, number: u32, rank: Rank<'_>) -> bool {
        let record = self.records[number as usize];
        record.hash == rank.hash && record.key(self.bytes) == rank.key
    }
}

/// Where a search ends.
enum Place {
    Found(usize),
    Free(usize),
    OutOfReach,
}

impl Newest {
    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.tree.as_ref().map_or(self.used, BTreeMap::len)
    }

    /// For how many keys there is room.
    pub(super) fn capacity(&self) -> usize {
        self.slots.len() / 2
    }

    /// The numbers of all.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        let in_slots = self.slots.iter().copied().filter(|number| *number != NONE);
        in_slots.chain(self.tree.iter().flat_map(|tree| tree.values().copied()))
    }

    /// The number of a key. At most [`REACH`] slots are looked at, or O(log n) keys.
    #[inline]
    pub(super) fn find(&self, rank: Rank<'_>, log: Log<'_>) -> Option<u32> {
        if let Some(tree) = &self.tree {
            return tree.get(rank.key).copied();
        }
        match self.search(rank, log) {
            Place::Found(at) => Some(self.slots[at]),
            Place::Free(_) | Place::OutOfReach => None,
        }
    }

    /// The number of a key, to be changed; [`NONE`] for a new key, which must get one now.
    #[inline]
    pub(super) fn entry(&mut self, rank: Rank<'_>, log: Log<'_>) -> &mut u32 {
        if self.tree.is_none() {
            self.reserve(1, log);
            match self.search(rank, log) {
                Place::Found(at) => return &mut self.slots[at],
                Place::Free(at) => {
                    self.used += 1;
                    return &mut self.slots[at];
                }
                Place::OutOfReach => self.plant(log),
            }
        }
        self.tree.get_or_insert_default().entry(rank.key.into()).or_insert(NONE)
    }

    /// Takes out the key that came last.
    pub(super) fn remove_last(&mut self, rank: Rank<'_>, log: Log<'_>) {
        if let Some(tree) = &mut self.tree {
            tree.remove(rank.key);
        } else if let Place::Found(at) = self.search(rank, log) {
            self.slots[at] = NONE;
            self.used -= 1;
        }
    }

    /// Makes room for so many keys more.
    #[inline]
    pub(super) fn reserve(&mut self, more: usize, log: Log<'_>) {
        let needed = 2 * (self.used + more);
        if needed > self.slots.len() && self.tree.is_none() {
            self.grow(needed, log);
        }
    }

    #[cold]
    fn grow(&mut self, needed: usize, log: Log<'_>) {
        let slots = vec![NONE; needed.next_power_of_two().max(FEWEST)];
        let old = std::mem::replace(self, Self { slots, ..Self::default() });
        // In the order in which they came.
        for first in log.records.iter().filter(|record| record.older == NONE) {
            let rank = first.rank(log.bytes);
            if let Some(number) = old.find(rank, log) {
                *self.entry(rank, log) = number;
            }
        }
    }

    /// Forgets all keys; the slots are kept.
    pub(super) fn clear(&mut self) {
        self.slots.fill(NONE);
        self.used = 0;
        self.tree = None;
    }

    #[inline]
    fn search(&self, rank: Rank<'_>, log: Log<'_>) -> Place {
        let Some(mask) = self.slots.len().checked_sub(1) else { return Place::OutOfReach };
        #[allow(clippy::cast_possible_truncation)] // Below the number of slots.
        let home = (rank.hash >> (u64::BITS - mask.count_ones())) as usize;
        for step in 0..REACH {
            let at = (home + step) & mask;
            match self.slots[at] {
                NONE => return Place::Free(at),
                number if log.is_of(number, rank) => return Place::Found(at),
                _ => {}
            }
        }
        Place::OutOfReach
    }

    /// Puts all keys into a tree.
    #[cold]
    fn plant(&mut self, log: Log<'_>) {
        let key = |number: u32| log.records[number as usize].key(log.bytes);
        let tree = self.iter().map(|number| (key(number).into(), number)).collect();
        *self = Self { tree: Some(tree), ..Self::default() };
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
