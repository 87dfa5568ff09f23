//! What a host asks of a kernel.

use std::sync::Arc;

use bootfork_kernel::{
    Allowance, AskError, Call, CapData, CleanupBudget, Config, Controller, KernelError, Kref,
    PromiseState, ResolutionPolicy, RunLimit, RunUtils, Value, VatConfig,
};

use serde_json::json;

use crate::script::{get, kernel, queue, script, worker};

#[test]
fn a_run_stops_where_its_policy_says() {
    let mut kernel = kernel(&["main", "alice"]);
    for _ in 0..4 {
        queue(&mut kernel, "alice", "#[\"x\",[]]", &[]);
    }
    let mut whole = kernel.fork();
    let all = whole.run().expect("no panic");
    assert_eq!(kernel.run_policy(&mut RunLimit::cranks(3)), Ok(3));
    assert_eq!(kernel.run_policy(&mut RunLimit::deliveries(1)), Ok(2));
    assert_eq!(kernel.run(), Ok(all - 5));
    assert_eq!(kernel.kv(), whole.kv(), "stopping and going on is the same");
}

#[test]
fn questions_get_answers_or_say_why_not() {
    let mut kernel = kernel(&["main", "alice"]);
    let refused = RunUtils::new(&mut kernel).ask_root("alice", &Call::new("reject"));
    assert!(matches!(refused, Err(AskError::Rejected(data)) if data.body == "#\"refused\""));
    let open = RunUtils::new(&mut kernel).ask_root("alice", &Call::new("silence"));
    assert!(matches!(open, Err(AskError::Unsettled(_))), "{open:?}");
    let nobody = RunUtils::new(&mut kernel).ask_root("nobody", &Call::new("x"));
    assert!(matches!(nobody, Err(AskError::Kernel(KernelError::NoSuchVat { .. }))), "{nobody:?}");
}

#[test]
fn only_a_resolved_promise_has_a_resolution() {
    let mut kernel = kernel(&["main", "alice"]);
    let promise = queue(&mut kernel, "alice", "#[\"silence\",[]]", &[]);
    kernel.run().expect("no panic");
    assert_eq!(kernel.kp_status(&promise), Ok(Some(PromiseState::Unresolved)));
    let before = kernel.kv().clone();
    let unknown = kernel.handle(Kref::Promise(9999));
    for (promise, status) in [(promise, "unresolved"), (unknown, "unknown")] {
        let error = kernel.kp_resolution(&promise, true).expect_err("no resolution");
        assert_eq!(error, KernelError::NotResolved { promise: promise.to_string(), status });
    }
    assert_eq!(*kernel.kv(), before, "asking in vain changes nothing");
}

/// A promise for the result was once left behind, and its number used up.
#[test]
fn a_message_to_nobody_leaves_no_trace() {
    let mut kernel = kernel(&["main", "alice"]);
    kernel.run().expect("no panic");
    let mut untouched = kernel.fork();
    let call = Call::new("x").encode();
    for target in [Kref::Object(9999), Kref::Promise(9999)] {
        let target = kernel.handle(target);
        let queued =
            kernel.queue_to_vat_object(&target, call.clone(), Some(ResolutionPolicy::Ignore));
        assert!(matches!(queued, Err(KernelError::NoSuchReference { .. })), "{queued:?}");
        assert_eq!(kernel.kv(), untouched.kv());
    }
    // Nor in memory: the hashes go on as if nobody had asked.
    for kernel in [&mut kernel, &mut untouched] {
        queue(kernel, "alice", "#[\"x\",[]]", &[]);
        kernel.run().expect("no panic");
    }
    assert_eq!(kernel.activityhash(), untouched.activityhash());
}

#[test]
fn a_rejected_promise_of_policy_panic_stops_the_kernel_until_it_is_restarted() {
    let mut kernel = kernel(&["main", "alice"]);
    let methargs = CapData::new("#[\"reject\",[]]", []);
    kernel.queue_to_vat_root("alice", methargs, Some(ResolutionPolicy::Panic)).expect("a vat");
    assert!(matches!(kernel.run(), Err(KernelError::Panicked { .. })));
    let after = kernel.kv().clone();
    assert!(matches!(kernel.run(), Err(KernelError::Panicked { .. })), "and every later run");
    assert_eq!(*kernel.kv(), after);
    assert!(matches!(kernel.fork().run(), Err(KernelError::Panicked { .. })), "a fork too");
    let mut restarted = kernel.restart().expect("a kernel's tables");
    restarted.run().expect("a panic is only in memory");
}

