//! Comparing sixteen bytes at once.

/// A bit for each of the sixteen bytes that equals `byte`, that of the lowest byte of the first
/// word first.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn equal_bytes(words: [u32; 4], byte: u8) -> u32 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_movemask_epi8, _mm_set_epi32, _mm_set1_epi8};
    let [a, b, c, d] = words.map(u32::cast_signed);
    // SAFETY: every processor of this architecture has SSE2, and no memory is touched (so none of
    // the invariants is needed).
    let mask = unsafe {
        let equal = _mm_cmpeq_epi8(_mm_set_epi32(d, c, b, a), _mm_set1_epi8(byte.cast_signed()));
        _mm_movemask_epi8(equal)
    };
    mask.cast_unsigned()
}

/// The same, one byte after the other.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(crate) fn equal_bytes(words: [u32; 4], byte: u8) -> u32 {
    let bytes = words.into_iter().flat_map(u32::to_le_bytes);
    bytes.rev().fold(0, |mask, own| mask << 1 | u32::from(own == byte))
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::equal_bytes;

    #[test]
    fn each_byte_has_its_bit() {
        for at in 0..16_u32 {
            let mut words = [0x0101_0101; 4];
            words[at as usize / 4] ^= 0xff << (at % 4 * 8);
            assert_eq!(equal_bytes(words, 0xfe), 1 << at);
            assert_eq!(equal_bytes(words, 0x01), 0xffff ^ 1 << at);
        }
    }
}
