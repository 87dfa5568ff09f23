//! The frontier: moments by the cell that they were discovered in.

use std::cmp::Reverse;
use std::mem;
use std::sync::Arc;

use crate::energy::Energy;
use crate::journal::News;
use crate::knowledge::CellId;
use crate::moment::Moment;
use crate::policy::queues::Queues;
use crate::search::{Discovery, Search};
use crate::world::World;

/// Ways to one cell that are kept side by side: the first may be a dead end.
const EXEMPLARS: usize = 4;
/// Forks without anything new after which another way to the cell is asked for.
const PATIENCE: u64 = 8;

/// A cell to fork from, and the moments that stand for it.
struct Place<W: World> {
    /// None for the beginning of the timeline, which no assertion marks.
    cell: Option<CellId>,
    exemplars: Vec<Exemplar<W>>,
    /// What tells its children's seeds from those of other places.
    seed: u64,
    /// The assertion whose energy its forks cost.
    mark: u64,
    forks: u64,
    /// Timelines that came here or were forked here.
    visits: u64,
    /// Discoveries of places before it.
    born: u64,
    /// Forks since its moments were last added to.
    barren: u64,
    /// The priority that its valid entry in the queue has.
    queued: u64,
}

impl<W: World> Place<W> {
    /// Its priority, after so many discoveries.
    fn priority(&self, born: u64) -> u64 {
        (self.visits + 1).saturating_mul(born - self.born + 1)
    }
}

struct Exemplar<W: World> {
    moment: Arc<Moment<W>>,
    /// Bytes that giving its world up saves, as they were when it came.
    spare: u128,
    forks: u64,
}

impl<W: World> Exemplar<W> {
    fn new(moment: Arc<Moment<W>>) -> Self {
        let spare = moment.spare();
        Self { moment, spare, forks: 0 }
    }
}

/// A fork that is to be made.
pub(super) struct Fork<W: World> {
    pub(super) moment: Arc<Moment<W>>,
    /// Its number among those from its place, from 1.
    pub(super) number: u64,
    pub(super) seed: u64,
    mark: u64,
}

/// The places, in the order of what each is worth.
///
/// A place that timelines seldom reach is worth more than one that they often reach, and a place
/// that was discovered late more than those that lead to it: what counts is visits times the number
/// of discoveries since. The latest place gets most, the n-th before it a fraction of 1/n, so that
/// none is ever given up.
pub(super) struct Archive<W: World> {
    places: Vec<Place<W>>,
    /// For each cell its place.
    by_cell: Vec<Option<usize>>,
    queues: Queues,
    born: u64,
    energy: Energy,
    /// Bytes of the moments kept that can be given up.
    kept: u128,
}

impl<W: World> Archive<W> {
    /// The archive that knows the beginning only.
    pub(super) fn new(start: &Arc<Moment<W>>, energy: Energy) -> Self {
        let mut archive = Self {
            places: Vec::new(),
            by_cell: Vec::new(),
            queues: Queues::default(),
            born: 0,
            energy,
            kept: 0,
        };
        archive.open(None, Arc::clone(start), 0, 0, 0);
        archive
    }

    /// The next fork. It counts as a visit at once, so that a round is spread over places.
    pub(super) fn next(&mut self, search: &mut Search<'_, W>) -> Fork<W> {
        let index = self.pop();
        let place = &mut self.places[index];
        place.forks += 1;
        place.visits += 1;
        place.barren += 1;
        if let Some(cell) = place.cell.filter(|_| place.barren >= PATIENCE) {
            search.want(cell, true);
        }
        let exemplar = place.exemplars.iter_mut().min_by_key(|exemplar| exemplar.forks);
        let exemplar = exemplar.expect("a place has a moment");
        exemplar.forks += 1;
        let moment = Arc::clone(&exemplar.moment);
        let seed = search.child_seed(&moment, place.seed, place.forks);
        let fork = Fork { moment, number: place.forks, seed, mark: place.mark };
        self.enqueue(index);
        fork
    }

    /// A fork discovered something new: what it costs is well spent again.
    pub(super) fn reward(&mut self, fork: &Fork<W>) {
        self.energy.reward(fork.mark);
        self.queues.list(fork.mark, &self.energy);
    }

