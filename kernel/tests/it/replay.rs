//! Vats that keep their state in the worker: a restart makes it anew from their transcripts.

use std::sync::Arc;

use bootfork_kernel::{
    Call, CapData, Config, Controller, Delivered, DeliveryContext, DeliveryStatus, Divergence,
    KernelError, RunUtils, Syscalls, Tables, Transcripts, Value, VatDelivery, VatError, VatId,
    VatSource, VatSyscall, VatWorker, Vref,
};

/// Adds up numbers on its heap. The store only hears of it.
#[derive(Clone, Debug, Default)]
struct Sum {
    total: u64,
    seen: Vec<u64>,
}

/// Runs sums; the factor stands for their code.
#[derive(Debug)]
struct Heap {
    factor: u64,
    replays: bool,
}

const HEAP: Heap = Heap { factor: 1, replays: true };

impl Heap {
    fn add(
        &self,
        sum: &mut Sum,
        delivery: &VatDelivery,
        kernel: &mut dyn Syscalls,
    ) -> Result<(), VatError> {
        let VatDelivery::Message(_, message) = delivery else { return Ok(()) };
        let Ok(Value::Array(call)) = Value::decode(&message.methargs) else { return Ok(()) };
        let [Value::Text(method), Value::Array(arguments)] = &call[..] else { return Ok(()) };
        if method == "add" {
            let Some(Value::BigInt(number)) = arguments.first() else { return Ok(()) };
            let number = number.parse::<u64>().map_err(|error| error.to_string())? * self.factor;
            sum.total += number;
            sum.seen.push(number);
            kernel.vatstore_get("anything")?;
            kernel.vatstore_set("heard", number.to_string())?;
        }
        if method == "upgrade" {
            let data = CapData::new(r##"#["v2","sum","#undefined","again"]"##, []);
            kernel.syscall(VatSyscall::CallNow(Vref::new("d-70"), "upgradeVat".into(), data));
        }
        match message.result_promise() {
            Some(result) => {
                let total = CapData::new(format!("#\"+{}\"", sum.total), []);
                kernel.resolve(result.clone(), false, total)
            }
            None => Ok(()),
        }
    }
}

impl VatWorker for Heap {
    type State = Arc<Sum>;

    fn create(&self, _vat: VatId, source: &VatSource) -> Result<Arc<Sum>, VatError> {
        assert_eq!(source.bundle_id().as_deref(), Some("sum"));
        Ok(Arc::default())
    }

    fn replays(&self) -> bool {
        self.replays
    }

