//! Stories that the real kernel told (`original/record.mjs`): native devices beside its own, and
//! vats made of bundles that came along.

use std::collections::BTreeMap;
use std::sync::Arc;

use bootfork_kernel::{
    CapData, Config, Controller, Delivered, DeliveryContext, Divergence, Endowments, Mailbox,
    NativeWorker, ResolutionPolicy, Syscalls, Value, Vat, VatConfig, VatConstructor, VatDelivery,
    VatError, VatId, VatSource, VatSyscall, VatWorker,
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
    Restart(()),
}

/// What the real kernel was in the end.
#[derive(Deserialize)]
struct Original {
    kv: BTreeMap<String, String>,
    /// The present incarnation of each vat.
    transcripts: BTreeMap<VatId, Vec<String>>,
    outbox: Option<Json>,
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

/// Callers, and the error that the real kernel has for what is no bundle of a vat.
#[derive(Debug)]
struct Callers(NativeWorker);

impl VatWorker for Callers {
    type State = VatConstructor;

    fn create(&self, vat: VatId, source: &VatSource) -> Result<VatConstructor, VatError> {
        self.0.create(vat, source).map_err(|_| "Error: Check failed".into())
    }

    fn deliver(
        &self,
        state: &VatConstructor,
        at: &DeliveryContext,
        delivery: &VatDelivery,
        syscalls: &mut dyn Syscalls,
    ) -> Result<Delivered<VatConstructor>, Box<Divergence>> {
        self.0.deliver(state, at, delivery, syscalls)
    }
}

type Kernel = Controller<Callers>;

impl Original {
    /// The bundle of a vat or device, whose ID is a hash of the original's code.
    fn bundle(&self, id: &str) -> String {
        json(&self.kv[&format!("{id}.source")])["bundleID"].as_str().expect("a name").to_owned()
    }

    /// A kernel of vats `main` and `vatAdmin` and these devices.
    fn boot(&self, devices: &[(&str, &str)], endowments: Endowments, code: Option<&str>) -> Kernel {
        let config = Config::new("main")
            .reap_interval(None)
            .argv([] as [&str; 0])
            .with_vat(VatConfig::new("main", self.bundle("v1")).setup())
            .with_vat(VatConfig::new("vatAdmin", self.bundle("v2")).setup())
            .pin_bootstrap_root(false);
        let config =
            devices.iter().fold(config, |config, (name, id)| config.device(*name, self.bundle(id)));
        let config =
            code.iter().fold(config, |config, name| config.named_bundle(*name, self.bundle("v1")));
        let worker = Callers(NativeWorker::new().with(self.bundle("v1"), || Box::new(Caller)));
        let mut kernel =
            Controller::boot_with(&config, worker, endowments).expect("a configuration");
        kernel.pin_vat_root("main").expect("a vat");
        kernel.run().expect("no panic");
        kernel
    }

    /// The kernel after the story, told of each vat's transcript.
    fn tell(&self, story: &str, mut kernel: Kernel) -> Kernel {
        let story: Story = serde_json::from_str(story).expect("a story");
        for step in story.steps {
            match step {
                Step::Calls(calls) => {
                    let calls = vec![Value::text(self.meant(&calls.to_string()))];
                    let call = Value::Array(vec![Value::text("call"), Value::Array(calls)]);
                    let CapData { body, .. }: CapData = call.encode(&[]);
                    let ignore = Some(ResolutionPolicy::Ignore);
                    let queued = kernel.queue_to_vat_root("main", CapData::new(body, []), ignore);
                    queued.expect("a vat");
                }
                Step::Inbound(peer, messages, ack) => {
                    let done = kernel.device_input("mailbox", |device| {
                        Mailbox::deliver_inbound(device, &peer, &messages, ack)
                    });
                    assert_eq!(done, Ok(Ok(())));
                }
                Step::Restart(()) => kernel = kernel.restart().expect("a kernel's tables"),
            }
            while kernel.step().expect("no panic") {
                assert_eq!(kernel.check(), Ok(()));
            }
        }
        kernel
    }

    /// The calls of a story that speak of the bundle of `original/caller.mjs` or of its ID.
    fn meant(&self, calls: &str) -> String {
        let Some(source) = self.kv.get("v5.source") else { return calls.to_owned() };
        let bundle = source.strip_prefix(r#"{"bundle":"#).and_then(|rest| rest.strip_suffix('}'));
        let escaped = |text: &str| {
            let json = serde_json::to_string(text).expect("a text has a JSON form");
            json[1..json.len() - 1].to_owned()
        };
        let bundle = escaped(bundle.expect("a vat made of a bundle"));
        calls.replace("CODE", &self.bundle("v1")).replace("BUNDLE", &bundle)
    }

    /// Compares a kernel; the keys that are not as in the original.
    fn differs(&self, kernel: &Kernel) -> Vec<String> {
        for (vat, theirs) in &self.transcripts {
            let ours: Vec<Json> = kernel.tables().transcripts.entries(*vat).map(json).collect();
            let theirs: Vec<Json> = theirs.iter().map(|entry| json(entry)).collect();
            assert!(ours.ends_with(&theirs), "{vat}: {ours:?}, not {theirs:?}");
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let ours: BTreeMap<String, String> =
            kernel.kv().iter().map(|(key, value)| (text(key), text(value))).collect();
        let keys = ours.keys().chain(self.kv.keys().filter(|key| !ours.contains_key(*key)));
        keys.filter(|key| ours.get(*key) != self.kv.get(*key)).cloned().collect()
    }
}

#[test]
fn mailbox_and_raw_device_leave_the_table_that_the_originals_leave() {
    let original: Original =
        serde_json::from_str(include_str!("original/devices.json")).expect("a record");
    let devices = [("counters", "d7"), ("mailbox", "d8"), ("vatAdmin", "d9")];
    let endowments = Endowments::default()
        .with("counters", Arc::new(Counters))
        .with("mailbox", Arc::new(Mailbox));
    let kernel = original.boot(&devices, endowments, None);
    let mut kernel = original.tell(include_str!("original/devices.story.json"), kernel);

    let outbox = kernel.device_input("mailbox", Mailbox::outbox).expect("a mailbox");
    let outbox = serde_json::to_value(outbox.expect("an outbox")).expect("JSON");
    assert_eq!(Some(outbox), original.outbox);
    assert_eq!(original.differs(&kernel), ["local.d8.hostData"], "the outbox alone is elsewhere");
}

/// KERNEL.md sections 2 and 11.3: createByBundle with all that JSON can and cannot say, restarts,
/// an upgrade to an installed bundle and a termination.
#[test]
fn vats_made_of_bundles_leave_the_table_that_the_originals_leave() {
    let original: Original =
        serde_json::from_str(include_str!("original/bundles.json")).expect("a record");
    let kernel = original.boot(&[("vatAdmin", "d7")], Endowments::default(), Some("code"));
    let kernel = original.tell(include_str!("original/bundles.story.json"), kernel);
    assert_eq!(original.differs(&kernel), [] as [&str; 0]);
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).expect("JSON")
}
