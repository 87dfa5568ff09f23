//! The main job: boot the native ledger once, fork it a thousand times, prove the forks apart.

mod checks;
mod measure;
mod operation;
mod report;

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use bootfork::Boot;
use bootfork_kernel::{Controller, NativeWorker};
use bootfork_ledger::{LedgerConfig, LedgerError};
use clap::value_parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

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
    report::print_base(out, base, boot_time)?;

    let progress = Progress::new("checking forks");
    let checks = checks::all(base, &config, options.forks, threads, &progress)?;
    progress.say("measuring");
    let rows = measure::all(base, &config, boot_time)?;
    progress.end();

    report::print_rows(out, &rows)?;
    Ok(report::print_checks(out, &checks, options.forks, threads)?)
}

/// What [`LEDGER`] boots.
static CONFIG: OnceLock<LedgerConfig> = OnceLock::new();

/// Booted by the first who asks; all forks of the demonstration are forks of this.
static LEDGER: Boot<Kernel> = Boot::new("ledger", || {
    let progress = Progress::new("booting the ledger");
    let booted = boot(&CONFIG.get().copied().unwrap_or_default(), &progress);
    progress.end();
    Ok(booted?)
});

fn boot(config: &LedgerConfig, progress: &Progress) -> Result<Kernel, LedgerError> {
    bootfork_ledger::boot_with_progress(config, |cranks| {
        if cranks.is_multiple_of(256) {
            progress.say(&format!("booting the ledger: {cranks} cranks"));
        }
    })
}

/// A line on the terminal that says what is going on; nothing where there is no terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    fn new(what: &str) -> Self {
        let target = if io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(ProgressStyle::default_spinner());
        bar.enable_steady_tick(Duration::from_millis(100));
        bar.set_message(what.to_owned());
        Self(bar)
    }

    pub(crate) fn say(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    fn end(self) {
        self.0.finish_and_clear();
    }
}
