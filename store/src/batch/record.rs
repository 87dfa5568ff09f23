//! One write: where the log has its key and value, and what it supersedes.

use crate::node::Rank;

/// Stands for no record, and for the length of no value.
pub(super) const NONE: u32 = u32::MAX;

#[derive(Clone, Copy)]
pub(super) struct Record {
    pub(super) hash: u64,
    /// Where the key begins; the value follows it.
    pub(super) at: u32,
    pub(super) key: u32,
    /// The length of the value; `NONE` if the key is removed.
    pub(super) value: u32,
    /// How long a value may be that is written in the same place.
    pub(super) room: u32,
    /// The record of the same key that this one supersedes, or `NONE`.
    pub(super) older: u32,
}

impl Record {
    pub(super) fn key(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.at as usize..][..self.key as usize]
    }

    pub(super) fn value(self, bytes: &[u8]) -> Option<&[u8]> {
        let at = (self.at + self.key) as usize;
        (self.value != NONE).then(|| &bytes[at..][..self.value as usize])
    }

    #[inline]
    pub(super) fn rank(self, bytes: &[u8]) -> Rank<'_> {
        Rank { hash: self.hash, key: self.key(bytes) }
    }

    /// Another value, in the same place if it fits there.
    pub(super) fn overwrite(&mut self, bytes: &mut Vec<u8>, key: &[u8], value: Option<&[u8]>) {
        match value {
            None => self.value = NONE,
            Some(value) if value.len() <= self.room as usize => {
                let at = (self.at + self.key) as usize;
                bytes[at..at + value.len()].copy_from_slice(value);
                self.value = number(value.len());
            }
            Some(_) => {
                // Twice the room, so that a value that grows by little each time is seldom moved.
                let room = 2 * self.room as usize;
                *self = Self::append(bytes, Rank { hash: self.hash, key }, value, self.older);
                let more = room.saturating_sub(self.room as usize);
                bytes.resize(bytes.len() + more, 0);
                self.room = number(self.room as usize + more);
            }
        }
    }

    /// Appends key and value to the bytes.
    pub(super) fn append(
        bytes: &mut Vec<u8>,
        Rank { hash, key }: Rank<'_>,
        value: Option<&[u8]>,
        older: u32,
    ) -> Self {
        let at = number(bytes.len());
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(value.unwrap_or_default());
        let room = number(bytes.len()) - at - number(key.len());
        let value = if value.is_some() { room } else { NONE };
        Self { hash, at, key: number(key.len()), value, room, older }
    }
}

/// A place in the log. Panics at 4 GiB, as the documentation says.
pub(super) fn number(length: usize) -> u32 {
    u32::try_from(length).ok().filter(|n| *n != NONE).expect("a batch is shorter than 4 GiB")
}
