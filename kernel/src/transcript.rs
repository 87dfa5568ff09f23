//! Transcripts: what every vat was told and did, in its own references (KERNEL.md section 14).
//!
//! They are a table of the state like any other, so a fork shares them and a rollback undoes them.

use std::fmt::Write;
use std::str;

use bootfork_store::Store;

use crate::id::{VatId, parse_number};

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
        let bytes = self.0.get(end_key(vat)).unwrap_or_default();
        str::from_utf8(bytes).ok().and_then(parse_number).unwrap_or(0)
    }

    /// Adds an entry and returns its position.
    pub fn append(&mut self, vat: VatId, entry: &str) -> u64 {
        let position = self.end(vat);
        self.0.set(entry_key(vat, position), entry);
        self.0.set(end_key(vat), itoa::Buffer::new().format(position + 1));
        position
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

    /// Forgets a vat's entries; returns how many there were.
    pub(crate) fn remove(&mut self, vat: VatId) -> usize {
        let keys: Vec<_> = self.0.prefix(format!("{vat}/")).map(|(key, _)| key.to_vec()).collect();
        for key in &keys {
            self.0.remove(key);
        }
        self.0.remove(end_key(vat));
        keys.len()
    }
}

fn end_key(vat: VatId) -> String {
    format!("{vat}.end")
}

/// Positions are padded, so that the table's order is theirs.
fn entry_key(vat: VatId, position: u64) -> String {
    let mut key = String::with_capacity(32);
    write!(key, "{vat}/{position:020}").expect("writing to a string does not fail");
    key
}
