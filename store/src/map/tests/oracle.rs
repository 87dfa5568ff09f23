//! Random programs, run on the map and on three other maps at once.
//!
//! A failure prints the program as a list that can be pasted into a call of [`run`].

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Colliding, Leafless, Map, Tiny};
use crate::node::Shape;
use crate::order::Found;
use crate::store::{Change, Standard};

type Key = Vec<u8>;

#[derive(Clone, Debug)]
enum Op {
    Set(Key, u8),
    Remove(Key),
    RemovePrefix(Key),
    /// Puts a fork of the present version on the list, and stays with the original.
    Fork,
    /// Goes on with another version on the list.
    Switch(usize),
    /// Makes the present version a fork of another one.
    Rollback(usize),
    Diff(usize),
    Eq(usize),
    NextKey(Key),
    Range(Key, Key),
    Freeze,
}

/// One version, four times.
struct Version<S> {
    map: Map<S>,
    model: BTreeMap<Key, Key>,
    im: im::OrdMap<Key, Key>,
    rpds: rpds::RedBlackTreeMapSync<Key, Key>,
}

impl<S: Shape> Clone for Version<S> {
    fn clone(&self) -> Self {
        let Self { map, model, im, rpds } = self;
        Self { map: map.clone(), model: model.clone(), im: im.clone(), rpds: rpds.clone() }
    }
}

impl<S: Shape> Version<S> {
    fn new() -> Self {
        Self {
            map: Map::new(),
            model: BTreeMap::new(),
            im: im::OrdMap::new(),
            rpds: rpds::RedBlackTreeMapSync::default(),
        }
    }

    fn set(&mut self, key: &Key, value: u8) {
        // Lengths differ, so that some values can be written in place and some not.
        let value = vec![value; usize::from(value) * 3];
        let new = self.model.insert(key.clone(), value.clone()).is_none();
        assert_eq!(self.map.set(key, &value), new, "set of {key:?} told new from old");
        self.im.insert(key.clone(), value.clone());
        self.rpds.insert_mut(key.clone(), value);
    }

    fn remove(&mut self, key: &Key) {
        let there = self.model.remove(key).is_some();
        assert_eq!(self.map.remove(key), there, "remove of {key:?} told whether it was there");
        self.im.remove(key);
        self.rpds.remove_mut(key);
    }

    fn assert_agrees(&self) {
        let theirs = || self.model.iter().map(|(key, value)| (&key[..], &value[..]));
        assert!(self.map.entries().eq(theirs()), "entries as in BTreeMap");
        assert!(self.im.iter().map(|(k, v)| (&k[..], &v[..])).eq(theirs()), "im as BTreeMap");
        assert!(self.rpds.iter().map(|(k, v)| (&k[..], &v[..])).eq(theirs()), "rpds as BTreeMap");
        assert_eq!(self.map.len(), self.model.len());
        self.map.assert_sound();
    }

    /// The same content by another route: at once, in a region.
    fn rebuilt(&self) -> Map<S> {
        Map::from_entries(self.model.iter().rev())
    }

    /// The same content by a third: one after the other, counted.
    fn written_again(&self) -> Map<S> {
        let mut map = Map::new();
        self.model.iter().rev().for_each(|(key, value)| _ = map.set(key, value));
        map
    }
}

fn diff_of_models<'a>(
    left: &'a BTreeMap<Key, Key>,
    right: &'a BTreeMap<Key, Key>,
) -> Vec<Change<'a>> {
    let mut keys: Vec<_> = left.keys().chain(right.keys()).collect();
    keys.sort();
    keys.dedup();
    let side = |map: &'a BTreeMap<Key, Key>, key| map.get(key).map(Vec::as_slice);
    keys.into_iter()
        .map(|key| Change { key, left: side(left, key), right: side(right, key) })
        .filter(|change| change.left != change.right)
        .collect()
}

/// Runs a program. Unless `faithful`, the model forgets removes: a defect the comparison must find.
fn run<S: Shape>(program: &[Op], faithful: bool) {
    let mut versions = vec![Version::<S>::new()];
    let mut now = 0;
    for op in program {
        let count = versions.len();
        match op {
            Op::Set(key, value) => versions[now].set(key, *value),
            Op::Remove(key) if faithful => versions[now].remove(key),
            Op::Remove(key) => {
                versions[now].map.remove(key);
            }
            Op::RemovePrefix(prefix) => {
                let keys: Vec<_> = versions[now].model.keys().cloned().collect();
                for key in keys.iter().filter(|key| key.starts_with(prefix)) {
                    versions[now].remove(key);
                }
            }
            Op::Fork => versions.push(versions[now].clone()),
            Op::Switch(to) => now = to % count,
            Op::Rollback(to) => versions[now] = versions[to % count].clone(),
            Op::Diff(to) => assert_diff(&versions[now], &versions[to % count]),
            Op::Eq(to) => assert_eq_of_models(&versions[now], &versions[to % count]),
            Op::NextKey(after) => {
                use std::ops::Bound::{Excluded, Unbounded};
                let ours = versions[now].map.keys(after, false).next().map(Found::key);
                let range = (Excluded(after.clone()), Unbounded);
                let theirs = versions[now].model.range(range).next();
                assert_eq!(ours, theirs.map(|(key, _)| &key[..]), "next key after {after:?}");
            }
            Op::Range(from, to) if from <= to => {
                let ours = versions[now].map.keys(from, true).map(Found::key);
                let ours = ours.take_while(|key| key < &&to[..]);
                let theirs = versions[now].model.range(from.clone()..to.clone());
                assert!(ours.eq(theirs.map(|(key, _)| &key[..])), "range {from:?}..{to:?}");
            }
            Op::Range(..) => {}
            Op::Freeze => versions[now].map.freeze(),
        }
        versions[now].assert_agrees();
    }
    // Nothing that was done to one version shows in another.
    for version in &versions {
        version.assert_agrees();
        for other in &versions {
            assert_diff(version, other);
            assert_eq_of_models(version, other);
        }
    }
}

