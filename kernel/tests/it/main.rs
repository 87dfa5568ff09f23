//! The kernel through its public interface, by concept.

mod abort;
mod adversary;
mod corrupt;
mod devices;
mod dynamic;
mod fork;
mod host;
mod invariants;
mod meters;
mod property;
mod recorded;
mod replay;
mod script;
