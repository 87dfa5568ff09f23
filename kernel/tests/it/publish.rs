//! What observers of a running kernel see.

use std::sync::Arc;
use std::thread;

use bootfork_kernel::ToQuiescence;
use serde_json::json;

use crate::script::{kernel, queue};

fn some_work(number: u64) -> String {
    let result = format!("p+{number}");
    let work = json!([
        ["vatstoreSet", "key", "value"],
        ["send", "o+0", { "methargs": { "body": "#[\"x\",[]]", "slots": [] }, "result": result }],
        ["subscribe", result],
    ]);
    format!("#[\"script\",{work}]")
}

#[test]
fn every_commit_is_published_and_a_fork_of_it_goes_on_alike() {
    let mut parent = kernel(&["main", "alice"]);
    let published = parent.publish();
    queue(&mut parent, "alice", &some_work(1), &[]);
    assert_eq!(published.latest().queued(), parent.queued());
    let mut forks = vec![published.latest().fork()];
    while parent.step().expect("no panic") {
        let latest = published.latest();
        assert_eq!(latest.activityhash(), parent.activityhash());
        assert_eq!(latest.kv(), parent.kv());
        forks.push(latest.fork());
    }
    assert!(forks.len() > 5);
    for mut fork in forks {
        fork.run().expect("no panic");
        assert_eq!(fork.activityhash(), parent.activityhash());
        assert_eq!(fork.kv(), parent.kv());
    }
}

#[test]
fn what_an_observer_does_is_neither_seen_nor_published() {
    let mut parent = kernel(&["main", "alice"]);
    let published = parent.publish();
    let mut fork = published.latest().fork();
    queue(&mut fork, "alice", &some_work(1), &[]);
    fork.run().expect("no panic");
    assert_ne!(fork.kv(), parent.kv());
    assert_eq!(published.latest().kv(), parent.kv());
}

#[test]
fn handles_given_by_a_commit_are_good_in_what_it_published() {
    let mut parent = kernel(&["main", "alice"]);
    let published = parent.publish();
    let root = parent.pin_vat_root("main").expect("a static vat");
    assert!(published.latest().kp_status(&root).is_ok());
}

#[test]
fn publishing_ends_with_the_last_observer() {
    let mut parent = kernel(&["main", "alice"]);
    let published = parent.publish();
    let again = parent.publish();
    assert!(Arc::ptr_eq(&published, &again), "one place for all observers");
    let kept = published.latest();
    drop((published, again));
    assert_eq!(Arc::strong_count(&kept), 1);
    queue(&mut parent, "alice", &some_work(1), &[]);
    let published = parent.publish();
    assert_eq!(published.latest().kv(), parent.kv(), "a new place has the present state");
}

#[test]
fn a_crank_that_is_traced_is_published_too() {
    let mut parent = kernel(&["main", "alice"]);
    let published = parent.publish();
    queue(&mut parent, "alice", &some_work(1), &[]);
    let (trace, done) = parent.step_traced(&mut ToQuiescence);
    assert!(trace.is_some() && done.is_ok());
    assert_eq!(published.latest().kv(), parent.kv());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the kernel owns no thread; its hosts do")]
fn observers_on_other_threads_see_whole_cranks_only() {
    let mut parent = kernel(&["main", "alice"]);
    let published = parent.publish();
    let observers: Vec<_> = (0..2)
        .map(|_| {
            let published = published.clone();
            thread::spawn(move || {
                let mut cranks = published.latest().cranks();
                for _ in 0..200 {
                    let latest = published.latest();
                    assert_eq!(latest.check(), Ok(()));
                    assert!(latest.cranks() >= cranks, "time goes one way");
                    cranks = latest.cranks();
                }
            })
        })
        .collect();
    for number in 1..20 {
        queue(&mut parent, "alice", &some_work(number), &[]);
        parent.run().expect("no panic");
    }
    for observer in observers {
        observer.join().expect("sound states");
    }
}
