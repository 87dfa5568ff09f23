//! A boot as the tests of a suite use it.

mod attribute;
mod boot;
mod determinism;
mod documented;
#[cfg(feature = "explorer")]
mod explore;
mod kept;
#[cfg(feature = "kernel")]
mod kernel;
mod ledger;
#[cfg(feature = "tracing")]
mod spans;
