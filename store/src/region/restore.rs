//! A region that comes from an image.
//!
//! Entries are read one after the other, and what lies behind them is made anew from them and
//! compared, word by word: a region that passes is the one that [`Region::new`] makes of these
//! entries. So readers have no second rule of the trie or of the flat index. What it says of
//! places divides the work, and is proved by the parts that join; nothing else that it says is used
//! before it is known to be right.

mod divided;

use std::fmt;
use std::hint::black_box;
use std::ops::Range;

use divided::Division;

use super::notes::{Notes, is_divided};
use super::samples::Samples;
use super::{Index, Layout, Region, Run};
use crate::digest::Digest;
use crate::node::Shape;
use crate::raw::{Comparer, LINE, Memory, Spot, UNIT, Unread, Vouch, can_span};
use crate::sync::Arc;

/// Where in a region what lies, as an image tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Entries.
    pub(crate) entries: u32,
    /// Where the last entry ends, in units of eight bytes.
    pub(crate) end: u32,
    /// Groups of the flat index.
    pub(crate) groups: u32,
    /// Place and kind of the root of the trie.
    pub(crate) root: u32,
    /// The line where the samples begin.
    pub(crate) samples: u32,
}

/// What is wrong with a store in an image.
///
/// ```
/// use bootfork_store::image::{Damage, Image, ImageError};
/// use bootfork_store::Store;
///
/// let store = Store::from([("key", "value")]);
/// let mut bytes = Image::builder("example", 1).store("kv", &store).to_bytes()?;
/// let at = bytes.windows(3).position(|bytes| bytes == b"key").expect("it is in there");
/// bytes[at] ^= 1;
/// let error = Image::from_bytes(&bytes).unwrap_err();
/// assert!(matches!(error, ImageError::Checksum { .. }));
/// println!("{}", Damage::Order { entry: 3 });
/// # Ok::<(), ImageError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// The table of the image gives places that lie outside of the store's bytes, or are not where
    /// a store of so many entries has them.
    Plan,
    /// An entry, counted from 0, does not lie within the part for entries.
    Bounds {
        /// Its number.
        entry: u32,
    },
    /// The key of an entry is not above that of the entry before.
    Order {
        /// Its number.
        entry: u32,
    },
    /// The hash of an entry is not that of its key.
    Hash {
        /// Its number.
        entry: u32,
    },
    /// There are bytes other than zero between an entry and what follows.
    Padding {
        /// Its number.
        entry: u32,
    },
    /// The entries end before or behind the place that the table of the image gives.
    Entries,
    /// The flat index is not the one of the entries.
    Index {
        /// The first line of 64 bytes that differs, counted from the beginning of the store.
        line: usize,
    },
    /// The trie is not the one of the entries.
    Trie {
        /// As above.
        line: usize,
    },
    /// The samples are not those of the entries.
    Samples {
        /// As above.
        line: usize,
    },
    /// The digest is not the one of the entries.
    Digest {
        /// That of the entries.
        found: Digest,
    },
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan => write!(f, "its places are not those of a store"),
            Self::Bounds { entry } => write!(f, "entry {entry} lies out of bounds"),
            Self::Order { entry } => write!(f, "the key of entry {entry} is out of order"),
            Self::Hash { entry } => write!(f, "the hash of entry {entry} is wrong"),
            Self::Padding { entry } => write!(f, "entry {entry} is not padded with zeros"),
            Self::Entries => write!(f, "its entries do not end where they should"),
            Self::Index { line } => write!(f, "its flat index is wrong in line {line}"),
            Self::Trie { line } => write!(f, "its trie is wrong in line {line}"),
            Self::Samples { line } => write!(f, "its samples are wrong in line {line}"),
            Self::Digest { found } => write!(f, "its entries have the digest {found}"),
        }
    }
}

impl Region {
    /// Where what lies, for an image.
    pub(crate) fn plan(&self, entries: u32) -> Plan {
        self.layout.plan(entries)
    }

    /// The region that lies in a memory, looked at as a whole, and the digest of its entries if
    /// that is asked for. O(n log n), on several threads if there are many entries.
    ///
    /// # Errors
    ///
    /// The first damage found.
    pub(crate) fn verified<S: Shape>(
        memory: Memory,
        plan: Plan,
        digest: Option<Digest>,
    ) -> Result<Arc<Self>, Damage> {
        Self::verified_by::<S>(memory, plan, digest, Division::of(plan.entries))
    }

    /// The region that lies in a memory, at none of whose entries anybody looks. O(1).
    ///
    /// # Errors
    ///
    /// [`Damage::Plan`].
    pub(crate) fn trusted(memory: Memory, plan: Plan, _: Vouch) -> Result<Arc<Self>, Damage> {
        let layout = plan.layout(&memory).ok_or(Damage::Plan)?;
        Ok(Self::of(memory, layout))
    }

    fn verified_by<S: Shape>(
        memory: Memory,
        plan: Plan,
        digest: Option<Digest>,
        division: Division,
    ) -> Result<Arc<Self>, Damage> {
        let layout = plan.layout(&memory).ok_or(Damage::Plan)?;
        let look = Look { memory: &memory, plan, layout, digest };
        // Where there is damage, parts may be found elsewhere than they are: what is damaged first
        // shows when one is looked at after the other.
        if division.parts == 1 || look.divided::<S>(division).is_none() {
            look.undivided::<S>()?;
        }
        let layout = look.layout;
        Ok(Self::of(memory, layout))
    }
}

