//! The tree of moonpool-explorer 0.4 to 0.8, for comparison one to one.

use std::sync::Arc;

use crate::energy::Energy;
use crate::knowledge::{Cell, CellId};
use crate::moment::Moment;
use crate::policy::Policy;
use crate::search::{Outcome, Search};
use crate::site::Kind;
use crate::timeline::Job;
use crate::world::World;

/// Splits each timeline at each of its discoveries, there and then and depth first, into batches of
/// children for as long as these find something, and goes on with it when they are done. Accidents
/// of the original that change what is found are kept: the root seed is in no child's seed, marks
/// without keys share one name there, what a child finds at a mark without keys is no yield, and
/// no mark is split twice.
///
/// The default is how the original is set up for its maze. To compare, explore two seeds
/// [warm](crate::Explorer::warm), each with 20,000 timelines, and do not stop at a bug.
///
/// *Departures.* A mark's account is its own (in the original, those of a bucket and a slot of one
/// number are the same), tables do not fill up, and the explored map of a later seed begins with
/// all that was reached before, what only a root reached included. Beyond the memory budget the
/// outermost splits give up their moments, and the way to them is gone again, which costs draws.
///
/// ```
/// use bootfork_explorer::{Explorer, worlds::Cascade, policy::Compat04};
///
/// let policy = Compat04 { depth: 8, batch: 4, min: 4, max: 20, per_mark: 15, warm_min: 4 };
/// let record = &Explorer::new(Cascade::maze()).policy(policy).budget(150).run().seeds[0];
/// assert!(!record.found && record.timelines < 150, "it gives up, as the original does");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compat04 {
    /// Forks that lead to a timeline, at most.
    pub depth: u32,
    /// Children between two looks at what they found.
    pub batch: u64,
    /// Children of a split, at least.
    pub min: u64,
    /// Children of a split, at most.
    pub max: u64,
    /// The energy that a mark is given at each of its splits.
    pub per_mark: u64,
    /// Children of a split, at least, in later seeds.
    pub warm_min: u64,
}

impl Default for Compat04 {
    fn default() -> Self {
        Self { depth: 30, batch: 20, min: 60, max: 150, per_mark: 600, warm_min: 20 }
    }
}

/// Bits of the coverage map.
const BITS: u32 = 8192;

/// What a timeline, or all of them together, passed.
#[derive(Clone)]
struct Bitmap(Box<[u64; BITS as usize / 64]>);

impl Bitmap {
    fn new() -> Self {
        Self(Box::new([0; BITS as usize / 64]))
    }

    fn set(&mut self, hash: u32) {
        let bit = hash % BITS;
        self.0[bit as usize / 64] |= 1 << (bit % 64);
    }

    /// Adds another's bits. The answer is whether one of them is new.
    fn add(&mut self, other: &Self) -> bool {
        let mut new = false;
        for (word, bits) in self.0.iter_mut().zip(*other.0) {
            new |= bits & !*word != 0;
            *word |= bits;
        }
        new
    }
}

/// A timeline that is not over: one that runs, or waits for its children.
struct Timeline {
    bitmap: Bitmap,
    seed: u64,
}

/// A split under way: the timeline waits at the moment of its discovery.
struct Split<W: World> {
    timeline: Timeline,
    moment: Arc<Moment<W>>,
    mark: u64,
    name: &'static str,
    children: u64,
    batch_start: u64,
    fresh: bool,
}

