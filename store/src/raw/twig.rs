//! Twigs: branches with nothing below them but entries and leaves. Most branches of a trie are.
//!
//! How many entries have a digit in common is different each time, and a processor that guesses it
//! is wrong at every second child. So it is put down as bits first, and what is done for a leaf is
//! the same whether it has two entries or eight. So the shape of a trie is told here once more, for
//! speed alone: a twig is what [`Pen::node`] makes, one node after the other.

use std::iter;

use super::child::Kind;
use super::memory::{Hashed, NODE_HEAD, Spot, UNIT, WORD};
use super::pen::{Pen, can_span};
use crate::node::{Shape, TAGS, digit, tag_of};

/// The most entries of a twig, for which there are as many bits.
const ENTRIES_MAX: usize = 64;
/// The bits that are the kind, in the word of a spot as in that of a link.
const KIND: u32 = 0b11;
/// Words of a node before its links.
const HEAD: usize = NODE_HEAD / WORD;
/// The most words of a leaf above the last level, with the padding.
const LEAF_WORDS: usize = HEAD + TAGS + 1;
/// The most words of a twig: 32 leaves of two entries, the branch, and as many as are written
/// beyond the end of a leaf. Larger leaves have fewer words for each entry.
const TWIG_WORDS: usize = 32 * (HEAD + 2 + 1) + (HEAD + 32 + 1) + LEAF_WORDS;

/// Room in which one twig after the other is made.
pub(crate) struct Twig {
    /// The tags of the entries, then as many of any kind as a leaf can have.
    tags: [u8; ENTRIES_MAX + TAGS],
    /// Their spots as words; that of the first one of a leaf becomes that of the leaf.
    spots: [u32; ENTRIES_MAX + TAGS],
    /// The nodes.
    words: [u32; TWIG_WORDS],
    /// How many words they have.
    len: usize,
}

impl Default for Twig {
    fn default() -> Self {
        Self { tags: [0; _], spots: [0; _], words: [0; _], len: 0 }
    }
}

/// Which entries of a twig have a digit in common.
struct Digits {
    /// A bit for each digit.
    bitmap: u32,
    /// A bit for each entry that has another digit than the one before.
    first: u64,
    /// The same, than the one behind.
    last: u64,
}

#[allow(clippy::cast_possible_truncation)] // There are few entries and few words.
impl Twig {
    /// Puts the branch of some entries, sorted by rank, at a depth; unless there is more below it
    /// than entries and leaves.
    pub(crate) fn put<S: Shape>(
        &mut self,
        pen: &mut impl Pen,
        entries: &[Hashed],
        depth: u32,
    ) -> Option<Spot> {
        if entries.len() > ENTRIES_MAX
            || depth >= S::LEVELS
            || !can_span(pen.len() + TWIG_WORDS * WORD)
        {
            return None;
        }
        let Digits { bitmap, first, last } = self.digits::<S>(entries, depth)?;
        let begin = pen.at();
        self.len = 0;
        for at in bits(first & !last) {
            let len = (last >> at).trailing_zeros() as usize + 1;
            let leaf = Spot { at: begin + self.units(), kind: Kind::Leaf };
            self.leaf(leaf.at, at, len);
            self.spots[at] = leaf.to_word();
        }
        let branch = Spot { at: begin + self.units(), kind: Kind::Branch };
        self.branch(branch.at, [bitmap, entries.len() as u32], first);
        pen.put_words(&self.words[..self.len]);
        Some(branch)
    }

    /// Takes the entries up.
    fn digits<S: Shape>(&mut self, entries: &[Hashed], depth: u32) -> Option<Digits> {
        let (mut bitmap, mut first, mut before) = (0, 0, u64::MAX);
        let room = self.tags.iter_mut().zip(&mut self.spots);
        for (at, (entry, (tag, spot))) in entries.iter().zip(room).enumerate() {
            let hash = entry.hash();
            let digit = digit::<S>(hash, depth);
            bitmap |= 1 << digit;
            first |= u64::from(digit != before) << at;
            before = digit;
            *tag = tag_of(hash);
            *spot = entry.spot().to_word();
        }
        let last = first >> 1 | 1 << (entries.len() - 1);
        // As many entries in a row that are not the last of their digit as fit into a leaf do not
        // fit with the one behind them.
        let row = (1..S::LEAF).fold(!last, |row, at| row & !last >> at);
        let all = u64::MAX >> (ENTRIES_MAX - entries.len());
        (row & all == 0).then_some(Digits { bitmap, first, last })
    }

    /// The units that the nodes have.
    fn units(&self) -> u32 {
        (self.len / (UNIT / WORD)) as u32
    }

    /// The leaf of so many entries from one on, at a place.
    #[inline]
    fn leaf(&mut self, place: u32, first: usize, len: usize) {
        let words =
            self.words[self.len..].first_chunk_mut::<LEAF_WORDS>().expect("room for one more");
        let tags = self.tags[first..].first_chunk().expect("as many behind the last");
        let tags = u64::from_le_bytes(*tags) & u64::MAX >> (8 * (TAGS - len));
        words[0] = len as u32;
        words[1] = tags as u32;
        words[2] = (tags >> 32) as u32;
        let entries = self.spots[first..].first_chunk::<TAGS>().expect("as many behind the last");
        debug_assert!(entries[..len].iter().all(|entry| *entry < place << 2), "as `Link::new`");
        // The link to an entry is nothing but its distance. Those beyond the last may be anything.
        const { assert!(Kind::Entry as u32 == 0) };
        for (word, entry) in words[HEAD..].iter_mut().zip(entries) {
            *word = (place << 2).wrapping_sub(*entry);
        }
        words[HEAD + len] = 0;
        self.len += (HEAD + len).next_multiple_of(UNIT / WORD);
    }

    /// The branch over the first of each digit, at a place.
    #[inline]
    fn branch(&mut self, place: u32, info: [u32; 2], first: u64) {
        let words = &mut self.words[self.len..];
        let mut len = HEAD;
        for at in bits(first) {
            // The link to a child is the distance from its place, and its kind.
            let (child, kind) = (self.spots[at] & !KIND, self.spots[at] & KIND);
            debug_assert!(child < place << 2, "a child lies before its parent");
            words[len] = (place << 2).wrapping_sub(child) | kind;
            len += 1;
        }
        words[..HEAD].copy_from_slice(&[(len - HEAD) as u32, info[0], info[1]]);
        words[len] = 0;
        self.len += len.next_multiple_of(UNIT / WORD);
    }
}

/// The numbers of the bits that are set.
fn bits(mut bits: u64) -> impl Iterator<Item = usize> {
    iter::from_fn(move || {
        let at = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(at)
    })
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
