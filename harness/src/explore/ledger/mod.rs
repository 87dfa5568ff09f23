//! World `ledger`: the native ledger, with customers who pay through a teller.
//!
//! The teller moves money in two steps, from the payer into its vault and from there to the
//! payee, and has to remember in between whom it is for. With [`LedgerOptions::bug`] it keeps that
//! in memory instead of the store. Then a restart between the two steps leaves the money in the
//! vault, where it is lost to everybody, and the customer without an answer; or, with
//! [`LedgerOptions::panics`], the teller panics over money that it does not remember.

mod host;
mod options;
mod teller;
mod worker;

pub use options::LedgerOptions;

use std::sync::LazyLock;

use bootfork_explorer::{SITES, Site};
use bootfork_kernel::{Call, Config, Controller, KernelError, RunUtils, Value, VatConfig};
use bootfork_ledger::LedgerError;

use host::LedgerHost;
use teller::Teller;
use worker::LedgerWorker;

use super::{Host, KernelWorld, Pace, kernel_world};

/// The name that the world goes by.
pub const NAME: &str = "ledger";

/// Boots the ledger that the options describe, as a world.
///
/// # Errors
/// [`LedgerError::Config`] for what cannot be.
///
/// ```
/// use bootfork::explore::ledger::{LedgerOptions, world};
/// use bootfork::explorer::Explorer;
///
/// let careless = LedgerOptions { bug: true, ..LedgerOptions::default() };
/// let found = Explorer::new(world(&careless)?).budget(500).run();
/// let lost = found.bugs.iter().find(|bug| bug.property == "no money is lost");
/// assert!(lost.is_some_and(|bug| bug.verified));
/// # Ok::<(), bootfork_ledger::LedgerError>(())
/// ```
pub fn world(options: &LedgerOptions) -> Result<KernelWorld<impl Host>, LedgerError> {
    let LedgerOptions { accounts, traders, events, crank, restart, reap, .. } = *options;
    if traders < 2 || accounts < traders {
        return Err(LedgerError::Config("fewer than two traders, or fewer accounts than traders"));
    }
    let kernel = boot(options)?;
    let host = LedgerHost::new(&kernel, accounts, traders)?;
    Ok(KernelWorld::new(kernel, host, Pace { events, crank, restart, reap }))
}

/// The assertions of the world, the kernel's and the ledger's, for
/// [`Explorer::expecting`](bootfork_explorer::Explorer::expecting).
///
/// ```
/// use bootfork::explore::ledger::sites;
/// assert!(sites().iter().any(|site| site.message() == "no money is lost"));
/// ```
pub fn sites() -> &'static [&'static Site] {
    static OWN: LazyLock<Vec<&'static Site>> = LazyLock::new(|| {
        let modules = [kernel_world::MODULE, module_path!()];
        let is_own = |site: &&Site| modules.iter().any(|module| site.is_below(module));
        SITES.iter().copied().filter(is_own).collect()
    });
    &OWN
}

/// What each account holds in the beginning.
const BALANCE: u64 = 1_000;

fn boot(options: &LedgerOptions) -> Result<Controller<LedgerWorker>, LedgerError> {
    let LedgerOptions { accounts, traders, .. } = *options;
    let config = Config::new("bootstrap").vat("bootstrap", "bootstrap").vat("issuer", "issuer");
    let config = (0..traders).fold(config, |config, n| config.vat(format!("trader{n}"), "trader"));
    // The teller hands the promise to a customer on to the issuer.
    let config = config.with_vat(VatConfig::new("teller", teller::BUNDLE).pipelining());
    let mut kernel = Controller::boot(&config, LedgerWorker::new(Teller::new(options)))?;
    kernel.run()?;
    let issuer = kernel.pin_vat_root("issuer")?;
    let mut host = RunUtils::new(&mut kernel);
    let open = Call::new("open").arg(number(accounts.into())).arg(number(BALANCE));
    host.ask_root("bootstrap", &open)?;
    // The vault is the account after the customers'.
    host.ask_root("issuer", &Call::new("open").arg(number(0)))?;
    let vault = number(u64::from(accounts) + 1);
    host.ask_root("teller", &Call::new("begin").object(&issuer, "issuer").arg(vault))?;
    kernel.freeze();
    Ok(kernel)
}

/// A number as the ledger's vats take it.
fn number(number: u64) -> Value {
    Value::BigInt(number.to_string())
}

/// The ID of a static vat.
fn vat_id(kernel: &Controller<LedgerWorker>, name: &str) -> Result<String, KernelError> {
    let id = kernel.kv().get(format!("vat.name.{name}"));
    let id = id.and_then(|id| std::str::from_utf8(id).ok());
    id.map(str::to_owned).ok_or_else(|| KernelError::NoSuchVat { name: name.to_owned() })
}