    /// A timeline came to the cell so many times.
    pub(super) fn visit(&mut self, cell: CellId, visits: u64) {
        if let Some(&Some(index)) = self.by_cell.get(cell.index()) {
            self.places[index].visits += visits;
        }
    }

    /// Takes a discovery in.
    pub(super) fn learn(&mut self, search: &mut Search<'_, W>, discovery: Discovery<W>) {
        let Discovery { cell, news, moment } = discovery;
        let known = self.by_cell.get(cell.index()).copied().flatten();
        let Some(index) = known else {
            self.born += 1;
            let index = self.places.len();
            self.by_cell.resize(self.by_cell.len().max(cell.index() + 1), None);
            self.by_cell[cell.index()] = Some(index);
            let (seed, mark) = (search.place(cell), search.known().cell(cell).site().id());
            self.open(Some(cell), moment, seed, mark, search.inherited(cell));
            return self.evict(search);
        };
        let place = &mut self.places[index];
        let fresh = Exemplar::new(moment);
        self.kept += fresh.spare;
        if news == News::Better {
            self.kept -= place.exemplars.drain(..).map(|worn| worn.spare).sum::<u128>();
            place.forks = 0;
            place.visits = 0;
        }
        if place.exemplars.len() < EXEMPLARS {
            place.exemplars.push(fresh);
        } else if let Some(worn) = place.exemplars.iter_mut().max_by_key(|worn| worn.forks) {
            self.kept -= worn.spare;
            *worn = fresh;
        }
        place.barren = 0;
        search.want(cell, place.exemplars.len() < EXEMPLARS);
        if news == News::Better {
            self.enqueue(index);
        }
        self.evict(search);
    }

    /// Gives up moments until the rest can be kept, those of the least worthy places first. The
    /// beginning stays: every other way starts there.
    fn evict(&mut self, search: &mut Search<'_, W>) {
        let memory = search.memory() as u128;
        if self.kept <= memory {
            return;
        }
        let mut worst: Vec<usize> = (1..self.places.len()).collect();
        worst.sort_by_key(|&index| Reverse(self.places[index].priority(self.born)));
        for index in worst {
            for exemplar in &mut self.places[index].exemplars {
                if exemplar.moment.is_kept() {
                    self.kept -= mem::take(&mut exemplar.spare);
                    exemplar.moment = Arc::new(exemplar.moment.evicted());
                    search.count_eviction();
                }
            }
            // A good part at once, so that it is not done again for the very next moment.
            if self.kept <= memory / 2 {
                return;
            }
        }
    }

    fn open(
        &mut self,
        cell: Option<CellId>,
        moment: Arc<Moment<W>>,
        seed: u64,
        mark: u64,
        visits: u64,
    ) {
        let first = Exemplar::new(moment);
        self.kept += if cell.is_some() { first.spare } else { 0 };
        let exemplars = vec![first];
        let born = self.born;
        let place =
            Place { cell, exemplars, seed, mark, forks: 0, visits, born, barren: 0, queued: 0 };
        self.places.push(place);
        self.enqueue(self.places.len() - 1);
    }

    fn enqueue(&mut self, index: usize) {
        let place = &mut self.places[index];
        place.queued = place.priority(self.born);
        self.queues.push(place.mark, (place.queued, Reverse(index)), &self.energy);
    }

    /// Takes out the first place whose mark can pay for a fork, which it then has. When none can,
    /// all are given their energy anew. An entry that is not its place's valid one is dropped; one
    /// whose place has come to be worth less is put back.
    fn pop(&mut self) -> usize {
        loop {
            let Some(((queued, Reverse(index)), mark)) = self.queues.first(&self.energy) else {
                self.energy.renew();
                self.queues.list_all(&self.energy);
                continue;
            };
            self.queues.pop(mark);
            let place = &self.places[index];
            if place.queued != queued {
                self.queues.list(mark, &self.energy);
            } else if place.priority(self.born) != queued {
                self.enqueue(index);
            } else {
                self.energy.take(mark);
                return index;
            }
        }
    }
}
