//! What a host does with a ledger.

use std::fmt;

use bootfork_kernel::{Call, CapData, Controller, Handle, KernelError, RunUtils, Value, VatWorker};

use super::bootstrap::TRADER;
use super::error::{LedgerError, Refusal};
use super::message::{number, number_value};

/// The number of an account, from 1. Trader `t` trades with account `t + 1`.
///
/// ```
/// use bootfork_ledger::Account;
///
/// assert_eq!(Account::of_trader(0), Account(1));
/// assert_eq!(Account(7).to_string(), "account 7");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account(pub u64);

impl Account {
    /// The account that a trader trades with.
    pub fn of_trader(trader: u32) -> Self {
        Self(u64::from(trader) + 1)
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "account {}", self.0)
    }
}

/// The operations of a host on a booted ledger, or on a fork of one. Each sends one message, runs
/// the kernel until it rests, and returns the answer.
///
/// ```
/// use bootfork_ledger::{Account, Ledger, LedgerConfig, boot};
///
/// let config = LedgerConfig { traders: 2, accounts: 2, ..LedgerConfig::default() };
/// let mut controller = boot(&config)?;
/// let mut ledger = Ledger::new(&mut controller);
/// ledger.trade(0, 1, 250)?;
/// assert_eq!(ledger.balance(Account::of_trader(0))?, 750);
/// assert_eq!(ledger.balance(Account::of_trader(1))?, 1_250);
/// # Ok::<(), bootfork_ledger::LedgerError>(())
/// ```
#[derive(Debug)]
pub struct Ledger<'a, W: VatWorker> {
    controller: &'a mut Controller<W>,
}

impl<'a, W: VatWorker> Ledger<'a, W> {
    /// The ledger in this kernel.
    pub fn new(controller: &'a mut Controller<W>) -> Self {
        Self { controller }
    }

    /// Opens an account with new money, which nobody but the host reaches.
    ///
    /// # Errors
    /// [`Refusal::TooMuch`] if there would be more money than can be counted.
    pub fn open(&mut self, amount: u64) -> Result<Account, LedgerError> {
        self.ask_number(&Call::new("open").arg(number_value(amount))).map(Account)
    }

    /// What an account holds. O(log n) in the number of accounts.
    ///
    /// # Errors
    /// [`Refusal::UnknownAccount`].
    pub fn balance(&mut self, account: Account) -> Result<u64, LedgerError> {
        self.ask_number(&Call::new("balance").arg(number_value(account.0)))
    }

    /// Moves money between two accounts, whoever holds them.
    ///
    /// # Errors
    /// [`Refusal::UnknownAccount`], [`Refusal::InsufficientFunds`].
    pub fn transfer(&mut self, from: Account, to: Account, amount: u64) -> Result<(), LedgerError> {
        let numbers = [from.0, to.0, amount].map(number_value);
        let call = numbers.into_iter().fold(Call::new("transfer"), Call::arg);
        done(&self.ask_root("issuer", &call)?)
    }

    /// What all accounts hold together. No transfer and no trade changes it. O(n) in the accounts.
    ///
    /// # Errors
    /// [`LedgerError::Kernel`] and its like only.
    pub fn total(&mut self) -> Result<u64, LedgerError> {
        self.ask_number(&Call::new("total"))
    }

    /// Has a trader pay another: it asks the other for an address, then its purse for a transfer.
    ///
    /// # Errors
    /// [`Refusal::UnknownTrader`], [`Refusal::InsufficientFunds`]; [`LedgerError::Rejected`] if one
    /// of the two is terminated.
    pub fn trade(&mut self, trader: u32, with: u32, amount: u64) -> Result<(), LedgerError> {
        let call = Call::new("trade").arg(number_value(with.into())).arg(number_value(amount));
        match self.ask_root(&format!("{TRADER}{trader}"), &call) {
            Err(LedgerError::Kernel(KernelError::NoSuchVat { .. })) => {
                Err(LedgerError::Refused(Refusal::UnknownTrader))
            }
            answer => done(&answer?),
        }
    }

    fn ask_number(&mut self, call: &Call) -> Result<u64, LedgerError> {
        let answer = self.ask_root("issuer", call)?;
        let value = Value::decode(&answer).ok();
        let parsed = value.as_ref().and_then(|value| number(value).ok());
        parsed.ok_or(LedgerError::Unexpected(answer.body))
    }

    fn ask_root(&mut self, vat: &str, call: &Call) -> Result<CapData<Handle>, LedgerError> {
        Ok(RunUtils::new(self.controller).ask_root(vat, call)?)
    }
}

fn done(answer: &CapData<Handle>) -> Result<(), LedgerError> {
    match Value::decode(answer) {
        Ok(Value::Undefined) => Ok(()),
        _ => Err(LedgerError::Unexpected(answer.body.clone())),
    }
}
