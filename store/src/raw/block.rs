//! A counted block: a fixed part, then a run of items, in one allocation.

use std::alloc::{Layout, handle_alloc_error};
use std::marker::PhantomData;
use std::mem::offset_of;
use std::num::NonZeroUsize;
use std::ptr::{self, NonNull};

use crate::sync::{AtomicU32, Ordering, Witness, alloc, dealloc, fence};

/// Half the range: even with a thread between every test and its abort the count cannot wrap.
const MAX_COUNT: u32 = u32::MAX / 2;

#[repr(C)]
pub(super) struct Count(AtomicU32);

impl Count {
    fn one() -> Self {
        Self(AtomicU32::new(1))
    }

    #[inline]
    pub(super) fn up(&self) {
        if self.0.fetch_add(1, Ordering::Relaxed) > MAX_COUNT {
            std::process::abort();
        }
    }

    /// Whether this was the last handle; then everything done through the others has happened.
    #[inline]
    fn down(&self) -> bool {
        if self.0.fetch_sub(1, Ordering::Release) != 1 {
            return false;
        }
        fence(Ordering::Acquire);
        true
    }

    #[inline]
    fn is_one(&self) -> bool {
        self.0.load(Ordering::Acquire) == 1
    }
}

// `count` stays first, so that a `Child` can count without knowing the kind of its block.
#[repr(C)]
pub(super) struct Head<H> {
    count: Count,
    witness: Witness,
    body: Body<H>,
}

/// What a counted block and one that lies in a frozen region have in common; the items follow.
///
/// In a region it is made of words, so `info` is for what lies there, too.
#[repr(C)]
pub(super) struct Body<H> {
    len: u32,
    info: H,
}

/// An owned handle to a counted block of an `H` and some number of `T`.
pub(crate) struct Block<H, T> {
    head: NonNull<Head<H>>,
    contents: PhantomData<(H, T)>,
}

// SAFETY: a block is shared like an `Arc<(H, [T])>`: by R4 shared contents are only read, by R1 and
// the protocol above they are dropped by one thread after all uses.
unsafe impl<H: Send + Sync, T: Send + Sync> Send for Block<H, T> {}
// SAFETY: as above (R1, R4).
unsafe impl<H: Send + Sync, T: Send + Sync> Sync for Block<H, T> {}

/// A borrowed block, counted or frozen.
pub(crate) struct Ref<'a, H, T> {
    body: NonNull<Body<H>>,
    contents: PhantomData<&'a (H, T)>,
}

impl<H, T> Clone for Ref<'_, H, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H, T> Copy for Ref<'_, H, T> {}

// SAFETY: as `&(H, [T])`: nobody writes to what it borrows (R4, R7).
unsafe impl<H: Sync, T: Sync> Send for Ref<'_, H, T> {}
// SAFETY: as `&(H, [T])`: nobody writes to what it borrows (R4, R7).
unsafe impl<H: Sync, T: Sync> Sync for Ref<'_, H, T> {}

impl<'a, H, T> Ref<'a, H, T> {
    /// # Safety
    ///
    /// `body` must be that of a live block with these contents, alive and unchanged for `'a`.
    #[inline]
    pub(super) unsafe fn from_raw(body: NonNull<Body<H>>) -> Self {
        Self { body, contents: PhantomData }
    }

    /// # Safety
    ///
    /// The block must have these contents, alive and unchanged for `'a`.
    #[inline]
    pub(super) unsafe fn of_block(head: NonNull<Head<H>>) -> Self {
        // SAFETY: by the caller, and BODY lies within the head (R3).
        unsafe {
            head.as_ref().witness.read();
            Self::from_raw(head.byte_add(Block::<H, T>::BODY).cast())
        }
    }

