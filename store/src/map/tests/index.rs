//! What the flat index of a frozen map saves: without it every answer is right, and slow.

use super::Map;
use crate::store::Standard;
use crate::sync::reads;

const KEYS: usize = 20_000;

/// How often a get looks into a block, on average.
fn looks(map: &Map<Standard>, key: impl Fn(usize) -> String, is_there: bool) -> f64 {
    let before = reads();
    assert!((0..KEYS).all(|n| map.get(key(n).as_bytes()).is_some() == is_there));
    #[allow(clippy::cast_precision_loss)] // Far below 2^52.
    let average = (reads() - before) as f64 / KEYS as f64;
    average
}

#[test]
fn a_get_in_a_frozen_map_looks_at_its_entry_and_seldom_at_another() {
    let key = |n| format!("v7.c.ko{n}");
    let map: Map<Standard> = Map::from_entries((0..KEYS).map(|n| (key(n), "value")));
    let mut counted = Map::<Standard>::new();
    (0..KEYS).for_each(|n| _ = counted.set(key(n).as_bytes(), b"value"));

    // An entry is looked at for its lengths and its bytes, a few times each.
    let hit = looks(&map, key, true);
    assert!(hit < 7.0, "{hit} looks");
    let walk = looks(&counted, key, true);
    assert!(walk > 2.0 * hit, "{walk} looks by the trie and {hit} by the index");
    // A tag in 256 is like another, and some groups were too full.
    let miss = looks(&map, |n| format!("v7.c.kp{n}"), false);
    assert!(miss < 2.0, "{miss} looks");
}
