//! A small economy of vats in Rust: an issuer that keeps the money, traders who hold purses and
//! pay each other, and a bootstrap vat that brings them together.
//!
//! It is a world to boot, fork and measure: booting it costs as many cranks as its [`LedgerConfig`]
//! says, everything in it goes through messages and promises, and the money in it is conserved.
//!
//! ```
//! use bootfork_ledger::{Account, Ledger, LedgerConfig, LedgerError, Refusal};
//!
//! // Boot once …
//! let booted = bootfork_ledger::boot(&LedgerConfig { accounts: 10, ..LedgerConfig::default() })?;
//!
//! // … and try things, each in a fork of its own.
//! let (alice, bob) = (Account(1), Account(2));
//! let mut fork = booted.fork();
//! let mut ledger = Ledger::new(&mut fork);
//! ledger.transfer(alice, bob, 300)?;
//! assert_eq!((ledger.balance(alice)?, ledger.balance(bob)?), (700, 1_300));
//! assert_eq!(ledger.total()?, 10_000);
//!
//! let mut fork = booted.fork();
//! let refused = Ledger::new(&mut fork).transfer(alice, bob, 1_001);
//! assert_eq!(refused, Err(LedgerError::Refused(Refusal::InsufficientFunds)));
//! # Ok::<(), LedgerError>(())
//! ```
//!
//! *The vats.* `issuer` exports one purse an account, `o+N` for account N, and answers by number
//! at its root, which only the bootstrap vat and the host can reach. `traderN` knows the other
//! traders and its purses; to [trade](Ledger::trade) it asks its peer for an address, then its own
//! purse for a transfer. `bootstrap` has the issuer mint one purse after the other and hands each
//! to a trader. A world without traders is the issuer alone, which is then the bootstrap vat too.
//!
//! *Invariants.* Vats keep everything in the vatstore. No argument is trusted: what a vat does not
//! understand it rejects, and lives on. A vat drops an object that it was shown and does not keep
//! in the same delivery, so that nothing piles up from message to message.

#![forbid(unsafe_code)]

mod boot;
mod bootstrap;
mod error;
mod issuer;
mod message;
mod promises;
mod trader;
mod world;

pub use boot::{LedgerConfig, boot, boot_with, worker};
pub use error::{LedgerError, Refusal};
pub use world::{Account, Ledger};
