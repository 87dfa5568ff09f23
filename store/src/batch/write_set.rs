//! Writes that stand before a store.
//!
//! They are a log: a record for each write, and the bytes of keys and values one behind the other.
//! A table leads from a key to its newest record, and a record to the one that it supersedes.
//!
//! ```text
//! newest   │ "a" ▸ 2 │ "b" ▸ 1 │
//! records  │ 0: "a" = "1" │ 1: "b" removed │ 2: "a" = "2", supersedes 0 │
//! ```
//!
//! So a savepoint is a place in the log, and going back to it takes records off. A record that no
//! savepoint protects is written over instead of being superseded, so the log does not grow when
//! the same few keys are written again and again.
//!
//! Writing does not look into the store: that is where the cache misses are, and a set that is
//! discarded never needs to know what it would have replaced.

use std::fmt;

use super::newest::{Log, Newest};
use super::order::Order;
use super::record::{NONE, Record, number};
use crate::digest::Digest;
use crate::iter::{Iter, Source};
use crate::node::{Rank, Shape};
use crate::order::{Cursor, Found};
use crate::store::{Change, Standard, Store};
use crate::sync::OnceLock;

/// Room is made for so many records and bytes at least, enough for ten writes of ordinary size.
const MORE_RECORDS: usize = 12;
const MORE_BYTES: usize = 480;

/// Room for so many records and bytes is kept from one use to the next, however few are used.
const KEPT_RECORDS: usize = 1 << 8;
const KEPT_BYTES: usize = 1 << 17;

/// The writes of a [`Batch`](crate::Batch) without its store, for whoever keeps that elsewhere.
///
/// Every method that needs the store takes it. It must be the same one, unchanged, from the first
/// write to the [`commit`](Self::commit) or [`discard`](Self::discard) that ends the set: else
/// answers mix one store with another, or it panics.
///
/// ```
/// use bootfork_store::{Store, WriteSet};
///
/// let mut store: Store = [("a", "1")].into_iter().collect();
/// let mut writes = WriteSet::new();
/// writes.set(&store, "a", "2");
/// assert_eq!(writes.get(&store, "a"), Some(&b"2"[..]));
/// assert_eq!(store.get("a"), Some(&b"1"[..]));
/// writes.commit(&mut store);
/// assert_eq!(store.get("a"), Some(&b"2"[..]));
/// assert!(writes.is_empty());
/// ```
#[derive(Default)]
pub struct WriteSet {
    records: Vec<Record>,
    bytes: Vec<u8>,
    /// The newest record of each key.
    newest: Newest,
    /// The savepoints that can be gone back to, by number, the latest last.
    savepoints: Vec<u64>,
    /// How many there have ever been.
    counted: u64,
    /// How many records the latest one protects.
    protected: u32,
    /// The order of the keys, from the first time that somebody asks for it; kept up to date by
    /// every later write. (Boxed, since most sets have none.)
    order: OnceLock<Box<Order>>,
}

/// A moment of a [`Batch`](crate::Batch) or [`WriteSet`], to go back to.
///
/// It holds until the writes are taken back to an earlier one, discarded or committed, and for a
/// clone made while it holds.
///
/// ```
/// use bootfork_store::{Batch, BatchSavepoint, Store};
///
/// let mut batch = Batch::new(Store::new());
/// batch.set("a", "1");
/// let savepoint: BatchSavepoint = batch.savepoint();
/// batch.set("a", "2");
/// batch.rollback(savepoint);
/// assert_eq!(batch.get("a"), Some(&b"1"[..]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSavepoint {
    number: u64,
    records: u32,
    bytes: u32,
}

impl WriteSet {
    /// No writes.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many keys were written or removed.
    pub fn len(&self) -> usize {
        self.newest.len()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    #[inline]
    fn log(&self) -> Log<'_> {
        Log { records: &self.records, bytes: &self.bytes }
    }

    fn find(&self, rank: Rank<'_>) -> Option<Record> {
        let found = self.newest.find(rank, self.log());
        found.map(|number| self.records[number as usize])
    }

    /// The value of a key: the one written, or else the store's.
    #[inline]
    pub fn get<'a>(&'a self, base: &'a Store, key: impl AsRef<[u8]>) -> Option<&'a [u8]> {
        let key = key.as_ref();
        let rank = Standard::rank(key);
        match self.find(rank) {
            Some(record) => record.value(&self.bytes),
            None => base.map().get_ranked(rank),
        }
    }