    #[inline]
    fn body(self) -> &'a Body<H> {
        #[cfg(all(test, not(any(loom, shuttle))))]
        crate::sync::count_read();
        // SAFETY: the block is live for 'a (R1 or R7, and its owner is borrowed for 'a).
        unsafe { self.body.as_ref() }
    }

    #[inline]
    pub(crate) fn info(self) -> &'a H {
        &self.body().info
    }

    pub(super) fn address(self) -> NonZeroUsize {
        self.body.addr()
    }

    /// How many items there are.
    #[inline]
    pub(crate) fn len(self) -> usize {
        self.body().len as usize
    }

    #[inline]
    pub(crate) fn items(self) -> &'a [T] {
        let len = self.len();
        // SAFETY: R2 for the items; they are unchanged for 'a since a change takes `&mut` (R4).
        unsafe {
            let first = self.body.as_ptr().byte_add(Block::<H, T>::BEHIND_BODY).cast();
            std::slice::from_raw_parts(first, len)
        }
    }

    #[inline]
    pub(crate) fn same(self, other: Self) -> bool {
        self.body == other.body
    }
}

impl<H, T> Block<H, T> {
    const ALIGN: usize = {
        let (head, item) = (align_of::<Head<H>>(), align_of::<T>());
        let most = if head > item { head } else { item };
        if most > 8 { most } else { 8 }
    };
    const BODY: usize = offset_of!(Head<H>, body);
    /// Where the items begin, from the head.
    const OFFSET: usize = (Self::BODY + size_of::<Body<H>>()).next_multiple_of(align_of::<T>());
    /// The same, from the body.
    pub(super) const BEHIND_BODY: usize = Self::OFFSET - Self::BODY;

    /// The layout of a block with `len` items.
    ///
    /// Sizes are rounded to 8 more than a multiple of 16: the general allocators round up to such a
    /// size anyway, and lengths that share a size can then replace each other in place.
    fn layout(len: usize) -> Layout {
        size_of::<T>()
            .checked_mul(len)
            .and_then(|items| items.checked_add(Self::OFFSET + 7))
            .and_then(|bytes| Layout::from_size_align((bytes & !15) + 8, Self::ALIGN).ok())
            .expect("a block fits the address space")
    }

    fn items_at(head: NonNull<Head<H>>) -> *mut T {
        // SAFETY: OFFSET lies within the allocation or at its end (R3).
        unsafe { head.as_ptr().byte_add(Self::OFFSET).cast() }
    }

    /// Memory for `len` items, whose head is written and whose items are not.
    fn allocate(info: H, len: usize) -> NonNull<Head<H>> {
        const { assert!(size_of::<Head<H>>() <= Self::OFFSET, "items lie behind all of the head") };
        let layout = Self::layout(len);
        let len = u32::try_from(len).expect("a block has fewer than 2^32 items");
        // SAFETY: the size is at least that of a head, never zero (R3).
        let Some(head) = NonNull::new(unsafe { alloc(layout) }.cast::<Head<H>>()) else {
            handle_alloc_error(layout)
        };
        let body = Body { len, info };
        let value = Head { count: Count::one(), witness: Witness::new(), body };
        // SAFETY: freshly allocated, large and aligned enough for a head (R3).
        unsafe { head.write(value) };
        head
    }

    /// A block of these items.
    pub(crate) fn new(info: H, mut items: Vec<T>) -> Self {
        let head = Self::allocate(info, items.len());
        // SAFETY: the block has room for that many items (R3); the vector forgets them, so each has
        // one owner (R2).
        unsafe {
            ptr::copy_nonoverlapping(items.as_ptr(), Self::items_at(head), items.len());
            items.set_len(0);
        }
        Self { head, contents: PhantomData }
    }

    /// A block of `len` items that an iterator gives.
    pub(crate) fn gather(info: H, len: usize, items: impl Iterator<Item = T>) -> Self {
        let head = Self::allocate(info, len);
        let mut written = 0;
        for (at, item) in items.take(len).enumerate() {
            // SAFETY: the block has room for `len` items (R3). Should the iterator panic, the block
            // is leaked, which is safe.
            unsafe { Self::items_at(head).add(at).write(item) };
            written += 1;
        }
        assert!(written == len, "as many items as were said");
        Self { head, contents: PhantomData }
    }

