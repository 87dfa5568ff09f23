//! What do forks, reads and writes cost, beside the persistent maps a user would take instead?
//!
//! `cargo bench -p bench --bench store -- --quick`

use std::hint::black_box;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use bench::inputs::{self, Entry, Random};
use bench::peers::{Peer, Write};
use bootfork_store::{Batch, Store};
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// Enough different keys that the caches do not learn them.
const PROBES: usize = 4096;

struct Input {
    entries: Vec<Entry>,
    writes: Vec<Write>,
    keys: Vec<Vec<u8>>,
}

impl Input {
    fn new(size: usize) -> Self {
        let entries = inputs::entries(size);
        let mut random = Random::new(2);
        let mut overwrites = inputs::overwrites(&entries, PROBES, &mut random);
        let keys: Vec<_> = overwrites.iter().map(|(key, _)| key.clone()).collect();
        // Every key a second time with another value: going round and round, each write changes
        // something, where a store would notice that it does not.
        let values = inputs::overwrites(&entries, PROBES, &mut random).into_iter();
        overwrites.extend(keys.iter().cloned().zip(values.map(|(_, value)| value)));
        Self { entries, writes: overwrites.into_iter().map(Write::from).collect(), keys }
    }

    fn base<P: Peer>(&self) -> P {
        let mut map = P::empty();
        for entry in &self.entries {
            map.write(&entry.clone().into());
        }
        map
    }
}

fn one_peer<P: Peer>(criterion: &mut Criterion, size: usize, input: &Input) {
    let base: P = input.base();
    let id = || BenchmarkId::new(P::NAME, size);

    criterion.benchmark_group("fork").bench_function(id(), |bencher| {
        bencher.iter(|| black_box(&base).clone());
    });

    let mut keys = input.keys.iter().cycle();
    criterion.benchmark_group("get").bench_function(id(), |bencher| {
        bencher.iter(|| base.read(keys.next().expect("a cycle")).map(<[u8]>::len));
    });

    let mut owned: P = input.base();
    let mut writes = input.writes.iter().cycle();
    criterion.benchmark_group("overwrite_in_place").bench_function(id(), |bencher| {
        bencher.iter(|| owned.write(writes.next().expect("a cycle")));
    });

    criterion.benchmark_group("fork_and_10_overwrites_dropped").bench_function(id(), |bencher| {
        bencher.iter(|| {
            let mut fork = base.clone();
            for write in writes.by_ref().take(10) {
                fork.write(write);
            }
        });
    });

    criterion.benchmark_group("fork_and_10_overwrites_kept").bench_function(id(), |bencher| {
        // The fork is returned, so that dropping it is not timed.
        bencher.iter_with_large_drop(|| {
            let mut fork = base.clone();
            for write in writes.by_ref().take(10) {
                fork.write(write);
            }
            fork
        });
    });

    // Building is dear, and its cost an entry hardly depends on the size.
    if size == SIZES[1] {
        let entries: Vec<Write> = input.entries.iter().cloned().map(Write::from).collect();
        criterion.benchmark_group("build").bench_function(id(), |bencher| {
            let build = || {
                let mut map = P::empty();
                for entry in &entries {
                    map.write(entry);
                }
                map
            };
            bencher.iter_batched(|| (), |()| build(), BatchSize::PerIteration);
        });
    }
}

fn store_and_peers(criterion: &mut Criterion) {
    for size in SIZES {
        let input = Input::new(size);
        one_peer::<Store>(criterion, size, &input);
        one_peer::<im::HashMap<_, _>>(criterion, size, &input);
        one_peer::<imbl::HashMap<_, _>>(criterion, size, &input);
        one_peer::<rpds::HashTrieMapSync<_, _>>(criterion, size, &input);
    }
}

/// The best of the ordered peers: what a store costs to fill is to be seen beside this one, too.
fn ordered_peer(entries: &[Entry]) -> imbl::OrdMap<Arc<[u8]>, Arc<[u8]>> {
    let mut map = imbl::OrdMap::new();
    for (key, value) in entries {
        map.insert(key[..].into(), value[..].into());
    }
    map
}

