//! The bytes that equal content gives, by their identities.

use bootfork_store::Store;
use bootfork_store::image::Image;

use super::craft::sample;

fn identity(store: &Store) -> String {
    Image::builder("pinned", 1).store("kv", store).id().expect("in memory").to_string()
}

/// Keys of one hash, more than a group of the index has room for, more than are put into it, and
/// enough for two levels of the trie by the second hash.
fn chosen() -> Store {
    let first = 0x243f_6a88_85a3_08d3 ^ 0x082e_fa98_ec4e_6c89_u64.wrapping_mul(16);
    (0..200_u64).map(|n| ([first.to_le_bytes(), n.to_be_bytes()].concat(), "value")).collect()
}

/// Four levels of the trie, and more than is sorted by comparing.
fn many() -> Store {
    (0..20_000).map(|n| (format!("ko{n}.refCount"), "1,1")).collect()
}

/// Who has changed these on purpose has changed the format: raise `FORMAT` or `HASHES`.
#[test]
fn equal_content_gives_the_bytes_that_it_has_always_given() {
    assert_eq!(
        identity(&sample()),
        "ddec949972686778706930c75b7b43d4e24e9d74f5adaffd8b7812d09c6ac7c0"
    );
    assert_eq!(
        identity(&chosen()),
        "152d05361895153207a4098185dcbd119cbc288c54ef9efaf6aa772d1248ce93"
    );
    assert_eq!(
        identity(&many()),
        "156a6deb10a04b0a70e8b4802765b3e8a7ef14c03aca3207af3d2b714890d394"
    );
}
