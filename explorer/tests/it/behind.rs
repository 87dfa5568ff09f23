//! What lies behind something else is found too, and its recipe shows it.

use bootfork_explorer::policy::{Brute, Exhaustive};
use bootfork_explorer::{
    Context, Explorer, Flow, Generator, Hook, Kind, Limits, RECIPE_VERSION, Recipe, Replay,
    SplitMix64, World, assert_always, assert_sometimes_each, assert_unreachable,
};

/// The first property breaks in every timeline, and the second after it in few.
#[derive(Clone)]
struct TwoBugs {
    step: u64,
}

impl World for TwoBugs {
    type Rng = SplitMix64;

    fn step(&mut self, ctx: &mut Context) -> Flow {
        self.step += 1;
        if self.step < 3 {
            assert_always!(ctx.below(2) > 2, "the first");
            return Flow::Continue;
        }
        assert_always!(ctx.below(40) > 0, "the second");
        Flow::End
    }
}

#[test]
fn a_bug_behind_a_known_one_is_replayed_by_its_name() {
    let explorer = Explorer::new(TwoBugs { step: 0 }).policy(Brute::default()).budget(500);
    let bugs = explorer.run().bugs;
    let bug = bugs.iter().find(|bug| bug.property == "the second").expect("one in forty");
    assert!(bug.verified);
    let any = explorer.replay(bug.root_seed, &bug.recipe);
    assert_eq!((any.broken, any.steps), (vec!["the first".to_owned()], 1));
    let replayed = explorer.replay_until(bug.root_seed, &bug.recipe, &bug.property, bug.kind);
    assert_eq!(replayed.broken, ["the second"]);
    assert_eq!((replayed.draws, replayed.steps), (bug.draws, bug.steps));
}

/// Says the same thing in three ways: as one property, as another, and as a panic.
#[derive(Clone)]
struct Namesakes {
    step: u64,
}

impl World for Namesakes {
    type Rng = SplitMix64;

    fn step(&mut self, ctx: &mut Context) -> Flow {
        self.step += 1;
        match self.step {
            1 => assert_always!(ctx.below(2) > 2, "no way"),
            2 if ctx.below(4) == 0 => assert_unreachable!("no way"),
            2 => {}
            _ => panic!("no way"),
        }
        Flow::Continue
    }
}

#[test]
fn bugs_of_several_kinds_that_say_the_same_are_several_bugs() {
    let explorer = Explorer::new(Namesakes { step: 0 }).policy(Brute::default()).budget(50);
    let bugs = explorer.run().bugs;
    let kinds = [Some(Kind::Always), Some(Kind::Unreachable), None];
    for (kind, steps) in kinds.into_iter().zip(1..) {
        let bug = bugs.iter().find(|bug| bug.kind == kind).expect("a bug of each kind");
        assert!(bug.verified && bug.steps == steps, "{bug}");
        let again = explorer.replay_until(bug.root_seed, &bug.recipe, &bug.property, kind);
        assert_eq!((again.broken, again.steps), (vec![bug.property.clone()], steps));
        // One that goes by the message alone ends with the first that says it.
        let first = explorer.replay_until(bug.root_seed, &bug.recipe, "no way", None);
        assert_eq!(first.steps, 1);
    }
    assert_eq!(bugs.len(), kinds.len());
}

#[test]
fn recipes_by_other_rules_are_refused() {
    let explorer = Explorer::new(TwoBugs { step: 0 }).policy(Brute::default());
    assert_eq!(explorer.run().bugs[0].recipe_version, RECIPE_VERSION);
    let error = Recipe::check_version(RECIPE_VERSION + 1).unwrap_err();
    assert!(error.to_string().contains("version 2"), "{error}");
}

/// A run that never returns still has discoveries, from which it is forked.
#[test]
fn a_ladder_is_climbed_in_a_closure_that_a_limit_ends() {
    let world = Replay::new(|ctx: &mut Context| {
        let mut height = 0_u32;
        for _ in 0..8 {
            if ctx.below(10) != 0 {
                break;
            }
            height += 1;
            assert_sometimes_each!("rung", [("height", height)]);
        }
        assert_always!(height < 8, "nobody is up");
        loop {
            ctx.below(2);
        }
    });
    let limits = Limits { draws: 100, ..Limits::default() };
    let explorer = Explorer::new(world).limits(limits).budget(2_000).stop_at_first_bug();
    let exploration = explorer.run();
    assert!(exploration.bugs[0].verified, "of 10^8 by chance");
}

#[test]
fn a_ladder_is_climbed_in_a_closure_that_panics() {
    let world = Replay::new(|ctx: &mut Context| {
        for height in 0..8 {
            assert!(ctx.below(10) == 0, "fell from {height}");
            assert_sometimes_each!("step", [("height", height)]);
        }
        assert_always!(false, "nobody is on the roof");
    });
    let bugs = Explorer::new(world).budget(2_000).run().bugs;
    assert!(bugs.iter().any(|bug| bug.property == "nobody is on the roof"), "{bugs:?}");
}

/// Draws in ways that have no list of possibilities.
#[derive(Clone)]
struct Sampler;

impl World for Sampler {
    type Rng = SplitMix64;

    fn step(&mut self, ctx: &mut Context) -> Flow {
        let sampled = ctx.draw().next_u64();
        assert_always!(ctx.below(3) < 2, "below two", sampled);
        Flow::End
    }
}

#[derive(Clone)]
struct Counting(SplitMix64);

impl World for Counting {
    type Rng = Hook;

    fn step(&mut self, ctx: &mut Context<Hook>) -> Flow {
        if let Some(seed) = ctx.count() {
            self.0 = SplitMix64::from_seed(seed);
        }
        assert_always!(self.0.next_u64() == 0, "all zero");
        Flow::End
    }
}

#[test]
fn samplings_cannot_be_exhausted_and_have_recipes() {
    let record = Explorer::new(Sampler).policy(Exhaustive::default()).run().seeds.remove(0);
    assert!(!record.exhausted && record.notes[0].contains("without a list"));
    let world = Counting(SplitMix64::from_seed(0));
    let record = Explorer::new(world).policy(Exhaustive::default()).run().seeds.remove(0);
    assert!(!record.exhausted && record.notes[0].contains("without a list"));
    assert!(record.bugs[0].verified, "{:?}", record.bugs);
}

#[test]
fn a_context_within_a_step_leaves_that_of_the_step_alone() {
    let world = Replay::new(|ctx: &mut Context| {
        for _ in 0..4 {
            let mut own: Context = Context::from_seed(7);
            own.u64();
            assert_sometimes_each!("drawn", [("draws", ctx.draws())]);
            if ctx.below(6) != 0 {
                return;
            }
        }
        assert_always!(false, "four sixes");
    });
    let bug = &Explorer::new(world).budget(1_000).run().bugs[0];
    assert!(bug.verified);
    assert_eq!(bug.draws, 4);
}
