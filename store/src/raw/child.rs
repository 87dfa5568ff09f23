//! One word that stands for an entry, a leaf or a branch, counted or frozen.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use super::block::{Block, Count, Head, Ref};
use super::view::{Children, Node, View};
use crate::node::{BranchInfo, EntryInfo, LeafInfo};

type Entry = Block<EntryInfo, u8>;
type Leaf = Block<LeafInfo, Child>;
type Branch = Block<BranchInfo, Child>;

/// What a [`Child`] stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Entry = 0,
    Leaf = 1,
    Branch = 2,
}

const KIND_MASK: usize = 0b011;
/// Set in the word of what lies in a region and is not counted.
const FROZEN: usize = 0b100;

impl Kind {
    #[inline]
    pub(super) fn of_low_bits(word: usize) -> Self {
        match word & KIND_MASK {
            0 => Self::Entry,
            1 => Self::Leaf,
            _ => Self::Branch,
        }
    }
}

/// A subtree of the trie: the address of its block with the kind in the low bits (R5).
///
/// A word that is not frozen owns one count of its block. A frozen one owns nothing: it is good as
/// long as the region that it points into (R7).
pub(crate) struct Child {
    word: NonNull<u8>,
}

// SAFETY: a child is a handle to one of three kinds of block, each of which is `Send` and `Sync`
// (R1), or a word to frozen memory, which nobody writes to (R7).
unsafe impl Send for Child {}
// SAFETY: as above (R1, R7).
unsafe impl Sync for Child {}

/// A borrowed [`Child`].
#[derive(Clone, Copy)]
pub(crate) struct ChildRef<'a> {
    word: NonNull<u8>,
    owner: PhantomData<&'a Child>,
}

// SAFETY: as `&Child` (R1, R7).
unsafe impl Send for ChildRef<'_> {}
// SAFETY: as `&Child` (R1, R7).
unsafe impl Sync for ChildRef<'_> {}

/// A mutably borrowed [`Child`], by kind.
pub(crate) enum LentView<'a> {
    Entry(&'a mut Child),
    Leaf(Lent<'a, LeafInfo, Child>),
    Branch(Lent<'a, BranchInfo, Child>),
}

/// A mutably borrowed [`Child`], taken apart where it is a node that is owned alone.
pub(crate) enum OwnView<'a> {
    Leaf(&'a mut LeafInfo, &'a mut [Child]),
    Branch(&'a mut BranchInfo, &'a mut [Child]),
    /// An entry, or what is shared or frozen.
    Other(&'a mut Child),
}

fn tagged<H>(head: NonNull<Head<H>>, kind: Kind) -> NonNull<u8> {
    // The low bits are zero (R5), so this stays within the block and is never null.
    head.cast::<u8>().map_addr(|address| address | kind as usize)
}

impl<'a> ChildRef<'a> {
    /// What lies at `body` in a region.
    ///
    /// # Safety
    ///
    /// A frozen block of this kind must begin there, and its region must live for `'a`.
    #[inline]
    pub(super) unsafe fn frozen(body: NonNull<u8>, kind: Kind) -> Self {
        let word = body.map_addr(|address| address | (FROZEN | kind as usize));
        Self { word, owner: PhantomData }
    }

    #[inline]
    pub(crate) fn kind(self) -> Kind {
        Kind::of_low_bits(self.word.addr().get())
    }

    #[inline]
    pub(crate) fn is_frozen(self) -> bool {
        self.word.addr().get() & FROZEN != 0
    }

    /// Of the head if counted, of the body if frozen.
    #[inline]
    pub(super) fn address(self) -> NonNull<u8> {
        let address = self.word.as_ptr().map_addr(|address| address & !(FROZEN | KIND_MASK));
        // SAFETY: the word is the address of a block plus its tag (R5); a block is not at null.
        unsafe { NonNull::new_unchecked(address) }
    }

    #[inline]
    pub(crate) fn view(self) -> View<'a> {
        if self.is_frozen() {
            // SAFETY: the tag says which block lies there, and its region lives for 'a (R7).
            return unsafe { View::frozen(self.address(), self.kind()) };
        }
        let at = self.address();
        // SAFETY: the kind says which block the word owns, and it lives as long as the word (R1).
        unsafe {
            match self.kind() {
                Kind::Entry => View::Entry(Ref::of_block(at.cast())),
                Kind::Leaf => View::Leaf(Node::counted(Ref::of_block(at.cast()))),
                Kind::Branch => View::Branch(Node::counted(Ref::of_block(at.cast()))),
            }
        }
    }

    /// The entry that this is.
    #[inline]
    pub(crate) fn entry(self) -> Ref<'a, EntryInfo, u8> {
        match self.view() {
            View::Entry(entry) => entry,
            _ => unreachable!("the items of a leaf are entries (N10)"),
        }
    }

    /// A further handle; for what is frozen, a copy of the word.
    #[inline]
    pub(crate) fn share(self) -> Child {
        if !self.is_frozen() {
            // SAFETY: the block lives (R1) and begins with its count, whatever its kind.
            unsafe { self.address().cast::<Count>().as_ref() }.up();
        }
        Child { word: self.word }
    }

    /// Whether both are the very same block.
    #[inline]
    pub(crate) fn same(self, other: Self) -> bool {
        self.word == other.word
    }

    /// Bytes of the block, and whether there is one handle to it only; nothing if it is frozen. For
    /// statistics: another thread may change the latter at once.
    pub(crate) fn counted_bytes(self) -> Option<(usize, bool)> {
        /// Without giving up the count, which is not this handle's.
        fn tell<H, T>(block: Block<H, T>) -> (usize, bool) {
            let block = ManuallyDrop::new(block);
            (block.bytes(), block.is_sole())
        }
        if self.is_frozen() {
            return None;
        }
        let at = self.address();
        // SAFETY: the kind says which block the word owns, and it lives as long as the word (R1).
        Some(unsafe {
            match self.kind() {
                Kind::Entry => tell(Entry::from_raw(at.cast())),
                Kind::Leaf => tell(Leaf::from_raw(at.cast())),
                Kind::Branch => tell(Branch::from_raw(at.cast())),
            }
        })
    }
}

