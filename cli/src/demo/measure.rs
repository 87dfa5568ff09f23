//! How long each way to a ready kernel takes, and what it occupies.

use std::hint::black_box;
use std::time::{Duration, Instant};

use bootfork_kernel::{Call, Handle, PromiseState, ResolutionPolicy, Tables, Value};
use bootfork_ledger::{Account, Ledger, LedgerConfig, LedgerError};
use bootfork_store::Store;

use super::Kernel;
use super::report::bytes;

/// One way to a kernel that is ready.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) time: Duration,
    /// Bytes of its tables that this kernel alone holds.
    pub(crate) own_bytes: usize,
}

pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

/// The median of several timings.
fn median(
    times: usize,
    mut work: impl FnMut() -> Result<(), LedgerError>,
) -> Result<Duration, LedgerError> {
    let mut durations = Vec::with_capacity(times);
    for _ in 0..times {
        let (done, duration) = timed(&mut work);
        done?;
        durations.push(duration);
    }
    durations.sort_unstable();
    Ok(durations[times / 2])
}

/// `boot` is how long the base took, unless it was watched. It is booted once more, and the shorter
/// time shown: the first boot of a process also warms it up.
pub(crate) fn all(
    base: &Kernel,
    config: &LedgerConfig,
    boot: Option<Duration>,
) -> Result<Vec<Row>, LedgerError> {
    let (again, second) = timed(|| bootfork_ledger::boot(config));
    drop(again?);
    let tables = base.tables();
    let mut lines = Vec::new();
    tables.kv.export(&mut lines).expect("a kernel's table is text, and memory takes it");
    let import = || Store::import(lines.as_slice()).expect("what was exported");
    let mut delivered = base.fork();
    let answer = deliver_once(&mut delivered)?;
    if delivered.kp_status(&answer)? != Some(PromiseState::Fulfilled) {
        return Err(LedgerError::Unsettled(answer.kref()));
    }
    let mut transferred = base.fork();
    transfer(&mut transferred)?;
    let whole = occupied(tables);
    let imported = import().stats();
    let row = |what: &str, time, own_bytes| Row { what: what.to_owned(), time, own_bytes };
    Ok(vec![
        row(
            "fresh boot",
            boot.map_or(second, |first| first.min(second)),
            whole.owned + whole.shared,
        ),
        row(
            &format!("restore: its table from {} of JSON lines", bytes(lines.len() as u64)),
            median(5, || {
                black_box(import());
                Ok(())
            })?,
            imported.owned_bytes + imported.shared_bytes,
        ),
        row(
            "restore: a kernel started on its tables",
            median(21, || {
                black_box(base.restart()?);
                Ok(())
            })?,
            occupied(base.restart()?.tables()).owned,
        ),
        row("fork", one_fork(base), occupied(base.fork().tables()).owned),
        row(
            "fork and first delivery",
            median(201, || deliver_once(&mut base.fork()).map(drop))?,
            occupied(delivered.tables()).owned,
        ),
        row(
            "fork and a whole transfer",
            median(201, || transfer(&mut base.fork()))?,
            occupied(transferred.tables()).owned,
        ),
    ])
}

/// One fork is too short for the clock.
fn one_fork(base: &Kernel) -> Duration {
    const FORKS: u32 = 10_000;
    let mut rounds: Vec<Duration> = (0..11)
        .map(|_| {
            let ((), time) = timed(|| {
                for _ in 0..FORKS {
                    black_box(base.fork());
                }
            });
            time / FORKS
        })
        .collect();
    rounds.sort_unstable();
    rounds[rounds.len() / 2]
}

/// Queues a question and runs until the vat has answered it; returns the promise of the answer.
fn deliver_once(kernel: &mut Kernel) -> Result<Handle, LedgerError> {
    let call = Call::new("balance").arg(Value::BigInt("1".into())).encode();
    let answer = kernel.queue_to_vat_root("issuer", call, Some(ResolutionPolicy::Ignore))?;
    // One crank routes the message, one delivers it.
    kernel.step()?;
    kernel.step()?;
    Ok(answer.expect("with a policy there is a promise"))
}

fn transfer(kernel: &mut Kernel) -> Result<(), LedgerError> {
    Ledger::new(kernel).transfer(Account(1), Account(2), 1)
}

struct Occupied {
    owned: usize,
    shared: usize,
}

fn occupied(tables: &Tables) -> Occupied {
    let stats = [tables.kv.stats(), tables.transcripts.store().stats()];
    Occupied {
        owned: stats.iter().map(|stats| stats.owned_bytes).sum(),
        shared: stats.iter().map(|stats| stats.shared_bytes).sum(),
    }
}
