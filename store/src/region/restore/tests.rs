//! Whatever is damaged, a look that is divided finds what one finds that is not.

use std::ops::Range;

use super::divided::Division;
use super::{Damage, LINE, Layout, Look, Plan, Region, UNIT};
use crate::digest::Digest;
use crate::hash::hash64;
use crate::raw::{Backing, Memory, bytes_of};
use crate::region::Item;
use crate::region::samples::EVERY;
use crate::store::Standard;
use crate::sync::StdArc;

/// Parts of few entries, with borders in different places, and threads or none.
const DIVISIONS: [Division; 4] = [
    Division { threads: 1, parts: 2 },
    Division { threads: 1, parts: 3 },
    Division { threads: 1, parts: 100 },
    Division { threads: 3, parts: 4 },
];

/// The bytes of a region, its plan, and the digest that it should have if anybody asks.
struct Written {
    bytes: Vec<u8>,
    plan: Plan,
    layout: Layout,
    digest: Option<Digest>,
}

impl Written {
    fn new(entries: u32) -> Self {
        Self::with_keys(0..entries)
    }

    /// With keys in the order of these numbers, whether that is theirs or not.
    fn with_keys(numbers: impl Iterator<Item = u32>) -> Self {
        Self::of(numbers.map(|n| (format!("ko{n:04}"), "x".repeat(n as usize % 9))))
    }

    fn of(pairs: impl Iterator<Item = (String, String)>) -> Self {
        let pairs: Vec<_> = pairs.collect();
        let items = pairs.iter().map(|(key, value)| {
            let (key, value) = (key.as_bytes(), value.as_bytes());
            Item { hash: hash64(key), key, value }
        });
        let region = Region::new::<Standard>(pairs.len(), items).expect("few entries");
        let plan = region.plan(u32::try_from(pairs.len()).expect("few entries"));
        let layout = plan.layout(&region.memory).expect("sound");
        Self { bytes: bytes_of(region.memory.lines()).to_vec(), plan, layout, digest: None }
    }

    /// Where an entry begins that has a sample.
    fn sampled(&self, number: usize) -> usize {
        let lines = 0..self.bytes.len() / LINE;
        let memory = Memory::new(StdArc::new(Backing::copy(&self.bytes)), lines);
        self.layout.samples.place(&memory, number / EVERY) as usize * UNIT
    }

    /// Expects that this is found, however the look is divided.
    #[track_caller]
    fn expect(&self, damage: Damage) {
        assert_eq!(self.look_in_all_ways(&DIVISIONS, "damaged"), Err(damage));
    }

    /// What is found in one way or another.
    fn look(&self, division: Division) -> Result<(), Damage> {
        let lines = 0..self.bytes.len() / LINE;
        let memory = Memory::new(StdArc::new(Backing::copy(&self.bytes)), lines);
        let region = Region::verified_by::<Standard>(memory, self.plan, self.digest, division)?;
        assert_eq!(region.plan(self.plan.entries), self.plan);
        Ok(())
    }

    /// Whether a divided look finds it sound, so that no other is needed.
    fn passes_divided(&self, division: Division) -> bool {
        let lines = 0..self.bytes.len() / LINE;
        let memory = &Memory::new(StdArc::new(Backing::copy(&self.bytes)), lines);
        let Some(layout) = self.plan.layout(memory) else { return false };
        let look = Look { memory, plan: self.plan, layout, digest: self.digest };
        look.divided::<Standard>(division).is_some()
    }

    /// What is found; it does not depend on how the look is divided.
    fn look_in_all_ways(&self, divisions: &[Division], what: &str) -> Result<(), Damage> {
        let found = self.look(Division::NONE);
        for division in divisions {
            assert_eq!(self.look(*division), found, "{what}");
            assert_eq!(self.passes_divided(*division), found.is_ok(), "{what}");
        }
        found
    }

    /// Turns each bit of some bytes in turn; tells how often that was found.
    fn turn_bits(&mut self, bytes: Range<usize>, divisions: &[Division]) -> usize {
        let mut refused = 0;
        for bit in bytes.start * 8..bytes.end * 8 {
            self.bytes[bit / 8] ^= 1 << (bit % 8);
            let found = self.look_in_all_ways(divisions, &format!("bit {bit}"));
            refused += usize::from(found.is_err());
            self.bytes[bit / 8] ^= 1 << (bit % 8);
        }
        refused
    }
}

