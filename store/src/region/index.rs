//! The flat index: from the hash of a key to its entry in one step.
//!
//! A table of groups, each one line of the cache:
//!
//! ```text
//! │ 12 tags │ how many, and whether there are more │ 12 places │
//! ```
//!
//! The *home* of an entry is the group that its hash comes to when all hashes are spread over the
//! groups in their order. Entries are written sorted by hash, each into its home or, where that is
//! full, into the next group with room. A group that entries were pushed past says so, and only
//! then a search goes on. The tag is one byte of the hash; a search compares all tags of a group at
//! once, and looks at the entries whose tag agrees.
//!
//! An entry that would come to lie more than [`REACH`] groups behind its home is left out, and a
//! search that has passed them all must ask the trie. That happens where keys were chosen for their
//! hashes, and keeps their cost bounded.

use std::mem;
use std::ops::Range;

use crate::node::{EntryRef, Rank, tag_of};
use crate::raw::{Hashed, LINE_WORDS, Line, Memory, Pen, equal_bytes};

/// Entries of a group.
const SLOTS: usize = 12;
/// The word with the number of entries, and [`MORE`].
const COUNT: usize = 3;
const FIRST_PLACE: usize = 4;
/// Set where an entry was pushed past this group.
const MORE: u32 = 1 << 16;

/// How many groups behind its home an entry can lie.
const REACH: usize = 3;

/// Entries for each five groups: four fifths of the room. Fuller groups push more entries on.
const PER_FIVE_GROUPS: usize = 48;

/// Where the groups begin, how many are homes, and how many there are.
pub(super) struct Index {
    first: usize,
    homes: u64,
    groups: usize,
}

/// An index that is being put.
pub(super) struct Groups {
    first: usize,
    entries: usize,
    homes: u64,
    /// How many groups are put.
    done: usize,
    /// Those behind them that are closed, in which nothing changes but [`MORE`].
    closed: Vec<[u32; LINE_WORDS]>,
    /// The one behind those, which entries are put into.
    open: Group,
}

/// A group that entries are put into, one after the other.
#[derive(Clone, Copy, Default)]
struct Group {
    len: usize,
    tags: [u8; SLOTS],
    places: [u32; SLOTS],
}

impl Group {
    /// The line that it becomes.
    fn words(&self) -> [u32; LINE_WORDS] {
        let mut words = [0; LINE_WORDS];
        let (head, places) = words.split_at_mut(FIRST_PLACE);
        for (word, tags) in head.iter_mut().zip(self.tags.as_chunks().0) {
            *word = u32::from_le_bytes(*tags);
        }
        head[COUNT] = u32::try_from(self.len).expect("one of a few slots");
        places.copy_from_slice(&self.places);
        words
    }
}

impl Groups {
    /// Begins the index of so many entries.
    pub(super) fn begin(pen: &mut impl Pen, entries: usize) -> Self {
        let (first, homes) = (pen.begin_line(), homes(entries) as u64);
        Self { first, entries, homes, done: 0, closed: Vec::new(), open: Group::default() }
    }

    /// Puts the next entries; all of them come sorted by rank. O(n).
    pub(super) fn put(&mut self, pen: &mut impl Pen, entries: &[Hashed]) {
        let mut at = self.last();
        // Where the loop over entries finds it in registers.
        let mut group = self.open;
        for entry in entries {
            let home = home(entry.hash(), self.homes);
            if home > at || group.len == SLOTS {
                at = home.max(at + 1);
                self.open = group;
                self.advance(pen, at, home);
                group = Group::default();
            }
            if at > home {
                // Also for one that is left out: a search that was sent on ends in the next group.
                self.mark(home..at);
                if at > home + REACH {
                    continue;
                }
            }
            group.tags[group.len] = tag_of(entry.hash());
            group.places[group.len] = entry.spot().at();
            group.len += 1;
        }
        self.open = group;
    }

    /// Puts what is left.
    pub(super) fn finish(mut self, pen: &mut impl Pen) -> Index {
        #[allow(clippy::cast_possible_truncation)] // A number of lines.
        let groups = (self.homes as usize).max(self.last() + 1);
        self.advance(pen, groups, groups);
        self.put_before(pen, groups);
        Index::at(self.first, self.entries, groups)
    }

