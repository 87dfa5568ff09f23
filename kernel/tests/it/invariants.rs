//! Each invariant of the check has a canary: a state with exactly that damage is refused by its
//! number.

use std::sync::Arc;

use bootfork_kernel::{Controller, KernelError, Tables, Transcripts, VatId};
use serde_json::json;

use crate::script::{get, kernel, queue, worker};

/// A state that has something of everything, and the krefs that the tests damage.
struct Rich {
    tables: Tables,
    /// An object of alice's that bob imports, and that a resolution speaks of.
    object: String,
    /// Alice's, unresolved, with a waiting message; bob imports it.
    open: String,
    /// Fulfilled; bob imports it.
    closed: String,
}

fn rich() -> Rich {
    let mut kernel = kernel(&["main", "alice", "bob"]);
    let message = |slots: &[&str]| json!({ "methargs": { "body": "#[]", "slots": slots } });
    let data = json!({ "body": "#[\"$0.Alleged: thing\"]", "slots": ["o+5"] });
    let call = json!([
        ["send", "o-50", message(&["o+5", "p+8", "p+9"])],
        ["send", "p+9", message(&[])],
        ["subscribe", "p+9"],
    ]);
    let root = kernel.pin_vat_root("bob").expect("a root");
    queue(&mut kernel, "alice", &format!("#[\"script\",{call}]"), &[root]);
    kernel.run().expect("no panic");
    let own = |vref: &str| get(&kernel, &format!("v2.c.{vref}")).expect("an entry");
    let (object, closed, open) = (own("o+5"), own("p+8"), own("p+9"));
    let call = json!([["resolve", [["p+8", false, data]]]]);
    queue(&mut kernel, "alice", &format!("#[\"script\",{call}]"), &[]);
    kernel.run().expect("no panic");
    // One event is routed, another is not.
    queue(&mut kernel, "alice", "#[\"x\",[]]", &[]);
    kernel.step().expect("no panic");
    queue(&mut kernel, "bob", "#[\"x\",[]]", &[]);
    let mut tables = kernel.tables().clone();
    // A device, which a configuration of native vats has not.
    for (key, value) in [
        ("device.names", "[\"clock\"]"),
        ("device.name.clock", "d7"),
        ("device.nextID", "8"),
        ("d7.o.nextID", "10"),
        ("d7.p.nextID", "30"),
        ("d7.d.nextID", "20"),
        ("d7.source", "{\"bundleID\":\"clock\"}"),
        ("d7.options", "{\"deviceParameters\":{}}"),
        ("kd.nextID", "31"),
        ("kd30.owner", "d7"),
        ("d7.c.kd30", "d+0"),
        ("d7.c.d+0", "kd30"),
        ("v2.c.kd30", "R d-70"),
        ("v2.c.d-70", "kd30"),
        ("v2.d.nextID", "71"),
        ("m1.remaining", "unlimited"),
        ("m1.threshold", "0"),
        ("meter.nextID", "2"),
    ] {
        tables.kv.set(key, value);
    }
    assert_eq!(tables.check(), Ok(()), "undamaged");
    Rich { tables, object, open, closed }
}

fn text(tables: &Tables, key: &str) -> String {
    String::from_utf8(tables.kv.get(key).unwrap_or_default().to_vec()).expect("a text")
}

/// The state with these keys changed, or removed.
fn damaged(tables: &Tables, edits: &[(&str, Option<&str>)]) -> Tables {
    let mut tables = tables.clone();
    for (key, value) in edits {
        match value {
            Some(value) => drop(tables.kv.set(key, value)),
            None => assert!(tables.kv.remove(key), "{key} was there"),
        }
    }
    tables
}

fn refused(tables: &Tables, number: &str, key: &str) {
    let violation = tables.check().expect_err(number);
    assert_eq!(violation.invariant(), number, "{violation}");
    assert_eq!(violation.key(), key, "{violation}");
    let said = violation.to_string();
    assert!(said.contains(number) && said.contains(key), "{said}");
    assert!(!violation.expected().is_empty() && !violation.found().is_empty(), "{said}");
    let opened = Controller::open(tables.clone(), Arc::new(worker()));
    assert!(matches!(opened, Err(KernelError::Invariant(same)) if *same == violation), "{number}");
}