#[test]
fn reaping_all_asks_only_vats_that_were_delivered_to() {
    let mut kernel = kernel(&["main", "alice"]);
    let first = kernel.reap_all_vats(&[]).expect("a kernel's state");
    assert_eq!(first.len(), 2);
    assert_eq!(get(&kernel, "reapQueue").as_deref(), Some(r#"["v2","v1"]"#));
    kernel.run().expect("no panic");
    let second = kernel.reap_all_vats(&first).expect("a kernel's state");
    assert_eq!(first, second);
    assert_eq!(get(&kernel, "reapQueue").as_deref(), Some("[]"));
}

#[test]
fn a_terminated_vat_rejects_what_it_decided() {
    let mut kernel = kernel(&["main", "alice"]);
    let promise = queue(&mut kernel, "alice", "#[\"silence\",[]]", &[]);
    kernel.run().expect("no panic");
    let reason = Value::error("the host is done").encode(&[]);
    kernel.terminate_vat("v2".parse().expect("an ID"), reason).expect("no panic");
    kernel.run().expect("no panic");
    assert_eq!(kernel.kp_status(&promise), Ok(Some(PromiseState::Rejected)));
    assert_eq!(kernel.kv().prefix("v2.").count(), 0);
}

/// KERNEL.md section 13: one call counts one reference, without an emit.
#[test]
fn a_promise_is_held_until_it_was_given_up_as_often_as_it_was_asked_for() {
    let mut kernel = kernel(&["main", "alice"]);
    let promise = queue(&mut kernel, "alice", "#[\"reject\",[]]", &[]);
    let hash = kernel.activityhash().expect("a text").to_owned();
    kernel.kp_register_interest(&promise).expect("a promise");
    assert_eq!(kernel.activityhash(), Ok(hash.as_str()));
    for held in [true, false] {
        kernel.run().expect("no panic");
        assert_eq!(kernel.kp_status(&promise), Ok(Some(PromiseState::Rejected)));
        kernel.kp_resolution(&promise, true).expect("resolved");
        queue(&mut kernel, "main", "#[\"x\",[]]", &[]);
        kernel.run().expect("no panic");
        assert_eq!(kernel.kp_status(&promise).expect("a state").is_some(), held);
    }
    let object = kernel.pin_vat_root("alice").expect("a vat");
    for gone in [promise, object] {
        let refused = kernel.kp_register_interest(&gone);
        assert_eq!(refused, Err(KernelError::NoSuchReference { kref: gone.to_string() }));
    }
}

/// KERNEL.md section 15: an internal error panics, the crank ends where it was, and the kernel
/// that is started again goes on. It once failed the run at every attempt.
#[test]
fn a_message_to_an_object_that_its_vat_has_dropped_is_a_panic() {
    let mut kernel = kernel(&["main", "alice", "bob"]);
    let data = json!({ "body": r#"#"$0.Alleged: box""#, "slots": ["o+9"] });
    let resolve = json!([["resolve", [["p-60", false, data]]]]);
    let promise = queue(&mut kernel, "alice", &format!("#[\"script\",{resolve}]"), &[]);
    kernel.run().expect("legal");
    let object: Kref = get(&kernel, "v2.c.o+9").expect("exported").parse().expect("a kref");
    let handle = kernel.handle(object);
    queue(&mut kernel, "bob", "#[\"x\",[\"$0\"]]", std::slice::from_ref(&handle));
    script(&mut kernel, "bob", &json!([["dropImports", ["o-50"]]])).expect("legal");
    kernel.kp_resolution(&promise, false).expect("resolved");
    queue(&mut kernel, "main", "#[\"x\",[]]", &[]);
    kernel.run().expect("alice is told to drop it");
    assert_eq!(get(&kernel, &format!("v2.c.{object}")).as_deref(), Some("_ o+9"));

    let call = CapData::new("#[\"x\",[]]", []);
    kernel.queue_to_vat_object(&handle, call, None).expect("bob still recognizes it");
    let done = kernel.run();
    assert!(matches!(done, Err(KernelError::Panicked { .. })), "{done:?}");
    let mut again = kernel.restart().expect("a kernel's tables");
    again.run().expect("it goes on");
    script(&mut again, "alice", &json!([["vatstoreSet", "a", "1"]])).expect("alice lives");
    assert_eq!(get(&again, "v2.vs.a").as_deref(), Some("1"));
}

#[test]
fn a_reason_that_speaks_of_nothing_ends_no_vat() {
    let mut kernel = kernel(&["main", "vatAdmin", "alice"]);
    let before = kernel.kv().clone();
    let reason = Value::Object { slot: 0, iface: None };
    for kref in [Kref::Object(9999), Kref::Promise(9999), Kref::Device(9999)] {
        let reason = reason.encode(&[kernel.handle(kref)]);
        let refused = kernel.terminate_vat("v3".parse().expect("an ID"), reason);
        assert_eq!(refused, Err(KernelError::NoSuchReference { kref: kref.to_string() }));
        assert_eq!(*kernel.kv(), before);
    }
}

/// KERNEL.md section 10: both need 1 or more. Such a run once never ended.
#[test]
fn a_budget_that_never_ends_the_cleanup_is_refused() {
    let mut kernel = kernel(&["main", "alice"]);
    let reason = Value::text("done").encode(&[]);
    kernel.terminate_vat("v2".parse().expect("an ID"), reason).expect("no panic");
    let (none, unlimited) = (Some(Allowance::Of(0)), CleanupBudget::UNLIMITED);
    for (phase, budget) in [
        ("snapshots", CleanupBudget { snapshots: none, ..unlimited }),
        ("transcripts", CleanupBudget { transcripts: none, ..unlimited }),
    ] {
        let left = kernel.kv().prefix("v2.").count();
        let mut policy = RunLimit::NONE.with_cleanup(Some(budget));
        assert_eq!(kernel.run_policy(&mut policy), Err(KernelError::NoCleanup { phase }));
        assert_eq!(kernel.kv().prefix("v2.").count(), left, "undone");
    }
    kernel.run().expect("no panic");
    assert_eq!(kernel.kv().prefix("v2.").count(), 0);
}

#[test]
fn the_bootstrap_vat_gets_the_hosts_argv_in_place_of_its_own() {
    let main = VatConfig::new("main", "script").parameter("argv", Value::text("its own"));
    let config = Config::new("main").with_vat(main).argv(["the host's"]);
    let mut kernel = Controller::boot(&config, worker()).expect("a good configuration");
    kernel.run().expect("scripts that do nothing");
    let parameters = get(&kernel, "v1.vatParameters");
    let expected = json!({ "body": r##"#{"argv":["the host's"]}"##, "slots": [] }).to_string();
    assert_eq!(parameters, Some(expected));
}

#[test]
fn what_an_upgrade_of_the_kernel_left_is_queued_once() {
    let booted = kernel(&["main", "alice"]);
    let root = get(&booted, "v2.c.o+0").expect("a root");
    let methargs = json!({ "body": r##"#["script",[["vatstoreSet","told","1"]]]"##, "slots": [] });
    let event = json!({ "type": "send", "target": root, "msg": { "methargs": methargs } });
    let counts = format!("{root}.refCount");
    let before = get(&booted, &counts);
    assert_eq!(before.as_deref(), Some("2,2"), "of main's import and of the pin");
    let mut tables = booted.tables().clone();
    tables.kv.set("upgradeEvents", json!([event]).to_string());
    tables.kv.set(&counts, "3,3");
    let mut kernel = Controller::open(tables, Arc::new(worker())).expect("sound tables");
    for _ in 0..2 {
        kernel.inject_queued_upgrade_events().expect("events");
        assert_eq!(get(&kernel, "upgradeEvents"), None);
        assert_eq!(kernel.check(), Ok(()));
    }
    kernel.run().expect("no panic");
    assert_eq!(get(&kernel, "v2.vs.told").as_deref(), Some("1"));
    assert_eq!(get(&kernel, &counts), before);
}

#[test]
fn a_configuration_without_its_bootstrap_vat_or_code_is_refused_by_name() {
    let error = Controller::boot(&Config::new("main").vat("other", "script"), worker());
    assert_eq!(error.err(), Some(KernelError::NoSuchVat { name: "main".into() }));
    let error = Controller::boot(&Config::new("main").vat("main", "nowhere"), worker());
    let Some(KernelError::NoCode { why, .. }) = error.err() else { panic!("there is no code") };
    assert!(why.to_string().contains("nowhere"));
}
