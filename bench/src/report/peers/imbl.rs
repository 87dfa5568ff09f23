//! Crate `imbl`, the successor of `im`: a hash trie with SIMD probed leaves, and a B+tree.

use std::ops::Bound::{Excluded, Unbounded};

use imbl::{GenericHashMap, GenericOrdMap};

use super::{blobs, bytes};
use crate::report::contender::{Blob, Contender, Hashing, Kind, Pointer};
use crate::report::input::Scanned;
use crate::report::workload::Workload;

impl<B, S, P> Contender for GenericHashMap<B, B, S, P>
where
    B: Blob,
    S: Hashing,
    P: Pointer,
{
    const KIND: Kind = Kind::Persistent;
    blobs!();

    fn name() -> String {
        format!("imbl.HashMap{}{}{}", S::MARK, P::MARK, B::MARK)
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

impl<B: Blob, P: Pointer> Contender for GenericOrdMap<B, B, P> {
    const KIND: Kind = Kind::Persistent;
    blobs!();

    fn name() -> String {
        format!("imbl.OrdMap{}{}", P::MARK, B::MARK)
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
        self.range::<_, B>((Excluded(after), Unbounded)).next().map(|(key, _)| key.bytes())
    }

    fn scan(&self, from: &B) -> Scanned {
        Scanned::walk(self.range::<_, B>(from..).map(bytes))
    }

    fn differences(&self, other: &Self) -> usize {
        self.diff(other).count()
    }
}
