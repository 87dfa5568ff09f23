//! A device of a host's own, with nodes and a store, through the public interface alone.

use std::sync::{Arc, Mutex};

use bootfork_kernel::{
    CapData, Config, Controller, Device, DeviceAction, DeviceCall, DeviceSyscalls, Endowments,
    KernelError, RecordedCall, RecordedDevice, Value, VatId, Vref,
};
use serde_json::json;

use crate::devices::{FAILED, call, make_in_vain, told};
use crate::script::{self, Kernel, get};

type Answer = Result<CapData<Vref>, String>;

/// The root makes counters, each a node of its own; a counter adds up and tells its watcher.
#[derive(Debug)]
pub(crate) struct Counters;

impl Device for Counters {
    fn invoke(
        &self,
        call: &DeviceCall,
        kernel: &mut dyn DeviceSyscalls,
    ) -> Result<Answer, KernelError> {
        Ok(match (call.target.as_str(), call.method.as_str()) {
            ("d+0", "make") => Ok(make(kernel)),
            ("d+0", "list") => Ok(list(kernel)),
            ("d+0", "answer") => Ok(call.arguments.clone()),
            (node, method) => count(node, method, &call.arguments, kernel),
        })
    }
}

fn make(kernel: &mut dyn DeviceSyscalls) -> CapData<Vref> {
    let number = kernel.vatstore_get("next").unwrap_or("1".into());
    let next: u64 = number.parse().expect("written by this device");
    kernel.vatstore_set("next", &(next + 1).to_string());
    kernel.vatstore_set(&format!("count.d+{number}"), "0");
    let node = Value::Object { slot: 0, iface: Some("counter".into()) };
    node.encode(&[Vref::new(format!("d+{number}"))])
}

/// The keys of all counters, and the nodes.
fn list(kernel: &mut dyn DeviceSyscalls) -> CapData<Vref> {
    let (mut nodes, mut last) = (Vec::new(), "count.".to_owned());
    while let Some(key) = kernel.vatstore_next_key(&last) {
        let Some(node) = key.strip_prefix("count.") else { break };
        nodes.push(Vref::new(node));
        last = key;
    }
    let object = |slot| Value::Object { slot, iface: Some("counter".into()) };
    Value::Array((0..nodes.len()).map(object).collect()).encode(&nodes)
}

fn count(
    node: &str,
    method: &str,
    arguments: &CapData<Vref>,
    kernel: &mut dyn DeviceSyscalls,
) -> Answer {
    let (key, watcher) = (format!("count.{node}"), format!("watcher.{node}"));
    let missing = || format!("there is no counter {node}");
    let count: i32 =
        kernel.vatstore_get(&key).and_then(|text| text.parse().ok()).ok_or_else(missing)?;
    let arguments_of = |error: bootfork_kernel::Undecodable| error.to_string();
    let values = Value::decode(arguments).map_err(arguments_of)?;
    let answer = match (method, values) {
        ("add", Value::Array(values)) => {
            let Some(Value::Number(more)) = values.first() else { return Err(FAILED.into()) };
            let sum = Value::Number(f64::from(count) + more);
            kernel.vatstore_set(&key, &sum.encode::<Vref>(&[]).body[1..]);
            if let Some(watcher) = kernel.vatstore_get(&watcher) {
                let told =
                    Value::Array(vec![Value::text("counted"), Value::Array(vec![sum.clone()])]);
                let sent = kernel.send_only(&Vref::new(watcher), &told.encode(&[]));
                sent.map_err(|_| FAILED.to_owned())?;
            }
            sum
        }
        ("watch", _) => {
            kernel.vatstore_set(&watcher, arguments.slots.first().ok_or(FAILED)?.as_str());
            Value::Undefined
        }
        ("unwatch", _) => {
            kernel.vatstore_delete(&watcher);
            Value::Undefined
        }
        _ => return Err(format!("a counter has no method {method}")),
    };
    Ok(answer.encode(&[]))
}

fn endowments() -> Endowments {
    Endowments::default().with("counters", Arc::new(Counters))
}

/// A kernel of two vats, main and alice, with the device, `d-70`; its first two counters are
/// `d-71` and `d-72`.
fn kernel() -> Kernel {
    let config = Config::new("main").vat("main", "script").vat("alice", "script");
    let config = config.reap_interval(None).device("counters", "counters-bundle");
    let mut kernel =
        Controller::boot_with(&config, script::worker(), endowments()).expect("a configuration");
    kernel.run().expect("scripts that do nothing");
    kernel
}

fn ask(kernel: &mut Kernel, node: &str, method: &str, arguments: &str) -> String {
    let answer = call(kernel, node, method, arguments).expect("no panic");
    assert_eq!(kernel.check(), Ok(()), "{method} {arguments}");
    answer
}