    /// Writes a value.
    ///
    /// # Panics
    /// If the keys and values written become 4 GiB together.
    #[inline]
    pub fn set(&mut self, base: &Store, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.write(base, key.as_ref(), Some(value.as_ref()));
    }

    /// Removes a key, if it is there.
    ///
    /// # Panics
    /// As [`set`](Self::set).
    #[inline]
    pub fn remove(&mut self, base: &Store, key: impl AsRef<[u8]>) {
        self.write(base, key.as_ref(), None);
    }

    fn write(&mut self, base: &Store, key: &[u8], value: Option<&[u8]>) {
        let rank = Standard::rank(key);
        if self.order.get().is_some() {
            let old = self.find(rank);
            self.reorder(base, rank, old, value.is_some());
        }
        self.make_room(key.len() + value.unwrap_or_default().len());
        let Self { records, bytes, newest, .. } = self;
        let next = number(records.len());
        let newest = newest.entry(rank, Log { records, bytes });
        let older = *newest;
        if older != NONE && older >= self.protected {
            records[older as usize].overwrite(bytes, key, value);
            return;
        }
        *newest = next;
        records.push(Record::append(bytes, rank, value, older));
    }

    /// Makes room for one record and so many bytes, a little at a time: many sets are small.
    fn make_room(&mut self, bytes: usize) {
        if self.records.len() == self.records.capacity() {
            self.records.reserve(MORE_RECORDS);
            let Self { records, bytes, newest, .. } = self;
            newest.reserve(MORE_RECORDS, Log { records, bytes });
        }
        if self.bytes.capacity() - self.bytes.len() < bytes {
            self.bytes.reserve_exact(bytes.max(self.bytes.len() / 2).max(MORE_BYTES));
        }
    }

    /// The present state, to go back to.
    pub fn savepoint(&mut self) -> BatchSavepoint {
        self.counted += 1;
        self.savepoints.push(self.counted);
        self.protected = number(self.records.len());
        let bytes = number(self.bytes.len());
        BatchSavepoint { number: self.counted, records: self.protected, bytes }
    }

    /// Goes back to a savepoint. O(writes since).
    ///
    /// # Panics
    /// If the set was discarded, committed or taken back to an earlier savepoint since then.
    pub fn rollback(&mut self, base: &Store, savepoint: BatchSavepoint) {
        let BatchSavepoint { number, records, bytes } = savepoint;
        let place = self.savepoints.iter().rposition(|held| *held == number);
        let place = place.expect("the savepoint is of writes that are no more");
        self.savepoints.truncate(place + 1);
        while self.records.len() > records as usize {
            self.take_back(base);
        }
        self.bytes.truncate(bytes as usize);
        self.protected = records;
        if self.is_empty() {
            self.order.take();
        }
    }

    /// Takes the last record off.
    fn take_back(&mut self, base: &Store) {
        let Self { records, bytes, newest, .. } = self;
        let Some(record) = records.last().copied() else { return };
        let (rank, log) = (record.rank(bytes), Log { records, bytes });
        if record.older == NONE {
            newest.remove_last(rank, log);
        } else {
            *newest.entry(rank, log) = record.older;
        }
        records.pop();
        if self.order.get().is_some() {
            let key = record.key(&self.bytes).to_vec();
            let now = self.get(base, &key).is_some();
            self.reorder(base, Rank { hash: record.hash, key: &key }, Some(record), now);
        }
    }

    /// Drops all writes; the memory is kept for the next ones. O(writes).
    pub fn discard(&mut self) {
        // But not what a rare large set took: emptying a table costs its capacity.
        let much = |capacity: usize, used: usize, kept: usize| capacity > kept.max(8 * used);
        if much(self.newest.capacity(), self.newest.len(), KEPT_RECORDS)
            || much(self.bytes.capacity(), self.bytes.len(), KEPT_BYTES)
        {
            // The count goes on, lest an old savepoint is taken for a new one.
            *self = Self { counted: self.counted, ..Self::default() };
            return;
        }
        self.records.clear();
        self.bytes.clear();
        self.newest.clear();
        self.savepoints.clear();
        self.protected = 0;
        self.order.take();
    }

    /// Writes everything into the store, each key once; a value that is there already changes
    /// nothing. The set is empty afterwards, as if it was [discarded](Self::discard).
    pub fn commit(&mut self, base: &mut Store) {
        // First, so that the store's own index is not shared and can be written in place.
        self.order.take();
        let map = base.map_mut();
        for record in self.newest_records() {
            let rank = record.rank(&self.bytes);
            match record.value(&self.bytes) {
                Some(value) => map.set_ranked(rank, value, |_| ()),
                None => map.remove_ranked(rank, |_| ()),
            };
        }
        self.discard();
    }

