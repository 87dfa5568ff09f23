//! The map against naive twins, in its own shape and in tiny ones.

mod chosen;
mod damage;
mod exhaustive;
mod index;
mod long_life;
mod oracle;
mod program;
mod shape;
mod version;

use super::Map;
use crate::node::Shape;

/// Tiny nodes: a few entries already make deep tries and tall indexes.
pub(super) struct Tiny;

impl Shape for Tiny {
    const BITS: u32 = 1;
    const LEAF: usize = 2;
    const ORDER_KEYS: usize = 2;
    const ORDER_CHILDREN: usize = 4;
}

/// Tiny nodes without leaves above the last level, and a digit that does not divide the hash.
pub(super) struct Leafless;

impl Shape for Leafless {
    const BITS: u32 = 5;
    const LEAF: usize = 1;
    const ORDER_KEYS: usize = 3;
    const ORDER_CHILDREN: usize = 5;
    const ORDER_BYTES: usize = 4;
}

/// Both hashes have two bits, one at either end: most keys collide wholly, others in all bits but
/// the last of either.
pub(super) struct Colliding;

impl Shape for Colliding {
    const BITS: u32 = 3;
    const LEAF: usize = 2;
    const ORDER_KEYS: usize = 4;
    const ORDER_CHILDREN: usize = 4;
    const ORDER_BYTES: usize = 6;

    fn hash(key: &[u8]) -> u64 {
        let low = crate::hash::hash64(key);
        (low & 1) << 63 | (low >> 1 & 1)
    }

    fn second_hash(key: &[u8]) -> u64 {
        let low = crate::hash::hash64(key) >> 2;
        (low & 1) << 63 | (low >> 1 & 1)
    }
}

/// Tiny nodes and the same hashes for all keys, which therefore all lie in one leaf at the last
/// level, and in the last groups of a flat index. The leaves of the order index are just large
/// enough to be joined when little is left of them.
pub(super) struct Constant;

impl Shape for Constant {
    const BITS: u32 = 5;
    const LEAF: usize = 2;
    const ORDER_KEYS: usize = 8;
    const ORDER_CHILDREN: usize = 4;

    fn hash(_: &[u8]) -> u64 {
        0xfedc_ba98_7654_3210
    }

    fn second_hash(_: &[u8]) -> u64 {
        0x0123_4567_89ab_cdef
    }
}

/// A number that the tester asks for in the environment.
fn setting(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

impl<S: Shape> Map<S> {
    fn entries(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.keys(b"", true).map(|found| (found.key(), self.entry_of(found).value()))
    }

    fn assert_sound(&self) {
        if let Err(violation) = self.check() {
            panic!("{violation}");
        }
    }
}
