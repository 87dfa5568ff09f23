//! A persistent, ordered map of bytes: fork in O(1), write a little, keep or throw away.
//!
//! ```
//! use bootfork_store::Store;
//!
//! // A state that took long to make …
//! let base: Store = (0..10_000).map(|i| (format!("ko{i}.refCount"), "1,1")).collect();
//!
//! // … is forked for each experiment; what they write stays with them.
//! let mut fork = base.fork();
//! fork.set("ko7.refCount", "0,1");
//! fork.remove("ko8.refCount");
//! assert_eq!(base.len(), 10_000);
//!
//! // States are values: compared, told apart, gone back to.
//! for change in base.diff(&fork) {
//!     println!("{:?}: {:?} -> {:?}", change.key, change.left, change.right);
//! }
//! let savepoint = fork.savepoint();
//! fork.remove_prefix("ko");
//! assert!(fork.is_empty());
//! fork.rollback(&savepoint);
//! fork.set("ko7.refCount", "1,1");
//! fork.set("ko8.refCount", "1,1");
//! assert_eq!(fork, base);
//! assert_eq!(fork.digest(), base.digest());
//! ```
//!
//! [`Store`] is the map, with the cost of every operation. What was collected, as above, or
//! [frozen](Store::freeze), is the best base for many forks. [`Batch`] holds writes over a store,
//! to be discarded or committed: the cheapest for states that die young. [`Snapshot`] is a
//! read-only view, [`Savepoint`] a state to go back to, [`Change`] a difference, [`Digest`] the
//! content in 128 bits, [`Stats`] what a store occupies. [`Store::export`] and [`Store::import`]
//! turn a store into lines of JSON and back. [`Published`] shows the latest state of a running
//! system to other threads, [`Budgeted`] limits what a fork writes.
//!
//! [`mod@format`] defines the hash that places keys, and the digest. With the feature `serde`, off
//! by default, stores, snapshots and digests can be serialized and deserialized, differences and
//! statistics serialized.
//!
//! An [image](image::Image) is one or more stores as a file, which is mapped and used in place.
//! With the feature `zstd`, off by default, images can be packed for transport.
//!
//! The store knows bytes only. It is meant for tests and exploration, not for production state.

mod batch;
mod budget;
mod check;
mod collection;
mod digest;
mod gather;
#[doc = include_str!("../FORMAT.md")]
pub mod format {}
mod hash;
#[cfg(target_endian = "little")]
pub mod image;
mod iter;
mod json_lines;
mod map;
mod node;
mod order;
mod published;
mod raw;
mod region;
#[cfg(feature = "serde")]
mod serde;
mod snapshot;
mod stats;
mod store;
mod sync;

pub use batch::{Batch, BatchSavepoint, WriteSet};
pub use budget::{Budget, Budgeted, OverBudget};
pub use check::Violation;
pub use collection::IntoIter;
pub use digest::Digest;
pub use iter::Iter;
pub use json_lines::{ExportError, ImportError, ImportProblem};
pub use published::Published;
pub use snapshot::{Savepoint, Snapshot};
pub use stats::Stats;
pub use store::{Change, Store};
#[cfg(shuttle)]
pub use sync::witnesses;
