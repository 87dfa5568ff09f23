//! One face for all maps, and the forms that keys and values have in them.

use std::hash::Hash;
use std::sync::Arc;

use smol_str::SmolStr;

use super::input::Scanned;
use super::workload::Workload;

/// What a contender is to the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// This project's.
    Ours,
    /// A persistent map: a fork costs O(1).
    Persistent,
    /// An ordinary map: a fork is a copy of everything.
    Copied,
}

/// What only maps in key order can answer.
pub const ORDERED: &[Workload] = &[Workload::Seek, Workload::Scan, Workload::DiffFork];

/// A map from bytes to bytes.
///
/// Keys and values are brought into the map's own form before the clock starts, so that it has
/// only to take them. What a map cannot do it [skips](Self::skips), and leaves the method as it is.
pub trait Contender: Sized + Sync {
    /// What it is to the report.
    const KIND: Kind;

    /// Whether it copies keys and values from wherever they are, so that bringing them into form
    /// is no work that it needs.
    const TAKES_BYTES: bool = false;

    /// A key as the map would like to have it.
    type Key: Send + Sync;
    /// A value likewise.
    type Value: Send + Sync;
    /// A fork with writes that may well be thrown away.
    type Trial<'a>
    where
        Self: 'a;

    /// The crate, the map, and the marks of what was chosen for it.
    fn name() -> String;

    /// The workloads it cannot do.
    fn skips() -> &'static [Workload] {
        ORDERED
    }

    /// Brings a key into form.
    fn key(bytes: &[u8]) -> Self::Key;

    /// Brings a value into form.
    fn value(bytes: &[u8]) -> Self::Value;

    /// A map of these entries.
    fn build(entries: &[(Self::Key, Self::Value)]) -> Self;

    /// A map of the same content, to be changed by itself.
    #[must_use]
    fn fork(&self) -> Self;

    /// Writes an entry.
    fn set(&mut self, key: &Self::Key, value: &Self::Value);

    /// The value of a key.
    fn get(&self, key: &Self::Key) -> Option<&[u8]>;

    /// Whether the content is equal.
    fn equals(&self, other: &Self) -> bool;

    /// A fork with these writes, made to stay.
    #[must_use]
    fn keep(&self, writes: &[(Self::Key, Self::Value)]) -> Self {
        written(self, writes)
    }

    /// A fork with these writes.
    fn trial(&self, writes: &[(Self::Key, Self::Value)]) -> Self::Trial<'_>;

    /// The value of a key in a trial.
    fn look<'t>(trial: &'t Self::Trial<'_>, key: &Self::Key) -> Option<&'t [u8]>;

    /// The least key after a key.
    fn next_key(&self, _after: &Self::Key) -> Option<&[u8]> {
        None
    }

    /// Walks the entries from a key on, in key order.
    fn scan(&self, _from: &Self::Key) -> Scanned {
        Scanned::default()
    }

    /// How many keys have different values.
    fn differences(&self, _other: &Self) -> usize {
        0
    }
}

/// A fork with the writes made in it: the trial of every map that has nothing better.
pub fn written<C: Contender>(base: &C, writes: &[(C::Key, C::Value)]) -> C {
    let mut fork = base.fork();
    for (key, value) in writes {
        fork.set(key, value);
    }
    fork
}

/// Bytes that are cheap to clone, as peers hold them.
pub trait Blob: Clone + Eq + Hash + Ord + Send + Sync + std::fmt::Debug + 'static {
    /// Says in a contender's name which form this is.
    const MARK: &'static str;

    /// Takes over the bytes.
    fn pack(bytes: &[u8]) -> Self;

    /// The bytes again.
    fn bytes(&self) -> &[u8];
}

/// Shared bytes of the standard library.
pub type Shared = Arc<[u8]>;

impl Blob for Shared {
    const MARK: &'static str = "";

    fn pack(bytes: &[u8]) -> Self {
        bytes.into()
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        self
    }
}

/// Up to 23 bytes in place, shared when longer.
impl Blob for SmolStr {
    const MARK: &'static str = "+sb";

    fn pack(bytes: &[u8]) -> Self {
        Self::new(str::from_utf8(bytes).expect("keys and values of the inputs are ASCII"))
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// A hasher as a contender's name shows it.
pub trait Hashing: std::hash::BuildHasher + Clone + Default + Send + Sync {
    /// Says in a contender's name which one this is.
    const MARK: &'static str;
}

/// The hasher that the peers come with.
impl Hashing for std::hash::RandomState {
    const MARK: &'static str = "";
}

impl Hashing for foldhash::fast::RandomState {
    const MARK: &'static str = "+fold";
}

/// A pointer as a contender's name shows it.
pub trait Pointer: archery::SharedPointerKind + Send + Sync {
    /// Says in a contender's name which one this is.
    const MARK: &'static str;
}

impl Pointer for archery::ArcK {
    const MARK: &'static str = "";
}

/// One count where the standard library has two.
impl Pointer for archery::ArcTK {
    const MARK: &'static str = "+tri";
}
