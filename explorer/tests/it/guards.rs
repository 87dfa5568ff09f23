//! Worlds that panic where nobody expects it, or never end, and limits that hold them.

use std::thread;

use bootfork_explorer::policy::{Brute, Compat04, Exhaustive};
use bootfork_explorer::{
    Context, Explorer, Flow, Limits, Replay, SplitMix64, World, assert_always,
    assert_sometimes_each,
};

/// Panics when it is cloned, or dropped, after so many steps.
struct Fragile {
    steps: u64,
    clone_at: u64,
    drop_at: u64,
}

impl Clone for Fragile {
    fn clone(&self) -> Self {
        assert!(self.steps < self.clone_at, "no clone");
        Self { ..*self }
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        assert!(self.steps < self.drop_at, "no end");
    }
}

impl World for Fragile {
    type Rng = SplitMix64;

    fn step(&mut self, ctx: &mut Context) -> Flow {
        ctx.u64();
        self.steps += 1;
        assert_sometimes_each!("age", [("steps", self.steps)]);
        if self.steps == 5 { Flow::End } else { Flow::Continue }
    }

    fn state_key(&self) -> Option<u128> {
        Some(self.steps.into())
    }
}

#[test]
fn a_world_that_panics_when_it_is_cloned_or_dropped_is_a_bug() {
    for (clone_at, drop_at, property) in [(3, 9, "no clone"), (9, 3, "no end")] {
        for threads in [1, 2] {
            let world = Fragile { steps: 0, clone_at, drop_at };
            let record = Explorer::new(world).threads(threads).budget(20).run().seeds.remove(0);
            assert_eq!((record.timelines, record.bugs.len()), (20, 1));
            assert!(record.bugs[0].property.starts_with(property), "{:?}", record.bugs);
            assert!(record.bugs[0].verified);
        }
    }
}

/// Takes three steps, and breaks in the midst of the fourth.
#[derive(Clone)]
struct Cliff {
    steps: u64,
    is_named: bool,
}

impl World for Cliff {
    type Rng = SplitMix64;

    fn step(&mut self, ctx: &mut Context) -> Flow {
        ctx.below(2);
        self.steps += 1;
        if self.steps == 4 {
            assert_always!(self.is_named, "a world has a name");
            panic!("the edge");
        }
        Flow::Continue
    }

    fn state_key(&self) -> Option<u128> {
        self.is_named.then_some(self.steps.into())
    }
}

#[test]
fn a_panic_has_the_state_before_the_step_that_it_broke_off() {
    let explorer = || Explorer::new(Cliff { steps: 0, is_named: true });
    for bugs in
        [explorer().budget(10).run().bugs, explorer().policy(Exhaustive::default()).run().bugs]
    {
        let [bug] = &bugs[..] else { panic!("one place, not {bugs:?}") };
        assert!(bug.verified && bug.property.starts_with("the edge"), "{bug:?}");
        assert_eq!((bug.state_key, bug.steps), (Some(3), 4));
        let replayed = explorer().replay(bug.root_seed, &bug.recipe);
        assert_eq!((replayed.state_key, replayed.steps), (Some(3), 4));
    }
}

/// Nor does it count as a state where a property is broken as well.
#[test]
fn a_step_that_panics_leads_to_no_state() {
    for (is_named, states, bugs) in [(true, 4, 1), (false, 1 + 2 + 4 + 8, 2)] {
        let world = Cliff { steps: 0, is_named };
        let record = Explorer::new(world).policy(Exhaustive::default()).run().seeds.remove(0);
        assert_eq!((record.states, record.bugs.len()), (states, bugs));
        assert!(record.exhausted);
    }
}

/// Panics in its first step, and again when what that has left is dropped.
#[derive(Clone)]
struct Wreck {
    hit: bool,
}

impl Drop for Wreck {
    fn drop(&mut self) {
        assert!(!self.hit || thread::panicking(), "no end");
    }
}

impl World for Wreck {
    type Rng = SplitMix64;

    fn step(&mut self, ctx: &mut Context) -> Flow {
        ctx.u64();
        self.hit = true;
        panic!("the rocks");
    }
}

#[test]
fn a_panic_has_its_own_place_whatever_comes_of_it() {
    let here = line!() - 6;
    let bugs = Explorer::new(Wreck { hit: false }).budget(5).run().bugs;
    let [bug] = &bugs[..] else { panic!("one place, not {bugs:?}") };
    assert!(bug.verified && bug.property.starts_with("the rocks"), "{bug:?}");
    let place = format!("guards.rs:{here}:");
    assert!(bug.place.as_ref().is_some_and(|found| found.contains(&place)), "{bug:?}");
}

/// Breaks a property, and draws without end then.
#[derive(Clone)]
struct Torrent;

impl World for Torrent {
    type Rng = SplitMix64;

    fn step(&mut self, ctx: &mut Context) -> Flow {
        let holds = ctx.below(2) == 0;
        assert_always!(holds, "the dam holds");
        if holds {
            return Flow::End;
        }
        loop {
            ctx.below(1);
        }
    }
}

#[test]
fn a_step_that_is_cut_off_is_not_explored_fully_though_it_broke_a_property() {
    let limits = Limits { draws: 8, ..Limits::default() };
    let explorer = Explorer::new(Torrent).policy(Exhaustive::default()).limits(limits);
    let record = explorer.run().seeds.remove(0);
    assert_eq!((record.bugs.len(), record.exhausted), (1, false));
    assert!(record.notes[0].contains("a limit cut off steps"), "{:?}", record.notes);
}

/// Goes on and on, and draws nothing.
#[derive(Clone)]
struct Idle;

impl World for Idle {
    type Rng = SplitMix64;

    fn step(&mut self, _: &mut Context) -> Flow {
        Flow::Continue
    }
}

#[test]
fn a_world_that_neither_draws_nor_ends_is_ended() {
    let record = Explorer::new(Idle).policy(Brute::default()).budget(2).run().seeds.remove(0);
    assert_eq!((record.timelines, record.cut), (2, 3));
}

#[test]
fn no_timeline_is_forked_deeper_than_the_limit() {
    let climb = Replay::new(|ctx: &mut Context| {
        for height in 0..6 {
            assert_sometimes_each!("height", [("height", height)]);
            if ctx.below(3) != 0 {
                return;
            }
        }
        panic!("the top");
    });
    let deepest = |depth, budget| {
        let limits = Limits { depth, ..Limits::default() };
        let explorer = Explorer::new(climb.clone()).limits(limits);
        let bugs = explorer.budget(budget).run().bugs;
        bugs[0].recipe.segments().len()
    };
    assert_eq!(deepest(1, 20_000), 1);
    assert!(deepest(u32::MAX, 500) > 1);
    let limits = Limits { depth: 0, ..Limits::default() };
    let tree = Explorer::new(climb.clone()).policy(Compat04::default()).limits(limits);
    assert_eq!(tree.run().seeds[0].timelines, 0);
}
