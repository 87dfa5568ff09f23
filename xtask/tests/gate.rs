//! The gate can fail: `.ci/run`, sourced, with steps of our own in place of the real ones.

#![cfg(unix)]

use std::process::Command;

use xtask::{documents, tree};

/// What a bash script printed after sourcing the gate, and its exit code.
fn gate(name: &str, script: &str) -> (String, Option<i32>) {
    let logs = format!("{}/gate-{name}", env!("CARGO_TARGET_TMPDIR"));
    let script = format!(". .ci/run; LOGS='{logs}'; {script}");
    let output = Command::new("bash").args(["-c", &script]).current_dir(tree::root()).output();
    let output = output.expect("bash runs");
    (String::from_utf8(output.stdout).expect("the gate prints text"), output.status.code())
}

/// The closing line and the exit code of a gate with these steps.
fn closing(name: &str, steps: &str) -> (String, Option<i32>) {
    let (printed, code) = gate(name, steps);
    (printed.lines().last().unwrap_or_default().to_owned(), code)
}

fn line(text: &str, code: i32) -> (String, Option<i32>) {
    (text.to_owned(), Some(code))
}

#[test]
fn steps_that_pass_are_counted() {
    let steps = "step_a() { true; }; step_b() { true; }; main a b";
    assert_eq!(closing("pass", steps), line("2 passed, 0 failed", 0));
}

#[test]
fn a_failing_step_fails_the_gate_and_stops_no_other() {
    let steps = "step_a() { false; echo unseen; }; step_b() { true; }; main a b";
    let (printed, _) = gate("fail", steps);
    assert!(!printed.contains("unseen"), "{printed}");
    assert_eq!(closing("fail", steps), line("1 passed, 1 failed", 1));
}

#[test]
fn a_skipped_step_is_said_to_be_skipped() {
    let steps = "step_a() { return $SKIP; }; step_b() { true; }; main a b";
    assert_eq!(closing("skip", steps), line("1 passed, 0 failed, 1 skipped", 0));
}

#[test]
fn a_skipped_step_says_what_it_needs() {
    let steps = "step_a() { echo 'some more'; echo 'needs a nightly'; return $SKIP; }; main a";
    let (printed, _) = gate("needs", steps);
    assert!(printed.contains("skipped: needs a nightly, "), "{printed}");
}

#[test]
fn tests_are_counted_over_all_binaries() {
    let steps = "step_test() { echo 'test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured'; \
        echo 'test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured'; false; }; main test";
    assert_eq!(closing("count", steps), line("15 passed, 2 failed, 1 skipped", 1));
}

#[test]
fn a_test_step_without_tests_fails() {
    let steps =
        "step_test() { echo 'test result: ok. 0 passed; 0 failed; 0 ignored;'; }; main test";
    assert_eq!(closing("none", steps), line("0 passed, 1 failed", 1));
}

#[test]
fn a_test_step_that_does_not_build_fails() {
    let steps = "step_test() { echo 'error: could not compile'; return 101; }; main test";
    assert_eq!(closing("build", steps), line("0 passed, 1 failed", 1));
}

#[test]
fn every_listed_step_exists_and_an_unknown_one_is_refused() {
    let (printed, _) = gate("names", "for s in \"${STEPS[@]}\"; do declare -F step_$s; done");
    let listed = gate("names", "printf '%s\\n' \"${STEPS[@]}\"").0.lines().count();
    assert!(listed >= 10, "{listed} steps");
    assert_eq!(printed.lines().count(), listed);
    assert_eq!(gate("unknown", "main nothing").1, Some(2));
}

#[test]
fn the_readme_s_two_commands_are_run_as_written() {
    let readme = std::fs::read_to_string(tree::root().join("README.md")).expect("a README");
    let (printed, _) = gate("readme", "cargo() { echo cargo \"$@\"; }; step_run; step_test");
    assert_eq!(printed.lines().collect::<Vec<_>>(), documents::commands(&readme));
}

#[test]
fn a_command_missing_from_the_readme_fails_its_step() {
    let steps = "step_a() { eval \"$(readme_command 3)\"; }; main a";
    assert_eq!(closing("missing", steps), line("0 passed, 1 failed", 1));
}
