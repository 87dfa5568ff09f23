//! Frozen regions: many roots, one of which goes last and takes the region with it.
//!
//! A region has a witness as every block has: reading a root that uses it reads the witness, and
//! the region's end writes it. See `fork.rs` for what else loom reports. There is little to
//! interleave: what lies in a region is not counted.

mod base;
mod explore;

use base::{LEFT, RIGHT, base};
use explore::{explore, run};
use loom::thread;
use loom_store::Store;

fn frozen() -> Store {
    let mut store = base();
    store.freeze();
    store
}

/// Either side may be the last to use the region.
#[test]
fn two_forks_of_a_frozen_base_write_the_same_key() {
    explore(|| {
        let base = frozen();
        let mut fork = base.fork();
        let writer = thread::spawn(move || {
            fork.set(LEFT, "1");
            assert_eq!(fork.get(LEFT), Some(&b"1"[..]));
            assert_eq!(fork.get(RIGHT), Some(&b"right"[..]));
        });
        let mut own = base;
        own.set(LEFT, "2");
        assert_eq!(own.get(LEFT), Some(&b"2"[..]));
        writer.join().unwrap();
        assert_eq!(own.get(LEFT), Some(&b"2"[..]));
        assert_eq!(own.get(RIGHT), Some(&b"right"[..]));
        own.check().unwrap();
    });
}

/// The reader holds counted blocks while their owner moves everything to a region.
#[test]
fn a_store_is_frozen_while_a_fork_reads_it() {
    explore(|| {
        let mut store = base();
        let reader = store.fork();
        let reading = thread::spawn(move || {
            assert_eq!(reader.get(LEFT), Some(&b"left"[..]));
            let keys: Vec<_> = reader.iter().map(|(key, _)| key.to_vec()).collect();
            assert_eq!(keys, [LEFT, RIGHT]);
        });
        store.freeze();
        store.set(RIGHT, "RIGHT");
        assert_eq!(store.get(LEFT), Some(&b"left"[..]));
        reading.join().unwrap();
        store.check().unwrap();
    });
}

/// The writers copy counted blocks, or write to them in place, while they are moved to a region.
#[test]
fn a_store_is_frozen_while_two_forks_of_it_write() {
    explore(|| {
        let mut store = base();
        let writers = [LEFT, RIGHT].map(|key| {
            let mut fork = store.fork();
            thread::spawn(move || {
                fork.set(key, "fork");
                assert_eq!(fork.get(key), Some(&b"fork"[..]));
            })
        });
        store.freeze();
        assert_eq!(store.get(LEFT), Some(&b"left"[..]));
        assert_eq!(store.get(RIGHT), Some(&b"right"[..]));
        for writer in writers {
            writer.join().unwrap();
        }
        store.check().unwrap();
    });
}

/// The fork of the fork may be all that is left of the counted blocks.
#[test]
fn a_store_is_frozen_while_a_fork_of_it_is_forked() {
    explore(|| {
        let mut store = base();
        let fork = store.fork();
        let forking = thread::spawn(move || {
            let mut again = fork.fork();
            drop(fork);
            again.remove(LEFT);
            assert_eq!(again.next_key(b""), Some(RIGHT));
        });
        store.freeze();
        store.set(b"\x40", "new");
        assert_eq!(store.next_key(LEFT), Some(&b"\x40"[..]));
        forking.join().unwrap();
        store.check().unwrap();
    });
}

/// Freezing again leaves the old region to the fork, which may be its last user.
#[test]
fn a_store_is_frozen_again_while_a_fork_uses_the_old_region() {
    explore(|| {
        let mut store = frozen();
        store.set(LEFT, "newer");
        let fork = store.fork();
        let using = thread::spawn(move || {
            assert_eq!(fork.get(LEFT), Some(&b"newer"[..]));
            assert_eq!(fork.next_key(LEFT), Some(RIGHT));
            drop(fork);
        });
        store.freeze();
        assert_eq!(store.get(LEFT), Some(&b"newer"[..]));
        using.join().unwrap();
        store.check().unwrap();
    });
}

/// Three owners of a region go at once; one of them has copied a path out of it.
#[test]
fn the_last_owner_frees_the_region_once() {
    explore(|| {
        let base = frozen();
        let (first, mut second) = (base.fork(), base.fork());
        let going = thread::spawn(move || drop(first));
        let writing = thread::spawn(move || {
            second.set(LEFT, "1");
            let third = second.fork();
            drop(second);
            assert_eq!(third.get(RIGHT), Some(&b"right"[..]));
        });
        drop(base);
        going.join().unwrap();
        writing.join().unwrap();
    });
}

/// A new key cuts the run of the order index; the reader goes on through the whole run.
#[test]
fn a_run_is_cut_while_a_fork_scans_it() {
    explore(|| {
        let mut store = frozen();
        let reader = store.fork();
        let reading = thread::spawn(move || {
            let values: Vec<_> = reader.iter().map(|(_, value)| value.to_vec()).collect();
            assert_eq!(values, [&b"left"[..], b"right"]);
        });
        store.set(b"\x40", "between");
        store.remove(RIGHT);
        assert_eq!(store.next_key(LEFT), Some(&b"\x40"[..]));
        assert_eq!(store.next_key(b"\x40"), None);
        reading.join().unwrap();
        store.check().unwrap();
    });
}

/// Canary: the end of a region without order. Who goes last writes to what the other has read, with
/// nothing between that says so; loom must find that.
#[test]
#[should_panic(expected = "Causality violation")]
fn an_end_without_order_is_reported() {
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::sync::atomic::{AtomicU32, Ordering};

    struct Cell(AtomicU32, UnsafeCell<u32>);
    run(Some(3), || {
        let cell = Arc::new(Cell(AtomicU32::new(2), UnsafeCell::new(0)));
        let go = |cell: &Cell| {
            cell.1.with(|_| ());
            if cell.0.fetch_sub(1, Ordering::Relaxed) == 1 {
                cell.1.with_mut(|_| ());
            }
        };
        let other = cell.clone();
        let going = thread::spawn(move || go(&other));
        go(&cell);
        going.join().unwrap();
    });
}
