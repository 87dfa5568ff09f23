//! Nothing depends on the number of threads.

use bootfork_explorer::policy::{self, Policy};
use bootfork_explorer::worlds::{Visitor, visit};
use bootfork_explorer::{Exploration, Explorer, Site, World};

use crate::systems::{LostUpdate, Turns};

struct Explore {
    policy: &'static str,
    threads: usize,
    stop: bool,
}

impl Visitor for Explore {
    type Output = Exploration;

    fn visit<W: World>(self, world: W, _: &'static [&'static Site]) -> Exploration {
        let policy: Box<dyn Policy<W>> = policy::by_name(self.policy).expect("a policy");
        let explorer = Explorer::new(world).boxed_policy(policy).seeds(3, 2).budget(1_500);
        let explorer = if self.stop { explorer.stop_at_first_bug() } else { explorer };
        explorer.threads(self.threads).run()
    }
}

/// What is found, without the time that it took.
fn found(world: &str, policy: &'static str, stop: bool, threads: usize) -> Exploration {
    let mut exploration = visit(world, &[], Explore { policy, threads, stop }).expect("a world");
    for record in &mut exploration.seeds {
        record.seconds = 0.0;
    }
    exploration
}

#[track_caller]
fn judge(world: &str, policy: &'static str, stop: bool) {
    let alone = found(world, policy, stop, 1);
    assert!(alone.seeds.iter().all(|record| record.timelines > 0), "nothing was explored");
    for threads in [2, 4] {
        let together = found(world, policy, stop, threads);
        assert_eq!(format!("{alone:?}"), format!("{together:?}"), "{policy} on {threads} threads");
    }
}

#[test]
fn bugs_recipes_and_counts_are_the_same_on_any_number_of_threads() {
    for policy in ["adaptive", "replay", "brute", "compat04"] {
        judge("maze", policy, true);
        judge("planted", policy, false);
    }
    judge("dungeon", "adaptive", false);
}

#[test]
fn so_are_all_states() {
    let explore = |threads| {
        let explorer = Explorer::new(Turns(LostUpdate::new(false)));
        let mut found =
            explorer.policy(policy::Exhaustive::default()).threads(threads).run().seeds.remove(0);
        found.seconds = 0.0;
        found
    };
    assert_eq!(explore(1), explore(2));
    assert_eq!(explore(1), explore(4));
}

/// The canary: other seeds find other things, so equality is no accident of the comparison.
#[test]
fn another_seed_is_another_exploration() {
    let run = |seed| {
        let explore = Explorer::new(bootfork_explorer::worlds::Maze::default()).seeds(seed, 1);
        explore.budget(300).run().seeds[0].draws
    };
    assert_ne!(run(1), run(2));
}
