//! Kinds of damage, each with the error that names it. All are sealed, unless they are about that.

use std::collections::BTreeSet;

use bootfork_store::image::{Damage, Image, ImageError, Trust};

use super::Scratch;
use super::craft::*;

struct Case {
    name: &'static str,
    break_it: fn(&mut Crafted),
    refused: fn(&ImageError) -> bool,
    sealed: bool,
}

/// Cases that are sealed.
macro_rules! cases {
    ($($name:literal, $break_it:expr => $refused:pat $(if $guard:expr)?,)*) => {
        [$(Case {
            name: $name,
            break_it: $break_it,
            refused: |error| matches!(error, $refused $(if $guard)?),
            sealed: true,
        }),*]
    };
}

/// Cases that are sealed, in which the store is damaged.
macro_rules! damages {
    ($($name:literal, $break_it:expr => $damage:pat,)*) => {
        cases! { $($name, $break_it => Damaged { damage: $damage, .. },)* }
    };
}

fn row(row: usize, field: usize) -> usize {
    Crafted::in_row(row, field)
}

fn put(image: &mut Crafted, at: usize, bytes: &[u8]) {
    image.0[at..at + bytes.len()].copy_from_slice(bytes);
}

use Damage::{Bounds, Digest, Entries, Hash, Index, Order, Padding, Plan, Samples, Trie};
use ImageError::{Checksum, Damaged, Format, Hashes, Identity, Length, NotAnImage, Table};

fn of_the_head() -> impl IntoIterator<Item = Case> {
    cases! {
        "another first byte", |image| image.set(0, b'x') => NotAnImage,
        "line ends changed", |image| image.set(5, b'\n') => NotAnImage,
        "text", |image| image.0 = b"#!/bin/sh\n".repeat(50) => NotAnImage,
        "no bytes", |image| image.0.clear() => Length { stated: None, found: 0 },
        "less than the mark", |image| image.0.truncate(5) => Length { stated: None, found: 5 },
        "less than a head", |image| image.0.truncate(100) => Length { stated: None, found: 100 },
        "an older format", |image| image.set_word(FORMAT, 0) => Format { found: 0 },
        "a newer format", |image| image.set_word(FORMAT, 2) => Format { found: 2 },
        "older hashes", |image| image.set_word(HASHES, 1) => Hashes { found: 1 },
        "other hashes", |image| image.set_word(HASHES, 7) => Hashes { found: 7 },
        "a length that is less", |image| image.set_long(LENGTH, 64) => Length {
            stated: Some(64), ..
        },
        "a length that is more", |image| image.set_long(LENGTH, u64::MAX) => Length {
            stated: Some(u64::MAX), ..
        },
        "a line more", |image| image.0.extend([0; 64]) => Length { .. },
        "a line less", |image| image.0.truncate(image.0.len() - 64) => Length { .. },
        "a line more that it knows of", |image| {
            image.0.extend([0; 64]);
            image.set_long(LENGTH, image.0.len() as u64);
        } => Table { row: None },
        "a line less that it knows of", |image| {
            image.0.truncate(image.0.len() - 64);
            image.set_long(LENGTH, image.0.len() as u64);
        } => Table { row: None },
        "a part fewer", |image| image.change_word(PARTS, |parts| parts - 1) => Table { row: None },
        "a part more", |image| image.change_word(PARTS, |parts| parts + 1) => Table { .. },
        "more parts than bytes", |image| image.set_word(PARTS, u32::MAX) => Table { row: None },
        "a kind without a name", |image| put(image, KIND_NAME, &[0; 32]) => Table { row: None },
        "a kind with a space", |image| image.set(KIND_NAME + 2, b' ') => Table { row: None },
        "a kind that is no text", |image| image.set(KIND_NAME, 0xff) => Table { row: None },
        "a kind with a zero in it", |image| image.set(KIND_NAME + 2, 0) => Table { row: None },
        "a byte behind the head", |image| image.set(HEAD_REST + 3, 1) => Table { row: None },
    }
}