impl Child {
    fn of_block<H, T>(block: Block<H, T>, kind: Kind) -> Self {
        // The count of the handle goes over to the word (R1).
        Self { word: tagged(ManuallyDrop::new(block).as_raw(), kind) }
    }

    #[inline]
    pub(crate) fn borrow(&self) -> ChildRef<'_> {
        ChildRef { word: self.word, owner: PhantomData }
    }

    #[inline]
    pub(crate) fn kind(&self) -> Kind {
        self.borrow().kind()
    }

    /// To change a leaf or a branch; a frozen one is first copied out of its region, by which
    /// nothing below it is touched.
    #[inline]
    pub(crate) fn lend(&mut self) -> LentView<'_> {
        if self.borrow().is_frozen() {
            self.unshare();
        }
        let at = self.borrow().address();
        // SAFETY: the kind says which block the word owns (R5). The count is lent with it: the word
        // is not used before `Lent` is dropped and has written the block back (R6).
        unsafe {
            match self.kind() {
                Kind::Entry => LentView::Entry(self),
                Kind::Leaf => LentView::Leaf(Lent::new(Leaf::from_raw(at.cast()), self)),
                Kind::Branch => LentView::Branch(Lent::new(Branch::from_raw(at.cast()), self)),
            }
        }
    }

    /// To go down to what can be changed in place, copying nothing.
    #[inline]
    pub(crate) fn own(&mut self) -> OwnView<'_> {
        if self.borrow().is_frozen() {
            return OwnView::Other(self);
        }
        let at = self.borrow().address();
        // SAFETY: the kind says which block the word owns (R5), and the word is borrowed mutably.
        unsafe {
            match self.kind() {
                Kind::Entry => {}
                Kind::Leaf => {
                    if let Some((info, entries)) = Leaf::sole_at(at.cast()) {
                        return OwnView::Leaf(info, entries);
                    }
                }
                Kind::Branch => {
                    if let Some((info, children)) = Branch::sole_at(at.cast()) {
                        return OwnView::Branch(info, children);
                    }
                }
            }
        }
        OwnView::Other(self)
    }

    /// To change an entry in place: nothing unless it is a counted one.
    #[inline]
    pub(crate) fn lend_entry(&mut self) -> Option<Lent<'_, EntryInfo, u8>> {
        if self.borrow().is_frozen() || self.kind() != Kind::Entry {
            return None;
        }
        let at = self.borrow().address();
        // SAFETY: as in `lend` (R5, R6).
        Some(unsafe { Lent::new(Entry::from_raw(at.cast()), self) })
    }

    /// Puts a copy in the place of a leaf or a branch that is frozen or shared; its children are
    /// shared from then on.
    #[inline(never)]
    pub(crate) fn unshare(&mut self) {
        fn shares(children: Children<'_>) -> impl Iterator<Item = Child> {
            children.iter().map(ChildRef::share)
        }
        let copy: Child = match self.borrow().view() {
            View::Entry(_) => return,
            View::Leaf(Node { info, children }) => {
                Leaf::gather(info.clone(), children.len(), shares(children)).into()
            }
            View::Branch(Node { info, children }) => {
                Branch::gather(info.clone(), children.len(), shares(children)).into()
            }
        };
        *self = copy;
    }
}

impl From<Entry> for Child {
    fn from(entry: Entry) -> Self {
        Self::of_block(entry, Kind::Entry)
    }
}

impl From<Leaf> for Child {
    fn from(leaf: Leaf) -> Self {
        Self::of_block(leaf, Kind::Leaf)
    }
}

impl From<Branch> for Child {
    fn from(branch: Branch) -> Self {
        Self::of_block(branch, Kind::Branch)
    }
}

impl Clone for Child {
    #[inline]
    fn clone(&self) -> Self {
        self.borrow().share()
    }
}

impl Drop for Child {
    #[inline]
    fn drop(&mut self) {
        if self.borrow().is_frozen() {
            return;
        }
        let at = self.borrow().address();
        // SAFETY: the kind says which block the word owns (R5); its count goes to a handle, dropped
        // here (R1).
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
