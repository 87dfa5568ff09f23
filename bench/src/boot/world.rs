//! The states that are booted.

use std::io;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

use bootfork::store::Store;
use bootfork::{Family, KernelState, Vats};
use bootfork_kernel::{Controller, NativeWorker};
use bootfork_ledger::{Account, Ledger, LedgerConfig};

use super::process::Visit;
use crate::inputs;

/// What is booted, and how large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// A kernel with a ledger of so many accounts.
    Ledger(u32),
    /// A store of so many entries.
    Entries(usize),
}

impl World {
    /// Has the state in this process, by whatever way the environment says, and uses forks of it.
    ///
    /// # Errors
    /// If the boot fails.
    ///
    /// # Panics
    /// If a fork does not do what it should.
    pub fn visit(self) -> Result<Visit, Box<dyn std::error::Error>> {
        let visit = match self {
            Self::Ledger(accounts) => Visit::pay(LEDGERS.at(&accounts), |kernel| {
                let balance = Ledger::new(kernel).balance(Account(1));
                assert_eq!(balance, Ok(LedgerConfig::default().opening_balance));
            })?,
            Self::Entries(count) => Visit::pay(STORES.at(&count), |store| {
                store.set("ko1.owner", "v1");
                assert_eq!(store.get("ko1.owner"), Some(&b"v1"[..]));
            })?,
        };
        Ok(Visit { booted: BOOTED.load(Ordering::Relaxed), ..visit })
    }

    /// The world as an argument of a process.
    pub(super) fn argument(self) -> String {
        match self {
            Self::Ledger(accounts) => format!("ledger:{accounts}"),
            Self::Entries(count) => format!("entries:{count}"),
        }
    }
}

impl FromStr for World {
    type Err = io::Error;

    fn from_str(text: &str) -> io::Result<Self> {
        let parsed = match text.split_once(':') {
            Some(("ledger", accounts)) => accounts.parse().ok().map(Self::Ledger),
            Some(("entries", count)) => count.parse().ok().map(Self::Entries),
            _ => None,
        };
        parsed.ok_or_else(|| io::Error::other(format!("no world {text:?}")))
    }
}

/// Whether this process has booted.
static BOOTED: AtomicBool = AtomicBool::new(false);

struct LedgerVats;

impl Vats for LedgerVats {
    type Worker = NativeWorker;

    fn worker() -> NativeWorker {
        bootfork_ledger::worker()
    }
}

static LEDGERS: Family<u32, Controller<NativeWorker>> = Family::new("ledger", |&accounts| {
    BOOTED.store(true, Ordering::Relaxed);
    Ok(bootfork_ledger::boot(&LedgerConfig { accounts, ..LedgerConfig::default() })?)
})
.cached_as::<KernelState<LedgerVats>>();

static STORES: Family<usize, Store> = Family::new("entries", |&count| {
    BOOTED.store(true, Ordering::Relaxed);
    Ok(inputs::entries(count).into_iter().collect())
})
.cached();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_is_read_as_it_is_written() {
        for world in [World::Ledger(100), World::Entries(10_000)] {
            assert_eq!(world.argument().parse::<World>().expect("a world"), world);
        }
        assert!("ledger".parse::<World>().is_err());
    }
}
