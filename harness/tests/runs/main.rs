//! A suite as users write them, run as users run it: `cargo test` and `cargo nextest run`.

mod suite;

use suite::Suite;

/// Boots once, then not at all, then once again after an input changed, and says so.
fn boots_once_whoever_runs_it(suite: &Suite) {
    assert_eq!(suite.run().boots, 1, "20 tests, one boot");
    assert_eq!(suite.run().boots, 0, "the next run finds the state");

    suite.write("world.toml", "people = 21\n");
    let run = suite.run();
    assert_eq!(run.boots, 1, "an input has changed");
    let why = r#"booting "world": file world.toml changed: "#;
    assert!(run.output.contains(why), "{}", run.output);
    assert_eq!(suite.run().boots, 0);

    suite.write("world.toml", "people = 20\n");
    assert_eq!(suite.run().boots, 0, "the state of before is still there");
}

#[test]
fn a_suite_under_cargo_test_boots_once() {
    boots_once_whoever_runs_it(&Suite::new("cargo-test", &["test"], &["--", "--nocapture"]));
}

#[test]
fn a_suite_under_nextest_boots_once() {
    if !suite::nextest_is_installed() {
        eprintln!("cargo-nextest is not installed: nothing was shown");
        return;
    }
    boots_once_whoever_runs_it(&Suite::new("nextest", &["nextest", "run", "--no-capture"], &[]));
}
