//! The kernel's own devices, called by scripts; what a fork has of them.

use std::sync::Arc;

use bootfork_kernel::{
    Bridge, CapData, Config, Controller, Endowments, KernelError, NativeWorker, ResolutionPolicy,
    Timer, Value, VatId,
};
use serde_json::json;

use crate::script::{self, Kernel, get};

/// A kernel of one vat with a bridge, `d-70`, and a timer, `d-71`.
fn kernel(endowments: Endowments) -> Kernel {
    let config = Config::new("main").vat("main", "script").reap_interval(None);
    let config = config.device("timer", "timer-bundle").device("bridge", "bridge-bundle");
    let mut kernel =
        Controller::boot_with(&config, script::worker(), endowments).expect("a configuration");
    kernel.run().expect("scripts that do nothing");
    kernel
}

fn devices(bridge: Bridge) -> Endowments {
    Endowments::default().with("timer", Arc::new(Timer)).with("bridge", Arc::new(bridge))
}

/// A bridge that answers with its name and what it was asked.
fn named(name: &'static str) -> Bridge {
    Bridge::calling(move |arguments| {
        if arguments == [Value::text("fail")] {
            return Err("the host fails".into());
        }
        Ok(Value::Array(vec![Value::text(name), Value::Array(arguments.to_vec())]))
    })
}

