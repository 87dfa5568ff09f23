//! The kernel as a world: the ledger, with and without its careless teller.

use bootfork::explore::Host;
use bootfork::explore::KernelWorld;
use bootfork::explore::ledger::{LedgerOptions, world};
use bootfork::explorer::{Bug, Explorer};

const LOST: &str = "no money is lost";
const UNANSWERED: &str = "every payment is answered";

fn explorer(options: &LedgerOptions) -> Explorer<KernelWorld<impl Host>> {
    Explorer::new(world(options).expect("a ledger boots"))
}

fn careless() -> LedgerOptions {
    LedgerOptions { bug: true, ..LedgerOptions::default() }
}

fn lost(bugs: &[Bug]) -> &Bug {
    bugs.iter().find(|bug| bug.property == LOST).expect("the bug was found")
}

#[test]
fn a_restart_between_two_steps_of_a_careless_teller_is_found() {
    let found = explorer(&careless()).seeds(1, 20).budget(1_000).stop_at_first_bug().run();
    assert!(found.seeds.iter().all(|seed| seed.found), "{found:?}");
    assert!(found.bugs.iter().all(|bug| bug.verified), "{found:?}");
    let broken: Vec<&str> = found.bugs.iter().map(|bug| &*bug.property).collect();
    assert!(broken.iter().all(|property| [LOST, UNANSWERED].contains(property)), "{broken:?}");
    assert!(broken.contains(&LOST), "{broken:?}");
}

#[test]
fn a_recipe_leads_to_the_same_money_lost_and_the_same_state() {
    let explorer = explorer(&careless()).budget(1_000);
    let found = explorer.run();
    let bug = lost(&found.bugs);
    let again = explorer.replay(bug.root_seed, &bug.recipe);
    assert!(again.broken.iter().any(|property| property == LOST), "{again:?}");
    assert_eq!((again.state_key, again.steps), (bug.state_key, bug.steps));
    assert!(bug.state_key.is_some());
}

/// Both ways to use threads: several root seeds side by side, and the timelines of one.
#[test]
fn the_number_of_threads_changes_nothing() {
    for seeds in [1, 3] {
        let found = |threads| {
            let explorer = explorer(&careless()).seeds(1, seeds).budget(400).threads(threads);
            let mut found = explorer.run();
            found.seeds.iter_mut().for_each(|record| record.seconds = 0.0);
            found
        };
        let alone = found(1);
        let mut broken: Vec<&str> = alone.bugs.iter().map(|bug| &*bug.property).collect();
        broken.sort_unstable();
        assert_eq!(broken, [UNANSWERED, LOST]);
        assert!(alone.seeds.iter().all(|record| record.timelines == 400));
        let alone = format!("{alone:?}");
        for threads in [2, 4] {
            assert_eq!(format!("{:?}", found(threads)), alone, "{threads} threads");
        }
    }
}

#[test]
fn a_careful_teller_loses_nothing() {
    let options = LedgerOptions { restart: 0.3, ..LedgerOptions::default() };
    let found = explorer(&options).seeds(1, 2).budget(400).run();
    assert_eq!(found.bugs, []);
    assert!(found.never_reached.is_empty(), "{:?}", found.never_reached);
    let restarts = found.assertions.iter().find(|assertion| assertion.message == "restart");
    assert!(restarts.is_some_and(|restarts| restarts.hits > 100));
}

#[test]
fn without_a_restart_carelessness_does_no_harm() {
    let options = LedgerOptions { restart: 0.0, ..careless() };
    assert_eq!(explorer(&options).budget(400).run().bugs, []);
}

/// Money that moves back and forth leaves the state that there was: what only counts is not in it.
#[test]
fn what_only_counts_does_not_tell_states_apart() {
    let nothing = LedgerOptions { events: 0, ..LedgerOptions::default() };
    let rest = explorer(&nothing).replay(1, &"".parse().expect("a recipe"));
    // All that ever happens is a restart, and another one.
    let restarts = LedgerOptions { events: 2, restart: 1.0, crank: 1.0, ..nothing };
    let restarted = explorer(&restarts).replay(1, &"".parse().expect("a recipe"));
    assert!(restarted.steps > rest.steps);
    assert_eq!(restarted.state_key, rest.state_key);
}

#[test]
fn a_ledger_that_cannot_be_is_refused() {
    let options = LedgerOptions { traders: 9, ..LedgerOptions::default() };
    assert!(world(&options).is_err());
    let mut options = LedgerOptions::default();
    let error = options.set("bug", "yes").expect_err("no bool");
    assert_eq!(error.to_string(), "`yes` is no value for `bug`, which is of type bool");
    for name in ["crank", "restart", "reap"] {
        assert!(["0", "1"].iter().all(|value| options.set(name, value).is_ok()));
        for value in ["-0.01", "1.01", "NaN"] {
            let error = options.set(name, value).expect_err("no probability").to_string();
            let range = "which is one of 0.0..=1.0";
            assert_eq!(error, format!("`{value}` does not fit `{name}`, {range}"));
        }
    }
    let error = options.set("bugs", "true").expect_err("no such option");
    assert!(error.to_string().contains("accounts, traders, bug"), "{error}");
}
