//! Keys that somebody chose for their hash.

use super::Map;
use crate::hash::{K, hash64};
use crate::node::Shape;
use crate::raw::{ChildRef, View};
use crate::store::Standard;
use crate::sync::reads;

/// Keys whose hashes are wholly equal: the first eight bytes make the state zero, and what is
/// multiplied with zero does not matter.
fn colliding(number: u64) -> [u8; 16] {
    let zero = K[0] ^ K[3].wrapping_mul(16);
    let mut key = [0; 16];
    key[..8].copy_from_slice(&zero.to_le_bytes());
    key[8..].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    key
}

/// A map of colliding keys, counted.
fn filled(count: u64) -> Map<Standard> {
    let mut map = Map::new();
    for number in 0..count {
        map.set(&colliding(number), b"value");
    }
    map
}

/// How often `work` looked into a block.
fn looks<T>(work: impl FnOnce() -> T) -> usize {
    let before = reads();
    work();
    reads() - before
}

#[test]
fn the_keys_do_collide() {
    let hashes = (0..1_000).map(|number| hash64(&colliding(number)));
    assert!(hashes.clone().all(|hash| hash == hash64(&colliding(0))), "{:x?}", hashes.max());
}

#[test]
fn looks_are_counted() {
    let (one, other) = (filled(256), filled(256));
    assert!(looks(|| assert!(one.equal(&other))) >= 2 * 256, "all entries of both are compared");
}

/// The four groups of the flat index that a search looks at, if the map is frozen; then the levels
/// of both hashes, and a leaf. A branch is looked at for bits and children, an entry for hash,
/// length and key, each a few times; one look at every entry of 4,096 would be far more.
fn bound(count: u64) -> usize {
    const GROUPS: usize = 4 * 12 * 8;
    const LEVELS: usize = 128;
    const STEP: usize = 16;
    GROUPS + LEVELS + STEP * (count.ilog2() as usize + 1)
}

#[test]
fn lookups_and_overwrites_among_colliding_keys_are_logarithmic() {
    for (count, frozen) in [16, 256, 4_096].into_iter().flat_map(|n| [(n, false), (n, true)]) {
        let mut map = filled(count);
        if frozen {
            map.freeze();
        }
        map.assert_sound();
        for number in (0..count).step_by(usize::try_from(count / 16).expect("few")) {
            let (there, missing) = (colliding(number), colliding(count + number));
            assert!(looks(|| assert!(map.get(&there).is_some())) <= bound(count));
            assert!(looks(|| assert!(map.get(&missing).is_none())) <= bound(count));
            let overwrite = looks(|| assert!(!map.set(&there, b"VALUE")));
            assert!(overwrite <= 3 * bound(count), "{overwrite} looks among {count} keys");
        }
    }
}

#[test]
fn inserting_and_removing_colliding_keys_looks_at_few_of_them() {
    for count in [16, 256, 4_096] {
        let mut map = filled(count);
        for number in count..count + 16 {
            let key = colliding(number);
            // The order index copies leaves of up to 48 keys besides.
            let most = 3 * bound(count) + 48 * 48;
            let insert = looks(|| assert!(map.set(&key, b"value")));
            assert!(insert <= most, "{insert} looks to insert among {count} keys");
            let remove = looks(|| assert!(map.remove(&key)));
            assert!(remove <= most, "{remove} looks to remove among {count} keys");
        }
        map.assert_sound();
    }
}

/// How many entries the fullest leaf has.
fn fullest_leaf(child: ChildRef<'_>) -> usize {
    match child.view() {
        View::Entry(_) => 1,
        View::Leaf(leaf) => leaf.children.len(),
        View::Branch(branch) => branch.children.iter().map(fullest_leaf).max().unwrap_or(0),
    }
}

#[test]
fn the_second_hash_tells_all_colliding_keys_apart() {
    let map = filled(4_096);
    let trie = map.root().trie.as_ref().expect("entries");
    assert!(fullest_leaf(trie.borrow()) <= Standard::LEAF);
}

/// Entries that were left out of the flat index at its end once had no group behind them, and a
/// search for a key that was not there went on into the nodes of the trie.
#[test]
fn keys_beside_colliding_ones_are_missing_from_a_frozen_map() {
    for count in 1..200 {
        let mut map = filled(count);
        map.freeze();
        map.assert_sound();
        for number in 0..200 {
            assert!(map.get(format!("missing {number}").as_bytes()).is_none());
        }
    }
}
