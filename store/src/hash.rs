//! The fixed hash that places keys in the trie, and the mixing under the content digest.
//!
//! It has no seed: where a key lies is a function of the key alone, so equal contents have equal
//! shapes in every process, and the definition is part of the image format.
//!
//! `FORMAT.md` defines both and tells what keys chosen to collide cost; it is rendered as the
//! module [`format`](mod@crate::format), where an example computes the same from the definition.
//!
//! The hash is fast and even, not secret: who chooses the keys can choose collisions. Keys of one
//! hash are told apart by a second one that is slow, and for which nobody can choose many.

/// The first 256 bits of the fraction of pi, the last one made odd.
pub(crate) const K: [u64; 4] =
    [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89];

#[inline]
pub(crate) fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    #[allow(clippy::cast_possible_truncation)] // The low half is meant.
    let low = product as u64;
    low ^ ((product >> 64) as u64)
}

#[inline]
fn word(bytes: &[u8], at: usize) -> u64 {
    let bytes = bytes[at..at + 8].try_into().expect("eight bytes");
    u64::from_le_bytes(bytes)
}

#[inline]
fn half(bytes: &[u8], at: usize) -> u64 {
    let bytes = bytes[at..at + 4].try_into().expect("four bytes");
    u64::from(u32::from_le_bytes(bytes))
}

/// The last pair of the bytes; the only one if there are at most 16.
#[inline]
fn last_pair(bytes: &[u8]) -> (u64, u64) {
    let len = bytes.len();
    match len {
        0 => (0, 0),
        1..=3 => {
            let [first, middle, last] = [bytes[0], bytes[len / 2], bytes[len - 1]].map(u64::from);
            (first | middle << 8 | last << 16, 0)
        }
        4..=7 => (half(bytes, 0), half(bytes, len - 4)),
        8..=16 => (word(bytes, 0), word(bytes, len - 8)),
        _ => (word(bytes, len - 16), word(bytes, len - 8)),
    }
}

/// Each of the states after the bytes, with its factor; all in one run, since at the end of a run
/// of unknown length the processor guesses wrong.
#[inline]
pub(crate) fn absorb<const N: usize>(states: [u64; N], bytes: &[u8], k: [u64; N]) -> [u64; N] {
    let len = (bytes.len() as u64).wrapping_mul(K[3]);
    let mut states = states.map(|state| state ^ len);
    let mut take = |a: u64, b: u64| {
        for (state, k) in states.iter_mut().zip(k) {
            *state = fold(*state ^ a, k ^ b);
        }
    };
    let mut left = bytes;
    while left.len() > 16 {
        take(word(left, 0), word(left, 8));
        left = &left[16..];
    }
    let (a, b) = last_pair(if bytes.len() > 16 { bytes } else { left });
    take(a, b);
    states
}

/// Whether two runs of bytes are the same. Keys are mostly of 8 to 32 bytes, for which a call costs
/// more than the comparison.
#[inline]
pub(crate) fn equal(left: &[u8], right: &[u8]) -> bool {
    let len = left.len();
    if len != right.len() {
        return false;
    }
    let same = |at| word(left, at) == word(right, at);
    match len {
        8..=16 => same(0) & same(len - 8),
        17..=32 => same(0) & same(8) & same(len - 16) & same(len - 8),
        _ => left == right,
    }
}

/// Where a key lies in the trie.
#[inline]
pub(crate) fn hash64(key: &[u8]) -> u64 {
    let [state] = absorb([K[0]], key, [K[1]]);
    fold(state ^ K[2], K[3])
}

/// Where keys of one hash lie: the first 64 bits of their BLAKE3.
pub(crate) fn second_hash(key: &[u8]) -> u64 {
    word(blake3::hash(key).as_bytes(), 0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{equal, hash64, second_hash};

    /// Computed by another program from the definition above: a change here is a change of the
    /// image format.
    #[test]
    fn the_hash_is_the_one_of_the_format() {
        let long: Vec<u8> = (0..100).collect();
        let seen =
            [&b""[..], b"a", b"ab", b"abc", b"ko45", b"v12.c.ko45", b"0123456789abcdef", &long]
                .map(hash64);
        assert_eq!(seen, PINNED);
    }

    const PINNED: [u64; 8] = [
        0x4540_359c_0d1a_dc75,
        0x651d_e212_89e7_1e7a,
        0x235d_b21c_ced3_06b9,
        0x8164_1008_f36c_c456,
        0xbbbb_a316_d6b1_94a8,
        0x1f70_85f5_e83e_5e5d,
        0xd382_b998_00de_eed9,
        0xd234_80fa_58b5_8f3f,
    ];

    /// From the test vectors of BLAKE3.
    #[test]
    fn the_second_hash_is_the_one_of_the_format() {
        assert_eq!(second_hash(b""), 0xa6a1_f9f5_b949_13af);
        assert_eq!(second_hash(b"abc"), 0x3351_4638_acb3_3764);
    }

    /// Keys of one hash are rare, so that no other test looks at all lengths.
    #[test]
    fn bytes_are_equal_if_each_of_them_is() {
        for len in 0..40_u8 {
            let bytes: Vec<u8> = (0..len).collect();
            assert!(equal(&bytes, &bytes.clone()));
            for at in 0..bytes.len() {
                assert!(!equal(&bytes, &bytes[..at]));
                let mut other = bytes.clone();
                other[at] ^= 1;
                assert!(!equal(&bytes, &other), "byte {at} of {len}");
            }
        }
    }

    #[test]
    fn kernel_like_keys_do_not_collide_and_spread_evenly() {
        let mut seen = BTreeSet::new();
        let mut buckets = [0_u32; 256];
        for vat in 0..20 {
            for id in 0..10_000 {
                let hash = hash64(format!("v{vat}.c.ko{id}").as_bytes());
                assert!(seen.insert(hash), "v{vat}.c.ko{id} collides");
                buckets[(hash >> 56) as usize] += 1;
            }
        }
        // 781 are expected in each; a fair hash stays within six deviations of 28.
        assert!(buckets.iter().all(|count| (613..950).contains(count)), "{buckets:?}");
    }
}
