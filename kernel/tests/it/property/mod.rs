//! Random vats under a random host: what must hold in every run.
//!
//! A run is a seed. At a crank chosen by chance it goes on in several ways at once: by itself, as
//! a fork, restarted, and cut short at every syscall of a delivery. What must be equal is compared
//! after every crank, and every state must pass the check, its counts to the last reference.
//!
//! A failure names its seed and lists what the host did.
//! `BOOTFORK_PROPERTY_SEED=N` runs that one alone, `BOOTFORK_PROPERTY_RUNS=N` so many of each test.

mod cut;
mod device;
mod freed;
mod grammar;
mod host;
mod left;
mod random;
mod run;
mod tally;
mod vat;
mod worker;

use bootfork_kernel::Tables;
use bootfork_store::Store;

use random::Random;
use run::Run;
use tally::{CUTS, GRAMMAR, Tally};
use worker::Memory;

const CRANKS: usize = 200;
const RUNS: u64 = 125;

#[expect(clippy::disallowed_methods, reason = "how many runs is the tester's choice")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs many seeds; fails if a grammar that is there to reach everything does not.
fn runs_from(first: u64, property: fn(u64, &mut Tally) -> Result<(), String>) -> Tally {
    let (seed, runs) = (setting("BOOTFORK_PROPERTY_SEED"), setting("BOOTFORK_PROPERTY_RUNS"));
    let seeds = match seed {
        Some(seed) => seed..seed + 1,
        None => first..first + runs.unwrap_or(RUNS),
    };
    let mut tally = Tally::default();
    for seed in seeds {
        if let Err(problem) = property(seed, &mut tally) {
            panic!("seed {seed}: {problem}");
        }
    }
    println!("{tally:#?}");
    // Fewer runs may miss what is rare.
    if tally.runs >= RUNS {
        tally.assert_floors(&GRAMMAR);
    }
    tally
}

fn random_runs(first: u64) {
    let tally = runs_from(first, run);
    if tally.runs >= RUNS {
        tally.assert_floors(&CUTS);
    }
}

#[test]
fn random_runs_1() {
    random_runs(1_000_000);
}

#[test]
fn random_runs_2() {
    random_runs(2_000_000);
}

#[test]
fn random_runs_3() {
    random_runs(3_000_000);
}

#[test]
fn random_runs_4() {
    random_runs(4_000_000);
}

#[test]
fn vats_made_anew_for_each_delivery_do_what_those_do_that_are_kept() {
    runs_from(5_000_000, amnesia);
}

fn run(seed: u64, tally: &mut Tally) -> Result<(), String> {
    let mut main = Run::boot(seed, Memory::Heap);
    let held = properties(seed, &mut main, tally);
    held.map_err(|problem| format!("{problem}\nthe host did:\n{}", main.report()))?;
    tally.end(&main);
    Ok(())
}

fn amnesia(seed: u64, tally: &mut Tally) -> Result<(), String> {
    let (mut kept, mut anew) = (Run::boot(seed, Memory::Both), Run::boot(seed, Memory::Store));
    for _ in 0..CRANKS {
        let stepped = kept.step().and_then(|()| anew.step());
        let agree = stepped.and_then(|()| same("a vat made anew", &kept, &anew));
        agree.map_err(|problem| {
            format!("{problem}\nthe host did:\n{}there:\n{}", kept.report(), anew.report())
        })?;
        tally.see_last(&kept);
    }
    tally.end(&kept);
    Ok(())
}

fn properties(seed: u64, main: &mut Run, tally: &mut Tally) -> Result<(), String> {
    let turn = Random::new(!seed).below(CRANKS);
    for crank in 0..turn {
        if crank % 25 == 0 {
            tally.add_cuts(&cut::cut_short(main)?);
        }
        main.step()?;
        main.check()?;
        main.check_gauges()?;
        tally.see_last(main);
    }
    let mut again = Run::boot(seed, Memory::Heap);
    for _ in 0..turn {
        again.step()?;
    }
    equal("a second boot", main, &again)?;
    tally.add_cuts(&cut::cut_short(main)?);

    let kept = main.clone();
    let before = copy(kept.kernel.kv());
    let (mut fork, mut one, mut other) = (main.clone(), main.clone(), kept.clone());
    one.restart()?;
    other.restart()?;
    for _ in turn..CRANKS {
        main.step()?;
        main.check()?;
        main.check_gauges()?;
        tally.see_last(main);
        fork.step()?;
        same("a fork", main, &fork)?;
        one.step()?;
        other.step()?;
        same("another restart", &one, &other)?;
    }
    one.check()?;
    equal("a fork", main, &fork)?;
    equal("another restart", &one, &other)?;
    if copy(kept.kernel.kv()) != before || kept.kernel.kv().check().is_err() {
        return Err("a fork that nobody stepped has changed".into());
    }
    Ok(())
}

fn copy(kv: &Store) -> Vec<(Vec<u8>, Vec<u8>)> {
    kv.iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect()
}

/// By the digests, which is quick.
fn same(what: &str, left: &Run, right: &Run) -> Result<(), String> {
    let digests = |tables: &Tables| (tables.kv.digest(), tables.transcripts.store().digest());
    let differ = digests(left.kernel.tables()) != digests(right.kernel.tables());
    if differ { equal(what, left, right) } else { Ok(()) }
}

/// By all of the content; the first key that differs is named.
fn equal(what: &str, left: &Run, right: &Run) -> Result<(), String> {
    for (table, ours, theirs) in [
        ("", left.kernel.kv(), right.kernel.kv()),
        (
            " of the transcripts",
            left.kernel.tables().transcripts.store(),
            right.kernel.tables().transcripts.store(),
        ),
    ] {
        if let Some(change) = ours.diff(theirs).first() {
            let text = |value: Option<&[u8]>| {
                value.map_or("nothing".into(), |value| String::from_utf8_lossy(value).into_owned())
            };
            let (key, crank) = (text(Some(change.key)), left.kernel.cranks());
            let (left, right) = (text(change.left), text(change.right));
            return Err(format!(
                "crank {crank}: {what} differs first in key {key}{table}: {left}, there {right}"
            ));
        }
    }
    let differ = ours_differ(left, right);
    if differ { Err(format!("{what}: digests differ and no key does")) } else { Ok(()) }
}

fn ours_differ(left: &Run, right: &Run) -> bool {
    let (left, right) = (left.kernel.tables(), right.kernel.tables());
    left.kv.digest() != right.kv.digest() || left.transcripts != right.transcripts
}
