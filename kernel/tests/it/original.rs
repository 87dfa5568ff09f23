//! Native devices beside those of the real kernel, in one story (`original/record.mjs`).

use std::collections::BTreeMap;
use std::sync::Arc;

use bootfork_kernel::{
    CapData, Config, Controller, Endowments, Mailbox, NativeWorker, ResolutionPolicy, Syscalls,
    Value, Vat, VatConfig, VatDelivery, VatError, VatId, VatSyscall,
};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::raw_devices::Counters;

#[derive(Deserialize)]
struct Story {
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Step {
    Calls(Json),
    Inbound(String, Vec<(u64, String)>, u64),
}

/// What the real kernel was in the end.
#[derive(Deserialize)]
struct Original {
    kv: BTreeMap<String, String>,
    transcript: Vec<String>,
    outbox: Json,
}

/// `original/caller.mjs`
struct Caller;

impl Vat for Caller {
    fn deliver(&mut self, told: &VatDelivery, to: &mut dyn Syscalls) -> Result<(), VatError> {
        let VatDelivery::Message(_, message) = told else { return Ok(()) };
        let Ok(Value::Array(call)) = Value::decode(&message.methargs) else { return Ok(()) };
        let [Value::Text(method), Value::Array(arguments)] = call.as_slice() else { return Ok(()) };
        let (true, Some(Value::Text(calls))) = (method == "call", arguments.first()) else {
            return Ok(());
        };
        let calls: Vec<Json> = serde_json::from_str(calls).map_err(|error| error.to_string())?;
        for call in calls {
            let data = serde_json::json!({ "body": call[2], "slots": call[3] });
            let call = serde_json::json!(["callNow", call[0], call[1], data]);
            to.syscall(VatSyscall::from_json(call));
        }
        Ok(())
    }
}

/// The bundle of a vat or device, whose ID is a hash of the original's code.
fn bundle(original: &Original, id: &str) -> String {
    let source: Json = serde_json::from_str(&original.kv[&format!("{id}.source")]).expect("JSON");
    source["bundleID"].as_str().expect("a bundle ID").to_owned()
}

#[test]
fn mailbox_and_raw_device_leave_the_table_that_the_originals_leave() {
    let story: Story = serde_json::from_str(include_str!("original/story.json")).expect("a story");
    let original: Original =
        serde_json::from_str(include_str!("original/devices.json")).expect("a record");
    let config = Config::new("main")
        .reap_interval(None)
        .argv([] as [&str; 0])
        .with_vat(VatConfig::new("main", bundle(&original, "v1")).setup())
        .with_vat(VatConfig::new("vatAdmin", bundle(&original, "v2")).setup())
        .device("counters", bundle(&original, "d7"))
        .device("mailbox", bundle(&original, "d8"))
        .device("vatAdmin", bundle(&original, "d9"))
        .pin_bootstrap_root(false);
    let worker = NativeWorker::new().with(bundle(&original, "v1"), || Box::new(Caller));
    let devices = Endowments::default()
        .with("counters", Arc::new(Counters))
        .with("mailbox", Arc::new(Mailbox));
    let mut kernel = Controller::boot_with(&config, worker, devices).expect("a configuration");
    kernel.pin_vat_root("main").expect("a vat");
    kernel.run().expect("no panic");
    for step in story.steps {
        match step {
            Step::Calls(calls) => {
                let arguments = Value::Array(vec![Value::text(calls.to_string())]);
                let call = Value::Array(vec![Value::text("call"), arguments]).encode(&[]);
                let CapData { body, .. }: CapData = call;
                let ignore = Some(ResolutionPolicy::Ignore);
                kernel.queue_to_vat_root("main", CapData::new(body, []), ignore).expect("a vat");
            }
            Step::Inbound(peer, messages, ack) => {
                let done = kernel.device_input("mailbox", |device| {
                    Mailbox::deliver_inbound(device, &peer, &messages, ack)
                });
                assert_eq!(done, Ok(Ok(())));
            }
        }
        while kernel.step().expect("no panic") {
            assert_eq!(kernel.check(), Ok(()));
        }
    }

    let outbox = kernel.device_input("mailbox", Mailbox::outbox).expect("a mailbox");
    let outbox = serde_json::to_value(outbox.expect("an outbox")).expect("JSON");
    assert_eq!(outbox, original.outbox);
    let ours: Vec<Json> = kernel.tables().transcripts.entries(VatId(1)).map(json).collect();
    let theirs: Vec<Json> = original.transcript.iter().map(|entry| json(entry)).collect();
    assert_eq!(ours, theirs);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let ours: BTreeMap<String, String> =
        kernel.kv().iter().map(|(key, value)| (text(key), text(value))).collect();
    let differs: Vec<_> = ours
        .iter()
        .filter(|(key, value)| original.kv.get(*key) != Some(*value))
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(differs, ["local.d8.hostData"], "the outbox alone is kept elsewhere");
    assert_eq!(ours.len(), original.kv.len() + 1);
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).expect("JSON")
}
