//! The trie: entries found by the bits of a key's hash, in a shape that depends on nothing else.
//!
//! A subtree is one word (a [`Child`]) that owns one of three kinds of block:
//!
//! ```text
//! branch  │ bitmap, total │ child │ child │ …   one child for each bit set, in the order of the bits
//! leaf    │ tags          │ entry │ entry │ …   few entries, sorted by hash, then by key
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
//! Depth counts levels from the root (0). The *prefix* of a subtree is the part of the hash that leads
//! to it: `depth * BITS` bits, most significant first. [`check`](check::check) tests each by number.
//!
//! - **N1** A subtree of one entry is that entry.
//! - **N2** A subtree of 2 to `LEAF` entries is a leaf; so is every larger one whose depth is `DEPTH`,
//!   where all bits of the hash are used up.
//! - **N3** Every other subtree is a branch; so a branch has more than `LEAF` entries and lies above
//!   `DEPTH`.
//! - **N4** A branch has as many children as bits in its bitmap, at least one, in the order of the bits.
//! - **N5** `total` of a branch is the number of entries below it.
//! - **N6** Every entry lies below the prefix of its hash.
//! - **N7** A leaf is sorted by hash, then by key, without repetition.
//! - **N8** Tag `i` of a leaf is the lowest byte of the hash of its entry `i`; tags without an entry are
//!   zero. Entries after the eighth have no tag.
//! - **N9** The hash of an entry is the hash of its key.
//!
//! N1 to N4, N6 and N7 leave one shape for each set of keys. Equality and difference rest on that, and
//! so will the image. A walk in child order meets entries sorted by hash, then key.

mod check;
mod diff;
mod edit;
mod find;
mod tally;

pub(crate) use check::check;
pub(crate) use diff::{changes, equal};
pub(crate) use edit::{build, insert, remove, replace};
pub(crate) use find::find;
pub(crate) use tally::{Tally, tally};

use crate::raw::{Block, Child, Ref, View};

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

    /// The depth at which all bits of the hash are used up.
    const DEPTH: u32 = {
        assert!(1 <= Self::BITS && Self::BITS <= 5, "a bitmap has 32 bits");
        assert!(1 <= Self::LEAF && Self::LEAF <= TAGS, "a leaf has eight tags");
        assert!(Self::ORDER_KEYS >= 2 && Self::ORDER_CHILDREN >= 4, "nodes can be halved");
        64_u32.div_ceil(Self::BITS)
    };

    fn hash(key: &[u8]) -> u64 {
        crate::hash::hash64(key)
    }
}

/// The bit of a branch at this depth that leads towards the hash. Depth is below `DEPTH`.
#[inline]
fn bit<S: Shape>(hash: u64, depth: u32) -> u32 {
    let digit = (hash << (depth * S::BITS)) >> (64 - S::BITS);
    1 << digit
}

/// Entries of a leaf that have a tag: as many as there are bytes in a word.
const TAGS: usize = 8;

pub(crate) type Entry = Block<EntryInfo, u8>;
pub(crate) type EntryRef<'a> = Ref<'a, EntryInfo, u8>;
pub(crate) type Leaf = Block<LeafInfo, Entry>;
pub(crate) type LeafRef<'a> = Ref<'a, LeafInfo, Entry>;
pub(crate) type Branch = Block<BranchInfo, Child>;
pub(crate) type BranchRef<'a> = Ref<'a, BranchInfo, Child>;

/// The fixed part of an entry; its items are the bytes of the key, then those of the value.
#[derive(Clone)]
pub(crate) struct EntryInfo {
    key_len: u32,
    /// In two halves, so that an entry need not be padded to a multiple of eight.
    hash: [u32; 2],
}

#[derive(Clone)]
pub(crate) struct LeafInfo {
    tags: u64,
}

#[derive(Clone)]
pub(crate) struct BranchInfo {
    pub(crate) bitmap: u32,
    total: u32,
}

impl Entry {
    pub(crate) fn entry(hash: u64, key: &[u8], value: &[u8]) -> Self {
        let key_len = u32::try_from(key.len()).expect("a key is shorter than 4 GiB");
        #[allow(clippy::cast_possible_truncation)] // The two halves are meant.
        let hash = [(hash >> 32) as u32, hash as u32];
        Self::from_parts(EntryInfo { key_len, hash }, [key, value])
    }

    /// Gives the entry another value: in place where that can be done, else in a new block.
    fn set_value(&mut self, value: &[u8]) {
        let key_len = self.info().key_len as usize;
        if !self.rewrite_tail(key_len, value) {
            *self = Self::from_parts(self.info().clone(), [self.borrow().key(), value]);
        }
    }
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

    /// Where the entry stands in a leaf.
    #[inline]
    pub(crate) fn rank(self) -> (u64, &'a [u8]) {
        (self.hash(), self.key())
    }
}

impl BranchInfo {
    /// Where the child of a bit is, or would be.
    #[inline]
    fn position(&self, bit: u32) -> usize {
        (self.bitmap & (bit - 1)).count_ones() as usize
    }
}

impl LeafInfo {
    fn of(entries: &[Entry]) -> Self {
        let mut tags = [0; TAGS];
        for (tag, entry) in tags.iter_mut().zip(entries) {
            *tag = tag_of(entry.borrow().hash());
        }
        Self { tags: u64::from_le_bytes(tags) }
    }

    /// Makes room at `at` for the tag of a hash. The entries themselves need not be loaded.
    fn insert_tag(&mut self, at: usize, hash: u64) {
        if at < TAGS {
            let below = (1 << (8 * at)) - 1;
            let tag = u64::from(tag_of(hash)) << (8 * at);
            self.tags = (self.tags & below) | tag | (self.tags & !below) << 8;
        }
    }

    /// Closes the gap of the entry that was at `at`; `left` are those left.
    fn remove_tag(&mut self, at: usize, left: &[Entry]) {
        if left.len() < TAGS {
            let below = (1 << (8 * at)) - 1;
            self.tags = (self.tags & below) | (self.tags >> 8 & !below);
        } else {
            // An entry moved up from where there are no tags.
            *self = Self::of(left);
        }
    }
}

#[inline]
fn tag_of(hash: u64) -> u8 {
    hash.to_le_bytes()[0]
}

/// Calls `visit` for every entry of a subtree, sorted by hash, then key.
pub(crate) fn for_each<'a>(child: &'a Child, visit: &mut impl FnMut(EntryRef<'a>)) {
    match child.view() {
        View::Entry(entry) => visit(entry),
        View::Leaf(leaf) => leaf.items().iter().for_each(|entry| visit(entry.borrow())),
        View::Branch(branch) => branch.items().iter().for_each(|child| for_each(child, visit)),
    }
}

/// How many entries a subtree has.
fn total(child: &Child) -> usize {
    match child.view() {
        View::Entry(_) => 1,
        View::Leaf(leaf) => leaf.items().len(),
        View::Branch(branch) => branch.info().total as usize,
    }
}