fn of_the_table() -> impl IntoIterator<Item = Case> {
    cases! {
        "a part without a name", |image| put(image, row(BYTES, NAME), &[0; 32]) => Table {
            row: Some(0)
        },
        "a part with a control character", |image| image.set(row(EMPTY, NAME), 7) => Table {
            row: Some(1)
        },
        "two parts of one name", |image| put(image, row(EMPTY, NAME), b"bytes") => Table {
            row: Some(1)
        },
        "parts out of order", |image| put(image, row(EMPTY, NAME), b"a") => Table { row: Some(1) },
        "a content that there is not", |image| image.set_word(row(BYTES, CONTENT), 2) => Table {
            row: Some(0)
        },
        "bytes with places", |image| image.set_word(row(BYTES, SAMPLES), 1) => Table {
            row: Some(0)
        },
        "bytes with a digest", |image| image.set(row(BYTES, DIGEST), 1) => Table { row: Some(0) },
        "a byte behind a row", |image| image.set(row(STORE, ROW_REST), 1) => Table { row: Some(2) },
        "no entries in some bytes", |image| image.set_word(row(STORE, ENTRIES), 0) => Table {
            row: Some(2)
        },
        "an empty store with bytes", |image| image.set_long(row(EMPTY, LEN), 64) => Table {
            row: Some(1)
        },
        "an empty store with a digest", |image| image.set(row(EMPTY, DIGEST + 15), 1) => Table {
            row: Some(1)
        },
        "a store in half a line", |image| {
            let at = row(STORE, LEN);
            image.set_long(at, image.long(at) - 8);
        } => Table { row: Some(2) },
        "lengths that overflow", |image| {
            image.set_long(row(BYTES, LEN), u64::MAX - 10);
        } => Table { row: None },
        "lengths beyond the end", |image| image.set_long(row(BYTES, LEN), 1 << 40) => Table {
            row: None
        },
        "bytes that are longer", |image| image.set_long(row(BYTES, LEN), 65) => Table { row: None },
    }
}

fn of_the_plan() -> impl IntoIterator<Item = Case> {
    damages! {
        "an entry fewer", |image| image.change_word(row(STORE, ENTRIES), |n| n - 1) => Entries,
        "an entry more", |image| image.change_word(row(STORE, ENTRIES), |n| n + 1)
            => Bounds { entry: 30 },
        "more entries than bytes", |image| image.set_word(row(STORE, ENTRIES), u32::MAX) => Plan,
        "a store of nothing", |image| {
            for field in [END, GROUPS, ROOT, SAMPLES] {
                image.set_word(row(STORE, field), 0);
            }
        } => Plan,
        "entries that end at once", |image| image.set_word(row(STORE, END), 0) => Plan,
        "entries that end early", |image| image.change_word(row(STORE, END), |end| end - 1)
            => Bounds { entry: 29 },
        "entries that end late", |image| image.change_word(row(STORE, END), |end| end + 1)
            => Entries,
        "entries beyond the end", |image| image.set_word(row(STORE, END), u32::MAX) => Plan,
        "no groups", |image| image.set_word(row(STORE, GROUPS), 0) => Plan,
        "a group fewer", |image| image.change_word(row(STORE, GROUPS), |n| n - 1) => Plan,
        "a group more", |image| image.change_word(row(STORE, GROUPS), |n| n + 1) => Plan,
        "more groups than bytes", |image| image.set_word(row(STORE, GROUPS), u32::MAX) => Plan,
        "the root of another kind", |image| image.change_word(row(STORE, ROOT), |at| at ^ 3)
            => Plan,
        "an entry as root", |image| image.set_word(row(STORE, ROOT), 0) => Plan,
        "a root beyond the end", |image| image.set_word(row(STORE, ROOT), u32::MAX - 1) => Plan,
        "samples a line earlier", |image| image.change_word(row(STORE, SAMPLES), |at| at - 1)
            => Plan,
        "samples beyond the end", |image| image.set_word(row(STORE, SAMPLES), u32::MAX) => Plan,
    }
}

