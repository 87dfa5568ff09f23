//! Transcripts: what every vat was told and did, in its own references (KERNEL.md section 14).
//!
//! They are a table of the state like any other, so a fork shares them and a rollback undoes them.

use std::str;

use bootfork_store::Store;

use crate::id::{VatId, parse_number};
use crate::text::{Text, text};

/// Per vat, the JSON entries at positions 0, 1, 2, …
///
/// ```
/// use bootfork_kernel::{Transcripts, VatId};
///
/// let mut transcripts = Transcripts::default();
/// transcripts.append(VatId(1), r#"{"d":["bringOutYourDead"],"sc":[],"r":{"status":"ok"}}"#);
/// assert_eq!(transcripts.end(VatId(1)), 1);
/// assert_eq!(transcripts.entries(VatId(2)).count(), 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcripts(Store);

impl Transcripts {
    /// The position of a vat's next entry: the number of entries it ever had.
    pub fn end(&self, vat: VatId) -> u64 {
        self.number(&end_key(vat))
    }

    /// How often a vat has been reborn: 0 for one that was never upgraded.
    pub fn incarnation(&self, vat: VatId) -> u64 {
        self.number(&workers_key(vat)).saturating_sub(1)
    }

    /// Whether the vat's present incarnation has entries.
    pub(crate) fn is_open(&self, vat: VatId) -> bool {
        let last = self.end(vat).checked_sub(1).and_then(|last| self.0.get(entry_key(vat, last)));
        last.is_some_and(|last| !last.starts_with(br#"{"d":["shutdown-worker"]"#))
    }

    fn number(&self, key: &Text) -> u64 {
        let bytes = self.0.get(key).unwrap_or_default();
        str::from_utf8(bytes).ok().and_then(parse_number).unwrap_or(0)
    }

    /// Adds an entry and returns its position.
    pub fn append(&mut self, vat: VatId, entry: &str) -> u64 {
        self.append_by(vat, entry.as_bytes(), |store, key, value| {
            store.set(key, value);
        })
    }

    /// As [`append`](Self::append), every write made by `set`.
    pub(crate) fn append_by(
        &mut self,
        vat: VatId,
        entry: &[u8],
        mut set: impl FnMut(&mut Store, &[u8], &[u8]),
    ) -> u64 {
        let position = self.end(vat);
        set(&mut self.0, entry_key(vat, position).as_bytes(), entry);
        set(&mut self.0, end_key(vat).as_bytes(), text![position + 1].as_bytes());
        if entry.starts_with(br#"{"d":["initialize-worker""#) {
            let workers = workers_key(vat);
            let number = self.number(&workers) + 1;
            set(&mut self.0, workers.as_bytes(), text![number].as_bytes());
        }
        position
    }

    pub(crate) fn store_mut(&mut self) -> &mut Store {
        &mut self.0
    }

    /// The table itself.
    pub fn store(&self) -> &Store {
        &self.0
    }

    /// The vats that have entries, in order.
    pub fn vats(&self) -> Vec<VatId> {
        let ends =
            self.0.iter().filter_map(|(key, _)| str::from_utf8(key).ok()?.strip_suffix(".end"));
        ends.filter_map(|vat| vat.parse().ok()).collect()
    }

    /// A vat's entries in order. Entries are the text that was appended.
    pub fn entries(&self, vat: VatId) -> impl Iterator<Item = &str> {
        self.0.prefix(format!("{vat}/")).filter_map(|(_, entry)| str::from_utf8(entry).ok())
    }

    /// Forgets a vat's entries, each removal made by `remove`; returns how many there were.
    pub(crate) fn remove_by(
        &mut self,
        vat: VatId,
        mut remove: impl FnMut(&mut Store, &[u8]),
    ) -> usize {
        let keys = self.0.prefix(format!("{vat}/"));
        let keys: Vec<Vec<u8>> = keys.map(|(key, _)| key.to_vec()).collect();
        for key in &keys {
            remove(&mut self.0, key);
        }
        remove(&mut self.0, end_key(vat).as_bytes());
        remove(&mut self.0, workers_key(vat).as_bytes());
        keys.len()
    }
}

fn end_key(vat: VatId) -> Text {
    text![vat, ".end"]
}

fn workers_key(vat: VatId) -> Text {
    text![vat, ".workers"]
}

/// Positions are padded, so that the table's order is theirs.
fn entry_key(vat: VatId, position: u64) -> Text {
    const ZEROS: &str = "00000000000000000000";
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(position);
    text![vat, "/", &ZEROS[digits.len()..], digits]
}
