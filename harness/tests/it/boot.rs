//! Once, for everybody, and never in vain.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use bootfork::{Boot, BootError};

const THREADS: usize = 16;

/// What 16 threads get that ask at the same moment.
fn rush<T: Clone + Send + Sync>(boot: &Boot<T>) -> Vec<Result<T, BootError>> {
    let barrier = Barrier::new(THREADS);
    let ask = || {
        barrier.wait();
        boot.fork()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic gets out")).collect()
    })
}

/// Gives the other threads the time to come and wait.
fn linger() {
    for _ in 0..1_000 {
        thread::yield_now();
    }
}

#[test]
fn sixteen_threads_at_once_boot_once() {
    static BOOTS: AtomicU32 = AtomicU32::new(0);
    static STATE: Boot<Vec<u32>> = Boot::new("state", || {
        BOOTS.fetch_add(1, Ordering::SeqCst);
        linger();
        Ok(vec![1, 2, 3])
    });
    let got = rush(&STATE);
    assert_eq!(got.len(), THREADS);
    assert!(got.into_iter().all(|state| state.is_ok_and(|state| state == [1, 2, 3])));
    assert_eq!(BOOTS.load(Ordering::SeqCst), 1);
}

#[test]
fn a_failure_reaches_all_who_wait_and_all_who_come_later() {
    static BOOTS: AtomicU32 = AtomicU32::new(0);
    static STATE: Boot<u32> = Boot::new("hopeless", || {
        BOOTS.fetch_add(1, Ordering::SeqCst);
        linger();
        Err("no such file".into())
    });
    for error in rush(&STATE).into_iter().chain([STATE.fork()]) {
        let error = error.expect_err("there is no state");
        assert_eq!(error.to_string(), r#"boot "hopeless" failed: no such file"#);
        assert_eq!(
            (error.name(), error.is_panic(), error.is_reentrant()),
            ("hopeless", false, false,)
        );
    }
    assert_eq!(BOOTS.load(Ordering::SeqCst), 1);
}

#[test]
fn a_panic_reaches_all_as_an_error_with_its_message() {
    static BOOTS: AtomicU32 = AtomicU32::new(0);
    static STATE: Boot<u32> = Boot::new("hasty", || {
        let boots = BOOTS.fetch_add(1, Ordering::SeqCst);
        linger();
        panic!("out of luck after {boots} boots");
    });
    for error in rush(&STATE).into_iter().chain([STATE.fork()]) {
        let error = error.expect_err("there is no state");
        assert_eq!(error.to_string(), r#"boot "hasty" panicked: out of luck after 0 boots"#);
        assert!(error.is_panic());
    }
    assert_eq!(BOOTS.load(Ordering::SeqCst), 1);
}

#[test]
fn a_boot_that_forks_itself_is_told_so() {
    static STATE: Boot<u32> = Boot::new("ouroboros", || Ok(STATE.fork()? + 1));
    let error = STATE.fork().expect_err("there is nothing to begin with");
    let own = r#"boot "ouroboros" needs its own state to begin with"#;
    assert_eq!(error.to_string(), format!(r#"boot "ouroboros" failed: {own}"#));
    assert!(!error.is_reentrant(), "the boot has failed for good, whoever asks");
    let source = std::error::Error::source(&error).expect("it has a reason");
    assert!(source.downcast_ref::<BootError>().is_some_and(BootError::is_reentrant));
}

#[test]
fn a_boot_may_use_another() {
    static BASE: Boot<u32> = Boot::new("base", || Ok(20));
    static MORE: Boot<u32> = Boot::new("more", || Ok(BASE.fork()? + 1));
    assert_eq!(MORE.fork().expect("both boot"), 21);
}

#[test]
fn nothing_boots_before_somebody_asks() {
    static STATE: Boot<u32> = Boot::new("idle", || Ok(1));
    assert_eq!(STATE.name(), "idle");
    assert_eq!(format!("{STATE:?}"), r#"Boot { name: "idle", progress: "untouched", .. }"#);
    assert_eq!(*STATE.get().expect("it boots"), 1);
    assert_eq!(format!("{STATE:?}"), r#"Boot { name: "idle", progress: "booted", .. }"#);
}
