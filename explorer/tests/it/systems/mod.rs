//! Six small systems, each right, and each with a bug that is known from practice.

mod aba;
mod double_resolve;
mod gc_race;
mod lost_update;
mod lost_wakeup;
mod wrong_decider;

pub(crate) use aba::Aba;
pub(crate) use double_resolve::DoubleResolve;
pub(crate) use gc_race::GcRace;
pub(crate) use lost_update::LostUpdate;
pub(crate) use lost_wakeup::LostWakeup;
pub(crate) use wrong_decider::WrongDecider;

use std::collections::BTreeSet;
use std::fmt::Debug;

use bootfork_explorer::{Context, Flow, World, assert_always, assert_sometimes_each};

/// A system of processes that take turns.
pub(crate) trait System: Copy + Debug + Ord + Send + Sync + 'static {
    /// The states that a turn of one process leads to. None in the end.
    fn successors(&self) -> Vec<Self>;
    /// Whether its property is broken.
    fn is_broken(&self) -> bool;
    /// A number of its own for each state.
    fn number(&self) -> u8;
}

/// The world in which chance says whose turn it is.
#[derive(Clone, Debug)]
pub(crate) struct Turns<S>(pub(crate) S);

impl<S: System> World for Turns<S> {
    type Rng = bootfork_explorer::SplitMix64;

    fn step(&mut self, ctx: &mut Context) -> Flow {
        let successors = self.0.successors();
        if successors.is_empty() {
            return Flow::End;
        }
        self.0 = *ctx.choose(&successors);
        assert_sometimes_each!("state", [("number", self.0.number())]);
        assert_always!(!self.0.is_broken(), "the system is sound", self.0);
        Flow::Continue
    }

    fn state_key(&self) -> Option<u128> {
        Some(self.0.number().into())
    }
}

/// Every state of a system, found without the explorer.
pub(crate) fn reachable<S: System>(start: S) -> BTreeSet<S> {
    let mut seen = BTreeSet::from([start]);
    let mut waiting = vec![start];
    while let Some(state) = waiting.pop() {
        if !state.is_broken() {
            waiting.extend(state.successors().into_iter().filter(|&next| seen.insert(next)));
        }
    }
    seen
}