fn assert_diff<S: Shape>(left: &Version<S>, right: &Version<S>) {
    let expected = diff_of_models(&left.model, &right.model);
    assert_eq!(left.map.diff(&right.map), expected, "diff of forks");
    assert_eq!(left.map.diff(&right.rebuilt()), expected, "diff of strangers");
    assert_eq!(left.map.diff(&right.written_again()), expected, "diff of counted strangers");
}

fn assert_eq_of_models<S: Shape>(left: &Version<S>, right: &Version<S>) {
    let expected = left.model == right.model;
    assert_eq!(left.map.equal(&right.map), expected, "equality of forks");
    assert_eq!(left.map.equal(&right.rebuilt()), expected, "equality of strangers");
    assert_eq!(left.map.equal(&right.written_again()), expected, "equality of counted strangers");
    assert_eq!(left.map.digest() == right.map.digest(), expected, "digests");
}

fn any_key() -> impl Strategy<Value = Key> {
    // Few enough keys that programs meet the same one again, some the prefix of others.
    prop_oneof![
        4 => (0..40_u8).prop_map(|n| format!("k{n}").into_bytes()),
        1 => prop::collection::vec(prop_oneof![Just(0), Just(1), Just(255)], 0..4),
    ]
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        24 => (any_key(), 0..6_u8).prop_map(|(key, value)| Op::Set(key, value)),
        12 => any_key().prop_map(Op::Remove),
        1 => any_key().prop_map(Op::RemovePrefix),
        2 => Just(Op::Fork),
        2 => Just(Op::Freeze),
        3 => (0..8_usize).prop_map(Op::Switch),
        1 => (0..8_usize).prop_map(Op::Rollback),
        2 => (0..8_usize).prop_map(Op::Diff),
        2 => (0..8_usize).prop_map(Op::Eq),
        3 => any_key().prop_map(Op::NextKey),
        2 => (any_key(), any_key()).prop_map(|(from, to)| Op::Range(from, to)),
    ]
}

fn programs() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(any_op(), 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn agrees_in_its_own_shape(program in programs()) {
        run::<Standard>(&program, true);
    }

    #[test]
    fn agrees_with_tiny_nodes(program in programs()) {
        run::<Tiny>(&program, true);
    }

    #[test]
    fn agrees_without_leaves(program in programs()) {
        run::<Leafless>(&program, true);
    }

    #[test]
    fn agrees_with_colliding_hashes(program in programs()) {
        run::<Colliding>(&program, true);
    }
}

/// Canary: were the comparison blind, all of the above would prove nothing.
#[test]
fn a_model_that_forgets_removes_is_caught() {
    let program = [Op::Set(b"k1".to_vec(), 1), Op::Remove(b"k1".to_vec())];
    run::<Tiny>(&program, true);
    let caught = std::panic::catch_unwind(|| run::<Tiny>(&program, false));
    assert!(caught.is_err(), "the comparison is blind");
}

/// Many keys and few versions: trees of some height, grown and emptied again.
#[test]
fn agrees_over_a_long_life() {
    let mut random = 1_u64;
    let mut below = |bound: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) % bound
    };
    let mut version = Version::<Standard>::new();
    let mut tiny = Version::<Tiny>::new();
    let mut kept = Vec::new();
    for round in 0..12_u64 {
        for step in 0..1_500 {
            let key = format!("v{}.c.ko{}", below(5), below(600)).into_bytes();
            // Three rounds mostly fill, three mostly empty.
            if below(8) < if round % 6 < 3 { 6 } else { 1 } {
                let value = u8::try_from(below(6)).unwrap();
                version.set(&key, value);
                tiny.set(&key, value);
            } else {
                version.remove(&key);
                tiny.remove(&key);
            }
            if step % 700 == 650 {
                version.map.freeze();
                tiny.map.freeze();
            }
            if step % 500 == 0 {
                kept.push((version.clone(), tiny.clone()));
            }
        }
        version.assert_agrees();
        tiny.assert_agrees();
        assert_eq!(version.map.digest(), tiny.map.digest());
    }
    for (old, tiny) in &kept {
        old.assert_agrees();
        tiny.assert_agrees();
        assert_diff(old, &version);
    }
}
