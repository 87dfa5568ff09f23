//! The trie: entries found by the bits of a key's hash, in a shape that depends on nothing else.
//!
//! A subtree is one word (a [`Child`]) that owns one of three kinds of block:
//!
//! ```text
//! branch  │ bitmap, total │ child │ child │ …   a child for each bit set, in their order
//! leaf    │ tags          │ entry │ entry │ …   few entries, sorted by rank
//! entry   │ hash, key length │ key … value …    one key with its value
//!
//! with 4 bits a level, at most 2 entries a leaf, and the hashes 0x11…, 0x1a…, 0x1b…, 0x7c…:
//!
//!            branch {1, 7}                total 4: too many for a leaf
//!            /            \
//!     branch {1, a, b}    entry 0x7c…     total 3: too many for a leaf
//!     /      |       \
//!  0x11…   0x1a…    0x1b…                 a subtree of one entry is the entry itself
//! ```
//!
//! # Invariants
//!
//! A subtree may also lie in a frozen region, where nobody counts its blocks; see
//! [`crate::region`].
//!
//! Depth counts levels from the root (0). Each level takes the next `BITS` bits of a key's hash,
//! most significant first, and once these are used up, of its second hash; which is slow to compute
//! and hard to choose keys for. The *prefix* of a subtree are the bits that lead to it. The *rank*
//! of an entry is the order of hash, second hash and key. [`check`](check::check) tests each by
//! number.
//!
//! - **N1** A subtree of one entry is that entry.
//! - **N2** A subtree of 2 to `LEAF` entries is a leaf; so is every larger one whose depth is
//!   `DEPTH`, where all bits of both hashes are used up.
//! - **N3** Every other subtree is a branch; so a branch has more than `LEAF` entries and lies
//!   above `DEPTH`.
//! - **N4** A branch has as many children as bits in its bitmap, at least one, in the order of the
//!   bits.
//! - **N5** `total` of a branch is the number of entries below it.
//! - **N6** Every entry lies below the prefix of its hashes.
//! - **N7** A leaf is sorted by rank, without repetition.
//! - **N8** Tag `i` of a leaf is the lowest byte of the hash of its entry `i`; tags without an
//!   entry are zero. Entries after the eighth have no tag.
//! - **N9** The hash of an entry is the hash of its key.
//! - **N10** The children of a leaf are entries.
//!
//! N1 to N4, N6 and N7 leave one shape for each set of keys. Equality and difference rest on that,
//! and so does the frozen region. A walk in child order meets entries sorted by rank.

mod build;
mod check;
mod diff;
mod edit;
mod find;
mod tally;

#[cfg(all(test, not(any(loom, shuttle))))]
pub(crate) use build::Counted;
pub(crate) use build::{Maker, build, build_divided, root_info};
pub(crate) use check::check;
pub(crate) use diff::{changes, equal};
pub(crate) use edit::{Overwrite, insert, overwrite, remove};
pub(crate) use find::{find, find_current, find_walking};
pub(crate) use tally::{Tally, tally};

use std::cmp::Ordering;

use crate::hash;
use crate::raw::{Block, Child, ChildRef, Node, Ref, View};

/// The constants of a trie and its order index; tests and models use tiny ones.
pub(crate) trait Shape: Sized + Send + Sync + 'static {
    /// Bits of the hash used by one level, 1 to 5.
    const BITS: u32;
    /// The most entries of a leaf above the last level, 1 to 8. With 1 there are no such leaves.
    const LEAF: usize;
    /// The most keys of a leaf of the order index, at least 2.
    const ORDER_KEYS: usize;
    /// The most children of an inner node of the order index, at least 4.
    const ORDER_CHILDREN: usize;
    /// The most bytes of the keys in a node of the order index, unless they are few: keys are
    /// copied when others appear beside them.
    const ORDER_BYTES: usize = 4 << 10;

    /// The levels that one hash has bits for.
    const LEVELS: u32 = {
        assert!(1 <= Self::BITS && Self::BITS <= 5, "a bitmap has 32 bits");
        assert!(1 <= Self::LEAF && Self::LEAF <= TAGS, "a leaf has eight tags");
        assert!(Self::ORDER_KEYS >= 2 && Self::ORDER_CHILDREN >= 4, "nodes can be halved");
        u64::BITS.div_ceil(Self::BITS)
    };
    /// The depth at which all bits of both hashes are used up.
    const DEPTH: u32 = 2 * Self::LEVELS;

    fn hash(key: &[u8]) -> u64 {
        hash::hash64(key)
    }

    /// Where a key lies.
    fn rank(key: &[u8]) -> Rank<'_> {
        Rank { hash: Self::hash(key), key }
    }

    /// Tells keys of one hash apart.
    fn second_hash(key: &[u8]) -> u64 {
        hash::second_hash(key)
    }
}

