//! Entries in key order.

use std::fmt;
use std::iter::FusedIterator;
use std::ops::{Bound, RangeBounds};

use crate::batch::WriteSet;
use crate::order::{Cursor, Found};
use crate::store::{Standard, Store};

/// Entries in key order, of a [`Store`](Store::iter), or of a [`Batch`](crate::Batch::prefix).
///
/// ```
/// let store: bootfork_store::Store = [("b", "2"), ("a", "1")].into_iter().collect();
/// let mut entries = store.iter();
/// assert_eq!(entries.next(), Some((&b"a"[..], &b"1"[..])));
/// ```
#[derive(Clone)]
pub struct Iter<'a> {
    source: Source<'a>,
    keys: Cursor<'a, Standard>,
    end: End,
}

/// Where the values come from.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    Store(&'a Store),
    Writes(&'a WriteSet, &'a Store),
}

/// Where an iterator stops.
#[derive(Clone, Debug)]
enum End {
    Open,
    Before(Vec<u8>),
    After(Vec<u8>),
    Prefix(Vec<u8>),
}

impl<'a> Source<'a> {
    fn value_of(self, found: Found<'a>) -> &'a [u8] {
        match self {
            Self::Store(store) => store.map().entry_of(found).value(),
            Self::Writes(writes, base) => {
                writes.get(base, found.key()).expect("the order has the keys that are there")
            }
        }
    }

    /// The keys from a place on.
    fn keys(self, key: &[u8], inclusive: bool) -> Cursor<'a, Standard> {
        match self {
            Self::Store(store) => store.map().keys(key, inclusive),
            Self::Writes(writes, base) => writes.keys(base, key, inclusive),
        }
    }

    pub(crate) fn range<K: AsRef<[u8]>>(self, range: &impl RangeBounds<K>) -> Iter<'a> {
        let (from, inclusive) = match range.start_bound() {
            Bound::Included(key) => (key.as_ref(), true),
            Bound::Excluded(key) => (key.as_ref(), false),
            Bound::Unbounded => (&b""[..], true),
        };
        let end = match range.end_bound() {
            Bound::Included(key) => End::After(key.as_ref().to_vec()),
            Bound::Excluded(key) => End::Before(key.as_ref().to_vec()),
            Bound::Unbounded => End::Open,
        };
        Iter { source: self, keys: self.keys(from, inclusive), end }
    }

    pub(crate) fn prefix(self, prefix: &[u8]) -> Iter<'a> {
        Iter { source: self, keys: self.keys(prefix, true), end: End::Prefix(prefix.to_vec()) }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let found = self.keys.next()?;
        let key = found.key();
        let inside = match &self.end {
            End::Open => true,
            End::Before(end) => key < &end[..],
            End::After(end) => key <= &end[..],
            End::Prefix(prefix) => key.starts_with(prefix),
        };
        if !inside {
            self.keys.stop();
            return None;
        }
        Some((key, self.source.value_of(found)))
    }
}

impl FusedIterator for Iter<'_> {}

impl fmt::Debug for Iter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("end", &self.end).finish_non_exhaustive()
    }
}
