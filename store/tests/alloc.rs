//! Costs that can be counted: allocations, and bytes given back.
//!
//! A test binary of its own, since it replaces the allocator.

mod counting;

use bootfork_store::image::Image;
use bootfork_store::{Batch, Store};
use counting::{asked, live_here, peak};

/// How many allocations `work` makes.
fn calls<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let (asked, result) = asked(work);
    (asked.calls, result)
}

fn entries(count: usize) -> impl Iterator<Item = (String, &'static str)> {
    (0..count).map(|n| (format!("ko{n}.refCount"), "1,1"))
}

/// A frozen store.
fn numbered(count: usize) -> Store {
    entries(count).collect()
}

/// The same content in counted blocks.
fn counted(count: usize) -> Store {
    let mut store = Store::new();
    for (key, value) in entries(count) {
        store.set(key, value);
    }
    store
}

#[test]
fn reading_and_forking_allocate_nothing() {
    assert_reading_and_forking_allocate_nothing(&numbered(10_000));
    assert_reading_and_forking_allocate_nothing(&counted(10_000));
}

fn assert_reading_and_forking_allocate_nothing(store: &Store) {
    let (made, ()) = calls(|| {
        let fork = store.fork();
        assert!(fork.get("ko77.refCount").is_some());
        assert!(fork.next_key("ko77.refCount").is_some());
        let snapshot = fork.snapshot();
        let savepoint = fork.savepoint();
        let mut again = snapshot.fork();
        again.rollback(&savepoint);
        assert!(again == *store);
        assert_eq!(again.digest(), store.digest());
        assert!(store.diff(&fork).is_empty());
    });
    assert_eq!(made, 0);
}

#[test]
fn a_write_allocates_its_path_and_no_more() {
    assert_a_write_allocates_its_path_and_no_more(&numbered(100_000));
    assert_a_write_allocates_its_path_and_no_more(&counted(100_000));
}

fn assert_a_write_allocates_its_path_and_no_more(base: &Store) {
    // Root, entry, and at 100,000 entries 16-way four levels of branches with a leaf, seldom one
    // more.
    const PATH: usize = 8;
    // An insert also makes the path in the order index: a leaf, and at each of some four levels a
    // node and its separators. Splits come on top of that, and are rare.
    const INDEX: usize = 12;
    let mut inserts = 0;
    for n in 0..1000 {
        let key = format!("ko{}.refCount", n * 97);
        let mut fork = base.fork();
        let (made, _) = calls(|| fork.set(&key, "2,2"));
        assert!(made <= PATH, "{made} allocations for an overwrite");
        let (made, _) = calls(|| fork.set(&key, "3,3"));
        assert_eq!(made, 0, "an overwrite of what is owned");

        let key = format!("kp{n}");
        let mut fork = base.fork();
        inserts += calls(|| fork.set(&key, "unresolved")).0;
    }
    assert!(inserts <= 1000 * (PATH + INDEX), "{inserts} allocations for 1000 inserts");
}

/// Nothing is counted twice or left out: what a fork owns is what comes back when it goes.
#[test]
fn stats_tell_bytes_as_the_allocator_does() {
    let before = live_here();
    let live = || (live_here() - before).cast_unsigned();
    let mut base = Store::new();
    (0..1000).for_each(|n| _ = base.set(format!("ko{n}.refCount"), "1,1"));
    assert_eq!((base.stats().owned_bytes, base.stats().shared_bytes), (live(), 0));
    let all = live();
    let mut fork = base.fork();
    fork.set("ko77.refCount", "2,2");
    fork.set("ko.nextID", "1000");
    fork.remove("ko100.refCount");
    let stats = fork.stats();
    assert_eq!(stats.owned_bytes, live() - all);
    assert!(stats.shared_bytes < all);
    drop(base);
    assert_eq!((fork.stats().owned_bytes, fork.stats().shared_bytes), (live(), 0));
}

/// All but what keeps count of a region itself, and the rounding of its memory.
#[test]
fn stats_tell_the_bytes_of_a_region() {
    let before = live_here();
    let base = numbered(1_000);
    let live = (live_here() - before).cast_unsigned();
    let told = base.stats().owned_bytes;
    assert!(told <= live && live - told < 256, "{told} of {live}");
    let fork = base.fork();
    assert_eq!((fork.stats().owned_bytes, fork.stats().shared_bytes), (0, told));
}

#[test]
fn what_is_frozen_is_not_moved_again() {
    let mut store = numbered(1_000);
    assert_eq!(calls(|| store.freeze()).0, 0);
    store.set("ko7.refCount", "2,2");
    assert!(calls(|| store.freeze()).0 > 0);
    assert_eq!(calls(|| store.freeze()).0, 0);
}

