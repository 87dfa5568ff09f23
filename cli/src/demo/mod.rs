//! The main job: boot the native ledger once, fork it a thousand times, prove the forks apart.

mod checks;
mod measure;
mod operation;
mod progress;
mod report;

use std::error::Error;
use std::io::Write;
use std::sync::OnceLock;
use std::thread;

use bootfork::Boot;
use bootfork_kernel::{Controller, NativeWorker};
use bootfork_ledger::{LedgerConfig, LedgerError};
use clap::value_parser;
use progress::Progress;
pub(crate) use report::{align, grouped, new_table};

/// The kernel that is booted and forked.
pub(crate) type Kernel = Controller<NativeWorker>;

/// The size of the demonstration.
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Accounts in the ledger, at least one a trader; the boot costs so many rounds of messages
    #[arg(long, default_value_t = 1000, value_parser = value_parser!(u32).range(4..=1_000_000))]
    accounts: u32,
    /// Trader vats in the ledger
    #[arg(long, default_value_t = 4, value_parser = value_parser!(u32).range(2..=1000))]
    traders: u32,
    /// Forks to run, each with an operation of its own
    #[arg(long, default_value_t = 1000, value_parser = value_parser!(u32).range(1..=1_000_000))]
    forks: u32,
    /// Threads to run them on; all cores by default
    #[arg(long, value_parser = value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Does the main job; `true` if every check passed.
pub(crate) fn run(options: &Options, out: &mut impl Write) -> Result<bool, Box<dyn Error>> {
    let config = LedgerConfig {
        traders: options.traders,
        accounts: options.accounts.max(options.traders),
        ..LedgerConfig::default()
    };
    let threads = options.threads.map_or_else(
        || thread::available_parallelism().map_or(1, std::num::NonZero::get),
        usize::from,
    );
    CONFIG.get_or_init(|| config);
    let (booted, boot_time) = measure::timed(|| LEDGER.get());
    let booted = booted?;
    let base = &*booted;
    // Publishing slows a boot down: one that was watched is not the one to report.
    let unwatched = (!Progress::is_shown()).then_some(boot_time);
    report::print_base(out, base, unwatched)?;

    let mut progress = Progress::new("checking forks");
    let checks = checks::all(base, &config, options.forks, threads, &mut progress)?;
    progress.say("measuring");
    let rows = measure::all(base, &config, unwatched)?;
    drop(progress);

    report::print_rows(out, &rows)?;
    Ok(report::print_checks(out, &checks, options.forks, threads)?)
}

/// What [`LEDGER`] boots.
static CONFIG: OnceLock<LedgerConfig> = OnceLock::new();

/// Booted by the first who asks; all forks of the demonstration are forks of this.
static LEDGER: Boot<Kernel> = Boot::new("ledger", || {
    Ok(boot(&CONFIG.get().copied().unwrap_or_default(), &mut Progress::new("booting the ledger"))?)
});

/// Boots a ledger, published for as long as there is a terminal to show it.
fn boot(config: &LedgerConfig, progress: &mut Progress) -> Result<Kernel, LedgerError> {
    let booted = bootfork_ledger::boot_with(config, |kernel| progress.watch(kernel));
    progress.unwatch();
    booted
}