    #[inline]
    pub(crate) fn borrow(&self) -> Ref<'_, H, T> {
        // SAFETY: the block lives as long as it is borrowed (R1).
        unsafe { Ref::of_block(self.head) }
    }

    fn head(&self) -> &Head<H> {
        // SAFETY: live by R1.
        unsafe { self.head.as_ref() }
    }

    /// Whether there is one handle only. For statistics: another thread may change it at once.
    pub(crate) fn is_sole(&self) -> bool {
        self.head().count.is_one()
    }

    /// Bytes of the allocation.
    pub(crate) fn bytes(&self) -> usize {
        Self::layout(self.head().body.len as usize).size()
    }

    /// Whether both are handles to the very same block.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.head == other.head
    }

    #[inline]
    pub(crate) fn info(&self) -> &H {
        self.borrow().info()
    }

    #[inline]
    pub(crate) fn items(&self) -> &[T] {
        self.borrow().items()
    }

    pub(super) fn as_raw(&self) -> NonNull<Head<H>> {
        self.head
    }

    /// # Safety
    ///
    /// `head` must point to a live block with these contents, and the caller hands over one count.
    pub(super) unsafe fn from_raw(head: NonNull<Head<H>>) -> Self {
        Self { head, contents: PhantomData }
    }

    /// The contents, if this handle owns the block alone.
    #[inline]
    pub(crate) fn sole(&mut self) -> Option<(&mut H, &mut [T])> {
        // SAFETY: the handle is live (R1) and borrowed mutably for as long as the contents.
        unsafe { Self::sole_at(self.head) }
    }

    /// # Safety
    ///
    /// `head` must point to a live block with these contents, of which one handle is borrowed
    /// mutably for `'a`.
    #[inline]
    pub(super) unsafe fn sole_at<'a>(head: NonNull<Head<H>>) -> Option<(&'a mut H, &'a mut [T])> {
        // Borrowed shared until the count has been looked at: others may count.
        // SAFETY: live, and owned alone where the count is one, by the caller.
        unsafe { head.as_ref().count.is_one().then(|| Self::contents_at(head)) }
    }

    /// # Safety
    ///
    /// As for [`sole_at`](Self::sole_at), and the handle must be the only one.
    #[inline]
    unsafe fn contents_at<'a>(mut head: NonNull<Head<H>>) -> (&'a mut H, &'a mut [T]) {
        let items = Self::items_at(head);
        // SAFETY: owned alone and borrowed mutably, so nobody else reads or writes (R4);
        // initialised by R2.
        let (head, items) = unsafe {
            let len = head.as_ref().body.len as usize;
            (head.as_mut(), std::slice::from_raw_parts_mut(items, len))
        };
        head.witness.write();
        (&mut head.body.info, items)
    }

    /// Frees a block whose items and `info` have been moved out.
    ///
    /// # Safety
    ///
    /// `head` must be a block owned alone, of the layout for `len`, not used afterwards.
    unsafe fn free(head: NonNull<Head<H>>, len: usize) {
        // SAFETY: by the caller (R1, R3); count and witness are still in place and dropped once.
        unsafe {
            ptr::drop_in_place(&raw mut (*head.as_ptr()).count);
            ptr::drop_in_place(&raw mut (*head.as_ptr()).witness);
            dealloc(head.as_ptr().cast(), Self::layout(len));
        }
    }

    #[inline(never)]
    fn drop_last(&mut self) {
        let items = {
            // SAFETY: still live: the count is zero and this is the one that frees it (R1).
            let head = unsafe { self.head.as_ref() };
            head.witness.write();
            ptr::slice_from_raw_parts_mut(Self::items_at(self.head), head.body.len as usize)
        };
        // SAFETY: nobody else has a handle (R1); the contents are initialised (R2) and dropped
        // once.
        unsafe {
            ptr::drop_in_place(items);
            ptr::drop_in_place(&raw mut (*self.head.as_ptr()).body.info);
            Self::free(self.head, items.len());
        }
    }
}

