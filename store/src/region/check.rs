//! The invariants of a region, each tested by its number.

use super::Region;
use crate::check::Violation;
use crate::node::{self, Shape};
use crate::raw::ChildRef;

impl Region {
    /// Tests F2 to F5. O(n log n).
    pub(crate) fn check<S: Shape>(&self) -> Result<(), Violation> {
        let mut entries = 0_usize;
        let mut last: Option<&[u8]> = None;
        let mut place = self.first(self.run());
        while let Some(entry) = place.entry() {
            let key = entry.key();
            Violation::unless(last.is_none_or(|last| last < key), "F2", || {
                format!("{key:?} is not behind {last:?}")
            })?;
            let found = self.find::<S>(entry.rank()).is_some_and(|found| found.same(entry));
            Violation::unless(found, "F4", || format!("the index does not find {key:?}"))?;
            let sought = self.seek::<S>(self.run(), key, true).at();
            Violation::unless(sought == place.at(), "F5", || {
                format!("{key:?} is sought at {sought}, and lies at {}", place.at())
            })?;
            last = Some(key);
            entries += 1;
            place.advance(entry);
        }
        Violation::unless(self.layout.index.is_closed(&self.memory), "F4", || {
            "a search would be sent past the last group".into()
        })?;
        node::check::<S>(self.root(), Some(self))?;
        let mut in_trie = 0;
        node::for_each(self.root(), &mut |_| in_trie += 1);
        Violation::unless(in_trie == entries, "F3", || {
            format!("{in_trie} of {entries} entries in the trie")
        })
    }

    /// Whether a frozen child lies here.
    pub(crate) fn holds(&self, child: ChildRef<'_>) -> bool {
        self.memory.contains(child)
    }
}
