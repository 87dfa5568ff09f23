//! Faults that must be found.

use std::process::Command;

use crate::schedules::{Choice, REPLAY, sample};
use crate::twin::Twin;
use shuttle::sync::Arc;
use shuttle::sync::atomic::{AtomicU32, Ordering};
use shuttle::thread;

/// Owners of one thing that go at the same time. The count is that of the blocks but for one
/// fault: reading it and writing it are two steps.
fn owners_go(owners: u32) {
    let (count, freed) = (Arc::new(AtomicU32::new(owners)), Arc::new(AtomicU32::new(0)));
    let threads: Vec<_> = (0..owners)
        .map(|_| {
            let (count, freed) = (count.clone(), freed.clone());
            thread::spawn(move || {
                let before = count.load(Ordering::SeqCst);
                count.store(before - 1, Ordering::SeqCst);
                if before == 1 {
                    freed.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(freed.load(Ordering::SeqCst), 1, "freed once");
}

#[test]
#[should_panic(expected = "freed once")]
fn random_schedules_find_a_count_in_two_steps() {
    sample(Choice::Random, 100, || owners_go(4));
}

#[test]
#[should_panic(expected = "freed once")]
fn prioritised_schedules_find_a_count_in_two_steps() {
    sample(Choice::Priority, 100, || owners_go(4));
}

#[test]
#[should_panic(expected = "every block and region was freed")]
fn a_forgotten_fork_is_found() {
    sample(Choice::Random, 1, || std::mem::forget(Twin::half_full().fork()));
}

/// This test again in a process of its own, which fails and prints its schedule; once more with
/// that schedule, and it must fail in the same way, whatever the seed.
#[test]
fn a_printed_schedule_replays_the_failure() {
    const PLANTED: &str = "BOOTFORK_PLANTED_FAULT";
    if std::env::var_os(PLANTED).is_some() {
        return sample(Choice::Random, 100, || owners_go(8));
    }
    let fail = |replay: Option<&str>| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "canaries::a_printed_schedule_replays_the_failure"]);
        command.arg("--nocapture").env(PLANTED, "").env_remove(REPLAY);
        command.env("SHUTTLE_RANDOM_SEED", if replay.is_some() { "2" } else { "1" });
        let run = command.envs(replay.map(|schedule| (REPLAY, schedule))).output().unwrap();
        let report = String::from_utf8(run.stderr).unwrap();
        assert!(!run.status.success() && report.contains("freed once"), "{report}");
        let (_, schedule) = report.split_once("failing schedule:\n\"\n").expect("it is printed");
        schedule.split_once("\n\"").expect("it is quoted").0.to_owned()
    };
    let schedule = fail(None);
    assert_eq!(fail(Some(&schedule)), schedule);
}
