//! Looking up a key.

use super::{EntryRef, LeafRef, Rank, Shape, TAGS, tag_of};
use crate::raw::{ChildRef, Kind, View};
use crate::region::Region;

/// The entry of a key. O(depth), expected O(log n) with a base of `2^BITS`; at a frozen subtree the
/// walk ends and the flat index of the region answers, expected O(1).
#[inline]
pub(crate) fn find<'a, S: Shape>(
    root: ChildRef<'a>,
    region: Option<&'a Region>,
    rank: Rank<'_>,
) -> Option<EntryRef<'a>> {
    if root.is_frozen() && root.kind() != Kind::Entry {
        return region?.find::<S>(rank);
    }
    find_below::<S>(root, region, 0, rank)
}

/// The entry of a key below a subtree. Apart, so that nothing is saved for it where all is frozen.
#[inline(never)]
pub(super) fn find_below<'a, S: Shape>(
    child: ChildRef<'a>,
    region: Option<&'a Region>,
    depth: u32,
    rank: Rank<'_>,
) -> Option<EntryRef<'a>> {
    // A frozen subtree has exactly those keys of its region that belong below its prefix.
    walk::<S, true>(child, depth, rank, || region?.find::<S>(rank))
}

/// The entry that now has the key of one that lies in the region.
#[inline]
pub(crate) fn find_current<'a, S: Shape>(
    root: ChildRef<'a>,
    frozen: EntryRef<'a>,
) -> Option<EntryRef<'a>> {
    walk::<S, true>(root, 0, frozen.rank(), || Some(frozen))
}

/// The entry of a key, found by the trie alone, also where that is frozen.
#[cold]
pub(crate) fn find_walking<'a, S: Shape>(
    root: ChildRef<'a>,
    rank: Rank<'_>,
) -> Option<EntryRef<'a>> {
    walk::<S, false>(root, 0, rank, || None)
}

/// The entry of a key. A walk that is to `STOP` asks `in_region` when it comes to a frozen subtree.
#[allow(clippy::inline_always)] // As for `position_in_leaf`.
#[inline(always)]
fn walk<'a, S: Shape, const STOP: bool>(
    mut child: ChildRef<'a>,
    mut depth: u32,
    rank: Rank<'_>,
    in_region: impl FnOnce() -> Option<EntryRef<'a>>,
) -> Option<EntryRef<'a>> {
    loop {
        // Apart from what is counted, so that the walk below is compiled for that alone.
        if STOP && child.is_frozen() {
            return match child.view() {
                View::Entry(entry) => entry.has_key(rank.key).then_some(entry),
                _ => in_region(),
            };
        }
        match child.view() {
            View::Branch(branch) => {
                let bit = rank.bit::<S>(depth);
                if branch.info.bitmap & bit == 0 {
                    return None;
                }
                child = branch.children.at(branch.info.position(bit));
                depth += 1;
            }
            View::Entry(entry) => {
                return entry.has_key(rank.key).then_some(entry);
            }
            View::Leaf(leaf) => {
                let at = position_in_leaf::<S>(leaf, rank)?;
                return Some(leaf.children.at(at).entry());
            }
        }
    }
}

/// Where a leaf has the key.
#[allow(clippy::inline_always)] // Else a get passes the leaf through memory: a fifth more time.
#[inline(always)]
pub(super) fn position_in_leaf<S: Shape>(leaf: LeafRef<'_>, rank: Rank<'_>) -> Option<usize> {
    let entries = leaf.children;
    if entries.len() > TAGS {
        return position_by_rank::<S>(leaf, rank);
    }
    let mut candidates = matching_bytes(leaf.info.tags(), tag_of(rank.hash));
    while candidates != 0 {
        let at = (candidates.trailing_zeros() / 8) as usize;
        candidates &= candidates - 1;
        if at >= entries.len() {
            return None;
        }
        let entry = entries.at(at).entry();
        if entry.has_key(rank.key) {
            return Some(at);
        }
    }
    None
}

#[cold]
fn position_by_rank<S: Shape>(leaf: LeafRef<'_>, rank: Rank<'_>) -> Option<usize> {
    let (entries, at) = (leaf.children, gap_in_leaf::<S>(leaf, rank));
    (at < entries.len() && entries.at(at).entry().rank() == rank).then_some(at)
}

/// How many entries of a leaf come before a key.
pub(super) fn gap_in_leaf<S: Shape>(leaf: LeafRef<'_>, rank: Rank<'_>) -> usize {
    let (mut low, mut high) = (0, leaf.children.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        if leaf.children.at(middle).entry().rank().cmp::<S>(rank).is_lt() {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// The high bit of every byte of `word` that equals `byte`; bytes above such a one may be set as
/// well.
///
/// (Such a false hit costs one comparison of the entry, never a wrong answer.)
#[inline]
fn matching_bytes(word: u64, byte: u8) -> u64 {
    const LOW: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let zero_where_equal = word ^ u64::from_ne_bytes([byte; 8]);
    zero_where_equal.wrapping_sub(LOW) & !zero_where_equal & HIGH
}