fn of_entries() -> impl IntoIterator<Item = Case> {
    damages! {
        "an entry beyond the entries", |image| image.set_word(image.entry(29), 1_000)
            => Bounds { entry: 29 },
        "an entry of 4 GiB", |image| image.set_word(image.entry(3), u32::MAX)
            => Bounds { entry: 3 },
        "an entry without room for its key", |image| image.set_word(image.entry(3), 0)
            => Bounds { entry: 3 },
        "a key longer than its entry", |image| {
            let at = image.entry(5);
            image.set_word(at + 4, image.word(at) + 1);
        } => Bounds { entry: 5 },
        "a key of 4 GiB", |image| image.set_word(image.entry(5) + 4, u32::MAX)
            => Bounds { entry: 5 },
        "a key that ends early", |image| image.change_word(image.entry(29) + 4, |n| n - 3)
            => Order { entry: 29 },
        "a key that ends late", |image| image.change_word(image.entry(6) + 4, |n| n + 1)
            => Hash { entry: 6 },
        "another hash, above", |image| image.change_word(image.entry(0) + 8, |h| h ^ 1)
            => Hash { entry: 0 },
        "another hash, below", |image| image.change_word(image.entry(0) + 12, |h| h ^ 1)
            => Hash { entry: 0 },
        "a key that is another", |image| image.set(image.entry(29) + 16 + 8, b'9')
            => Hash { entry: 29 },
        "a key below the one before", |image| image.set(image.entry(8) + 16, b'a')
            => Order { entry: 8 },
        "a key twice", |image| {
            let (one, two) = (image.entry(10) + 8, image.entry(11) + 8);
            image.0.copy_within(one..one + 8 + 9, two);
        } => Order { entry: 11 },
        "bytes between entries", |image| {
            let at = padded_entry(image);
            let next = image.entry(at + 1);
            image.set(next - 1, 1);
        } => Padding { .. },
        "bytes behind the entries", |image| {
            let end = image.entries_end();
            assert!(end < image.group(0), "there is a gap");
            image.set(end, 1);
        } => Padding { entry: 29 },
        "an entry that swallows the next", |image| {
            let (at, next) = (image.entry(2), image.entry(4));
            image.set_word(at, u32::try_from(next - at - 16).expect("short"));
        } => Entries | Bounds { .. },
    }
}

/// An entry with a gap behind it.
fn padded_entry(image: &Crafted) -> usize {
    let padded = (0..29).find(|number| !image.word(image.entry(*number)).is_multiple_of(8));
    padded.expect("values of all lengths")
}

/// A group of the flat index that has entries, but is not full.
fn group(image: &Crafted) -> usize {
    let groups = (image.nodes() - image.group(0)) / 64;
    let some = |at: &usize| (1..12).contains(&(image.word(at + 12) & 0xff));
    (0..groups).map(|number| image.group(number)).find(some).expect("such a group")
}

/// A leaf of the trie: the first node that is written.
fn leaf(image: &Crafted) -> usize {
    image.nodes()
}

fn of_the_index() -> impl IntoIterator<Item = Case> {
    damages! {
        "another tag", |image| image.turn(group(image), 1) => Index { .. },
        "a slot more", |image| image.change_word(group(image) + 12, |n| n + 1) => Index { .. },
        "a slot fewer", |image| image.change_word(group(image) + 12, |n| n - 1) => Index { .. },
        "192 slots", |image| image.change_word(group(image) + 12, |n| n | 0xc0) => Index { .. },
        "a search sent on", |image| image.change_word(group(image) + 12, |n| n | 1 << 16)
            => Index { .. },
        "a search sent past the last group", |image| {
            image.change_word(image.nodes() - 64 + 12, |n| n ^ 1 << 16);
        } => Index { .. },
        "a place that is another", |image| {
            image.change_word(group(image) + 16, |at| at + 1);
        } => Index { .. },
        "a place beyond the end", |image| image.set_word(group(image) + 16, u32::MAX)
            => Index { .. },
        "a place in no slot", |image| image.set_word(group(image) + 60, 1) => Index { .. },
        "slots that changed places", |image| {
            let at = image.nodes() - 64;
            let words = [at, at + 16].map(|at| image.word(at));
            image.set_word(at, words[0].swap_bytes());
            image.set_word(at + 16, words[1] ^ 2);
        } => Index { .. },
    }
}

fn of_the_trie() -> impl IntoIterator<Item = Case> {
    damages! {
        "a leaf of one entry more", |image| image.change_word(leaf(image), |n| n + 1)
            => Trie { .. },
        "a leaf of 2^32 entries", |image| image.set_word(leaf(image), u32::MAX) => Trie { .. },
        "a leaf of none", |image| image.set_word(leaf(image), 0) => Trie { .. },
        "a leaf with another tag", |image| image.change_word(leaf(image) + 4, |t| t ^ 1)
            => Trie { .. },
        "a leaf with a tag too many", |image| image.turn(leaf(image) + 11, 0x80) => Trie { .. },
        "a branch with a child more", |image| image.change_word(image.root(), |n| n + 1)
            => Trie { .. },
        "a branch with another bit", |image| image.change_word(image.root() + 4, |b| b ^ 2)
            => Trie { .. },
        "a branch with all bits", |image| image.set_word(image.root() + 4, u32::MAX) => Trie { .. },
        "a branch of no entries", |image| image.set_word(image.root() + 8, 0) => Trie { .. },
        "a link to itself", |image| image.change_word(image.root() + 12, |link| link & 3)
            => Trie { .. },
        "a link out of the store", |image| image.change_word(image.root() + 12, |link| {
            link | u32::MAX << 2
        }) => Trie { .. },
        "a link of another kind", |image| image.change_word(image.root() + 12, |l| l ^ 1)
            => Trie { .. },
        "links that changed places", |image| {
            let at = image.root() + 12;
            let links = [at, at + 4].map(|at| image.word(at));
            image.set_word(at, links[1]);
            image.set_word(at + 4, links[0]);
        } => Trie { .. },
        "a link into the middle of an entry", |image| {
            image.change_word(leaf(image) + 12, |link| link - 4);
        } => Trie { .. },
        "bytes behind the trie", |image| {
            let end = image.samples() - 1;
            image.turn(end, 1);
        } => Trie { .. },
    }
}