/// What says where a key lies in the trie.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rank<'a> {
    pub(crate) hash: u64,
    pub(crate) key: &'a [u8],
}

impl Rank<'_> {
    #[inline]
    fn bit<S: Shape>(self, depth: u32) -> u32 {
        bit::<S>(self.hash, || S::second_hash(self.key), depth)
    }

    pub(crate) fn cmp<S: Shape>(self, other: Rank<'_>) -> Ordering {
        self.hash.cmp(&other.hash).then_with(|| {
            if self.key == other.key {
                return Ordering::Equal;
            }
            let second = S::second_hash(self.key).cmp(&S::second_hash(other.key));
            second.then_with(|| self.key.cmp(other.key))
        })
    }
}

/// The bit of a branch at this depth that leads towards the hashes of a key. Depth is below
/// `DEPTH`. The second hash is computed anew for each level: only chosen keys come to them.
#[inline]
fn bit<S: Shape>(hash: u64, second_hash: impl FnOnce() -> u64, depth: u32) -> u32 {
    let (hash, level) = match depth.checked_sub(S::LEVELS) {
        None => (hash, depth),
        Some(level) => (second_hash(), level),
    };
    1 << digit::<S>(hash, level)
}

/// The bits of a hash that one level takes.
#[inline]
pub(crate) fn digit<S: Shape>(hash: u64, level: u32) -> u64 {
    (hash << (level * S::BITS)) >> (u64::BITS - S::BITS)
}

/// Entries of a leaf that have a tag: as many as there are bytes in a word.
pub(crate) const TAGS: usize = 8;

pub(crate) type Entry = Block<EntryInfo, u8>;
pub(crate) type EntryRef<'a> = Ref<'a, EntryInfo, u8>;
pub(crate) type Leaf = Block<LeafInfo, Child>;
pub(crate) type LeafRef<'a> = Node<'a, LeafInfo>;
pub(crate) type Branch = Block<BranchInfo, Child>;
pub(crate) type BranchRef<'a> = Node<'a, BranchInfo>;

/// The fixed part of an entry; its items are the bytes of the key, then those of the value.
///
/// This and the other fixed parts are made of words and nothing else: so they can lie in a region.
#[derive(Clone)]
#[repr(C)]
pub(crate) struct EntryInfo {
    key_len: u32,
    /// The upper half, then the lower one.
    hash: [u32; 2],
}

#[derive(Clone)]
#[repr(C)]
pub(crate) struct LeafInfo {
    /// The tags of the first four entries, then those of the others, least significant byte first.
    tags: [u32; 2],
}

#[derive(Clone)]
#[repr(C)]
pub(crate) struct BranchInfo {
    pub(crate) bitmap: u32,
    total: u32,
}

impl EntryInfo {
    pub(crate) fn new(hash: u64, key: &[u8]) -> Self {
        let key_len = u32::try_from(key.len()).expect("a key is shorter than 4 GiB");
        Self { key_len, hash: halves(hash) }
    }

    pub(crate) fn words(&self) -> [u32; 3] {
        [self.key_len, self.hash[0], self.hash[1]]
    }
}

/// The upper half, then the lower one.
#[allow(clippy::cast_possible_truncation)] // The two halves are meant.
#[inline]
fn halves(word: u64) -> [u32; 2] {
    [(word >> 32) as u32, word as u32]
}

impl Entry {
    pub(crate) fn entry(hash: u64, key: &[u8], value: &[u8]) -> Self {
        Self::from_parts(EntryInfo::new(hash, key), [key, value])
    }
}

/// Gives an entry another value: in place where that can be done, else in a new block.
fn set_value(entry: &mut Child, value: &[u8]) {
    if let Some(mut own) = entry.lend_entry() {
        let key_len = own.info().key_len as usize;
        if own.rewrite_tail(key_len, value) {
            return;
        }
    }
    let old = entry.borrow().entry();
    *entry = Entry::from_parts(old.info().clone(), [old.key(), value]).into();
}

impl<'a> EntryRef<'a> {
    #[inline]
    pub(crate) fn hash(self) -> u64 {
        let [high, low] = self.info().hash.map(u64::from);
        high << 32 | low
    }