    fn newest_records(&self) -> impl Iterator<Item = Record> {
        // Mostly none is superseded, and the table is far larger than what it holds.
        let all = self.newest.len() == self.records.len();
        let records = if all { &self.records[..] } else { &[] };
        let superseded = (!all).then(|| self.newest.iter());
        let newest = superseded.into_iter().flatten().map(|number| self.records[number as usize]);
        records.iter().copied().chain(newest)
    }

    /// What [`commit`](Self::commit) would change: the store left, the set right; in key order.
    pub(crate) fn changes<'a>(&'a self, base: &'a Store) -> Vec<Change<'a>> {
        let mut changes: Vec<_> = self
            .newest_records()
            .map(|record| {
                let (rank, right) = (record.rank(&self.bytes), record.value(&self.bytes));
                Change { key: rank.key, left: base.map().get_ranked(rank), right }
            })
            .filter(|change| change.left != change.right)
            .collect();
        changes.sort_unstable_by_key(|change| change.key);
        changes
    }

    /// The digest that the store would have with the writes. O(writes).
    pub(crate) fn digest(&self, base: &Store) -> Digest {
        let entry = |key: &[u8], value: Option<&[u8]>| {
            value.map_or_else(Digest::default, |value| Digest::of_entry(key, value))
        };
        self.newest_records().fold(base.digest(), |digest, record| {
            let rank = record.rank(&self.bytes);
            let old = base.map().get_ranked(rank);
            digest + entry(rank.key, record.value(&self.bytes)) - entry(rank.key, old)
        })
    }

    /// The number of entries that the store would have with the writes. O(writes).
    pub(crate) fn store_len(&self, base: &Store) -> usize {
        self.newest_records().fold(base.len(), |len, record| {
            let old = base.map().get_ranked(record.rank(&self.bytes));
            len + usize::from(record.value != NONE) - usize::from(old.is_some())
        })
    }

    /// The least key greater than `after`. The first call costs O(writes · log n), later ones
    /// O(log n).
    pub fn next_key<'a>(&'a self, base: &'a Store, after: impl AsRef<[u8]>) -> Option<&'a [u8]> {
        self.keys(base, after.as_ref(), false).next().map(Found::key)
    }

    /// The entries whose key begins with `prefix`, in key order.
    pub fn prefix<'a>(&'a self, base: &'a Store, prefix: impl AsRef<[u8]>) -> Iter<'a> {
        Source::Writes(self, base).prefix(prefix.as_ref())
    }

    /// The keys from a place on.
    pub(crate) fn keys<'a>(
        &'a self,
        base: &'a Store,
        key: &[u8],
        inclusive: bool,
    ) -> Cursor<'a, Standard> {
        if self.is_empty() {
            return base.map().keys(key, inclusive);
        }
        self.order.get_or_init(|| Box::new(self.new_order(base))).keys(key, inclusive)
    }

    fn new_order(&self, base: &Store) -> Order {
        let mut order = Order::of(base);
        for record in self.newest_records() {
            let rank = record.rank(&self.bytes);
            let was = base.map().get_ranked(rank).is_some();
            order.follow(rank.key, was, record.value != NONE);
        }
        order
    }

    /// Tells the order of a key's change, from its old record to whether it is there now.
    fn reorder(&mut self, base: &Store, rank: Rank<'_>, old: Option<Record>, is: bool) {
        let was = match old {
            Some(record) => record.value != NONE,
            None => base.map().get_ranked(rank).is_some(),
        };
        if let Some(order) = self.order.get_mut() {
            order.follow(rank.key, was, is);
        }
    }
}

/// Only the writes are copied, not the room for more.
impl Clone for WriteSet {
    fn clone(&self) -> Self {
        let Self { counted, protected, .. } = *self;
        let savepoints = self.savepoints.clone();
        if self.is_empty() {
            return Self { savepoints, counted, ..Self::default() };
        }
        Self {
            records: self.records.clone(),
            bytes: self.bytes.clone(),
            newest: self.newest.clone(),
            savepoints,
            counted,
            protected,
            order: self.order.clone(),
        }
    }
}

/// How many keys were written.
impl fmt::Debug for WriteSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteSet").field("keys", &self.len()).finish_non_exhaustive()
    }
}
