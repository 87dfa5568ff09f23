//! Entries shaped like those of a kernel, the same in every run.
//!
//! Keys are 17 bytes long in the mean, values 92, and half the values are shorter than 15: as
//! counted in the state of a real kernel.

/// A small counted generator (splitmix64), so that no library decides what the inputs are.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, near enough to evenly distributed.
    pub fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.next_u64()) * bound as u128;
        #[allow(clippy::cast_possible_truncation)] // Below `bound`.
        let number = (wide >> 64) as usize;
        number
    }
}

/// A key and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// `count` entries with different keys, in random order.
pub fn entries(count: usize) -> Vec<Entry> {
    let mut random = Random::new(1);
    let mut entries: Vec<Entry> =
        (0..count).map(|n| (key(n, &mut random), value(&mut random))).collect();
    shuffle(&mut entries, &mut random);
    entries
}

/// Another value for `writes` of the entries, chosen at random.
pub fn overwrites(entries: &[Entry], writes: usize, random: &mut Random) -> Vec<Entry> {
    (0..writes).map(|_| (entries[random.below(entries.len())].0.clone(), value(random))).collect()
}

/// Puts the items in random order.
pub fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for end in (1..items.len()).rev() {
        items.swap(end, random.below(end + 1));
    }
}

/// The `n`-th key: object table, promises, c-lists of 20 vats and their vatstores.
fn key(n: usize, random: &mut Random) -> Vec<u8> {
    let vat = 1 + random.below(20);
    match n % 8 {
        0 => format!("ko{n}.owner"),
        1 => format!("ko{n}.refCount"),
        2 => format!("kp{n}.state"),
        3 => format!("v{vat}.c.ko{n}"),
        4 => format!("v{vat}.c.o-{n}"),
        5 => format!("v{vat}.vs.vc.{}.s{n}", random.below(9)),
        _ => format!("v{vat}.vs.vom.rc.o+d{}/{n}", random.below(30)),
    }
    .into_bytes()
}

/// Mostly counts and references, some bodies.
pub(crate) fn value(random: &mut Random) -> Vec<u8> {
    let len = match random.below(100) {
        0..55 => 1 + random.below(16),
        55..80 => 17 + random.below(48),
        80..95 => 65 + random.below(192),
        _ => 256 + random.below(1200),
    };
    let mut value = vec![0; len];
    for byte in &mut value {
        *byte = b' ' + u8::try_from(random.below(95)).expect("printable");
    }
    value
}

#[cfg(test)]
mod tests {
    use super::entries;

    #[test]
    fn entries_are_shaped_like_those_of_a_kernel() {
        let entries = entries(10_000);
        let sum = |len: fn(&super::Entry) -> usize| entries.iter().map(len).sum::<usize>();
        let keys = sum(|(key, _)| key.len()) / entries.len();
        let values = sum(|(_, value)| value.len()) / entries.len();
        assert!((12..=19).contains(&keys), "keys of {keys} bytes");
        assert!((80..=104).contains(&values), "values of {values} bytes");

        let mut keys: Vec<_> = entries.iter().map(|(key, _)| key).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), entries.len());
    }
}