#[test]
fn a_sound_region_passes_however_the_look_is_divided() {
    for entries in [17, 100, 3_000] {
        let written = Written::new(entries);
        for division in DIVISIONS {
            assert!(written.passes_divided(division), "{entries} entries");
        }
    }
}

#[test]
fn a_turned_bit_is_found_however_the_look_is_divided() {
    let mut written = Written::new(50);
    let all = 0..written.bytes.len();
    let refused = written.turn_bits(all.clone(), &DIVISIONS[..3]);
    // All but those of values.
    assert!(refused > all.len() * 8 * 9 / 10, "{refused}");
    let behind = written.plan.end as usize * UNIT..all.end;
    assert_eq!(written.turn_bits(behind.clone(), &[]), behind.len() * 8);
    let threads = written.layout.index.end().expect("sound") * LINE;
    written.turn_bits(threads..threads + 100, &DIVISIONS[3..]);
}

#[test]
fn a_turned_bit_of_the_plan_is_found_however_the_look_is_divided() {
    let mut written = Written::new(50);
    let sound = written.plan;
    for bit in 0..u32::BITS {
        let turned = 1 << bit;
        for plan in [
            Plan { entries: sound.entries ^ turned, ..sound },
            Plan { end: sound.end ^ turned, ..sound },
            Plan { groups: sound.groups ^ turned, ..sound },
            Plan { root: sound.root ^ turned, ..sound },
            Plan { samples: sound.samples ^ turned, ..sound },
        ] {
            written.plan = plan;
            assert!(written.look_in_all_ways(&DIVISIONS, &format!("{plan:?}")).is_err());
        }
    }
}

#[test]
fn the_digest_is_that_of_all_parts() {
    let mut written = Written::new(100);
    let value = |n: u32| "x".repeat(n as usize % 9);
    let entries = (0..100).map(|n| (format!("ko{n:04}"), value(n)));
    let found = entries.fold(Digest::default(), |sum, (key, value)| {
        sum + Digest::of_entry(key.as_bytes(), value.as_bytes())
    });
    written.digest = Some(found);
    assert_eq!(written.look_in_all_ways(&DIVISIONS, "sound"), Ok(()));
    written.digest = Some(found + found);
    written.expect(Damage::Digest { found });
}

#[test]
fn damage_is_told_by_its_line() {
    let mut written = Written::new(3_000);
    let samples = written.layout.samples.first_line()..written.layout.samples.end();
    assert!(samples.len() > 100);
    for line in samples.step_by(9) {
        written.bytes[line * LINE] ^= 1;
        assert_eq!(written.look(Division::NONE), Err(Damage::Samples { line }));
        written.bytes[line * LINE] ^= 1;
    }
}

/// All that follows from the entries is right; they lie in another order than that of their keys.
#[test]
fn keys_are_compared_across_borders() {
    Written::with_keys((8..16).chain(0..8)).expect(Damage::Order { entry: 8 });
    Written::with_keys((0..16).chain(15..31)).expect(Damage::Order { entry: 16 });
}

/// A border lies within an entry as long as two; behind it everything is as it should be.
#[test]
fn an_entry_that_reaches_over_a_border_is_found() {
    let mut written = Written::new(32);
    let border = written.sampled(16);
    let key = written.bytes[..border].windows(6).rposition(|bytes| bytes == b"ko0015");
    let last = key.expect("the entry before") - 16;
    let behind = written.bytes[border..].windows(6).position(|bytes| bytes == b"ko0017");
    let next = border + behind.expect("the second one behind") - 16;
    let len = u32::try_from(next - last - 16).expect("short");
    written.bytes[last..last + 4].copy_from_slice(&len.to_le_bytes());
    // One entry is missing at the end.
    written.expect(Damage::Bounds { entry: 31 });
}

/// A sample that says where another entry begins moves a border there.
#[test]
fn a_border_at_another_entry_is_found() {
    let mut written = Written::new(64);
    let line = written.layout.samples.end() - 1;
    let places = line * LINE;
    for (sample, moved) in [(2, 3), (4, 3), (7, 0)] {
        let sound = written.bytes.clone();
        written.bytes.copy_within(places + 4 * moved..places + 4 * moved + 4, places + 4 * sample);
        written.expect(Damage::Samples { line });
        written.bytes = sound;
    }
}

