//! Boot once, fork per test.
//!
//! A test suite that needs an expensive starting state declares it once, as a [`Boot`]. The first
//! test that asks runs the boot, the others wait for it, and each gets a fork of its own.
//!
//! ```
//! use bootfork::Boot;
//! use bootfork_kernel::{Controller, NativeWorker};
//! use bootfork_ledger::{Account, Ledger, LedgerConfig};
//!
//! static LEDGER: Boot<Controller<NativeWorker>> =
//!     Boot::new("ledger", || Ok(bootfork_ledger::boot(&LedgerConfig::default())?));
//!
//! // In one test …
//! let mut fork = LEDGER.fork()?;
//! Ledger::new(&mut fork).transfer(Account(1), Account(2), 10)?;
//!
//! // … and in another, which sees nothing of the first.
//! let mut fork = LEDGER.fork()?;
//! assert_eq!(Ledger::new(&mut fork).balance(Account(1))?, 1_000);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The states of a bootfork-kernel fork in O(1); feature `kernel` has it at hand as
//! `bootfork::kernel`. Any other state that is [`Clone`] will do. Feature `explorer` makes worlds
//! of kernels (`bootfork::explore`), in which bugs are looked for instead of tested for.

#![forbid(unsafe_code)]

mod boot;
mod error;
#[cfg(feature = "explorer")]
pub mod explore;
mod sync;

pub use boot::{Boot, Recipe};
pub use error::BootError;

/// The example in the README, kept compiling.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(feature = "explorer")]
pub use bootfork_explorer as explorer;
#[cfg(feature = "kernel")]
pub use bootfork_kernel as kernel;
