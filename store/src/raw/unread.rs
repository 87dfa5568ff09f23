//! Entries in memory that nobody has looked at yet.

use super::memory::{ENTRY_HEAD, UNIT, WORD};

/// An entry as it seems to lie there: nothing is known of it but that its bytes are there.
#[derive(Clone, Copy)]
pub(crate) struct Unread<'a> {
    /// What it says is the hash of its key.
    pub(crate) hash: u64,
    pub(crate) key: &'a [u8],
    pub(crate) value: &'a [u8],
    /// The key and all that lies behind it.
    pub(crate) from_key: &'a [u8],
    /// Whether the bytes behind it are zero up to the next unit.
    pub(crate) is_padded: bool,
}

impl<'a> Unread<'a> {
    /// The entry that some bytes begin with, if it ends among them, and what lies behind it. There
    /// are as many bytes as some units have.
    #[inline]
    pub(crate) fn split_off(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (head, from_key) = bytes.split_first_chunk::<ENTRY_HEAD>()?;
        let words = head.as_chunks::<WORD>().0;
        let [len, key_len, high, low] = std::array::from_fn(|at| u32::from_ne_bytes(words[at]));
        let len = len as usize;
        let (room, behind) = from_key.split_at_checked(len.next_multiple_of(UNIT))?;
        let (key, value) = room[..len].split_at_checked(key_len as usize)?;
        let used = len % UNIT;
        let unit = room.last_chunk().map_or(0, |unit| u64::from_le_bytes(*unit));
        let is_padded = used == 0 || unit >> (8 * used) == 0;
        let hash = u64::from(high) << 32 | u64::from(low);
        Some((Self { hash, key, value, from_key, is_padded }, behind))
    }
}
