//! Batches against naive twins: random programs, and every short one.
//!
//! A failure prints the program as a list that can be pasted into a call of [`run`].

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

use proptest::prelude::*;

use super::{Batch, BatchSavepoint};
use crate::hash::{K, hash64};
use crate::store::{Change, Store};

type Key = Vec<u8>;
type Model = BTreeMap<Key, Key>;

#[derive(Clone, Debug)]
enum Op {
    Set(Key, usize),
    Remove(Key),
    Savepoint,
    /// Goes back to one of the savepoints that still hold.
    Rollback(usize),
    Discard,
    Commit,
    /// Goes on with a clone; the original must not see what follows.
    Clone,
    NextKey(Key),
    Prefix(Key),
}

/// A batch, what it should hold, and what its base should.
#[derive(Clone)]
struct Twins {
    batch: Batch,
    model: Model,
    base: Model,
    savepoints: Vec<(BatchSavepoint, Model)>,
}

fn entries(model: &Model) -> impl Iterator<Item = (&[u8], &[u8])> {
    model.iter().map(|(key, value)| (&key[..], &value[..]))
}

impl Twins {
    fn new(base: Model, frozen: bool) -> Self {
        let mut store = Store::new();
        for (key, value) in &base {
            store.set(key, value);
        }
        if frozen {
            store.freeze();
        }
        let batch = Batch::new(store);
        Self { batch, model: base.clone(), base, savepoints: Vec::new() }
    }

    fn apply(&mut self, op: &Op) {
        match op {
            Op::Set(key, value) => {
                let value = value_of(*value);
                self.batch.set(key, &value);
                self.model.insert(key.clone(), value);
            }
            Op::Remove(key) => {
                self.batch.remove(key);
                self.model.remove(key);
            }
            Op::Savepoint => self.savepoints.push((self.batch.savepoint(), self.model.clone())),
            Op::Rollback(to) if !self.savepoints.is_empty() => {
                // It holds still, and those after it do not.
                self.savepoints.truncate(to % self.savepoints.len() + 1);
                let (savepoint, model) = self.savepoints.last().expect("one at least");
                self.batch.rollback(*savepoint);
                self.model.clone_from(model);
            }
            Op::Rollback(_) => {}
            Op::Discard => {
                self.batch.discard();
                self.model.clone_from(&self.base);
                self.savepoints.clear();
            }
            Op::Commit => {
                let digest = self.batch.digest();
                self.batch.commit();
                assert_eq!(self.batch.base().digest(), digest);
                self.base.clone_from(&self.model);
                self.savepoints.clear();
            }
            Op::Clone => self.batch = self.batch.clone(),
            Op::NextKey(after) => {
                let theirs = self.model.range((Excluded(after.clone()), Unbounded)).next();
                assert_eq!(self.batch.next_key(after), theirs.map(|(key, _)| &key[..]));
            }
            Op::Prefix(prefix) => {
                let theirs = entries(&self.model).filter(|(key, _)| key.starts_with(prefix));
                assert!(self.batch.prefix(prefix).eq(theirs), "entries with prefix {prefix:?}");
            }
        }
    }

    /// Without asking for order, which would make the batch keep it from then on.
    fn assert_agrees(&self) {
        let Self { batch, model, base, .. } = self;
        for key in keys() {
            let theirs = model.get(&key).map(Vec::as_slice);
            assert_eq!(batch.get(&key), theirs, "the value of {key:?}");
        }
        assert!(batch.base().iter().eq(entries(base)), "the base");
        let expected: Store = model.iter().collect();
        assert_eq!(batch.len(), model.len());
        assert_eq!(batch.digest(), expected.digest());
        let changes = batch.changes();
        assert_eq!(changes, batch.base().diff(&expected));
        let written: Vec<_> = changes.iter().map(|Change { key, .. }| key).collect();
        assert_eq!(batch.digest_without(&written), batch.base().digest_without(&written));
    }

