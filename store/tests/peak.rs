//! How much memory it takes to open an image, on all threads that take part. The one test of its
//! process, so that nobody else allocates meanwhile.

mod counting;

use bootfork_store::Store;
use bootfork_store::image::{Image, Trust};
use counting::peak_of_all;

/// Stores of few long entries and of many short ones, and one whose keys all have one hash.
fn stores() -> Vec<Store> {
    // More than one thread looks through alone.
    let usual = (0..270_000).map(|n| (format!("ko{n}.refCount"), "1,1")).collect();
    let short = (0..270_000_u32).map(|n| (n.to_be_bytes(), "")).collect();
    let long = (0..2_000).map(|n| (format!("{n}"), "x".repeat(1_000))).collect();
    // FORMAT.md tells why.
    let first = 0x243f_6a88_85a3_08d3 ^ 0x082e_fa98_ec4e_6c89_u64.wrapping_mul(16);
    let chosen = |n: u64| ([first.to_le_bytes(), n.to_be_bytes()].concat(), "");
    vec![usual, short, long, (0..40_000).map(chosen).collect()]
}

#[test]
fn opening_an_image_takes_at_most_four_times_its_size() {
    let stores = stores();
    let file = std::env::temp_dir().join(format!("bootfork-{}-peak", std::process::id()));
    let of_one = stores.iter().map(std::slice::from_ref);
    for parts in of_one.chain([&stores[..], &stores[..2]]) {
        let mut image = Image::builder("test", 1).bytes("plain", b"bytes");
        for (number, store) in parts.iter().enumerate() {
            image = image.store(&number.to_string(), store);
        }
        image.write(&file).expect("written");
        let bytes = std::fs::read(&file).expect("written");
        // A file is mapped, and takes none of this memory itself.
        let (of_file, opened) = peak_of_all(|| Image::open(&file, Trust::Structural));
        drop(opened.expect("sound"));
        let (of_bytes, opened) = peak_of_all(|| Image::from_bytes(&bytes).expect("sound"));
        let last = parts.len() - 1;
        assert!(opened.store(&last.to_string()).expect("there") == parts[last]);
        let most = of_bytes.max(of_file + bytes.len());
        println!("{} bytes in {} parts: {of_file}, {of_bytes}", bytes.len(), parts.len());
        assert!(most <= 4 * bytes.len(), "{of_file} and {of_bytes} bytes for {}", bytes.len());
    }
    std::fs::remove_file(&file).expect("our own");
}
