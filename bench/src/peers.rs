//! One face for the store and the persistent maps it is measured against.
//!
//! The peers hold keys and values as `Arc<[u8]>`, made before the clock starts, with each crate's
//! own hasher and pointer; the store copies key and value on every write and keeps its keys in
//! order and its digest current besides. What a write costs is therefore counted against the store.

use std::sync::Arc;

use bootfork_store::Store;

use crate::inputs::Entry;

type Bytes = Arc<[u8]>;

/// A write, ready in the form of either side.
#[derive(Clone, Debug)]
pub struct Write {
    bytes: Entry,
    shared: (Bytes, Bytes),
}

impl Write {
    /// Key and value.
    pub fn entry(&self) -> (&[u8], &[u8]) {
        (&self.bytes.0, &self.bytes.1)
    }
}

impl From<Entry> for Write {
    fn from((key, value): Entry) -> Self {
        Self { shared: (key[..].into(), value[..].into()), bytes: (key, value) }
    }
}

/// A map whose clone is a fork.
pub trait Peer: Clone {
    /// As the crate is called.
    const NAME: &'static str;

    /// An empty map.
    fn empty() -> Self;

    /// Writes an entry.
    fn write(&mut self, write: &Write);

    /// The value of a key.
    fn read(&self, key: &[u8]) -> Option<&[u8]>;
}

impl Peer for Store {
    const NAME: &'static str = "bootfork";

    fn empty() -> Self {
        Self::new()
    }

    fn write(&mut self, write: &Write) {
        self.set(&write.bytes.0, &write.bytes.1);
    }

    fn read(&self, key: &[u8]) -> Option<&[u8]> {
        self.get(key)
    }
}

/// Implements [`Peer`] by the methods that the three maps have in common.
macro_rules! peer {
    ($name:literal, $map:ty, $insert:ident) => {
        impl Peer for $map {
            const NAME: &'static str = $name;

            fn empty() -> Self {
                Self::default()
            }

            fn write(&mut self, write: &Write) {
                let (key, value) = &write.shared;
                self.$insert(key.clone(), value.clone());
            }

            fn read(&self, key: &[u8]) -> Option<&[u8]> {
                self.get(key).map(|value| &**value)
            }
        }
    };
}

peer!("im", im::HashMap<Bytes, Bytes>, insert);
peer!("imbl", imbl::HashMap<Bytes, Bytes>, insert);
peer!("rpds", rpds::HashTrieMapSync<Bytes, Bytes>, insert_mut);
