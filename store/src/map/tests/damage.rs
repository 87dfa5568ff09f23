//! The checker sees what it is there to see.

use super::{Map, Tiny};
use crate::digest::Digest;
use crate::node::{self, Entry, Shape};
use crate::order;

fn sound() -> Map<Tiny> {
    Map::from_entries((0..50_u8).map(|n| ([n], [n])))
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
    assert_eq!(reported(|map| order::remove::<Tiny>(&mut map.root_mut().order, &[7])), "O6");
    let out_of_order: [&[u8]; 2] = [&[2], &[1]];
    let index = || order::from_sorted::<Tiny>(&out_of_order);
    assert_eq!(reported(|map| map.root_mut().order = index()), "O1");
    // Built as if it lay one level deeper.
    assert_eq!(reported(|map| rebuild(map, 1, <Tiny as Shape>::hash)), "N6");
    // Built for the last level, where everything is one leaf.
    assert_eq!(reported(|map| rebuild(map, Tiny::DEPTH, <Tiny as Shape>::hash)), "N2");
    assert_eq!(reported(|map| rebuild(map, 0, |key| u64::from(key[0]) << 50)), "N9");
}

/// Builds the trie again for another depth or with another hash.
fn rebuild(map: &mut Map<Tiny>, depth: u32, hash: impl Fn(&[u8]) -> u64) {
    let mut entries: Vec<Entry> =
        (0..50_u8).map(|n| Entry::entry(hash(&[n]), &[n], &[n])).collect();
    entries.sort_by(|a, b| a.borrow().rank().cmp(&b.borrow().rank()));
    map.root_mut().trie = node::build::<Tiny>(entries, depth);
}
