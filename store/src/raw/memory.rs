//! The memory of a frozen region.
//!
//! Everything in it is made of 32-bit words; blocks begin at multiples of 8 bytes, a *unit*. A
//! frozen block is the body of a counted one: its length, its fixed part, and its items, which are
//! [`Link`]s where the counted block has words of its own.

use std::ops::Range;
use std::ptr::NonNull;

use super::backing::Backing;
use super::block::{Block, Ref};
use super::child::{ChildRef, Kind};
use super::view::Link;
use crate::node::{BranchInfo, EntryInfo, LeafInfo};
use crate::sync::StdArc;

/// 64 bytes, aligned to as many: a line of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub(crate) struct Line(pub(crate) [u32; LINE_WORDS]);

/// Words of a line.
pub(crate) const LINE_WORDS: usize = 16;
pub(crate) const LINE: usize = size_of::<Line>();
pub(crate) const UNIT: usize = 8;
pub(super) const WORD: usize = 4;
/// Bytes of an entry before its key: four words.
pub(super) const ENTRY_HEAD: usize = {
    assert!(Block::<EntryInfo, u8>::BEHIND_BODY == 16, "as `Writer::entry` writes it");
    16
};
/// Bytes of a node before its links: three words.
pub(super) const NODE_HEAD: usize = {
    assert!(Block::<LeafInfo, Link>::BEHIND_BODY == 12, "as `Pen::node` puts it");
    assert!(Block::<BranchInfo, Link>::BEHIND_BODY == 12, "as `Pen::node` puts it");
    12
};

/// A place where a block begins, in units, with the kind of the block. A [`Writer`] makes it, or it
/// is read from an image, as is that of a [`Hashed`] (R9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(super) at: u32,
    pub(super) kind: Kind,
}

impl Spot {
    /// Units from the beginning.
    pub(crate) fn at(self) -> u32 {
        self.at
    }

    /// Place and kind in a word, which an image keeps.
    pub(crate) fn to_word(self) -> u32 {
        self.at << 2 | self.kind as u32
    }

    /// What [`to_word`](Self::to_word) gave.
    pub(crate) fn from_word(word: u32) -> Self {
        Self { at: word >> 2, kind: Kind::of_low_bits(word as usize) }
    }
}

/// An entry of a memory, with the hash of its key. Without gaps, since many of them are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hashed {
    /// As bytes, which need no room to be aligned.
    hash: [u8; 8],
    at: u32,
}

impl Hashed {
    #[inline]
    pub(crate) fn new(hash: u64, at: u32) -> Self {
        Self { hash: hash.to_ne_bytes(), at }
    }

    #[inline]
    pub(crate) fn hash(self) -> u64 {
        u64::from_ne_bytes(self.hash)
    }

    /// Where it begins.
    #[inline]
    pub(crate) fn spot(self) -> Spot {
        Spot { at: self.at, kind: Kind::Entry }
    }
}

/// Memory that has been written to the end and never changes.
pub(crate) struct Memory {
    lines: NonNull<[Line]>,
    /// Keeps the lines (R8).
    _backing: StdArc<Backing>,
}

// SAFETY: as `Arc<[Line]>`: the lines live as long as their backing, and never change (R8).
unsafe impl Send for Memory {}
// SAFETY: as above (R8).
unsafe impl Sync for Memory {}

impl Memory {
    /// Some lines of a backing, which has them.
    pub(crate) fn new(backing: StdArc<Backing>, lines: Range<usize>) -> Self {
        Self { lines: NonNull::from(&backing.lines()[lines]), _backing: backing }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.lines.len() * LINE
    }

    #[inline]
    pub(crate) fn lines(&self) -> &[Line] {
        // SAFETY: they were taken from the backing, which lives as long and never changes (R8).
        unsafe { self.lines.as_ref() }
    }

    #[inline]
    pub(crate) fn line(&self, at: usize) -> &Line {
        &self.lines()[at]
    }

    fn start(&self) -> NonNull<u8> {
        self.lines.cast()
    }

