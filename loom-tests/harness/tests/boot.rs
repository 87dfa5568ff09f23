//! A boot that several threads ask for at once.
//!
//! Loom explores every order in which they take the lock, wait and are woken, up to a number of
//! preemptions; it reports a waiter that nobody wakes, and a state that leaks.

#[path = "../../store/tests/explore/mod.rs"]
mod explore;

use std::sync::atomic::{AtomicUsize, Ordering};

use explore::{explore, run};
use loom::sync::Arc;
use loom::sync::atomic::AtomicBool;
use loom::thread;
use loom_harness::{BootError, Once};

type Recipe = fn() -> Result<u32, Box<dyn std::error::Error + Send + Sync>>;

/// Has so many threads, this one included, ask a boot for its state.
fn rush(threads: usize, recipe: Recipe) -> Vec<Result<u32, BootError>> {
    let boot = Arc::new(Once::new());
    let fork = move |boot: &Once<u32>| boot.get("state", recipe).map(|state| *state);
    let others: Vec<_> = (1..threads)
        .map(|_| {
            let boot = boot.clone();
            thread::spawn(move || fork(&boot))
        })
        .collect();
    let own = fork(&boot);
    let others = others.into_iter().map(|thread| thread.join().expect("no panic gets out"));
    others.chain([own, fork(&boot)]).collect()
}

/// So many threads ask; there is one boot, and all get its state.
fn boot_once(threads: usize) {
    static BOOTS: AtomicUsize = AtomicUsize::new(0);
    BOOTS.store(0, Ordering::Relaxed);
    let got = rush(threads, || {
        thread::yield_now();
        BOOTS.fetch_add(1, Ordering::Relaxed);
        Ok(7)
    });
    assert!(got.into_iter().all(|state| state.is_ok_and(|state| state == 7)));
    assert_eq!(BOOTS.load(Ordering::Relaxed), 1);
}

#[test]
fn two_threads_boot_once_and_both_get_the_state() {
    explore(|| boot_once(2));
}

#[test]
fn three_threads_boot_once_and_all_get_the_state() {
    explore(|| boot_once(3));
}

#[test]
fn three_threads_all_get_the_error_of_the_one_boot() {
    static BOOTS: AtomicUsize = AtomicUsize::new(0);
    explore(|| {
        BOOTS.store(0, Ordering::Relaxed);
        let got = rush(3, || {
            thread::yield_now();
            BOOTS.fetch_add(1, Ordering::Relaxed);
            Err("no such file".into())
        });
        for state in got {
            let error = state.expect_err("there is no state").to_string();
            assert_eq!(error, r#"boot "state" failed: no such file"#);
        }
        assert_eq!(BOOTS.load(Ordering::Relaxed), 1);
    });
}

/// The canary: two threads may both find a flag unset that is not read and set in one step, as a
/// boot without the lock would be.
#[test]
#[should_panic(expected = "booted twice")]
fn a_boot_behind_a_mere_flag_runs_twice() {
    run(Some(4), || {
        static BOOTS: AtomicUsize = AtomicUsize::new(0);
        BOOTS.store(0, Ordering::Relaxed);
        let booted = Arc::new(AtomicBool::new(false));
        let ask = |booted: &AtomicBool| {
            if !booted.load(Ordering::SeqCst) {
                booted.store(true, Ordering::SeqCst);
                BOOTS.fetch_add(1, Ordering::Relaxed);
            }
        };
        let shared = booted.clone();
        let other = thread::spawn(move || ask(&shared));
        ask(&booted);
        other.join().expect("it does not panic");
        assert!(BOOTS.load(Ordering::Relaxed) < 2, "booted twice");
    });
}
