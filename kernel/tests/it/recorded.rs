//! A recorded vat that is treated otherwise says what differs, and the state stays as it was.

use std::sync::Arc;

use bootfork_kernel::{
    Answers, Config, Controller, Divergence, Event, KernelError, RecordedDelivery, RecordedSyscall,
    RecordedWorker, SyscallResult, ToQuiescence, Value, VatDelivery, VatId,
};

use crate::script::{Kernel, kernel, queue, worker};

/// A kernel with a message queued, and what its native vats do from there.
fn record() -> (Kernel, Answers) {
    let mut booted = kernel(&["main", "alice"]);
    let call = r##"#["script",[["vatstoreSet","k","1"],["vatstoreGet","k"]]]"##;
    queue(&mut booted, "alice", call, &[]);
    let recording = recording_of(booted.fork());
    (booted, recording)
}

/// What native vats do to quiescence.
fn recording_of(mut native: Kernel) -> Answers {
    let mut recording = Answers::default();
    loop {
        let (trace, done) = native.step_traced(&mut ToQuiescence);
        done.expect("no panic");
        let Some(trace) = trace else { return recording };
        if let (Event::CreateVat { .. }, Some(end)) = (&trace.event, &trace.terminated) {
            let Ok(Value::Error { message, .. }) = Value::decode(&end.info) else { panic!() };
            recording.insert_failure(end.vat, message.into());
        }
        for (ordinal, delivery) in trace.deliveries.into_iter().enumerate() {
            let syscalls = delivery.syscalls.into_iter();
            let recorded = RecordedDelivery {
                vat: delivery.vat,
                delivery: delivery.vat_form,
                syscalls: syscalls
                    .map(|made| RecordedSyscall { syscall: made.vat_form, result: made.result })
                    .collect(),
                status: delivery.status,
            };
            recording.insert(trace.crank, ordinal, recorded);
        }
    }
}

fn replay(booted: &Kernel, recording: Answers) -> Result<String, KernelError> {
    let worker = Arc::new(RecordedWorker::new(recording));
    let mut controller = Controller::start(booted.tables().clone(), worker)?;
    let before = controller.kv().clone();
    match controller.run() {
        Ok(_) => Ok(controller.activityhash()?.to_owned()),
        Err(error) => {
            let changed = before.diff(controller.kv());
            assert!(changed.iter().all(|change| !change.key.starts_with(b"v2.vs.")), "no trace");
            Err(error)
        }
    }
}

fn divergence(change: impl FnOnce(&mut RecordedDelivery)) -> Divergence {
    let (booted, _) = record();
    let (_, recording) = record();
    // The message is delivered in the second crank from here.
    let crank = booted.cranks() + 1;
    let mut delivery = recording.get(crank, 0).expect("the delivery of the message").clone();
    change(&mut delivery);
    let mut changed = recording;
    changed.insert(crank, 0, delivery);
    match replay(&booted, changed) {
        Err(KernelError::Diverged(divergence)) => *divergence,
        other => panic!("expected a divergence, got {other:?}"),
    }
}

#[test]
fn a_recording_of_native_vats_replays_to_the_same_hash() {
    let (booted, recording) = record();
    assert!(recording.len() > 1);
    let mut native = booted.restart().expect("a kernel's tables");
    native.run().expect("no panic");
    let hash = native.activityhash().map(str::to_owned);
    assert_eq!(replay(&booted, recording), hash);
}

#[test]
fn a_vat_that_no_worker_could_be_made_for_is_none_in_the_replay_either() {
    let config = Config::new("main").vat("main", "script").vat("vatAdmin", "script");
    let config = config.device("vatAdmin", "device").named_bundle("empty", "empty");
    let mut booted = Controller::boot(&config, worker()).expect("a good configuration");
    booted.run().expect("scripts that do nothing");
    let create = r##"["callNow","d-70","createByBundleID",{"body":"#[\"empty\",{}]","slots":[]}]"##;
    queue(&mut booted, "main", &format!("#[\"script\",[{create}]]"), &[]);
    let mut native = booted.restart().expect("a kernel's tables");
    native.run().expect("no panic");
    let hash = native.activityhash().map(str::to_owned);
    assert_eq!(replay(&booted, recording_of(booted.restart().expect("tables"))), hash);
}

#[test]
fn another_delivery_another_answer_another_vat_are_told_apart() {
    let told = divergence(|delivery| delivery.delivery = VatDelivery::BringOutYourDead);
    assert_eq!((told.vat, told.what.as_str()), (VatId(2), "delivery"));
    assert_eq!(told.recorded, r#"["bringOutYourDead"]"#);
    assert!(told.ours.starts_with(r#"["message","o+0""#), "{}", told.ours);

    let told = divergence(|delivery| {
        delivery.syscalls[1].result = SyscallResult::Ok(Some("2".into()));
    });
    assert!(told.what.contains("syscall 1"), "{}", told.what);
    assert_eq!((told.recorded.as_str(), told.ours.as_str()), (r#"["ok","2"]"#, r#"["ok","1"]"#));

    let told = divergence(|delivery| delivery.vat = VatId(1));
    assert_eq!((told.recorded.as_str(), told.ours.as_str()), ("v1", "v2"));
}

#[test]
fn a_delivery_beyond_the_recording_is_told() {
    let (booted, _) = record();
    let error = replay(&booted, Answers::default()).expect_err("nothing is recorded");
    let KernelError::Diverged(told) = error else { panic!("{error}") };
    assert_eq!(told.recorded, "no such delivery");
    let text = told.to_string();
    assert!(text.contains("v2") && text.contains("recorded:") && text.contains("ours:"), "{text}");
}