fn of_samples() -> impl IntoIterator<Item = Case> {
    damages! {
        "a sample of another key", |image| image.turn(image.samples(), 1) => Samples { .. },
        "a sample of another place", |image| image.change_word(image.0.len() - 60, |at| at + 1)
            => Samples { .. },
        "a place beyond the end in the samples", |image| {
            image.set_word(image.0.len() - 64, u32::MAX);
        } => Samples { .. },
        "bytes behind the samples", |image| *image.0.last_mut().expect("some") = 1
            => Samples { .. },
    }
}

fn of_padding() -> impl IntoIterator<Item = Case> {
    cases! {
        "bytes behind a part", |image| {
            let at = image.part(BYTES).expect("there") + 40;
            image.set(at, 1);
        } => ImageError::Padding { part } if part == "bytes",
    }
}

/// What shows only if checksums and digests are looked at.
fn of_content() -> impl IntoIterator<Item = Case> {
    let sealed = damages! {
        "another digest", |image| image.turn(row(STORE, DIGEST), 1) => Digest { .. },
        "another value", |image| image.set(image.entry(4) + 16 + 9, b'y') => Digest { .. },
        "a value longer by a zero", |image| {
            let at = image.entry(padded_entry(image));
            image.change_word(at, |len| len + 1);
        } => Digest { .. },
    };
    let unsealed = cases! {
        "another plain byte", |image| {
            let at = image.part(BYTES).expect("there");
            image.turn(at, 1);
        } => Checksum { part } if part == "bytes",
        "another byte of a value", |image| image.set(image.entry(4) + 16 + 9, b'y') => Checksum {
            ..
        },
    };
    sealed.into_iter().chain(unsealed.into_iter().map(|case| Case { sealed: false, ..case }))
}

fn of_the_seal() -> impl IntoIterator<Item = Case> {
    let cases = cases! {
        "another identity", |image| image.turn(ID + 31, 1) => Identity { .. },
        "another version of the kind", |image| image.turn(16, 1) => Identity { .. },
        "another checksum", |image| image.turn(row(STORE, HASH), 1) => Identity { .. },
    };
    cases.into_iter().map(|case| Case { sealed: false, ..case })
}

#[test]
fn every_kind_of_damage_has_its_error() {
    let scratch = Scratch::new("named");
    let structural = of_the_head()
        .into_iter()
        .chain(of_the_table())
        .chain(of_the_plan())
        .chain(of_entries())
        .chain(of_the_index())
        .chain(of_the_trie())
        .chain(of_samples())
        .chain(of_padding())
        .chain(of_the_seal());
    let cases = structural.map(|case| (case, true));
    let cases: Vec<_> = cases.chain(of_content().into_iter().map(|case| (case, false))).collect();
    let names: BTreeSet<&str> = cases.iter().map(|(case, _)| case.name).collect();
    assert!(names.len() == cases.len() && names.len() >= 50, "{} names", names.len());
    println!("{} kinds of damage", names.len());
    let sound = Crafted::new();
    let mut wrong = Vec::new();
    for (Case { name, break_it, refused, sealed }, structural) in cases {
        let mut damaged = sound.clone();
        break_it(&mut damaged);
        if sealed && damaged.0.len() >= 128 {
            damaged.seal();
        }
        assert!(damaged.0 != sound.0, "{name}: nothing is damaged");
        let mut judge = |opened: Result<Image, ImageError>, how: &str| match opened {
            Err(error) if refused(&error) => {}
            other => wrong.push(format!("{name}, {how}: {other:?}")),
        };
        judge(Image::from_bytes(&damaged.0), "as bytes");
        scratch.put(&damaged.0);
        if structural {
            judge(Image::open(&scratch.0, Trust::Structural), "as a file");
        }
        judge(Image::open(&scratch.0, Trust::Full), "as a file, in full");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
