//! How the blocks of a frozen region are written, and how they are compared with those of another.

use std::iter::repeat_n;

use super::backing::Backing;
use super::child::Kind;
use super::memory::{
    ENTRY_HEAD, LINE, LINE_WORDS, Line, Memory, NODE_HEAD, Spot, UNIT, WORD, bytes_of,
    bytes_of_mut, units,
};
use super::view::Link;
use crate::node::EntryInfo;
use crate::sync::StdArc;

/// The most bytes that links can span.
const LIMIT: usize = Link::REACH as usize * UNIT;

/// Whether links can span so many bytes.
pub(crate) fn can_span(bytes: usize) -> bool {
    bytes <= LIMIT
}

/// Puts blocks one behind the other: into new memory, or onto what a memory has.
pub(crate) trait Pen {
    /// Bytes from the beginning of the memory on; a multiple of [`UNIT`] between blocks.
    fn len(&self) -> usize;

    /// Puts the next so many words.
    fn put(&mut self, count: usize, words: impl Iterator<Item = u32>);

    /// The key of an entry that is there.
    fn key_at(&self, entry: Spot) -> &[u8];

    /// Units from the beginning of the memory on.
    fn at(&self) -> u32 {
        units(self.len())
    }

    /// Whether that is more than links can span.
    fn is_over_limit(&self) -> bool {
        !can_span(self.len())
    }

    /// Puts zeros.
    fn pad(&mut self, multiple: usize) {
        let words = (self.len().next_multiple_of(multiple) - self.len()) / WORD;
        if words > 0 {
            self.put(words, repeat_n(0, words));
        }
    }

    /// Begins a new line; its number.
    fn begin_line(&mut self) -> usize {
        self.pad(LINE);
        self.len() / LINE
    }

    fn put_words(&mut self, words: &[u32]) {
        self.put(words.len(), words.iter().copied());
    }

    /// Puts a leaf or a branch over children that are there.
    fn node(
        &mut self,
        kind: Kind,
        info: [u32; 2],
        children: impl ExactSizeIterator<Item = Spot>,
    ) -> Spot {
        let spot = Spot { at: self.at(), kind };
        if self.is_over_limit() {
            // What links cannot span is never finished.
            return spot;
        }
        let len = u32::try_from(children.len()).expect("a store has fewer than 2^32 entries");
        let count = NODE_HEAD / WORD + children.len();
        let links = children.map(|child| Link::new(spot.at, child.at, child.kind).to_word());
        let words = [len, info[0], info[1]].into_iter().chain(links);
        let padding = count % (UNIT / WORD);
        self.put(count + padding, words.chain(repeat_n(0, padding)));
        spot
    }
}

/// Writes the memory of a region, from the beginning to the end.
pub(crate) struct Writer {
    lines: Vec<Line>,
    /// Bytes written.
    len: usize,
}

impl Writer {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { lines: Vec::with_capacity(bytes.min(LIMIT).div_ceil(LINE)), len: 0 }
    }

    /// Writes an entry.
    pub(crate) fn entry(&mut self, info: &EntryInfo, key: &[u8], value: &[u8]) -> Spot {
        let spot = Spot { at: self.at(), kind: Kind::Entry };
        let items = key.len() + value.len();
        let len = u32::try_from(items).expect("an entry is shorter than 4 GiB");
        let [key_len, high, low] = info.words();
        let room = self.room((ENTRY_HEAD + items).next_multiple_of(UNIT));
        let (head, rest) = room.split_at_mut(ENTRY_HEAD);
        write_words(head, [len, key_len, high, low]);
        rest[..key.len()].copy_from_slice(key);
        rest[key.len()..items].copy_from_slice(value);
        spot
    }

    /// The memory, in which nothing changes any more; it is not over the limit.
    pub(crate) fn finish(mut self) -> Memory {
        assert!(!self.is_over_limit(), "links that were left out are never read");
        self.pad(LINE);
        let lines = self.lines.len();
        Memory::new(StdArc::new(Backing::Lines(self.lines.into_boxed_slice())), 0..lines)
    }

    /// The next so many bytes, zero until they are written.
    fn room(&mut self, bytes: usize) -> &mut [u8] {
        let begin = self.len;
        self.len += bytes;
        if self.len > self.lines.len() * LINE {
            self.lines.resize(self.len.div_ceil(LINE), Line([0; LINE_WORDS]));
        }
        &mut bytes_of_mut(&mut self.lines)[begin..self.len]
    }
}

