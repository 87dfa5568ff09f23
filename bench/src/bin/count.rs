//! What a crank, a fork and the store's operations cost, for a clock or for callgrind, which
//! counts instructions.
//!
//! `count boot ACCOUNTS`, `count transfers ACCOUNTS TIMES`, `count published ACCOUNTS TIMES` (the
//! same with an observer), `count forks ACCOUNTS TIMES`, `count run ACCOUNTS CRANKS`, and of the
//! store alone `count fork ENTRIES TIMES`, likewise `get`, `set` and `fork_write_10`; see
//! `bench/README.md` for how to count with it.

use std::env;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bench::inputs::{self, Entry, Random};
use bootfork_kernel::{Call, Controller, NativeWorker, ResolutionPolicy, Value};
use bootfork_ledger::{Account, Ledger, LedgerConfig, boot};
use bootfork_store::Store;

type Kernel = Controller<NativeWorker>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<u32>().ok());
    let accounts = number(1).unwrap_or(1_000);
    let times = number(2).unwrap_or(1_000);
    let task = arguments.first().map(String::as_str);
    match task {
        Some("boot") => {
            let (kernel, time) = timed(|| booted(accounts));
            report("boot", kernel.cranks(), "crank", time);
        }
        Some("transfers") => {
            let mut kernel = booted(accounts);
            let before = kernel.cranks();
            let ((), time) = timed(|| measured_transfers(&mut kernel, accounts, times));
            report("transfers", kernel.cranks() - before, "crank", time);
        }
        Some("published") => {
            let mut kernel = booted(accounts);
            let published = kernel.publish();
            let before = kernel.cranks();
            let ((), time) = timed(|| measured_transfers(&mut kernel, accounts, times));
            report("published transfers", kernel.cranks() - before, "crank", time);
            assert_eq!(published.latest().cranks(), kernel.cranks());
        }
        Some("forks") => {
            let kernel = booted(accounts);
            let ((), time) = timed(|| measured_forks(&kernel, times));
            report("forks with one delivery", times.into(), "fork", time);
        }
        Some("run") => long_run(&mut booted(accounts), accounts, times.into()),
        Some(operation @ ("fork" | "get" | "set" | "fork_write_10")) => {
            let entries = inputs::entries(accounts as usize);
            let writes = inputs::overwrites(&entries, times as usize * 10, &mut Random::new(2));
            let mut store: Store = entries.into_iter().collect();
            let ((), time) = timed(|| measured_store(&mut store, operation, &writes));
            report(operation, times.into(), "time", time);
        }
        _ => {
            eprintln!(
                "usage: count (boot | transfers | published | forks | run) [ACCOUNTS [TIMES]]"
            );
            eprintln!("       count (fork | get | set | fork_write_10) [ENTRIES [TIMES]]");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn booted(accounts: u32) -> Kernel {
    let config = LedgerConfig { accounts, ..LedgerConfig::default() };
    measured_boot(&config)
}

#[inline(never)]
fn measured_boot(config: &LedgerConfig) -> Kernel {
    boot(config).expect("the ledger boots")
}

/// Transfers between accounts that lie far apart.
#[inline(never)]
fn measured_transfers(kernel: &mut Kernel, accounts: u32, times: u32) {
    let account = |number: u32| Account(u64::from(number % accounts) + 1);
    for time in 0..times {
        let from = time.wrapping_mul(7_919);
        let transfer = Ledger::new(kernel).transfer(account(from), account(from + 1), 0);
        transfer.expect("an empty transfer is possible");
    }
}

/// Forks that have one message delivered, and are dropped.
#[inline(never)]
fn measured_forks(kernel: &Kernel, times: u32) {
    let call = Call::new("balance").arg(Value::BigInt("1".into())).encode();
    for _ in 0..times {
        let mut fork = black_box(kernel).fork();
        let policy = Some(ResolutionPolicy::Ignore);
        fork.queue_to_vat_root("issuer", call.clone(), policy).expect("a static vat");
        while fork.step().expect("the kernel goes on") {}
    }
}

/// An operation of the store for every ten of the writes.
#[inline(never)]
fn measured_store(store: &mut Store, operation: &str, writes: &[Entry]) {
    let tens = writes.chunks_exact(10);
    match operation {
        "fork" => tens.for_each(|_| _ = black_box(store.fork())),
        "get" => tens.for_each(|ten| _ = black_box(store.get(&ten[0].0))),
        "set" => tens.for_each(|ten| _ = store.set(&ten[0].0, &ten[0].1)),
        _ => tens.for_each(|ten| {
            let mut fork = store.fork();
            for (key, value) in ten {
                fork.set(key, value);
            }
        }),
    }
}

/// Whether a crank costs the same at the end of a long run: a line for each tenth of it.
fn long_run(kernel: &mut Kernel, accounts: u32, cranks: u64) {
    for tenth in 1..=10 {
        let before = kernel.cranks();
        let ((), time) = timed(|| {
            while kernel.cranks() - before < cranks / 10 {
                measured_transfers(kernel, accounts, 100);
            }
        });
        report(&format!("tenth {tenth}"), kernel.cranks() - before, "crank", time);
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

fn report(what: &str, number: u64, unit: &str, time: Duration) {
    let each = time / u32::try_from(number.max(1)).unwrap_or(u32::MAX);
    println!("{what}: {number} {unit}s in {time:.1?}, {each:.2?} a {unit}");
}
