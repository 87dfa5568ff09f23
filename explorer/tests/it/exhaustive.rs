//! Every state is found, and each seeded bug.

use bootfork_explorer::policy::{Adaptive, Exhaustive};
use bootfork_explorer::{Bug, Explorer};

use crate::systems::{
    Aba, DoubleResolve, GcRace, LostUpdate, LostWakeup, System, Turns, WrongDecider, reachable,
};

/// A sound system has so many states, and its twin with a bug shows that.
#[track_caller]
fn judge<S: System>(sound: S, seeded: S, states: usize) {
    assert_eq!(reachable(sound).len(), states, "counted without the explorer");
    let record = explore(sound).0;
    assert_eq!((record.states, record.exhausted), (states as u64, true));
    assert!(!record.found);

    let (record, bugs) = explore(seeded);
    assert_eq!(record.states, reachable(seeded).len() as u64);
    verify(seeded, &bugs);
    let adaptive = Explorer::new(Turns(seeded)).policy(Adaptive::default()).budget(500).run();
    verify(seeded, &adaptive.bugs);
}

fn explore<S: System>(system: S) -> (bootfork_explorer::SeedRecord, Vec<Bug>) {
    let explorer = Explorer::new(Turns(system)).policy(Exhaustive::default());
    let mut exploration = explorer.run();
    (exploration.seeds.remove(0), exploration.bugs)
}

#[track_caller]
fn verify<S: System>(system: S, bugs: &[Bug]) {
    let [bug] = bugs else { panic!("one property is broken, not {bugs:?}") };
    assert!(bug.verified);
    let replayed = Explorer::new(Turns(system)).replay(bug.root_seed, &bug.recipe);
    assert_eq!(replayed.broken, ["the system is sound"]);
    assert_eq!(replayed.state_key, bug.state_key);
}

#[test]
fn a_lost_wake_up_is_found() {
    judge(LostWakeup::new(true), LostWakeup::new(false), 7);
}

#[test]
fn a_double_resolve_is_found() {
    judge(DoubleResolve::new(true), DoubleResolve::new(false), 4);
}

#[test]
fn a_race_of_a_collector_is_found() {
    judge(GcRace::new(true), GcRace::new(false), 9);
}

#[test]
fn a_wrong_decider_is_found() {
    judge(WrongDecider::new(true), WrongDecider::new(false), 5);
}

#[test]
fn a_lost_update_is_found() {
    judge(LostUpdate::new(true), LostUpdate::new(false), 4);
}

#[test]
fn an_aba_is_found() {
    judge(Aba::new(true), Aba::new(false), 12);
}
