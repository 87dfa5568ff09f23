//! Reading a child, wherever it lies.

use std::ptr::NonNull;

use super::block::Ref;
use super::child::{Child, ChildRef, Kind};
use super::memory::Spot;
use crate::node::{BranchInfo, EntryInfo, LeafInfo};

/// A borrowed [`Child`], by kind.
#[derive(Clone, Copy)]
pub(crate) enum View<'a> {
    Entry(Ref<'a, EntryInfo, u8>),
    Leaf(Node<'a, LeafInfo>),
    Branch(Node<'a, BranchInfo>),
}

/// A leaf or a branch.
pub(crate) struct Node<'a, H> {
    pub(crate) info: &'a H,
    pub(crate) children: Children<'a>,
}

impl<H> Clone for Node<'_, H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H> Copy for Node<'_, H> {}

/// What lies below a leaf or a branch.
#[derive(Clone, Copy)]
pub(crate) enum Children<'a> {
    Counted(&'a [Child]),
    /// Links, and the frozen block that they are in.
    Frozen(&'a [Link], NonNull<u8>),
}

// SAFETY: as `&[Child]`; frozen memory is only read (R7).
unsafe impl Send for Children<'_> {}
// SAFETY: as `&[Child]`; frozen memory is only read (R7).
unsafe impl Sync for Children<'_> {}

/// Where a child of a frozen block lies: how far before the block, in units of 8 bytes, times 4,
/// plus the kind.
///
/// Children come before their parents, so that no chain of links has a cycle.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Link(u32);

impl Link {
    /// The farthest that a child can lie before its parent, in units.
    pub(super) const REACH: u32 = u32::MAX >> 2;

    /// From one place to an earlier one, in units from the beginning of a region.
    pub(super) fn new(from: u32, to: u32, kind: Kind) -> Self {
        let distance = from - to;
        assert!(0 < distance && distance <= Self::REACH, "a child lies before its parent");
        Self(distance << 2 | kind as u32)
    }

    pub(super) fn to_word(self) -> u32 {
        self.0
    }

    /// What [`to_word`](Self::to_word) gave, or any other word.
    pub(super) fn from_word(word: u32) -> Self {
        Self(word)
    }

    /// Where the child of a block lies, if there are as many units before the block.
    pub(super) fn child_of(self, block: u32) -> Option<Spot> {
        let Self(word) = self;
        Some(Spot { at: block.checked_sub(word >> 2)?, kind: Kind::of_low_bits(word as usize) })
    }
}

impl View<'_> {
    /// # Safety
    ///
    /// At `body` a frozen block of this kind must begin, and its region must live for `'a` (R7).
    #[inline]
    pub(super) unsafe fn frozen(body: NonNull<u8>, kind: Kind) -> Self {
        // SAFETY: by the caller (R7).
        unsafe {
            match kind {
                Kind::Entry => Self::Entry(Ref::from_raw(body.cast())),
                Kind::Leaf => Self::Leaf(Node::frozen(body)),
                Kind::Branch => Self::Branch(Node::frozen(body)),
            }
        }
    }
}

impl<'a, H> Node<'a, H> {
    #[inline]
    pub(crate) fn counted(block: Ref<'a, H, Child>) -> Self {
        Self { info: block.info(), children: Children::Counted(block.items()) }
    }

    /// # Safety
    ///
    /// As for [`View::frozen`].
    #[inline]
    unsafe fn frozen(body: NonNull<u8>) -> Self {
        // SAFETY: by the caller (R7).
        let block: Ref<'a, H, Link> = unsafe { Ref::from_raw(body.cast()) };
        Self { info: block.info(), children: Children::Frozen(block.items(), body) }
    }
}

impl<'a> Children<'a> {
    #[inline]
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Counted(children) => children.len(),
            Self::Frozen(links, _) => links.len(),
        }
    }

    /// The child at a position, which is below `len`.
    #[inline]
    pub(crate) fn at(self, at: usize) -> ChildRef<'a> {
        match self {
            Self::Counted(children) => children[at].borrow(),
            Self::Frozen(links, block) => {
                let Link(link) = links[at];
                // SAFETY: that far before the block lies its child, in the same region (R7).
                unsafe {
                    let child = block.byte_sub((link >> 2) as usize * 8);
                    ChildRef::frozen(child, Kind::of_low_bits(link as usize))
                }
            }
        }
    }

    #[inline]
    pub(crate) fn iter(self) -> impl Iterator<Item = ChildRef<'a>> + Clone {
        (0..self.len()).map(move |at| self.at(at))
    }
}
