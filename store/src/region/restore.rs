//! A region that comes from an image.
//!
//! Entries are read one after the other, and what lies behind them is written anew from them and
//! compared, word by word: a region that passes is the one that [`Region::new`] makes of these
//! entries. So nothing that it says is used before it is known to be right, and no rule of the trie
//! or of the flat index is written down twice.

use std::fmt;

use super::{Index, Layout, Notes, Region, Run, Samples};
use crate::digest::Digest;
use crate::node::Shape;
use crate::raw::{LINE, Memory, Spot, UNIT, Writer};
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

    /// The region that lies in a memory, taken at its word but for what can be told at once.
    ///
    /// # Errors
    ///
    /// [`Damage::Plan`]. Anything else that is wrong shows when it is used, or never.
    pub(crate) fn trusted(memory: Memory, plan: Plan) -> Result<Arc<Self>, Damage> {
        let layout = plan.layout(&memory).ok_or(Damage::Plan)?;
        Ok(Self::of(memory, layout))
    }

    /// The region that lies in a memory, looked at as a whole, and the digest of its entries if
    /// that is asked for. O(n log n).
    ///
    /// # Errors
    ///
    /// The first damage found.
    pub(crate) fn verified<S: Shape>(
        memory: Memory,
        plan: Plan,
        digest: Option<Digest>,
    ) -> Result<Arc<Self>, Damage> {
        let layout = plan.layout(&memory).ok_or(Damage::Plan)?;
        let (notes, found) = read::<S>(&memory, plan, digest.is_some())?;
        if digest.is_some_and(|digest| digest != found) {
            return Err(Damage::Digest { found });
        }
        let mut writer = Writer::behind(&memory, plan.end);
        let written = notes.write::<S>(&mut writer, plan.end).ok_or(Damage::Plan)?;
        if let Some(line) = writer.first_difference(&memory) {
            return Err(match line {
                line if layout.index.end().is_some_and(|end| line < end) => Damage::Index { line },
                line if line < layout.samples.first_line() => Damage::Trie { line },
                line => Damage::Samples { line },
            });
        }
        if written.plan(plan.entries) != plan {
            return Err(Damage::Plan);
        }
        Ok(Self::of(memory, written))
    }
}

/// Notes what the entries of a memory are.
fn read<S: Shape>(memory: &Memory, plan: Plan, sum: bool) -> Result<(Notes, Digest), Damage> {
    let mut notes = Notes::with_capacity(plan.entries as usize);
    let mut digest = Digest::default();
    let mut last: Option<&[u8]> = None;
    let mut at = 0;
    for number in 0..plan.entries {
        memory.approach(at);
        let entry = memory.entry_within(at, plan.end).ok_or(Damage::Bounds { entry: number })?;
        let (hash, key) = (entry.hash(), entry.key());
        if last.is_some_and(|last| last >= key) {
            return Err(Damage::Order { entry: number });
        }
        if hash != S::hash(key) {
            return Err(Damage::Hash { entry: number });
        }
        if !memory.is_padded(at, entry) {
            return Err(Damage::Padding { entry: number });
        }
        if sum {
            digest += Digest::of_entry(key, entry.value());
        }
        notes.add(hash, key, Spot::of_entry(at));
        last = Some(key);
        at = Memory::behind(at, entry);
    }
    if at != plan.end {
        return Err(Damage::Entries);
    }
    if !memory.is_zero_behind(at) {
        return Err(Damage::Padding { entry: plan.entries - 1 });
    }
    Ok((notes, digest))
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
            && Writer::can_span(memory.bytes())
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
