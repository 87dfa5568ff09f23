//! The kernel through its public interface, by concept.

mod abort;
mod adversary;
mod corrupt;
mod fork;
mod host;
mod invariants;
mod meters;
mod property;
mod recorded;
mod script;