/// All ones, as a page that was never written may have them: no place at all.
#[test]
fn a_border_that_is_no_place_is_found() {
    let mut written = Written::new(64);
    let line = written.layout.samples.end() - 1;
    for sample in [2, 4, 7] {
        let sound = written.bytes.clone();
        written.bytes[line * LINE..][4 * sample..][..4].fill(0xff);
        written.expect(Damage::Samples { line });
        written.bytes = sound;
    }
}

/// Many words are compared at once, and what differs in one of them may not make up for another.
#[test]
fn an_index_of_zeros_and_one_with_two_turned_bits_are_found() {
    let mut written = Written::new(3_000);
    let lines = written.layout.index.first_line()..written.layout.index.end().expect("sound");
    assert!(lines.len() > 300);
    for line in [lines.start, lines.start + 100, lines.end - 1] {
        let sound = written.bytes.clone();
        written.bytes[line * LINE..(line + 1) * LINE].fill(0);
        written.expect(Damage::Index { line });
        written.bytes.clone_from(&sound);
        written.bytes[line * LINE + 9] ^= 4;
        written.bytes[line * LINE + 21] ^= 4;
        written.expect(Damage::Index { line });
        written.bytes = sound;
    }
    written.bytes[lines.start * LINE..lines.end * LINE].fill(0);
    written.expect(Damage::Index { line: lines.start });
}

/// The first 32 bytes settle the order of most keys, and not of these.
#[test]
fn keys_that_begin_alike_are_compared_to_their_end() {
    let long = |end: &str| format!("the first thirty-two are the same{end}");
    let ascending = ["", "\0", "\0\0", "a", "a\0", "b"].map(long).into_iter().enumerate();
    let ascending: Vec<_> = ascending.map(|(n, key)| (key, "x".repeat(n))).collect();
    assert_eq!(Written::of(ascending.clone().into_iter()).look(Division::NONE), Ok(()));
    for second in 1..ascending.len() {
        let mut pairs = ascending.clone();
        pairs.swap(second - 1, second);
        let damage = Damage::Order { entry: u32::try_from(second).expect("few") };
        assert_eq!(Written::of(pairs.into_iter()).look(Division::NONE), Err(damage));
    }
    let short = ["a\0", "a"].map(|key| (key.to_owned(), String::new()));
    let damage = Damage::Order { entry: 1 };
    assert_eq!(Written::of(short.into_iter()).look(Division::NONE), Err(damage));
}

/// Zeros between the trie and the samples, of which the table tells.
#[test]
fn a_line_before_the_samples_is_found() {
    let mut written = Written::new(50);
    let line = written.layout.samples.first_line();
    written.bytes.splice(line * LINE..line * LINE, [0; LINE]);
    written.plan.samples += 1;
    written.expect(Damage::Trie { line });
}

/// Zeros between the index and the trie, of which the table and all links to entries tell.
#[test]
fn a_line_before_the_trie_is_found() {
    let line_of_links = u32::try_from(LINE / UNIT).expect("few") << 2;
    let mut written = Written::new(50);
    let line = written.layout.index.end().expect("sound");
    let (mut at, root) = (line * LINE, (written.plan.root >> 2) as usize * UNIT);
    while at <= root {
        let bytes = &mut written.bytes[at..];
        let links = usize::from(bytes[0]);
        for link in bytes[12..].as_chunks_mut().0.iter_mut().take(links) {
            let there = u32::from_le_bytes(*link);
            let farther = if there % 4 == 0 { there + line_of_links } else { there };
            *link = farther.to_le_bytes();
        }
        at += (12 + 4 * links).next_multiple_of(UNIT);
    }
    written.bytes.splice(line * LINE..line * LINE, [0; LINE]);
    written.plan.groups += 1;
    written.plan.root += line_of_links;
    written.plan.samples += 1;
    written.expect(Damage::Index { line });
}

/// A root with a link more than it has digits, where its padding was.
#[test]
fn a_child_too_many_is_found() {
    let root = |written: &Written| (written.plan.root >> 2) as usize * UNIT;
    let children = |written: &Written| usize::from(written.bytes[root(written)]);
    let is_padded = |written: &Written| children(written) % 2 == 0 && children(written) < 16;
    let mut written = (17..40).map(Written::new).find(is_padded).expect("one is padded");
    let (root, children) = (root(&written), children(&written));
    written.bytes[root] += 1;
    written.bytes[root + 12 + 4 * children] = 4;
    written.expect(Damage::Trie { line: root / LINE });
}
