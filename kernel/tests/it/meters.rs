//! Vats that pay for what they use, by a worker that counts.

use bootfork_kernel::{
    CapData, Config, Controller, Delivered, DeliveryContext, DeliveryStatus, Divergence,
    KernelError, Kref, NativeWorker, ResolutionPolicy, RunLimit, Syscalls, VatConstructor,
    VatDelivery, VatError, VatId, VatSource, VatWorker,
};
use serde_json::{Value, json};

use crate::script;

/// Runs scripts. A message `["burn",N]` costs N computrons, everything else 7.
#[derive(Debug)]
struct Counting(NativeWorker);

impl VatWorker for Counting {
    type State = VatConstructor;

    fn create(&self, vat: VatId, source: &VatSource) -> Result<VatConstructor, VatError> {
        self.0.create(vat, source)
    }

    fn deliver(
        &self,
        state: &VatConstructor,
        at: &DeliveryContext,
        delivery: &VatDelivery,
        syscalls: &mut dyn Syscalls,
    ) -> Result<Delivered<VatConstructor>, Box<Divergence>> {
        let mut delivered = self.0.deliver(state, at, delivery, syscalls)?;
        let cost = match delivery {
            VatDelivery::Message(_, message) => {
                let call: Value = serde_json::from_str(&message.methargs.body[1..]).expect("JSON");
                call[1].as_u64().filter(|_| call[0] == "burn").unwrap_or(7)
            }
            _ => 7,
        };
        delivered.computrons = Some(cost);
        if at.limit.is_some_and(|limit| cost > limit) {
            delivered.status = DeliveryStatus::Error("compute meter exceeded".into());
        }
        Ok(delivered)
    }
}

type Kernel = Controller<Counting>;

fn kernel(config: Config) -> Kernel {
    let worker = Counting(script::worker());
    let config = config.vat("main", "script").vat("vatAdmin", "script");
    let config = config.device("vatAdmin", "device").reap_interval(None);
    let mut kernel = Controller::boot(&config, worker).expect("a good configuration");
    kernel.run().expect("scripts that do nothing");
    kernel
}

fn get(kernel: &Kernel, key: &str) -> Option<String> {
    kernel.kv().get(key).map(|value| String::from_utf8_lossy(value).into_owned())
}

/// Has the main vat call the vatAdmin device.
fn call(kernel: &mut Kernel, method: &str, arguments: &str) {
    let data = json!({ "body": format!("#{arguments}"), "slots": [] });
    let syscalls = json!([["callNow", "d-70", method, data]]);
    let call = CapData::new(format!("#[\"script\",{syscalls}]"), []);
    let policy = Some(ResolutionPolicy::Ignore);
    kernel.queue_to_vat_root("main", call, policy).expect("a vat of that name");
    kernel.run().expect("no panic");
}

