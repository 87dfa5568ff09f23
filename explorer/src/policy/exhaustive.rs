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
/// that breaks a property leads nowhere. A timeline is one step, so the budget is in steps.
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
        let mut states = States { keys: start.state_key().into_iter().collect(), count: 1 };
        let mut level = vec![start];
        for depth in 0..self.depth {
            search.count_states(states.count, depth);
            if level.is_empty() {
                return search.exhaust();
            }
            let Some(next) = step_all(search, level, &mut states) else {
                return search.count_states(states.count, depth);
            };
            level = next;
        }
        search.count_states(states.count, self.depth);
    }
}

struct States {
    keys: BTreeSet<u128>,
    count: u64,
}

impl States {
    fn is_new(&mut self, key: Option<u128>) -> bool {
        let new = key.is_none_or(|key| self.keys.insert(key));
        self.count += u64::from(new);
        new
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
    let mut steps: Vec<_> = level.into_iter().map(|state| (state, Choices::default())).collect();
    while !steps.is_empty() {
        let round = steps.split_off(steps.len().saturating_sub(ROUND));
        let jobs = round.iter().map(|(state, choices)| Job::step(state, choices.clone()));
        let outcomes = search.run(jobs.collect());
        if outcomes.len() < round.len() {
            return None;
        }
        for ((state, _), Outcome { end, broken, state_key, stepped, .. }) in
            round.into_iter().zip(outcomes)
        {
            let (reached, choices) = stepped?;
            if choices.is_unbounded() {
                search.note("a draw without a list of possibilities was made".to_owned());
                return None;
            }
            if states.is_new(state_key) && end == End::Paused && !broken {
                next.push(reached);
            }
            steps.extend(choices.advance().map(|choices| (state, choices)));
        }
    }
    Some(next)
}
