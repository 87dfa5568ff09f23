//! The checker sees what it is there to see.

use super::{Map, Tiny};
use crate::digest::Digest;
use crate::node::{Counted, Entry, Shape, build};
use crate::order::{self, Keys, Link};
use crate::raw::Child;
use crate::region::Run;

/// Keys 0 to 49, of which the first twenty lie in a region.
fn sound() -> Map<Tiny> {
    let mut map = Map::from_entries((0..20_u8).map(|n| ([n], [n])));
    (20..50).for_each(|n| _ = map.set(&[n], &[n]));
    map
}

/// The invariant that a damaged map is reported for.
fn reported(damage: impl FnOnce(&mut Map<Tiny>)) -> &'static str {
    let mut map = sound();
    map.assert_sound();
    damage(&mut map);
    map.check().expect_err("damage is reported").invariant()
}

#[test]
fn damage_is_reported_by_the_number_of_what_it_breaks() {
    assert_eq!(reported(|map| map.root_mut().len += 1), "M1");
    assert_eq!(reported(|map| map.root_mut().digest += Digest::of_entry(b"", b"")), "M2");
    assert_eq!(reported(|map| remove_from_order(map, 7)), "O6");
    assert_eq!(reported(|map| remove_from_order(map, 27)), "O6");
    let out_of_order: [&[u8]; 2] = [&[2], &[1]];
    let leaf = || Link::Leaf(Keys::new(out_of_order.into_iter()));
    assert_eq!(reported(|map| map.root_mut().order = Some(leaf())), "O1");
    let run = |low, high| Some(Link::Run(Run { low, high }));
    assert_eq!(reported(|map| map.root_mut().order = run(3, 3)), "O7");
    assert_eq!(reported(|map| map.root_mut().order = run(0, u32::MAX)), "F1");
    // Words without their region, and beside another one.
    assert_eq!(reported(|map| map.root_mut().region = None), "F1");
    let other = sound().root().region.clone();
    assert_eq!(reported(|map| map.root_mut().region = other), "F1");
    // Built as if it lay one level deeper.
    assert_eq!(reported(|map| rebuild(map, 1, <Tiny as Shape>::hash)), "N6");
    // Built for the last level, where everything is one leaf.
    assert_eq!(reported(|map| rebuild(map, Tiny::DEPTH, <Tiny as Shape>::hash)), "N2");
    assert_eq!(reported(|map| rebuild(map, 0, |key| u64::from(key[0]) << 50)), "N9");
}

/// Were a word followed before the test that it points into the region, this would read freed
/// memory, which a sanitizer reports.
#[test]
fn a_word_without_its_region_is_reported_and_not_followed() {
    for others in [1, 9] {
        let mut map: Map<Tiny> = Map::from_entries((0..=others).map(|n| ([n], [n])));
        map.set(&[0], b"counted");
        map.root_mut().region = None;
        assert_eq!(map.check().expect_err("damage is reported").invariant(), "F1");
    }
}

fn remove_from_order(map: &mut Map<Tiny>, key: u8) {
    let root = map.root_mut();
    order::remove::<Tiny>(&mut root.order, root.region.as_deref(), &[key]);
}

/// Builds the trie again for another depth or with another hash.
fn rebuild(map: &mut Map<Tiny>, depth: u32, hash: impl Fn(&[u8]) -> u64) {
    let mut entries: Vec<(u64, Child)> =
        (0..50_u8).map(|n| (hash(&[n]), Entry::entry(hash(&[n]), &[n], &[n]).into())).collect();
    entries.sort_by(|(_, a), (_, b)| a.borrow().entry().rank().cmp(&b.borrow().entry().rank()));
    map.root_mut().trie = build::<Tiny, _>(&mut Counted, entries, depth);
}
