//! Forks that part ways on different threads.
//!
//! Under loom a level of the trie has one bit and a key of one byte lies where it says, so the keys
//! below lie where their bytes say: `\x00` and `\x40` part at the second level, `\x80` at the
//! first. Loom reports a race on any block (each has a witness), a leaked block and a block used
//! after it was freed.

mod base;
mod explore;

use base::{LEFT, RIGHT, base};
use explore::explore;
use loom::thread;

/// Threads 2, preemptions 6: 56,013 interleavings, 1.6 s.
#[test]
fn two_forks_write_the_same_key() {
    explore(Some(6), 40_000, || {
        let base = base();
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
        own.check().unwrap();
    });
}

/// Threads 2, preemptions 6: 21,749 interleavings, 0.7 s. (Without a bound 197,590, 6 s.)
#[test]
fn two_forks_write_different_keys() {
    explore(Some(6), 15_000, || {
        let base = base();
        let mut fork = base.fork();
        let writer = thread::spawn(move || {
            fork.set(LEFT, "1");
            fork
        });
        let mut own = base;
        own.set(RIGHT, "2");
        let fork = writer.join().unwrap();
        assert_eq!(fork.get(RIGHT), Some(&b"right"[..]));
        assert_eq!(own.get(LEFT), Some(&b"left"[..]));
        assert_eq!(own.diff(&fork).len(), 2);
        own.check().unwrap();
        fork.check().unwrap();
    });
}

/// A new key changes the order index too, and lengthens the path.
///
/// Threads 2, preemptions 6: 59,298 interleavings, 2.4 s. (Without a bound 3,839,193, 138 s.)
#[test]
fn an_insert_beside_an_insert() {
    explore(Some(6), 40_000, || {
        let base = base();
        let mut fork = base.fork();
        let writer = thread::spawn(move || {
            fork.set(b"\x40", "1");
            assert_eq!(fork.next_key(LEFT), Some(&b"\x40"[..]));
        });
        let mut own = base;
        own.set(b"\xc0", "2");
        assert_eq!(own.next_key(RIGHT), Some(&b"\xc0"[..]));
        assert_eq!(own.next_key(LEFT), Some(RIGHT));
        writer.join().unwrap();
    });
}

/// Threads 3, preemptions 4: 152,747 interleavings, 5.2 s.
#[test]
fn a_base_that_goes_first_leaves_its_forks_whole() {
    explore(Some(4), 100_000, || {
        let base = base();
        let forks = [base.fork(), base.fork()];
        let writers = forks.map(|mut fork| {
            thread::spawn(move || {
                fork.set(LEFT, "1");
                assert_eq!(fork.get(RIGHT), Some(&b"right"[..]));
            })
        });
        drop(base);
        for writer in writers {
            writer.join().unwrap();
        }
    });
}

/// Canary: were leaks not seen, nothing above would say that blocks are freed.
///
/// Loom's report of a leaked block aborts the process, so the leak is planted in another: this
/// test again, told so by its environment.
#[test]
fn a_planted_leak_is_reported() {
    const PLANTED: &str = "BOOTFORK_PLANTED_LEAK";
    if std::env::var_os(PLANTED).is_some() {
        explore(Some(3), 1, || std::mem::forget(base().fork()));
        return;
    }
    let run = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_planted_leak_is_reported", "--nocapture"])
        .env(PLANTED, "")
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&run.stderr);
    assert!(!run.status.success() && report.contains("Allocation leaked"), "{report}");
}