    #[inline]
    pub(crate) fn key(self) -> &'a [u8] {
        &self.items()[..self.info().key_len as usize]
    }

    #[inline]
    pub(crate) fn value(self) -> &'a [u8] {
        &self.items()[self.info().key_len as usize..]
    }

    /// Whether this is the entry of a key. That its hash is another says nothing sooner.
    #[inline]
    pub(crate) fn has_key(self, key: &[u8]) -> bool {
        hash::equal(self.key(), key)
    }

    /// Where the entry lies.
    #[inline]
    pub(crate) fn rank(self) -> Rank<'a> {
        Rank { hash: self.hash(), key: self.key() }
    }
}

impl BranchInfo {
    /// Where the child of a bit is, or would be.
    #[inline]
    fn position(&self, bit: u32) -> usize {
        count_ones(self.bitmap & (bit - 1))
    }
}

/// How many bits are set.
///
/// Processors count them in one step, but programs are compiled for any of their family, and then
/// that is not used. Up to 15 bits, all that a bitmap of 16 has below one of them, two products do:
/// of four copies, each 15 bits further on, every fourth bit together is each bit once.
#[inline]
fn count_ones(bits: u32) -> usize {
    const COPIES: u64 = 1 | 1 << 15 | 1 << 30 | 1 << 45;
    const FOURTHS: u64 = 0x1111_1111_1111_1111;
    if bits >> 15 != 0 {
        return bits.count_ones() as usize;
    }
    let ones = (u64::from(bits) * COPIES) & FOURTHS;
    (ones.wrapping_mul(FOURTHS) >> 60) as usize
}

impl LeafInfo {
    /// For entries of these hashes.
    pub(crate) fn of(hashes: impl Iterator<Item = u64>) -> Self {
        let tags = hashes.map(tag_of).map(u64::from).zip((0..).step_by(8)).take(TAGS);
        Self::from_tags(tags.fold(0, |tags, (tag, place)| tags | tag << place))
    }

    fn of_entries(entries: &[Child]) -> Self {
        Self::of(entries.iter().map(|entry| entry.borrow().entry().hash()))
    }

    fn from_tags(tags: u64) -> Self {
        let [upper, lower] = halves(tags);
        Self { tags: [lower, upper] }
    }

    #[cfg(all(test, not(any(loom, shuttle))))]
    pub(crate) fn words(&self) -> [u32; 2] {
        self.tags
    }

    /// The tag of the first entry in the least significant byte, and so on.
    #[inline]
    fn tags(&self) -> u64 {
        let [lower, upper] = self.tags.map(u64::from);
        upper << 32 | lower
    }

    /// Makes room at `at` for the tag of a hash. The entries themselves need not be loaded.
    fn insert_tag(&mut self, at: usize, hash: u64) {
        if at < TAGS {
            let tags = self.tags();
            let below = (1 << (8 * at)) - 1;
            let tag = u64::from(tag_of(hash)) << (8 * at);
            *self = Self::from_tags((tags & below) | tag | (tags & !below) << 8);
        }
    }

    /// Closes the gap of the entry that was at `at`; `left` are those left.
    fn remove_tag(&mut self, at: usize, left: &[Child]) {
        if left.len() < TAGS {
            let tags = self.tags();
            let below = (1 << (8 * at)) - 1;
            *self = Self::from_tags((tags & below) | (tags >> 8 & !below));
        } else {
            // An entry moved up from where there are no tags.
            *self = Self::of_entries(left);
        }
    }
}

/// The byte of a hash that tells entries of one neighbourhood apart.
#[inline]
pub(crate) fn tag_of(hash: u64) -> u8 {
    hash.to_le_bytes()[0]
}

/// Calls `visit` for every entry of a subtree, sorted by rank.
pub(crate) fn for_each<'a>(child: ChildRef<'a>, visit: &mut impl FnMut(EntryRef<'a>)) {
    for_each_word(child, &mut |entry| visit(entry.entry()));
}

/// As [`for_each`], for who wants to share the entries.
fn for_each_word<'a>(child: ChildRef<'a>, visit: &mut impl FnMut(ChildRef<'a>)) {
    match child.view() {
        View::Entry(_) => visit(child),
        View::Leaf(leaf) => leaf.children.iter().for_each(visit),
        View::Branch(branch) => {
            branch.children.iter().for_each(|child| for_each_word(child, visit));
        }
    }
}

/// How many entries a subtree has.
fn total(child: ChildRef<'_>) -> usize {
    match child.view() {
        View::Entry(_) => 1,
        View::Leaf(leaf) => leaf.children.len(),
        View::Branch(branch) => branch.info.total as usize,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn bits_are_counted() {
        for bits in (0..1 << 17).chain([u32::MAX, 1 << 31]) {
            assert_eq!(super::count_ones(bits), bits.count_ones() as usize, "{bits:b}");
        }
    }
}