#[test]
fn keys_values_and_counters() {
    let Rich { tables, object, .. } = rich();
    let one = |number: &str, key: &str, value: Option<&str>| {
        refused(&damaged(&tables, &[(key, value)]), number, key);
    };
    one("K1", "nonsense", Some("1"));
    one("K1", "v2.x", Some("1"));
    one("K1", "v02.options", Some("{}"));
    one("K1", "ko20.color", Some("red"));
    one("K2", "crankNumber", Some("-1"));
    one("K2", "runQueue", Some("[2,1]"));
    one("K2", "v2.options", Some("{}"));
    one("K2", "v2.source", Some("{}"));
    one("K2", "v2.source", Some(r#"{"bundle":"text"}"#));
    one("K2", "v2.source", Some(r#"{"bundle":{},"bundleID":"script"}"#));
    one("K2", "ko20.refCount", Some("many"));
    one("K2", "ko20.owner", Some("nobody"));
    one("K2", "kernelStats", Some("{}"));
    one("K2", "gcActions", Some("[\"v1 eat ko20\"]"));
    one("K2", &format!("v2.c.{object}"), Some("Q o+5"));
    one("K2", "m1.remaining", Some("few"));
    one("K3", "kp.nextID", None);
    one("K3", "local.kernelStats", None);
    let mut other = tables.clone();
    other.kv.set(b"v2.vs.k", [0xff]);
    refused(&other, "K2", "v2.vs.k");

    one("K4", "vat.nextID", Some("3"));
    one("K4", "device.nextID", Some("7"));
    one("K4", "ko.nextID", Some("20"));
    one("K4", "kd.nextID", Some("30"));
    one("K4", "kp.nextID", Some("40"));
    one("K4", "meter.nextID", Some("1"));
    let imports = damaged(&tables, &[("v3.o.nextID", Some("50"))]);
    assert_eq!(imports.check().map_err(|violation| violation.invariant()), Err("K4"));
}

#[test]
fn queues_and_vats() {
    let Rich { tables, .. } = rich();
    let one = |number: &str, key: &str, value: Option<&str>| {
        refused(&damaged(&tables, &[(key, value)]), number, key);
    };
    let bounds = text(&tables, "runQueue");
    let (head, tail): (u64, u64) = serde_json::from_str(&bounds).expect("bounds");
    assert_eq!(tail - head, 1, "one event waits");
    one("Q1", &format!("runQueue.{head}"), None);
    let notify = text(&tables, &format!("runQueue.{head}"));
    one("Q1", &format!("runQueue.{tail}"), Some(&notify));
    one("Q1", "acceptanceQueue.0", Some(&notify));
    one("Q2", "gcActions", Some("[\"v2 dropExport ko21\",\"v1 dropExport ko21\"]"));
    one("Q2", "reapQueue", Some("[\"v2\",\"v2\"]"));

    one("V1", "vat.names", Some("[\"main\",\"alice\"]"));
    one("V1", "vat.dynamicIDs", Some("[\"v2\"]"));
    one("V1", "vats.terminated", Some("[\"v9\",\"v9\"]"));
    one("V2", "v2.options", None);
    one("V2", "v3.o.nextID", None);
    refused(&damaged(&tables, &[("v9.vs.k", Some("1"))]), "V2", "v9.");
    one("V3", "device.names", Some("[]"));
    one("V3", "d7.source", None);
    refused(&damaged(&tables, &[("d9.options", Some("{}"))]), "V3", "d9.source");

    let mut other = tables.clone();
    other.transcripts = Transcripts::default();
    other.transcripts.append(VatId(9), "{}");
    refused(&other, "V4", "v9");
}

#[test]
fn clists() {
    let Rich { tables, object, .. } = rich();
    let one = |number: &str, key: &str, value: Option<&str>| {
        refused(&damaged(&tables, &[(key, value)]), number, key);
    };
    let import = text(&tables, &format!("v3.c.{object}"));
    let vref = import.split_once(' ').expect("flag and vref").1.to_owned();
    one("C1", &format!("v3.c.{vref}"), None);
    one("C1", &format!("v3.c.{object}"), None);
    one("C1", &format!("v3.c.{vref}"), Some("ko20"));
    one("C1", "d7.c.d+0", None);

    let promise = format!("R p{}", &vref[1..]);
    let (kref_key, vref_key) = (format!("v3.c.{object}"), format!("v3.c.p{}", &vref[1..]));
    let edits = [
        (kref_key.as_str(), Some(promise.as_str())),
        (&format!("v3.c.{vref}"), None),
        (&vref_key, Some(object.as_str())),
    ];
    refused(&damaged(&tables, &edits), "C2", &kref_key);
    let edits = [("v2.c.kd30", Some("R d+1")), ("v2.c.d-70", None), ("v2.c.d+1", Some("kd30"))];
    refused(&damaged(&tables, &edits), "C2", "v2.c.kd30");

    let exported = format!("v2.c.{object}");
    refused(&damaged(&tables, &[(&exported, None), ("v2.c.o+5", None)]), "C3", &exported);
    refused(&damaged(&tables, &[(&format!("{object}.owner"), Some("v3"))]), "C3", &exported);
    refused(&damaged(&tables, &[("d7.c.kd30", None), ("d7.c.d+0", None)]), "C3", "d7.c.kd30");

    refused(&damaged(&tables, &[(&format!("{object}.refCount"), Some("0,9"))]), "C4", &kref_key);
    // The object is gone, and nobody tells bob.
    let weak = format!("_ {vref}");
    let gone = [
        (exported.as_str(), None),
        ("v2.c.o+5", None),
        (&format!("{object}.owner"), None),
        (&format!("{object}.refCount"), None),
        (&kref_key, Some(weak.as_str())),
    ];
    refused(&damaged(&tables, &gone), "C4", &kref_key);
}

#[test]
fn promises() {
    let Rich { tables, open, closed, .. } = rich();
    let (open, closed) = (&open, &closed);
    let one = |number: &str, key: &str, value: Option<&str>| {
        refused(&damaged(&tables, &[(key, value)]), number, key);
    };
    assert_eq!(text(&tables, &format!("{open}.state")), "unresolved");
    assert_eq!(text(&tables, &format!("{closed}.state")), "fulfilled");
    for part in ["state", "refCount", "decider", "subscribers", "queue.nextID"] {
        one("P1", &format!("{open}.{part}"), None);
    }
    one("P1", &format!("{open}.data.body"), Some("#1"));
    one("P1", &format!("{open}.data.slots"), Some(""));
    one("P2", &format!("{closed}.data.body"), None);
    one("P2", &format!("{closed}.data.slots"), None);
    one("P2", &format!("{closed}.decider"), Some(""));
    one("P2", &format!("{closed}.policy"), Some("panic"));
    one("P2", &format!("{closed}.subscribers"), Some(""));
    one("P2", &format!("{closed}.queue.nextID"), Some("0"));
    one("P3", &format!("{open}.decider"), Some("v1"));
    one("P3", &format!("{open}.decider"), Some("v9"));
    one("P4", &format!("{open}.queue.0"), None);
    let longer = damaged(&tables, &[(&format!("{open}.queue.nextID"), Some("2"))]);
    refused(&longer, "P4", &format!("{open}.queue.1"));
    let message = text(&tables, &format!("{open}.queue.0"));
    one("P4", &format!("{open}.queue.1"), Some(&message));
    one("P5", &format!("{open}.subscribers"), Some("v2,v2"));
    one("P5", &format!("{open}.subscribers"), Some("v2,v1"));
}

#[test]
fn references_and_statistics() {
    let Rich { tables, object, open, closed } = rich();
    let one = |number: &str, key: &str, value: Option<&str>| {
        refused(&damaged(&tables, &[(key, value)]), number, key);
    };
    one("R1", &format!("{closed}.data.slots"), Some("ko99"));
    one("R1", "v2.vatParameters", Some("{\"body\":\"\",\"slots\":[\"kp999\"]}"));
    one("R1", "vatAdminRootKref", Some(&object));
    let uncounted = [
        ("ko.nextID", Some("99")),
        ("ko98.owner", Some("v2")),
        ("v2.c.ko98", Some("R o+98")),
        ("v2.c.o+98", Some("ko98")),
    ];
    refused(&damaged(&tables, &uncounted), "R1", "ko98.refCount");
    one("R2", &format!("{object}.refCount"), Some("3,2"));

    // Bob's import and the resolution.
    let count = format!("{object}.refCount");
    assert_eq!(text(&tables, &count), "2,2");
    one("R3", &count, Some("1,1"));
    one("R3", &count, Some("1,2"));
    one("R3", &format!("{open}.refCount"), Some("1"));
    let kref = object.parse().expect("a kref");
    let more = damaged(&tables, &[(&count, Some("3,3"))]);
    assert_eq!(more.check(), Ok(()), "a host may hold it");
    assert_eq!(more.check_exactly(&[]).map_err(|violation| violation.invariant()), Err("R3"));
    let held = [vec![kref], held(&tables)].concat();
    let others = |tables: &Tables| {
        tables.check_exactly(&held).map_err(|violation| violation.key().to_owned())
    };
    assert_eq!(others(&more), Ok(()));
    assert_eq!(others(&tables), Err(count.clone()), "held, and not counted");

    let pinned = text(&tables, "pinnedObjects");
    assert_eq!(pinned, "ko20,ko21,ko22");
    one("R4", "pinnedObjects", Some("ko21,ko20,ko22"));

    let stats = text(&tables, "kernelStats");
    let wrong = |name: &str, stats: &str| {
        let at = stats.find(&format!("\"{name}\":")).expect("a gauge") + name.len() + 3;
        format!("{}9{}", &stats[..at], &stats[at..])
    };
    one("S1", "kernelStats", Some(&wrong("runQueueLength", &stats)));
    one("S1", "kernelStats", Some(&wrong("promiseQueuesLengthDown", &stats)));
    let stats = text(&tables, "local.kernelStats");
    one("S1", "local.kernelStats", Some(&wrong("kernelObjectsUp", &stats)));
    let wrong = ["kpFulfilled", "kpFulfilledUp", "kpFulfilledMax"]
        .iter()
        .fold(stats.clone(), |stats, name| wrong(name, &stats));
    one("S2", "local.kernelStats", Some(&wrong));
}

#[test]
fn any_single_damage_is_refused_or_harmless_and_never_a_panic() {
    let Rich { tables, .. } = rich();
    let most = u64::MAX;
    let (number, pair) = (most.to_string(), format!("{most},{most}"));
    let (bounds, dirt) = (format!("[{most},{most}]"), format!("{{\"deliveries\":{most}}}"));
    let stats = format!("{{\"runQueueLength\":{0},\"runQueueLengthUp\":{0}}}", i64::MAX);
    let most = [&number, &pair, &bounds, &dirt, &stats].map(String::as_bytes);
    let values = ["", "x", "0", "-1", "[]", "{}", "null", "\u{0}", "ko20", "R o+0", "[1,2]", "v2"];
    let (mut refused, mut tried) = (0, 0);
    for (key, old) in &tables.kv {
        let mut damaged = vec![tables.clone()];
        damaged[0].kv.remove(key);
        for value in
            values.map(str::as_bytes).into_iter().chain(most).chain([&old[..old.len() / 2]])
        {
            if value != old {
                let mut other = tables.clone();
                other.kv.set(key, value);
                damaged.push(other);
            }
        }
        for tables in damaged {
            tried += 1;
            if tables.check().is_err() {
                refused += 1;
            } else if let Ok(mut kernel) = Controller::start(tables, Arc::new(worker())) {
                // Whatever comes of it, it is an answer.
                drop(kernel.run());
            }
        }
    }
    assert!(tried > 1000 && refused * 10 > tried * 8, "{refused} of {tried} refused");
}

/// The results of what the host has queued: the bootstrap message and its own.
fn held(tables: &Tables) -> Vec<bootfork_kernel::Kref> {
    let mut held = Vec::new();
    loop {
        let Err(violation) = tables.check_exactly(&held) else { return held };
        let kref = violation.key().split_once('.').expect("a key of counts").0;
        match kref.parse() {
            Ok(promise @ bootfork_kernel::Kref::Promise(_)) => held.push(promise),
            _ => return held,
        }
    }
}
