//! Transcripts: what every vat was told and did, in its own references (KERNEL.md section 14).
//!
//! They are a table of the state like any other, so a fork shares them and a rollback undoes them.

use std::str;

use bootfork_store::{Iter, Store, WriteSet};

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
        self.reader().end(vat)
    }

    /// How often a vat has been reborn: 0 for one that was never upgraded.
    pub fn incarnation(&self, vat: VatId) -> u64 {
        self.reader().incarnation(vat)
    }

    /// Adds an entry and returns its position.
    pub fn append(&mut self, vat: VatId, entry: &str) -> u64 {
        let addition = self.reader().addition(vat, entry.as_bytes());
        addition.write(|key, value| _ = self.0.set(key, value));
        addition.position
    }

    /// Those of a table.
    pub(crate) fn of_store(table: Store) -> Self {
        Self(table)
    }

    /// The table itself.
    pub fn store(&self) -> &Store {
        &self.0
    }

    pub(crate) fn store_mut(&mut self) -> &mut Store {
        &mut self.0
    }

    /// The vats that have entries, in order.
    pub fn vats(&self) -> Vec<VatId> {
        let ends =
            self.0.iter().filter_map(|(key, _)| str::from_utf8(key).ok()?.strip_suffix(".end"));
        ends.filter_map(|vat| vat.parse().ok()).collect()
    }

    /// A vat's entries in order. Entries are the text that was appended.
    pub fn entries(&self, vat: VatId) -> impl Iterator<Item = &str> {
        self.reader().entries(vat)
    }

    fn reader(&self) -> Reader<'_> {
        Reader { table: &self.0, pending: None }
    }

    /// The table as it is with these writes.
    pub(crate) fn with<'a>(&'a self, pending: &'a WriteSet) -> Reader<'a> {
        Reader { table: &self.0, pending: Some(pending) }
    }
}

/// How the last entry of an incarnation begins.
const SHUTDOWN: &[u8] = br#"{"d":["shutdown-worker"]"#;

/// Reads transcripts, with or without what a crank has written to them.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    table: &'a Store,
    pending: Option<&'a WriteSet>,
}

impl<'a> Reader<'a> {
    pub(crate) fn end(self, vat: VatId) -> u64 {
        self.number(&end_key(vat))
    }

    pub(crate) fn incarnation(self, vat: VatId) -> u64 {
        self.later_spans(vat).len() as u64
    }

    /// Where the vat's incarnations after the first begin. A vat has its first from its creation
    /// on, also if it keeps no transcript.
    pub(crate) fn later_spans(self, vat: VatId) -> Vec<u64> {
        let starts = self.get(&spans_key(vat)).and_then(|starts| str::from_utf8(starts).ok());
        starts.unwrap_or_default().split(',').filter_map(parse_number).collect()
    }

    /// Whether the vat's present incarnation has entries.
    pub(crate) fn is_open(self, vat: VatId) -> bool {
        let last = self.end(vat).checked_sub(1).and_then(|last| self.get(&entry_key(vat, last)));
        last.is_some_and(|last| !last.starts_with(SHUTDOWN))
    }

    pub(crate) fn entries(self, vat: VatId) -> impl Iterator<Item = &'a str> {
        self.prefix(vat).filter_map(|(_, entry)| str::from_utf8(entry).ok())
    }

    /// What deleting the newest of a vat's spans writes.
    pub(crate) fn deletion(self, vat: VatId) -> Deletion {
        let mut starts = self.later_spans(vat);
        let start = starts.pop();
        let first = entry_key(vat, start.unwrap_or(0));
        let entries = self.prefix(vat).map(|(key, _)| key).filter(|key| *key >= first.as_bytes());
        Deletion { vat, entries: entries.map(<[u8]>::to_vec).collect(), start, starts }
    }

    /// What adding an entry writes.
    pub(crate) fn addition(self, vat: VatId, entry: &[u8]) -> Addition<'_> {
        let position = self.end(vat);
        let starts = entry.starts_with(SHUTDOWN).then(|| {
            let mut starts = self.later_spans(vat);
            starts.push(position + 1);
            starts
        });
        Addition { vat, position, entry, starts }
    }

    fn get(self, key: &Text) -> Option<&'a [u8]> {
        match self.pending {
            Some(pending) => pending.get(self.table, key),
            None => self.table.get(key),
        }
    }

    fn prefix(self, vat: VatId) -> Iter<'a> {
        let prefix = text![vat, "/"];
        match self.pending {
            Some(pending) => pending.prefix(self.table, prefix),
            None => self.table.prefix(prefix),
        }
    }

    fn number(self, key: &Text) -> u64 {
        let bytes = self.get(key).unwrap_or_default();
        str::from_utf8(bytes).ok().and_then(parse_number).unwrap_or(0)
    }
}

/// An entry that is to be added.
pub(crate) struct Addition<'a> {
    vat: VatId,
    position: u64,
    entry: &'a [u8],
    /// Where the incarnations after the first begin, if it makes way for another.
    starts: Option<Vec<u64>>,
}

impl Addition<'_> {
    /// Every write is made by `set`.
    pub(crate) fn write(&self, mut set: impl FnMut(&[u8], &[u8])) {
        let Self { vat, position, entry, ref starts } = *self;
        set(entry_key(vat, position).as_bytes(), entry);
        set(end_key(vat).as_bytes(), text![position + 1].as_bytes());
        if let Some(starts) = starts {
            set(spans_key(vat).as_bytes(), listed(starts).as_bytes());
        }
    }
}

/// A span that is to be deleted, the newest that the vat has.
pub(crate) struct Deletion {
    vat: VatId,
    entries: Vec<Vec<u8>>,
    /// Where it begins, unless it is the first.
    start: Option<u64>,
    /// Where those before it begin, but for the first.
    starts: Vec<u64>,
}

impl Deletion {
    /// Every write is made by `write`; one without a value deletes. `true` if the vat has no
    /// spans any more.
    pub(crate) fn write(&self, mut write: impl FnMut(&[u8], Option<&[u8]>)) -> bool {
        let Self { vat, entries, start, starts } = self;
        for key in entries {
            write(key, None);
        }
        let end = start.map(|start| text![start]);
        write(end_key(*vat).as_bytes(), end.as_ref().map(Text::as_bytes));
        let starts = (!starts.is_empty()).then(|| listed(starts));
        write(spans_key(*vat).as_bytes(), starts.as_ref().map(String::as_bytes));
        start.is_none()
    }
}

fn listed(starts: &[u64]) -> String {
    starts.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
}

fn end_key(vat: VatId) -> Text {
    text![vat, ".end"]
}

/// Absent for a vat that was never upgraded.
fn spans_key(vat: VatId) -> Text {
    text![vat, ".spans"]
}

/// Positions are padded, so that the table's order is theirs.
fn entry_key(vat: VatId, position: u64) -> Text {
    const ZEROS: &str = "00000000000000000000";
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(position);
    text![vat, "/", &ZEROS[digits.len()..], digits]
}
