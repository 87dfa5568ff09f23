//! The harness's own source of what threads wait for, compiled on loom's locks.

#![forbid(unsafe_code)]

#[path = "../../../harness/src/error.rs"]
mod error;
#[path = "../../../harness/src/once.rs"]
mod once;
#[path = "../../../harness/src/sync.rs"]
mod sync;

pub use error::BootError;
pub use once::Once;