#[test]
fn a_raw_device_has_nodes_and_a_store_of_its_own() {
    let mut kernel = kernel();
    assert_eq!(ask(&mut kernel, "d-70", "list", "[]"), "#[]");
    for _ in 0..2 {
        assert_eq!(ask(&mut kernel, "d-70", "make", "[]"), r##"#"$0.Alleged: counter""##);
    }
    assert_eq!(ask(&mut kernel, "d-71", "add", "[3]"), "#3");
    assert_eq!(ask(&mut kernel, "d-72", "watch", r#"["$0"]"#), r##"#"#undefined""##);
    assert_eq!(ask(&mut kernel, "d-72", "add", "[4]"), "#4");
    assert_eq!(told(&kernel, "counted"), 1);
    assert_eq!(ask(&mut kernel, "d-72", "unwatch", "[]"), r##"#"#undefined""##);
    assert_eq!(ask(&mut kernel, "d-72", "add", "[1]"), "#5");
    assert_eq!(told(&kernel, "counted"), 1);
    assert_eq!(
        ask(&mut kernel, "d-70", "list", "[]"),
        r##"#["$0.Alleged: counter","$1.Alleged: counter"]"##
    );
    let entries = kernel.tables().transcripts.entries(VatId(1));
    let last = entries.last().expect("an entry");
    assert!(last.contains(r#""slots":["d-71","d-72"]"#), "the vat's own names: {last}");
    let store: Vec<_> = kernel.kv().prefix("d7.vs.").map(|(key, _)| key.to_vec()).collect();
    assert_eq!(store, [b"d7.vs.count.d+1".as_slice(), b"d7.vs.count.d+2", b"d7.vs.next"]);
}

#[test]
fn a_raw_device_says_what_is_wrong_and_the_vat_lives() {
    let mut kernel = kernel();
    ask(&mut kernel, "d-70", "make", "[]");
    for (node, method, arguments, answer) in [
        ("d-70", "add", "[1]", "there is no counter d+0"),
        ("d-71", "steal", "[]", "a counter has no method steal"),
        ("d-71", "add", "[]", FAILED),
        ("d-71", "add", r##"["#NaN"##, "undecodable"),
        ("d-71", "watch", "[]", FAILED),
    ] {
        let ours = ask(&mut kernel, node, method, arguments);
        assert!(ours.starts_with(answer), "{node} {method} {arguments}: {ours}");
    }
    assert_eq!(ask(&mut kernel, "d-71", "add", "[1]"), "#1");
}

#[test]
fn a_message_to_what_is_no_object_of_the_device_is_the_devices_own_error() {
    for target in ["o-99", "d+0", "d-20", "p-30", "o+1", "nonsense", ""] {
        let mut kernel = kernel();
        let before = kernel.kv().prefix("runQueue").count();
        let sent = kernel
            .device_input("counters", |kernel| {
                kernel.send_only(&Vref::new(target), &CapData::new("#[\"x\",[]]", []))
            })
            .expect("no panic");
        assert!(sent.is_err(), "{target}");
        assert_eq!(kernel.kv().prefix("runQueue").count(), before);
        assert_eq!(kernel.check(), Ok(()), "{target}");

        // In a delivery, too.
        ask(&mut kernel, "d-70", "make", "[]");
        let watch = |kernel: &mut dyn DeviceSyscalls| kernel.vatstore_set("watcher.d+1", target);
        kernel.device_input("counters", watch).expect("a device");
        let answer = ask(&mut kernel, "d-71", "add", "[1]");
        assert_eq!(answer, if target.is_empty() { "#1" } else { FAILED }, "{target}");
        assert_eq!(kernel.run(), Ok(0));
    }
}

#[test]
fn a_slot_that_a_message_may_not_carry_is_an_error_too() {
    let mut kernel = kernel();
    ask(&mut kernel, "d-70", "make", "[]");
    ask(&mut kernel, "d-71", "watch", r#"["$0"]"#);
    let carrying = |slot: &'static str| {
        move |kernel: &mut dyn DeviceSyscalls| {
            let methargs = CapData::new(r##"#["x",["$0"]]"##, [Vref::new(slot)]);
            kernel.send_only(&Vref::new("o-10"), &methargs)
        }
    };
    for slot in ["o+1", "o-11", "p+1", "d-20", "x"] {
        let sent = kernel.device_input("counters", carrying(slot)).expect("no panic");
        assert!(sent.is_err(), "{slot}");
        assert_eq!(kernel.run(), Ok(0), "{slot}");
    }
    for slot in ["o-10", "d+1", "d+7"] {
        assert_eq!(kernel.device_input("counters", carrying(slot)), Ok(Ok(())), "{slot}");
        kernel.run().expect("no panic");
        assert_eq!(kernel.check(), Ok(()), "{slot}");
    }
    assert_eq!(told(&kernel, "x"), 3);
}

/// Answers with what it does not have.
#[derive(Debug)]
struct Liar;
impl Device for Liar {
    fn invoke(&self, _: &DeviceCall, _: &mut dyn DeviceSyscalls) -> Result<Answer, KernelError> {
        Ok(Ok(CapData::new(r##"#"$0""##, [Vref::new("o-99")])))
    }
}

#[test]
fn an_answer_with_a_foreign_slot_panics_the_kernel_as_in_the_original() {
    let mut kernel = kernel();
    let answer = call(&mut kernel, "d-70", "answer", r#"["$0"]"#);
    assert_eq!(answer.as_deref(), Ok(r##"#["$0"]"##), "what it was given it may give");
    let mut fork = kernel.fork_with(Endowments::default().with("counters", Arc::new(Liar)));
    let error = call(&mut fork, "d-70", "x", "[]").expect_err("a panic").to_string();
    assert!(error.contains("o-99"), "{error}");
}

#[test]
fn the_store_of_a_raw_device_is_forked_undone_and_restarted_with_the_kernel() {
    let mut kernel = kernel();
    ask(&mut kernel, "d-70", "make", "[]");
    let mut fork = kernel.fork_with(endowments());
    assert_eq!(ask(&mut fork, "d-71", "add", "[5]"), "#5");
    assert_eq!(ask(&mut kernel, "d-71", "add", "[1]"), "#1");
    let mut restarted = fork.restart().expect("a kernel's tables");
    assert_eq!(ask(&mut restarted, "d-71", "add", "[1]"), "#6");

    let nothing = json!({ "body": "#[]", "slots": [] });
    let nodes = get(&kernel, "kd.nextID");
    let calls = ["make", "make"].map(|method| json!(["callNow", "d-70", method, nothing]));
    make_in_vain(&mut kernel, &calls);
    assert_eq!(get(&kernel, "d7.vs.count.d+1").as_deref(), Some("1"));
    assert_eq!(get(&kernel, "d7.vs.next").as_deref(), Some("2"));
    assert_eq!(get(&kernel, "kd.nextID"), nodes);
}

/// Calls of one counter, as the vat makes them.
const CALLS: [(&str, &str, &str); 5] = [
    ("d-70", "make", "[]"),
    ("d-71", "watch", r#"["$0"]"#),
    ("d-71", "add", "[1]"),
    ("d-71", "unwatch", "[]"),
    ("d-70", "list", "[]"),
];

/// What [`Counters`] does in these calls.
fn actions(method: &str) -> Vec<DeviceAction> {
    let get = |key: &str| DeviceAction::VatstoreGet(key.into());
    let set = |key: &str, value: &str| DeviceAction::VatstoreSet(key.into(), value.into());
    let (count, watcher) = ("count.d+1", "watcher.d+1");
    let counted = CapData::new(r##"#["counted",[1]]"##, []);
    match method {
        "make" => vec![get("next"), set("next", "2"), set(count, "0")],
        "watch" => vec![get(count), set(watcher, "o-10")],
        "add" => {
            let told = DeviceAction::Send(Vref::new("o-10"), counted);
            vec![get(count), set(count, "1"), get(watcher), told]
        }
        "unwatch" => vec![get(count), DeviceAction::VatstoreDelete(watcher.into())],
        _ => ["count.", count].map(|key| DeviceAction::VatstoreNextKey(key.into())).into(),
    }
}

/// Notes where and how it is called, and what [`Counters`] answers.
#[derive(Debug, Default)]
struct Notes(Mutex<RecordedDevice>);

impl Device for Notes {
    fn invoke(
        &self,
        call: &DeviceCall,
        kernel: &mut dyn DeviceSyscalls,
    ) -> Result<Answer, KernelError> {
        let answer = Counters.invoke(call, kernel)?;
        let actions = actions(&call.method);
        let DeviceCall { target, method, arguments, .. } = call.clone();
        let recorded =
            RecordedCall { call: (target, method, arguments), actions, answer: answer.clone() };
        let place = (call.crank, call.delivery, call.syscall);
        self.0.lock().expect("one thread").insert(place, recorded);
        Ok(answer)
    }
}

#[test]
fn a_recorded_raw_device_does_again_what_it_did() {
    let kernel = kernel();
    let notes = Arc::new(Notes::default());
    let mut native = kernel.fork_with(Endowments::default().with("counters", notes.clone()));
    for (node, method, arguments) in CALLS {
        ask(&mut native, node, method, arguments);
    }
    let recorded = Arc::new(notes.0.lock().expect("one thread").clone());
    let mut replayed = kernel.fork_with(Endowments::default().with("counters", recorded));
    for (node, method, arguments) in CALLS {
        ask(&mut replayed, node, method, arguments);
    }
    assert_eq!(replayed.kv(), native.kv(), "with statistics of every read");
    let error = call(&mut replayed, "d-70", "list", "[]").expect_err("not in the record");
    assert!(matches!(error, KernelError::Diverged(_)), "{error}");
}
