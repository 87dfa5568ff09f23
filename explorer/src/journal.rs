//! What one timeline adds to what is known. Assertions write it through a thread-local, so that
//! they can stand anywhere in a program.

use std::cell::{Cell as Flag, RefCell};
use std::sync::Arc;

use crate::context::draws;
use crate::knowledge::{ById, Cell, CellId, Knowledge, cell_hash};
use crate::site::{Kind, Site};

thread_local! {
    static ACTIVE: Flag<bool> = const { Flag::new(false) };
    static JOURNAL: RefCell<Option<Journal>> = const { RefCell::new(None) };
}

/// Whether this thread runs a timeline. Assertions do nothing otherwise.
#[inline]
pub fn is_active() -> bool {
    ACTIVE.get()
}

/// Enters an evaluation of an assertion; `details` are asked for when it fails.
pub fn assert(
    site: &'static Site,
    keys: &[i64],
    holds: bool,
    level: Option<&[i64]>,
    details: impl FnOnce() -> String,
) {
    // The one that is borrowed already is being written to: an assertion among another's details.
    let entered = |journal: &RefCell<Option<Journal>>| {
        let mut journal = journal.try_borrow_mut().ok()?;
        journal.as_mut()?.enter(site, keys, holds, level)
    };
    if let Some(at) = JOURNAL.with(entered) {
        let details = details();
        with(|journal| journal.failures[at].details = details);
    }
}

/// Has this thread write to a journal.
pub(crate) fn install(journal: Journal) {
    JOURNAL.set(Some(journal));
    ACTIVE.set(true);
}

/// Ends what [`install`] began.
pub(crate) fn remove() -> Journal {
    ACTIVE.set(false);
    JOURNAL.take().expect("a journal is installed")
}

/// Does something with the journal of this thread.
pub(crate) fn with<T>(f: impl FnOnce(&mut Journal) -> T) -> T {
    JOURNAL.with_borrow_mut(|journal| f(journal.as_mut().expect("a journal is installed")))
}

/// A property that is to fail, others passed over.
#[derive(Clone, Debug)]
pub(crate) struct Goal {
    /// None for a panic, and where only the message is known.
    pub(crate) kind: Option<Kind>,
    pub(crate) message: Arc<str>,
}

impl Goal {
    fn is(&self, site: &Site) -> bool {
        self.kind.is_none_or(|kind| kind == site.kind()) && &*self.message == site.message()
    }
}

/// A property that did not hold.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) site: &'static Site,
    pub(crate) details: String,
    pub(crate) draws: u64,
}

/// Why a moment is worth keeping.
///
/// ```
/// use bootfork_explorer::{Explorer, Job, Search, worlds::Maze};
///
/// let policy = |search: &mut Search<'_, Maze>| {
///     let root = Job::resume(&search.start()).leash(100);
///     let found = search.run(vec![root]).remove(0).discoveries.remove(0);
///     assert_eq!(found.news, bootfork_explorer::News::First);
/// };
/// Explorer::new(Maze::default()).policy(policy).run();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Its cell was reached for the first time.
    First,
    /// Its cell was reached with a better quality or value.
    Better,
    /// Its cell was known, and this way to it takes fewer draws.
    Shorter,
    /// Its cell was known, and the policy wants another way to it.
    Again,
}

/// Something that a fork may start from.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) visit: usize,
    pub(crate) news: News,
    pub(crate) level: Option<Box<[i64]>>,
    pub(crate) draws: u64,
    pub(crate) marks: u64,
}

/// What a timeline did to one cell.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    /// Its name, if it had one when the timeline began.
    pub(crate) cell: Option<CellId>,
    pub(crate) id: u64,
    pub(crate) site: &'static Site,
    /// Empty for a cell that has a name.
    pub(crate) keys: Box<[i64]>,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    /// Hits at the best quality seen, by this timeline or before it.
    pub(crate) best_hits: u64,
    pub(crate) best: Option<Box<[i64]>>,
    discovered: bool,
    again: bool,
    shortest: u64,
}

const UNTOUCHED: u32 = u32::MAX;

/// The journal of the timeline that a thread runs.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    known: Arc<Knowledge>,
    /// For each cell with a name, its number among the visits.
    touched: Vec<u32>,
    fresh: ById<u32>,
    pub(crate) visits: Vec<Visit>,
    /// What a step found; the runner takes it after each.
    pub(crate) events: Vec<Event>,
    pub(crate) failures: Vec<Failure>,
    /// Assertions evaluated since the timeline began, those of its parents included.
    pub(crate) marks: u64,
    /// Up to here they are repetitions of what a parent did.
    pub(crate) muted: u64,
    /// Whether all that follows a discovery in the same step is left to a later run.
    pub(crate) pause: bool,
    /// Whether a shorter way to a known cell is an event.
    pub(crate) shorter: bool,
    /// The only property whose failure counts, if there is one.
    pub(crate) goal: Option<Goal>,
    /// What must hold in the end and did not when last looked at.
    pub(crate) owed: Vec<&'static Site>,
}

