//! Making a subtree of entries, bottom up: the place that says which shape belongs to them.

use std::vec::Drain;

use super::{Branch, BranchInfo, Leaf, LeafInfo, Shape, bit};
use crate::raw::{Child, Hashed, Kind, Pen, Spot, Twig};

/// Where blocks are made.
pub(crate) trait Maker: Sized {
    /// An entry that was made before.
    type Entry;
    type Child;
    /// Room in which one twig after the other is made.
    type Twig: Default;

    fn hash(entry: &Self::Entry) -> u64;

    fn key<'a>(&'a self, entry: &'a Self::Entry) -> &'a [u8];

    /// The subtree of one entry.
    fn entry(entry: Self::Entry) -> Self::Child;

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

    /// The branch of some entries at a depth if it is quicker to make it as a whole.
    fn twig<S: Shape>(
        &mut self,
        _: &mut Self::Twig,
        _: &[Self::Entry],
        _: u32,
    ) -> Option<Self::Child> {
        None
    }
}

/// Makes counted blocks.
pub(crate) struct Counted;

impl Maker for Counted {
    type Entry = (u64, Child);
    type Child = Child;
    type Twig = ();

    fn hash((hash, _): &(u64, Child)) -> u64 {
        *hash
    }

    fn key<'a>(&'a self, (_, entry): &'a (u64, Child)) -> &'a [u8] {
        entry.borrow().entry().key()
    }

    fn entry((_, entry): (u64, Child)) -> Child {
        entry
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
    type Entry = Hashed;
    type Child = Spot;
    type Twig = Twig;

    fn hash(entry: &Hashed) -> u64 {
        entry.hash()
    }

    fn key<'a>(&'a self, entry: &'a Hashed) -> &'a [u8] {
        self.key_at(entry.spot())
    }

    fn entry(entry: Hashed) -> Spot {
        entry.spot()
    }

    fn leaf(&mut self, info: LeafInfo, entries: impl ExactSizeIterator<Item = Spot>) -> Spot {
        self.node(Kind::Leaf, info.tags, entries)
    }

    fn branch(&mut self, info: BranchInfo, children: impl ExactSizeIterator<Item = Spot>) -> Spot {
        self.node(Kind::Branch, [info.bitmap, info.total], children)
    }

    fn twig<S: Shape>(&mut self, room: &mut Twig, entries: &[Hashed], depth: u32) -> Option<Spot> {
        room.put::<S>(self, entries, depth)
    }
}

/// The canonical subtree of entries with their hashes, which are sorted by rank, and are taken out.
/// None if there are none. O(n).
pub(crate) fn build<S: Shape, M: Maker>(
    maker: &mut M,
    entries: &mut Vec<M::Entry>,
    depth: u32,
) -> Option<M::Child> {
    let len = entries.len();
    build_next::<S, M>(maker, &mut entries.drain(..), &mut Room::default(), len, depth)
}

/// The whole trie of entries that are sorted by rank and divided by the first digit of their
/// hashes, or are all in one heap. There are more than fit into a leaf if they are divided. O(n).
pub(crate) fn build_divided<S: Shape, M: Maker>(
    maker: &mut M,
    mut heaps: Vec<Vec<M::Entry>>,
) -> Option<M::Child> {
    if let [heap] = &mut heaps[..] {
        return build::<S, M>(maker, heap, 0);
    }
    let info = root_info(heaps.iter().map(Vec::len));
    let children = heaps.iter_mut().filter_map(|heap| build::<S, M>(maker, heap, 1));
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

/// Room that is used again and again.
struct Room<M: Maker> {
    twig: M::Twig,
    /// The children of all branches that are being made.
    waiting: Vec<M::Child>,
}

impl<M: Maker> Default for Room<M> {
    fn default() -> Self {
        Self { twig: M::Twig::default(), waiting: Vec::new() }
    }
}

/// So many entries are looked at one after the other rather than by halves.
const FEW: usize = 32;

/// The subtree of the next `len` entries.
#[expect(clippy::inline_always, reason = "most subtrees are entries and leaves: no call for them")]
#[inline(always)]
fn build_next<S: Shape, M: Maker>(
    maker: &mut M,
    entries: &mut Drain<'_, M::Entry>,
    room: &mut Room<M>,
    len: usize,
    depth: u32,
) -> Option<M::Child> {
    if len <= 1 {
        return entries.next().map(M::entry);
    }
    if len <= S::LEAF || depth == S::DEPTH {
        let info = LeafInfo::of(entries.as_slice()[..len].iter().map(M::hash));
        return Some(maker.leaf(info, entries.take(len).map(M::entry)));
    }
    Some(build_branch::<S, M>(maker, entries, room, len, depth))
}

/// The branch of the next `len` entries.
fn build_branch<S: Shape, M: Maker>(
    maker: &mut M,
    entries: &mut Drain<'_, M::Entry>,
    room: &mut Room<M>,
    len: usize,
    depth: u32,
) -> M::Child {
    if let Some(twig) = maker.twig::<S>(&mut room.twig, &entries.as_slice()[..len], depth) {
        entries.nth(len - 1);
        return twig;
    }
    let total = u32::try_from(len).expect("a store has fewer than 2^32 entries");
    let mut info = BranchInfo { bitmap: 0, total };
    let own = room.waiting.len();
    let mut left = len;
    while left > 0 {
        let rest = &entries.as_slice()[..left];
        let bit_here =
            |entry: &M::Entry| bit::<S>(M::hash(entry), || S::second_hash(maker.key(entry)), depth);
        let bit = bit_here(&rest[0]);
        // Of few entries most have a child of their own.
        let group = if left <= FEW {
            1 + rest[1..].iter().take_while(|entry| bit_here(entry) <= bit).count()
        } else {
            rest.partition_point(|entry| bit_here(entry) <= bit)
        };
        info.bitmap |= bit;
        let child = build_next::<S, M>(maker, entries, room, group, depth + 1);
        room.waiting.push(child.expect("a group has an entry"));
        left -= group;
    }
    maker.branch(info, room.waiting.drain(own..))
}
