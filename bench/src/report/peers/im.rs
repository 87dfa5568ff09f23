//! Crate `im`: a 32-way hash trie, and a B-tree. Archived, with open advisories; widely used still.

use std::ops::Bound::{Excluded, Unbounded};

use super::{blobs, bytes};
use crate::report::contender::{Blob, Contender, Hashing, Kind};
use crate::report::input::Scanned;
use crate::report::workload::Workload;

impl<B: Blob, S: Hashing> Contender for im::HashMap<B, B, S> {
    const KIND: Kind = Kind::Persistent;
    blobs!();

    fn name() -> String {
        format!("im.HashMap{}{}", S::MARK, B::MARK)
    }

    fn build(entries: &[(B, B)]) -> Self {
        entries.iter().cloned().collect()
    }

    fn set(&mut self, key: &B, value: &B) {
        self.insert(key.clone(), value.clone());
    }

    fn get(&self, key: &B) -> Option<&[u8]> {
        self.get(key).map(B::bytes)
    }
}

impl<B: Blob> Contender for im::OrdMap<B, B> {
    const KIND: Kind = Kind::Persistent;
    blobs!();

    fn name() -> String {
        format!("im.OrdMap{}", B::MARK)
    }

    fn build(entries: &[(B, B)]) -> Self {
        entries.iter().cloned().collect()
    }

    fn set(&mut self, key: &B, value: &B) {
        self.insert(key.clone(), value.clone());
    }

    fn get(&self, key: &B) -> Option<&[u8]> {
        self.get(key).map(B::bytes)
    }

    fn skips() -> &'static [Workload] {
        &[]
    }

    fn next_key(&self, after: &B) -> Option<&[u8]> {
        self.range((Excluded(after.clone()), Unbounded)).next().map(|(key, _)| key.bytes())
    }

    fn scan(&self, from: &B) -> Scanned {
        Scanned::walk(self.range(from.clone()..).map(bytes))
    }

    fn differences(&self, other: &Self) -> usize {
        self.diff(other).count()
    }
}
