//! What a fork must be, checked on every one of them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use bootfork_conform::{Recording, conform, fork_at_every_crank};
use bootfork_kernel::{Call, Handle, PromiseState, ResolutionPolicy};
use bootfork_ledger::{Ledger, LedgerConfig, LedgerError};
use bootfork_store::Digest;

use super::operation::Operation;
use super::progress::Progress;
use super::{Kernel, boot};

/// One claim, how often it was looked at, and where it did not hold.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) claim: &'static str,
    /// What was counted, such as `forks`.
    pub(crate) unit: &'static str,
    pub(crate) count: u64,
    pub(crate) problems: Vec<String>,
}

impl Check {
    fn new(claim: &'static str, unit: &'static str) -> Self {
        Self { claim, unit, count: 0, problems: Vec::new() }
    }

    fn that(&mut self, holds: bool, problem: impl FnOnce() -> String) {
        self.count += 1;
        if !holds {
            self.problems.push(problem());
        }
    }

    /// A check that looked at nothing has not passed.
    pub(crate) fn passed(&self) -> bool {
        self.count > 0 && self.problems.is_empty()
    }
}

/// What one fork did, for comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Story {
    activityhash: String,
    digest: Digest,
    cranks: u64,
    /// Balances read afterwards, as they should be and as they are.
    wrong_balances: Vec<String>,
    balances_read: u64,
}

pub(crate) fn all(
    base: &Kernel,
    config: &LedgerConfig,
    forks: u32,
    threads: usize,
    progress: &mut Progress,
) -> Result<Vec<Check>, LedgerError> {
    let before = entries(base);
    progress.say(&format!("running {forks} forks on {threads} threads"));
    let together = run_forks(base, config, forks, threads)?;
    progress.say("running each fork again, alone");
    let alone = run_forks(base, config, forks, 1)?;

    let mut apart = Check::new("no fork saw another's writes", "balances read");
    let mut same = Check::new("a fork among many ends as it does alone", "forks");
    for (number, (beside, alone)) in together.iter().zip(&alone).enumerate() {
        apart.count += beside.balances_read;
        apart
            .problems
            .extend(beside.wrong_balances.iter().map(|wrong| format!("fork {number}: {wrong}")));
        same.that(beside == alone, || format!("fork {number}: {beside:?}, alone {alone:?}"));
    }
    progress.say("checking identifiers");
    let identifiers = identifiers_continue(base, config, forks)?;

    let unchanged = unchanged(base, &before);

    progress.say("booting afresh, to compare crank by crank");
    let fresh = fork_agrees_with_fresh_boot(base, config, progress)?;
    progress.say("forking a recorded kernel at every crank");
    let recorded = ["fork-base", "fork-a"].map(recorded_kernel);
    let mut checks = vec![apart, same, identifiers, unchanged, fresh];
    checks.extend(recorded);
    Ok(checks)
}

/// Forks the base once for every operation; threads take the next one that is left.
fn run_forks(
    base: &Kernel,
    config: &LedgerConfig,
    forks: u32,
    threads: usize,
) -> Result<Vec<Story>, LedgerError> {
    let next = AtomicU32::new(0);
    let work = || {
        let mut stories = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= forks {
                return Ok(stories);
            }
            stories.push((number, run_fork(base.fork(), config, number)?));
        }
    };
    let mut stories: Vec<(u32, Story)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = threads.into_iter().map(|thread| thread.join().expect("a fork panicked"));
        joined.collect::<Result<Vec<_>, LedgerError>>()
    })?
    .into_iter()
    .flatten()
    .collect();
    stories.sort_unstable_by_key(|(number, _)| *number);
    Ok(stories.into_iter().map(|(_, story)| story).collect())
}

fn run_fork(mut fork: Kernel, config: &LedgerConfig, number: u32) -> Result<Story, LedgerError> {
    let operation = Operation::number(number, config);
    operation.apply(&mut Ledger::new(&mut fork))?;
    let (activityhash, cranks) = (fork.activityhash()?.to_owned(), fork.cranks());
    let digest = fork.kv().digest();

    let mut ledger = Ledger::new(&mut fork);
    let mut wrong_balances = Vec::new();
    let touched = operation.balances_after(config);
    // The next fork's accounts must be as they were, unless this fork touches them too.
    let others = Operation::number(number + 1, config).balances_after(config);
    let untouched = others
        .into_iter()
        .filter(|(account, _)| account.0 <= config.accounts.into())
        .filter(|(account, _)| touched.iter().all(|(mine, _)| mine != account))
        .map(|(account, _)| (account, config.opening_balance));
    let mut balances_read = 0;
    for (account, expected) in touched.iter().copied().chain(untouched) {
        let balance = ledger.balance(account)?;
        balances_read += 1;
        if balance != expected {
            wrong_balances.push(format!("{account:?} holds {balance}, not {expected}"));
        }
    }
    Ok(Story { activityhash, digest, cranks, wrong_balances, balances_read })
}

