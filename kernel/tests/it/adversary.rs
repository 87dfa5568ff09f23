//! Vats that try to break out: each ends, at most, itself.

use bootfork_kernel::{
    CapData, Config, Controller, KernelError, Kref, NativeWorker, PromiseState, Syscalls, Vat,
    VatDelivery, VatError, VatSyscall,
};
use serde_json::{Value, json};

use crate::script::{Kernel, get, kernel, queue, script};

/// Alice does it; bob is as he was, and nothing of alice's is left but what the kernel gives
/// back to others.
fn ends_alice_alone(booted: &Kernel, what: &str, syscalls: &Value) {
    let mut kernel = booted.fork();
    script(&mut kernel, "alice", syscalls).expect("no panic");
    assert_eq!(kernel.check(), Ok(()), "{what}");
    assert_eq!(kernel.kv().prefix("v2.").count(), 0, "{what}: alice is gone");
    assert_eq!(get(&kernel, "vat.names").as_deref(), Some(r#"["main","bob"]"#), "{what}");
    let changed = booted.kv().diff(kernel.kv());
    let bobs = changed.iter().filter(|change| change.key.starts_with(b"v3."));
    assert_eq!(bobs.count(), 0, "{what}: bob is as he was");
}

fn message(slots: &[&str]) -> Value {
    json!({ "methargs": { "body": "#[\"x\",[]]", "slots": slots } })
}

#[test]
fn forged_and_foreign_references_name_nothing() {
    let booted = kernel(&["main", "alice", "bob"]);
    let forged = [
        "ko20",
        "kp40",
        "kd30",
        "v3.c.o+0",
        "o-50 ",
        "o-050",
        "o-5e1",
        "p-99",
        "d-70",
        "d+0",
        "o",
        "o+",
        "",
        "\u{0}",
        "o-50\n",
        "o-９",
        "O-50",
        "o-18446744073709551616",
        "..",
        "o-50/1",
    ];
    // The kernel asks no more of an export than section 3 says: `o+` is alice's own object.
    for vref in forged.into_iter().filter(|vref| *vref != "o+") {
        ends_alice_alone(&booted, vref, &json!([["send", vref, message(&[])]]));
        ends_alice_alone(&booted, vref, &json!([["send", "o+0", message(&[vref])]]));
        ends_alice_alone(&booted, vref, &json!([["subscribe", vref]]));
        ends_alice_alone(&booted, vref, &json!([["dropImports", [vref]]]));
        ends_alice_alone(&booted, vref, &json!([["retireExports", [vref]]]));
        ends_alice_alone(
            &booted,
            vref,
            &json!([["callNow", vref, "x", { "body": "", "slots": [] }]]),
        );
    }
}

#[test]
fn vatstore_keys_neither_read_nor_write_what_is_others() {
    let mut kernel = kernel(&["main", "alice", "bob"]);
    script(&mut kernel, "bob", &json!([["vatstoreSet", "secret", "42"]])).expect("legal");
    let before = kernel.kv().clone();
    let keys = ["../v3.vs.secret", "v3.vs.secret", ".vs.secret", "\n\nv3.vs.secret", "\u{10ffff}"];
    for key in keys {
        let call = json!([
            ["vatstoreGet", key],
            ["vatstoreGetNextKey", key],
            ["vatstoreDelete", key],
            ["vatstoreSet", key, "mine"]
        ]);
        script(&mut kernel, "alice", &call).expect("legal");
    }
    assert_eq!(kernel.check(), Ok(()));
    assert_eq!(get(&kernel, "v3.vs.secret").as_deref(), Some("42"));
    let changed = before.diff(kernel.kv());
    let bobs = changed.iter().filter(|change| change.key.starts_with(b"v3."));
    assert_eq!(bobs.count(), 0, "bob is as he was");
    let transcript: Vec<_> =
        kernel.tables().transcripts.entries("v2".parse().expect("an ID")).collect();
    assert!(!transcript.concat().contains("\"42\""), "alice never read it");
}

#[test]
fn huge_bodies_and_many_slots_pass_whole() {
    let mut kernel = kernel(&["main", "alice"]);
    let body = format!("#[\"x\",[\"{}\"]]", "a".repeat(4 << 20));
    let slots: Vec<_> = (10..2010).map(|number| format!("o+{number}")).collect();
    let call = json!([
        ["send", "o+0", { "methargs": { "body": body, "slots": slots } }],
        ["vatstoreSet", "big", "b".repeat(4 << 20)],
    ]);
    script(&mut kernel, "alice", &call).expect("legal");
    assert_eq!(get(&kernel, "v2.vs.big").map(|value| value.len()), Some(4 << 20));
    assert_eq!(kernel.check(), Ok(()));
}

/// `[[[…]]]`, too deep for a parser that recurses.
fn deep() -> String {
    format!("#{}{}", "[".repeat(100_000), "]".repeat(100_000))
}

#[test]
fn deep_nesting_is_undecodable_and_overflows_no_stack() {
    let small = std::thread::Builder::new().stack_size(128 << 10);
    let run = small.spawn(|| {
        let booted = kernel(&["main", "alice", "bob"]);
        let data = json!({ "body": deep(), "slots": [] });
        // As a fulfilment it must be decoded; elsewhere nobody looks.
        ends_alice_alone(&booted, "resolve", &json!([["resolve", [["p+1", false, data]]]]));
        ends_alice_alone(&booted, "exit", &json!([["exit", true, data]]));
        let mut kernel = booted.fork();
        let legal = json!([["resolve", [["p+1", true, data]]]]);
        script(&mut kernel, "bob", &legal).expect("legal");
        assert!(get(&kernel, "vat.names").is_some_and(|names| names.contains("bob")));
        let result = queue(&mut kernel, "bob", &deep(), &[]);
        kernel.run().expect("legal");
        assert_eq!(kernel.kp_status(&result), Ok(Some(PromiseState::Rejected)), "the script threw");
        assert_eq!(kernel.check(), Ok(()));
    });
    run.expect("a thread").join().expect("no overflow, no panic");
}

/// Lone surrogates are legal in JSON as escapes, though no text of Rust can hold them.
#[test]
fn lone_surrogates_pass_as_they_are() {
    for escape in [r"\ud800", r"\udfff", r"\uDC00\uD800", r"\\\ud83d", r"\ud83d\ude00"] {
        let mut kernel = kernel(&["main", "alice"]);
        let body = format!("#[\"{escape}\"]");
        let call = json!([
            ["resolve", [["p+1", false, { "body": body, "slots": [] }]]],
            ["send", "o+0", { "methargs": { "body": body, "slots": [] }, "result": "p+2" }],
        ]);
        queue(&mut kernel, "alice", &format!("#[\"script\",{call}]"), &[]);
        let stored = serde_json::to_string(&body).expect("a text");
        let mut seen = false;
        while kernel.step().expect("no panic") {
            seen |= kernel
                .kv()
                .prefix("runQueue.")
                .any(|(_, item)| String::from_utf8_lossy(item).contains(&stored));
        }
        assert!(seen, "{escape}: the message went its way unchanged");
        assert_eq!(kernel.check(), Ok(()));
    }
}

#[test]
fn after_an_exit_the_vat_may_go_on_and_is_gone() {
    let booted = kernel(&["main", "alice", "bob"]);
    let reason = json!({ "body": "#\"done\"", "slots": [] });
    for failure in [false, true] {
        let call = json!([
            ["exit", failure, reason],
            ["vatstoreSet", "late", "1"],
            ["send", "o+0", message(&["o+7"])],
            ["subscribe", "p+3"],
            ["exit", failure, reason],
        ]);
        ends_alice_alone(&booted, "exit", &call);
    }
}

#[test]
fn an_object_exported_without_a_number_outlives_its_vat_and_its_use_is_a_panic() {
    let mut kernel = kernel(&["main", "alice", "bob"]);
    let bob = kernel.pin_vat_root("bob").expect("a root");
    let call = json!([["send", "o-50", message(&["o+"])]]);
    queue(&mut kernel, "alice", &format!("#[\"script\",{call}]"), &[bob]);
    kernel.run().expect("legal");
    kernel.terminate_vat("v2".parse().expect("an ID"), CapData::new("#1", [])).expect("a vat");
    kernel.run().expect("no panic");
    assert_eq!(kernel.kv().prefix("v2.").count(), 0);
    assert_eq!(kernel.check(), Ok(()));
    let import = kernel.kv().prefix("v3.c.o-").last().map(|(key, _)| key[5..].to_vec());
    let import = String::from_utf8(import.expect("bob's import")).expect("a text");

    let mut sends = kernel.fork();
    let sent = script(&mut sends, "bob", &json!([["send", import, message(&[])]]));
    assert!(matches!(sent, Err(KernelError::Panicked { .. })), "{sent:?}");
    let mut again = sends.restart().expect("a kernel's tables");
    again.run().expect("it goes on without the message");
    assert_eq!(again.check(), Ok(()));

    let dropped = script(&mut kernel, "bob", &json!([["dropImports", [import]]]));
    assert!(matches!(dropped, Err(KernelError::Panicked { .. })), "{dropped:?}");
    let mut again = kernel.restart().expect("a kernel's tables");
    again.run().expect("no panic");
    assert_eq!(again.check(), Ok(()));
}

/// Makes as many syscalls as it is told, of every size, without waiting for answers.
struct Flood;

impl Vat for Flood {
    fn deliver(&mut self, told: &VatDelivery, kernel: &mut dyn Syscalls) -> Result<(), VatError> {
        let VatDelivery::Message(..) = told else { return Ok(()) };
        for number in 0..2000 {
            let text = json!(["vatstoreSet", format!("k{number}"), "x".repeat(number)]);
            kernel.syscall(VatSyscall::from_json(text));
            kernel.syscall(VatSyscall::Malformed(Value::Null));
        }
        Ok(())
    }
}

#[test]
fn a_flood_of_illegal_syscalls_leaves_nothing() {
    let worker = NativeWorker::new().with("flood", || Box::new(Flood));
    let config = Config::new("main").vat("main", "flood").vat("other", "flood");
    let mut kernel = Controller::boot(&config, worker).expect("a good configuration");
    let flooded = kernel.run();
    assert!(matches!(flooded, Err(KernelError::Panicked { .. })), "bootstrap is lost: {flooded:?}");
    assert_eq!(kernel.kv().prefix("v1.vs.").count(), 0);
    assert_eq!(kernel.check(), Ok(()));
}

#[test]
fn a_host_that_names_what_is_not_there_changes_nothing() {
    let mut kernel = kernel(&["main", "alice"]);
    let before = kernel.kv().clone();
    for kref in [Kref::Object(9999), Kref::Promise(9999)] {
        let handle = kernel.handle(kref);
        let queued = kernel.queue_to_vat_object(&handle, CapData::new("#[]", []), None);
        assert!(queued.is_err(), "{kref}");
        let slots = CapData::new("#[]", [handle]);
        assert!(kernel.queue_to_vat_root("alice", slots, None).is_err(), "{kref} as a slot");
        assert_eq!(*kernel.kv(), before, "{kref}");
    }
    assert_eq!(kernel.check(), Ok(()));
}

/// The original takes what is falsy in JavaScript for no result, as it takes `null`.
#[test]
fn a_send_with_a_falsy_result_asks_for_none() {
    let booted = kernel(&["main", "alice", "bob"]);
    let promises = get(&booted, "kp.nextID");
    let methargs = json!({ "body": "#[\"x\",[]]", "slots": [] });
    for falsy in [json!(""), json!(false), json!(0), json!(-0.0)] {
        let mut kernel = booted.fork();
        let send = json!([["send", "o+0", { "methargs": methargs, "result": falsy }]]);
        script(&mut kernel, "alice", &send).expect("no panic");
        assert!(kernel.kv().get("vat.name.alice").is_some(), "{falsy}: alice lives");
        let made = |text: Option<String>| text.and_then(|text| text.parse::<u64>().ok());
        // One promise is the host's, for the script.
        let promises = made(promises.clone()).map(|number| number + 1);
        assert_eq!(made(get(&kernel, "kp.nextID")), promises, "{falsy}");
    }
    for result in [json!(true), json!(1), json!([])] {
        let send = json!([["send", "o+0", { "methargs": methargs, "result": result }]]);
        ends_alice_alone(&booted, "a result that is no text", &send);
    }
}

/// The original asks of capdata no more than a text and texts.
#[test]
fn capdata_may_have_more_members_and_not_fewer() {
    let booted = kernel(&["main", "alice", "bob"]);
    let send = |methargs: Value| json!([["send", "o+0", { "methargs": methargs }]]);
    let mut kernel = booted.fork();
    let more = json!({ "body": "#[\"x\",[]]", "slots": [], "iface": 7 });
    script(&mut kernel, "alice", &send(more)).expect("no panic");
    assert!(kernel.kv().get("vat.name.alice").is_some(), "alice lives");
    let wrong =
        [json!({ "body": "#1" }), json!({ "slots": [] }), json!({ "body": 1, "slots": [] })];
    for wrong in wrong {
        ends_alice_alone(&booted, &wrong.to_string(), &send(wrong));
    }
}
