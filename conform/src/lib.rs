//! Recordings of the real SwingSet kernel, and how ours compares.
//!
//! A recording is a folder: the store's table before and after, and a log of every host call,
//! crank, delivery, syscall, hash and changed key in between. [`Recording::read`] reads one.
//! [`conform`] initializes a kernel and compares the writes, starts it from the table before, gives
//! it the host's inputs in order, lets vats and devices answer from the record, and compares
//! everything else at each line of the log.
//!
//! ```
//! use bootfork_conform::{Recording, conform};
//!
//! let recording = Recording::bundled("hello")?;
//! let verdict = conform(&recording);
//! assert!(verdict.difference.is_none());
//! assert_eq!(verdict.compared.cranks, 27);
//! # Ok::<(), bootfork_conform::ReadError>(())
//! ```

#![forbid(unsafe_code)]

mod branch;
mod bundled;
mod compare;
mod initial;
mod input;
mod log;
mod read;
mod recording;
mod replay;
mod verdict;

pub use branch::{Restored, fork_at_every_crank, restore_at_every_crank};
pub use bundled::BUNDLED;
pub use compare::Difference;
pub use read::ReadError;
pub use recording::Recording;
pub use replay::{Replay, conform};
pub use verdict::{Compared, Verdict};
