//! The kernel's whole state as one value.

use bootfork_store::Store;
use serde::{Deserialize, Serialize};

use crate::hash::CrankHasher;
use crate::id::VatId;
use crate::maybe_free::MaybeFree;
use crate::stats::Stats;
use crate::transcript::Transcripts;

/// What a rollback covers and a restart keeps. Cloning it is O(1).
///
/// Only `kv` is seen by the hashes, by scans and by comparison with another kernel.
///
/// ```
/// use bootfork_kernel::Tables;
///
/// let mut tables = Tables::default();
/// tables.kv.set("crankNumber", "0");
/// let fork = tables.clone();
/// tables.kv.set("crankNumber", "1");
/// assert_eq!(fork.kv.get("crankNumber"), Some(b"0".as_slice()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// The key-value table of KERNEL.md section 2.
    pub kv: Store,
    /// Transcripts by vat and position, section 14.
    pub transcripts: Transcripts,
    /// Installed bundles by ID; what a bundle holds is its worker's business.
    pub bundles: Store,
}

impl Tables {
    /// Moves each table to a frozen region, see [`Store::freeze`].
    pub fn freeze(&mut self) {
        self.kv.freeze();
        self.transcripts.store_mut().freeze();
        self.bundles.freeze();
    }
}

/// What the kernel keeps in memory. A fork copies it, so that it goes on exactly as its parent
/// would; a restart drops it and reloads from the tables.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Volatile {
    pub(crate) stats: Stats,
    pub(crate) crank_hasher: CrankHasher,
    pub(crate) maybe_free: MaybeFree,
    /// Vats dead but not deleted. Not undone by a rollback (KERNEL.md section 10).
    pub(crate) terminated: Vec<VatId>,
    /// Why the kernel panicked, if it did.
    pub(crate) panic: Option<String>,
}

/// Tables and memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) tables: Tables,
    pub(crate) volatile: Volatile,
}