impl<H: Clone, T: Clone> Block<H, T> {
    /// The contents to write: in place if owned alone, else of a copy that takes this one's place.
    #[inline]
    pub(crate) fn make_mut(&mut self) -> (&mut H, &mut [T]) {
        if !self.head().count.is_one() {
            *self = self.copy();
        }
        // SAFETY: owned alone (R4), as just tested or just made, and borrowed mutably.
        unsafe { Self::contents_at(self.head) }
    }

    /// A block of clones of the contents.
    #[inline(never)]
    pub(crate) fn copy(&self) -> Self {
        let from = self.items();
        let head = Self::allocate(self.info().clone(), from.len());
        Self::clone_items(from, Self::items_at(head));
        Self { head, contents: PhantomData }
    }

    /// Writes clones of `from` to fresh memory with room for them.
    fn clone_items(from: &[T], to: *mut T) {
        for (at, item) in from.iter().enumerate() {
            // SAFETY: `to` has room for as many items (R3), and this one is not yet initialised.
            // Should a clone panic, the new block is leaked, which is safe.
            unsafe { to.add(at).write(item.clone()) };
        }
    }

    /// Puts an item before position `at`; the others keep their order.
    pub(crate) fn insert(&mut self, at: usize, item: T) {
        let len = self.items().len();
        assert!(at <= len, "position in the block");
        if self.sole().is_none() {
            let from = self.items();
            let head = Self::allocate(self.info().clone(), len + 1);
            let to = Self::items_at(head);
            Self::clone_items(&from[..at], to);
            // SAFETY: the new block has room for `len + 1` items (R3), all written here once (R2).
            unsafe {
                to.add(at).write(item);
                Self::clone_items(&from[at..], to.add(at + 1));
            }
            *self = Self { head, contents: PhantomData };
            return;
        }
        // Not from the slice of `sole`: a place behind its items is written, too.
        let from = Self::items_at(self.head);
        let in_place = Self::layout(len) == Self::layout(len + 1);
        let (head, to) = if in_place { (self.head, from) } else { self.hollow_copy(len + 1) };
        // SAFETY: owned alone (R4); the items move to their new places (within one allocation they
        // may overlap, hence the tail first) and the gap is filled, so `len + 1` are initialised
        // (R2).
        unsafe {
            ptr::copy(from.add(at), to.add(at + 1), len - at);
            to.add(at).write(item);
        }
        self.finish_move(head, from, to, at, len, len + 1);
    }

    /// Takes out the item at `at`; the others keep their order.
    pub(crate) fn remove(&mut self, at: usize) -> T {
        let len = self.items().len();
        assert!(at < len, "position in the block");
        if self.sole().is_none() {
            let from = self.items();
            let head = Self::allocate(self.info().clone(), len - 1);
            let to = Self::items_at(head);
            Self::clone_items(&from[..at], to);
            // SAFETY: the new block has room for `len - 1` items (R3).
            Self::clone_items(&from[at + 1..], unsafe { to.add(at) });
            let item = from[at].clone();
            *self = Self { head, contents: PhantomData };
            return item;
        }
        let from = Self::items_at(self.head);
        let in_place = Self::layout(len) == Self::layout(len - 1);
        let (head, to) = if in_place { (self.head, from) } else { self.hollow_copy(len - 1) };
        // SAFETY: owned alone (R4) and initialised (R2). From here to the end of the move nothing
        // can panic, so that the item taken out and those moved keep one owner each.
        let item = unsafe {
            let item = from.add(at).read();
            ptr::copy(from.add(at + 1), to.add(at), len - 1 - at);
            item
        };
        self.finish_move(head, from, to, at, len, len - 1);
        item
    }

    /// A new block for `len` items with a copy of this one's `info`, its items not yet written.
    fn hollow_copy(&self, len: usize) -> (NonNull<Head<H>>, *mut T) {
        let head = Self::allocate(self.info().clone(), len);
        (head, Self::items_at(head))
    }

