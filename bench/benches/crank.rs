//! How many cranks a second does the kernel do, and does that depend on how much there is?
//!
//! `cargo bench -p bench --bench crank -- --quick`. Each account is a purse object, a c-list entry
//! of two vats and a key of the issuer's store. `bench/README.md` says how to count instructions
//! instead, and how to go on to a million accounts.

use bootfork_ledger::{Account, Ledger, LedgerConfig, boot};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Accounts, and so objects. The largest takes seconds to boot.
const SIZES: [u32; 3] = [1_000, 10_000, 100_000];

/// Transfers go from account to account in these steps, so that each meets other ones.
const STEP: u64 = 7_919;

fn config(accounts: u32) -> LedgerConfig {
    LedgerConfig { accounts, ..LedgerConfig::default() }
}

fn cranks_of_a_boot(criterion: &mut Criterion) {
    let accounts = SIZES[0];
    let cranks = boot(&config(accounts)).expect("the ledger boots").cranks();
    criterion
        .benchmark_group("cranks_of_a_boot")
        .sample_size(10)
        .throughput(Throughput::Elements(cranks))
        .bench_function(BenchmarkId::from_parameter(accounts), |bencher| {
            bencher.iter_with_large_drop(|| boot(&config(accounts)));
        });
}

fn cranks_of_a_transfer(criterion: &mut Criterion) {
    for accounts in SIZES {
        let mut kernel = boot(&config(accounts)).expect("the ledger boots");
        let mut from = 0;
        let mut transfer = || {
            let to = (from + STEP) % u64::from(accounts);
            let done = Ledger::new(&mut kernel).transfer(Account(from + 1), Account(to + 1), 0);
            done.expect("an empty transfer is possible");
            from = to;
            kernel.cranks()
        };
        let cranks = transfer().abs_diff(transfer());
        criterion
            .benchmark_group("cranks_of_a_transfer")
            .throughput(Throughput::Elements(cranks))
            .bench_function(BenchmarkId::from_parameter(accounts), |bencher| {
                bencher.iter(&mut transfer);
            });
    }
}

criterion_group!(benches, cranks_of_a_boot, cranks_of_a_transfer);
criterion_main!(benches);