/// What a fork allocates next has the number that the base would give it.
fn identifiers_continue(
    base: &Kernel,
    config: &LedgerConfig,
    forks: u32,
) -> Result<Check, LedgerError> {
    let mut check = Check::new("identifiers go on from the fork exactly", "identifiers");
    let mut continued = base.clone();
    let first = base.kv().get("kp.nextID").map(<[u8]>::to_vec).unwrap_or_default();
    let first = format!("kp{}", String::from_utf8_lossy(&first));
    for number in 0..forks {
        let mut fork = base.fork();
        let call = Call::new("total").encode();
        let policy = Some(ResolutionPolicy::Ignore);
        let promise = fork.queue_to_vat_root("issuer", call, policy)?;
        let promise = promise.as_ref().map(Handle::to_string);
        check.that(promise.as_deref() == Some(first.as_str()), || {
            format!("fork {number} allocated {promise:?}, not {first}")
        });
    }
    // A fork of a fork of a fork, against one kernel that does it all.
    let mut fork = base.fork();
    for number in 0..forks.min(50) {
        fork = fork.fork();
        let operation = Operation::number(number, config);
        operation.apply(&mut Ledger::new(&mut fork))?;
        operation.apply(&mut Ledger::new(&mut continued))?;
        for counter in ["kp.nextID", "ko.nextID", "crankNumber", "runQueue", "acceptanceQueue"] {
            let (ours, wanted) = (fork.kv().get(counter), continued.kv().get(counter));
            check.that(ours == wanted, || format!("{counter} after operation {number}"));
        }
    }
    Ok(check)
}

/// All that a kernel has stored, copied out of the stores: what they share, they cannot hide.
fn entries(kernel: &Kernel) -> Vec<(Vec<u8>, Vec<u8>)> {
    let tables = kernel.tables();
    let stores = [&tables.kv, tables.transcripts.store()];
    let entries = stores.into_iter().flatten();
    entries.map(|(key, value)| (key.to_vec(), value.to_vec())).collect()
}

fn unchanged(base: &Kernel, before: &[(Vec<u8>, Vec<u8>)]) -> Check {
    let mut check = Check::new("the base did not change", "entries");
    let after = entries(base);
    for (was, is) in before.iter().zip(&after) {
        check.that(was == is, || {
            let [was, is] = [was, is].map(|(key, value)| {
                [key, value].map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            });
            format!("{was:?} became {is:?}")
        });
    }
    if before.len() != after.len() {
        check.problems.push(format!("{} entries became {}", before.len(), after.len()));
    }
    let stores = [base.kv(), base.tables().transcripts.store()];
    let broken = stores.into_iter().filter_map(|store| store.check().err());
    check.problems.extend(broken.map(|violation| violation.to_string()));
    check
}

fn fork_agrees_with_fresh_boot(
    base: &Kernel,
    config: &LedgerConfig,
    progress: &mut Progress,
) -> Result<Check, LedgerError> {
    const OPERATIONS: u32 = 30;
    let mut check = Check::new("a fork agrees with a fresh boot at every crank", "cranks");
    let (mut fork, mut fresh) = (base.fork(), boot(config, progress)?);
    let mut problems = Vec::new();
    if !same_tables(&fork, &fresh) {
        problems.push("the booted states differ".to_owned());
    }
    for number in 0..OPERATIONS {
        let (vat, call) = Operation::number(number, config).message();
        let ask = |kernel: &mut Kernel| {
            kernel.queue_to_vat_root(&vat, call.encode(), Some(ResolutionPolicy::Ignore))
        };
        let results = [ask(&mut fork)?, ask(&mut fresh)?];
        while fork.step()? {
            fresh.step()?;
            check.that(fork.activityhash()? == fresh.activityhash()?, || {
                format!("crank {} of operation {number}", fork.cranks())
            });
        }
        if fresh.step()? {
            problems.push(format!("operation {number} takes the fresh boot longer"));
        }
        // Two kernels that both refuse would agree as well.
        for (kernel, result) in [&fork, &fresh].into_iter().zip(results) {
            let state = result.map(|result| kernel.kp_status(&result)).transpose()?.flatten();
            if state != Some(PromiseState::Fulfilled) {
                problems.push(format!("operation {number} was not done: {state:?}"));
            }
        }
    }
    if !same_tables(&fork, &fresh) {
        problems.push("the states after all operations differ".to_owned());
    }
    check.problems.extend(problems);
    Ok(check)
}

fn same_tables(left: &Kernel, right: &Kernel) -> bool {
    let (left, right) = (left.tables(), right.tables());
    left.kv == right.kv && left.transcripts == right.transcripts && left.bundles == right.bundles
}

fn recorded_kernel(name: &str) -> Check {
    let claim = match name {
        "fork-base" => "a recorded kernel, forked at every crank, goes on as recorded",
        _ => "and so does the fork that was recorded of it",
    };
    let mut check = Check::new(claim, "cranks");
    let recording = match Recording::bundled(name) {
        Ok(recording) => recording,
        Err(error) => {
            check.that(false, || error.to_string());
            return check;
        }
    };
    check.problems.extend(conform(&recording).difference.map(|difference| difference.to_string()));
    match fork_at_every_crank(&recording) {
        Ok((_, cranks)) => check.count = cranks,
        Err(difference) => check.problems.push(difference.to_string()),
    }
    check
}
