//! A sorted run of keys, packed into one block that never changes.

use std::cmp::Ordering;

use crate::raw::Block;

/// Bytes of the number that says where a key ends.
const END: usize = size_of::<u32>();

/// Keys in ascending order: first where each one ends, then their bytes.
#[derive(Clone)]
pub(crate) struct Keys(Block<KeysInfo, u8>);

pub(crate) struct KeysInfo {
    count: u32,
}

impl Keys {
    /// The given keys, which are in order.
    pub(crate) fn new<'a>(keys: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        let (count, bytes) =
            keys.clone().fold((0, 0), |(count, bytes), key| (count + 1, bytes + key.len()));
        Self::filled(count, bytes, |ends, packed| {
            let mut at = 0;
            for (end, key) in ends.chunks_exact_mut(END).zip(keys) {
                packed[at..at + key.len()].copy_from_slice(key);
                at += key.len();
                write_end(end, at);
            }
        })
    }

    fn filled(count: usize, bytes: usize, fill: impl FnOnce(&mut [u8], &mut [u8])) -> Self {
        // The count is bounded by the shape; only the bytes can grow with what users write.
        assert!(u32::try_from(bytes).is_ok(), "the keys of a leaf are shorter than 4 GiB");
        let info = KeysInfo { count: u32::try_from(count).expect("few keys") };
        Self(Block::filled(info, count * END + bytes, |all| {
            let (ends, packed) = all.split_at_mut(count * END);
            fill(ends, packed);
        }))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.info().count as usize
    }

    fn split(&self) -> (&[u8], &[u8]) {
        self.0.items().split_at(self.len() * END)
    }

    /// The bytes of all keys.
    pub(crate) fn bytes(&self) -> usize {
        self.0.items().len() - self.len() * END
    }

    /// The position before which half of the bytes lie, so far as keys allow; neither the first nor
    /// behind the last. There are at least two keys.
    pub(crate) fn half_of_the_bytes(&self) -> usize {
        let (ends, _) = self.split();
        let half = self.bytes() / 2;
        let before = (1..self.len()).take_while(|at| start(ends, *at) < half).count();
        before.clamp(1, self.len() - 1)
    }

    /// The key at a position.
    pub(crate) fn get(&self, at: usize) -> &[u8] {
        let (ends, packed) = self.split();
        &packed[start(ends, at)..start(ends, at + 1)]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> + Clone {
        (0..self.len()).map(|at| self.get(at))
    }

    /// How many keys are below `key`, and whether the next one equals it.
    pub(crate) fn search(&self, key: &[u8]) -> Result<usize, usize> {
        let (ends, packed) = self.split();
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match packed[start(ends, middle)..start(ends, middle + 1)].cmp(key) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Ok(middle),
                Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    /// With a further key before position `at`.
    pub(crate) fn with(&self, at: usize, key: &[u8]) -> Self {
        let (ends, packed) = self.split();
        let from = start(ends, at);
        Self::filled(self.len() + 1, packed.len() + key.len(), |new_ends, new_packed| {
            new_packed[..from].copy_from_slice(&packed[..from]);
            new_packed[from..from + key.len()].copy_from_slice(key);
            new_packed[from + key.len()..].copy_from_slice(&packed[from..]);
            let (kept, shifted) = ends.split_at(at * END);
            let (new_kept, new_shifted) = new_ends.split_at_mut(at * END);
            new_kept.copy_from_slice(kept);
            let (own, new_shifted) = new_shifted.split_at_mut(END);
            write_end(own, from + key.len());
            shift_ends(new_shifted, shifted, u32::wrapping_add, key.len());
        })
    }

    /// Without the key at position `at`.
    pub(crate) fn without(&self, at: usize) -> Self {
        let (ends, packed) = self.split();
        let (from, to) = (start(ends, at), start(ends, at + 1));
        Self::filled(self.len() - 1, packed.len() - (to - from), |new_ends, new_packed| {
            new_packed[..from].copy_from_slice(&packed[..from]);
            new_packed[from..].copy_from_slice(&packed[to..]);
            let (new_kept, new_shifted) = new_ends.split_at_mut(at * END);
            new_kept.copy_from_slice(&ends[..at * END]);
            shift_ends(new_shifted, &ends[(at + 1) * END..], u32::wrapping_sub, to - from);
        })
    }

    pub(crate) fn block(&self) -> &Block<KeysInfo, u8> {
        &self.0
    }
}

fn read_end(bytes: &[u8]) -> usize {
    u32::from_le_bytes(bytes.try_into().expect("four bytes")) as usize
}

fn write_end(bytes: &mut [u8], end: usize) {
    let end = u32::try_from(end).expect("the keys of a leaf are shorter than 4 GiB");
    bytes.copy_from_slice(&end.to_le_bytes());
}

/// Writes the ends of keys that move by so many bytes. All of them fit, since that of the last key
/// does, so that none needs a test and several can be computed at once.
#[inline]
fn shift_ends(new: &mut [u8], old: &[u8], shift: impl Fn(u32, u32) -> u32, by: usize) {
    let by = u32::try_from(by).expect("the keys of a leaf are shorter than 4 GiB");
    let (new, _) = new.as_chunks_mut::<END>();
    let (old, _) = old.as_chunks::<END>();
    for (new, old) in new.iter_mut().zip(old) {
        *new = shift(u32::from_le_bytes(*old), by).to_le_bytes();
    }
}

/// Where the key at a position begins, that is, where the one before it ends.
#[inline]
fn start(ends: &[u8], at: usize) -> usize {
    if at == 0 { 0 } else { read_end(&ends[(at - 1) * END..at * END]) }
}
