//! What grows, and what does not.

use bootfork_kernel::{Controller, NativeWorker};
use bootfork_ledger::{Account, Ledger, LedgerConfig, boot, boot_with};

use crate::booted;

fn cranks(traders: u32, accounts: u32) -> u64 {
    let config = LedgerConfig { traders, accounts, ..LedgerConfig::default() };
    boot(&config).expect("the ledger boots").cranks()
}

#[test]
fn a_boot_takes_as_many_cranks_more_for_each_account_more() {
    for traders in [0, 1, 4] {
        let [small, middle, large] = [10, 20, 40].map(|accounts| cranks(traders, accounts));
        assert_eq!(large - middle, 2 * (middle - small), "{traders} traders");
        assert!(middle - small >= 20, "{traders} traders: {small}, {middle}, {large}");
    }
}

#[test]
fn the_smallest_ledger_is_one_vat_and_few_cranks() {
    let controller = boot(&LedgerConfig::smallest()).expect("the ledger boots");
    assert!(controller.kv().contains("v1.options") && !controller.kv().contains("v2.options"));
    assert!(controller.cranks() <= 10, "{} cranks", controller.cranks());
}

#[test]
fn a_boot_that_is_published_ends_as_any_other() {
    let config = LedgerConfig { accounts: 5, ..LedgerConfig::default() };
    let mut published = None;
    let controller = boot_with(&config, |kernel| published = Some(kernel.publish()));
    let (controller, published) = (controller.expect("it boots"), published.expect("it began"));
    let latest = published.latest();
    assert_eq!(latest.activityhash(), boot(&config).expect("it boots").activityhash());
    assert_eq!(latest.tables().kv, controller.tables().kv);
    assert_eq!((latest.queued(), latest.objects() > 5), (0, true));
}

/// Some trades, some transfers, and one of each that is refused.
fn business(controller: &mut Controller<NativeWorker>) {
    for (trader, with) in [(0, 1), (1, 2), (2, 3), (3, 0), (2, 2)] {
        Ledger::new(controller).trade(trader, with, 1).expect("there is enough");
        Ledger::new(controller).transfer(Account(1), Account(2), 0).expect("there is enough");
    }
    assert!(Ledger::new(controller).trade(0, 1, 1_000_000).is_err());
    assert!(Ledger::new(controller).transfer(Account(1), Account(99), 1).is_err());
}

#[test]
fn the_number_of_keys_does_not_grow_with_the_number_of_transfers() {
    let mut controller = booted();
    business(&mut controller);
    let after_one = controller.kv().len();
    for _ in 0..40 {
        business(&mut controller);
    }
    assert_eq!(controller.kv().len(), after_one);
}

#[test]
fn reaping_changes_no_balance() {
    let config = LedgerConfig { accounts: 8, ..LedgerConfig::default() };
    let (mut never, mut always) = (
        boot(&config).expect("it boots"),
        boot(&LedgerConfig { reap_interval: Some(1), ..config }).expect("it boots"),
    );
    business(&mut never);
    business(&mut always);
    assert!(always.cranks() > never.cranks());
    for account in 1..=8 {
        let balance = |controller| Ledger::new(controller).balance(Account(account));
        assert_eq!(balance(&mut never), balance(&mut always));
    }
}
