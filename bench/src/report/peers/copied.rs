//! Ordinary maps, whose only fork is a copy: what a map costs that never shares anything.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

use super::{blobs, bytes};
use crate::report::contender::{Blob, Contender, Hashing, Kind};
use crate::report::input::Scanned;
use crate::report::workload::Workload;

impl<B: Blob, S: Hashing> Contender for hashbrown::HashMap<B, B, S> {
    const KIND: Kind = Kind::Copied;
    blobs!();

    fn name() -> String {
        format!("hashbrown{}{} (copied)", S::MARK, B::MARK)
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

impl<B: Blob> Contender for BTreeMap<B, B> {
    const KIND: Kind = Kind::Copied;
    blobs!();

    fn name() -> String {
        format!("BTreeMap{} (copied)", B::MARK)
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
        &[Workload::DiffFork]
    }

    fn next_key(&self, after: &B) -> Option<&[u8]> {
        self.range((Excluded(after), Unbounded)).next().map(|(key, _)| key.bytes())
    }

    fn scan(&self, from: &B) -> Scanned {
        Scanned::walk(self.range(from..).map(bytes))
    }
}