#[test]
fn every_byte_comes_back() {
    let before = live_here();
    {
        let mut store = numbered(5_000);
        let mut versions = Vec::new();
        for n in 0..5_000 {
            if n % 1_000 == 999 {
                store.freeze();
            }
            match n % 5 {
                0 => _ = store.set(format!("ko{n}.refCount"), "a longer value than it had before"),
                1 => _ = store.remove(format!("ko{}.refCount", n * 7 % 5_000)),
                2 => _ = store.set(format!("kp{n}.state"), "unresolved"),
                3 => _ = store.set("crankNumber", n.to_string()),
                _ => versions.push(store.fork()),
            }
        }
        let mut text = Vec::new();
        store.export(&mut text).unwrap();
        assert_eq!(Store::import(&text[..]).unwrap(), store);
        assert!(store.remove_prefix("ko") > 3_000);
        versions.truncate(500);
        store.check().unwrap();
    }
    assert_eq!(live_here() - before, 0, "bytes not given back");
}

/// Live bytes that `work` adds, and keeps in its result.
fn added<T>(work: impl FnOnce() -> T) -> (isize, T) {
    let before = live_here();
    let result = work();
    (live_here() - before, result)
}

#[test]
fn a_batch_of_ten_writes_takes_two_kilobytes_and_gives_them_back() {
    // Keys and values as long as those of a kernel are in the mean.
    let base: Store = (0..10_000).map(|n| (format!("v12.c.ko{n:09}"), "1,1")).collect();
    let before = live_here();
    for from in (0..10_000).step_by(10) {
        let (bytes, batch) = added(|| {
            let mut batch = Box::new(Batch::new(base.fork()));
            (from..from + 10).for_each(|n| batch.set(format!("v12.c.ko{n:09}"), [b'x'; 92]));
            batch
        });
        assert!(bytes <= 2_048, "{bytes} bytes");
        assert_eq!(batch.changes().len(), 10);
    }
    assert_eq!(live_here() - before, 0, "bytes not given back");
    assert_eq!(base.stats().shared_nodes, 0);
}

#[test]
fn a_batch_used_again_allocates_nothing() {
    let mut batch = Batch::new(numbered(10_000));
    let writes: Vec<_> = (0..20).map(|n| (format!("ko{n}.refCount"), format!("{n},{n}"))).collect();
    let mut round = |savepoints: bool| {
        for (key, value) in &writes {
            batch.set(key, value);
            assert_eq!(batch.get(key), Some(value.as_bytes()));
            if savepoints {
                let savepoint = batch.savepoint();
                batch.remove(key);
                batch.rollback(savepoint);
            }
        }
        batch.discard();
    };
    round(true);
    assert_eq!(calls(|| (0..100).for_each(|n| round(n % 2 == 0))).0, 0);
}

#[test]
fn writing_the_same_keys_again_does_not_grow_a_batch() {
    fn write(batch: &mut Batch) {
        for n in 0..10_000 {
            batch.set("crankNumber", format!("{n:05}"));
            // Now longer, now shorter.
            batch.set("kernelStats", format!("{:1$}", n, 10 + n % 2));
            batch.remove("runQueue");
        }
    }
    fn fill(batch: &mut Batch) {
        (0..1_000).for_each(|n| batch.set(format!("kp{n}"), "unresolved"));
    }
    // Room that is there already would hide the growth of a short log, not of so long a one.
    let mut batch = Batch::new(Store::new());
    let first = batch.savepoint();
    fill(&mut batch);
    assert_eq!(added(|| write(&mut batch)).0, 0);
    batch.savepoint();
    batch.rollback(first);
    assert_eq!(added(|| write(&mut batch)).0, 0, "after a rollback");
    fill(&mut batch);
    batch.savepoint();
    batch.discard();
    assert_eq!(added(|| write(&mut batch)).0, 0, "after a discard");
}

#[test]
fn the_memory_of_a_rare_large_batch_is_not_kept() {
    let mut batch = Batch::new(Store::new());
    let (bytes, ()) = added(|| {
        (0..10_000).for_each(|n| batch.set(format!("kp{n}"), [b'x'; 100]));
        assert_eq!(batch.next_key("kp9998"), Some(&b"kp9999"[..]));
        batch.discard();
        batch.set("kp1", "unresolved");
        batch.discard();
    });
    assert!(bytes <= 200_000, "{bytes} bytes kept");
}

#[test]
fn neither_many_writes_nor_long_ones_keep_their_memory() {
    let mut batch = Batch::new(Store::new());
    let mut kept = |write: fn(&mut Batch)| {
        let write = || {
            write(&mut batch);
            batch.discard();
            batch.set("kp1", "unresolved");
            batch.discard();
        };
        added(write).0
    };
    let many = kept(|batch| (0..10_000_u32).for_each(|n| batch.set(n.to_le_bytes(), "")));
    assert!(many <= 100_000, "{many} bytes kept");
    let long = kept(|batch| batch.set("value", vec![b'x'; 1_000_000]));
    assert!(long <= 200_000, "{long} bytes kept");
}

