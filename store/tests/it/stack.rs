//! Depth of recursion does not grow with the number of entries.

use bootfork_store::Store;

const ENTRIES: usize = 1_000_000;

fn entries() -> impl Iterator<Item = (String, &'static str)> {
    (0..ENTRIES).map(|n| (format!("key{n}"), "value"))
}

/// Changes 1000 values, and removes as many keys as it adds.
fn change(store: &mut Store) {
    for n in 0..1000 {
        store.set(format!("key{n}"), "other");
        assert!(store.remove(format!("key{}", ENTRIES - 1 - n)));
        assert!(store.set(format!("kex{n}"), "new"));
    }
}

#[test]
fn a_million_entries_come_and_go_on_a_small_stack() {
    let life = || {
        // Counted blocks, then a region, and forks of either.
        let mut written = Store::new();
        entries().for_each(|(key, value)| assert!(written.set(key, value)));
        let mut collected: Store = entries().collect();
        assert!(written == collected);
        assert_eq!(written.diff(&collected), []);
        let [counted_fork, frozen_fork] = [written.fork(), collected.fork()];
        change(&mut written);
        change(&mut collected);
        assert_eq!(written.diff(&counted_fork).len(), 3000);
        assert_eq!(collected.diff(&frozen_fork).len(), 3000);
        drop(counted_fork);
        written.freeze();
        assert_eq!(written.diff(&frozen_fork).len(), 3000);
        assert!(written == collected);
        drop([written, collected]);
        assert_eq!(frozen_fork.diff(&Store::new()).len(), ENTRIES);
    };
    let small = std::thread::Builder::new().stack_size(128 * 1024);
    small.spawn(life).expect("a thread").join().expect("the stack suffices");
}