    /// Ends a move of items within one block or from this block to `head`: the first `at` items are
    /// moved, then lengths are set and the old allocation is freed.
    fn finish_move(
        &mut self,
        head: NonNull<Head<H>>,
        from: *const T,
        to: *mut T,
        at: usize,
        len: usize,
        new_len: usize,
    ) {
        if head == self.head {
            // SAFETY: owned alone (R4); both lengths have this layout (R3).
            unsafe { self.head.as_mut() }.body.len =
                u32::try_from(new_len).expect("a block has fewer than 2^32 items");
            return;
        }
        let old = std::mem::replace(&mut self.head, head);
        // SAFETY: two allocations, each with room for `at` items (R3); afterwards all items live in
        // the new one (R2); of the old one, owned alone (R4), only `info` is left, dropped here.
        unsafe {
            ptr::copy_nonoverlapping(from, to, at);
            ptr::drop_in_place(&raw mut (*old.as_ptr()).body.info);
            Self::free(old, len);
        }
    }
}

impl<H> Block<H, u8> {
    /// A block of the given parts, one behind the other.
    pub(crate) fn from_parts(info: H, parts: [&[u8]; 2]) -> Self {
        let [first, second] = parts;
        let len = first.len().checked_add(second.len()).expect("a block fits the address space");
        let head = Self::allocate(info, len);
        let to = Self::items_at(head);
        // SAFETY: the block has room for both (R3), and they fill it (R2).
        unsafe {
            ptr::copy_nonoverlapping(first.as_ptr(), to, first.len());
            ptr::copy_nonoverlapping(second.as_ptr(), to.add(first.len()), second.len());
        }
        Self { head, contents: PhantomData }
    }

    /// A block of `len` bytes, zero until `fill` has written them.
    pub(crate) fn filled(info: H, len: usize, fill: impl FnOnce(&mut [u8])) -> Self {
        let head = Self::allocate(info, len);
        // SAFETY: the block has room for `len` bytes (R3), and this initialises them (R2).
        unsafe { ptr::write_bytes(Self::items_at(head), 0, len) };
        let mut block = Self { head, contents: PhantomData };
        let (_, bytes) = block.sole().expect("owned alone: just made");
        fill(bytes);
        block
    }

    /// Replaces what follows the first `keep` bytes, if that can be done in place.
    pub(crate) fn rewrite_tail(&mut self, keep: usize, tail: &[u8]) -> bool {
        let old = self.items().len();
        assert!(keep <= old, "position in the block");
        let Some(len) = keep.checked_add(tail.len()) else { return false };
        let Ok(new_len) = u32::try_from(len) else { return false };
        if Self::layout(old) != Self::layout(len) || self.sole().is_none() {
            return false;
        }
        // SAFETY: owned alone (R4), the same layout (R3), and the bytes up to `len` are written
        // (R2).
        unsafe {
            ptr::copy_nonoverlapping(
                tail.as_ptr(),
                Self::items_at(self.head).add(keep),
                tail.len(),
            );
            self.head.as_mut().body.len = new_len;
        }
        true
    }
}

impl<H, T> Clone for Block<H, T> {
    #[inline]
    fn clone(&self) -> Self {
        self.head().count.up();
        Self { head: self.head, contents: PhantomData }
    }
}

impl<H, T> Drop for Block<H, T> {
    #[inline]
    fn drop(&mut self) {
        if self.head().count.down() {
            self.drop_last();
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::Block;

    /// As `layout` promises, and what writing in place rests on.
    #[test]
    fn a_block_has_room_for_its_items_and_less_than_16_bytes_more() {
        for len in 0..100 {
            let (needed, layout) = (24 + len, Block::<u64, u8>::layout(len));
            assert_eq!((layout.size() % 16, layout.align()), (8, 8));
            assert!((needed..needed + 16).contains(&layout.size()), "{layout:?} for {len} items");
        }
        assert_eq!(Block::<u64, u64>::layout(3).size(), 24 + 24 + 8);
    }
}