    /// The block at a spot that the writer of this memory gave.
    pub(crate) fn child(&self, spot: Spot) -> ChildRef<'_> {
        assert!((spot.at as usize) < self.bytes() / UNIT, "a spot in this memory");
        // SAFETY: the writer put a block of this kind there (R9); `self` is borrowed as long (R7).
        unsafe { ChildRef::frozen(self.start().byte_add(spot.at as usize * UNIT), spot.kind) }
    }

    /// The entry that begins that many units from the beginning.
    #[inline]
    pub(crate) fn entry(&self, at: u32) -> Ref<'_, EntryInfo, u8> {
        let at = at as usize * UNIT;
        let head = ENTRY_HEAD;
        assert!(at + head <= self.bytes(), "an entry in this memory");
        // SAFETY: all of the head lies in the memory, aligned, and is made of words (R8). The items
        // are not read before their length has been compared.
        let entry: Ref<'_, EntryInfo, u8> =
            unsafe { Ref::from_raw(self.start().byte_add(at).cast()) };
        assert!(entry.len() <= self.bytes() - head - at, "an entry in this memory");
        entry
    }

    /// The bytes between two places, if they lie in the memory.
    pub(crate) fn bytes_between(&self, places: Range<u32>) -> Option<&[u8]> {
        bytes_of(self.lines()).get(places.start as usize * UNIT..places.end as usize * UNIT)
    }

    /// Whether all bytes from a place to the end of its line are zero.
    pub(crate) fn is_zero_behind(&self, at: u32) -> bool {
        let at = at as usize * UNIT;
        bytes_of(self.lines())[at..at.next_multiple_of(LINE)].iter().all(|byte| *byte == 0)
    }

    /// Where the entry behind this one begins, if they were written one after the other.
    #[inline]
    pub(crate) fn behind(at: u32, entry: Ref<'_, EntryInfo, u8>) -> u32 {
        at + units(ENTRY_HEAD + entry.len())
    }

    /// Where an entry of this memory begins, in units.
    pub(crate) fn place(&self, entry: Ref<'_, EntryInfo, u8>) -> u32 {
        let bytes = entry.address().get() - self.start().addr().get();
        units(bytes)
    }

    /// The children of a branch and the places where the nodes of each end, which begin at a place,
    /// as the memory has it: nothing that it says is known to be right but that the places ascend
    /// and lie in the memory. None if they do not.
    pub(crate) fn hearsay(&self, branch: Spot, begin: u32) -> Option<Vec<(Spot, u32)>> {
        const CHILDREN_MAX: u32 = 32;
        let words = bytes_of(self.lines()).as_chunks().0;
        let word = |at: usize| words.get(at).map(|word| u32::from_ne_bytes(*word));
        let words_at = |place: u32| place as usize * UNIT / WORD;
        let children = word(words_at(branch.at)).filter(|children| *children <= CHILDREN_MAX)?;
        let mut end = begin;
        let child = |number| {
            let link = word(words_at(branch.at) + NODE_HEAD / WORD + number as usize)?;
            let child = Link::from_word(link).child_of(branch.at)?;
            if child.kind != Kind::Entry {
                let bytes = NODE_HEAD + word(words_at(child.at))? as usize * WORD;
                let behind = child.at as usize + bytes.div_ceil(UNIT);
                let fits = end <= child.at && behind * UNIT <= self.bytes();
                end = u32::try_from(behind).ok().filter(|_| fits)?;
            }
            Some((child, end))
        };
        (0..children).map(child).collect()
    }

    /// Whether a frozen child lies here.
    pub(crate) fn contains(&self, child: ChildRef<'_>) -> bool {
        let start = self.start().addr().get();
        (start..start + self.bytes()).contains(&child.address().addr().get())
    }
}

/// The units that so many bytes take.
#[inline]
pub(super) fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).expect("a block is shorter than 32 GiB")
}

/// The bytes of lines.
pub(crate) fn bytes_of(lines: &[Line]) -> &[u8] {
    // SAFETY: lines are made of words without gaps, and lie one behind the other (R8).
    unsafe { std::slice::from_raw_parts(lines.as_ptr().cast(), size_of_val(lines)) }
}

/// The same, to write them.
pub(super) fn bytes_of_mut(lines: &mut [Line]) -> &mut [u8] {
    // SAFETY: lines are made of words without gaps, any bytes of which are words again (R8).
    unsafe { std::slice::from_raw_parts_mut(lines.as_mut_ptr().cast(), size_of_val(lines)) }
}