/// A look through a region.
struct Look<'a> {
    memory: &'a Memory,
    plan: Plan,
    /// That of the plan, which is not known to be right.
    layout: Layout,
    /// What the digest should be, if that is of interest.
    digest: Option<Digest>,
}

/// Entries that are neighbours, as they were read.
struct Part<'a> {
    notes: Notes,
    digest: Digest,
    first_key: &'a [u8],
    last_key: &'a [u8],
}

impl Look<'_> {
    fn undivided<S: Shape>(&self) -> Result<(), Damage> {
        let Self { memory, plan, layout, digest } = self;
        let all =
            self.read::<S>(0..plan.entries, 0..plan.end, is_divided(plan.entries as usize))?;
        if !memory.is_zero_behind(plan.end) {
            return Err(Damage::Padding { entry: plan.entries - 1 });
        }
        if digest.is_some_and(|digest| digest != all.digest) {
            return Err(Damage::Digest { found: all.digest });
        }
        let mut pen = Comparer::at(memory, plan.end);
        let written = all.notes.put::<S>(&mut pen, plan.end).ok_or(Damage::Plan)?;
        if let Some(line) = pen.first_difference() {
            return Err(match line {
                line if layout.index.end().is_some_and(|end| line < end) => Damage::Index { line },
                line if line < layout.samples.first_line() => Damage::Trie { line },
                line => Damage::Samples { line },
            });
        }
        if written.plan(plan.entries) == *plan { Ok(()) } else { Err(Damage::Plan) }
    }
}

impl<'a> Look<'a> {
    /// Entries of these numbers in these places, divided by their hashes or not.
    fn read<S: Shape>(
        &self,
        numbers: Range<u32>,
        places: Range<u32>,
        divided: bool,
    ) -> Result<Part<'a>, Damage> {
        let mut notes = Notes::new::<S>(numbers.len(), divided);
        let mut digest = Digest::default();
        let all = self.memory.bytes_between(places.clone()).ok_or(Damage::Entries)?;
        let first_key = Unread::split_off(all).map_or(&[][..], |(first, _)| first.key);
        let mut last: Option<Unread<'_>> = None;
        let (mut left, mut far) = (all, all.len());
        for number in numbers {
            if left.len() <= far {
                far = left.len() - approach(left);
            }
            #[allow(clippy::cast_possible_truncation)] // It lies between the places.
            let at = places.end - (left.len() / UNIT) as u32;
            let found = Unread::split_off(left);
            let (entry, behind) = found.ok_or(Damage::Bounds { entry: number })?;
            left = behind;
            if last.is_some_and(|last| !last.is_below(entry)) {
                return Err(Damage::Order { entry: number });
            }
            last = Some(entry);
            if entry.hash != S::hash(entry.key) {
                return Err(Damage::Hash { entry: number });
            }
            if !entry.is_padded {
                return Err(Damage::Padding { entry: number });
            }
            if self.digest.is_some() {
                digest += Digest::of_entry(entry.key, entry.value);
            }
            notes.add(number as usize, entry.hash, entry.key, at);
        }
        if !left.is_empty() {
            return Err(Damage::Entries);
        }
        let last_key = last.map_or(&[][..], |last| last.key);
        Ok(Part { notes, digest, first_key, last_key })
    }
}

/// Has the first of some bytes brought nearer, to which a walk over entries comes next; how many.
/// Otherwise they would be fetched one after the other, since where an entry lies is known from the
/// one before.
fn approach(left: &[u8]) -> usize {
    /// Few enough that they stay in the cache.
    const NEAR: usize = 512 * LINE;
    let near = &left[..left.len().min(NEAR)];
    let lines = near.as_chunks::<LINE>().0;
    // Four at a time take half the instructions; the last few lines come without being asked for.
    for [a, b, c, d] in lines.as_chunks().0 {
        black_box(a[0] ^ b[0] ^ c[0] ^ d[0]);
    }
    near.len()
}

impl Plan {
    /// That of a store without entries, which has no region.
    pub(crate) const EMPTY: Self = Self { entries: 0, end: 0, groups: 0, root: 0, samples: 0 };

    /// What it says, if all of it lies in the memory and fits together.
    fn layout(self, memory: &Memory) -> Option<Layout> {
        let Self { entries, end, groups, root, samples } = self;
        let lines = memory.lines().len();
        let first = (end as usize * UNIT).div_ceil(LINE);
        let index = Index::at(first, entries as usize, groups as usize);
        let samples = Samples::at(samples as usize, entries as usize);
        let root = Spot::from_word(root);
        // An entry takes two units at least, so that nothing is made for more of them than are
        // there.
        let fits = entries > 0
            && entries <= end / 2
            && can_span(memory.bytes())
            && index.end().is_some_and(|end| end <= samples.first_line())
            && samples.end() == lines
            && (root.at() as usize * UNIT) < samples.first_line() * LINE;
        fits.then_some(Layout { root, run: Run { low: 0, high: end }, index, samples })
    }
}

impl Layout {
    fn plan(&self, entries: u32) -> Plan {
        let narrow = |number: usize| u32::try_from(number).expect("a region is below 8 GiB");
        Plan {
            entries,
            end: self.run.high,
            groups: narrow(self.index.groups()),
            root: self.root.to_word(),
            samples: narrow(self.samples.first_line()),
        }
    }
}

#[cfg(all(test, target_endian = "little", not(any(loom, shuttle))))]
mod tests;
