//! What does it cost to have a state back from a file?
//!
//! `cargo bench -p bench --bench image -- --quick`
//!
//! Opening looks at a file that the system has in memory, as one that tests share is. Peers decode
//! from bytes in memory. What kernels cost, in the cache too, is told by `--bin boot`.

use std::fs;
use std::path::PathBuf;

use bench::{decode, inputs};
use bootfork_store::Store;
use bootfork_store::image::{Image, Trust};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];
const TRUSTS: [(&str, Trust); 3] = [
    ("open_trusted", Trust::Trusted),
    ("open_structural", Trust::Structural),
    ("open_full", Trust::Full),
];

/// A file of this process's own, removed with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("bootfork-bench-{}-{name}", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn images(criterion: &mut Criterion) {
    for size in SIZES {
        let store: Store = inputs::entries(size).into_iter().collect();
        let scratch = Scratch::new("store");
        let builder = Image::builder("bench", 1).store("kv", &store);
        let mut group = criterion.benchmark_group("image");
        group.sample_size(10);
        group.bench_function(BenchmarkId::new("build_and_write", size), |bencher| {
            bencher.iter(|| builder.write(&scratch.0).expect("room on the disk"));
        });
        let bytes = fs::metadata(&scratch.0).expect("written").len();
        println!("{size} entries: an image of {bytes} bytes");
        for (name, trust) in TRUSTS {
            group.bench_function(BenchmarkId::new(name, size), |bencher| {
                bencher.iter_with_large_drop(|| Image::open(&scratch.0, trust).expect("sound"));
            });
        }
        // What any look at all of it costs at the least: a walk over all keys.
        group.bench_function(BenchmarkId::new("open_trusted_and_walk", size), |bencher| {
            bencher.iter_with_large_drop(|| {
                let image = Image::open(&scratch.0, Trust::Trusted).expect("sound");
                let keys = image.store("kv").expect("there").keys().map(<[u8]>::len).sum::<usize>();
                (image, keys)
            });
        });
        floor(&mut group, size, &fs::read(&scratch.0).expect("written"));
        group.finish();
    }
}

/// What no look at all entries can do without: opening a file with these bytes as a plain part, and
/// reading each word of them, or the head of each entry to come to the next.
fn floor(group: &mut BenchmarkGroup<'_, WallTime>, size: usize, image: &[u8]) {
    /// Where the store's part begins: behind the head and one row.
    const ENTRIES: usize = 256;
    let scratch = Scratch::new("floor");
    Image::builder("bench", 1).bytes("b", image).write(&scratch.0).expect("room on the disk");
    let mut row = |name: &str, look: &dyn Fn(&[u8]) -> u64| {
        group.bench_function(BenchmarkId::new(name, size), |bencher| {
            bencher.iter_with_large_drop(|| {
                let image = Image::open(&scratch.0, Trust::Trusted).expect("sound");
                let seen = look(image.bytes("b").expect("there"));
                (image, seen)
            });
        });
    };
    row("floor_sum", &|bytes| {
        let words = bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word));
        words.fold(0, u64::wrapping_add)
    });
    row("floor_heads", &|bytes| {
        let word = |at: usize| u32::from_le_bytes(bytes[at..][..4].try_into().expect("four"));
        let (mut at, mut sum) = (ENTRIES, 0);
        for _ in 0..size {
            sum += u64::from(word(at + 12));
            at += (16 + word(at) as usize).next_multiple_of(8);
        }
        sum
    });
}

fn peers(criterion: &mut Criterion) {
    for size in SIZES {
        let mut group = criterion.benchmark_group("peers");
        group.sample_size(10);
        for peer in decode::peers(inputs::entries(size)) {
            group.bench_function(BenchmarkId::new(peer.name, size), |bencher| {
                bencher.iter_with_large_drop(|| peer.decode());
            });
        }
        group.finish();
    }
}

criterion_group!(benches, images, peers);
criterion_main!(benches);
