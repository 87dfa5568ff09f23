//! What a crank has replaced, to be put back when it is undone.
//!
//! Keeping the old roots of the tables would do the same in one line. But as long as they are
//! kept, nothing can be written in place: each crank would copy the path to every key that it
//! writes, and drop the old one when it ends, which cost more than all the rest of it.

use bootfork_store::Store;

use crate::state::Tables;

/// One of the stores of [`Tables`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Table {
    Kv,
    Transcripts,
    Bundles,
}

impl Table {
    fn of(self, tables: &mut Tables) -> &mut Store {
        match self {
            Self::Kv => &mut tables.kv,
            Self::Transcripts => tables.transcripts.store_mut(),
            Self::Bundles => &mut tables.bundles,
        }
    }
}

/// The replaced entries, oldest first; empty between cranks.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    recording: bool,
    replaced: Vec<Replaced>,
    /// The keys and old values of all of them, one behind the other.
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Replaced {
    table: Table,
    key: usize,
    /// `None` if the key was not there.
    value: Option<usize>,
}

/// A moment of the crank that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Savepoint(usize);

impl Journal {
    pub(super) fn begin(&mut self) {
        self.end();
        self.recording = true;
    }

    pub(super) fn end(&mut self) {
        self.recording = false;
        self.replaced.clear();
        self.bytes.clear();
    }

    pub(super) fn savepoint(&self) -> Savepoint {
        assert!(self.recording, "a savepoint is one of a crank");
        Savepoint(self.replaced.len())
    }

    /// Writes to the store of this table.
    pub(super) fn set(&mut self, table: Table, store: &mut Store, key: &[u8], value: &[u8]) {
        store.set_noting(key, value, |old| self.note(table, key, old));
    }

    /// Removes from the store of this table.
    pub(super) fn remove(&mut self, table: Table, store: &mut Store, key: &[u8]) {
        store.remove_noting(key, |old| self.note(table, key, Some(old)));
    }

    fn note(&mut self, table: Table, key: &[u8], old: Option<&[u8]>) {
        if self.recording {
            let value = old.map(<[u8]>::len);
            self.bytes.extend_from_slice(key);
            self.bytes.extend_from_slice(old.unwrap_or_default());
            self.replaced.push(Replaced { table, key: key.len(), value });
        }
    }

    /// Puts back what was replaced since then, the newest first.
    pub(super) fn undo(&mut self, tables: &mut Tables, Savepoint(then): Savepoint) {
        for Replaced { table, key, value } in self.replaced.drain(then..).rev() {
            let at = self.bytes.len() - key - value.unwrap_or(0);
            let (key, old) = self.bytes[at..].split_at(key);
            match value {
                Some(_) => table.of(tables).set(key, old),
                None => table.of(tables).remove(key),
            };
            self.bytes.truncate(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Journal, Table};
    use crate::state::Tables;

    #[test]
    fn undoing_puts_back_each_table_as_it_was_at_the_savepoint() {
        let mut tables = Tables::default();
        tables.kv.set("old", "1");
        tables.kv.set("doomed", "2");
        let mut journal = Journal::default();
        journal.begin();
        let start = (journal.savepoint(), tables.clone());
        journal.set(Table::Kv, &mut tables.kv, b"old", b"a longer value than before");
        journal.set(Table::Kv, &mut tables.kv, b"new", b"");
        journal.remove(Table::Kv, &mut tables.kv, b"missing");
        let middle = (journal.savepoint(), tables.clone());
        assert_ne!(middle.1.kv, start.1.kv);
        for round in 0..3 {
            let text = round.to_string();
            journal.set(Table::Kv, &mut tables.kv, b"old", text.as_bytes());
            journal.remove(Table::Kv, &mut tables.kv, b"doomed");
            journal.set(Table::Kv, &mut tables.kv, b"doomed", text.as_bytes());
            journal.remove(Table::Kv, &mut tables.kv, b"new");
            journal.set(Table::Bundles, &mut tables.bundles, b"b1-0", text.as_bytes());
            journal.set(
                Table::Transcripts,
                tables.transcripts.store_mut(),
                b"v1/0",
                text.as_bytes(),
            );
            for (savepoint, then) in [&middle, &start] {
                if round == 2 || *savepoint == middle.0 {
                    journal.undo(&mut tables, *savepoint);
                    assert_eq!(tables.kv, then.kv);
                    assert_eq!(tables.bundles, then.bundles);
                    assert_eq!(tables.transcripts, then.transcripts);
                }
            }
        }
        assert!(journal.replaced.is_empty() && journal.bytes.is_empty());
    }

    #[test]
    #[should_panic(expected = "a savepoint is one of a crank")]
    fn there_is_no_savepoint_outside_of_a_crank() {
        Journal::default().savepoint();
    }
}
