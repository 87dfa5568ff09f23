//! Images are read as they were written.

mod craft;
mod flips;
mod named;
#[cfg(feature = "zstd")]
mod pack;
mod pinned;
mod round_trip;
mod writing;

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use bootfork_store::Store;
use bootfork_store::image::{Image, ImageError, ImageId, Trust};

/// A file of one test's own, removed with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("bootfork-{}-{name}", std::process::id())))
    }

    /// Makes these the bytes of the file. Not by `fs::write`: to cut a file to nothing first makes
    /// some file systems wait for the disk when it is closed.
    fn put(&self, bytes: &[u8]) {
        let file = File::options().create(true).truncate(false).write(true).open(&self.0);
        let mut file = file.expect("a file of our own");
        file.write_all(bytes).expect("room on the disk");
        file.set_len(bytes.len() as u64).expect("a file of our own");
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn store(entries: u32) -> Store {
    (0..entries).map(|n| (format!("v{}.ko{n}", n % 7), format!("value {n}"))).collect()
}

/// Each that looks at the entries.
const LOOKING: [Trust; 2] = [Trust::Structural, Trust::Full];

#[test]
fn a_store_comes_back_from_a_file_that_is_looked_through() {
    let scratch = Scratch::new("back");
    for entries in [0, 1, 2, 8, 9, 100, 5_000] {
        let store = store(entries);
        let id = Image::builder("test", 1).store("kv", &store).write(&scratch.0).expect("written");
        for trust in LOOKING {
            let image = Image::open(&scratch.0, trust).expect("opened");
            let mut back = image.store("kv").expect("it is in there");
            assert_eq!((image.id(), ImageId::from_bytes(id.to_bytes())), (id, id));
            assert_eq!(back.check(), Ok(()));
            assert_eq!(back, store);
            assert!(back.iter().eq(store.iter()));
            drop(image);
            back.set("v1.ko", "new");
            back.remove("v0.ko0");
            assert_eq!(back.check(), Ok(()));
            assert_eq!(store.diff(&back).len(), if entries == 0 { 1 } else { 2 });
        }
    }
}

#[test]
fn equal_parts_give_equal_bytes_whatever_their_history() {
    let frozen = store(300);
    let mut grown = Store::new();
    for (key, value) in &frozen.snapshot() {
        grown.set(key, "other");
        grown.set([key, b"gone"].concat(), value);
        grown.set(key, value);
    }
    let gone: Vec<Vec<u8>> =
        grown.keys().filter(|key| key.ends_with(b"gone")).map(<[u8]>::to_vec).collect();
    for key in gone {
        grown.remove(key);
    }
    let one = Image::builder("test", 1).store("kv", &frozen).bytes("b", b"x").to_bytes();
    let two = Image::builder("test", 1).bytes("b", b"x").store("kv", &grown).to_bytes();
    let (one, two) = (one.expect("in memory"), two.expect("in memory"));
    assert_eq!(one, two);
    let again = Image::from_bytes(&one).expect("sound").store("kv").expect("there");
    let three = Image::builder("test", 1).store("kv", &again).bytes("b", b"x").to_bytes();
    assert_eq!(one, three.expect("in memory"));
}

#[test]
fn parts_and_kinds_are_asked_for_by_name() {
    let bytes = Image::builder("test", 1).store("kv", &store(3)).bytes("b", b"plain").to_bytes();
    let image = Image::from_bytes(&bytes.expect("in memory")).expect("sound");
    assert!(image.parts().eq(["b", "kv"]));
    assert_eq!(image.bytes("b").expect("there"), b"plain");
    assert!(matches!(image.bytes("kv"), Err(ImageError::NoPart { expected: "bytes", .. })));
    assert!(matches!(image.store("b"), Err(ImageError::NoPart { expected: "a store", .. })));
    assert!(image.expect_kind("test", 1).is_ok());
    assert!(matches!(image.expect_kind("test", 2), Err(ImageError::WrongKind { .. })));
    for name in ["", "with space", "ä", &"x".repeat(33)] {
        let written = Image::builder("test", 1).bytes(name, b"").to_bytes();
        assert!(matches!(written, Err(ImageError::Name { .. })), "{name:?}");
    }
}
