//! Nothing depends on the number of threads.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use bootfork_explorer::policy::{self, Policy};
use bootfork_explorer::worlds::{Maze, Planted, Visitor, visit};
use bootfork_explorer::{
    Context, Exploration, Explorer, Progress, Replay, Site, World, assert_sometimes_each,
};

use crate::systems::{LostUpdate, Turns};

struct Explore {
    policy: &'static str,
    seeds: u64,
    threads: usize,
    stop: bool,
}

impl Visitor for Explore {
    type Output = Exploration;

    fn visit<W: World>(self, world: W, _: &'static [&'static Site]) -> Exploration {
        let policy: Box<dyn Policy<W>> = policy::by_name(self.policy).expect("a policy");
        let explorer = Explorer::new(world).boxed_policy(policy).seeds(3, self.seeds);
        let explorer = if self.stop { explorer.stop_at_first_bug() } else { explorer };
        explorer.budget(1_500).threads(self.threads).run()
    }
}

/// What was found, without the time that it took.
fn found(mut exploration: Exploration) -> String {
    for record in &mut exploration.seeds {
        record.seconds = 0.0;
    }
    format!("{exploration:?}")
}

/// One root seed on several threads, and three of them side by side.
#[track_caller]
fn judge(world: &str, policy: &'static str, stop: bool) {
    for seeds in [1, 3] {
        let explore = |threads| {
            let explored = visit(world, &[], Explore { policy, seeds, threads, stop });
            let explored = explored.expect("a world");
            assert!(explored.seeds.iter().all(|record| record.timelines > 0), "nothing explored");
            found(explored)
        };
        let alone = explore(1);
        for threads in [2, 4] {
            assert_eq!(alone, explore(threads), "{policy}, {seeds} seeds, {threads} threads");
        }
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
fn so_are_those_of_worlds_that_panic_within_limits_of_memory() {
    let world = Replay::new(|ctx: &mut Context| {
        for height in 0..5 {
            assert_sometimes_each!("height", [("height", height)]);
            assert!(ctx.below(20) > 0, "fell from {height}");
            if ctx.below(3) > 0 {
                return;
            }
        }
        panic!("the top");
    });
    for seeds in [1, 5] {
        let explore = |threads| {
            let explorer = Explorer::new(world.clone()).seeds(1, seeds).budget(400).memory(64);
            let exploration = explorer.threads(threads).run();
            assert_eq!(exploration.bugs.len(), 2, "two places");
            found(exploration)
        };
        let alone = explore(1);
        assert_eq!(alone, explore(2));
        assert_eq!(alone, explore(4));
    }
}

#[test]
fn so_are_all_states() {
    let explore = |threads| {
        let explorer = Explorer::new(Turns(LostUpdate::new(false)));
        found(explorer.policy(policy::Exhaustive::default()).threads(threads).run())
    };
    assert_eq!(explore(1), explore(2));
    assert_eq!(explore(1), explore(4));
}

/// Root seeds end out of order, and are shown in order all the same.
#[test]
fn root_seeds_are_shown_in_their_order() {
    for threads in [1, 2, 3, 64] {
        let mut shown = Vec::new();
        let explorer = Explorer::new(Maze::default()).seeds(u64::MAX - 3, 9).budget(400);
        explorer.threads(threads).stop_at_first_bug().run_each(|record| {
            shown.push(record.seed);
            ControlFlow::Continue(())
        });
        assert_eq!(shown, [u64::MAX - 3, u64::MAX - 2, u64::MAX - 1, u64::MAX, 0, 1, 2, 3, 4]);
    }
}

/// Nobody waits for what nobody looks at. The report is that of the root seeds shown.
#[test]
fn who_is_shown_enough_ends_the_exploration() {
    for (threads, warm) in [(1, false), (2, false), (4, false), (1, true)] {
        let explorer = || {
            let explorer = Explorer::new(Planted::default()).budget(300).threads(threads);
            if warm { explorer.warm() } else { explorer }
        };
        let mut left = 3;
        let ended = explorer().seeds(1, u64::MAX).run_each(|_| {
            left -= 1;
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(found(ended), found(explorer().seeds(1, 3).run()), "{threads} threads");
    }
}

/// Those under way beside it do not come to the end of what they may spend.
#[test]
fn root_seeds_under_way_end_with_their_round() {
    const BUDGET: u64 = 20_000;
    let told: Arc<Mutex<BTreeMap<u64, u64>>> = Arc::default();
    let shown = Arc::new(AtomicBool::new(false));
    let (log, go_on) = (Arc::clone(&told), Arc::clone(&shown));
    let wait = || thread::sleep(Duration::from_millis(1));
    let explorer = Explorer::new(Planted::default()).seeds(1, 4).threads(4).budget(BUDGET);
    let explorer = explorer.on_round(move |&Progress { seed, timelines, .. }| {
        log.lock().expect("no panic").insert(seed, timelines);
        let goes_on = || match seed {
            1 => log.lock().expect("no panic").len() == 4,
            _ => go_on.load(Ordering::Relaxed),
        };
        wait();
        while !goes_on() {
            wait();
        }
    });
    let ended = explorer.run_each(|_| {
        shown.store(true, Ordering::Relaxed);
        ControlFlow::Break(())
    });
    assert_eq!(ended.seeds.len(), 1);
    let told = told.lock().expect("no panic");
    assert_eq!((told.len(), told[&1]), (4, BUDGET), "{told:?}");
    assert!(told.values().skip(1).all(|&timelines| timelines < BUDGET / 2), "{told:?}");
}

/// What one root seed found is known to the next, so they cannot be explored side by side.
#[test]
fn warm_root_seeds_wait_for_each_other() {
    let explore = |threads| {
        let explorer = Explorer::new(Planted::default()).seeds(1, 4).warm().budget(300);
        found(explorer.threads(threads).run())
    };
    assert_eq!(explore(1), explore(4));
}

/// The canary: other seeds find other things, so equality is no accident of the comparison.
#[test]
fn another_seed_is_another_exploration() {
    let run = |seed| {
        let explore = Explorer::new(Maze::default()).seeds(seed, 1);
        explore.budget(300).run().seeds[0].draws
    };
    assert_ne!(run(1), run(2));
}
