//! The main job, small.

use super::{bootfork, printed};

#[test]
fn the_main_job_passes_its_checks_and_says_so_last() {
    let output = bootfork(&["--accounts", "8", "--forks", "12", "--threads", "2"]);
    let printed = printed(&output);
    assert!(output.status.success(), "{printed}");
    assert!(output.stderr.is_empty(), "no progress where there is no terminal");
    assert_eq!(printed.lines().last(), Some("7 checks passed, 0 failed"));
    assert!(printed.contains("12 forks on 2 threads"), "{printed}");
    // Thirty operations of three kinds: two cranks each for what the issuer does alone, more for a
    // trade, which asks other vats. Refused ones would take fewer.
    let agreed = printed.lines().find(|line| line.contains("agrees with a fresh boot"));
    let cranks = agreed.and_then(|line| line.split_whitespace().find_map(|word| word.parse().ok()));
    assert!(cranks.is_some_and(|cranks: u32| cranks > 100), "{printed}");
}

#[test]
fn two_traders_and_as_few_accounts_as_may_be_will_do() {
    let output = bootfork(&["--accounts", "4", "--traders", "2", "--forks", "3"]);
    assert!(output.status.success(), "{}", printed(&output));
}

#[test]
fn nothing_to_do_is_refused() {
    for arguments in [["--forks", "0"], ["--threads", "0"], ["--accounts", "0"]] {
        assert_eq!(bootfork(&arguments).status.code(), Some(2), "{arguments:?}");
    }
}
