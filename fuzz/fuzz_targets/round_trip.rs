//! A store that any writes led to comes back from its image, as a map of the standard library.

#![no_main]

use std::collections::BTreeMap;

use bootfork_store::Store;
use bootfork_store::image::Image;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let (mut store, mut twin) = (Store::new(), BTreeMap::new());
    for write in input.split(|byte| *byte == b'\n') {
        let Some((kind, rest)) = write.split_first() else { continue };
        let cut = usize::from(*kind >> 3).min(rest.len());
        let (key, value) = rest.split_at(cut);
        match kind & 7 {
            0 => assert_eq!(store.remove(key), twin.remove(key).is_some()),
            1 => store.freeze(),
            2 => store = round_trip(&store),
            _ => assert_eq!(store.set(key, value), twin.insert(key, value).is_none()),
        }
    }
    let back = round_trip(&store);
    assert_eq!(back.check(), Ok(()));
    assert!(back.iter().eq(twin.iter().map(|(key, value)| (*key, *value))));
    assert!(back == store && back.diff(&store).is_empty());
});

fn round_trip(store: &Store) -> Store {
    let bytes = Image::builder("fuzz", 1).store("kv", store).to_bytes().expect("in memory");
    let image = Image::from_bytes(&bytes).expect("what was written is sound");
    let again = Image::builder("fuzz", 1).store("kv", &image.store("kv").expect("there"));
    assert_eq!(again.to_bytes().expect("in memory"), bytes);
    image.store("kv").expect("there")
}
