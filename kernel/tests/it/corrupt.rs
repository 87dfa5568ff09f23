//! A damaged table is an error that names the key, and the crank that met it leaves no trace.

use std::sync::Arc;

use bootfork_kernel::{Controller, KernelError, Tables};

use crate::script::{kernel, queue, worker};

fn damaged(key: &str, value: Option<&str>) -> (Tables, Result<u64, KernelError>) {
    let mut booted = kernel(&["main", "alice"]);
    queue(&mut booted, "alice", "#[\"silence\",[]]", &[]);
    let mut tables = booted.tables().clone();
    assert!(tables.kv.contains(key), "{key} is a key of this kernel");
    match value {
        Some(value) => drop(tables.kv.set(key, value)),
        None => drop(tables.kv.remove(key)),
    }
    let run = Controller::start(tables.clone(), Arc::new(worker())).and_then(|mut controller| {
        let before = controller.kv().clone();
        let run = controller.run();
        if run.is_err() && controller.cranks() == booted.cranks() {
            assert_eq!(*controller.kv(), before, "{key}: no trace");
        }
        run
    });
    (tables, run)
}

#[test]
fn every_damaged_key_is_named() {
    for (key, value) in [
        ("runQueue", Some("[1")),
        ("runQueue", Some("[2,1]")),
        ("runQueue", None),
        ("crankNumber", Some("-1")),
        ("gcActions", Some("[\"v1 eat ko20\"]")),
        ("reapQueue", Some("{}")),
        ("kernelStats", Some("7")),
        ("vats.terminated", Some("[1]")),
        ("vat.name.alice", Some("x2")),
        ("v2.options", Some("{}")),
        ("v2.source", None),
        ("v2.p.nextID", Some("many")),
        ("ko20.owner", Some("nobody")),
        ("ko20.refCount", Some("2,1")),
    ] {
        let (_, run) = damaged(key, value);
        match run {
            Err(KernelError::Corrupt { key: named, expected }) => {
                assert_eq!(named, key);
                assert!(!expected.is_empty());
            }
            other => panic!("{key} = {value:?}: {other:?}"),
        }
    }
}

#[test]
fn an_item_that_is_no_event_is_named() {
    let mut booted = kernel(&["main", "alice"]);
    queue(&mut booted, "alice", "#[\"silence\",[]]", &[]);
    let key = booted.kv().prefix("acceptanceQueue.").next().map(|(key, _)| key.to_vec());
    let key = String::from_utf8(key.expect("a queued event")).expect("a text");
    let (_, run) = damaged(&key, Some(r#"{"type":"dance"}"#));
    assert!(matches!(run, Err(KernelError::Corrupt { key: named, .. }) if named == key));
}
