//! Forks of one base on real threads. The models in `loom-tests/store` are the proof; this is the
//! same at full size, for the sanitizers to look at.

use bootfork_store::Store;

const KEYS: usize = 2_000;
const ROUNDS: usize = 400;

/// Forks the base again and again, hands the newest fork on and lets older ones go.
fn work(thread: usize, base: &Store) -> Store {
    let mut newest = base.fork();
    let mut held = Vec::new();
    for round in 0..ROUNDS {
        let n = (round * 37 + thread * 11) % KEYS;
        newest.set(format!("ko{n}.refCount"), format!("{thread},{round}"));
        match round % 4 {
            0 => held.push(newest.fork()),
            1 => _ = newest.remove(format!("ko{}.refCount", (n + 1) % KEYS)),
            2 => _ = newest.set(format!("kp{thread}.{round}"), "unresolved"),
            _ => held.truncate(8),
        }
    }
    for version in &held {
        version.check().unwrap();
    }
    newest
}

#[test]
fn threads_that_fork_one_base_do_not_disturb_each_other() {
    let base: Store = (0..KEYS).map(|n| (format!("ko{n}.refCount"), "1,1")).collect();
    let digest = base.digest();
    let alone: Vec<_> = (0..4).map(|thread| work(thread, &base)).collect();
    let together: Vec<_> = std::thread::scope(|scope| {
        let base = &base;
        let threads: Vec<_> =
            (0..4).map(|thread| scope.spawn(move || work(thread, base))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert_eq!(alone, together);
    assert_eq!(base.digest(), digest);
    base.check().unwrap();
}