    /// The number of the open group.
    #[inline]
    fn last(&self) -> usize {
        self.done + self.closed.len()
    }

    /// Goes on to a group; between the open one and that are empty ones. In those before `home`
    /// nothing changes any more.
    #[inline(never)] // Or the loop over entries has no registers left.
    fn advance(&mut self, pen: &mut impl Pen, at: usize, home: usize) {
        const MANY: usize = 64;
        if self.closed.len() >= MANY {
            self.put_before(pen, home.min(self.last()));
        }
        self.closed.push(mem::take(&mut self.open).words());
        self.closed.resize(at - self.done, [0; LINE_WORDS]);
    }

    fn put_before(&mut self, pen: &mut impl Pen, at: usize) {
        let closed = self.closed.drain(..at - self.done);
        pen.put_words(closed.as_slice().as_flattened());
        self.done = at;
    }

    /// Says of some closed groups that entries were pushed past them.
    fn mark(&mut self, passed: Range<usize>) {
        for group in &mut self.closed[passed.start - self.done..passed.end - self.done] {
            group[COUNT] |= MORE;
        }
    }
}

/// How many groups are the home of some of so many entries.
fn homes(entries: usize) -> usize {
    (entries * 5).div_ceil(PER_FIVE_GROUPS).max(1)
}

/// The group that a hash belongs into.
#[inline]
fn home(hash: u64, homes: u64) -> usize {
    #[allow(clippy::cast_possible_truncation)] // Below `homes`, which is a number of lines.
    let group = ((u128::from(hash) * u128::from(homes)) >> 64) as usize;
    group
}

impl Index {
    /// The index of so many entries that begins in a line and has so many groups.
    pub(super) fn at(first: usize, entries: usize, groups: usize) -> Self {
        Self { first, homes: homes(entries) as u64, groups }
    }

    /// Where it begins.
    #[cfg(all(test, not(any(loom, shuttle))))]
    pub(super) fn first_line(&self) -> usize {
        self.first
    }

    pub(super) fn groups(&self) -> usize {
        self.groups
    }

    /// The line behind the index, if all homes lie in it.
    pub(super) fn end(&self) -> Option<usize> {
        (self.homes <= self.groups as u64).then(|| self.first + self.groups)
    }

    /// Whether every group that sends a search on has one behind it to send it to.
    pub(super) fn is_closed(&self, memory: &Memory) -> bool {
        let Line(last) = memory.line(self.first + self.groups - 1);
        self.groups >= usize::try_from(self.homes).unwrap_or(usize::MAX) && last[COUNT] & MORE == 0
    }

    #[inline]
    pub(super) fn find<'a>(&self, memory: &'a Memory, rank: Rank<'_>) -> Answer<'a> {
        let home = self.first + home(rank.hash, self.homes);
        match find_in_group(memory, home, rank) {
            Answer::Elsewhere => find_behind(memory, home, rank),
            answer => answer,
        }
    }
}

/// Looks in the groups behind that of a hash.
#[cold]
fn find_behind<'a>(memory: &'a Memory, home: usize, rank: Rank<'_>) -> Answer<'a> {
    let mut behind = (1..=REACH).map(|step| find_in_group(memory, home + step, rank));
    behind.find(|answer| !matches!(answer, Answer::Elsewhere)).unwrap_or(Answer::Elsewhere)
}

#[inline]
fn find_in_group<'a>(memory: &'a Memory, at: usize, rank: Rank<'_>) -> Answer<'a> {
    let Line(group) = memory.line(at);
    let mut candidates = matches(group, tag_of(rank.hash));
    while candidates != 0 {
        let slot = candidates.trailing_zeros() as usize;
        candidates &= candidates - 1;
        let entry = memory.entry(group[FIRST_PLACE + slot]);
        if entry.has_key(rank.key) {
            return Answer::Entry(entry);
        }
    }
    if group[COUNT] & MORE == 0 { Answer::Absent } else { Answer::Elsewhere }
}

