//! What an exhaustive exploration says that it saw is what there is.

use bootfork_explorer::policy::Exhaustive;
use bootfork_explorer::{
    Context, Explorer, Flow, Limits, SeedRecord, SplitMix64, World, assert_always,
};

/// A walk from 0 by one or two, and what becomes of it at some numbers.
#[derive(Clone)]
struct Walk {
    at: u64,
    last: u64,
    /// Where a step of two ends in another way than a step of one.
    at_two: Option<Ending>,
    key_panics: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Ending {
    Broken,
    Finished,
    Cut,
    Panic,
}

const WALK: Walk = Walk { at: 0, last: 6, at_two: None, key_panics: false };

impl World for Walk {
    type Rng = SplitMix64;

    fn step(&mut self, ctx: &mut Context) -> Flow {
        if self.at >= self.last {
            return Flow::End;
        }
        let stride = 1 + ctx.below(2);
        self.at += stride;
        let ending = self.at_two.filter(|_| stride == 2 && self.at == 2);
        assert_always!(ending != Some(Ending::Broken), "no stride to two");
        match ending {
            Some(Ending::Finished) => return Flow::End,
            Some(Ending::Cut) => loop {
                ctx.below(1);
            },
            Some(Ending::Panic) => panic!("a stride to two"),
            _ => {}
        }
        Flow::Continue
    }

    fn state_key(&self) -> Option<u128> {
        assert!(!self.key_panics || self.at < 3, "no name");
        Some(self.at.into())
    }
}

fn explore(world: Walk, budget: u64) -> SeedRecord {
    let limits = Limits { draws: 200, ..Limits::default() };
    let explorer = Explorer::new(world).policy(Exhaustive::default()).limits(limits);
    explorer.budget(budget).run().seeds.remove(0)
}

#[test]
fn depth_is_of_the_last_level_that_has_a_state() {
    // 0 to 7, and six steps of one lead to 6; to 7 five and one of two.
    let record = explore(WALK, 1_000);
    assert_eq!((record.states, record.depth, record.exhausted), (8, Some(4), true));
}

/// New states by depth: 0; 1 and 2; 3 and 4; 5 and 6; 7. Two steps from each but 6 and 7.
#[test]
fn a_level_that_the_budget_cuts_is_not_counted() {
    for (budget, depth, states) in [(0, 0, 1), (1, 0, 1), (2, 1, 3), (5, 1, 3), (6, 2, 5)] {
        let record = explore(WALK, budget);
        assert_eq!((record.depth, record.states), (Some(depth), states), "{budget} steps");
        assert!(!record.exhausted);
    }
}

/// Two is reached by a stride first, which leads nowhere, and then by two steps.
#[test]
fn a_state_met_on_a_way_that_ends_is_gone_on_from_when_a_sound_one_comes() {
    for ending in [Ending::Broken, Ending::Finished, Ending::Panic] {
        let record = explore(Walk { at_two: Some(ending), ..WALK }, 1_000);
        assert_eq!((record.states, record.exhausted), (8, true));
    }
    let record = explore(Walk { last: 1, at_two: Some(Ending::Panic), ..WALK }, 1_000);
    assert_eq!((record.states, record.exhausted, record.bugs.len()), (2, true, 1));
}

#[test]
fn what_a_limit_cuts_off_is_not_explored_fully() {
    let record = explore(Walk { at_two: Some(Ending::Cut), ..WALK }, 1_000);
    assert!(!record.exhausted && record.notes[0].contains("a limit cut off steps"));
    assert_eq!((record.depth, record.states), (Some(0), 1));
}

#[test]
fn a_level_that_does_not_fit_ends_it_with_a_note() {
    let explorer = Explorer::new(WALK).policy(Exhaustive::default()).memory(100);
    let record = explorer.run().seeds.remove(0);
    assert!(!record.exhausted && record.notes[0].contains("memory budget"));
}

#[test]
fn a_state_without_a_name_that_should_have_one_is_a_bug() {
    for threads in [1, 2] {
        let world = Walk { key_panics: true, ..WALK };
        let explorer = Explorer::new(world).policy(Exhaustive::default()).threads(threads);
        let record = explorer.run().seeds.remove(0);
        assert!(record.bugs[0].property.starts_with("no name"), "{:?}", record.bugs);
        assert_eq!((record.bugs.len(), record.states), (1, 3));
    }
}
