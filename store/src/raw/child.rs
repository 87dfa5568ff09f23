//! One word that owns an entry, a leaf or a branch.

use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use super::block::{Block, Count, Head, Ref};
use crate::node::{BranchInfo, EntryInfo, LeafInfo};

type Entry = Block<EntryInfo, u8>;
type Leaf = Block<LeafInfo, Entry>;
type Branch = Block<BranchInfo, Child>;

/// What a [`Child`] owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Kind {
    Entry = 0,
    Leaf = 1,
    Branch = 2,
}

const KIND_MASK: usize = 0b011;

/// A subtree of the trie: the address of its block with the kind in the low bits (R5).
pub(crate) struct Child {
    word: NonNull<u8>,
}

// SAFETY: a child is a handle to one of three kinds of block, each of which is `Send` and `Sync`.
unsafe impl Send for Child {}
// SAFETY: as above.
unsafe impl Sync for Child {}

/// A borrowed [`Child`], by kind.
#[derive(Clone, Copy)]
pub(crate) enum View<'a> {
    Entry(Ref<'a, EntryInfo, u8>),
    Leaf(Ref<'a, LeafInfo, Entry>),
    Branch(Ref<'a, BranchInfo, Child>),
}

/// A mutably borrowed [`Child`], by kind.
pub(crate) enum LentView<'a> {
    Entry(Lent<'a, EntryInfo, u8>),
    Leaf(Lent<'a, LeafInfo, Entry>),
    Branch(Lent<'a, BranchInfo, Child>),
}

fn tagged<H>(head: NonNull<Head<H>>, kind: Kind) -> NonNull<u8> {
    // The low bits are zero (R5), so this stays within the block and is never null.
    head.cast::<u8>().map_addr(|address| address | kind as usize)
}

impl Child {
    fn own<H, T>(block: Block<H, T>, kind: Kind) -> Self {
        // The count of the handle goes over to the word (R1).
        Self { word: tagged(ManuallyDrop::new(block).as_raw(), kind) }
    }

    #[inline]
    pub(crate) fn kind(&self) -> Kind {
        match self.word.addr().get() & KIND_MASK {
            0 => Kind::Entry,
            1 => Kind::Leaf,
            _ => Kind::Branch,
        }
    }

    #[inline]
    fn address(&self) -> NonNull<u8> {
        let address = self.word.as_ptr().map_addr(|address| address & !KIND_MASK);
        // SAFETY: the word is the address of a block plus its kind (R5); a block is not at null.
        unsafe { NonNull::new_unchecked(address) }
    }

    #[inline]
    pub(crate) fn view(&self) -> View<'_> {
        let at = self.address();
        // SAFETY: the kind says which block the word owns, and it lives as long as the word (R1).
        unsafe {
            match self.kind() {
                Kind::Entry => View::Entry(Ref::from_raw(at.cast())),
                Kind::Leaf => View::Leaf(Ref::from_raw(at.cast())),
                Kind::Branch => View::Branch(Ref::from_raw(at.cast())),
            }
        }
    }

    #[inline]
    pub(crate) fn lend(&mut self) -> LentView<'_> {
        let (at, kind) = (self.address(), self.kind());
        // SAFETY: the kind says which block the word owns. The count is lent with it: the word is
        // not used before `Lent` is dropped and has written the block back (R6).
        unsafe {
            match kind {
                Kind::Entry => LentView::Entry(Lent::new(Block::from_raw(at.cast()), self)),
                Kind::Leaf => LentView::Leaf(Lent::new(Block::from_raw(at.cast()), self)),
                Kind::Branch => LentView::Branch(Lent::new(Block::from_raw(at.cast()), self)),
            }
        }
    }

    /// Whether both are the very same block.
    #[inline]
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.word == other.word
    }
}

impl From<Entry> for Child {
    fn from(entry: Entry) -> Self {
        Self::own(entry, Kind::Entry)
    }
}

impl From<Leaf> for Child {
    fn from(leaf: Leaf) -> Self {
        Self::own(leaf, Kind::Leaf)
    }
}

impl From<Branch> for Child {
    fn from(branch: Branch) -> Self {
        Self::own(branch, Kind::Branch)
    }
}

impl Clone for Child {
    #[inline]
    fn clone(&self) -> Self {
        // SAFETY: the block lives (R1) and begins with its count, whatever its kind.
        unsafe { self.address().cast::<Count>().as_ref() }.up();
        Self { word: self.word }
    }
}

impl Drop for Child {
    #[inline]
    fn drop(&mut self) {
        let at = self.address();
        // SAFETY: the kind says which block the word owns; its count goes to a handle, dropped
        // here.
        unsafe {
            match self.kind() {
                Kind::Entry => drop(Entry::from_raw(at.cast())),
                Kind::Leaf => drop(Leaf::from_raw(at.cast())),
                Kind::Branch => drop(Branch::from_raw(at.cast())),
            }
        }
    }
}

/// A block taken out of its word for a change, and given back when dropped.
pub(crate) struct Lent<'a, H, T> {
    block: ManuallyDrop<Block<H, T>>,
    word: &'a mut Child,
}

impl<'a, H, T> Lent<'a, H, T> {
    fn new(block: Block<H, T>, word: &'a mut Child) -> Self {
        Self { block: ManuallyDrop::new(block), word }
    }
}

impl<H, T> Deref for Lent<'_, H, T> {
    type Target = Block<H, T>;

    fn deref(&self) -> &Block<H, T> {
        &self.block
    }
}

impl<H, T> DerefMut for Lent<'_, H, T> {
    fn deref_mut(&mut self) -> &mut Block<H, T> {
        &mut self.block
    }
}

impl<H, T> Drop for Lent<'_, H, T> {
    fn drop(&mut self) {
        self.word.word = tagged(self.block.as_raw(), self.word.kind());
    }
}
