//! The customers, and what they rely on.

use bootfork_explorer::{Context, assert_always, assert_sometimes};
use bootfork_kernel::{Call, Controller, Handle, KernelError, ResolutionPolicy};

use super::{BALANCE, LedgerWorker, number, vat_id};
use crate::explore::Host;

/// The customers of the ledger: they pay each other, directly, through traders or the teller.
#[derive(Clone, Debug)]
pub(super) struct LedgerHost {
    accounts: u32,
    traders: u32,
    /// The beginning of the keys of balances.
    purses: String,
    counters: Vec<String>,
}

impl LedgerHost {
    pub(super) fn new(
        kernel: &Controller<LedgerWorker>,
        accounts: u32,
        traders: u32,
    ) -> Result<Self, KernelError> {
        let purses = format!("{}.vs.purse.", vat_id(kernel, "issuer")?);
        let traders_and_teller = (0..traders).map(|n| format!("trader{n}"));
        let senders = traders_and_teller.chain(["teller".to_owned()]);
        let counter = |name: String| Ok(format!("{}.vs.next.promise", vat_id(kernel, &name)?));
        let counters = senders.map(counter).collect::<Result<_, KernelError>>()?;
        Ok(Self { accounts, traders, purses, counters })
    }

    fn balance(&self, kernel: &Controller<LedgerWorker>, account: u32) -> Option<u64> {
        let balance = kernel.kv().get(format!("{}{account}", self.purses))?;
        std::str::from_utf8(balance).ok()?.parse().ok()
    }

    /// What some accounts hold together; `None` if one of them holds no amount.
    fn sum(
        &self,
        kernel: &Controller<LedgerWorker>,
        accounts: impl IntoIterator<Item = u32>,
    ) -> Option<u64> {
        accounts.into_iter().map(|account| self.balance(kernel, account)).sum()
    }

    fn money(&self) -> u64 {
        u64::from(self.accounts) * BALANCE
    }

    fn vault(&self) -> u32 {
        self.accounts + 1
    }

    fn pay(&self, ctx: &mut Context) -> (String, Call) {
        let (through, parties) = match ctx.below(3) {
            0 => ("teller", self.accounts),
            1 => ("issuer", self.accounts),
            _ => ("trader", self.traders),
        };
        let parties = u64::from(parties);
        let payer = ctx.below(parties);
        let other = (payer + 1 + ctx.below(parties - 1)) % parties;
        // Half of what they begin with, all of it, and more.
        let amount = number((ctx.below(3) + 1) * BALANCE / 2);
        if through == "trader" {
            let trade = Call::new("trade").arg(number(other)).arg(amount);
            return (format!("trader{payer}"), trade);
        }
        let transfer = Call::new("transfer").arg(number(payer + 1)).arg(number(other + 1));
        (through.to_owned(), transfer.arg(amount))
    }
}

impl Host for LedgerHost {
    type Worker = LedgerWorker;

    fn send(
        &self,
        kernel: &mut Controller<LedgerWorker>,
        ctx: &mut Context,
    ) -> Result<Option<Handle>, KernelError> {
        let (vat, call) = self.pay(ctx);
        kernel.queue_to_vat_root(&vat, call.encode(), Some(ResolutionPolicy::Ignore))
    }

    fn between_cranks(&self, kernel: &Controller<LedgerWorker>) {
        // An amount below nothing is no amount.
        let sum = self.sum(kernel, 1..=self.vault());
        assert_always!(sum.is_some(), "every account holds an amount");
        assert_always!(sum == Some(self.money()), "money is neither made nor destroyed", sum);
        assert_sometimes!(self.balance(kernel, self.vault()) > Some(0), "money is in the vault");
    }

    fn at_rest(&self, kernel: &Controller<LedgerWorker>, unsettled: &[Handle]) {
        let sum = self.sum(kernel, 1..=self.accounts);
        assert_always!(sum == Some(self.money()), "no money is lost", sum);
        assert_always!(unsettled.is_empty(), "every payment is answered", unsettled);
    }

    fn counters(&self) -> Vec<String> {
        self.counters.clone()
    }
}
