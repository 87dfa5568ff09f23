//! What is undone leaves no trace, and whoever broke a rule is gone.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bootfork_kernel::{
    Config, Controller, CrankTrace, KernelError, PromiseState, Rollback, ToQuiescence, Value, Write,
};
use serde_json::{Value as Json, json};

use crate::script::{Kernel, get, kernel, queue, script, worker};

#[test]
fn a_delivery_that_throws_is_undone_and_its_vat_terminated() {
    let mut kernel = kernel(&["main", "alice"]);
    let result = queue(&mut kernel, "alice", "#[\"store\",[]]", &[]);
    let mut rollbacks = Vec::new();
    loop {
        let (trace, done) = kernel.step_traced(&mut ToQuiescence);
        done.expect("no panic");
        let Some(trace) = trace else { break };
        rollbacks.extend(trace.rollbacks);
    }
    assert_eq!(rollbacks, [Rollback::Start], "undone once, and never delivered again");
    assert_eq!(kernel.kp_status(&result), Ok(Some(PromiseState::Rejected)));
    let data = kernel.kp_resolution(&result, true).expect("resolved");
    assert_eq!(data.body, r##"#{"#error":"vat terminated","name":"Error"}"##);
    assert_eq!(kernel.kv().prefix("v2.").count(), 0, "nothing of the vat is left");
    assert_eq!(get(&kernel, "vat.names").as_deref(), Some(r#"["main"]"#));
    assert_eq!(get(&kernel, "vats.terminated").as_deref(), Some("[]"));
}

#[test]
fn every_illegal_syscall_ends_its_vat_and_touches_no_other() {
    let message = json!({ "methargs": { "body": "#[\"x\",[]]", "slots": [] } });
    let with_result = |result: &str| {
        let methargs = json!({ "body": "#[\"x\",[]]", "slots": [] });
        json!({ "methargs": methargs, "result": result })
    };
    let data = |body: &str, slots: &[&str]| json!({ "body": body, "slots": slots });
    let illegal = [
        json!(["jump"]),
        json!("send"),
        json!(["send", "o-9999", message]),
        json!(["send", "o*1", message]),
        json!(["send", "d+1", message]),
        json!(["send", 7, message]),
        json!(["send", "o+0", with_result("o+7")]),
        json!(["send", "o+0", with_result("p-60")]),
        json!(["send", "o+0", { "methargs": { "body": 1, "slots": [] } }]),
        json!(["subscribe", "o+0"]),
        json!(["subscribe", "p-9999"]),
        json!(["resolve", [["o+0", false, data("#1", &[])]]]),
        json!(["resolve", [["p+1", false, data("#\"&0\"", &["p+2"])]]]),
        json!(["resolve", [["p+1", false, data("#nonsense", &[])]]]),
        json!(["vatstoreSet", "key"]),
        json!(["vatstoreGet", null]),
        json!(["dropImports", ["o+0"]]),
        json!(["dropImports", ["o-9999"]]),
        json!(["retireImports", ["o-9999"]]),
        json!(["retireExports", ["o+0"]]),
        json!(["retireExports", ["o+9999"]]),
        json!(["abandonExports", ["o+9999"]]),
        json!(["abandonExports", ["o-50"]]),
        json!(["exit", "yes", data("#1", &[])]),
    ];
    let booted = kernel(&["main", "alice", "bob"]);
    for syscall in illegal {
        let mut kernel = booted.fork();
        let written = json!(["vatstoreSet", "before", "1"]);
        script(&mut kernel, "alice", &json!([written, syscall])).expect("no panic");
        assert_eq!(kernel.kv().prefix("v2.").count(), 0, "{syscall}: alice is gone");
        let names = get(&kernel, "vat.names");
        assert_eq!(names.as_deref(), Some(r#"["main","bob"]"#), "{syscall}");
        for (key, value) in booted.kv().prefix("v3.") {
            assert_eq!(kernel.kv().get(key), Some(value), "{syscall}: bob is as he was");
        }
        assert_eq!(booted.kv().prefix("v2.vs.").count(), 0, "the parent is as it was");
    }
}

#[test]
fn a_vatstore_key_stays_within_its_vat() {
    let mut kernel = kernel(&["main", "alice"]);
    let before = kernel.kv().clone();
    let keys = ["", ".", "../v1.vs.x", "v1.vs.x", "\u{0}", "a.b/c", "\u{10ffff}"];
    let syscalls: Vec<_> = keys.iter().map(|key| json!(["vatstoreSet", key, "1"])).collect();
    script(&mut kernel, "alice", &json!(syscalls)).expect("all legal");
    let outside = before
        .diff(kernel.kv())
        .into_iter()
        .filter(|change| change.key.starts_with(b"v1.") || change.key.starts_with(b"v3."));
    assert_eq!(outside.count(), 0);
    assert_eq!(kernel.kv().prefix("v2.vs.").count(), keys.len());
}

#[test]
fn an_exit_ends_the_vat_with_or_without_its_last_delivery() {
    for (failure, kept) in [(false, true), (true, false)] {
        let mut kernel = kernel(&["main", "alice"]);
        let reason = Value::text("enough").encode(&[] as &[bootfork_kernel::Kref]);
        let call = json!([["send", "o+0", { "methargs": { "body": "#[\"x\",[]]", "slots": [] },
            "result": "p+1" }], ["exit", failure, reason]]);
        let sends = get(&kernel, "kp.nextID");
        script(&mut kernel, "alice", &call).expect("no panic");
        assert_eq!(kernel.kv().prefix("v2.").count(), 0);
        let promise = sends.map(|next| next.parse::<u64>().expect("a number") + 1);
        let created = get(&kernel, "kp.nextID").map(|next| next.parse::<u64>().expect("a number"));
        assert_eq!(created > promise, kept, "the promise p+1 was allocated: {kept}");
    }
}

/// The crank in which a vat makes these syscalls and ends.
fn last_of(vat: &str, booted: &Kernel, syscalls: &Json) -> (CrankTrace, Result<(), KernelError>) {
    let mut kernel = booted.fork();
    queue(&mut kernel, vat, &format!("#[\"script\",{syscalls}]"), &[]);
    loop {
        let (trace, done) = kernel.step_traced(&mut ToQuiescence);
        let trace = trace.expect("the vat has not ended yet");
        if trace.terminated.is_some() {
            return (trace, done.map(drop));
        }
    }
}

/// What an illegal syscall has written by the time it is refused is undone and yet hashed, so the
/// order in which it is looked at shows.
#[test]
fn a_refused_syscall_has_written_what_the_original_writes() {
    let config = Config::new("main").vat("main", "script").vat("vatAdmin", "script");
    let config = config.device("vatAdmin", "device");
    let mut booted = Controller::boot(&config, worker()).expect("a good configuration");
    booted.run().expect("scripts that do nothing");
    let written = |syscall: Json, vref: &str| {
        // With the bootstrap vat the kernel ends, which is no matter here.
        let (trace, _) = last_of("main", &booted, &json!([syscall]));
        let entry = |write: &Write| match write {
            Write::Set(key, value) => {
                key.starts_with("v1.c.k") && value.strip_prefix("R ") == Some(vref)
            }
            Write::Delete(_) => false,
        };
        trace.writes.iter().any(entry)
    };
    assert!(written(json!(["subscribe", "o+9"]), "o+9"), "it is exported first");
    assert!(written(json!(["subscribe", "o+0"]), "o+0"), "its flag is written first");
    let call =
        |node: &str, slots: &[&str]| json!(["callNow", node, "x", { "body": "", "slots": slots }]);
    assert!(written(call("o+9", &[]), "o+9"), "the target is mapped before it is no device");
    for wrong in ["p+8", "x+8"] {
        assert!(!written(call("d-70", &["o+9", wrong]), "o+9"), "{wrong} is seen first");
    }
    assert!(written(call("d-70", &["o+9", "o-99"]), "o+9"), "an import is looked up in its turn");
}

#[test]
fn the_last_refused_syscall_says_how_the_vat_ends() {
    let booted = kernel(&["main", "alice"]);
    let data = json!({ "body": "#1", "slots": [] });
    let illegal = json!(["jump"]);
    let twice = json!(["resolve", [["p+1", true, data], ["p+1", true, data]]]);
    for (syscalls, end) in [
        (json!([illegal, twice]), "you killed my kernel. prepare to die"),
        (json!([twice, illegal]), "syscall translation error: prepare to die"),
    ] {
        let (trace, done) = last_of("alice", &booted, &syscalls);
        assert!(matches!(done, Err(KernelError::Panicked { .. })), "{done:?}");
        let said = trace.terminated.expect("alice's end").info.body;
        assert!(said.contains(end), "{syscalls}: {said}");
    }
}

/// A host that catches the panic once went on with what memory had of the broken crank.
#[test]
fn a_vat_that_panics_leaves_no_trace_of_its_crank() {
    let mut kernel = kernel(&["main", "alice"]);
    queue(&mut kernel, "alice", "#[\"panic\",[]]", &[]);
    assert_eq!(kernel.step(), Ok(true), "routed");
    let mut untouched = kernel.fork();
    let panicked = catch_unwind(AssertUnwindSafe(|| kernel.run()));
    assert!(panicked.is_err());
    assert_eq!(kernel.activityhash(), untouched.activityhash());
    assert_eq!(kernel.cranks(), untouched.cranks());
    for kernel in [&mut kernel, &mut untouched] {
        let reason = Value::text("it panics").encode(&[]);
        kernel.terminate_vat("v2".parse().expect("an ID"), reason).expect("no panic");
        kernel.run().expect("the message goes nowhere");
    }
    assert_eq!(kernel.kv(), untouched.kv(), "with the statistics that memory has");
}

#[test]
fn a_device_that_panics_leaves_no_trace_of_its_input() {
    let config = Config::new("main").vat("main", "script").device("bell", "device");
    let mut kernel = Controller::boot(&config, worker()).expect("a good configuration");
    kernel.run().expect("scripts that do nothing");
    let mut untouched = kernel.fork();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        kernel.device_input("bell", |bell| -> () {
            bell.vatstore_set("rung", "1");
            panic!("the bell breaks");
        })
    }));
    assert!(panicked.is_err());
    for kernel in [&mut kernel, &mut untouched] {
        queue(kernel, "main", "#[\"x\",[]]", &[]);
    }
    assert_eq!(kernel.activityhash(), untouched.activityhash());
    assert_eq!(kernel.kv(), untouched.kv());
}
