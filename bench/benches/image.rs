//! What does it cost to have a state back from a file?
//!
//! `cargo bench -p bench --bench image -- --quick`
//!
//! Opening looks at a file that the system has in memory, as one that tests share is. Peers decode
//! from bytes in memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use bench::inputs;
use bootfork_kernel::{Call, Controller, NativeWorker, ResolutionPolicy, Value};
use bootfork_ledger::{LedgerConfig, boot, worker};
use bootfork_store::Store;
use bootfork_store::image::{Image, Trust};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use rusqlite::Connection;

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];
const TRUSTS: [(&str, Trust); 2] =
    [("open_structural", Trust::Structural), ("open_full", Trust::Full)];

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

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

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
        floor(&mut group, size, &fs::read(&scratch.0).expect("written"));
        group.finish();
    }
}

/// What no look at all entries can do without: opening a file with these bytes as a plain part,
/// which is not looked at, and reading each word of them, or the head of each entry to come to the
/// next.
fn floor(group: &mut BenchmarkGroup<'_, WallTime>, size: usize, image: &[u8]) {
    /// Where the store's part begins: behind the head and one row.
    const ENTRIES: usize = 256;
    let scratch = Scratch::new("floor");
    Image::builder("bench", 1).bytes("b", image).write(&scratch.0).expect("room on the disk");
    let mut row = |name: &str, look: &dyn Fn(&[u8]) -> u64| {
        group.bench_function(BenchmarkId::new(name, size), |bencher| {
            bencher.iter_with_large_drop(|| {
                let image = Image::open(&scratch.0, Trust::Structural).expect("sound");
                let seen = look(image.bytes("b").expect("there"));
                (image, seen)
            });
        });
    };
    row("floor_open", &|_| 0);
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
        let mut entries: Entries = inputs::entries(size);
        entries.sort();
        let mut group = criterion.benchmark_group("peers");
        group.sample_size(10);

        let bytes = postcard::to_allocvec(&entries).expect("it has a form");
        group.bench_function(BenchmarkId::new("postcard_decode", size), |bencher| {
            bencher.iter_with_large_drop(|| {
                let map: BTreeMap<Vec<u8>, Vec<u8>> =
                    postcard::from_bytes::<Entries>(&bytes).expect("sound").into_iter().collect();
                map
            });
        });

        let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&entries).expect("it has a form");
        group.bench_function(BenchmarkId::new("rkyv_check", size), |bencher| {
            bencher.iter(|| {
                rkyv::access::<rkyv::Archived<Entries>, rkyv::rancor::Error>(&bytes)
                    .expect("sound")
                    .len()
            });
        });

        let bytes = sqlite_image(&entries);
        group.bench_function(BenchmarkId::new("sqlite_deserialize", size), |bencher| {
            bencher.iter_with_large_drop(|| {
                let mut database = Connection::open_in_memory().expect("SQLite works");
                database
                    .deserialize_read_exact("main", &bytes[..], bytes.len(), false)
                    .expect("sound");
                database
            });
        });
        group.finish();
    }
}

fn sqlite_image(entries: &Entries) -> Vec<u8> {
    let mut database = Connection::open_in_memory().expect("SQLite works");
    database
        .execute_batch("create table kv (key blob primary key, value blob) without rowid")
        .expect("a table");
    let transaction = database.transaction().expect("the only one");
    {
        let mut insert = transaction.prepare("insert into kv values (?, ?)").expect("sound");
        for entry in entries {
            insert.execute((&entry.0, &entry.1)).expect("a new key");
        }
    }
    transaction.commit().expect("in memory");
    database.serialize("main").expect("in memory").to_vec()
}

/// Has the issuer answer one message.
fn deliver(mut controller: Controller<NativeWorker>) -> Controller<NativeWorker> {
    let call = Call::new("balance").arg(Value::BigInt("1".into()));
    let policy = Some(ResolutionPolicy::Ignore);
    controller.queue_to_vat_root("issuer", call.encode(), policy).expect("a static vat");
    controller.run().expect("the kernel goes on");
    controller
}

fn kernels(criterion: &mut Criterion) {
    for accounts in [100, 2_000] {
        let config = LedgerConfig { accounts, ..LedgerConfig::default() };
        let mut base = boot(&config).expect("the ledger boots");
        base.freeze();
        let scratch = Scratch::new("kernel");
        base.image().write(&scratch.0).expect("room on the disk");
        let worker = Arc::new(worker());
        let id = |name| BenchmarkId::new(name, accounts);
        let mut group = criterion.benchmark_group("kernel");
        group.sample_size(10);
        group.bench_function(id("boot"), |bencher| {
            bencher.iter_with_large_drop(|| boot(&config));
        });
        group.bench_function(id("image_written"), |bencher| {
            bencher.iter(|| base.image().write(&scratch.0).expect("room on the disk"));
        });
        for (name, trust) in TRUSTS {
            let name = format!("{name}_to_first_delivery");
            group.bench_function(BenchmarkId::new(name, accounts), |bencher| {
                bencher.iter_with_large_drop(|| {
                    let image = Image::open(&scratch.0, trust).expect("sound");
                    let restored = Controller::restore(&image, worker.clone());
                    deliver(restored.expect("a kernel's image"))
                });
            });
        }
        group.bench_function(id("fork_to_first_delivery"), |bencher| {
            bencher.iter_with_large_drop(|| deliver(base.fork()));
        });
        group.finish();
    }
}

criterion_group!(benches, images, peers, kernels);
criterion_main!(benches);
