//! Images taken apart and put together by hand, after FORMAT.md and by none of the crate's code.

use bootfork_store::Store;
use bootfork_store::image::Image;

pub(super) const ROW: usize = 128;
const LINE: usize = 64;

/// Fields of the head.
pub(super) const FORMAT: usize = 8;
pub(super) const HASHES: usize = 12;
pub(super) const PARTS: usize = 20;
pub(super) const LENGTH: usize = 24;
pub(super) const KIND_NAME: usize = 32;
pub(super) const ID: usize = 64;
pub(super) const HEAD_REST: usize = 96;

/// Fields of a row.
pub(super) const NAME: usize = 0;
pub(super) const HASH: usize = 32;
pub(super) const LEN: usize = 64;
pub(super) const CONTENT: usize = 72;
pub(super) const ENTRIES: usize = 76;
pub(super) const END: usize = 80;
pub(super) const GROUPS: usize = 84;
pub(super) const ROOT: usize = 88;
pub(super) const SAMPLES: usize = 92;
pub(super) const DIGEST: usize = 96;
pub(super) const ROW_REST: usize = 112;

/// An image of three parts: `bytes`, `empty` (a store without entries) and `store`.
#[derive(Clone)]
pub(super) struct Crafted(pub(super) Vec<u8>);

/// The rows of the parts.
pub(super) const BYTES: usize = 0;
pub(super) const EMPTY: usize = 1;
pub(super) const STORE: usize = 2;

/// Thirty entries: a trie with a branch at the root, a leaf at least, and entries below the root.
pub(super) fn sample() -> Store {
    (0..30).map(|n| (format!("v{}.c.ko{n:02}", n % 4), "x".repeat(43 + n))).collect()
}

impl Crafted {
    pub(super) fn new() -> Self {
        let image = Image::builder("crafted", 1)
            .store("store", &sample())
            .store("empty", &Store::new())
            .bytes("bytes", b"some plain bytes");
        Self(image.to_bytes().expect("in memory"))
    }

    pub(super) fn word(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..at + 4].try_into().expect("four bytes"))
    }

    pub(super) fn long(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.0[at..at + 8].try_into().expect("eight bytes"))
    }

    pub(super) fn set_word(&mut self, at: usize, word: u32) {
        self.0[at..at + 4].copy_from_slice(&word.to_le_bytes());
    }

    pub(super) fn change_word(&mut self, at: usize, change: impl FnOnce(u32) -> u32) {
        self.set_word(at, change(self.word(at)));
    }

    pub(super) fn set_long(&mut self, at: usize, long: u64) {
        self.0[at..at + 8].copy_from_slice(&long.to_le_bytes());
    }

    pub(super) fn set(&mut self, at: usize, byte: u8) {
        self.0[at] = byte;
    }

    /// Turns some bits of a byte.
    pub(super) fn turn(&mut self, at: usize, bits: u8) {
        self.0[at] ^= bits;
    }

    /// Where a field of a row lies.
    pub(super) fn in_row(row: usize, field: usize) -> usize {
        ROW * (1 + row) + field
    }

    /// Where a part begins, if the table is as long as it says.
    pub(super) fn part(&self, row: usize) -> Option<usize> {
        let rows = self.word(PARTS) as usize;
        let mut at = ROW.checked_mul(rows.checked_add(1)?)?;
        for before in 0..row {
            let len = self.long(Self::in_row(before, LEN));
            let padded = usize::try_from(len).ok()?.checked_next_multiple_of(LINE)?;
            at = at.checked_add(padded)?;
        }
        Some(at)
    }

    /// Where the store's bytes begin.
    pub(super) fn store(&self) -> usize {
        self.part(STORE).expect("a sound table")
    }

    fn of_store(&self, field: usize) -> usize {
        self.word(Self::in_row(STORE, field)) as usize
    }

    /// Where entry `number` begins.
    pub(super) fn entry(&self, number: usize) -> usize {
        let mut at = self.store();
        for _ in 0..number {
            at += (16 + self.word(at) as usize).next_multiple_of(8);
        }
        at
    }

    /// Where the entries end.
    pub(super) fn entries_end(&self) -> usize {
        self.store() + self.of_store(END) * 8
    }

    /// Where group `number` of the flat index begins.
    pub(super) fn group(&self, number: usize) -> usize {
        self.store() + (self.of_store(END) * 8).next_multiple_of(LINE) + number * LINE
    }

    /// Where the nodes begin.
    pub(super) fn nodes(&self) -> usize {
        self.group(self.of_store(GROUPS))
    }

    /// Where the root of the trie begins, a branch.
    pub(super) fn root(&self) -> usize {
        let word = self.of_store(ROOT);
        assert_eq!(word & 3, 2, "a branch");
        self.store() + (word >> 2) * 8
    }

    /// Where the samples begin.
    pub(super) fn samples(&self) -> usize {
        self.store() + self.of_store(SAMPLES) * LINE
    }

    /// Writes the hashes that belong to the bytes, as far as the table makes sense.
    pub(super) fn seal(&mut self) {
        let rows = (self.word(PARTS) as usize).min(self.0.len() / ROW);
        for row in 0..rows {
            let at = Self::in_row(row, HASH);
            let (Some(begin), true) = (self.part(row), at + ROW <= self.0.len()) else { continue };
            let len = usize::try_from(self.long(Self::in_row(row, LEN))).unwrap_or(usize::MAX);
            let Some(bytes) = begin.checked_add(len).and_then(|end| self.0.get(begin..end)) else {
                continue;
            };
            let hash = *blake3::hash(bytes).as_bytes();
            self.0[at..at + 32].copy_from_slice(&hash);
        }
        let Some(table) = self.0.get(..ROW * (1 + rows)) else { return };
        let mut hasher = blake3::Hasher::new();
        hasher.update(&table[..ID]).update(&table[ID + 32..]);
        let id = *hasher.finalize().as_bytes();
        self.0[ID..ID + 32].copy_from_slice(&id);
    }
}

#[test]
fn what_is_sealed_by_hand_is_what_was_written() {
    let crafted = Crafted::new();
    let mut sealed = crafted.clone();
    sealed.0[ID..ID + 32].fill(0);
    for row in 0..3 {
        let at = Crafted::in_row(row, HASH);
        sealed.0[at..at + 32].fill(0);
    }
    sealed.seal();
    assert!(sealed.0 == crafted.0);
    assert!((3_000..6_000).contains(&crafted.0.len()), "{} bytes", crafted.0.len());
}