    fn assert_agrees_in_order(&self) {
        assert!(self.batch.iter().eq(entries(&self.model)), "the entries in order");
        self.assert_agrees();
    }
}

/// Lengths differ, so that some values fit in the place of others and some do not.
fn value_of(number: usize) -> Key {
    vec![b'0' + u8::try_from(number % 10).expect("a digit"); number * 3]
}

/// Keys of sixteen bytes that all have one hash: the second half cancels the first.
fn colliding(number: u64) -> Key {
    [number.to_le_bytes(), K[1].to_le_bytes()].concat()
}

fn keys() -> Vec<Key> {
    let plain = (0..24).map(|n| format!("k{n}").into_bytes());
    plain.chain((0..4).map(colliding)).chain([Vec::new()]).collect()
}

fn run(base: Model, frozen: bool, program: &[Op]) {
    let mut twins = Twins::new(base, frozen);
    let mut kept = Vec::new();
    for op in program {
        if matches!(op, Op::Clone) {
            kept.push(twins.clone());
        }
        twins.apply(op);
        twins.assert_agrees();
    }
    twins.assert_agrees_in_order();
    // Clones did not see what came after them.
    kept.iter().for_each(Twins::assert_agrees_in_order);
    twins.batch.commit();
    twins.batch.base().check().expect("a sound store");
    assert!(twins.batch.into_base().iter().eq(entries(&twins.model)), "what was committed");
}

fn any_key() -> impl Strategy<Value = Key> {
    prop::sample::select(keys())
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        24 => (any_key(), 0..4_usize).prop_map(|(key, value)| Op::Set(key, value)),
        12 => any_key().prop_map(Op::Remove),
        4 => Just(Op::Savepoint),
        3 => (0..8_usize).prop_map(Op::Rollback),
        1 => Just(Op::Discard),
        1 => Just(Op::Commit),
        1 => Just(Op::Clone),
        1 => any_key().prop_map(Op::NextKey),
        1 => "k?1?".prop_map(|prefix| Op::Prefix(prefix.into())),
    ]
}

fn any_base() -> impl Strategy<Value = Model> {
    prop::collection::btree_map(any_key(), (0..4_usize).prop_map(value_of), 0..16)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn agrees_with_a_naive_twin(
        base in any_base(),
        frozen: bool,
        program in prop::collection::vec(any_op(), 1..100),
    ) {
        run(base, frozen, &program);
    }
}

/// So many keys of one hash that a table of hashes is given up.
#[test]
fn a_batch_of_chosen_keys_agrees_with_a_naive_twin() {
    let set = |n| Op::Set(colliding(n), usize::try_from(n % 4).expect("few"));
    let mut program: Vec<_> = (0..100).map(set).chain([Op::Savepoint]).collect();
    program.extend((50..300).map(set).chain([Op::Clone, Op::Savepoint]));
    program.extend((0..300).step_by(3).map(|n| Op::Remove(colliding(n))));
    program.extend([Op::Rollback(1), Op::Clone, Op::Rollback(0), Op::Commit]);
    program.extend((90..400).map(set).chain([Op::Discard]));
    program.extend((200..500).map(set));
    for frozen in [false, true] {
        let base = (0..20).map(|n| (colliding(n), value_of(1))).collect();
        run(base, frozen, &program);
    }
}

#[test]
fn keys_that_should_collide_do() {
    assert_eq!(hash64(&colliding(1)), hash64(&colliding(2)));
    assert_ne!(colliding(1), colliding(2));
}

/// Every program of five steps over a key that is in the base and one that is not.
#[test]
fn agrees_on_every_short_program() {
    let base = || Model::from([(b"k1".to_vec(), value_of(1))]);
    let of_key = |key: &str| {
        let key = key.as_bytes().to_vec();
        [Op::Set(key.clone(), 1), Op::Set(key.clone(), 2), Op::Remove(key)]
    };
    let order = Op::NextKey(Vec::new());
    let marks = [Op::Savepoint, Op::Rollback(0), Op::Rollback(1), order];
    let steps: Vec<Op> = of_key("k1").into_iter().chain(of_key("k2")).chain(marks).collect();
    for frozen in [false, true] {
        let mut seen = 0;
        visit(&Twins::new(base(), frozen), &steps, 5, &mut seen);
        assert_eq!(seen, 111_111);
    }
}

