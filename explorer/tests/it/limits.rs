//! What a world does wrong ends its timeline, and not the explorer.

use std::time::Duration;

use bootfork_explorer::policy;
use bootfork_explorer::worlds::{Cascade, Dungeon, Maze, NAMES, Planted, Visitor, visit};
use bootfork_explorer::{
    Context, Explorer, Flow, Job, Limits, Replay, Search, Site, SplitMix64, World, assert_reachable,
};

#[test]
fn a_panic_is_a_bug_with_its_message() {
    let world = Replay::new(|ctx: &mut Context| {
        for digit in 0..3 {
            assert_reachable!("a digit");
            assert!(ctx.below(10) != 7, "no digit {digit} may be 7");
        }
    });
    for threads in [1, 2] {
        let exploration = Explorer::new(world.clone()).budget(200).threads(threads).run();
        let bug = &exploration.bugs[0];
        assert!(bug.property.starts_with("no digit") && bug.property.contains("limits.rs"));
        assert!(bug.kind.is_none() && bug.verified);
        assert_eq!(exploration.bugs.len(), 1, "each place once, whatever its message has in it");
        assert!(bug.place.as_ref().is_some_and(|place| place.contains("limits.rs")));
    }
}

/// Never ends, and draws for ever.
#[derive(Clone)]
struct Endless {
    in_a_step: bool,
}

impl World for Endless {
    type Rng = SplitMix64;

    fn step(&mut self, ctx: &mut Context) -> Flow {
        loop {
            ctx.u64();
            if !self.in_a_step {
                return Flow::Continue;
            }
        }
    }
}

#[test]
fn a_timeline_without_end_is_ended() {
    for in_a_step in [false, true] {
        let limits = Limits { draws: 1_000, ..Limits::default() };
        let policy = bootfork_explorer::policy::Brute::default();
        let explorer = Explorer::new(Endless { in_a_step }).policy(policy).limits(limits);
        let record = &explorer.budget(10).run().seeds[0];
        assert_eq!((record.timelines, record.found), (10, false));
        assert_eq!(record.cut, 11, "the root too");
        assert!((11_000..11_100).contains(&record.draws), "{}", record.draws);
    }
    let limits = Limits { steps: 7, ..Limits::default() };
    let policy = bootfork_explorer::policy::Brute::default();
    let explorer = Explorer::new(Endless { in_a_step: false }).policy(policy).limits(limits);
    assert_eq!(explorer.budget(9).run().seeds[0].steps, 70);
}

#[test]
fn draws_can_be_what_is_limited() {
    let explorer = Explorer::new(Maze::default()).draw_budget(10_000).budget(u64::MAX);
    let draws = explorer.run().seeds[0].draws;
    assert!((10_000..20_000).contains(&draws), "{draws}");
    // Timelines of 1,000 draws in rounds of 64: the one that spends the budget is the last.
    let limits = Limits { draws: 1_000, ..Limits::default() };
    let policy = bootfork_explorer::policy::Brute::default();
    for threads in [1, 2] {
        let draws = Explorer::new(Endless { in_a_step: false })
            .policy(policy)
            .limits(limits)
            .threads(threads)
            .draw_budget(5_500)
            .run()
            .seeds[0]
            .draws;
        assert_eq!(draws, 6_000);
    }
}

#[test]
fn time_can_end_an_exploration_and_is_then_named() {
    let explorer = Explorer::new(Maze::default()).time_limit(Duration::ZERO);
    let record = &explorer.run().seeds[0];
    assert!(record.timed_out && record.timelines == 0);
    assert!(!Explorer::new(Maze::default()).budget(10).run().seeds[0].timed_out);
}

/// Two explorations that have ended before anybody looks at the clock.
#[test]
fn what_ended_by_itself_is_not_named_timed_out() {
    let exhausted = |search: &mut Search<'_, Maze>| {
        search.exhaust();
        search.run(vec![Job::resume(&search.start())]);
    };
    let spent = |search: &mut Search<'_, Maze>| {
        search.run(vec![Job::fork(&search.start(), 1)]);
    };
    let late = || Explorer::new(Maze::default()).time_limit(Duration::ZERO);
    assert!(!late().policy(exhausted).run().seeds[0].timed_out);
    assert!(!late().policy(spent).budget(0).run().seeds[0].timed_out);
    assert!(late().policy(spent).budget(1).run().seeds[0].timed_out);
}

#[test]
fn seeds_that_reach_nothing_new_end_a_stable_exploration() {
    let explorer = Explorer::new(Planted::default()).seeds(1, 100).budget(500);
    let seeds = explorer.stop_when_stable(3).run().seeds;
    assert!((4..20).contains(&seeds.len()), "{} seeds", seeds.len());
}

#[test]
fn what_is_expected_and_not_reached_is_reported() {
    struct Gaps;
    impl Visitor for Gaps {
        type Output = Vec<String>;
        fn visit<W: World>(self, world: W, sites: &'static [&'static Site]) -> Vec<String> {
            let policy = bootfork_explorer::policy::Brute::default();
            let explorer = Explorer::new(world).policy(policy).budget(20).expecting(sites);
            explorer.run().never_reached.into_iter().map(|gap| gap.message).collect()
        }
    }
    assert_eq!(visit("maze", &[], Gaps), Ok(vec!["lock opens".to_owned()]));
}

