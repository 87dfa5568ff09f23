//! Depth of recursion does not grow with the number of entries.

use bootfork_store::Store;

#[test]
fn a_hundred_thousand_entries_come_and_go_on_a_small_stack() {
    let life = || {
        let mut store: Store = (0..100_000).map(|n| (format!("key{n}"), "value")).collect();
        let fork = store.fork();
        for n in 0..1000 {
            store.set(format!("key{n}"), "other");
            store.remove(format!("key{}", n + 1000));
        }
        assert_eq!(store.diff(&fork).len(), 2000);
        drop(fork);
        drop(store);
    };
    let small = std::thread::Builder::new().stack_size(128 * 1024);
    small.spawn(life).expect("a thread").join().expect("the stack suffices");
}
