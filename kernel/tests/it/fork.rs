//! Forks go on exactly as their parent would, and never see each other.

use std::sync::Arc;
use std::thread;

use bootfork_kernel::{Controller, Kref};
use serde_json::{Value, json};

use crate::script::{Kernel, get, kernel, queue, script, worker};

/// Some work for two vats: the vatstore, new objects, promises, messages between them.
fn work(number: u64) -> Value {
    json!([
        ["vatstoreSet", format!("key{number}"), number.to_string()],
        ["send", "o+0", { "methargs": { "body": "#[\"x\",[\"$0\"]]",
            "slots": [format!("o+{}", 10 + number)] }, "result": format!("p+{number}") }],
        ["subscribe", format!("p+{number}")],
    ])
}

/// The activity hash after every crank of some work.
fn hashes(kernel: &mut Kernel, number: u64) -> Vec<String> {
    queue(kernel, "alice", &format!("#[\"script\",{}]", work(number)), &[]);
    let mut hashes = Vec::new();
    while kernel.step().expect("no panic") {
        hashes.push(kernel.activityhash().expect("a hash").to_owned());
    }
    assert!(hashes.len() > 5, "the work takes several cranks");
    hashes
}

#[test]
fn a_fork_at_any_crank_does_what_its_parent_does() {
    let mut parent = kernel(&["main", "alice"]);
    queue(&mut parent, "alice", &format!("#[\"script\",{}]", work(1)), &[]);
    let mut forks = Vec::new();
    loop {
        forks.push(parent.fork());
        if !parent.step().expect("no panic") {
            break;
        }
    }
    assert!(forks.len() > 5);
    for mut fork in forks {
        fork.run().expect("no panic");
        assert_eq!(fork.activityhash(), parent.activityhash());
        assert_eq!(fork.tables().kv, parent.tables().kv);
        assert_eq!(fork.tables().transcripts, parent.tables().transcripts);
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the kernel owns no thread; its hosts do")]
fn forks_that_go_different_ways_share_nothing() {
    let booted = kernel(&["main", "alice"]);
    let before = booted.kv().clone();
    let alone: Vec<_> = (1..20).map(|number| hashes(&mut booted.fork(), number)).collect();
    let threads: Vec<_> = (1..20)
        .map(|number| {
            let mut fork = booted.fork();
            thread::spawn(move || {
                let hashes = hashes(&mut fork, number);
                assert_eq!(fork.kv().prefix("v2.vs.").count(), 1, "only its own key");
                (hashes, fork)
            })
        })
        .collect();
    for (thread, alone) in threads.into_iter().zip(alone) {
        let (beside, _) = thread.join().expect("no panic in the thread");
        assert_eq!(beside, alone);
    }
    assert_eq!(*booted.kv(), before, "the parent is as it was");
}

#[test]
fn counters_go_on_from_the_fork() {
    let booted = kernel(&["main", "alice"]);
    let next: u64 = get(&booted, "kp.nextID").and_then(|text| text.parse().ok()).expect("a number");
    let cranks = booted.cranks();
    for _ in 0..3 {
        let mut fork = booted.fork();
        let promise = queue(&mut fork, "alice", "#[\"x\",[]]", &[]);
        assert_eq!(promise.kref(), Kref::Promise(next));
        fork.run().expect("no panic");
        assert!(fork.cranks() > cranks);
    }
}

#[test]
fn a_restart_keeps_the_tables_and_drops_what_was_in_memory() {
    let mut kernel = kernel(&["main", "alice"]);
    // A host call's statistics are in memory until the next crank writes them.
    queue(&mut kernel, "alice", &format!("#[\"script\",{}]", work(1)), &[]);
    let mut restarted = kernel.restart().expect("a kernel's tables");
    assert_eq!(restarted.tables().kv, kernel.tables().kv);
    let again = Controller::start(kernel.tables().clone(), Arc::new(worker())).expect("the same");
    let mut again = again;
    restarted.run().expect("no panic");
    again.run().expect("no panic");
    kernel.run().expect("no panic");
    assert_eq!(restarted.kv(), again.kv(), "two restarts agree");
    let differing: Vec<_> = kernel
        .kv()
        .diff(restarted.kv())
        .iter()
        .map(|change| String::from_utf8_lossy(change.key).into_owned())
        .collect();
    assert_eq!(
        differing,
        ["activityhash", "kernelStats", "local.kernelStats"],
        "a restart forgets the host's last statistics, as the real kernel does, and no more"
    );
}

#[test]
fn two_boots_agree() {
    let (mut one, mut other) = (kernel(&["main", "alice"]), kernel(&["main", "alice"]));
    script(&mut one, "alice", &work(1)).expect("no panic");
    script(&mut other, "alice", &work(1)).expect("no panic");
    assert_eq!(one.kv(), other.kv());
    assert_eq!(one.tables().transcripts, other.tables().transcripts);
}
