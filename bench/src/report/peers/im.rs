//! Crate `im`: a 32-way hash trie. Archived, with open advisories; widely used still.
//! Its ordered map is left out in favour of that of `imbl`, its successor.

use super::blobs;
use crate::report::contender::{Blob, Contender, Hashing, Kind};

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
