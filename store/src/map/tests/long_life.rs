//! Many keys: trees of some height, grown and emptied again, and old versions of them.

use super::version::{Bytes, Version};
use super::{Colliding, Constant, Map, Tiny};
use crate::node::Shape;
use crate::store::Standard;

/// Numbers that look random, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % bound
    }

    fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(bound as u64)).expect("below an index")
    }
}

#[test]
fn agrees_over_a_long_life() {
    let mut random = Random(1);
    let mut version = Version::<Standard>::new();
    let mut tiny = Version::<Tiny>::new();
    let mut kept = Vec::new();
    for round in 0..12_u64 {
        for step in 0..1_500 {
            let key = format!("v{}.c.ko{}", random.below(5), random.below(600)).into_bytes();
            // Three rounds mostly fill, three mostly empty.
            if random.below(8) < if round % 6 < 3 { 6 } else { 1 } {
                let value = u8::try_from(random.below(6)).unwrap();
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
        old.assert_told_from(&version);
    }
}

/// Everything that a map says of its content, in one run of bytes.
fn image<S: Shape>(map: &Map<S>) -> Bytes {
    let mut bytes = map.digest().to_bytes().to_vec();
    for (key, value) in map.entries() {
        for part in [key, value] {
            bytes.extend_from_slice(&part.len().to_le_bytes());
            bytes.extend_from_slice(part);
        }
    }
    bytes
}

/// Versions kept at any one time, and how many are made.
const KEPT: usize = 64;
const MADE: usize = 512;

/// Each version begins as a fork of any of the last 64, is written to and sometimes frozen. When it
/// is let go, 64 versions later, it is still what it was.
fn old_versions_stay<S: Shape>() {
    let mut random = Random(64);
    let mut kept: Vec<(Map<S>, Bytes)> = vec![(Map::new(), image(&Map::<S>::new()))];
    let assert_unchanged = |(old, then): &(Map<S>, Bytes)| {
        assert!(image(old) == *then, "an old version has changed");
        old.assert_sound();
    };
    for made in 1..MADE {
        let mut map = kept[random.index(kept.len())].0.clone();
        if random.below(4) == 0 {
            map.freeze();
        }
        for _ in 0..48 {
            let key = format!("k{}", random.below(300));
            let value = vec![b'v'; random.index(40)];
            match random.below(3) {
                0 => _ = map.remove(key.as_bytes()),
                _ => _ = map.set(key.as_bytes(), &value),
            }
        }
        if kept.len() == KEPT {
            assert_unchanged(&kept.swap_remove(made % KEPT));
        }
        let then = image(&map);
        kept.push((map, then));
    }
    assert_eq!(kept.len(), KEPT);
    kept.iter().for_each(assert_unchanged);
}

#[test]
fn sixty_four_old_versions_stay_byte_for_byte() {
    old_versions_stay::<Standard>();
    old_versions_stay::<Tiny>();
    old_versions_stay::<Colliding>();
}

/// Rare where keys come and go evenly: a leaf of the order index with little left in it, beside one
/// so full that the two do not fit into one.
#[test]
fn a_small_leaf_beside_a_full_one_takes_some_of_its_keys() {
    let mut map = Map::<Constant>::new();
    // The last of nine keys splits their leaf into six and three; the first leaf then is filled.
    for key in [0, 10, 20, 30, 40, 50, 60, 70, 80, 1, 2] {
        map.set(&[key], b"");
    }
    for key in [80, 70] {
        map.remove(&[key]);
        map.assert_sound();
    }
    assert_eq!(map.len(), 9);
}