impl Journal {
    /// Empties it for a timeline that begins from what is known.
    pub(crate) fn begin(&mut self, known: Arc<Knowledge>) {
        self.touched.resize(known.cells().len(), UNTOUCHED);
        self.known = known;
    }

    /// Lets go of everything, and keeps the memory.
    pub(crate) fn end(&mut self) -> (Vec<Visit>, Vec<Failure>) {
        self.known = Arc::default();
        for visit in &self.visits {
            if let Some(cell) = visit.cell {
                self.touched[cell.index()] = UNTOUCHED;
            }
        }
        self.fresh.clear();
        self.events.clear();
        self.owed.clear();
        (std::mem::take(&mut self.visits), std::mem::take(&mut self.failures))
    }

    /// Enters an evaluation. The answer is the place of a failure that lacks its details.
    fn enter(
        &mut self,
        site: &'static Site,
        keys: &[i64],
        holds: bool,
        level: Option<&[i64]>,
    ) -> Option<usize> {
        self.marks += 1;
        if site.kind() == Kind::Eventually {
            self.owe(site, holds);
        }
        if self.marks <= self.muted {
            return None;
        }
        let index = self.visit(site, keys);
        let visit = &mut self.visits[index];
        if holds {
            visit.hits += 1;
        } else if site.kind() != Kind::Eventually {
            visit.misses += 1;
        }
        let known = visit.cell.map(|cell| self.known.cell(cell));
        let best = visit.best.as_deref().or_else(|| known.and_then(Cell::best));
        let better = level.is_some_and(|level| best.is_none_or(|best| level > best));
        let as_good = level.is_none_or(|level| best.is_some_and(|best| level == best));
        if better {
            visit.best = level.map(Into::into);
            visit.best_hits = 0;
        }
        if holds && (better || as_good) {
            visit.best_hits += 1;
        }
        if site.kind().is_property() {
            return if holds { None } else { self.fail(index) };
        }
        let is_plain = level.is_none() || site.kind() == Kind::SometimesEach;
        let news = if !visit.discovered && (better || holds && is_plain) {
            News::First
        } else if better {
            News::Better
        } else if self.shorter && holds && as_good && visit.discovered && draws() < visit.shortest {
            News::Shorter
        } else if holds
            && as_good
            && visit.discovered
            && known.is_some_and(|known| known.wanted)
            && !visit.again
        {
            visit.again = true;
            News::Again
        } else {
            return None;
        };
        visit.discovered = true;
        visit.shortest = visit.shortest.min(draws());
        let level = level.map(Into::into);
        self.events.push(Event { visit: index, news, level, draws: draws(), marks: self.marks });
        if self.pause && matches!(news, News::First | News::Better) {
            self.muted = u64::MAX;
        }
        None
    }

    /// The place of the visit to a cell.
    fn visit(&mut self, site: &'static Site, keys: &[i64]) -> usize {
        let id = cell_hash(site, keys);
        let cell = self.known.find(id);
        let next = u32::try_from(self.visits.len()).expect("fewer than 2^32 cells");
        let place = match cell {
            Some(cell) => &mut self.touched[cell.index()],
            None => self.fresh.entry(id).or_insert(UNTOUCHED),
        };
        if *place == UNTOUCHED {
            *place = next;
            let known = cell.map(|cell| self.known.cell(cell));
            self.visits.push(Visit {
                cell,
                id,
                site,
                keys: if cell.is_some() { Box::default() } else { keys.into() },
                hits: 0,
                misses: 0,
                best_hits: 0,
                best: None,
                again: false,
                discovered: known.is_some_and(|known| known.discovered),
                shortest: known.map_or(u64::MAX, |known| known.shortest),
            });
        }
        *place as usize
    }

    fn owe(&mut self, site: &'static Site, holds: bool) {
        self.owed.retain(|owed| owed.id() != site.id());
        if !holds {
            self.owed.push(site);
        }
    }

    /// The place of the failure that a visit is, if no timeline failed so before.
    fn fail(&mut self, index: usize) -> Option<usize> {
        let &Visit { cell, site, misses, .. } = &self.visits[index];
        let failed = cell.is_some_and(|cell| self.known.cell(cell).misses > 0);
        if failed || misses != 1 || self.goal.as_ref().is_some_and(|goal| !goal.is(site)) {
            return None;
        }
        self.failures.push(Failure { site, details: String::new(), draws: draws() });
        Some(self.failures.len() - 1)
    }

    /// The timeline has come to its own end: what it still owes has failed.
    pub(crate) fn settle(&mut self) {
        for site in std::mem::take(&mut self.owed) {
            let index = self.visit(site, &[]);
            self.visits[index].misses += 1;
            self.fail(index);
        }
    }
}
