//! Forks that part ways on different threads.
//!
//! Under loom a level of the trie has one bit and a key of one byte lies where it says, so the keys
//! below lie where their bytes say: `\x00` and `\x40` part at the second level, `\x80` at the
//! first. Loom reports a race on any block (each has a witness), a leaked block and a block used
//! after it was freed.

mod base;
mod explore;

use base::{LEFT, RIGHT, base};
use explore::{explore, run};
use loom::thread;

#[test]
fn two_forks_write_the_same_key() {
    explore(|| {
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

#[test]
fn two_forks_write_different_keys() {
    explore(|| {
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
#[test]
fn an_insert_beside_an_insert() {
    explore(|| {
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

#[test]
fn a_base_that_goes_first_leaves_its_forks_whole() {
    explore(|| {
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
        run(Some(3), || std::mem::forget(base().fork()));
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
