//! What an exploration knows: each assertion and bucket that was ever reached, and how often.

use std::hash::{BuildHasherDefault, Hasher};

use hashbrown::HashMap;

use crate::generator::mix;
use crate::site::Site;

/// Cells are found by hashes that are mixed already.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, &byte| mix(hash, u64::from(byte)));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

pub(crate) type ById<V> = HashMap<u64, V, BuildHasherDefault<Mixed>>;

/// The name of a cell within one exploration: in the order in which they were first reached.
///
/// ```
/// use bootfork_explorer::{Explorer, Job, Search, worlds::Maze};
///
/// let policy = |search: &mut Search<'_, Maze>| {
///     let root = Job::resume(&search.start()).leash(100);
///     let found = search.run(vec![root]).remove(0).discoveries.remove(0);
///     assert_eq!(found.cell.index(), 0);
/// };
/// Explorer::new(Maze::default()).policy(policy).run();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellId(pub(crate) u32);

impl CellId {
    /// Its number, from 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An assertion, or one bucket of an assertion that tells buckets apart.
///
/// ```
/// use bootfork_explorer::{Explorer, Job, Search, worlds::Maze};
///
/// let policy = |search: &mut Search<'_, Maze>| {
///     let root = Job::resume(&search.start()).leash(100);
///     search.run(vec![root]);
///     let cell = &search.known().cells()[0];
///     assert_eq!((cell.site().message(), cell.keys()), ("gate", &[0, 1, 0][..]));
/// };
/// Explorer::new(Maze::default()).policy(policy).run();
/// ```
#[derive(Clone, Debug)]
pub struct Cell {
    pub(crate) id: u64,
    pub(crate) site: &'static Site,
    pub(crate) keys: Box<[i64]>,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) best: Option<Box<[i64]>>,
    pub(crate) discovered: bool,
    pub(crate) wanted: bool,
    pub(crate) shortest: u64,
}

impl Cell {
    /// The assertion.
    pub fn site(&self) -> &'static Site {
        self.site
    }

    /// The values of its keys, if it is a bucket.
    pub fn keys(&self) -> &[i64] {
        &self.keys
    }

    /// How often it was reached, and held.
    pub fn hits(&self) -> u64 {
        self.hits
    }

    /// How often it was evaluated and did not hold.
    pub fn misses(&self) -> u64 {
        self.misses
    }

    /// The best quality or value seen here, where there is one to see.
    pub fn best(&self) -> Option<&[i64]> {
        self.best.as_deref()
    }

    /// Whether timelines were forked here, or can be.
    pub fn is_discovered(&self) -> bool {
        self.discovered
    }
}

/// Every cell that was reached.
///
/// ```
/// use bootfork_explorer::{Explorer, Job, Search, worlds::Maze};
///
/// let policy = |search: &mut Search<'_, Maze>| {
///     let root = Job::resume(&search.start()).leash(100);
///     search.run(vec![root]);
///     assert!(search.known().cells().iter().any(|cell| cell.hits() > 1));
/// };
/// Explorer::new(Maze::default()).policy(policy).run();
/// ```
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    index: ById<u32>,
    cells: Vec<Cell>,
}

impl Knowledge {
    /// Its cells, in the order of their names.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The cell of that name.
    pub fn cell(&self, id: CellId) -> &Cell {
        &self.cells[id.index()]
    }

    /// Has every cell be discovered anew: what was forked from is gone.
    pub(crate) fn forget_moments(&mut self) {
        for cell in &mut self.cells {
            (cell.discovered, cell.wanted, cell.shortest) = (false, false, u64::MAX);
        }
    }

    pub(crate) fn find(&self, id: u64) -> Option<CellId> {
        self.index.get(&id).copied().map(CellId)
    }

    pub(crate) fn cell_mut(&mut self, id: CellId) -> &mut Cell {
        &mut self.cells[id.index()]
    }

    /// The cell of that hash, which is made if it is new.
    pub(crate) fn enter(&mut self, id: u64, site: &'static Site, keys: &[i64]) -> CellId {
        let next = u32::try_from(self.cells.len()).expect("fewer than 2^32 cells");
        let index = *self.index.entry(id).or_insert(next);
        if index == next {
            self.cells.push(Cell {
                id,
                site,
                keys: keys.into(),
                hits: 0,
                misses: 0,
                best: None,
                discovered: false,
                wanted: false,
                shortest: u64::MAX,
            });
        }
        CellId(index)
    }
}

/// The hash of an assertion's bucket.
pub(crate) fn cell_hash(site: &Site, keys: &[i64]) -> u64 {
    keys.iter().fold(site.id(), |hash, &key| mix(hash, key.cast_unsigned()))
}
