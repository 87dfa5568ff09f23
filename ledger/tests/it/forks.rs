//! A booted ledger is a value.

use bootfork_kernel::{Controller, NativeWorker};
use bootfork_ledger::{Account, Ledger, LedgerError};

use crate::{ACCOUNTS, Dice, MONEY, TRADERS, booted};

/// The activity hash after each crank of some business.
fn business(controller: &mut Controller<NativeWorker>, seed: u64) -> Vec<String> {
    let mut dice = Dice(seed);
    let mut hashes = Vec::new();
    for _ in 0..20 {
        let (from, to) = (dice.roll(ACCOUNTS.into()) + 1, dice.roll(ACCOUNTS.into()) + 1);
        let answer = Ledger::new(controller).transfer(Account(from), Account(to), dice.roll(1_200));
        assert!(matches!(answer, Ok(()) | Err(LedgerError::Refused(_))), "{answer:?}");
        let (trader, with) = (dice.roll(TRADERS.into()), dice.roll(TRADERS.into()));
        let [trader, with] = [trader, with].map(|it| u32::try_from(it).expect("a small number"));
        let answer = Ledger::new(controller).trade(trader, with, dice.roll(900));
        assert!(matches!(answer, Ok(()) | Err(LedgerError::Refused(_))), "{answer:?}");
        hashes.push(hash(controller));
    }
    hashes
}

fn hash(controller: &Controller<NativeWorker>) -> String {
    controller.activityhash().expect("a kernel has one").to_owned()
}

#[test]
fn two_boots_agree_hash_for_hash() {
    let (one, other) = (booted(), booted());
    assert_eq!((hash(&one), one.cranks()), (hash(&other), other.cranks()));
    assert_eq!(one.kv(), other.kv());
}

#[test]
fn forks_diverge_and_do_not_see_each_other() {
    let base = booted();
    let before = hash(&base);
    let (mut left, mut right) = (base.fork(), base.fork());
    Ledger::new(&mut left).transfer(Account(1), Account(2), 10).expect("there is enough");
    Ledger::new(&mut right).trade(2, 3, 20).expect("there is enough");

    let balances = |controller: &mut Controller<NativeWorker>| {
        let mut ledger = Ledger::new(controller);
        assert_eq!(ledger.total(), Ok(MONEY));
        [1, 2, 3, 4].map(|account| ledger.balance(Account(account)).expect("a known account"))
    };
    assert_eq!(balances(&mut left), [990, 1_010, 1_000, 1_000]);
    assert_eq!(balances(&mut right), [1_000, 1_000, 980, 1_020]);
    assert_eq!(hash(&base), before);
    assert_eq!(balances(&mut base.fork()), [1_000; 4]);
}

#[test]
fn a_fork_agrees_with_a_fresh_boot_on_equal_business() {
    let base = booted();
    business(&mut base.fork(), 7);
    let (mut fork, mut fresh) = (base.fork(), booted());
    let (forked, anew) = (business(&mut fork, 8), business(&mut fresh, 8));
    assert_eq!(forked, anew);
    assert_eq!(fork.kv(), fresh.kv());
    assert_ne!(forked, business(&mut base.fork(), 9), "other business has other hashes");
}

#[test]
fn a_fork_agrees_with_a_fresh_boot_crank_for_crank() {
    let (mut fork, mut fresh) = (booted().fork(), booted());
    let mut traced = [Vec::new(), Vec::new()];
    for (controller, trace) in [&mut fork, &mut fresh].into_iter().zip(&mut traced) {
        let call = bootfork_kernel::Call::new("total").encode();
        controller.queue_to_vat_root("issuer", call, None).expect("there is an issuer");
        while controller.step().expect("the kernel goes on") {
            trace.push(hash(controller));
        }
    }
    assert!(traced[0].len() > 1, "{traced:?}");
    assert_eq!(traced[0], traced[1]);
}

#[test]
fn a_restarted_ledger_goes_on_equally() {
    let mut base = booted();
    business(&mut base, 3);
    // A kernel remembers in memory alone which promises the host has let go. A crank without an
    // answer forgets the last of them, so that nothing is lost that a restart could lose.
    let call = bootfork_kernel::Call::new("total").encode();
    base.queue_to_vat_root("issuer", call, None).expect("there is an issuer");
    base.run().expect("the kernel goes on");
    let mut restarted = base.restart().expect("the tables are a kernel's");
    assert_eq!(business(&mut restarted, 4), business(&mut base, 4));
    assert_eq!(restarted.kv(), base.kv());
}
