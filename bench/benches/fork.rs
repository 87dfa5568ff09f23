//! What does a fork of a booted kernel save, against booting it again?
//!
//! `cargo bench -p bench --bench fork -- --quick`

use std::hint::black_box;

use bootfork_kernel::{Call, Controller, NativeWorker, ResolutionPolicy, Value};
use bootfork_ledger::{Account, Ledger, LedgerConfig, boot};
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};

/// Accounts that a boot opens.
const SIZES: [u32; 2] = [100, 2_000];

fn config(accounts: u32) -> LedgerConfig {
    LedgerConfig { accounts, ..LedgerConfig::default() }
}

/// Has the issuer answer one message.
fn deliver(mut controller: Controller<NativeWorker>) -> Controller<NativeWorker> {
    let policy = Some(ResolutionPolicy::Ignore);
    let call = Call::new("balance").arg(Value::BigInt("1".into()));
    controller.queue_to_vat_root("issuer", call.encode(), policy).expect("a static vat");
    while controller.step().expect("the kernel goes on") {}
    controller
}

fn fork_against_boot(criterion: &mut Criterion) {
    for accounts in SIZES {
        let base = boot(&config(accounts)).expect("the ledger boots");
        let (cranks, keys) = (base.cranks(), base.kv().len());
        println!("{accounts} accounts: {cranks} cranks to boot, {keys} keys");
        let id = || BenchmarkId::from_parameter(accounts);

        criterion.benchmark_group("fresh_boot").sample_size(10).bench_function(id(), |bencher| {
            bencher.iter_with_large_drop(|| boot(&config(accounts)));
        });

        criterion.benchmark_group("fork").bench_function(id(), |bencher| {
            bencher.iter(|| black_box(&base).fork());
        });

        criterion.benchmark_group("fork_and_first_delivery").bench_function(id(), |bencher| {
            // The fork is returned, so that dropping it is not timed.
            bencher.iter_with_large_drop(|| deliver(base.fork()));
        });

        criterion.benchmark_group("fork_and_one_transfer").bench_function(id(), |bencher| {
            bencher.iter_with_large_drop(|| {
                let mut fork = base.fork();
                let transfer = Ledger::new(&mut fork).transfer(Account(1), Account(2), 10);
                transfer.expect("there is enough");
                fork
            });
        });

        criterion.benchmark_group("one_transfer_more").bench_function(id(), |bencher| {
            let mut warm = base.fork();
            bencher.iter(|| Ledger::new(&mut warm).transfer(Account(1), Account(2), 0));
        });

        criterion.benchmark_group("restart").bench_function(id(), |bencher| {
            bencher.iter_batched(|| base.fork(), |fork| fork.restart(), BatchSize::SmallInput);
        });
    }
}

criterion_group!(benches, fork_against_boot);
criterion_main!(benches);
