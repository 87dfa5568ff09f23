//! What the forks do: each another thing, so that a write in the wrong fork would show.

use bootfork_kernel::{Call, Value, VatWorker};
use bootfork_ledger::{Account, Ledger, LedgerConfig, LedgerError};

/// One operation on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// The host moves money.
    Transfer { from: Account, to: Account, amount: u64 },
    /// One trader pays another, by messages and promises between vats.
    Trade { trader: u32, with: u32, amount: u64 },
    /// An account is opened with new money.
    Open { amount: u64 },
}

impl Operation {
    /// The operation of the n-th fork. No two of the first `opening_balance` move the same amount.
    pub(crate) fn number(n: u32, config: &LedgerConfig) -> Self {
        let amount = u64::from(n) % config.opening_balance + 1;
        let account = |n: u32| Account(u64::from(n % config.accounts) + 1);
        match n % 3 {
            0 => Self::Transfer { from: account(n), to: account(n + 1), amount },
            1 => {
                let trader = n % config.traders;
                Self::Trade { trader, with: (trader + 1) % config.traders, amount }
            }
            _ => Self::Open { amount },
        }
    }

    pub(crate) fn apply<W: VatWorker>(self, ledger: &mut Ledger<'_, W>) -> Result<(), LedgerError> {
        match self {
            Self::Transfer { from, to, amount } => ledger.transfer(from, to, amount),
            Self::Trade { trader, with, amount } => ledger.trade(trader, with, amount),
            Self::Open { amount } => ledger.open(amount).map(drop),
        }
    }

    /// The message that asks for it, and the vat that gets it, for a host that goes crank by crank.
    pub(crate) fn message(self) -> (String, Call) {
        let call = |method, numbers: &[u64]| {
            let numbers = numbers.iter().map(|number| Value::BigInt(number.to_string()));
            numbers.fold(Call::new(method), Call::arg)
        };
        match self {
            Self::Transfer { from, to, amount } => {
                ("issuer".into(), call("transfer", &[from.0, to.0, amount]))
            }
            Self::Trade { trader, with, amount } => {
                (format!("trader{trader}"), call("trade", &[with.into(), amount]))
            }
            Self::Open { amount } => ("issuer".into(), call("open", &[amount])),
        }
    }

    /// What every account that the operation touches holds afterwards.
    pub(crate) fn balances_after(self, config: &LedgerConfig) -> Vec<(Account, u64)> {
        let opening = config.opening_balance;
        match self {
            Self::Transfer { from, to, amount } => {
                vec![(from, opening - amount), (to, opening + amount)]
            }
            Self::Trade { trader, with, amount } => vec![
                (Account::of_trader(trader), opening - amount),
                (Account::of_trader(with), opening + amount),
            ],
            Self::Open { amount } => vec![(Account(u64::from(config.accounts) + 1), amount)],
        }
    }
}
