//! Batches: what stands before a store until it is committed or discarded.
//!
//! The writes are one thread's own; what is shared is the store beneath, and the order index that
//! a batch forks once somebody asks it for order. See `fork.rs` for what loom reports.

mod base;
mod explore;

use base::{LEFT, RIGHT, base};
use explore::{explore, run};
use loom::thread;
use loom_store::{Batch, Store};

/// Two writes over a fork of the base: the key on the left gets a value, the one on the right goes.
fn batch(base: &Store) -> Batch {
    let mut batch = Batch::new(base.fork());
    batch.set(LEFT, "batch");
    batch.remove(RIGHT);
    batch
}

fn check_committed(batch: Batch) {
    let store = batch.into_base();
    assert_eq!(store.get(LEFT), Some(&b"batch"[..]));
    assert_eq!(store.next_key(LEFT), None);
    assert_eq!(store.len(), 1);
    store.check().unwrap();
}

/// The commit writes in place where the fork has already copied, and copies elsewhere.
#[test]
fn a_batch_is_committed_while_its_base_is_forked() {
    explore(|| {
        let base = base();
        let mut batch = batch(&base);
        let forking = thread::spawn(move || {
            let mut fork = base.fork();
            drop(base);
            fork.set(LEFT, "fork");
            assert_eq!(fork.get(RIGHT), Some(&b"right"[..]));
        });
        batch.commit();
        check_committed(batch);
        forking.join().unwrap();
    });
}

#[test]
fn a_batch_is_committed_while_a_fork_writes_and_its_base_goes() {
    explore(|| {
        let base = base();
        let mut batch = batch(&base);
        let mut fork = base.fork();
        let writing = thread::spawn(move || {
            fork.set(RIGHT, "fork");
            assert_eq!(fork.get(LEFT), Some(&b"left"[..]));
        });
        let going = thread::spawn(move || drop(base));
        batch.commit();
        check_committed(batch);
        writing.join().unwrap();
        going.join().unwrap();
    });
}

/// Asked for order, the batch has forked the order index, which the writer is about to change.
#[test]
fn a_batch_is_discarded_while_its_base_is_written() {
    explore(|| {
        let mut base = base();
        let mut batch = Batch::new(base.fork());
        batch.set(LEFT, "batch");
        assert_eq!(batch.next_key(LEFT), Some(RIGHT));
        let writing = thread::spawn(move || {
            base.set(b"\x40", "new");
            assert_eq!(base.next_key(LEFT), Some(&b"\x40"[..]));
        });
        batch.discard();
        assert_eq!(batch.get(LEFT), Some(&b"left"[..]));
        batch.base().check().unwrap();
        drop(batch);
        writing.join().unwrap();
    });
}

/// Three owners go at once, one of them a batch with its writes.
#[test]
fn a_batch_may_be_the_last_owner() {
    explore(|| {
        let base = base();
        let batch = batch(&base);
        assert_eq!(batch.next_key(LEFT), None);
        let fork = base.fork();
        let going = thread::spawn(move || drop(base));
        let forking = thread::spawn(move || {
            let again = fork.fork();
            drop(fork);
            assert_eq!(again.get(RIGHT), Some(&b"right"[..]));
        });
        drop(batch);
        going.join().unwrap();
        forking.join().unwrap();
    });
}

/// Committing cuts a run of the order index, the fork reads the whole of it.
#[test]
fn a_batch_over_a_frozen_base_is_committed_while_a_fork_reads_it() {
    explore(|| {
        let mut base = base();
        base.freeze();
        let mut batch = batch(&base);
        let reading = thread::spawn(move || {
            let keys: Vec<_> = base.iter().map(|(key, _)| key.to_vec()).collect();
            assert_eq!(keys, [LEFT, RIGHT]);
        });
        batch.commit();
        check_committed(batch);
        reading.join().unwrap();
    });
}

/// Canary: the protocol of the blocks without the exclusive borrow. Who has tested that a block is
/// its own writes to it, while another makes a second handle of the same one and reads; loom must
/// find that.
#[test]
#[should_panic(expected = "Causality violation")]
fn a_fork_behind_the_back_of_a_commit_is_reported() {
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::sync::atomic::{AtomicU32, Ordering};

    struct Cell(AtomicU32, UnsafeCell<u32>);
    run(Some(3), || {
        let cell = Arc::new(Cell(AtomicU32::new(1), UnsafeCell::new(0)));
        let same = cell.clone();
        let forking = thread::spawn(move || {
            same.0.fetch_add(1, Ordering::Relaxed);
            same.1.with(|_| ());
        });
        if cell.0.load(Ordering::Acquire) == 1 {
            cell.1.with_mut(|_| ());
        }
        forking.join().unwrap();
    });
}
