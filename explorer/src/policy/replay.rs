//! The frontier of recipes of moonpool 0.9: every timeline is run again from the start.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::journal::News;
use crate::knowledge::CellId;
use crate::moment::Moment;
use crate::policy::Policy;
use crate::search::{Discovery, Search};
use crate::timeline::Job;
use crate::world::World;

/// Expands each timeline that discovered something once, at its best discovery, first come first
/// served; then goes back to what was expanded least. Makes no use of forks: each timeline takes
/// all draws of its way again, and keeps no world, so that any memory budget holds. A baseline.
///
/// The adapter [`bootfork_explorer::Replay`](crate::Replay) is something else: a world made of a
/// closure that cannot be cloned, which any policy explores.
///
/// ```
/// use bootfork_explorer::{Explorer, policy::Replay, worlds::Maze};
///
/// let explorer = Explorer::new(Maze::default());
/// assert_eq!(explorer.policy(Replay::default()).budget(10).run().seeds[0].timelines, 10);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Children of an expansion.
    pub branching: u64,
    /// Timelines that wait for their expansion, at most.
    pub frontier: usize,
    /// Segments of a recipe, at most.
    pub length: u32,
    /// States to go back to, at most.
    pub states: usize,
}

impl Default for Replay {
    fn default() -> Self {
        Self { branching: 4, frontier: 1_024, length: 64, states: 512 }
    }
}

/// Where a timeline may be expanded.
struct Anchor<W: World> {
    moment: Arc<Moment<W>>,
    place: u64,
}

/// Something reached, and the ways to it.
struct State<W: World> {
    anchors: VecDeque<Anchor<W>>,
    visits: u64,
    depth: u32,
    progress: bool,
}

/// Ways to one state that are kept.
const EXEMPLARS: usize = 3;

impl<W: World> Policy<W> for Replay {
    fn name(&self) -> &'static str {
        "replay"
    }

    fn explore(&self, search: &mut Search<'_, W>) {
        let start = search.start();
        let mut frontier: VecDeque<Anchor<W>> = VecDeque::new();
        let mut states: BTreeMap<CellId, State<W>> = BTreeMap::new();
        let mut round = 0;
        let mut outcomes = search.run(vec![Job::resume(&start)]);
        loop {
            for outcome in outcomes {
                let best =
                    outcome.discoveries.iter().enumerate().max_by_key(|(_, d)| rank(search, d));
                let best = best.map(|(index, _)| index);
                for (index, discovery) in outcome.discoveries.into_iter().enumerate() {
                    let Discovery { cell, news, moment } = discovery;
                    if moment.depth() >= self.length {
                        continue;
                    }
                    // Each timeline runs from the start: no world is of use.
                    let moment = Arc::new(moment.evicted());
                    let place = search.place(cell);
                    if Some(index) == best && frontier.len() < self.frontier {
                        frontier.push_back(Anchor { moment: Arc::clone(&moment), place });
                    }
                    self.register(&mut states, cell, news, Anchor { moment, place });
                }
            }
            if !search.goes_on() {
                return;
            }
            let anchor = frontier.pop_front().or_else(|| go_back(&mut states));
            let anchor = anchor.unwrap_or_else(|| Anchor { moment: Arc::clone(&start), place: 0 });
            let first = round * self.branching;
            let children = (first..first + self.branching).map(|number| {
                let seed = search.child_seed(&anchor.moment, anchor.place, number);
                Job::fork(&anchor.moment, seed).from_start()
            });
            round += 1;
            outcomes = search.run(children.collect());
        }
    }
}

impl Replay {
    fn register<W: World>(
        &self,
        states: &mut BTreeMap<CellId, State<W>>,
        cell: CellId,
        news: News,
        anchor: Anchor<W>,
    ) {
        if !states.contains_key(&cell) && states.len() >= self.states {
            return;
        }
        let state = states.entry(cell).or_insert_with(|| State {
            anchors: VecDeque::new(),
            visits: 0,
            depth: 0,
            progress: false,
        });
        state.depth = state.depth.max(anchor.moment.depth());
        state.progress |= news == News::Better;
        if state.anchors.len() == EXEMPLARS {
            state.anchors.pop_front();
        }
        state.anchors.push_back(anchor);
    }
}

/// Progress first, then what is one of many, then the rest; of equals the latest.
fn rank<W: World>(search: &Search<'_, W>, discovery: &Discovery<W>) -> (u8, u64) {
    let priority = match (discovery.news, search.known().cell(discovery.cell).keys().is_empty()) {
        (News::Better, _) => 2,
        (_, false) => 1,
        (_, true) => 0,
    };
    (priority, discovery.moment.draws())
}

/// The state with the fewest visits for its depth, and the next of the ways to it.
fn go_back<W: World>(states: &mut BTreeMap<CellId, State<W>>) -> Option<Anchor<W>> {
    let cost = |state: &State<W>, other: &State<W>| {
        let own = state.visits * (u64::from(other.depth) + 1);
        let others = other.visits * (u64::from(state.depth) + 1);
        own.cmp(&others)
            .then_with(|| other.progress.cmp(&state.progress))
            .then_with(|| other.depth.cmp(&state.depth))
    };
    let state = states.values_mut().min_by(|state, other| cost(state, other))?;
    state.visits += 1;
    let anchor = state.anchors.pop_front()?;
    state.anchors.push_back(Anchor { moment: Arc::clone(&anchor.moment), place: anchor.place });
    Some(anchor)
}