impl Pen for Writer {
    fn len(&self) -> usize {
        self.len
    }

    fn put(&mut self, count: usize, words: impl Iterator<Item = u32>) {
        write_words(self.room(count * WORD), words);
    }

    fn key_at(&self, entry: Spot) -> &[u8] {
        let bytes = &bytes_of(&self.lines)[entry.at as usize * UNIT..];
        let key_len = u32::from_ne_bytes(bytes.as_chunks().0[1]);
        &bytes[ENTRY_HEAD..][..key_len as usize]
    }
}

fn write_words(room: &mut [u8], words: impl IntoIterator<Item = u32>) {
    for (room, word) in room.as_chunks_mut::<WORD>().0.iter_mut().zip(words) {
        *room = word.to_ne_bytes();
    }
}

/// Compares what a memory has, from a place on, with what a [`Writer`] would put there.
pub(crate) struct Comparer<'a> {
    memory: &'a Memory,
    len: usize,
    /// The first line that differs.
    differs: Option<usize>,
}

impl<'a> Comparer<'a> {
    /// From that many units on.
    pub(crate) fn at(memory: &'a Memory, place: u32) -> Self {
        Self::at_word(memory, place as usize * (UNIT / WORD))
    }

    /// From that many words on.
    pub(crate) fn at_word(memory: &'a Memory, word: usize) -> Self {
        Self { memory, len: word * WORD, differs: None }
    }

    /// Whether everything was the same so far.
    pub(crate) fn agrees(&self) -> bool {
        self.differs.is_none()
    }

    /// The first line that is not what was put, or that is behind all that was, or before it.
    pub(crate) fn first_difference(&self) -> Option<usize> {
        let lines = self.len.div_ceil(LINE);
        self.differs.or((lines != self.memory.lines().len()).then_some(lines))
    }
}

impl Pen for Comparer<'_> {
    fn len(&self) -> usize {
        self.len
    }

    fn put(&mut self, count: usize, words: impl Iterator<Item = u32>) {
        let begin = self.len;
        self.len += count * WORD;
        if self.differs.is_some() {
            return;
        }
        let there = bytes_of(self.memory.lines()).get(begin..).unwrap_or_default();
        let mut there = there.as_chunks().0.iter();
        let (mut same, mut agrees) = (0, true);
        // To count and go on costs less than to stop where they differ, which is seldom.
        words.for_each(|word| {
            agrees &= there.next().is_some_and(|there| u32::from_ne_bytes(*there) == word);
            same += usize::from(agrees);
        });
        if same < count {
            self.differs = Some((begin + same * WORD) / LINE);
        }
    }

    fn put_words(&mut self, words: &[u32]) {
        let there = bytes_of(self.memory.lines()).get(self.len..).unwrap_or_default();
        let there = there.as_chunks().0.iter().map(|there| u32::from_ne_bytes(*there));
        // Side by side, as no search for the first difference can be.
        let pairs = there.zip(words);
        let all = pairs.len() == words.len();
        if all && pairs.fold(0, |others, (there, word)| others | (there ^ word)) == 0 {
            self.len += words.len() * WORD;
        } else {
            self.put(words.len(), words.iter().copied());
        }
    }

    fn key_at(&self, entry: Spot) -> &[u8] {
        self.memory.entry(entry.at).key()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::{Kind, LIMIT, Pen, Spot, UNIT, Writer};
    use crate::raw::{Hashed, Twig};
    use crate::store::Standard;

    /// A store just below 8 GiB used to panic here, when a node came to lie farther than a link can
    /// reach from the first entry, where it should have been left as it was.
    #[test]
    fn a_node_beyond_the_reach_of_links_is_left_out() {
        let mut writer = Writer::with_capacity(0);
        let entry = Spot { at: 0, kind: Kind::Entry };
        writer.len = LIMIT + UNIT;
        let _ = writer.node(Kind::Leaf, [0; 2], [entry; 2].into_iter());
        assert!(writer.is_over_limit());
        assert!(writer.lines.is_empty(), "nothing written");
    }

    /// Of a twig nobody knows how long it is before it is made.
    #[test]
    fn a_twig_near_the_reach_of_links_is_left_out() {
        let mut writer = Writer::with_capacity(0);
        writer.len = LIMIT - 100 * UNIT;
        let entries = [Hashed::new(0, 0); 2];
        assert_eq!(Twig::default().put::<Standard>(&mut writer, &entries, 0), None);
        assert!(writer.lines.is_empty(), "nothing written");
    }
}
