//! Any bytes are refused, or are an image whose stores are maps.
//!
//! The input is tried as it is, and as a list of changes to a sound image, which is sealed again,
//! so that hashes are no wall.

#![no_main]

#[allow(dead_code, unused_imports)]
#[path = "../../store/tests/it/image/craft.rs"]
mod craft;

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::LazyLock;

use bootfork_store::Store;
use bootfork_store::image::{Image, Trust};
use libfuzzer_sys::fuzz_target;

use craft::Crafted;

static SOUND: LazyLock<Crafted> = LazyLock::new(Crafted::new);
static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    std::env::temp_dir().join(format!("bootfork-fuzz-decode-{}", std::process::id()))
});

fuzz_target!(|input: &[u8]| {
    if let Ok(image) = Image::from_bytes(input) {
        use_up(&image, true);
    }
    let mut changed = SOUND.clone();
    for change in input.chunks_exact(3) {
        let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % changed.0.len();
        changed.0[at] ^= change[2];
    }
    changed.seal();
    if let Ok(image) = Image::from_bytes(&changed.0) {
        use_up(&image, true);
    }
    // Without the digest, which refuses much before the structure is looked at.
    let written = File::options().create(true).truncate(false).write(true).open(&*FILE);
    let written = written.and_then(|mut file| {
        file.write_all(&changed.0).and_then(|()| file.set_len(changed.0.len() as u64))
    });
    written.expect("a file of our own");
    if let Ok(image) = Image::open(&*FILE, Trust::Structural) {
        use_up(&image, false);
    }
});

fn use_up(image: &Image, digest_holds: bool) {
    for part in image.parts() {
        let Ok(mut store) = image.store(part) else {
            assert!(image.bytes(part).is_ok());
            continue;
        };
        check(&store, digest_holds);
        let keys: Vec<Vec<u8>> = store.keys().map(<[u8]>::to_vec).collect();
        assert_eq!(keys.len(), store.len());
        for key in &keys {
            assert!(store.contains(key));
            store.set(key, "other");
            store.set([key, &b"+"[..]].concat(), "new");
            store.remove(key);
        }
        check(&store, digest_holds);
    }
}

fn check(store: &Store, digest_holds: bool) {
    if let Err(violation) = store.check() {
        assert!(!digest_holds && violation.invariant() == "M2", "{violation}");
    }
}
