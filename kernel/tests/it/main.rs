//! The kernel through its public interface, by concept.

mod abort;
mod adversary;
mod corrupt;
mod devices;
mod dynamic;
mod fork;
mod host;
mod invariants;
mod mailbox;
mod meters;
mod original;
mod property;
mod publish;
mod raw_devices;
mod recorded;
mod replay;
mod script;