/// What hash maps cannot do, with the sizes that show how it grows.
fn store_alone(criterion: &mut Criterion) {
    for size in SIZES {
        let input = Input::new(size);
        let base: Store = input.base();
        let mut fork = base.fork();
        for write in &input.writes[..20] {
            fork.write(write);
        }
        let mut keys = input.keys.iter().cycle();

        let mut group = criterion.benchmark_group("next_key");
        group.bench_function(BenchmarkId::new("bootfork", size), |bencher| {
            bencher.iter(|| base.next_key(keys.next().expect("a cycle")).map(<[u8]>::len));
        });
        let ordered = ordered_peer(&input.entries);
        group.bench_function(BenchmarkId::new("imbl.OrdMap", size), |bencher| {
            bencher.iter(|| {
                let after = Excluded(&keys.next().expect("a cycle")[..]);
                ordered.range::<_, [u8]>((after, Unbounded)).next().map(|(key, _)| key.len())
            });
        });
        group.finish();

        let mut group = criterion.benchmark_group("store");
        group.bench_function(BenchmarkId::new("diff_of_20", size), |bencher| {
            bencher.iter(|| base.diff(&fork).len());
        });
        group.bench_function(BenchmarkId::new("insert_and_remove", size), |bencher| {
            let mut owned = base.fork();
            let mut number = 0_u64;
            bencher.iter(|| {
                number = (number + 7919) % 1_000_003;
                let key = format!("v7.c.new{number}");
                owned.set(&key, "o+1");
                owned.remove(&key)
            });
        });
        group.finish();

        batches(criterion, size, &base, &input);

        if size == SIZES[1] {
            let mut group = criterion.benchmark_group("build");
            group.bench_function(BenchmarkId::new("bootfork.collect", size), |bencher| {
                let entries = || input.entries.iter().map(|(key, value)| (key, value));
                bencher.iter_with_large_drop(|| entries().collect::<Store>());
            });
            group.bench_function(BenchmarkId::new("imbl.OrdMap", size), |bencher| {
                bencher.iter_with_large_drop(|| ordered_peer(&input.entries));
            });
            group.finish();
        }
    }
}

/// The same ten overwrites as on plain forks above, in a batch; `hot` goes round 64 keys.
fn batches(criterion: &mut Criterion, size: usize, base: &Store, input: &Input) {
    let write = |batch: &mut Batch, write: &Write| {
        let (key, value) = write.entry();
        batch.set(key, value);
    };
    for (name, keys) in [("bootfork.batch", input.writes.len()), ("bootfork.batch.hot", 64)] {
        let mut writes = input.writes[..keys].iter().cycle();
        let mut ten = || {
            let mut batch = Batch::new(base.fork());
            writes.by_ref().take(10).for_each(|entry| write(&mut batch, entry));
            batch
        };
        let id = || BenchmarkId::new(name, size);
        let mut group = criterion.benchmark_group("fork_and_10_overwrites_dropped");
        group.bench_function(id(), |bencher| bencher.iter(|| drop(ten())));
        group.finish();
        let mut group = criterion.benchmark_group("fork_and_10_overwrites_kept");
        group.bench_function(id(), |bencher| {
            bencher.iter_with_large_drop(|| {
                let mut batch = ten();
                batch.commit();
                batch.into_base()
            });
        });
        group.finish();
    }
    let mut batch = Batch::new(base.fork());
    input.writes[..10].iter().for_each(|entry| write(&mut batch, entry));
    let mut keys = input.keys.iter().cycle();
    criterion.benchmark_group("get").bench_function(
        BenchmarkId::new("bootfork.batch", size),
        |bencher| {
            bencher.iter(|| batch.get(keys.next().expect("a cycle")).map(<[u8]>::len));
        },
    );
}

criterion_group!(benches, store_and_peers, store_alone);
criterion_main!(benches);
