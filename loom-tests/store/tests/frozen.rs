//! Frozen regions: many roots, one of which goes last and takes the region with it.
//!
//! A region has a witness as every block has: reading a root that uses it reads the witness, and
//! the region's end writes it. See `fork.rs` for what else loom reports. There is little to
//! interleave: what lies in a region is not counted.

mod base;
mod explore;

use base::{LEFT, RIGHT, base};
use explore::explore;
use loom::thread;
use loom_store::Store;

fn frozen() -> Store {
    let mut store = base();
    store.freeze();
    store
}

/// Either side may be the last to use the region.
///
/// Threads 2, no bound: 10 interleavings, under 0.1 s.
#[test]
fn two_forks_of_a_frozen_base_write_the_same_key() {
    explore(None, 10, || {
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
///
/// Threads 2, no bound: 4 interleavings, under 0.1 s.
#[test]
fn a_store_is_frozen_while_a_fork_reads_it() {
    explore(None, 4, || {
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

/// Freezing again leaves the old region to the fork, which may be its last user.
///
/// Threads 2, no bound: 4 interleavings, under 0.1 s.
#[test]
fn a_store_is_frozen_again_while_a_fork_uses_the_old_region() {
    explore(None, 4, || {
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
///
/// Threads 3, no bound: 542 interleavings, under 0.1 s.
#[test]
fn the_last_owner_frees_the_region_once() {
    explore(None, 542, || {
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
///
/// Threads 2, no bound: 11 interleavings, under 0.1 s.
#[test]
fn a_run_is_cut_while_a_fork_scans_it() {
    explore(None, 11, || {
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
