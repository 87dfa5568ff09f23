//! Every short program in a small world.
//!
//! The gate goes five steps deep; `BOOTFORK_WORLD_STEPS=N` goes N, at eleven times the time for
//! each step more.

use std::collections::BTreeMap;

use super::{Colliding, Map, Tiny, setting};
use crate::node::Shape;

type Model = BTreeMap<&'static str, u8>;
type World<S> = Vec<(Map<S>, Model)>;

#[derive(Clone, Copy, Debug)]
enum Step {
    Set(&'static str, u8),
    Remove(&'static str),
    /// Keeps the present version as it is and goes on with a fork.
    Fork,
    Freeze,
}

type Keys = [&'static str; 3];

fn steps(keys: Keys) -> impl Iterator<Item = Step> {
    let sets = keys.into_iter().flat_map(|key| [Step::Set(key, 1), Step::Set(key, 2)]);
    sets.chain(keys.map(Step::Remove)).chain([Step::Fork, Step::Freeze])
}

fn visit<S: Shape>(world: &World<S>, keys: Keys, left: usize, seen: &mut usize) {
    *seen += 1;
    if left == 0 {
        return;
    }
    for step in steps(keys) {
        let mut next: World<S> = world.clone();
        let (map, model) = next.last_mut().expect("a version");
        match step {
            Step::Set(key, value) => {
                let new = model.insert(key, value).is_none();
                assert_eq!(map.set(key.as_bytes(), &[value]), new);
            }
            Step::Remove(key) => {
                let there = model.remove(key).is_some();
                assert_eq!(map.remove(key.as_bytes()), there);
            }
            Step::Fork => {
                let fork = (map.clone(), model.clone());
                next.push(fork);
            }
            Step::Freeze => map.freeze(),
        }
        // Clones of the world share every version, so each write here was a write beside others.
        for (map, model) in &next {
            let theirs =
                model.iter().map(|(key, value)| (key.as_bytes(), std::slice::from_ref(value)));
            assert!(map.entries().eq(theirs), "{step:?} left {model:?} wrong");
            map.assert_sound();
        }
        visit(&next, keys, left - 1, seen);
    }
}

/// Every program of the steps asked for: `BOOTFORK_WORLD_STEPS`, five unless it is set.
fn visit_all<S: Shape>(keys: Keys) {
    let left = setting("BOOTFORK_WORLD_STEPS").unwrap_or(5);
    let mut seen = 0;
    visit::<S>(&vec![(Map::new(), Model::new())], keys, left, &mut seen);
    // One of no step, and eleven times as many with each step more.
    assert_eq!(seen, (0..left).fold(1, |programs, _| 1 + 11 * programs));
}

#[test]
fn every_short_program_agrees_when_hashes_collide() {
    let keys = ["a", "c", "b"];
    let [first, second, third] = keys.map(|key| Colliding::hash(key.as_bytes()));
    assert!(first == second && first != third);
    visit_all::<Colliding>(keys);
}

/// All three have one hash, and two of them the second one as well: too many for a leaf before that
/// is used up.
#[test]
fn every_short_program_agrees_when_both_hashes_collide() {
    let keys = ["c", "l", "a"];
    let [first, second, third] = keys.map(|key| Colliding::hash(key.as_bytes()));
    assert!(first == second && first == third);
    let [first, second, third] = keys.map(|key| Colliding::second_hash(key.as_bytes()));
    assert!(first == second && first != third);
    visit_all::<Colliding>(keys);
}

#[test]
fn every_short_program_agrees_with_tiny_nodes() {
    visit_all::<Tiny>(["a", "c", "b"]);
}
