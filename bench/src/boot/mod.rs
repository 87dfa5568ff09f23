//! What a booted state costs a process: to boot it, to boot and keep it, to find it in the cache;
//! and then to fork it. Each figure is that of a process of its own, as under nextest.

mod process;
mod world;

pub use process::Visit;
pub use world::World;