impl<W: World> Policy<W> for Compat04 {
    fn name(&self) -> &'static str {
        "compat04"
    }

    fn explore(&self, search: &mut Search<'_, W>) {
        let mut explored = Bitmap::new();
        for cell in search.known().cells().iter().filter(|cell| cell.hits() > 0) {
            explored.set(hash(cell));
        }
        let floor = if search.known().cells().is_empty() { self.min } else { self.warm_min };
        let mut energy = Energy::new(self.per_mark, u64::MAX);
        let mut splits: Vec<Split<W>> = Vec::new();
        let mut timeline = Timeline { bitmap: Bitmap::new(), seed: 0 };
        let mut job = Job::resume(&search.start()).pause();
        loop {
            // Run the timeline up to its next split, or its end.
            let Some(outcome) = search.run(vec![job]).pop() else { return };
            if let Some((moment, cell)) = note(search, &mut timeline, &mut explored, outcome) {
                if moment.depth() >= self.depth {
                    job = Job::resume(&moment).pause();
                    continue;
                }
                energy.refill(search.place(cell));
                let site = search.known().cell(cell).site();
                let is_bucket = site.kind() == Kind::SometimesEach;
                let name = if is_bucket { site.message() } else { "" };
                let split = Split {
                    timeline,
                    moment,
                    mark: search.place(cell),
                    name,
                    children: 0,
                    batch_start: 0,
                    fresh: false,
                };
                splits.push(split);
                evict(&mut splits, search);
            } else {
                let Some(split) = splits.last_mut() else { return };
                split.fresh |= explored.add(&timeline.bitmap);
            }
            // The innermost split forks its next child, or lets its own timeline go on.
            let Some(split) = splits.last_mut() else { return };
            if self.wants_child(split, floor, &mut energy) && search.left() > 0 {
                let seed = child_seed(split.timeline.seed, split.name, split.children);
                split.children += 1;
                timeline = Timeline { bitmap: Bitmap::new(), seed };
                job = Job::fork(&split.moment, seed).pause();
            } else {
                let Some(split) = splits.pop() else { return };
                timeline = split.timeline;
                job = Job::resume(&split.moment).pause();
            }
        }
    }
}

impl Compat04 {
    /// Whether a split forks another child, for which it has then paid.
    fn wants_child<W: World>(&self, split: &mut Split<W>, floor: u64, energy: &mut Energy) -> bool {
        if split.children >= self.max {
            return false;
        }
        if split.children - split.batch_start == self.batch {
            if !split.fresh && split.children >= floor {
                energy.give_up(split.mark);
                return false;
            }
            split.batch_start = split.children;
            split.fresh = false;
        }
        energy.take(split.mark)
    }
}

/// Gives up the moments of splits until the rest can be kept, those first that wait longest for
/// their next child.
fn evict<W: World>(splits: &mut [Split<W>], search: &mut Search<'_, W>) {
    let spares: Vec<u128> = splits.iter().map(|split| split.moment.spare()).collect();
    let mut kept: u128 = spares.iter().sum();
    for (split, spare) in splits.iter_mut().zip(spares) {
        if kept <= search.memory() as u128 {
            return;
        }
        if split.moment.is_kept() {
            kept -= spare;
            split.moment = Arc::new(split.moment.evicted());
            search.count_eviction();
        }
    }
}

/// Enters what a timeline passed. The answer is the discovery that it paused at, if it did.
fn note<W: World>(
    search: &Search<'_, W>,
    timeline: &mut Timeline,
    explored: &mut Bitmap,
    outcome: Outcome<W>,
) -> Option<(Arc<Moment<W>>, CellId)> {
    for &(cell, hits) in &outcome.visits {
        let cell = search.known().cell(cell);
        if cell.site().kind() == Kind::SometimesEach && hits > 0 {
            timeline.bitmap.set(hash(cell));
        }
    }
    let found = outcome.discoveries.into_iter().next()?;
    let cell = search.known().cell(found.cell);
    if cell.site().kind() != Kind::SometimesEach {
        timeline.bitmap.set(hash(cell));
        explored.add(&timeline.bitmap);
    }
    Some((found.moment, found.cell))
}

/// FNV-1a of 32 bits over the message and the values of the keys.
fn hash(cell: &Cell) -> u32 {
    let keys = cell.keys().iter().flat_map(|key| key.to_le_bytes());
    let bytes = cell.site().message().bytes().chain(keys);
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// FNV-1a of 64 bits over the name, then over the parent's seed and the child's number as words.
fn child_seed(parent: u64, name: &str, index: u64) -> u64 {
    let words = name.bytes().map(u64::from).chain([parent, index]);
    words
        .fold(0xcbf2_9ce4_8422_2325, |hash, word| (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3))
}
