//! What a crank or a host call has written, before the tables have it.
//!
//! Nothing is in the tables until the end, so an abort drops it and a commit writes each key once,
//! however often the crank did: statistics, queues and reference counts change many times in one.
//! Everything that the keeper reads is read through here.

use bootfork_store::{BatchSavepoint, WriteSet};

use crate::state::Tables;

/// A write set for each of the tables; empty between cranks.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    pub(super) kv: WriteSet,
    pub(super) transcripts: WriteSet,
    pub(super) bundles: WriteSet,
}

/// A moment of the crank that is under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Savepoint {
    kv: BatchSavepoint,
    transcripts: BatchSavepoint,
    bundles: BatchSavepoint,
}

impl Pending {
    pub(super) fn savepoint(&mut self) -> Savepoint {
        let Self { kv, transcripts, bundles } = self;
        Savepoint {
            kv: kv.savepoint(),
            transcripts: transcripts.savepoint(),
            bundles: bundles.savepoint(),
        }
    }

    /// Drops what was written since then.
    pub(super) fn rollback(&mut self, tables: &Tables, then: Savepoint) {
        self.kv.rollback(&tables.kv, then.kv);
        self.transcripts.rollback(tables.transcripts.store(), then.transcripts);
        self.bundles.rollback(&tables.bundles, then.bundles);
    }

    pub(super) fn discard(&mut self) {
        self.kv.discard();
        self.transcripts.discard();
        self.bundles.discard();
    }

    pub(super) fn commit(&mut self, tables: &mut Tables) {
        self.kv.commit(&mut tables.kv);
        self.transcripts.commit(tables.transcripts.store_mut());
        self.bundles.commit(&mut tables.bundles);
    }
}

#[cfg(test)]
mod tests {
    use super::Pending;
    use crate::state::Tables;

    #[test]
    fn a_rollback_a_discard_and_a_commit_reach_every_table() {
        let mut tables = Tables::default();
        tables.kv.set("old", "1");
        let before = tables.clone();
        let mut pending = Pending::default();
        let write = |pending: &mut Pending, tables: &Tables, text: &str| {
            pending.kv.set(&tables.kv, "new", text);
            pending.kv.remove(&tables.kv, "old");
            pending.transcripts.set(tables.transcripts.store(), "v1/0", text);
            pending.bundles.set(&tables.bundles, "b1-0", text);
        };
        write(&mut pending, &tables, "a");
        pending.discard();
        write(&mut pending, &tables, "b");
        let middle = pending.savepoint();
        write(&mut pending, &tables, "c");
        pending.rollback(&tables, middle);
        pending.commit(&mut tables);
        let stores = [&tables.kv, tables.transcripts.store(), &tables.bundles];
        for (store, key) in stores.into_iter().zip(["new", "v1/0", "b1-0"]) {
            assert_eq!(store.len(), 1);
            assert_eq!(store.get(key), Some(&b"b"[..]));
        }
        let after = tables.clone();
        let start = pending.savepoint();
        write(&mut pending, &tables, "d");
        pending.rollback(&tables, start);
        pending.commit(&mut tables);
        let same = |left: &Tables, right: &Tables| {
            (
                left.kv == right.kv,
                left.transcripts == right.transcripts,
                left.bundles == right.bundles,
            )
        };
        assert_eq!(same(&tables, &after), (true, true, true));
        assert_eq!(same(&tables, &before), (false, false, false));
    }
}
