//! Observers that fork a live store, many at once, and what is left when all have gone: nothing.
//!
//! A test binary of its own, since what is live is counted over all threads.

mod counting;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use bootfork_store::{Published, Snapshot, Store};
use counting::{live_together, take_part};

const OBSERVERS: usize = 3;
const COMMITS: usize = 5_000;
const KEYS: usize = 500;
/// Forks that an observer keeps at a time.
const KEPT: usize = 16;

/// One commit: in every state that is published, both halves of an entry have the same number.
fn commit(store: &mut Store, number: usize) {
    let entry = number * 7 % KEYS;
    store.set(format!("ko{entry}.left"), number.to_string());
    store.set(format!("ko{entry}.right"), number.to_string());
    store.set("last", entry.to_string());
    if number.is_multiple_of(3) {
        store.remove(format!("kp{}", number.wrapping_sub(3)));
        store.set(format!("kp{number}"), "unresolved");
    }
}

fn whole(store: &Store) -> bool {
    let entry = store.get("last").map_or("0".into(), String::from_utf8_lossy);
    store.get(format!("ko{entry}.left")) == store.get(format!("ko{entry}.right"))
}

/// Forks what is there, writes to the fork and lets older ones go, until the writer has ended; how
/// many states it took, and whether all were sound. (It does not panic: others wait for it.)
fn observe(published: &Published<Snapshot>, ended: &AtomicBool, me: usize) -> (usize, bool) {
    let mut kept: Vec<Store> = Vec::with_capacity(KEPT);
    let mut sound = true;
    for round in 0.. {
        let last = ended.load(Ordering::Acquire);
        let taken = published.latest();
        sound &= whole(&taken);
        let mut fork = taken.fork();
        drop(taken);
        fork.set(format!("observer {me}"), round.to_string());
        fork.remove("last");
        fork.set(format!("ko{}.left", round % KEYS), "observed");
        if kept.len() == KEPT {
            kept.swap_remove(round % KEPT);
        }
        kept.push(fork);
        if last {
            return (round + 1, sound && kept.iter().all(|fork| fork.check().is_ok()));
        }
    }
    unreachable!("the writer ends")
}

#[test]
fn observers_come_and_go_and_every_node_is_given_back() {
    // All that threads themselves and the first look allocate is there before counting begins: a
    // thread's place in the list of `arc-swap` stays, to be used again.
    let warm = Published::new(());
    let barrier = Barrier::new(OBSERVERS + 1);
    let ended = AtomicBool::new(false);
    let place = Mutex::new(None::<Arc<Published<Snapshot>>>);
    let look = |me| {
        warm.latest();
        take_part();
        barrier.wait(); // Everybody is warm.
        barrier.wait(); // The store is there.
        let published = place.lock().expect("no panic").clone().expect("it is there");
        let seen = observe(&published, &ended, me);
        drop(published);
        barrier.wait(); // Everything is dropped.
        barrier.wait(); // It is counted.
        seen
    };
    let (before, after, seen) = thread::scope(|scope| {
        let look = &look;
        let observers: Vec<_> = (0..OBSERVERS).map(|me| scope.spawn(move || look(me))).collect();
        warm.publish(());
        take_part();
        barrier.wait();
        let before = live_together();

        let mut store: Store = (0..KEYS).map(|n| (format!("ko{n}.left"), "0")).collect();
        store.extend((0..KEYS).map(|n| (format!("ko{n}.right"), "0")));
        let published = Arc::new(Published::new(store.snapshot()));
        *place.lock().expect("no panic") = Some(published.clone());
        barrier.wait();
        for number in 0..COMMITS {
            commit(&mut store, number);
            published.publish(store.snapshot());
        }
        ended.store(true, Ordering::Release);
        drop((store, published));
        place.lock().expect("no panic").take();
        barrier.wait();
        let after = live_together();
        barrier.wait();
        let seen: Vec<_> =
            observers.into_iter().map(|thread| thread.join().expect("no panic")).collect();
        (before, after, seen)
    });
    assert_eq!(after, before, "live blocks and bytes");
    assert!(seen.iter().all(|(states, sound)| *states > 0 && *sound), "{seen:?}");
}