    fn deliver(
        &self,
        state: &Arc<Sum>,
        _at: &DeliveryContext,
        delivery: &VatDelivery,
        syscalls: &mut dyn Syscalls,
    ) -> Result<Delivered<Arc<Sum>>, Box<Divergence>> {
        let mut next = Sum::clone(state);
        let status = match self.add(&mut next, delivery, syscalls) {
            Ok(()) => DeliveryStatus::Ok,
            Err(error) => DeliveryStatus::Error(error.to_string()),
        };
        Ok(Delivered { status, computrons: None, next: Some(Arc::new(next)) })
    }
}

type Kernel = Controller<Heap>;

fn ask(kernel: &mut Kernel, vat: &str, call: &Call) -> Result<String, bootfork_kernel::AskError> {
    RunUtils::new(kernel).ask_root(vat, call).map(|data| data.body)
}

fn add(kernel: &mut Kernel, vat: &str, number: u64) -> String {
    let call = Call::new("add").arg(Value::BigInt(number.to_string()));
    ask(kernel, vat, &call).expect("a total")
}

fn kernel(vats: &[&str]) -> Kernel {
    let config = vats.iter().fold(Config::new(vats[0]), |config, vat| config.vat(*vat, "sum"));
    let mut kernel = Controller::boot(&config, HEAP).expect("a good configuration");
    kernel.run().expect("no panic");
    kernel
}

fn start(tables: &Tables, worker: Heap) -> Result<Kernel, KernelError> {
    Controller::start(tables.clone(), Arc::new(worker))
}

fn diverged(started: Result<Kernel, KernelError>) -> Divergence {
    match started {
        Err(KernelError::Diverged(divergence)) => *divergence,
        other => panic!("expected a divergence, got {other:?}"),
    }
}

/// The same tables, one text in the transcripts replaced by another.
fn tampered(tables: &Tables, vat: VatId, from: &str, to: &str) -> Tables {
    let mut transcripts = Transcripts::default();
    let mut replaced = 0;
    for other in tables.transcripts.vats() {
        for entry in tables.transcripts.entries(other) {
            let changed = if other == vat { entry.replace(from, to) } else { entry.to_owned() };
            replaced += usize::from(changed != entry);
            transcripts.append(other, &changed);
        }
    }
    assert_eq!(replaced, 1, "{from}");
    Tables { transcripts, ..tables.clone() }
}

#[test]
fn a_restarted_heap_goes_on_where_it_was_and_the_replay_changes_nothing() {
    let mut kernel = kernel(&["main", "other"]);
    assert_eq!(add(&mut kernel, "main", 5), "#\"+5\"");
    assert_eq!(add(&mut kernel, "main", 7), "#\"+12\"");
    assert_eq!(add(&mut kernel, "other", 1), "#\"+1\"");
    let mut restarted = kernel.restart().expect("as recorded");
    assert_eq!(restarted.kv(), kernel.kv());
    assert_eq!(restarted.tables().transcripts, kernel.tables().transcripts);
    assert_eq!(add(&mut restarted, "main", 1), "#\"+13\"");
    assert_eq!(add(&mut restarted, "other", 1), "#\"+2\"");

    // A fork has the heap as it is, and no restart sees the other's.
    let mut fork = kernel.fork();
    assert_eq!(add(&mut fork, "main", 100), "#\"+112\"");
    assert_eq!(add(&mut kernel.restart().expect("as recorded"), "main", 0), "#\"+12\"");
    assert_eq!(add(&mut fork.restart().expect("as recorded"), "main", 0), "#\"+112\"");
}

#[test]
fn a_worker_that_does_not_replay_starts_from_nothing() {
    let mut kernel = kernel(&["main"]);
    add(&mut kernel, "main", 5);
    let mut started = start(kernel.tables(), Heap { replays: false, ..HEAP }).expect("tables");
    assert_eq!(add(&mut started, "main", 1), "#\"+1\"");
}

#[test]
fn only_the_present_incarnation_is_replayed() {
    let config = Config::new("main").vat("main", "sum").vat("vatAdmin", "sum");
    let config = config.device("vatAdmin", "device").reap_interval(None);
    let mut kernel = Controller::boot(&config, HEAP).expect("a good configuration");
    kernel.run().expect("no panic");
    assert_eq!(add(&mut kernel, "vatAdmin", 5), "#\"+5\"");
    ask(&mut kernel, "main", &Call::new("upgrade")).expect("an answer");
    kernel.run().expect("no panic");
    assert_eq!(kernel.tables().transcripts.incarnation(VatId(2)), 1);
    assert_eq!(add(&mut kernel, "vatAdmin", 2), "#\"+2\"", "a heap does not survive an upgrade");

    // The first incarnation is not looked at any more; the second is.
    let set = r#"["vatstoreSet","heard","5"]"#;
    let old = tampered(kernel.tables(), VatId(2), set, r#"["vatstoreSet","heard","6"]"#);
    let mut restarted = start(&old, HEAP).expect("as recorded");
    assert_eq!(add(&mut restarted, "vatAdmin", 1), "#\"+3\"");
    let set = r#"["vatstoreSet","heard","2"]"#;
    let new = tampered(kernel.tables(), VatId(2), set, r#"["vatstoreSet","heard","6"]"#);
    assert_eq!(diverged(start(&new, HEAP)).vat, VatId(2));
}

#[test]
fn other_code_is_told_by_the_first_syscall_that_differs() {
    let mut kernel = kernel(&["main"]);
    add(&mut kernel, "main", 0);
    add(&mut kernel, "main", 5);
    let told = diverged(start(kernel.tables(), Heap { factor: 2, ..HEAP }));
    assert_eq!(told.vat, VatId(1));
    // Adding nothing twice is adding nothing; the second addition is the first to differ.
    assert!(told.what.starts_with("syscall 1 of the replayed delivery"), "{told}");
    assert_eq!(told.recorded, r#"["vatstoreSet","heard","5"]"#);
    assert_eq!(told.ours, r#"["vatstoreSet","heard","10"]"#);
}

#[test]
fn a_syscall_more_or_less_and_another_status_are_told() {
    let mut kernel = kernel(&["main"]);
    add(&mut kernel, "main", 5);
    let made = r#"{"s":["vatstoreGet","anything"],"r":["ok",null]},"#;
    let told = diverged(start(&tampered(kernel.tables(), VatId(1), made, ""), HEAP));
    assert!(told.what.starts_with("syscall 0"), "{told}");
    assert_eq!(told.ours, r#"["vatstoreGet","anything"]"#);

    let last = r##"#\"+5\"","slots":[]}]]],"r":["ok",null]}"##;
    let more = format!(r#"{last},{{"s":["vatstoreGet","more"],"r":["ok",null]}}"#);
    let told = diverged(start(&tampered(kernel.tables(), VatId(1), last, &more), HEAP));
    assert!(told.what.starts_with("syscall 3"), "{told}");
    assert_eq!((told.recorded.as_str(), told.ours.as_str()), (r#"["vatstoreGet","more"]"#, "none"));

    let ended = format!(r#"{last}],"r":{{"status":"ok"}}"#);
    let failed = ended.replace(r#""status":"ok""#, r#""status":"error""#);
    let told = diverged(start(&tampered(kernel.tables(), VatId(1), &ended, &failed), HEAP));
    assert!(told.what.starts_with("the status"), "{told}");
    assert_eq!((told.recorded.as_str(), told.ours.as_str()), ("error", "ok"));
}

#[test]
fn a_damaged_entry_is_an_error_that_names_it() {
    let mut kernel = kernel(&["main"]);
    add(&mut kernel, "main", 5);
    let damaged = tampered(kernel.tables(), VatId(1), r#"["vatstoreGet","anything"]"#, "[");
    let error = start(&damaged, HEAP).expect_err("damaged").to_string();
    assert!(error.contains("transcript of v1, position"), "{error}");
}

#[test]
fn vats_beyond_the_first_25_are_replayed_when_they_are_first_delivered_to() {
    let names: Vec<String> = (10..40).map(|number| format!("vat{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut kernel = kernel(&names);
    for name in ["vat10", "vat38", "vat39"] {
        kernel.pin_vat_root(name).expect("a root");
        add(&mut kernel, name, 5);
    }
    // The first vat has number 1, so the last has 30.
    let set = r#"["vatstoreSet","heard","5"]"#;
    let six = r#"["vatstoreSet","heard","6"]"#;
    diverged(start(&tampered(kernel.tables(), VatId(1), set, six), HEAP));
    let mut lazy = start(&tampered(kernel.tables(), VatId(30), set, six), HEAP).expect("not yet");
    assert_eq!(add(&mut lazy, "vat10", 1), "#\"+6\"");
    assert_eq!(add(&mut lazy, "vat38", 1), "#\"+6\"");
    let cranks = lazy.cranks();
    let call = Call::new("add").arg(Value::BigInt("1".into()));
    let error = ask(&mut lazy, "vat39", &call).expect_err("diverges").to_string();
    assert!(error.contains("syscall 1 of the replayed delivery"), "{error}");
    assert_eq!(lazy.cranks(), cranks + 1, "routed, not delivered");
}
