//! Messages that no vat of a ledger understands, and vats that are gone.

use bootfork_kernel::{Call, CapData, Controller, Handle, NativeWorker, RunUtils, Value, VatId};
use bootfork_ledger::{Account, Ledger, LedgerError, Refusal};

use crate::{MONEY, booted};

fn vat(controller: &Controller<NativeWorker>, name: &str) -> VatId {
    let stored = controller.kv().get(format!("vat.name.{name}")).expect("a static vat");
    std::str::from_utf8(stored).expect("a text").parse().expect("a vat")
}

/// Bodies of the wrong form, for every vat.
fn bodies() -> Vec<CapData<Handle>> {
    let bodies = [
        "",
        "#",
        "nonsense",
        "#null",
        "#[]",
        "#[1,2]",
        "#[\"transfer\"]",
        "#[\"transfer\",[]]",
        "#[\"transfer\",[1,2,3]]",
        "#[\"transfer\",[\"+1\",\"+2\",\"-3\"]]",
        "#[\"transfer\",[\"+1\",\"+2\",\"+18446744073709551616\"]]",
        "#[\"trade\",[\"$0\",\"+1\"]]",
        "#[\"introduce\",[[\"+1\"]]]",
        "#[\"accept\",[null]]",
        "#[\"open\",[\"#NaN\",\"+1\"]]",
        "#[\"#undefined\",[]]",
    ];
    bodies.into_iter().map(|body| CapData::new(body, [])).collect()
}

#[test]
fn nonsense_is_rejected_and_the_vats_live_on() {
    let mut controller = booted();
    for name in ["issuer", "bootstrap", "trader0", "trader3"] {
        for body in bodies() {
            let policy = Some(bootfork_kernel::ResolutionPolicy::Ignore);
            let result = controller.queue_to_vat_root(name, body.clone(), policy);
            let result = result.expect("a static vat").expect("a result was asked for");
            controller.run().expect("the kernel goes on");
            let answer = controller.kp_resolution(&result, true).expect("it is settled");
            let refusal = Value::error(Refusal::NotUnderstood.to_string());
            assert_eq!(Value::decode(&answer), Ok(refusal), "{name}: {body:?}");
        }
    }
    let mut ledger = Ledger::new(&mut controller);
    assert_eq!(ledger.trade(0, 3, 1), Ok(()));
    assert_eq!(ledger.total(), Ok(MONEY));
}

#[test]
fn an_object_that_is_no_purse_is_refused_and_not_kept() {
    let mut controller = booted();
    let stranger = controller.pin_vat_root("trader1").expect("a static vat");
    let purse = Call::new("purse").arg(Value::BigInt("1".into()));
    let purse =
        RunUtils::new(&mut controller).ask_root("issuer", &purse).expect("known").slots[0].clone();
    let call = Call::new("transfer").object(&stranger, "purse").arg(Value::BigInt("1".into()));
    let entry = format!("{}.c.{stranger}", vat(&controller, "issuer"));
    let answer = RunUtils::new(&mut controller).ask(&purse, &call).map_err(LedgerError::from);
    assert_eq!(answer, Err(LedgerError::Refused(Refusal::UnknownAccount)));
    assert!(!controller.kv().contains(&entry), "{entry} is still there");
}

#[test]
fn a_trader_may_be_introduced_to_more_peers_later() {
    let mut controller = booted();
    let stranger = controller.pin_vat_root("trader1").expect("a static vat");
    let peers = Value::Array(vec![Value::Object { slot: 0, iface: None }]);
    let call = Value::Array(vec![Value::text("introduce"), Value::Array(vec![peers])]);
    let call = call.encode(&[stranger]);
    controller.queue_to_vat_root("trader0", call, None).expect("a static vat");
    controller.run().expect("the kernel goes on");
    assert_eq!(Ledger::new(&mut controller).trade(0, 4, 1), Ok(()), "it has a fifth peer now");
}

#[test]
fn a_terminated_trader_does_not_take_the_others_down() {
    let mut controller = booted();
    let gone = vat(&controller, "trader1");
    controller.terminate_vat(gone, reason("for the test")).expect("the kernel goes on");
    let mut ledger = Ledger::new(&mut controller);
    let rejected = Err(LedgerError::Rejected("vat terminated".into()));
    assert_eq!(ledger.trade(0, 1, 5), rejected);
    assert_eq!(ledger.trade(1, 0, 5), Err(LedgerError::Refused(Refusal::UnknownTrader)));
    assert_eq!(ledger.trade(0, 2, 5), Ok(()));
    assert_eq!(ledger.transfer(Account::of_trader(1), Account::of_trader(0), 100), Ok(()));
    assert_eq!(ledger.total(), Ok(MONEY));
}

#[test]
fn a_trader_terminated_in_mid_trade_leaves_the_answer_rejected_and_the_money_whole() {
    let base = booted();
    let mut endings = 0;
    for cranks in 0..12 {
        let mut fork = base.fork();
        let arguments = [1_u64, 5].map(|number| Value::BigInt(number.to_string()));
        let call = arguments.into_iter().fold(Call::new("trade"), Call::arg).encode();
        let policy = Some(bootfork_kernel::ResolutionPolicy::Ignore);
        let result = fork.queue_to_vat_root("trader0", call, policy).expect("a static vat");
        for _ in 0..cranks {
            fork.step().expect("the kernel goes on");
        }
        let gone = vat(&fork, "trader0");
        fork.terminate_vat(gone, reason("in mid trade")).expect("the kernel goes on");
        fork.run().expect("the kernel goes on");
        let status = fork.kp_status(&result.expect("asked for")).expect("a sound state");
        assert_ne!(status, Some(bootfork_kernel::PromiseState::Unresolved), "at {cranks}");
        endings += usize::from(status == Some(bootfork_kernel::PromiseState::Rejected));
        assert_eq!(Ledger::new(&mut fork).total(), Ok(MONEY));
    }
    assert!(endings > 3, "{endings} trades were cut short");
}

fn reason(text: &str) -> CapData<Handle> {
    Value::error(text).encode(&[])
}
