//! A boot as the tests of a suite use it.

mod attribute;
mod boot;
mod determinism;
mod kept;
#[cfg(feature = "kernel")]
mod kernel;
mod ledger;
