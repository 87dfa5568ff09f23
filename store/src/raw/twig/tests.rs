//! A twig that is put at once is the one whose nodes are put one after the other.

use super::{ENTRIES_MAX, Twig};
use crate::node::{EntryInfo, LeafInfo, Shape};
use crate::raw::Kind;
use crate::raw::memory::{Hashed, Spot, bytes_of};
use crate::raw::pen::{Pen, Writer};
use crate::store::Standard;

/// As many children as a branch can have.
struct Broad;

impl Shape for Broad {
    const BITS: u32 = 5;
    const LEAF: usize = 8;
    const ORDER_KEYS: usize = 2;
    const ORDER_CHILDREN: usize = 4;
}

const DEPTH: u32 = 2;

/// A writer with entries, of which so many have the first digit, and so on.
fn entries<S: Shape>(lens: &[usize]) -> (Writer, Vec<Vec<Hashed>>) {
    let mut writer = Writer::with_capacity(0);
    let behind = u64::BITS - (DEPTH + 1) * S::BITS;
    let of_digit = |(digit, len): (u64, usize)| {
        let hash =
            |n: usize| 0xab << (behind + S::BITS) | digit << behind | (n as u64 * 0x123_4567);
        let mut entry = |hash| writer.entry(&EntryInfo::new(hash, b"key"), b"key", b"value").at();
        (0..len).map(hash).map(|hash| Hashed::new(hash, entry(hash))).collect()
    };
    let groups = (0..).zip(lens.iter().copied()).map(of_digit).collect();
    (writer, groups)
}

fn bytes(writer: Writer) -> Vec<u8> {
    bytes_of(writer.finish().lines()).to_vec()
}

/// The twig of entries of these digits.
fn at_once<S: Shape>(lens: &[usize], twig: &mut Twig) -> (Option<Spot>, Vec<u8>) {
    let (mut writer, groups) = entries::<S>(lens);
    let root = twig.put::<S>(&mut writer, &groups.concat(), DEPTH);
    (root, bytes(writer))
}

/// The same.
fn one_by_one<S: Shape>(lens: &[usize]) -> (Option<Spot>, Vec<u8>) {
    let (mut writer, groups) = entries::<S>(lens);
    let child = |group: &Vec<Hashed>| match &group[..] {
        [entry] => entry.spot(),
        entries => {
            let tags = LeafInfo::of(entries.iter().map(|entry| entry.hash())).words();
            writer.node(Kind::Leaf, tags, entries.iter().map(|entry| entry.spot()))
        }
    };
    let children: Vec<_> = groups.iter().filter(|group| !group.is_empty()).map(child).collect();
    let bits = (0..).zip(lens).map(|(digit, len)| u32::from(*len > 0) << digit);
    let total = u32::try_from(lens.iter().sum::<usize>()).expect("few");
    let root = writer.node(Kind::Branch, [bits.sum(), total], children.into_iter());
    (Some(root), bytes(writer))
}

fn expect_twig<S: Shape>(lens: &[usize], twig: &mut Twig) {
    assert!(at_once::<S>(lens, twig) == one_by_one::<S>(lens), "{lens:?}");
}

#[test]
fn a_twig_is_what_its_nodes_are() {
    let mut twig = Twig::default();
    let (mut random, mut twigs) = (1_u64, 0);
    for round in 0..2_000 {
        let mut lens = [0; 1 << Standard::BITS];
        for len in &mut lens {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *len = (random >> 33) as usize % (1 + round % (Standard::LEAF + 1));
        }
        lens[round % lens.len()] = 1 + round % Standard::LEAF;
        if lens.iter().sum::<usize>() <= ENTRIES_MAX {
            expect_twig::<Standard>(&lens, &mut twig);
            twigs += 1;
        } else {
            assert_eq!(at_once::<Standard>(&lens, &mut twig).0, None, "{lens:?}");
        }
    }
    assert!((1_000..2_000).contains(&twigs), "{twigs} of 2,000");
}

#[test]
fn the_largest_twigs_find_room() {
    let twig = &mut Twig::default();
    expect_twig::<Broad>(&[2; 32], twig);
    expect_twig::<Broad>(&[8; 8], twig);
    expect_twig::<Broad>(&[[3; 20], [0; 20]].concat()[..32], twig);
    expect_twig::<Broad>(&[&[1; 24][..], &[5; 8]].concat(), twig);
}

#[test]
fn more_than_leaves_is_no_twig() {
    for lens in [&[1, Standard::LEAF + 1, 1][..], &[Standard::LEAF + 1], &[0, 1, ENTRIES_MAX - 1]] {
        assert_eq!(at_once::<Standard>(lens, &mut Twig::default()).0, None, "{lens:?}");
    }
    let (mut writer, groups) = entries::<Standard>(&[1, 1]);
    let depth = Standard::LEVELS;
    let by_second_hash = Twig::default().put::<Standard>(&mut writer, &groups.concat(), depth);
    assert_eq!(by_second_hash, None);
}
