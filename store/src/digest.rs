//! The content digest: 128 bits, additive, kept up to date by every write.

use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};

use crate::hash::{K, absorb, fold};

/// 128 bits that stand for the content of a store, whatever its history.
///
/// It is the sum, modulo 2^128, of [`Digest::of_entry`] over all entries. Two stores with the same
/// entries have the same digest, however they came to be. Different stores have different digests
/// but for an accident of about one in 2^128 a pair, so tests and deduplication may take equal
/// digests for equal content. It is **no** protection against somebody who chooses keys and values
/// to collide.
///
/// Sums can be taken apart: the digest of a store without some entry is the difference.
///
/// ```
/// use bootfork_store::{Digest, Store};
///
/// let mut store = Store::new();
/// store.set("a", "1");
/// let before = store.digest();
/// store.set("clock", "17");
/// assert_eq!(store.digest() - Digest::of_entry(b"clock", b"17"), before);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(u128);

/// The factor of the high half, then that of the low half.
const HALVES: [u64; 2] = [K[1], K[3]];

impl Digest {
    /// The digest of a store that holds only this entry.
    ///
    /// [`mod@crate::format`] defines it. O(key + value).
    #[inline]
    pub fn of_entry(key: &[u8], value: &[u8]) -> Self {
        Self::finish(Self::absorb_key(key), value)
    }

    /// What the digest of a store grows by when the value of a key changes.
    #[inline]
    pub(crate) fn of_change(key: &[u8], old: &[u8], new: &[u8]) -> Self {
        let key = Self::absorb_key(key);
        Self::finish(key, new) - Self::finish(key, old)
    }

    /// What is left of `whole` without the entries of these keys.
    pub(crate) fn without<'a, K: AsRef<[u8]>>(
        whole: Self,
        keys: impl IntoIterator<Item = K>,
        get: impl Fn(&[u8]) -> Option<&'a [u8]>,
    ) -> Self {
        keys.into_iter().fold(whole, |left, key| match get(key.as_ref()) {
            Some(value) => left - Self::of_entry(key.as_ref(), value),
            None => left,
        })
    }

    #[inline]
    fn absorb_key(key: &[u8]) -> [u64; 2] {
        absorb([K[0]; 2], key, HALVES)
    }

    #[inline]
    fn finish(key: [u64; 2], value: &[u8]) -> Self {
        let states = absorb(key, value, HALVES);
        let half = |at: usize| u128::from(fold(states[at] ^ K[2], HALVES[at]));
        Self(half(0) << 64 | half(1))
    }

    /// The sixteen bytes, most significant first.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// The digest with these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

impl Add for Digest {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }
}

impl AddAssign for Digest {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Digest {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0))
    }
}

impl SubAssign for Digest {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

/// As 32 hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    /// Computed by another program from the definition: a change here is a change of the image
    /// format.
    #[test]
    fn the_digest_is_the_one_of_the_format() {
        let digest = Digest::of_entry(b"ko45.refCount", b"1,1");
        assert_eq!(digest.to_string(), "8913a7939723f5f8a1e6aeb46a18dde6");
        assert_eq!(Digest::from_bytes(digest.to_bytes()), digest);
    }

    #[test]
    fn key_and_value_do_not_run_into_each_other() {
        assert_ne!(Digest::of_entry(b"ab", b"c"), Digest::of_entry(b"a", b"bc"));
        assert_ne!(Digest::of_entry(b"a", b"b"), Digest::of_entry(b"b", b"a"));
        assert_ne!(Digest::of_entry(b"", b""), Digest::default());
    }

    /// Half a digest already tells a hundred thousand entries apart that differ in a digit or two.
    #[test]
    fn neither_half_repeats_on_entries_like_those_of_a_kernel() {
        let mut high = Vec::new();
        let mut low = Vec::new();
        for object in 0..1_000 {
            let key = format!("ko{object}.refCount");
            for count in 0..100 {
                let digest = Digest::of_entry(key.as_bytes(), format!("{count},1").as_bytes()).0;
                high.push(digest >> 64);
                low.push(digest & u128::from(u64::MAX));
            }
        }
        for mut half in [high, low] {
            half.sort_unstable();
            half.dedup();
            assert_eq!(half.len(), 100_000);
        }
    }
}
