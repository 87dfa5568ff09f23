//! A boot as the tests of a suite use it.

mod boot;
mod ledger;
