//! The store that models start from.

use loom_store::Store;

pub(crate) const LEFT: &[u8] = b"\x00";
pub(crate) const RIGHT: &[u8] = b"\x80";

/// Two entries that part at the first level.
pub(crate) fn base() -> Store {
    let mut store = Store::new();
    store.set(LEFT, "left");
    store.set(RIGHT, "right");
    store
}
