//! Looking up a key.

use super::{EntryRef, LeafRef, Shape, TAGS, bit, tag_of};
use crate::raw::{Child, View};

/// The entry of a key. O(depth), expected O(log n) with a base of `2^BITS`.
#[inline]
pub(crate) fn find<'a, S: Shape>(
    mut child: &'a Child,
    hash: u64,
    key: &[u8],
) -> Option<EntryRef<'a>> {
    let mut depth = 0;
    loop {
        match child.view() {
            View::Branch(branch) => {
                let bit = bit::<S>(hash, depth);
                let info = branch.info();
                if info.bitmap & bit == 0 {
                    return None;
                }
                child = &branch.items()[info.position(bit)];
                depth += 1;
            }
            View::Entry(entry) => {
                return (entry.hash() == hash && entry.key() == key).then_some(entry);
            }
            View::Leaf(leaf) => {
                let at = position_in_leaf(leaf, hash, key)?;
                return Some(leaf.items()[at].borrow());
            }
        }
    }
}

/// Where a leaf has the key.
#[inline]
pub(super) fn position_in_leaf(leaf: LeafRef<'_>, hash: u64, key: &[u8]) -> Option<usize> {
    let entries = leaf.items();
    if entries.len() > TAGS {
        return entries.binary_search_by(|entry| entry.borrow().rank().cmp(&(hash, key))).ok();
    }
    let mut candidates = equal_bytes(leaf.info().tags, tag_of(hash));
    while candidates != 0 {
        let at = (candidates.trailing_zeros() / 8) as usize;
        candidates &= candidates - 1;
        let entry = entries.get(at)?.borrow();
        if entry.hash() == hash && entry.key() == key {
            return Some(at);
        }
    }
    None
}

/// Where a key that a leaf has not would go.
pub(super) fn gap_in_leaf(leaf: LeafRef<'_>, hash: u64, key: &[u8]) -> usize {
    leaf.items().partition_point(|entry| entry.borrow().rank() < (hash, key))
}

/// The high bit of every byte of `word` that equals `byte`; bytes above such a one may be set as
/// well.
///
/// (Such a false hit costs one comparison of the entry, never a wrong answer.)
#[inline]
fn equal_bytes(word: u64, byte: u8) -> u64 {
    const LOW: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let zero_where_equal = word ^ u64::from_ne_bytes([byte; 8]);
    zero_where_equal.wrapping_sub(LOW) & !zero_where_equal & HIGH
}