/// What the index knows of a key.
pub(super) enum Answer<'a> {
    Entry(EntryRef<'a>),
    Absent,
    /// Not where it was looked for; entries that belong there were pushed on, or left out.
    Elsewhere,
}

/// A bit for each slot in use whose tag is this one.
#[inline]
fn matches(group: &[u32; LINE_WORDS], tag: u8) -> u32 {
    let [a, b, c, count, ..] = *group;
    equal_bytes([a, b, c, count], tag) & ((1 << (count & 0xff)) - 1)
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::{COUNT, FIRST_PLACE, Groups, MORE, REACH, SLOTS, home, homes};
    use crate::node::{EntryRef, Shape, tag_of};
    use crate::raw::{Hashed, LINE_WORDS, Line, Writer};
    use crate::region::{Item, Region};

    /// Clusters of many hashes, so that entries are pushed far and left out, in heaps of any size.
    #[test]
    fn groups_are_what_they_would_be_if_all_were_put_at_the_end() {
        const CLUSTERS: u64 = 200;
        let cluster = |n| (0..30 + n % 30).map(move |hash| n * (u64::MAX / CLUSTERS) + hash);
        let entries: Vec<_> = (0..CLUSTERS).flat_map(cluster).zip(0..).collect();
        let entries: Vec<_> = entries.iter().map(|(hash, at)| Hashed::new(*hash, *at)).collect();

        let mut expected = vec![[0; LINE_WORDS]; homes(entries.len()) + REACH];
        let count = |group: &[u32; LINE_WORDS]| group[COUNT] as usize & 0xff;
        let (mut at, mut left_out) = (0, 0);
        for entry in &entries {
            let home = home(entry.hash(), homes(entries.len()) as u64);
            at = at.max(home) + usize::from(count(&expected[at.max(home)]) == SLOTS);
            expected[home..at].iter_mut().for_each(|passed| passed[COUNT] |= MORE);
            if at > home + REACH {
                left_out += 1;
                continue;
            }
            let slot = count(&expected[at]);
            expected[at][slot / 4] |= u32::from(tag_of(entry.hash())) << (slot % 4 * 8);
            expected[at][FIRST_PLACE + slot] = entry.spot().at();
            expected[at][COUNT] += 1;
        }
        assert!((10..1_000).contains(&left_out), "{left_out}");
        for heap in [1, 7, 64, 1_000, entries.len()] {
            let mut writer = Writer::with_capacity(0);
            let mut groups = Groups::begin(&mut writer, entries.len());
            entries.chunks(heap).for_each(|heap| groups.put(&mut writer, heap));
            let index = groups.finish(&mut writer);
            let memory = writer.finish();
            let lines = memory.lines().iter().map(|Line(words)| words);
            assert!(lines.eq(&expected[..index.groups()]), "heaps of {heap}");
            assert_eq!(index.groups(), homes(entries.len()).max(at + 1));
        }
    }

    /// Numbers are keys: small ones, all alike in a hundred, and then from the far end.
    struct Skewed;

    impl Shape for Skewed {
        const BITS: u32 = 4;
        const LEAF: usize = 8;
        const ORDER_KEYS: usize = 64;
        const ORDER_CHILDREN: usize = 32;

        fn hash(key: &[u8]) -> u64 {
            let number = key.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
            match number {
                0..1_000 => number,
                1_000..1_100 => 1_000,
                _ => !number << 40,
            }
        }
    }

    /// Far from its home, left out of the index, behind a gap: each key is found, and no other.
    #[test]
    fn every_entry_is_found_wherever_the_hashes_lie() {
        let keys: Vec<_> = (0..2_000_u32).map(u32::to_be_bytes).collect();
        let items =
            keys.iter().step_by(2).map(|key| Item { hash: Skewed::hash(key), key, value: key });
        let region = Region::new::<Skewed>(keys.len() / 2, items).expect("few entries");
        for (number, key) in keys.iter().enumerate() {
            let found = region.find::<Skewed>(Skewed::rank(key)).map(EntryRef::value);
            assert_eq!(found, (number % 2 == 0).then_some(&key[..]), "{number}");
        }
    }
}
