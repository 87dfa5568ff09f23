//! The keys and values of one size, the same for every contender.

use super::contender::Contender;
use crate::inputs::{self, Entry, Random};

/// So many keys are asked for in turn that no cache holds what they lead to.
const PROBES_MAX: usize = 1 << 17;
/// So many keys are overwritten in turn, each with two values by turns.
const WRITES_MAX: usize = 1 << 16;
/// The keys that the hot writes go to.
const HOT: usize = 64;

/// How many entries a scan walks, at most.
pub const SCANNED: usize = 100;

/// A key, and what comes after it in the order of the keys.
#[derive(Debug)]
pub struct Followed {
    /// The key.
    pub key: Vec<u8>,
    /// The next one.
    pub next: Option<Vec<u8>>,
    /// What a scan from the key on must find.
    pub scan: Scanned,
}

/// What a scan found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// How many entries.
    pub entries: usize,
    /// The bytes in their keys and values.
    pub bytes: usize,
}

impl Scanned {
    /// Walks the entries, [`SCANNED`] of them at most.
    pub fn walk<'a>(entries: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Self {
        entries.take(SCANNED).fold(Self::default(), |sum, (key, value)| Self {
            entries: sum.entries + 1,
            bytes: sum.bytes + key.len() + value.len(),
        })
    }
}

/// Everything that is put into the maps of one size and asked of them.
#[derive(Debug)]
pub struct Input {
    /// The content of the base.
    pub entries: Vec<Entry>,
    /// Entries in random order: what to ask for, and what must come of it.
    pub hits: Vec<usize>,
    /// As many keys that are not there.
    pub misses: Vec<Vec<u8>>,
    /// Other values for keys of the base; each key comes twice, half the list apart.
    pub writes: Vec<Entry>,
    /// The same for a few keys.
    pub hot: Vec<Entry>,
    /// What the ordered workloads must find from a few keys on.
    pub followed: Vec<Followed>,
}

impl Input {
    /// The input of `size` entries.
    pub fn new(size: usize) -> Self {
        let entries = inputs::entries(size);
        let mut random = Random::new(2);
        let mut order: Vec<usize> = (0..size).collect();
        inputs::shuffle(&mut order, &mut random);
        let misses = |at: &usize| [&entries[*at].0[..], b"?"].concat();
        let misses = order.iter().rev().take(PROBES_MAX).map(misses).collect();
        let mut twice = |keys: usize| -> Vec<Entry> {
            let written = order.iter().take(keys);
            let write = |at: &usize| (entries[*at].0.clone(), inputs::value(&mut random));
            written.clone().chain(written).map(write).collect()
        };
        let (writes, hot) = (twice(WRITES_MAX), twice(HOT));
        order.truncate(PROBES_MAX);
        let followed = order.iter().take(3).map(|at| follow(&entries, &entries[*at].0)).collect();
        Self { hits: order, misses, writes, hot, followed, entries }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// What follows a key, found without an order.
fn follow(entries: &[Entry], key: &[u8]) -> Followed {
    let mut later: Vec<&Entry> = entries.iter().filter(|(other, _)| &other[..] >= key).collect();
    if later.len() > SCANNED {
        later.select_nth_unstable_by(SCANNED, |left, right| left.0.cmp(&right.0));
        later.truncate(SCANNED);
    }
    later.sort_unstable();
    Followed {
        key: key.to_vec(),
        next: later.get(1).map(|(key, _)| key.clone()),
        scan: Scanned::walk(later.iter().map(|(key, value)| (&key[..], &value[..]))),
    }
}

/// Entries in the form of a contender.
pub fn in_form<C: Contender>(entries: &[Entry]) -> Vec<(C::Key, C::Value)> {
    entries.iter().map(|(key, value)| (C::key(key), C::value(value))).collect()
}
