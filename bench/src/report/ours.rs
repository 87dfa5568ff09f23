//! The store, by the ways there are to use it.

use bootfork_store::{Batch, Store};

use super::contender::{Contender, Kind, written};
use super::input::Scanned;
use super::workload::Workload;

/// What is the same in every way of using a store: a tuple struct around one, `self.0`.
macro_rules! store {
    () => {
        const KIND: Kind = Kind::Ours;
        const TAKES_BYTES: bool = true;
        type Key = Box<[u8]>;
        type Value = Box<[u8]>;

        fn key(bytes: &[u8]) -> Box<[u8]> {
            bytes.into()
        }

        fn value(bytes: &[u8]) -> Box<[u8]> {
            bytes.into()
        }

        fn fork(&self) -> Self {
            Self(self.0.fork())
        }

        fn set(&mut self, key: &Box<[u8]>, value: &Box<[u8]>) {
            self.0.set(key, value);
        }

        fn get(&self, key: &Box<[u8]>) -> Option<&[u8]> {
            self.0.get(key)
        }

        fn equals(&self, other: &Self) -> bool {
            self.0 == other.0
        }

        fn next_key(&self, after: &Box<[u8]>) -> Option<&[u8]> {
            self.0.next_key(after)
        }

        fn scan(&self, from: &Box<[u8]>) -> Scanned {
            Scanned::walk(self.0.range(&from[..]..))
        }

        fn differences(&self, other: &Self) -> usize {
            self.0.diff(&other.0).len()
        }
    };
}

/// Trials are forks.
macro_rules! trials_are_forks {
    () => {
        type Trial<'a> = Self;

        fn trial(&self, writes: &[Write]) -> Self {
            written(self, writes)
        }

        fn look<'t>(trial: &'t Self, key: &Box<[u8]>) -> Option<&'t [u8]> {
            trial.0.get(key)
        }
    };
}

type Write = (Box<[u8]>, Box<[u8]>);

/// A store filled key by key.
#[derive(Debug)]
pub struct Plain(Store);

impl Contender for Plain {
    store!();
    trials_are_forks!();

    fn name() -> String {
        "bootfork".to_owned()
    }

    fn skips() -> &'static [Workload] {
        &[]
    }

    fn build(entries: &[Write]) -> Self {
        let mut store = Store::new();
        for (key, value) in entries {
            store.set(key, value);
        }
        Self(store)
    }
}

/// A store made of all its entries at once, which is frozen: everything lies in one region, and
/// nothing is counted.
#[derive(Debug)]
pub struct Frozen(Store);

impl Contender for Frozen {
    store!();
    trials_are_forks!();

    fn name() -> String {
        "bootfork frozen".to_owned()
    }

    fn skips() -> &'static [Workload] {
        &[]
    }

    fn build(entries: &[Write]) -> Self {
        Self(entries.iter().map(|(key, value)| (key, value)).collect())
    }
}

/// A frozen store whose trials are batches over a fork, which are thrown away or committed.
#[derive(Debug)]
pub struct Batched(Store);

impl Contender for Batched {
    store!();
    type Trial<'a> = Batch;

    fn name() -> String {
        "bootfork batch".to_owned()
    }

    fn skips() -> &'static [Workload] {
        ALL_BUT_TRIALS
    }

    fn build(entries: &[Write]) -> Self {
        Self(entries.iter().map(|(key, value)| (key, value)).collect())
    }

    fn trial(&self, writes: &[Write]) -> Batch {
        let mut batch = Batch::new(self.0.fork());
        for (key, value) in writes {
            batch.set(key, value);
        }
        batch
    }

    fn look<'t>(trial: &'t Batch, key: &Box<[u8]>) -> Option<&'t [u8]> {
        trial.get(key)
    }

    fn keep(&self, writes: &[Write]) -> Self {
        let mut batch = self.trial(writes);
        batch.commit();
        Self(batch.into_base())
    }
}

/// Beside its trials it is a frozen store as any other.
const ALL_BUT_TRIALS: &[Workload] = &[
    Workload::Fork,
    Workload::GetHit,
    Workload::GetMiss,
    Workload::Overwrite,
    Workload::OverwriteFromBytes,
    Workload::Seek,
    Workload::Scan,
    Workload::EqFork,
    Workload::DiffFork,
    Workload::MemEntry,
    Workload::Build,
    Workload::BuildFromBytes,
];
