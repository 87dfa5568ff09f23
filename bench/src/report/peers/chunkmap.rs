//! Crate `immutable-chunkmap`: a balanced tree of sorted chunks.

use std::ops::Bound::{Excluded, Unbounded};

use immutable_chunkmap::map::Map;

use super::{blobs, bytes};
use crate::report::contender::{Blob, Contender, Kind};
use crate::report::input::Scanned;
use crate::report::workload::Workload;

impl<B: Blob, const SIZE: usize> Contender for Map<B, B, SIZE> {
    const KIND: Kind = Kind::Persistent;
    blobs!();

    fn name() -> String {
        format!("immutable-chunkmap.{SIZE}{}", B::MARK)
    }

    fn build(entries: &[(B, B)]) -> Self {
        Self::new().insert_many(entries.iter().cloned())
    }

    fn set(&mut self, key: &B, value: &B) {
        self.insert_cow(key.clone(), value.clone());
    }

    fn get(&self, key: &B) -> Option<&[u8]> {
        self.get(key).map(B::bytes)
    }

    fn skips() -> &'static [Workload] {
        &[]
    }

    fn next_key(&self, after: &B) -> Option<&[u8]> {
        let mut later = self.range::<B, _>((Excluded(after.clone()), Unbounded));
        later.next().map(|(key, _)| key.bytes())
    }

    fn scan(&self, from: &B) -> Scanned {
        Scanned::walk(self.range::<B, _>(from..).map(bytes))
    }

    /// Its `diff` keeps what the other map lacks or has otherwise: no key was removed here.
    fn differences(&self, other: &Self) -> usize {
        self.diff(other, |_, left, right| (left != right).then(|| left.clone())).len()
    }
}
