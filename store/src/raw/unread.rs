//! Entries in memory that nobody has looked at yet.

use super::memory::{ENTRY_HEAD, UNIT, WORD};

/// The first bytes of a key, with those behind it if it has fewer: most keys are shorter, and lie
/// before so many others.
type Window = [u8; 32];

/// An entry as it seems to lie there: nothing is known of it but that its bytes are there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unread<'a> {
    /// What it says is the hash of its key.
    pub(crate) hash: u64,
    pub(crate) key: &'a [u8],
    pub(crate) value: &'a [u8],
    /// Whether the bytes behind it are zero up to the next unit.
    pub(crate) is_padded: bool,
    window: Option<&'a Window>,
}

impl<'a> Unread<'a> {
    /// The entry that some bytes begin with, if it ends among them, and what lies behind it. There
    /// are as many bytes as some units have.
    #[inline]
    pub(crate) fn split_off(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (head, from_key) = bytes.split_first_chunk::<ENTRY_HEAD>()?;
        let (lens, hash) = head.split_at(2 * WORD);
        let [len, key_len] = [0, 1].map(|at| u32::from_le_bytes(lens.as_chunks::<WORD>().0[at]));
        // The upper half comes first.
        let hash = u64::from_le_bytes(*hash.first_chunk()?).rotate_left(u32::BITS);
        let len = len as usize;
        let padding = len.wrapping_neg() % UNIT;
        let (own, behind) = from_key.split_at_checked(len + padding)?;
        let (key, value) = own[..len].split_at_checked(key_len as usize)?;
        // Of an entry that has neither key nor value these are of its hash.
        let last = u64::from_le_bytes(*bytes[..ENTRY_HEAD + len + padding].last_chunk()?);
        let is_padded = last & !(u64::MAX >> (8 * padding)) == 0;
        Some((Self { hash, key, value, is_padded, window: from_key.first_chunk() }, behind))
    }

    /// Whether its key is below that of another entry.
    #[inline]
    pub(crate) fn is_below(self, other: Self) -> bool {
        let (len, other_len) = (self.key.len(), other.key.len());
        if let (Some(own), Some(others)) = (self.window, other.window) {
            let at = agreeing(own, others);
            if at >= len.min(other_len) {
                return len < other_len;
            }
            if let (Some(own), Some(other)) = (own.get(at), others.get(at)) {
                return own < other;
            }
        }
        self.key < other.key
    }
}

/// How many first bytes agree.
#[inline]
fn agreeing(one: &Window, other: &Window) -> usize {
    let half = |window: &Window, at: usize| u128::from_le_bytes(window.as_chunks().0[at]);
    let [low, high] = [0, 1].map(|at| half(one, at) ^ half(other, at));
    let bits = if low == 0 { u128::BITS + high.trailing_zeros() } else { low.trailing_zeros() };
    bits as usize / 8
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::{UNIT, Unread};

    const HASH: u64 = 0x0123_4567_89ab_cdef;
    const VALUE: &[u8] = b"\x01\xff\x01";

    /// The bytes of an entry, with as many behind it.
    fn entry(key: &[u8], behind: usize) -> Vec<u8> {
        let len = key.len() + VALUE.len();
        let lens = [len, key.len()].map(|len| u32::try_from(len).unwrap().to_le_bytes());
        let hash = HASH.rotate_left(u32::BITS).to_le_bytes();
        let mut bytes = [lens.as_flattened(), &hash, key, VALUE].concat();
        bytes.resize(bytes.len().next_multiple_of(UNIT), 0);
        bytes.resize(bytes.len() + behind, 0xff);
        bytes
    }

    #[test]
    fn an_entry_of_nothing_is_a_head() {
        let head = [[0; 8], HASH.rotate_left(u32::BITS).to_le_bytes()];
        let (entry, behind) = Unread::split_off(head.as_flattened()).unwrap();
        assert!(entry.key.is_empty() && entry.value.is_empty() && behind.is_empty());
        assert!(entry.is_padded && entry.hash == HASH);
    }

    /// Keys of all lengths that differ in no place or one, are parts of others, and end with what
    /// lies behind others.
    #[test]
    fn entries_are_in_the_order_of_their_keys() {
        let mut keys = vec![];
        for len in 0..40 {
            for at in 0..=len {
                for byte in [0x00, 0x02, 0xff] {
                    let mut key = vec![1; len];
                    key[at..].iter_mut().take(1).for_each(|own| *own = byte);
                    keys.push(key);
                }
            }
        }
        for behind in [0, 40] {
            let entries: Vec<_> = keys.iter().map(|key| entry(key, behind)).collect();
            for (key, one) in keys.iter().zip(&entries) {
                let (one, rest) = Unread::split_off(one).unwrap();
                assert_eq!((one.key, one.value, rest.len()), (&key[..], VALUE, behind));
                assert!(one.is_padded && one.hash == HASH);
                for (key, other) in keys.iter().zip(&entries) {
                    let (other, _) = Unread::split_off(other).unwrap();
                    assert_eq!(one.is_below(other), one.key < &key[..], "{one:?} {other:?}");
                }
            }
        }
    }
}
