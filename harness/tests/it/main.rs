//! A boot as the tests of a suite use it.

mod boot;
#[cfg(feature = "explorer")]
mod explore;
mod ledger;
