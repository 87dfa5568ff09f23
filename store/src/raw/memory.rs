//! The memory of a frozen region, and how blocks are written to it.
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
const WORD: usize = 4;

/// A place where a block begins, in units, with the kind of the block. A [`Writer`] makes it, or it
/// is read from an image (R9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    at: u32,
    kind: Kind,
}

impl Spot {
    /// Units from the beginning.
    pub(crate) fn at(self) -> u32 {
        self.at
    }

    /// That of an entry which was looked at there.
    pub(crate) fn of_entry(at: u32) -> Self {
        Self { at, kind: Kind::Entry }
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
        let head = Writer::ENTRY_HEAD;
        assert!(at + head <= self.bytes(), "an entry in this memory");
        // SAFETY: all of the head lies in the memory, aligned, and is made of words (R8). The items
        // are not read before their length has been compared.
        let entry: Ref<'_, EntryInfo, u8> =
            unsafe { Ref::from_raw(self.start().byte_add(at).cast()) };
        assert!(entry.len() <= self.bytes() - head - at, "an entry in this memory");
        entry
    }

    /// The entry that begins at a place and ends before another, if one can lie there.
    pub(crate) fn entry_within(&self, at: u32, end: u32) -> Option<Ref<'_, EntryInfo, u8>> {
        let room = end.checked_sub(at)? as usize * UNIT;
        let fits = end as usize * UNIT <= self.bytes();
        let room = room.checked_sub(Writer::ENTRY_HEAD).filter(|_| fits)?;
        // SAFETY: as in `entry`: all of the head lies in the memory (R8).
        let entry: Ref<'_, EntryInfo, u8> =
            unsafe { Ref::from_raw(self.start().byte_add(at as usize * UNIT).cast()) };
        (entry.len() <= room && entry.has_its_key()).then_some(entry)
    }

    /// Has what a walk over the entries comes to a little later brought nearer. Otherwise it could
    /// not be fetched ahead, since where an entry lies is known from the one before.
    #[inline]
    pub(crate) fn approach(&self, at: u32) {
        /// Far enough that memory answers in time, and near enough that it stays in the cache.
        const LINES: usize = 32;
        if let Some(Line([word, ..])) = self.lines().get(at as usize * UNIT / LINE + LINES) {
            std::hint::black_box(*word);
        }
    }

    /// Whether the bytes between an entry and the place behind it are zero.
    pub(crate) fn is_padded(&self, at: u32, entry: Ref<'_, EntryInfo, u8>) -> bool {
        let end = at as usize * UNIT + Writer::ENTRY_HEAD + entry.len();
        self.is_zero(end..end.next_multiple_of(UNIT))
    }

    /// Whether all bytes from a place to the end of its line are zero.
    pub(crate) fn is_zero_behind(&self, at: u32) -> bool {
        let at = at as usize * UNIT;
        self.is_zero(at..at.next_multiple_of(LINE))
    }

    fn is_zero(&self, bytes: Range<usize>) -> bool {
        bytes_of(self.lines())[bytes].iter().all(|byte| *byte == 0)
    }

    /// Where the entry behind this one begins, if they were written one after the other.
    #[inline]
    pub(crate) fn behind(at: u32, entry: Ref<'_, EntryInfo, u8>) -> u32 {
        at + units(Writer::ENTRY_HEAD + entry.len())
    }

    /// Where an entry of this memory begins, in units.
    pub(crate) fn place(&self, entry: Ref<'_, EntryInfo, u8>) -> u32 {
        let bytes = entry.address().get() - self.start().addr().get();
        units(bytes)
    }

    /// Whether a frozen child lies here.
    pub(crate) fn contains(&self, child: ChildRef<'_>) -> bool {
        let start = self.start().addr().get();
        (start..start + self.bytes()).contains(&child.address().addr().get())
    }
}

/// The units that so many bytes take.
#[inline]
fn units(bytes: usize) -> u32 {
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

/// Writes the memory of a region, from the beginning to the end, or the last part of it.
pub(crate) struct Writer<'a> {
    /// What is there already.
    before: &'a [Line],
    lines: Vec<Line>,
    /// Bytes written, those before included; a multiple of [`UNIT`] between blocks.
    len: usize,
}

impl<'a> Writer<'a> {
    /// Bytes of an entry before its key: four words.
    const ENTRY_HEAD: usize = {
        assert!(Block::<EntryInfo, u8>::BEHIND_BODY == 16, "as `entry` writes it");
        16
    };
    /// The most bytes that links can span.
    const LIMIT: usize = Link::REACH as usize * UNIT;

    pub(crate) fn with_capacity(bytes: usize) -> Self {
        let lines = Vec::with_capacity(bytes.min(Self::LIMIT).div_ceil(LINE));
        Self { before: &[], lines, len: 0 }
    }

    /// Writes what comes in the lines of a memory behind a place in it, to compare the two.
    pub(crate) fn behind(memory: &'a Memory, at: u32) -> Self {
        let (before, behind) = memory.lines().split_at((at as usize * UNIT).div_ceil(LINE));
        Self { before, lines: Vec::with_capacity(behind.len()), len: size_of_val(before) }
    }