/// A kernel with a vat that m1 pays for, and the vat's root. Its start costs 7.
fn metered(remaining: u64, threshold: u64) -> (Kernel, Kref) {
    let mut kernel = kernel(Config::new("main"));
    call(&mut kernel, "createMeter", &format!("[\"+{remaining}\",\"+{threshold}\"]"));
    call(&mut kernel, "createByBundleID", r#"["script",{"name":"poor","meterID":"m1"}]"#);
    let root = get(&kernel, "v3.c.o+0").expect("the vat is there");
    (kernel, root.parse().expect("a kref"))
}

fn burn(kernel: &mut Kernel, root: Kref, computrons: u64) {
    let call = CapData::new(format!("#[\"burn\",{computrons}]"), []);
    let root = kernel.handle(root);
    kernel.queue_to_vat_object(&root, call, Some(ResolutionPolicy::Ignore)).expect("an object");
}

/// The messages that vatAdmin got, from its transcript.
fn told(kernel: &Kernel, method: &str) -> Vec<String> {
    let entries = kernel.tables().transcripts.entries(VatId(2));
    entries.filter(|entry| entry.contains(method)).map(str::to_owned).collect()
}

#[test]
fn a_meter_pays_for_messages_and_tells_when_it_falls_below_its_threshold() {
    let (mut kernel, root) = metered(100, 50);
    assert_eq!(get(&kernel, "m1.remaining").as_deref(), Some("93"));
    burn(&mut kernel, root, 43);
    kernel.run().expect("no panic");
    assert_eq!(get(&kernel, "m1.remaining").as_deref(), Some("50"));
    assert!(told(&kernel, "meterCrossedThreshold").is_empty());

    burn(&mut kernel, root, 1);
    burn(&mut kernel, root, 1);
    kernel.run().expect("no panic");
    assert_eq!(get(&kernel, "m1.remaining").as_deref(), Some("48"));
    let crossed = told(&kernel, "meterCrossedThreshold");
    assert_eq!(crossed.len(), 1, "once a crossing");
    assert!(crossed[0].contains(r#"[\"m1\",\"+49\"]"#), "{}", crossed[0]);
}

#[test]
fn a_meter_that_runs_out_ends_its_vat_and_the_delivery_is_undone() {
    let (mut kernel, root) = metered(100, 50);
    burn(&mut kernel, root, 94);
    kernel.run().expect("no panic");
    assert_eq!(get(&kernel, "m1.remaining").as_deref(), Some("0"), "not undone with the delivery");
    assert_eq!(get(&kernel, "v3.options"), None, "deleted");
    let ended = told(&kernel, "vatTerminated");
    assert!(ended[0].contains("meter underflow, vat terminated"), "{}", ended[0]);
    assert_eq!(told(&kernel, "meterCrossedThreshold").len(), 1);
}

#[test]
fn exactly_what_is_left_may_be_used() {
    let (mut kernel, root) = metered(100, 0);
    burn(&mut kernel, root, 93);
    kernel.run().expect("no panic");
    assert_eq!(get(&kernel, "m1.remaining").as_deref(), Some("0"));
    assert!(get(&kernel, "v3.options").is_some());
}

#[test]
fn a_vat_without_a_meter_and_one_with_an_unlimited_one_use_what_they_want() {
    let mut kernel = kernel(Config::new("main"));
    call(&mut kernel, "createUnlimitedMeter", "[]");
    call(&mut kernel, "createByBundleID", r#"["script",{"meterID":"m1"}]"#);
    let root: Kref = get(&kernel, "v3.c.o+0").expect("there").parse().expect("a kref");
    burn(&mut kernel, root, 1_000_000);
    let main: Kref = get(&kernel, "v1.c.o+0").expect("there").parse().expect("a kref");
    burn(&mut kernel, main, 1_000_000_000_000);
    kernel.run().expect("no panic");
    assert_eq!(get(&kernel, "m1.remaining").as_deref(), Some("unlimited"));
    assert!(get(&kernel, "v3.options").is_some());
    assert!(told(&kernel, "vatTerminated").is_empty());
}

#[test]
fn the_worker_is_handed_the_limit_of_a_metered_vat() {
    let (mut kernel, root) = metered(1_000_000_000, 0);
    burn(&mut kernel, root, 100_000_001);
    kernel.run().expect("no panic");
    let ended = told(&kernel, "vatTerminated");
    assert!(ended[0].contains("compute meter exceeded"), "{}", ended[0]);
    assert_eq!(get(&kernel, "m1.remaining").as_deref(), Some("899999992"));
}

#[test]
fn an_upgrade_pays_for_its_reaping_but_only_its_start_can_run_out() {
    let upgraded = |remaining: u64| {
        let (mut kernel, _) = metered(remaining + 7, 0);
        assert_eq!(get(&kernel, "m1.remaining"), Some(remaining.to_string()));
        call(&mut kernel, "upgradeVat", r##"["v3","script","#undefined","again"]"##);
        assert!(told(&kernel, "vatTerminated").is_empty(), "it lives on either way");
        let told = told(&kernel, "vatUpgradeCallback");
        let left = get(&kernel, "m1.remaining").expect("a meter");
        (told[0].contains(r#"[\"up1\",true,"#), left)
    };
    assert_eq!(upgraded(93), (true, "79".into()));
    assert_eq!(upgraded(10), (true, "0".into()));
    assert_eq!(upgraded(7), (true, "0".into()));
    assert_eq!(upgraded(6), (false, "0".into()));
}

#[test]
fn a_run_stops_when_its_computrons_are_used_up() {
    let mut kernel = kernel(Config::new("main"));
    let root: Kref = get(&kernel, "v1.c.o+0").expect("there").parse().expect("a kref");
    for _ in 0..4 {
        burn(&mut kernel, root, 10);
    }
    let mut fork = kernel.fork();
    // Four routing cranks, and deliveries of 10 until at least 15 are used.
    assert_eq!(fork.run_policy(&mut RunLimit::computrons(15)), Ok(6));
    assert_eq!(kernel.run_policy(&mut RunLimit::computrons(10)), Ok(5));
    assert_eq!(kernel.run(), Ok(3));
}

#[test]
fn computrons_are_dirt_for_a_vat_that_counts_them() {
    let mut kernel = kernel(Config::new("main").reap_gc_krefs(None));
    let threshold = r#"{"deliveries":"never","gcKrefs":"never","computrons":25}"#;
    let mut tables = kernel.tables().clone();
    tables.kv.set("kernel.defaultReapDirtThreshold", threshold);
    kernel = Controller::start(tables, std::sync::Arc::new(Counting(script::worker())))
        .expect("a kernel's tables");
    let root: Kref = get(&kernel, "v1.c.o+0").expect("there").parse().expect("a kref");
    burn(&mut kernel, root, 20);
    kernel.run().expect("no panic");
    assert_eq!(get(&kernel, "v1.reapDirt").as_deref(), Some(r#"{"computrons":20}"#));
    burn(&mut kernel, root, 5);
    kernel.run().expect("no panic");
    assert_eq!(get(&kernel, "v1.reapDirt").as_deref(), Some("{}"), "reaped");
}

/// KERNEL.md section 11.3: a meter is `m` and a number. Any text once served as the beginning of
/// a key.
#[test]
fn what_is_no_meter_is_a_device_error_and_reaches_no_other_key() {
    let mut kernel = kernel(Config::new("main"));
    for key in ["remaining", "threshold"] {
        let stored = json!([["vatstoreSet", format!("x.{key}"), "1"]]);
        let call = CapData::new(format!("#[\"script\",{stored}]"), []);
        kernel.queue_to_vat_root("vatAdmin", call, None).expect("a vat of that name");
    }
    kernel.run().expect("legal");
    call(&mut kernel, "createMeter", r#"["+5","+1"]"#);
    for (method, arguments, good) in [
        ("getMeter", r#"["m1"]"#, true),
        ("getMeter", r#"["v2.vs.x"]"#, false),
        ("getMeter", r#"["m01"]"#, false),
        ("addMeterRemaining", r#"["v2.vs.x","+1"]"#, false),
        ("setMeterThreshold", r#"["v2.vs.x","+7"]"#, false),
        ("createByBundleID", r#"["script",{"meterID":"v2.vs.x"}]"#, false),
        ("createByBundleID", r#"["script",{"meterID":7}]"#, false),
        ("createByBundleID", r##"["script",{"meterID":"#undefined"}]"##, true),
    ] {
        call(&mut kernel, method, arguments);
        let entries = kernel.tables().transcripts.entries(VatId(1));
        let made = entries.filter(|entry| entry.contains("callNow")).last().expect("a call");
        assert_eq!(!made.contains(r#""error""#), good, "{method}: {made}");
    }
    assert_eq!(get(&kernel, "v2.vs.x.remaining").as_deref(), Some("1"));
    assert_eq!(get(&kernel, "v2.vs.x.threshold").as_deref(), Some("1"));
}

/// An amount that is no number was once counted all the same, its bytes taken for digits.
#[test]
fn a_damaged_meter_is_named() {
    for (key, value) in [("m1.remaining", "many"), ("m1.remaining", "-5"), ("m1.threshold", "")] {
        let (kernel, root) = metered(100, 50);
        let mut tables = kernel.tables().clone();
        tables.kv.set(key, value);
        let worker = std::sync::Arc::new(Counting(script::worker()));
        let mut kernel = Controller::start(tables, worker).expect("no meter is read yet");
        burn(&mut kernel, root, 1);
        let done = kernel.run();
        let named = matches!(&done, Err(KernelError::Corrupt { key: named, .. }) if named == key);
        assert!(named, "{key} = {value:?}: {done:?}");
    }
}
