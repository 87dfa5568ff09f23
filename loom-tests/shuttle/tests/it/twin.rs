//! A store, and beside it a plain map that says what it must hold.

use std::collections::BTreeMap;
use std::ops::Bound;

use shuttle::rand::{Rng, thread_rng};
use shuttle_store::{Batch, Store};

/// Enough for a trie and an order index of two levels.
const KEYS: usize = 64;

/// A store and its model.
#[derive(Default)]
pub(crate) struct Twin {
    pub(crate) store: Store,
    model: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Twin {
    /// With every other key.
    pub(crate) fn half_full() -> Self {
        let mut twin = Self::default();
        for at in (0..KEYS).step_by(2) {
            twin.set(key(at), b"first".to_vec());
        }
        twin
    }

    pub(crate) fn fork(&self) -> Self {
        Self { store: self.store.fork(), model: self.model.clone() }
    }

    pub(crate) fn set(&mut self, key: Vec<u8>, value: Vec<u8>) {
        let new = self.store.set(&key, &value);
        assert_eq!(self.model.insert(key, value).is_none(), new);
    }

    fn remove(&mut self, key: &[u8]) {
        assert_eq!(self.store.remove(key), self.model.remove(key).is_some());
    }

    /// One write of a random key.
    pub(crate) fn write(&mut self) {
        if thread_rng().gen_ratio(2, 3) {
            self.set(any_key(), any_value());
        } else {
            self.remove(&any_key());
        }
    }

    /// Writes by way of a batch that is committed or discarded, perhaps with its base forked.
    pub(crate) fn batch(&mut self) {
        let before = self.model.clone();
        let mut batch = Batch::new(std::mem::take(&mut self.store));
        for _ in 0..4 {
            let (key, value) = (any_key(), any_value());
            if thread_rng().gen_ratio(2, 3) {
                batch.set(&key, &value);
                self.model.insert(key, value);
            } else {
                batch.remove(&key);
                self.model.remove(&key);
            }
        }
        let forked = thread_rng().gen_bool(0.5);
        let fork = forked.then(|| Self { store: batch.base().fork(), model: before.clone() });
        if thread_rng().gen_bool(0.5) {
            let digest = batch.digest();
            batch.commit();
            assert_eq!(batch.base().digest(), digest);
        } else {
            batch.discard();
            self.model = before;
        }
        self.store = batch.into_base();
        fork.iter().for_each(Self::check);
    }

    /// Writes, and goes back.
    pub(crate) fn write_and_return(&mut self) {
        let (savepoint, model) = (self.store.savepoint(), self.model.clone());
        self.write();
        self.write();
        self.store.rollback(&savepoint);
        self.model = model;
    }

    /// Reads a fork, entry by entry, between writes of its origin.
    pub(crate) fn write_while_scanning(&mut self) {
        let fork = self.fork();
        for (stored, modelled) in fork.store.iter().zip(&fork.model) {
            if thread_rng().gen_ratio(1, 8) {
                self.write();
            }
            assert_eq!(stored, (&modelled.0[..], &modelled.1[..]));
        }
    }

    /// Asks for one value and one neighbour.
    pub(crate) fn look(&self) {
        let key = any_key();
        assert_eq!(self.store.get(&key), self.model.get(&key).map(Vec::as_slice));
        let behind = (Bound::Excluded(&key[..]), Bound::Unbounded);
        let next = self.model.range::<[u8], _>(behind).next();
        assert_eq!(self.store.next_key(&key), next.map(|(key, _)| key.as_slice()));
    }

    /// Compares everything, and checks the invariants of the store.
    pub(crate) fn check(&self) {
        let stored = self.store.iter();
        assert!(stored.eq(self.model.iter().map(|(key, value)| (&key[..], &value[..]))));
        assert_eq!(self.store.len(), self.model.len());
        self.store.check().unwrap();
    }
}

fn key(at: usize) -> Vec<u8> {
    format!("key {at:02}").into_bytes()
}

fn any_key() -> Vec<u8> {
    key(thread_rng().gen_range(0..KEYS))
}

/// Of various lengths: some fit where another one was.
fn any_value() -> Vec<u8> {
    let mut random = thread_rng();
    vec![random.gen_range(b'a'..=b'z'); random.gen_range(0..24)]
}