    /// The first line in which a memory is not what was written.
    pub(crate) fn first_difference(&self, memory: &Memory) -> Option<usize> {
        let (first, lines) = (self.before.len(), memory.lines());
        let there = lines.get(first..).unwrap_or_default();
        let differ = self.lines.iter().zip(there).position(|(line, there)| line != there);
        let end = self.lines.len().min(there.len());
        differ.or((self.lines.len() != there.len()).then_some(end)).map(|at| first + at)
    }

    /// Units written.
    pub(crate) fn at(&self) -> u32 {
        units(self.len)
    }

    /// Whether what was written is more than links can span.
    pub(crate) fn is_over_limit(&self) -> bool {
        self.len > Self::LIMIT
    }

    /// Whether links can span so many bytes.
    pub(crate) fn can_span(bytes: usize) -> bool {
        bytes <= Self::LIMIT
    }

    /// Writes an entry.
    pub(crate) fn entry(&mut self, info: &EntryInfo, key: &[u8], value: &[u8]) -> Spot {
        let spot = self.spot(Kind::Entry);
        let items = key.len() + value.len();
        let len = u32::try_from(items).expect("an entry is shorter than 4 GiB");
        let [key_len, high, low] = info.words();
        let (head, rest) = self.room(Self::ENTRY_HEAD + items).split_at_mut(Self::ENTRY_HEAD);
        write_words(head, [len, key_len, high, low]);
        rest[..key.len()].copy_from_slice(key);
        rest[key.len()..].copy_from_slice(value);
        self.pad(UNIT);
        spot
    }

    /// The key of an entry that is there.
    pub(crate) fn key_at(&self, entry: Spot) -> &[u8] {
        let at = entry.at as usize * UNIT;
        let bytes = match at.checked_sub(size_of_val(self.before)) {
            None => &bytes_of(self.before)[at..],
            Some(at) => &bytes_of(&self.lines)[at..],
        };
        let key_len = u32::from_ne_bytes(bytes.as_chunks().0[1]);
        &bytes[Self::ENTRY_HEAD..][..key_len as usize]
    }

    /// Writes a leaf or a branch over children written before.
    pub(crate) fn node(
        &mut self,
        kind: Kind,
        info: [u32; 2],
        children: impl ExactSizeIterator<Item = Spot>,
    ) -> Spot {
        const {
            assert!(Block::<LeafInfo, Link>::BEHIND_BODY == 12, "three words, as written here");
            assert!(Block::<BranchInfo, Link>::BEHIND_BODY == 12, "three words, as written here");
        }
        let spot = self.spot(kind);
        if self.is_over_limit() {
            // What links cannot span is never finished.
            return spot;
        }
        let len = u32::try_from(children.len()).expect("a store has fewer than 2^32 entries");
        let room = self.room((3 + children.len()) * WORD);
        let links = children.map(|child| Link::new(spot.at, child.at, child.kind).to_word());
        write_words(room, [len, info[0], info[1]].into_iter().chain(links));
        self.pad(UNIT);
        spot
    }

    /// Begins a new line; its number.
    pub(crate) fn begin_line(&mut self) -> usize {
        self.pad(LINE);
        self.len / LINE
    }

    pub(crate) fn put_words(&mut self, words: &[u32]) {
        write_words(self.room(size_of_val(words)), words.iter().copied());
    }

    /// The memory, in which nothing changes any more; it is not over the limit.
    pub(crate) fn finish(mut self) -> Memory {
        assert!(!self.is_over_limit(), "links that were left out are never read");
        assert!(self.before.is_empty(), "all of the memory was written");
        self.pad(LINE);
        let lines = self.lines.len();
        Memory::new(StdArc::new(Backing::Lines(self.lines.into_boxed_slice())), 0..lines)
    }

    fn spot(&self, kind: Kind) -> Spot {
        Spot { at: self.at(), kind }
    }

    fn pad(&mut self, multiple: usize) {
        self.room(self.len.next_multiple_of(multiple) - self.len);
    }

    /// The next so many bytes, zero until they are written.
    fn room(&mut self, bytes: usize) -> &mut [u8] {
        let begin = self.len - size_of_val(self.before);
        let end = begin + bytes;
        if end > self.lines.len() * LINE {
            self.lines.resize(end.div_ceil(LINE), Line([0; LINE_WORDS]));
        }
        self.len += bytes;
        &mut bytes_of_mut(&mut self.lines)[begin..end]
    }
}

fn write_words(room: &mut [u8], words: impl IntoIterator<Item = u32>) {
    for (room, word) in room.as_chunks_mut::<WORD>().0.iter_mut().zip(words) {
        *room = word.to_ne_bytes();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::{Kind, UNIT, Writer};

    /// A store just below 8 GiB used to panic here, when a node came to lie farther than a link can
    /// reach from the first entry, where it should have been left as it was.
    #[test]
    fn a_node_beyond_the_reach_of_links_is_left_out() {
        let mut writer = Writer::with_capacity(0);
        let entry = writer.spot(Kind::Entry);
        writer.len = Writer::LIMIT + UNIT;
        let _ = writer.node(Kind::Leaf, [0; 2], [entry; 2].into_iter());
        assert!(writer.is_over_limit());
        assert!(writer.lines.is_empty(), "nothing written");
    }
}