/// What was given up is rebuilt, and nothing else is different.
#[test]
fn a_memory_budget_changes_the_cost_and_not_the_result() {
    let explore = |policy: &str, memory, threads| {
        let policy = policy::by_name(policy).expect("a policy");
        let explorer = Explorer::new(Dungeon::default()).boxed_policy(policy).seeds(2, 1);
        let mut record = explorer.budget(400).memory(memory).threads(threads).run().seeds.remove(0);
        record.seconds = 0.0;
        record
    };
    for policy in ["adaptive", "compat04"] {
        let (all, few) = (explore(policy, usize::MAX, 1), explore(policy, 4_000, 1));
        assert_eq!((all.states, all.timelines, all.cut), (few.states, few.timelines, few.cut));
        assert!(all.evicted == 0 && few.evicted > 10, "{policy}");
        assert!(few.draws > all.draws, "{policy}: the way is gone again");
        assert_eq!(few, explore(policy, 4_000, 2), "{policy} on two threads");
        assert_eq!(few, explore(policy, 4_000, 4), "{policy} on four threads");
    }
    for policy in ["replay", "brute"] {
        let (all, none) = (explore(policy, usize::MAX, 1), explore(policy, 0, 1));
        assert_eq!(all, none, "{policy} keeps no moment");
    }
}

/// Says that it takes so much memory.
#[derive(Clone)]
struct Heavy {
    world: Planted,
    weight: usize,
}

impl World for Heavy {
    type Rng = <Planted as World>::Rng;

    fn step(&mut self, ctx: &mut Context<Self::Rng>) -> Flow {
        self.world.step(ctx)
    }

    fn weight(&self) -> usize {
        self.weight
    }
}

#[test]
fn moments_may_weigh_more_than_can_be_counted() {
    for policy in ["adaptive", "compat04"] {
        let explore = |weight, memory| {
            let policy = policy::by_name(policy).expect("a policy");
            let world = Heavy { world: Planted::default(), weight };
            let explorer = Explorer::new(world).boxed_policy(policy).budget(300).memory(memory);
            let mut record = explorer.run().seeds.remove(0);
            record.seconds = 0.0;
            record
        };
        let (all, none) = (explore(0, 0), explore(usize::MAX, 0));
        assert_eq!((all.states, all.timelines), (none.states, none.timelines), "{policy}");
        assert!(all.evicted == 0 && none.evicted > 0, "{policy}");
        let half = usize::MAX / 2 + 1;
        assert_eq!(explore(half, half), explore(2, 2), "{policy} by the measure of bytes");
    }
}

struct Nothing;

impl Visitor for Nothing {
    type Output = ();
    fn visit<W: World>(self, _: W, sites: &'static [&'static Site]) {
        assert!(!sites.is_empty());
    }
}

#[test]
fn worlds_are_had_by_name_and_their_settings_too() {
    for name in NAMES {
        assert_eq!(visit(name, &[], Nothing), Ok(()));
    }
    let says = |name, set| visit(name, set, Nothing).unwrap_err().to_string();
    assert!(says("maize", &[]).contains("adaptive-maze, adaptive-dungeon"));
    assert!(says("maze", &[("q", "1")]).contains("p, gates, steps"));
    assert!(says("maze", &[("p", "often")]).contains("`often` is no value for `p`"));
    assert!(says("adaptive-maze", &[("gates", "20")]).contains("`20` does not fit `gates`"));
    assert!(says("dungeon", &[("floors", "17")]).contains("1..=16"));
}

/// Both ends of each range, and what lies beyond.
#[test]
fn settings_are_within_their_ranges() {
    let p = ["-0.01", "1.01", "NaN", "inf"];
    let judge = |world, name, fits: &[&str], not: &[&str], range: &str| {
        for value in fits {
            assert_eq!(visit(world, &[(name, value)], Nothing), Ok(()), "{world} {name}={value}");
        }
        for value in not {
            let error = visit(world, &[(name, value)], Nothing).unwrap_err().to_string();
            assert_eq!(error, format!("`{value}` does not fit `{name}`, which is one of {range}"));
        }
    };
    for world in ["maze", "dungeon"] {
        judge(world, "p", &["0", "1"], &p, "0.0..=1.0");
        judge(world, "steps", &["1", "4294967295"], &["0"], "1..=4294967295");
    }
    judge("dungeon", "floors", &["1", "16"], &["0", "17"], "1..=16");
    judge("dungeon", "health", &["1", "1000000"], &["-1", "0", "1000001"], "1..=1000000");
    for world in ["adaptive-maze", "adaptive-dungeon"] {
        judge(world, "gates", &["1", "16"], &["0", "17"], "1..=16");
    }
    for world in ["adaptive-maze", "adaptive-dungeon", "planted", "ladder"] {
        judge(world, "of", &["1", "18446744073709551615"], &["0"], "1..=18446744073709551615");
    }
}

#[test]
#[should_panic(expected = "a dungeon has 1 to 16 floors, not 17")]
fn a_dungeon_that_is_too_deep_is_refused() {
    Dungeon::with_floors(17);
}

#[test]
#[should_panic(expected = "a chain has 1 to 16 gates, not 0")]
fn a_chain_of_nothing_is_refused() {
    Cascade::new(0, 10, 3);
}
