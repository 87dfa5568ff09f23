//! The shape of the trie is a function of the content.

use std::fmt::Write;

use proptest::prelude::*;

use super::{Colliding, Leafless, Map, Tiny};
use crate::node::Shape;
use crate::raw::{ChildRef, View};
use crate::store::Standard;

/// The trie as text: kinds, bitmaps and keys.
fn sketch(child: ChildRef<'_>, text: &mut String) {
    match child.view() {
        View::Entry(entry) => write!(text, " {:?}", entry.key()).unwrap(),
        View::Leaf(leaf) => {
            text.push_str(" leaf(");
            leaf.children
                .iter()
                .for_each(|entry| write!(text, "{:?}", entry.entry().key()).unwrap());
            text.push(')');
        }
        View::Branch(branch) => {
            write!(text, " branch{:b}(", branch.info.bitmap).unwrap();
            branch.children.iter().for_each(|child| sketch(child, text));
            text.push(')');
        }
    }
}

fn sketch_of<S: Shape>(map: &Map<S>) -> String {
    let mut text = String::new();
    if let Some(trie) = &map.root().trie {
        sketch(trie.borrow(), &mut text);
    }
    text
}

/// Puts the kept keys in by several routes, all of which go over keys that are not kept.
fn assert_canonical<S: Shape>(keep: &[u16], detour: &[u16], value: u8) {
    let key = |n: &u16| n.to_string().into_bytes();
    let value = [value];
    let mut forward = Map::<S>::new();
    for n in keep {
        forward.set(&key(n), &value);
    }
    let mut backward = Map::<S>::new();
    for n in keep.iter().rev() {
        backward.set(&key(n), &value);
    }
    let mut roundabout = Map::<S>::new();
    for n in detour {
        roundabout.set(&key(n), b"gone");
    }
    let held = roundabout.clone();
    for n in keep {
        roundabout.set(&key(n), &value);
    }
    for n in detour.iter().filter(|n| !keep.contains(n)) {
        roundabout.remove(&key(n));
    }
    let at_once = Map::from_entries(keep.iter().map(|n| (key(n), value)));
    let mut frozen = roundabout.clone();
    frozen.freeze();
    for route in [&forward, &backward, &roundabout, &at_once, &frozen] {
        route.assert_sound();
        assert_eq!(sketch_of(route), sketch_of(&forward));
        assert_eq!(route.digest(), forward.digest());
        assert!(route.equal(&forward));
        assert_eq!(route.diff(&forward), []);
    }
    held.assert_sound();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_shape_does_not_depend_on_history(
        keep in prop::collection::vec(0..200_u16, 0..60),
        detour in prop::collection::vec(0..200_u16, 0..60),
    ) {
        assert_canonical::<Standard>(&keep, &detour, 7);
        assert_canonical::<Tiny>(&keep, &detour, 7);
        assert_canonical::<Leafless>(&keep, &detour, 7);
        assert_canonical::<Colliding>(&keep, &detour, 7);
    }
}
