//! How long each way to a ready kernel takes, and what it occupies.

use std::hint::black_box;
use std::time::{Duration, Instant};

use bootfork_kernel::{Call, ResolutionPolicy, Tables, Value};
use bootfork_ledger::{Account, Ledger, LedgerError};
use bootfork_store::Store;

use super::Kernel;

/// One way to a kernel that is ready.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) time: Duration,
    /// Bytes that this kernel alone holds.
    pub(crate) own_bytes: Option<usize>,
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

pub(crate) fn all(base: &Kernel, boot: Duration) -> Result<Vec<Row>, LedgerError> {
    let tables = base.tables();
    let mut lines = Vec::new();
    tables.kv.export(&mut lines).expect("a kernel's table is text, and memory takes it");
    let import = median(5, || {
        black_box(Store::import(lines.as_slice()).expect("what was exported"));
        Ok(())
    })?;
    let restart = median(21, || {
        black_box(base.restart()?);
        Ok(())
    })?;
    let mut delivered = base.fork();
    deliver_once(&mut delivered)?;
    let mut transferred = base.fork();
    transfer(&mut transferred)?;
    let whole = occupied(tables);
    Ok(vec![
        Row { what: "fresh boot", time: boot, own_bytes: Some(whole.owned + whole.shared) },
        Row { what: "restore: its table from JSON lines", time: import, own_bytes: None },
        Row { what: "restore: a kernel started on its tables", time: restart, own_bytes: None },
        Row {
            what: "fork",
            time: one_fork(base),
            own_bytes: Some(occupied(base.fork().tables()).owned),
        },
        Row {
            what: "fork and first delivery",
            time: median(201, || deliver_once(&mut base.fork()))?,
            own_bytes: Some(occupied(delivered.tables()).owned),
        },
        Row {
            what: "fork and a whole transfer",
            time: median(201, || transfer(&mut base.fork()))?,
            own_bytes: Some(occupied(transferred.tables()).owned),
        },
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

/// Queues a question and runs until the vat has answered it.
fn deliver_once(kernel: &mut Kernel) -> Result<(), LedgerError> {
    let call = Call::new("balance").arg(Value::Number(1.0)).encode();
    kernel.queue_to_vat_root("issuer", call, Some(ResolutionPolicy::Ignore))?;
    // One crank routes the message, one delivers it.
    kernel.step()?;
    kernel.step()?;
    Ok(())
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
