//! Exploring by forks in process, beside exploring by fork(2).

mod marks;
mod process;
mod world;

pub use marks::Marks;
pub use process::Fork2;
pub use world::{Carrying, timeline_time};

/// What a forked timeline has to carry, and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// The bytes of state that were touched before.
    pub bytes: u64,
    /// How many places of it the one step writes to, far apart.
    pub writes: u32,
}
