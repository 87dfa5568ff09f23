//! Making a subtree of entries, bottom up: the one place that says which shape belongs to them.

use std::vec::IntoIter;

use super::{Branch, BranchInfo, Leaf, LeafInfo, Shape, bit};
use crate::raw::{Child, Kind, Pen, Spot};

/// Where blocks are made.
pub(crate) trait Maker {
    type Child;

    /// The key of an entry that was made before.
    fn key<'a>(&'a self, entry: &'a Self::Child) -> &'a [u8];

    fn leaf(
        &mut self,
        info: LeafInfo,
        entries: impl ExactSizeIterator<Item = Self::Child>,
    ) -> Self::Child;

    fn branch(
        &mut self,
        info: BranchInfo,
        children: impl ExactSizeIterator<Item = Self::Child>,
    ) -> Self::Child;
}

/// Makes counted blocks.
pub(crate) struct Counted;

impl Maker for Counted {
    type Child = Child;

    fn key<'a>(&'a self, entry: &'a Child) -> &'a [u8] {
        entry.borrow().entry().key()
    }

    fn leaf(&mut self, info: LeafInfo, entries: impl ExactSizeIterator<Item = Child>) -> Child {
        Leaf::gather(info, entries.len(), entries).into()
    }

    fn branch(
        &mut self,
        info: BranchInfo,
        children: impl ExactSizeIterator<Item = Child>,
    ) -> Child {
        Branch::gather(info, children.len(), children).into()
    }
}

/// Makes blocks of a frozen region.
impl<P: Pen> Maker for P {
    type Child = Spot;

    fn key<'a>(&'a self, entry: &'a Spot) -> &'a [u8] {
        self.key_at(*entry)
    }

    fn leaf(&mut self, info: LeafInfo, entries: impl ExactSizeIterator<Item = Spot>) -> Spot {
        self.node(Kind::Leaf, info.tags, entries)
    }

    fn branch(&mut self, info: BranchInfo, children: impl ExactSizeIterator<Item = Spot>) -> Spot {
        self.node(Kind::Branch, [info.bitmap, info.total], children)
    }
}

/// The canonical subtree of entries with their hashes, which are sorted by rank. None if there are
/// none. O(n).
pub(crate) fn build<S: Shape, M: Maker>(
    maker: &mut M,
    entries: Vec<(u64, M::Child)>,
    depth: u32,
) -> Option<M::Child> {
    let len = entries.len();
    build_next::<S, M>(maker, &mut entries.into_iter(), &mut Vec::new(), len, depth)
}

/// The whole trie of entries that are sorted by rank and divided by the first digit of their
/// hashes, or are all in one heap. There are more than fit into a leaf if they are divided. O(n).
pub(crate) fn build_divided<S: Shape, M: Maker>(
    maker: &mut M,
    mut heaps: Vec<Vec<(u64, M::Child)>>,
) -> Option<M::Child> {
    if heaps.len() == 1 {
        return build::<S, M>(maker, heaps.remove(0), 0);
    }
    let info = root_info(heaps.iter().map(Vec::len));
    let children = heaps.into_iter().filter_map(|heap| build::<S, M>(maker, heap, 1));
    let children: Vec<_> = children.collect();
    Some(maker.branch(info, children.into_iter()))
}

/// That of a root with so many entries below each digit.
pub(crate) fn root_info(lens: impl Iterator<Item = usize>) -> BranchInfo {
    let mut info = BranchInfo { bitmap: 0, total: 0 };
    for (digit, len) in lens.enumerate() {
        info.bitmap |= u32::from(len > 0) << digit;
        info.total += u32::try_from(len).expect("a store has fewer than 2^32 entries");
    }
    info
}

/// So many entries are looked at one after the other rather than by halves.
const FEW: usize = 32;

/// The subtree of the next `len` entries.
#[expect(clippy::inline_always, reason = "most subtrees are entries and leaves: no call for them")]
#[inline(always)]
fn build_next<S: Shape, M: Maker>(
    maker: &mut M,
    entries: &mut IntoIter<(u64, M::Child)>,
    waiting: &mut Vec<M::Child>,
    len: usize,
    depth: u32,
) -> Option<M::Child> {
    if len <= 1 {
        return entries.next().map(|(_, entry)| entry);
    }
    if len <= S::LEAF || depth == S::DEPTH {
        let info = LeafInfo::of(entries.as_slice()[..len].iter().map(|(hash, _)| *hash));
        return Some(maker.leaf(info, entries.take(len).map(|(_, entry)| entry)));
    }
    Some(build_branch::<S, M>(maker, entries, waiting, len, depth))
}

/// The branch of the next `len` entries. The children of all branches that are being made wait on
/// one stack.
fn build_branch<S: Shape, M: Maker>(
    maker: &mut M,
    entries: &mut IntoIter<(u64, M::Child)>,
    waiting: &mut Vec<M::Child>,
    len: usize,
    depth: u32,
) -> M::Child {
    let total = u32::try_from(len).expect("a store has fewer than 2^32 entries");
    let mut info = BranchInfo { bitmap: 0, total };
    let own = waiting.len();
    let mut left = len;
    while left > 0 {
        let rest = &entries.as_slice()[..left];
        let bit_here = |(hash, entry): &(u64, M::Child)| {
            bit::<S>(*hash, || S::second_hash(maker.key(entry)), depth)
        };
        let bit = bit_here(&rest[0]);
        // Of few entries most have a child of their own.
        let group = if left <= FEW {
            1 + rest[1..].iter().take_while(|entry| bit_here(entry) <= bit).count()
        } else {
            rest.partition_point(|entry| bit_here(entry) <= bit)
        };
        info.bitmap |= bit;
        let child = build_next::<S, M>(maker, entries, waiting, group, depth + 1);
        waiting.push(child.expect("a group has an entry"));
        left -= group;
    }
    maker.branch(info, waiting.drain(own..))
}
