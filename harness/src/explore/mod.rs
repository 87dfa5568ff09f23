//! The kernel as a world to explore: what happens if a message comes now, or a crank later, or the
//! kernel is restarted in between?
//!
//! A [`KernelWorld`] is a booted kernel and a [`Host`] that sends it messages. The explorer
//! chooses what happens next, a crank or something that the host does, and forks at what it
//! discovers; a kernel forks in O(1). The host states what must hold, between cranks and at rest.
//!
//! [`ledger`] is such a world: the native ledger, with a teller that may be careless.

mod kernel_world;
pub mod ledger;

pub use kernel_world::{Host, KernelWorld, Pace};
