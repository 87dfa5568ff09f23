//! Money moves, and is conserved.

use std::collections::BTreeMap;

use bootfork_kernel::{Call, CapData, Controller, Handle, NativeWorker, RunUtils, Value};
use bootfork_ledger::{Account, Ledger, LedgerConfig, LedgerError, Refusal, boot};

use crate::{ACCOUNTS, Dice, MONEY, TRADERS, booted};

fn refused<T>(refusal: Refusal) -> Result<T, LedgerError> {
    Err(LedgerError::Refused(refusal))
}

#[test]
fn random_transfers_and_trades_agree_with_a_table_of_balances() {
    let mut controller = booted();
    let mut ledger = Ledger::new(&mut controller);
    let mut table: BTreeMap<u64, u64> = (1..=u64::from(ACCOUNTS)).map(|n| (n, 1_000)).collect();
    let mut dice = Dice(1);
    let (mut moved, mut too_much) = (0, 0);
    for _ in 0..300 {
        let trade = dice.roll(2) == 0;
        let accounts = if trade { TRADERS } else { ACCOUNTS };
        let (from, to) = (dice.roll(accounts.into()), dice.roll(accounts.into()));
        let amount = dice.roll(1_200);
        let answer = if trade {
            let number = |trader: u64| u32::try_from(trader).expect("a small number");
            ledger.trade(number(from), number(to), amount)
        } else {
            ledger.transfer(Account(from + 1), Account(to + 1), amount)
        };
        if table[&(from + 1)] < amount {
            assert_eq!(answer, refused(Refusal::InsufficientFunds));
            too_much += 1;
        } else {
            assert_eq!(answer, Ok(()));
            *table.get_mut(&(from + 1)).expect("listed") -= amount;
            *table.get_mut(&(to + 1)).expect("listed") += amount;
            moved += 1;
        }
        assert_eq!(ledger.total(), Ok(MONEY));
    }
    for (account, balance) in table {
        assert_eq!(ledger.balance(Account(account)), Ok(balance));
    }
    assert!(moved > 50 && too_much > 50, "{moved} moved, {too_much} refused");
}

#[test]
fn bad_input_is_refused_by_name_and_moves_nothing() {
    let mut controller = booted();
    let mut ledger = Ledger::new(&mut controller);
    let (known, unknown) = (Account(1), Account(u64::from(ACCOUNTS) + 1));
    assert_eq!(ledger.balance(unknown), refused(Refusal::UnknownAccount));
    assert_eq!(ledger.balance(Account(0)), refused(Refusal::UnknownAccount));
    assert_eq!(ledger.transfer(known, unknown, 1), refused(Refusal::UnknownAccount));
    assert_eq!(ledger.transfer(unknown, known, 1), refused(Refusal::UnknownAccount));
    assert_eq!(ledger.transfer(known, known, 1_001), refused(Refusal::InsufficientFunds));
    assert_eq!(ledger.trade(0, TRADERS, 1), refused(Refusal::UnknownTrader));
    assert_eq!(ledger.trade(TRADERS, 0, 1), refused(Refusal::UnknownTrader));
    assert_eq!(ledger.open(u64::MAX), refused(Refusal::TooMuch));
    assert_eq!(ledger.transfer(known, known, 1_000), Ok(()));
    assert_eq!(ledger.total(), Ok(MONEY));
}

#[test]
fn a_new_account_follows_those_of_the_boot() {
    let mut controller = booted();
    let mut ledger = Ledger::new(&mut controller);
    let account = ledger.open(5).expect("there is room for 5");
    assert_eq!(account, Account(u64::from(ACCOUNTS) + 1));
    assert_eq!(ledger.transfer(account, Account(1), 5), Ok(()));
    assert_eq!((ledger.balance(Account(1)), ledger.total()), (Ok(1_005), Ok(MONEY + 5)));
}

#[test]
fn what_cannot_be_configured_is_refused() {
    let rich = LedgerConfig { opening_balance: u64::MAX, ..LedgerConfig::default() };
    assert!(matches!(boot(&rich), Err(LedgerError::Config(_))));
    let richest = LedgerConfig { traders: 1, accounts: 1, ..rich };
    let mut controller = boot(&richest).expect("it can just be counted");
    assert_eq!(Ledger::new(&mut controller).total(), Ok(u64::MAX));
}

fn number(number: u64) -> Value {
    Value::BigInt(number.to_string())
}

fn ask(controller: &mut Controller<NativeWorker>, purse: &Handle, call: &Call) -> CapData<Handle> {
    RunUtils::new(controller).ask(purse, call).expect("the purse does as it is told")
}

#[test]
fn a_purse_withdraws_into_a_payment_that_is_deposited_once() {
    let mut controller = booted();
    let purse_of = |controller: &mut Controller<NativeWorker>, account| {
        let call = Call::new("purse").arg(number(account));
        RunUtils::new(controller).ask_root("issuer", &call).expect("known accounts").slots[0]
            .clone()
    };
    let (alice, bob) = (purse_of(&mut controller, 1), purse_of(&mut controller, 2));
    let withdraw = Call::new("withdraw").arg(number(30));
    let payment = ask(&mut controller, &alice, &withdraw).slots[0].clone();
    assert_eq!(ask(&mut controller, &payment, &Call::new("balance")).body, "#\"+30\"");

    let deposit = Call::new("deposit").object(&payment, "purse");
    assert_eq!(ask(&mut controller, &bob, &deposit).body, "#\"+30\"");
    let again = RunUtils::new(&mut controller).ask(&bob, &deposit).map_err(LedgerError::from);
    assert_eq!(again, refused(Refusal::UnknownAccount));

    let mut ledger = Ledger::new(&mut controller);
    assert_eq!((ledger.balance(Account(1)), ledger.balance(Account(2))), (Ok(970), Ok(1_030)));
    assert_eq!(ledger.total(), Ok(MONEY));
}
