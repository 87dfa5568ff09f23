//! The rules of the house, as functions from text to complaints.
//!
//! Each rule takes what it judges as plain text or a parsed manifest and returns what is wrong,
//! one sentence each; an empty answer is a pass. The unit tests beside each rule are its canaries:
//! they show a bad sample and expect the complaint. `tests/tidy.rs` applies the rules to the
//! repository, and insists that each had something to judge.
//!
//! | module | judges |
//! |---|---|
//! | [`manifests`] | which crate may depend on which, and on what from outside |
//! | [`sources`] | Rust files: size, `unsafe`, leftovers, determinism of the kernel |
//! | [`texts`] | any text file: encoding, final newline, trailing spaces |
//! | [`documents`] | README, ARCHITECTURE and CHANGELOG against the workspace; leftovers |
//!
//! Beside the rules, [`sanitizers`] runs the store's tests under those of a nightly toolchain.

#![forbid(unsafe_code)]

pub mod documents;
pub mod lex;
pub mod manifests;
pub mod sanitizers;
pub mod sources;
pub mod texts;
pub mod tree;

/// What is wrong, one sentence each; empty when all is well.
pub type Complaints = Vec<String>;
