//! A suite as users write them, run as users run it: `cargo test` and `cargo nextest run`.

mod suite;

use std::path::{Path, PathBuf};
use std::process::Command;

use bootfork::differences;
use bootfork::image::{Image, Trust};
use suite::{Runner, Suite};

/// Boots once, then not at all, then once again after an input changed, and says so.
fn boots_once_whoever_runs_it(suite: &Suite) {
    let run = suite.run();
    assert_eq!(run.boots, 1, "20 tests, one boot:\n{}", run.output);
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
    let suite = Suite::new("suite-cargo-test", Runner::CargoTest);
    boots_once_whoever_runs_it(&suite);
    let run = suite.run_with(&[("BOOTFORK_MODE", "off")]);
    assert_eq!(run.boots, 2, "without the cache each of the two binaries boots");
}

/// The gate has to have it; a fresh machine need not.
fn nextest_is_there() -> bool {
    let there = suite::nextest_is_installed();
    if !there {
        let required = std::env::var_os("BOOTFORK_REQUIRE_NEXTEST").is_some();
        assert!(!required, "install cargo-nextest, or unset BOOTFORK_REQUIRE_NEXTEST");
        eprintln!("cargo-nextest is not installed: nothing was shown");
    }
    there
}

#[test]
fn a_suite_under_nextest_boots_once() {
    if !nextest_is_there() {
        return;
    }
    let suite = Suite::new("suite-nextest", Runner::Nextest);
    boots_once_whoever_runs_it(&suite);
    assert_eq!(suite.run_with(&[("BOOTFORK_MODE", "refresh")]).boots, 1, "once a run");
    let run = suite.run_with(&[("BOOTFORK_MODE", "off")]);
    assert_eq!(run.boots, 20, "without the cache each test boots");
}

/// Each binary has a state of its own then: its code may boot otherwise.
fn boots_once_for_each_binary(suite: &Suite) {
    assert_eq!(suite.run().boots, 2, "20 tests in two binaries");
    assert_eq!(suite.run().boots, 0, "the next run finds both");
    suite.write("world.toml", "people = 21\n");
    assert_eq!(suite.run().boots, 0, "nobody has said that this file counts");
    let test = std::fs::read_to_string(suite.path("tests/first.rs")).expect("a source");
    suite.write("tests/first.rs", &format!("{test}\n#[test]\nfn another() {{}}\n"));
    let run = suite.run();
    assert_eq!(run.boots, 1, "one of the binaries has changed");
    assert!(run.output.contains("test binary changed: "), "{}", run.output);
}

#[test]
fn a_suite_without_inputs_under_cargo_test_boots_once_for_each_binary() {
    boots_once_for_each_binary(&Suite::without_inputs("suite-plain", Runner::CargoTest));
}

#[test]
fn a_suite_without_inputs_under_nextest_boots_once_for_each_binary() {
    if nextest_is_there() {
        boots_once_for_each_binary(&Suite::without_inputs("suite-plain-nextest", Runner::Nextest));
    }
}

/// Where another tool kept a hand-made list of inputs, forgot some, and named folders in full.
#[test]
fn every_declared_input_counts_and_the_checkout_does_not() {
    let suite = Suite::new("suite-inputs", Runner::CargoTest);
    assert_eq!(suite.run().boots, 1);

    let worker = [("FIXTURE_WORKER", "xs")];
    let run = suite.run_with(&worker);
    assert_eq!(run.boots, 1, "a variable counts");
    let why = r#"variable FIXTURE_WORKER changed: unset → "xs""#;
    assert!(run.output.contains(why), "{}", run.output);
    assert_eq!(suite.run_with(&worker).boots, 0);

    let source = std::fs::read_to_string(suite.path("src/lib.rs")).expect("a source");
    suite.write("src/lib.rs", &format!("{source}\n// Another word.\n"));
    let run = suite.run();
    assert_eq!(run.boots, 1, "a file in a folder counts");
    assert!(run.output.contains("folder src changed: "), "{}", run.output);

    let elsewhere = Suite::sharing_cache_of(&suite, "suite-elsewhere");
    assert_eq!(elsewhere.run().boots, 0, "the same inputs in another folder");
}

#[test]
fn a_failed_test_keeps_its_state_and_is_run_again_from_it() {
    let suite = Suite::new("suite-failing", Runner::CargoTest);
    let output = suite.run_failing(&[("FIXTURE_FAILS", "3")]);
    let help = |what: &str| {
        let line = output.lines().find_map(|line| line.trim().strip_prefix(what));
        line.unwrap_or_else(|| panic!("no {what:?} in\n{output}")).trim().to_owned()
    };
    assert!(output.contains("the state of three is kept"), "{output}");

    let images = help("what it changed:");
    let images = images.strip_prefix("bootfork cache diff ").expect("a command");
    let images: Vec<_> = images.split(' ').map(PathBuf::from).collect();
    let open = |path: &Path| Image::open(path, Trust::Full).expect("it is an image");
    let found = differences(&open(&images[0]), &open(&images[1]));
    assert_eq!(found[0].key, "byte 2", "person 3 has given a coin to person 2");

    // It finds what it has left there itself.
    let again = Command::new("sh").args(["-c", &help("run it from there:")]).output();
    let again = again.expect("sh runs");
    let told = String::from_utf8_lossy(&[again.stdout, again.stderr].concat()).into_owned();
    assert!(!again.status.success());
    assert!(told.contains("somebody else was here: [1, 1, 2, 0, 1"), "{told}");
    assert!(!told.contains("is kept"), "what it started from is there for the next time: {told}");
}
