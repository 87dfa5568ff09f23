//! Writing in place, and the end of a block: where the count decides.
//!
//! See `fork.rs` for what loom reports.

mod base;
mod explore;

use base::{LEFT, RIGHT, base};
use explore::{explore, run};
use loom::thread;

/// The reader's fork goes while the writer decides whether it owns the blocks alone: it writes in
/// place only after the last read of the reader.
#[test]
fn writing_in_place_waits_for_the_last_reader() {
    explore(|| {
        let mut store = base();
        let reader = store.fork();
        let reading = thread::spawn(move || {
            assert_eq!(reader.get(LEFT), Some(&b"left"[..]));
            drop(reader);
        });
        store.set(LEFT, "LEFT");
        assert_eq!(store.get(LEFT), Some(&b"LEFT"[..]));
        reading.join().unwrap();
    });
}

/// The write on the left is in place; the right is shared with the older root, forked meanwhile.
#[test]
fn an_older_root_is_forked_while_the_newer_one_is_written_in_place() {
    explore(|| {
        let older = base();
        let mut newer = older.fork();
        newer.set(LEFT, "1234");
        let forking = thread::spawn(move || {
            let fork = older.fork();
            drop(older);
            assert_eq!(fork.get(LEFT), Some(&b"left"[..]));
            assert_eq!(fork.get(RIGHT), Some(&b"right"[..]));
        });
        // In place on the left; the right is shared with the older root.
        newer.set(LEFT, "5678");
        newer.set(RIGHT, "RIGHT");
        assert_eq!(newer.get(LEFT), Some(&b"5678"[..]));
        forking.join().unwrap();
        newer.check().unwrap();
    });
}

/// Two owners go at once while a third forks.
#[test]
fn the_last_owner_frees_every_block_once() {
    explore(|| {
        let store = base();
        let (first, second) = (store.fork(), store.fork());
        let going = thread::spawn(move || drop(first));
        let forking = thread::spawn(move || {
            let again = second.fork();
            drop(second);
            assert_eq!(again.get(LEFT), Some(&b"left"[..]));
        });
        drop(store);
        going.join().unwrap();
        forking.join().unwrap();
    });
}

/// The reader may be the first or the last to go.
#[test]
fn snapshots_are_read_while_their_origin_goes() {
    explore(|| {
        let store = base();
        let snapshot = store.snapshot();
        let reading = thread::spawn(move || {
            let keys: Vec<_> = snapshot.iter().map(|(key, _)| key.to_vec()).collect();
            assert_eq!(keys, [LEFT, RIGHT]);
            snapshot.len()
        });
        drop(store);
        assert_eq!(reading.join().unwrap(), 2);
    });
}

/// Removing collapses the branch to the entry that is left; the reader still walks it.
#[test]
fn a_key_is_removed_while_a_fork_reads_it() {
    explore(|| {
        let mut store = base();
        let reader = store.fork();
        let reading = thread::spawn(move || {
            assert_eq!(reader.get(LEFT), Some(&b"left"[..]));
            assert_eq!(reader.next_key(LEFT), Some(RIGHT));
        });
        assert!(store.remove(LEFT));
        assert_eq!(store.get(LEFT), None);
        assert_eq!(store.len(), 1);
        reading.join().unwrap();
        store.check().unwrap();
    });
}

/// Going back drops what was written meanwhile, beside a fork of it.
#[test]
fn a_rollback_beside_a_fork_of_what_it_drops() {
    explore(|| {
        let mut store = base();
        let savepoint = store.savepoint();
        store.set(LEFT, "gone");
        let mut kept = store.fork();
        let keeping = thread::spawn(move || {
            kept.set(LEFT, "kept");
            assert_eq!(kept.get(RIGHT), Some(&b"right"[..]));
        });
        store.rollback(&savepoint);
        drop(savepoint);
        assert_eq!(store.get(LEFT), Some(&b"left"[..]));
        keeping.join().unwrap();
    });
}

/// Canary: the protocol of the blocks with one order too weak. The test "owned alone" is a relaxed
/// load, so the write in place may come before the last read of the other owner; loom must find
/// that.
#[test]
#[should_panic(expected = "Causality violation")]
fn a_relaxed_test_for_the_sole_owner_is_reported() {
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::sync::atomic::{AtomicU32, Ordering};

    struct Cell(AtomicU32, UnsafeCell<u32>);
    run(Some(3), || {
        let cell = Arc::new(Cell(AtomicU32::new(2), UnsafeCell::new(0)));
        let other = cell.clone();
        let reading = thread::spawn(move || {
            other.1.with(|_| ());
            other.0.fetch_sub(1, Ordering::Release);
        });
        if cell.0.load(Ordering::Relaxed) == 1 {
            cell.1.with_mut(|_| ());
        }
        reading.join().unwrap();
    });
}
