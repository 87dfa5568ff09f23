//! What each policy is to find, and how soon.

use bootfork_explorer::policy::{self, Adaptive, Brute, Compat04};
use bootfork_explorer::worlds::{Cascade, Dungeon, Energy, Maze, Planted};
use bootfork_explorer::{
    Context, Explorer, Flow, Replay, SeedRecord, SplitMix64, World, assert_always,
    assert_sometimes_each,
};

/// Timelines and draws to the first bug of so many seeds: the value that a part of them stays
/// within, if all of them found one.
fn within(world: impl World, seeds: u64, budget: u64, percent: usize) -> (u64, u64) {
    let explorer = Explorer::new(world).seeds(1, seeds).budget(budget).stop_at_first_bug();
    let records = explorer.run().seeds;
    assert!(records.iter().all(|record| record.found && record.bugs[0].verified));
    let quantile = |value: fn(&SeedRecord) -> Option<u64>| {
        let mut values: Vec<u64> = records.iter().filter_map(value).collect();
        values.sort_unstable();
        values[values.len() * percent / 100]
    };
    (quantile(|record| record.timelines_to_bug), quantile(|record| record.draws_to_bug))
}

/// The original's tree finds it from 148 of 200 seeds, its replay of recipes from 200 within 811
/// timelines at the 90th percentile.
#[test]
fn the_maze_is_solved_from_every_seed() {
    let (timelines, _) = within(Maze::default(), 200, 20_000, 90);
    assert!(timelines <= 811, "p90 {timelines}");
    let (timelines, draws) = within(Maze::default(), 200, 20_000, 50);
    assert!(timelines <= 340 && draws <= 29_000, "median {timelines} timelines, {draws} draws");
}

#[test]
fn a_maze_with_other_chances_is_solved_as_well() {
    for (p, gates, steps) in [(0.1, 5, 500), (0.02, 5, 500), (0.05, 7, 100)] {
        let mut maze = Maze::default();
        (maze.p, maze.gates, maze.steps) = (p, gates, steps);
        within(maze, 20, 20_000, 50);
    }
}

#[test]
fn the_dungeon_is_solved() {
    within(Dungeon::default(), 2, 400_000, 50);
}

/// Four times the energy that the original's scenario lists, which it never found the bug with.
#[test]
fn the_adaptive_scenarios_are_solved_within_four_times_their_energy() {
    within(Cascade::maze(), 200, 4 * 150, 95);
    within(Cascade::dungeon(), 200, 4 * 200, 95);
}

#[test]
fn the_tree_of_the_original_has_its_counts() {
    for seed in [1, 7] {
        let explorer = Explorer::new(Maze::default()).policy(Compat04::default());
        let records = explorer.seeds(seed, 2).warm().budget(20_000).run().seeds;
        assert_eq!(records.iter().map(|record| record.timelines).sum::<u64>(), 3_320);
        assert_eq!((records[0].timelines, records[1].timelines), (3_120, 200));
        assert_eq!(records[0].timelines_to_bug, Some(347));
    }
}

/// As measured with the original: it stops after 12 timelines of 150, or 16 of 200.
#[test]
fn the_tree_of_the_original_gives_up_where_the_original_does() {
    let maze = Compat04 { depth: 8, batch: 4, min: 4, max: 20, per_mark: 15, warm_min: 4 };
    let explorer = Explorer::new(Cascade::maze()).policy(maze).seeds(42, 1);
    let record = &explorer.budget(150).run().seeds[0];
    assert!(!record.found);
    assert_eq!(record.timelines, 12);
    let dungeon = Compat04 { depth: 7, max: 25, per_mark: 20, ..maze };
    let explorer = Explorer::new(Cascade::dungeon()).policy(dungeon).seeds(7_777, 1);
    let record = &explorer.budget(200).run().seeds[0];
    assert!(!record.found);
    assert_eq!(record.timelines, 16);
}

#[test]
fn the_replaying_policy_solves_the_maze_at_the_price_of_its_prefixes() {
    let explore = |seed| {
        let explorer = Explorer::new(Maze::default()).seeds(seed, 1).budget(20_000);
        let replaying =
            explorer.policy(policy::Replay::default()).stop_at_first_bug().run().seeds.remove(0);
        assert!(replaying.found);
        replaying.draws / replaying.timelines
    };
    assert!(explore(1) > 500, "each timeline takes its whole way again");
}

/// The adapter of that name makes a world, the policy explores one: any policy any world.
#[test]
fn the_replaying_policy_explores_what_the_replaying_adapter_makes() {
    let dice = Replay::new(|ctx: &mut Context| {
        for sixes in 0..4 {
            assert_sometimes_each!("sixes", [("sixes", sixes)]);
            if ctx.below(6) != 5 {
                return;
            }
        }
        assert_always!(false, "four sixes");
    });
    let explorer = Explorer::new(dice).policy(policy::Replay::default()).budget(400);
    let exploration = explorer.stop_at_first_bug().run();
    assert_eq!(exploration.policy, "replay");
    assert!(exploration.bugs[0].verified, "one in 1,296 by chance");
}

#[test]
fn chance_alone_finds_the_planted_bug_and_no_maze() {
    let explorer = Explorer::new(Planted::default()).policy(Brute::default());
    assert!(explorer.budget(5_000).run().seeds[0].found);
    let explorer = Explorer::new(Maze::default()).policy(Brute::default());
    assert!(!explorer.budget(500).run().seeds[0].found);
}

#[test]
fn the_budget_binds_whatever_marks_may_spend() {
    for per_mark in [None, Some(0), Some(1), Some(3), Some(u64::MAX)] {
        let explorer = Explorer::new(Energy::default()).policy(Adaptive { per_mark });
        assert_eq!(explorer.budget(8).run().seeds[0].timelines, 8);
    }
}

/// Ten floors of one in twenty, beside a mark that is new nearly always.
#[derive(Clone)]
struct Noise {
    floor: u32,
    steps: u32,
}

impl World for Noise {
    type Rng = SplitMix64;

    fn step(&mut self, ctx: &mut Context) -> Flow {
        self.steps += 1;
        assert_sometimes_each!("noise", [("number", ctx.below(1_000_000))]);
        if ctx.below(20) == 0 {
            self.floor += 1;
            assert_sometimes_each!("floor", [("number", self.floor)]);
        } else if ctx.below(10) == 0 {
            return Flow::End;
        }
        assert_always!(self.floor < 10, "nobody is on the roof");
        if self.steps == 100 { Flow::End } else { Flow::Continue }
    }
}

#[test]
fn a_mark_that_is_always_new_does_not_starve_the_others() {
    let found = |per_mark| {
        let explorer = Explorer::new(Noise { floor: 0, steps: 0 }).policy(Adaptive { per_mark });
        let records = explorer.seeds(1, 20).budget(6_000).stop_at_first_bug().run().seeds;
        records.iter().filter(|record| record.found).count()
    };
    assert_eq!((found(None), found(Some(50))), (20, 20));
    assert!(found(Some(u64::MAX)) < 15, "without energy of its own a floor has too little");
}

#[test]
fn later_seeds_of_a_warm_exploration_find_nothing_known() {
    let explorer = Explorer::new(Planted::default()).seeds(1, 3).warm().budget(1_000);
    let exploration = explorer.run();
    let found: Vec<bool> = exploration.seeds.iter().map(|record| record.found).collect();
    assert_eq!(found, [true, false, false]);
    assert_eq!(exploration.bugs.len(), 1);
}
