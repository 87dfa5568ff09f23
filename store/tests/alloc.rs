//! Costs that can be counted: allocations, and bytes given back.
//!
//! A test binary of its own, since it replaces the allocator.

mod counting;

use bootfork_store::Store;
use counting::{asked, live_here};

/// How many allocations `work` makes.
fn calls<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let (asked, result) = asked(work);
    (asked.calls, result)
}

fn numbered(count: usize) -> Store {
    (0..count).map(|n| (format!("ko{n}.refCount"), "1,1")).collect()
}

#[test]
fn reading_and_forking_allocate_nothing() {
    let store = numbered(10_000);
    let (made, ()) = calls(|| {
        let fork = store.fork();
        assert!(fork.get("ko77.refCount").is_some());
        assert!(fork.next_key("ko77.refCount").is_some());
        let snapshot = fork.snapshot();
        let savepoint = fork.savepoint();
        let mut again = snapshot.fork();
        again.rollback(&savepoint);
        assert!(again == store);
        assert_eq!(again.digest(), store.digest());
        assert!(store.diff(&fork).is_empty());
    });
    assert_eq!(made, 0);
}

#[test]
fn a_write_allocates_its_path_and_no_more() {
    // Root, entry, and at 100,000 entries 16-way four levels of branches with a leaf, seldom one
    // more.
    const PATH: usize = 8;
    // An insert also makes the path in the order index: a leaf, and at each of some four levels a
    // node and its separators. Splits come on top of that, and are rare.
    const INDEX: usize = 12;
    let base = numbered(100_000);
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

#[test]
fn every_byte_comes_back() {
    let before = live_here();
    {
        let mut store = numbered(5_000);
        let mut versions = Vec::new();
        for n in 0..5_000 {
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
