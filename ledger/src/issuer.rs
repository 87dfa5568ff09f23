//! The issuer: accounts by number, and a purse object for each.
//!
//! | key | value |
//! |---|---|
//! | `next.account` | the number of the next account |
//! | `minted` | all the money there is |
//! | `purse.N` | the balance of account N, whose purse is `o+N` |

use bootfork_kernel::{Syscalls, Value, Vat, VatDelivery, VatError, Vref};

use super::error::Refusal;
use super::message::{Answer, Fault, drop_unkept, number, object, serve};
use super::promises::next_number;

/// The issuer's code.
pub(super) struct Issuer;

const PURSES: &str = "purse.";
const MINTED: &str = "minted";
const NEXT: &str = "next.account";

impl Vat for Issuer {
    fn deliver(
        &mut self,
        delivery: &VatDelivery,
        kernel: &mut dyn Syscalls,
    ) -> Result<(), VatError> {
        // A purse that nobody reaches keeps its money: the account is still there by number.
        let VatDelivery::Message(target, message) = delivery else { return Ok(()) };
        let slots = &message.methargs.slots;
        serve(kernel, message, |kernel, method, arguments| match purse_number(target) {
            Some(account) => purse(kernel, account, method, arguments, slots),
            None => root(kernel, method, arguments),
        })?;
        drop_unkept(kernel, slots)
    }
}

/// The methods of the root.
fn root(kernel: &mut dyn Syscalls, method: &str, arguments: &[Value]) -> Result<Answer, Fault> {
    match (method, arguments) {
        ("bootstrap", _) => Ok(Answer::DONE),
        ("open", [amount]) => Ok(Answer::number(mint(kernel, number(amount)?)?)),
        ("mint", [amount]) => Ok(purse_answer(mint(kernel, number(amount)?)?)),
        ("purse", [account]) => {
            let account = number(account)?;
            balance(kernel, account)?;
            Ok(purse_answer(account))
        }
        ("balance", [account]) => Ok(Answer::number(balance(kernel, number(account)?)?)),
        ("transfer", [from, to, amount]) => {
            transfer(kernel, number(from)?, number(to)?, number(amount)?)?;
            Ok(Answer::DONE)
        }
        ("total", []) => Ok(Answer::number(total(kernel)?)),
        _ => Err(Refusal::NotUnderstood.into()),
    }
}

/// The methods of the purse of an account.
fn purse(
    kernel: &mut dyn Syscalls,
    account: u64,
    method: &str,
    arguments: &[Value],
    slots: &[Vref],
) -> Result<Answer, Fault> {
    let other = |value| purse_number(object(value, slots)?).ok_or(Refusal::UnknownAccount);
    match (method, arguments) {
        ("balance", []) => Ok(Answer::number(balance(kernel, account)?)),
        ("transfer", [to, amount]) => {
            transfer(kernel, account, other(to)?, number(amount)?)?;
            Ok(Answer::DONE)
        }
        ("withdraw", [amount]) => {
            let amount = number(amount)?;
            if balance(kernel, account)? < amount {
                return Err(Refusal::InsufficientFunds.into());
            }
            let payment = open(kernel)?;
            transfer(kernel, account, payment, amount)?;
            Ok(purse_answer(payment))
        }
        ("deposit", [payment]) => {
            let payment = other(payment)?;
            let amount = balance(kernel, payment)?;
            if payment == account {
                return Err(Refusal::UnknownAccount.into());
            }
            transfer(kernel, payment, account, amount)?;
            kernel.vatstore_delete(&key(payment))?;
            Ok(Answer::number(amount))
        }
        _ => Err(Refusal::NotUnderstood.into()),
    }
}

fn purse_answer(account: u64) -> Answer {
    Answer::Object(Vref::new(format!("o+{account}")), "purse")
}

/// The account of a purse; `None` for the root and for objects of others.
fn purse_number(vref: &Vref) -> Option<u64> {
    vref.as_str().strip_prefix("o+")?.parse().ok().filter(|account| *account > 0)
}

fn key(account: u64) -> String {
    format!("{PURSES}{account}")
}

fn set(kernel: &mut dyn Syscalls, key: &str, amount: u64) -> Result<(), VatError> {
    kernel.vatstore_set(key, amount.to_string())
}

fn read(kernel: &mut dyn Syscalls, key: &str) -> Result<Option<u64>, VatError> {
    let Some(text) = kernel.vatstore_get(key)? else { return Ok(None) };
    text.parse().map(Some).map_err(|_| VatError::from(format!("{key} is no amount")))
}

/// An account with nothing in it.
fn open(kernel: &mut dyn Syscalls) -> Result<u64, VatError> {
    let account = next_number(kernel, NEXT)?;
    set(kernel, &key(account), 0)?;
    Ok(account)
}

/// An account with new money. The sum of all of it fits a number, so no balance overflows.
fn mint(kernel: &mut dyn Syscalls, amount: u64) -> Result<u64, Fault> {
    let minted = read(kernel, MINTED)?.unwrap_or(0);
    let minted = minted.checked_add(amount).ok_or(Refusal::TooMuch)?;
    set(kernel, MINTED, minted)?;
    let account = open(kernel)?;
    set(kernel, &key(account), amount)?;
    Ok(account)
}

fn balance(kernel: &mut dyn Syscalls, account: u64) -> Result<u64, Fault> {
    read(kernel, &key(account))?.ok_or_else(|| Refusal::UnknownAccount.into())
}

fn transfer(kernel: &mut dyn Syscalls, from: u64, to: u64, amount: u64) -> Result<(), Fault> {
    let (from_balance, to_balance) = (balance(kernel, from)?, balance(kernel, to)?);
    let rest = from_balance.checked_sub(amount).ok_or(Refusal::InsufficientFunds)?;
    if from != to {
        let sum = to_balance.checked_add(amount).ok_or(Refusal::TooMuch)?;
        set(kernel, &key(from), rest)?;
        set(kernel, &key(to), sum)?;
    }
    Ok(())
}

/// What all accounts hold, counted one by one.
fn total(kernel: &mut dyn Syscalls) -> Result<u64, Fault> {
    let mut total: u64 = 0;
    let mut at = PURSES.to_owned();
    while let Some(next) = kernel.vatstore_next_key(&at)?.filter(|key| key.starts_with(PURSES)) {
        let amount = read(kernel, &next)?.unwrap_or(0);
        total = total.checked_add(amount).ok_or(Refusal::TooMuch)?;
        at = next;
    }
    Ok(total)
}