/// Has the vat call a device with its own export `o+5` in the slots; the answer as the transcript
/// has it.
pub(crate) fn call(
    kernel: &mut Kernel,
    device: &str,
    method: &str,
    arguments: &str,
) -> Result<String, KernelError> {
    let slots: &[&str] = if arguments.contains("$0") { &["o+5"] } else { &[] };
    let data = json!({ "body": format!("#{arguments}"), "slots": slots });
    script::script(kernel, "main", &json!([["callNow", device, method, data]]))?;
    let entries = kernel.tables().transcripts.entries(VatId(1));
    let last = entries.filter(|entry| entry.contains(r#"["callNow","#)).last();
    let last: serde_json::Value = serde_json::from_str(last.expect("an entry")).expect("JSON");
    let result = &last["sc"][0]["r"];
    let answer = result[1].get("body").unwrap_or(&result[1]);
    Ok(answer.as_str().unwrap_or_default().to_owned())
}

/// Gives the vat alice the device `d-70`, and has her make these syscalls and one that ends her.
pub(crate) fn make_in_vain(kernel: &mut Kernel, calls: &[serde_json::Value]) {
    let gift = json!({ "body": r##"#["take",["$0"]]"##, "slots": ["d-70"] });
    let gift = json!({ "methargs": gift, "result": "p+1" });
    script::script(kernel, "main", &json!([["send", "o-50", gift]])).expect("no panic");
    let illegal = json!(["dropImports", ["o-9999"]]);
    let calls = [calls, &[illegal]].concat();
    script::script(kernel, "alice", &json!(calls)).expect("no panic");
    assert_eq!(get(kernel, "vat.name.alice"), None, "alice is gone");
    assert_eq!(kernel.check(), Ok(()));
}

fn poll(kernel: &mut Kernel, now: u64) -> Result<bool, String> {
    kernel.device_input("timer", |device| Timer::poll(device, now)).expect("a timer")
}

/// The messages that the vat got, from its transcript.
pub(crate) fn told(kernel: &Kernel, method: &str) -> usize {
    let entries = kernel.tables().transcripts.entries(VatId(1));
    entries.filter(|entry| entry.contains(&format!(r#"\"{method}\","#))).count()
}

pub(crate) const FAILED: &str = "device.invoke failed, see logs for details";

#[test]
fn a_timer_wakes_at_its_time_and_not_before() {
    let mut kernel = kernel(devices(Bridge::deaf()));
    let mut timer = |method: &str, arguments: &str| call(&mut kernel, "d-71", method, arguments);
    assert_eq!(timer("getLastPolled", "[]").as_deref(), Ok("#\"+0\""));
    assert_eq!(timer("setWakeup", r#"["+10","$0.Alleged: me"]"#).as_deref(), Ok("#\"+10\""));
    assert_eq!(timer("setWakeup", r#"["+5","$0.Alleged: me"]"#).as_deref(), Ok("#\"+5\""));
    let state = r#"{\"handler\":\"$0.Alleged: me\"}],\"time\":\"+5\"}"#;
    assert!(get(&kernel, "d8.deviceState").expect("a state").contains(state));

    assert_eq!(poll(&mut kernel, 4), Ok(false));
    assert_eq!(poll(&mut kernel, 5), Ok(true));
    kernel.run().expect("no panic");
    assert_eq!(told(&kernel, "wake"), 1);
    assert!(poll(&mut kernel, 4).expect_err("monotonic").contains("monotonic"));

    let removed = call(&mut kernel, "d-71", "removeWakeup", r#"["$0"]"#);
    assert_eq!(removed.as_deref(), Ok("#[\"+10\"]"));
    assert_eq!(poll(&mut kernel, 20), Ok(false));
}

#[test]
fn a_repeater_wakes_again_and_again_until_it_is_deleted() {
    let mut kernel = kernel(devices(Bridge::deaf()));
    let mut timer = |method: &str, arguments: &str| call(&mut kernel, "d-71", method, arguments);
    assert_eq!(timer("makeRepeater", r#"["+3","+10"]"#).as_deref(), Ok("#0"));
    assert_eq!(timer("schedule", r#"[0,"$0.Alleged: me"]"#).as_deref(), Ok("#\"+13\""));
    assert_eq!(timer("schedule", r#"[1,"$0.Alleged: me"]"#).as_deref(), Ok(FAILED));
    assert_eq!(poll(&mut kernel, 12), Ok(false));
    assert_eq!(poll(&mut kernel, 14), Ok(true));
    assert_eq!(poll(&mut kernel, 22), Ok(false));
    assert_eq!(poll(&mut kernel, 23), Ok(true), "no drift");
    kernel.run().expect("no panic");
    assert_eq!(told(&kernel, "wake"), 2);
    assert_eq!(call(&mut kernel, "d-71", "deleteRepeater", "[0]").as_deref(), Ok("#0"));
    assert_eq!(poll(&mut kernel, 33), Ok(true), "once more");
    assert_eq!(poll(&mut kernel, 43), Ok(false));
    let state = get(&kernel, "d8.deviceState").expect("a state");
    assert!(state.contains(r##"\"nextRepeater\":1,\"repeaters\":[\"#undefined\"]"##), "{state}");
}

#[test]
fn what_a_timer_cannot_use_is_an_error_and_changes_nothing() {
    let mut kernel = kernel(devices(Bridge::deaf()));
    for (method, arguments) in [
        ("setWakeup", r#"["-1","$0"]"#),
        ("setWakeup", r#"["soon","$0"]"#),
        ("setWakeup", r#"["+1"]"#),
        ("removeWakeup", "[]"),
        ("makeRepeater", r#"["+1"]"#),
        ("deleteRepeater", "[7]"),
        ("schedule", r#"[0,"$0"]"#),
        ("noSuchMethod", "[]"),
    ] {
        let answer = call(&mut kernel, "d-71", method, arguments);
        assert_eq!(answer.as_deref(), Ok(FAILED), "{method}");
    }
    assert_eq!(get(&kernel, "d8.deviceState"), None);
}

#[test]
fn a_bridge_carries_plain_data_both_ways() {
    let mut kernel = kernel(devices(named("host")));
    let inbound = |kernel: &mut Kernel, argument: Value| {
        let arguments = vec![argument];
        kernel.device_input("bridge", |device| Bridge::inbound(device, arguments)).expect("bridge")
    };
    assert!(inbound(&mut kernel, Value::Null).is_err(), "nobody listens");
    let mut bridge = |method: &str, arguments: &str| call(&mut kernel, "d-70", method, arguments);
    assert_eq!(
        bridge("callOutbound", r#"["a",{"b":1}]"#).as_deref(),
        Ok(r##"#["host",["a",{"b":1}]]"##)
    );
    assert_eq!(bridge("callOutbound", r#"["fail"]"#).as_deref(), Ok(FAILED));
    assert_eq!(bridge("callOutbound", r#"["+7"]"#).as_deref(), Ok(FAILED), "JSON has no bigint");
    let register = ["registerInboundHandler", r#"["$0.Alleged: handler"]"#];
    assert_eq!(bridge(register[0], register[1]).as_deref(), Ok("#\"#undefined\""));
    assert_eq!(bridge(register[0], register[1]).as_deref(), Ok(FAILED), "registered already");

    assert_eq!(inbound(&mut kernel, Value::text("hello")), Ok(()));
    assert!(inbound(&mut kernel, Value::BigInt("7".into())).is_err(), "no plain data");
    kernel.run().expect("no panic");
    assert_eq!(told(&kernel, "inbound"), 1);
    let unregistered = call(&mut kernel, "d-70", "unregisterInboundHandler", "[]");
    assert_eq!(unregistered.as_deref(), Ok("#\"#undefined\""));
    assert!(inbound(&mut kernel, Value::text("hello")).is_err());
}

#[test]
fn no_endowment_crosses_a_fork_or_a_fork_of_a_fork() {
    let kernel = kernel(devices(named("parent")));
    let ask = |kernel: &mut Kernel| call(kernel, "d-70", "callOutbound", r#"["x"]"#);
    let mut child = kernel.fork_with(devices(named("child")));
    assert_eq!(ask(&mut child).as_deref(), Ok(r##"#["child",["x"]]"##));
    assert_eq!(ask(&mut kernel.fork_with(devices(Bridge::deaf()))).as_deref(), Ok(FAILED));
    for mut bare in [kernel.fork(), kernel.clone(), child.fork()] {
        let error = ask(&mut bare).expect_err("no device").to_string();
        assert!(error.contains("device bridge is not running"), "{error}");
    }
    // The parent's device is the parent's still, after a restart too.
    let mut restarted = kernel.restart().expect("a kernel's tables");
    assert_eq!(ask(&mut restarted).as_deref(), Ok(r##"#["parent",["x"]]"##));
}

#[test]
fn a_boot_with_tripwires_fails_loudly_and_keeps_its_state() {
    let bridge = Endowments::tripwires().with("bridge", Arc::new(Bridge::tripwire()));
    let mut kernel = kernel(bridge);
    let trips = |kernel: &mut Kernel, device: &str, method: &str| {
        let data = json!({ "body": "#[]", "slots": [] });
        let calls = json!([["vatstoreSet", "k", "1"], ["callNow", device, method, data]]);
        let mut fork =
            kernel.fork_with(Endowments::tripwires().with("bridge", Arc::new(Bridge::tripwire())));
        let call = CapData::new(format!("#[\"script\",{calls}]"), []);
        fork.queue_to_vat_root("main", call, Some(ResolutionPolicy::Ignore)).expect("a vat");
        fork.step().expect("routing");
        let before = fork.kv().clone();
        let error = fork.run().expect_err("a tripwire");
        assert_eq!(*fork.kv(), before, "undone");
        assert_eq!(fork.run().expect_err("again"), error);
        error
    };
    let error = trips(&mut kernel, "d-70", "callOutbound");
    let (device, method) = ("bridge".to_owned(), "callOutbound".to_owned());
    assert_eq!(error, KernelError::Tripwire { device, method });
    let error = trips(&mut kernel, "d-71", "getLastPolled");
    assert!(error.to_string().contains("getLastPolled of device timer"), "{error}");

    // What needs no authority works, and the fork that has some may use it.
    let register = call(&mut kernel, "d-70", "registerInboundHandler", r#"["$0"]"#);
    assert_eq!(register.as_deref(), Ok("#\"#undefined\""));
    let mut fork: Controller<NativeWorker> = kernel.fork_with(devices(named("test")));
    let answer = call(&mut fork, "d-70", "callOutbound", "[]");
    assert_eq!(answer.as_deref(), Ok(r##"#["test",[]]"##));
}