/// A few writes have a little room; the more there is, the more is added at a time.
#[test]
fn a_batch_grows_by_parts_of_itself() {
    let mut batch = Batch::new(Store::new());
    batch.set("first", "value");
    let (calls, ()) = calls(|| (0..10_000_u32).for_each(|n| batch.set(n.to_le_bytes(), [0; 999])));
    assert!(calls < 60, "{calls} allocations");
    assert_eq!(batch.changes().len(), 10_001);
}

#[test]
fn a_value_that_grows_is_not_kept_in_all_its_lengths() {
    let before = live_here();
    let mut batch = Batch::new(Store::new());
    let mut value = Vec::new();
    for n in 0..20_000_u32 {
        value.push(n.to_le_bytes()[0]);
        batch.set("list", &value);
    }
    assert!(live_here() - before < 200_000, "{} bytes", live_here() - before);
    assert_eq!(batch.get("list"), Some(&value[..]));
}

/// Keys of 16 bytes that all have one hash; FORMAT.md tells why.
fn chosen(count: u64) -> impl Iterator<Item = ([u8; 16], &'static str)> {
    let first = 0x243f_6a88_85a3_08d3 ^ 0x082e_fa98_ec4e_6c89_u64.wrapping_mul(16);
    (0..count).map(move |n| {
        let mut key = [0; 16];
        key[..8].copy_from_slice(&first.to_le_bytes());
        key[8..].copy_from_slice(&n.to_be_bytes());
        (key, "")
    })
}

#[test]
fn a_write_among_chosen_keys_copies_a_path_and_no_more() {
    // Some sixteen levels of one child, four wide ones, and the path in the order index.
    const PATH: usize = 8 << 10;
    for count in [100, 1_000, 20_000] {
        let keys: Vec<_> = chosen(count).collect();
        let mut counted = Store::new();
        for (key, value) in &keys {
            counted.set(key, value);
        }
        let (mut frozen, more) = (counted.fork(), chosen(count + 50).skip(keys.len()));
        frozen.freeze();
        for ((old, _), (new, _)) in keys.iter().step_by(keys.len() / 50).zip(more) {
            for base in [&counted, &frozen] {
                let copied = |write: &dyn Fn(&mut Store)| {
                    let mut fork = base.fork();
                    asked(|| write(&mut fork)).0.bytes
                };
                let overwrite = copied(&|fork| assert!(!fork.set(old, "new")));
                let insert = copied(&|fork| assert!(fork.set(new, "new")));
                let remove = copied(&|fork| assert!(fork.remove(old)));
                let most = overwrite.max(insert).max(remove);
                assert!(most <= PATH, "{overwrite}, {insert}, {remove} bytes among {count}");
            }
        }
    }
}

/// Once a leaf of the order index had up to 48 keys however long they were, and each new one beside
/// them copied all.
#[test]
fn an_insert_beside_long_keys_copies_few_of_them() {
    const LONG: usize = 64 << 10;
    let long = |n: u8| [vec![n], vec![b'x'; LONG]].concat();
    let mut counted: Store = Store::new();
    for n in 0..200 {
        counted.set(long(n), "");
    }
    let mut frozen = counted.fork();
    frozen.freeze();
    for n in 0..200_u8 {
        for base in [&counted, &frozen] {
            let mut fork = base.fork();
            let (asked, _) = asked(|| fork.set([n, b'a'], ""));
            assert!(asked.bytes < 12 * LONG, "{} bytes beside key {n}", asked.bytes);
        }
    }
}

#[test]
fn what_an_image_claims_is_not_allocated() {
    let bytes = Image::builder("test", 1).store("kv", &numbered(10)).to_bytes();
    let mut bytes = bytes.expect("in memory");
    // Each word of head and row, sealed as FORMAT.md has it.
    for at in (8..64).chain(128 + 64..256).step_by(4) {
        let word: [u8; 4] = bytes[at..at + 4].try_into().expect("four bytes");
        bytes[at..at + 4].fill(0xff);
        let rows = 128 * 2;
        let mut hasher = blake3::Hasher::new();
        hasher.update(&bytes[..64]).update(&bytes[96..rows]);
        let id = *hasher.finalize().as_bytes();
        bytes[64..96].copy_from_slice(&id);
        let (peak, opened) = peak(|| Image::from_bytes(&bytes));
        drop(opened);
        assert!(peak <= 4 * bytes.len(), "{peak} bytes for word {at}");
        bytes[at..at + 4].copy_from_slice(&word);
    }
}
