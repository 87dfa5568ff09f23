//! Random vats under a random host: what must hold in every run.
//!
//! A run is a seed. At a crank chosen by chance it goes on in several ways at once: by itself, as
//! a fork, restarted, and cut short at every syscall of a delivery. What must be equal is compared
//! after every crank, and every state must pass the check, its counts to the last reference.
//!
//! A failure names its seed and lists what the host did.
//! `BOOTFORK_PROPERTY_SEED=N` runs that one alone, `BOOTFORK_PROPERTY_RUNS=N` so many of each test.

mod cut;
mod random;
mod run;
mod vat;
mod worker;

use bootfork_kernel::Tables;
use bootfork_store::Store;

use random::Random;
use run::Run;

const CRANKS: usize = 200;
const RUNS: u64 = 125;

/// What the runs of one test came to, so that a test which tries nothing fails.
#[derive(Debug, Default)]
struct Tally {
    runs: u64,
    cranks: u64,
    panics: u64,
    cuts: usize,
    keys: usize,
}

#[expect(clippy::disallowed_methods, reason = "how many runs is the tester's choice")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn runs_from(first: u64) {
    let (seed, runs) = (setting("BOOTFORK_PROPERTY_SEED"), setting("BOOTFORK_PROPERTY_RUNS"));
    let seeds = match seed {
        Some(seed) => seed..seed + 1,
        None => first..first + runs.unwrap_or(RUNS),
    };
    let mut tally = Tally::default();
    for seed in seeds {
        run(seed, &mut tally);
    }
    println!("{tally:?}");
    assert!(seed.is_some() || tally.cranks >= tally.runs * 150, "most cranks did something");
    assert!(seed.is_some() || tally.cuts as u64 > tally.runs / 4, "deliveries were cut short");
}

#[test]
fn random_runs_1() {
    runs_from(1_000_000);
}

#[test]
fn random_runs_2() {
    runs_from(2_000_000);
}

#[test]
fn random_runs_3() {
    runs_from(3_000_000);
}

#[test]
fn random_runs_4() {
    runs_from(4_000_000);
}

fn run(seed: u64, tally: &mut Tally) {
    let mut main = Run::boot(seed);
    if let Err(problem) = properties(seed, &mut main, tally) {
        panic!("seed {seed}: {problem}\nthe host did:\n{}", main.report());
    }
    tally.runs += 1;
    tally.cranks += main.kernel.cranks();
    tally.panics += main.panics;
    tally.keys += main.kernel.kv().len();
}

fn properties(seed: u64, main: &mut Run, tally: &mut Tally) -> Result<(), String> {
    let turn = Random::new(!seed).below(CRANKS);
    for crank in 0..turn {
        if crank % 25 == 0 {
            tally.cuts += cut::cut_short(main)?;
        }
        main.step()?;
        main.check()?;
    }
    let mut again = Run::boot(seed);
    for _ in 0..turn {
        again.step()?;
    }
    equal("a second boot", main, &again)?;
    tally.cuts += cut::cut_short(main)?;

    let kept = main.clone();
    let before = copy(kept.kernel.kv());
    let (mut fork, mut one, mut other) = (main.clone(), main.clone(), kept.clone());
    one.restart()?;
    other.restart()?;
    for _ in turn..CRANKS {
        main.step()?;
        main.check()?;
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
