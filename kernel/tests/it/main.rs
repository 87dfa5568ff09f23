//! The kernel through its public interface, by concept.

mod abort;
mod adversary;
mod corrupt;
mod devices;
mod fork;
mod host;
mod invariants;
mod meters;
mod property;
mod publish;
mod recorded;
mod replay;
mod script;