fn visit(twins: &Twins, steps: &[Op], left: usize, seen: &mut usize) {
    *seen += 1;
    if left == 0 {
        return twins.assert_agrees_in_order();
    }
    for step in steps {
        let mut next = twins.clone();
        next.apply(step);
        visit(&next, steps, left - 1, seen);
    }
}

/// A thousand removals, then scans: each is a step in an index, not a walk over what was removed.
#[test]
fn a_large_batch_agrees_after_each_kind_of_write() {
    let key = |n: usize| format!("ko{n}").into_bytes();
    let base: Model = (0..2_000).map(|n| (key(n), value_of(n % 4))).collect();
    let mut twins = Twins::new(base, true);
    twins.apply(&Op::NextKey(Vec::new()));
    twins.apply(&Op::Savepoint);
    (0..1_500).for_each(|n| twins.apply(&Op::Remove(key(n))));
    twins.assert_agrees_in_order();
    (500..3_000).for_each(|n| twins.apply(&Op::Set(key(n), 2)));
    twins.assert_agrees_in_order();
    twins.apply(&Op::Rollback(0));
    twins.assert_agrees_in_order();
    assert_eq!(twins.batch.changes(), []);
}

#[test]
fn committing_what_is_there_already_leaves_everything_shared() {
    let base: Store = (0..100).map(|n| (format!("key{n}"), "1")).collect();
    let mut batch = Batch::new(base.fork());
    batch.set("key7", "2");
    batch.set("key7", "1");
    batch.remove("missing");
    batch.commit();
    let committed = batch.into_base();
    assert_eq!(committed.stats().owned_nodes, 0);
    assert_eq!(committed, base);
}

#[test]
#[should_panic(expected = "the savepoint is of writes that are no more")]
fn a_savepoint_from_before_a_discard_is_refused() {
    let mut batch = Batch::new(Store::new());
    batch.set("a", "1");
    let savepoint = batch.savepoint();
    batch.discard();
    batch.rollback(savepoint);
}

/// A savepoint once was compared by lengths alone, so that one of other writes was taken for good.
#[test]
fn a_savepoint_of_writes_that_are_no_more_is_refused() {
    fn refused(program: impl FnOnce(&mut Batch) -> BatchSavepoint) {
        let mut batch = Batch::new(Store::new());
        batch.set("a", "1");
        let gone = program(&mut batch);
        let rollback = std::panic::AssertUnwindSafe(|| batch.rollback(gone));
        assert!(std::panic::catch_unwind(rollback).is_err());
    }
    refused(|batch| {
        let savepoint = batch.savepoint();
        batch.discard();
        batch.set("longer than before", "value");
        savepoint
    });
    refused(|batch| {
        let first = batch.savepoint();
        batch.set("b", "2");
        let second = batch.savepoint();
        batch.rollback(first);
        batch.set("c", "3");
        second
    });
    refused(|batch| {
        let savepoint = batch.savepoint();
        batch.commit();
        batch.savepoint();
        savepoint
    });
    // The memory of a large batch is given back, and savepoints are still told apart.
    refused(|batch| {
        let savepoint = batch.savepoint();
        (0..10_000).for_each(|n: u32| batch.set(n.to_le_bytes(), "value"));
        batch.discard();
        batch.set("a", "1");
        batch.discard();
        batch.savepoint();
        savepoint
    });
    // An empty batch has its savepoints as well, and a copy of it.
    refused(|batch| {
        batch.discard();
        let savepoint = batch.savepoint();
        batch.discard();
        *batch = batch.clone();
        batch.savepoint();
        savepoint
    });
}
