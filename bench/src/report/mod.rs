//! The report: the store beside the maps that a user would take instead, in one run.
//!
//! **Who.** [`contenders`] lists them, each behind the one face of [`contender::Contender`]: the
//! store (`bootfork …`), persistent maps as shipped and as their users tune them (`+fold`:
//! foldhash, `+tri`: triomphe pointers, `+sb`: strings of up to 23 bytes in place), and ordinary
//! maps that are forked by copying them. Peers only clone keys and values made before the clock
//! starts; the store copies the bytes, keeps its keys in order and its digest current.
//!
//! **What.** [`workload::Workload`] says it of each; the entries are those of [`crate::inputs`].
//!
//! **How.** Times are CPU times of the measuring thread. Every workload goes in [`ROUNDS`] rounds,
//! all contenders in turn within each, so that a neighbour's load falls on all of them; a figure
//! is the median of its rounds. A contender so slow that one operation uses up its share has
//! fewer rounds, one at least. Rates are forks in a second of CPU time of pinned threads, added up.
//! Before each measurement the allocator puts in order what was freed before ([`clock`]).
//! Memory is counted by the allocator, as the blocks that glibc's malloc makes of the requests;
//! that of a fork also as it was requested.
//!
//! **Whether.** Before it is measured a contender must answer rightly, as base, trial and fork;
//! and what it finds while it is measured is compared, too. A wrong answer ends the run.

pub mod candidate;
pub mod clock;
pub mod contender;
pub mod input;
pub mod options;
pub mod ours;
mod peers;
pub mod row;
pub mod run;
pub mod table;
pub mod threads;
pub mod workload;

use std::hash::RandomState;

use archery::{ArcK, ArcTK};
use foldhash::fast::RandomState as FoldHash;
use smol_str::SmolStr;

use self::candidate::{Candidate, candidate};
use self::contender::Shared;

/// How often each figure is measured, if there is time.
pub const ROUNDS: u32 = 7;

/// From this size on only the store is measured: several maps of that size would fill the memory.
pub const ALONE: usize = 2_000_000;

/// Bytes that are allocated.
#[derive(Clone, Copy, Debug)]
pub struct Live {
    /// As the blocks that malloc made of the requests.
    pub blocks: isize,
    /// As they were requested.
    pub requests: isize,
}

/// Everyone who takes part at a size, without a base yet.
pub fn contenders(size: usize) -> Vec<Box<dyn Candidate>> {
    let mut contenders =
        vec![candidate::<ours::Plain>(), candidate::<ours::Frozen>(), candidate::<ours::Batched>()];
    if size < ALONE {
        contenders.extend([
            candidate::<im::HashMap<Shared, Shared, RandomState>>(),
            candidate::<im::HashMap<Shared, Shared, FoldHash>>(),
            candidate::<im::HashMap<SmolStr, SmolStr, FoldHash>>(),
            candidate::<imbl::GenericHashMap<Shared, Shared, RandomState, ArcK>>(),
            candidate::<imbl::GenericHashMap<Shared, Shared, FoldHash, ArcK>>(),
            candidate::<imbl::GenericHashMap<SmolStr, SmolStr, FoldHash, ArcTK>>(),
            candidate::<imbl::GenericOrdMap<Shared, Shared, ArcK>>(),
            candidate::<imbl::GenericOrdMap<SmolStr, SmolStr, ArcTK>>(),
            candidate::<rpds::HashTrieMap<Shared, Shared, ArcTK, RandomState>>(),
            candidate::<rpds::HashTrieMap<SmolStr, SmolStr, ArcTK, FoldHash>>(),
            candidate::<rpds::RedBlackTreeMap<Shared, Shared, ArcTK>>(),
            candidate::<rpds::RedBlackTreeMap<SmolStr, SmolStr, ArcTK>>(),
            candidate::<immutable_chunkmap::map::MapM<Shared, Shared>>(),
            candidate::<hashbrown::HashMap<Shared, Shared, FoldHash>>(),
            candidate::<hashbrown::HashMap<SmolStr, SmolStr, FoldHash>>(),
            candidate::<std::collections::BTreeMap<SmolStr, SmolStr>>(),
        ]);
    }
    contenders
}
