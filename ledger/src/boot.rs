//! From a configuration to a ledger at rest.

use bootfork_kernel::{
    AskError, Call, Config, Controller, Handle, NativeWorker, PromiseState, ResolutionPolicy,
};

use super::bootstrap::{Bootstrap, TRADER};
use super::error::LedgerError;
use super::issuer::Issuer;
use super::message::number_value;
use super::trader::Trader;

/// How large a ledger is. The cranks of a boot grow linearly with `accounts`.
///
/// ```
/// use bootfork_ledger::{LedgerConfig, boot};
///
/// let small = boot(&LedgerConfig { accounts: 10, ..LedgerConfig::default() })?;
/// let large = boot(&LedgerConfig { accounts: 20, ..LedgerConfig::default() })?;
/// assert!(large.cranks() > small.cranks());
/// # Ok::<(), bootfork_ledger::LedgerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerConfig {
    /// How many trader vats there are; without any, the world is the issuer's vat alone.
    pub traders: u32,
    /// How many accounts are opened, numbered from 1 and given to the traders in turn.
    pub accounts: u32,
    /// What each account holds in the beginning.
    pub opening_balance: u64,
    /// After how many deliveries a vat is asked what it has dropped. These vats drop at once, so
    /// `None`, for never, loses nothing and is the default.
    pub reap_interval: Option<u64>,
}

impl Default for LedgerConfig {
    fn default() -> Self {
        Self { traders: 4, accounts: 100, opening_balance: 1_000, reap_interval: None }
    }
}

impl LedgerConfig {
    /// The smallest world: the issuer's vat alone, with two accounts.
    ///
    /// ```
    /// use bootfork_ledger::{Account, Ledger, LedgerConfig, boot};
    ///
    /// let mut controller = boot(&LedgerConfig::smallest())?;
    /// Ledger::new(&mut controller).transfer(Account(1), Account(2), 10)?;
    /// # Ok::<(), bootfork_ledger::LedgerError>(())
    /// ```
    pub fn smallest() -> Self {
        Self { traders: 0, accounts: 2, ..Self::default() }
    }

    fn check(&self) -> Result<(), LedgerError> {
        if self.accounts < self.traders {
            return Err(LedgerError::Config("fewer accounts than traders"));
        }
        match u64::from(self.accounts).checked_mul(self.opening_balance) {
            Some(_) => Ok(()),
            None => Err(LedgerError::Config("more money than can be counted")),
        }
    }

    pub(crate) fn kernel(&self) -> Config {
        let bootstrap = if self.traders == 0 { "issuer" } else { "bootstrap" };
        let config = Config::new(bootstrap).vat("issuer", "issuer");
        let config = config.reap_interval(self.reap_interval);
        if self.traders == 0 {
            return config;
        }
        (0..self.traders).fold(config.vat("bootstrap", "bootstrap"), |config, number| {
            config.vat(format!("{TRADER}{number}"), "trader")
        })
    }
}

/// The code of the ledger's vats, as bundles `issuer`, `trader` and `bootstrap`.
///
/// ```
/// use bootfork_kernel::{Config, Controller};
///
/// let config = Config::new("bank").vat("bank", "issuer");
/// let mut controller = Controller::boot(&config, bootfork_ledger::worker())?;
/// controller.run()?;
/// # Ok::<(), bootfork_kernel::KernelError>(())
/// ```
pub fn worker() -> NativeWorker {
    NativeWorker::new()
        .with("issuer", || Box::new(Issuer))
        .with("trader", || Box::new(Trader))
        .with("bootstrap", || Box::new(Bootstrap))
}

/// Boots a ledger and runs it until it rests: everybody introduced, every account opened.
///
/// # Errors
/// [`LedgerError::Config`] for what cannot be; other errors would be bugs.
pub fn boot(config: &LedgerConfig) -> Result<Controller<NativeWorker>, LedgerError> {
    boot_with(config, |_| {})
}

/// As [`boot`]; `begin` has the kernel before its first crank, and may
/// [publish](Controller::publish) it.
///
/// # Errors
/// As [`boot`].
///
/// ```
/// use bootfork_ledger::{LedgerConfig, boot_with};
///
/// let mut published = None;
/// let controller = boot_with(&LedgerConfig::smallest(), |kernel| {
///     published = Some(kernel.publish());
/// })?;
/// assert_eq!(published.unwrap().latest().cranks(), controller.cranks());
/// # Ok::<(), bootfork_ledger::LedgerError>(())
/// ```
pub fn boot_with(
    config: &LedgerConfig,
    begin: impl FnOnce(&mut Controller<NativeWorker>),
) -> Result<Controller<NativeWorker>, LedgerError> {
    config.check()?;
    let mut controller = Controller::boot(&config.kernel(), worker())?;
    begin(&mut controller);
    controller.run()?;
    let amount = number_value(config.opening_balance);
    if config.traders == 0 {
        for _ in 0..config.accounts {
            let call = Call::new("open").arg(amount.clone());
            ask(&mut controller, "issuer", &call)?;
        }
    } else {
        let call = Call::new("open").arg(number_value(config.accounts.into())).arg(amount);
        ask(&mut controller, "bootstrap", &call)?;
    }
    controller.freeze();
    Ok(controller)
}

type Kernel = Controller<NativeWorker>;

/// Asks a root for something, and lets the answer go.
fn ask(controller: &mut Kernel, vat: &str, call: &Call) -> Result<(), LedgerError> {
    let policy = Some(ResolutionPolicy::Ignore);
    let result = controller.queue_to_vat_root(vat, call.encode(), policy)?;
    controller.run()?;
    result.map_or(Ok(()), |result| settled(controller, &result))
}

fn settled(controller: &mut Kernel, result: &Handle) -> Result<(), LedgerError> {
    match controller.kp_status(result)? {
        Some(PromiseState::Fulfilled) => Ok(controller.kp_resolution(result, false).map(drop)?),
        Some(PromiseState::Rejected) => {
            Err(AskError::Rejected(controller.kp_resolution(result, false)?).into())
        }
        Some(PromiseState::Unresolved) | None => Err(LedgerError::Unsettled(result.kref())),
    }
}
