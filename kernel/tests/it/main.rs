//! The kernel through its public interface, by concept.

mod abort;
mod corrupt;
mod fork;
mod host;
mod meters;
mod property;
mod recorded;
mod script;
