//! A state that is published while others take it, fork it and write.
//!
//! The place itself is a stand-in on a mutex, since loom cannot run `arc-swap`; what is explored is
//! the life of the blocks that publisher and observers share. See `fork.rs` for what loom reports.

mod base;
mod explore;

use base::{LEFT, RIGHT, base};
use explore::{explore, run};
use loom::sync::Arc;
use loom::thread;
use loom_store::Published;

/// The observer finds the first or the second state, never a mixture, and its writes stay with it.
#[test]
fn an_observer_forks_one_state_or_the_next() {
    explore(|| {
        let mut store = base();
        let published = Arc::new(Published::new(store.snapshot()));
        let place = published.clone();
        let observer = thread::spawn(move || {
            let mut fork = place.latest().fork();
            let seen = [LEFT, RIGHT].map(|key| fork.get(key).map(<[u8]>::to_vec));
            let first = [&b"left"[..], b"right"].map(|value| Some(value.to_vec()));
            let second = [&b"LEFT"[..], b"RIGHT"].map(|value| Some(value.to_vec()));
            assert!(seen == first || seen == second);
            fork.set(LEFT, "observed");
            assert_eq!(fork.get(RIGHT).map(<[u8]>::to_vec), seen[1]);
        });
        store.set(LEFT, "LEFT");
        store.set(RIGHT, "RIGHT");
        published.publish(store.snapshot());
        observer.join().unwrap();
        assert_eq!(published.latest().get(LEFT), Some(&b"LEFT"[..]));
        published.latest().check().unwrap();
    });
}

/// The publisher goes on writing what it has published, and lets go of it, while two observers
/// hold it: whoever is last frees it.
#[test]
fn a_published_state_outlives_what_replaced_it() {
    explore(|| {
        let mut store = base();
        let published = Arc::new(Published::new(store.snapshot()));
        let observe = || {
            let place = published.clone();
            thread::spawn(move || {
                let taken = place.latest();
                drop(place);
                assert!(taken.get(LEFT).is_some_and(|value| value != b"dropped"));
            })
        };
        let observers = [observe(), observe()];
        store.set(LEFT, "LEFT");
        published.publish(store.snapshot());
        store.set(LEFT, "dropped");
        drop(store);
        drop(published);
        for observer in observers {
            observer.join().unwrap();
        }
    });
}

/// What is published lies in a region, which the next freeze leaves to the observer alone.
#[test]
fn a_published_state_is_frozen_anew_beneath_its_observer() {
    explore(|| {
        let mut store = base();
        store.freeze();
        let published = Arc::new(Published::new(store.snapshot()));
        let place = published.clone();
        let observer = thread::spawn(move || {
            let mut fork = place.latest().fork();
            drop(place);
            fork.remove(RIGHT);
            assert!([Some(&b"left"[..]), Some(&b"LEFT"[..])].contains(&fork.get(LEFT)));
        });
        store.set(LEFT, "LEFT");
        store.freeze();
        published.publish(store.snapshot());
        drop(store);
        drop(published);
        observer.join().unwrap();
    });
}

/// Canary: a place without the order that publishing needs. Who sees the new number need not see
/// what was written before it; loom must find that.
#[test]
#[should_panic(expected = "Causality violation")]
fn a_relaxed_publication_is_reported() {
    use loom::cell::UnsafeCell;
    use loom::sync::atomic::{AtomicU32, Ordering};

    struct Place(AtomicU32, UnsafeCell<u32>);
    run(Some(3), || {
        let place = Arc::new(Place(AtomicU32::new(0), UnsafeCell::new(0)));
        let shared = place.clone();
        let observer = thread::spawn(move || {
            if shared.0.load(Ordering::Relaxed) == 1 {
                shared.1.with(|_| ());
            }
        });
        place.1.with_mut(|_| ());
        place.0.store(1, Ordering::Relaxed);
        observer.join().unwrap();
    });
}
