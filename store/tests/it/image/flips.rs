//! Every bit of an image, turned; every length of it, cut.

use bootfork_store::Store;
use bootfork_store::image::{Image, ImageError, Trust};

use super::Scratch;
use super::craft::{Crafted, LENGTH, sample};

/// What came of opening damaged images.
#[derive(Default)]
struct Outcomes {
    refused: usize,
    opened: usize,
}

/// Opens a damaged image in both ways and uses what opens. Panics if that is no map.
fn try_both(damaged: &[u8], scratch: &Scratch, what: &str, outcomes: &mut Outcomes) {
    let mut tell = |image: Result<Image, ImageError>, digest_holds: bool| match image {
        Err(_) => outcomes.refused += 1,
        Ok(image) => {
            outcomes.opened += 1;
            for part in image.parts() {
                match image.store(part) {
                    Ok(store) => use_up(store, digest_holds, what),
                    Err(_) => assert!(image.bytes(part).is_ok(), "{what}"),
                }
            }
        }
    };
    tell(Image::from_bytes(damaged), true);
    scratch.put(damaged);
    tell(Image::open(&scratch.0, Trust::Structural), false);
}

/// Everything that can be asked of a store, against what iterating over it says.
fn use_up(mut store: Store, digest_holds: bool, what: &str) {
    let sound = |store: &Store| match store.check() {
        Err(violation) => !digest_holds && violation.invariant() == "M2",
        Ok(()) => true,
    };
    assert!(sound(&store), "{what}: {:?}", store.check());
    let entries: Vec<(Vec<u8>, Vec<u8>)> =
        store.iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
    assert_eq!(entries.len(), store.len(), "{what}");
    assert!(entries.is_sorted_by(|left, right| left.0 < right.0), "{what}");
    for (at, (key, value)) in entries.iter().enumerate() {
        assert_eq!(store.get(key), Some(&value[..]), "{what}");
        let next = entries.get(at + 1).map(|(key, _)| &key[..]);
        assert_eq!(store.next_key(key), next, "{what}");
    }
    assert!(store.diff(&sample()).len() <= entries.len() + 30, "{what}");
    for (key, _) in entries.iter().step_by(3) {
        store.set(key, "other");
        store.set([key, &b"+"[..]].concat(), "new");
    }
    for (key, _) in entries.iter().step_by(2) {
        assert!(store.remove(key), "{what}");
    }
    assert!(sound(&store), "{what}: written to: {:?}", store.check());
}

/// Turns each bit and opens what comes of it, as it is or with hashes that fit.
fn flip_all(sealed: bool) -> Outcomes {
    let scratch = Scratch::new(&format!("flips-{sealed}"));
    let sound = Crafted::new();
    let mut outcomes = Outcomes::default();
    for bit in 0..sound.0.len() * 8 {
        let mut damaged = sound.clone();
        damaged.0[bit / 8] ^= 1 << (bit % 8);
        if sealed {
            damaged.seal();
        }
        // A bit of a hash that is sealed again is as it was.
        if damaged.0 != sound.0 {
            try_both(&damaged.0, &scratch, &format!("bit {bit}"), &mut outcomes);
        }
    }
    outcomes
}

#[test]
fn a_turned_bit_is_found_or_leaves_a_map() {
    let Outcomes { refused, opened } = flip_all(false);
    println!("bits turned: {refused} refused, {opened} opened");
    // Those that open are in values and plain bytes, which `Trust::Structural` does not look at,
    // or make a value longer by some of the zeros behind it.
    let values: usize = sample().values().map(<[u8]>::len).sum();
    let not_looked_at = 8 * (values + b"some plain bytes".len());
    assert!((not_looked_at..not_looked_at + 3 * sample().len()).contains(&opened), "{opened}");
    assert_eq!(refused + opened, 2 * 8 * Crafted::new().0.len());
}

#[test]
fn a_turned_bit_in_an_image_that_is_sealed_again_is_found_or_leaves_a_map() {
    let Outcomes { refused, opened } = flip_all(true);
    println!("bits turned and sealed: {refused} refused, {opened} opened");
    assert!(refused > 30_000, "{refused} refused");
    assert!(opened > 0);
}

#[test]
fn a_cut_image_is_refused_whatever_it_says_of_its_length() {
    let scratch = Scratch::new("cuts");
    let sound = Crafted::new();
    let mut outcomes = Outcomes::default();
    for len in 0..sound.0.len() {
        let mut cut = Crafted(sound.0[..len].to_vec());
        try_both(&cut.0, &scratch, &format!("cut to {len}"), &mut outcomes);
        if len >= LENGTH + 8 {
            cut.set_long(LENGTH, len as u64);
            cut.seal();
            try_both(&cut.0, &scratch, &format!("cut to {len}, sealed"), &mut outcomes);
        }
    }
    println!("cuts: {} refused", outcomes.refused);
    assert_eq!(outcomes.opened, 0);
}
