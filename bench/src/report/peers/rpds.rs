//! Crate `rpds`: a 64-way hash trie and a red-black tree, an allocation for each entry.

use std::ops::Bound::{Excluded, Unbounded};

use archery::ArcTK;
use rpds::{HashTrieMap, RedBlackTreeMap};

use super::{blobs, bytes};
use crate::report::contender::{Blob, Contender, Hashing, Kind};
use crate::report::input::Scanned;
use crate::report::workload::Workload;

impl<B, S> Contender for HashTrieMap<B, B, ArcTK, S>
where
    B: Blob,
    S: Hashing,
{
    const KIND: Kind = Kind::Persistent;
    blobs!();

    fn name() -> String {
        format!("rpds.HashTrieMap{}{}", S::MARK, B::MARK)
    }

    fn build(entries: &[(B, B)]) -> Self {
        let mut map = Self::new_with_hasher_and_ptr_kind(S::default());
        for (key, value) in entries {
            map.insert_mut(key.clone(), value.clone());
        }
        map
    }

    fn set(&mut self, key: &B, value: &B) {
        self.insert_mut(key.clone(), value.clone());
    }

    fn get(&self, key: &B) -> Option<&[u8]> {
        self.get(key).map(B::bytes)
    }
}

impl<B: Blob> Contender for RedBlackTreeMap<B, B, ArcTK> {
    const KIND: Kind = Kind::Persistent;
    blobs!();

    fn name() -> String {
        format!("rpds.RedBlackTreeMap{}", B::MARK)
    }

    fn build(entries: &[(B, B)]) -> Self {
        let mut map = Self::new_with_ptr_kind();
        for (key, value) in entries {
            map.insert_mut(key.clone(), value.clone());
        }
        map
    }

    fn set(&mut self, key: &B, value: &B) {
        self.insert_mut(key.clone(), value.clone());
    }

    fn get(&self, key: &B) -> Option<&[u8]> {
        self.get(key).map(B::bytes)
    }

    fn skips() -> &'static [Workload] {
        &[Workload::DiffFork]
    }

    fn next_key(&self, after: &B) -> Option<&[u8]> {
        self.range::<B, _>((Excluded(after), Unbounded)).next().map(|(key, _)| key.bytes())
    }

    fn scan(&self, from: &B) -> Scanned {
        Scanned::walk(self.range::<B, _>(from..).map(bytes))
    }
}
