//! Any store comes back from an image, and what is done with both agrees.

use bootfork_store::Store;
use bootfork_store::image::Image;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

/// Short keys of few letters, so that many share a beginning; some of one hash; some long.
fn key() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => vec(prop_oneof![Just(b'a'), Just(b'b'), Just(0), Just(0xff)], 0..6),
        1 => any::<[u8; 12]>().prop_map(|bytes| bytes.to_vec()),
        1 => (0..60_u64).prop_map(|n| of_one_hash(n).to_vec()),
        1 => vec(any::<u8>(), 20..60),
    ]
}

/// FORMAT.md tells why.
fn of_one_hash(n: u64) -> [u8; 16] {
    let first = 0x243f_6a88_85a3_08d3 ^ 0x082e_fa98_ec4e_6c89_u64.wrapping_mul(16);
    let mut key = [0; 16];
    key[..8].copy_from_slice(&u64::to_le_bytes(first));
    key[8..].copy_from_slice(&n.to_be_bytes());
    key
}

proptest! {
    #[test]
    fn a_store_comes_back_and_goes_on_alike(
        entries in btree_map(key(), vec(any::<u8>(), 0..40), 0..300),
        writes in vec((key(), proptest::option::of(vec(any::<u8>(), 0..20))), 0..40),
        plain in vec(any::<u8>(), 0..200),
    ) {
        let store: Store = entries.iter().collect();
        let builder = Image::builder("test", 7).store("kv", &store).bytes("plain", &plain);
        let bytes = builder.to_bytes().expect("in memory");
        let image = Image::from_bytes(&bytes).expect("what was written is sound");
        prop_assert_eq!(image.bytes("plain").expect("there"), &plain);
        let mut back = image.store("kv").expect("there");
        prop_assert_eq!(back.check(), Ok(()));
        prop_assert!(back.iter().eq(entries.iter().map(|(key, value)| (&key[..], &value[..]))));
        prop_assert_eq!(back.digest(), store.digest());

        let mut beside = store.fork();
        for (key, value) in &writes {
            if let Some(value) = value {
                prop_assert_eq!(back.set(key, value), beside.set(key, value));
            } else {
                prop_assert_eq!(back.remove(key), beside.remove(key));
            }
        }
        prop_assert_eq!(back.check(), Ok(()));
        prop_assert!(back.diff(&beside).is_empty() && back == beside);
        prop_assert_eq!(store.diff(&back), store.diff(&beside));
        let identity = |store| Image::builder("t", 1).store("kv", store).id().expect("in memory");
        prop_assert_eq!(identity(&back), identity(&beside));
    }
}

#[test]
fn many_keys_of_one_hash_come_back() {
    let store: Store = (0..3_000).map(|n| (of_one_hash(n), n.to_string())).collect();
    let bytes = Image::builder("test", 1).store("kv", &store).to_bytes().expect("in memory");
    let back = Image::from_bytes(&bytes).expect("sound").store("kv").expect("there");
    assert!((0..3_000).all(|n| back.get(of_one_hash(n)) == Some(n.to_string().as_bytes())));
    assert_eq!(back.check(), Ok(()));
}
