//! Every state there is, breadth first.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::context::Choices;
use crate::moment::Moment;
use crate::policy::Policy;
use crate::search::{Outcome, Search};
use crate::timeline::{End, Job};
use crate::world::World;

/// Steps in a round.
const ROUND: usize = 256;

/// Takes every step that there is, breadth first, from every distinct state: each draw of
/// [`Context::below`](crate::Context::below), [`choose`](crate::Context::choose) and
/// [`chance`](crate::Context::chance) is every one of its possibilities in turn. Draws without a
/// list of possibilities cannot be enumerated, and the record says so.
///
/// States are told apart by [`World::state_key`]; without one each is taken for distinct. A step
/// that breaks a property leads nowhere, and one that panics or is cut off by a limit leads to no
/// state. A timeline is one step, so the budget is in steps. The record's states are those within
/// its depth: what was seen of a level that was not finished is not counted. A level that does not
/// fit into the memory budget ends the exploration, with a note.
///
/// ```
/// use bootfork_explorer::{Context, Explorer, Flow, SplitMix64, World, policy::Exhaustive};
///
/// /// A light that is switched on and off.
/// #[derive(Clone)]
/// struct Light(bool);
///
/// impl World for Light {
///     type Rng = SplitMix64;
///     fn step(&mut self, ctx: &mut Context<SplitMix64>) -> Flow {
///         self.0 ^= ctx.chance(0.001);
///         Flow::Continue
///     }
///     fn state_key(&self) -> Option<u128> {
///         Some(self.0.into())
///     }
/// }
/// let record = &Explorer::new(Light(false)).policy(Exhaustive::default()).run().seeds[0];
/// assert_eq!((record.states, record.exhausted), (2, true));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhaustive {
    /// Steps from the beginning, at most.
    pub depth: u64,
}

impl Default for Exhaustive {
    fn default() -> Self {
        Self { depth: u64::MAX }
    }
}

impl<W: World> Policy<W> for Exhaustive {
    fn name(&self) -> &'static str {
        "exhaustive"
    }

    fn explore(&self, search: &mut Search<'_, W>) {
        let start = search.start();
        let mut states = States::default();
        states.add(start.state_key());
        let mut level = vec![start];
        for depth in 0.. {
            let seen = states.count();
            if !states.cut {
                search.count_states(seen, depth);
            }
            if depth == self.depth {
                return;
            }
            let Some(next) = step_all(search, level, &mut states) else { return };
            if next.is_empty() && states.count() == seen {
                return if states.cut {
                    search.note("a limit cut off steps: what follows them is unknown".to_owned());
                } else {
                    search.exhaust();
                };
            }
            level = next;
        }
    }
}

/// The states seen.
#[derive(Default)]
struct States {
    /// Those that steps were taken from, or will be.
    keys: BTreeSet<u128>,
    /// Those in which timelines ended, some of which are among the others.
    ends: BTreeSet<u128>,
    nameless: u64,
    /// Whether a step was not taken to its end.
    cut: bool,
}

impl States {
    /// Adds a state to take steps from. The answer is whether it is not among them.
    fn add(&mut self, key: Option<u128>) -> bool {
        self.nameless += u64::from(key.is_none());
        key.is_none_or(|key| {
            self.ends.remove(&key);
            self.keys.insert(key)
        })
    }

    /// Adds a state that leads nowhere, at least on this way to it.
    fn add_end(&mut self, key: Option<u128>) {
        self.nameless += u64::from(key.is_none());
        self.ends.extend(key.filter(|key| !self.keys.contains(key)));
    }

    fn count(&self) -> u64 {
        (self.keys.len() + self.ends.len()) as u64 + self.nameless
    }
}

/// Takes every step from every state of a level. The answer is the level after it, unless the
/// budget ends before, or a step cannot be enumerated.
fn step_all<W: World>(
    search: &mut Search<'_, W>,
    level: Vec<Arc<Moment<W>>>,
    states: &mut States,
) -> Option<Vec<Arc<Moment<W>>>> {
    let mut next = Vec::new();
    let mut kept = 0_usize;
    let mut steps: Vec<_> = level.into_iter().map(|state| (state, Choices::default())).collect();
    while !steps.is_empty() {
        let round = steps.split_off(steps.len().saturating_sub(ROUND));
        let jobs = round.iter().map(|(state, choices)| Job::step(state, choices.clone()));
        let outcomes = search.run(jobs.collect());
        if outcomes.len() < round.len() {
            return None;
        }
        for ((state, _), outcome) in round.into_iter().zip(outcomes) {
            let Outcome { end, broken, state_key, stepped, .. } = outcome;
            let Some((reached, choices)) = stepped else {
                search.note("a world that panics when it is cloned was reached".to_owned());
                return None;
            };
            if choices.is_unbounded() {
                search.note("a draw without a list of possibilities was made".to_owned());
                return None;
            }
            match end {
                End::Paused if !broken => {
                    if states.add(state_key) {
                        kept = kept.saturating_add(reached.weight());
                        next.push(reached);
                    }
                }
                End::Limit => states.cut = true,
                End::Panic => {}
                // It broke a property, and panicked then.
                End::Bug if !reached.is_kept() => {}
                _ => states.add_end(state_key),
            }
            steps.extend(choices.advance().map(|choices| (state, choices)));
        }
        if kept > search.memory() {
            search.note("the states of a level take more than the memory budget".to_owned());
            return None;
        }
    }
    Some(next)
}
