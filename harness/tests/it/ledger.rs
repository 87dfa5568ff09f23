//! A kernel behind a boot.

use std::thread;

use bootfork::Boot;
use bootfork_kernel::{Controller, NativeWorker};
use bootfork_ledger::{Account, Ledger, LedgerConfig};

static LEDGER: Boot<Controller<NativeWorker>> = Boot::new("ledger", || {
    Ok(bootfork_ledger::boot(&LedgerConfig { accounts: 8, ..LedgerConfig::default() })?)
});

#[test]
fn forks_in_many_threads_do_not_see_each_other() {
    let before = LEDGER.get().expect("it boots").activityhash().expect("a hash").to_owned();
    thread::scope(|scope| {
        for amount in 1..=8 {
            scope.spawn(move || {
                let mut fork = LEDGER.fork().expect("it boots");
                let mut ledger = Ledger::new(&mut fork);
                ledger.transfer(Account(1), Account(2), amount).expect("there is enough");
                ledger.trade(1, 0, 500).expect("there is enough");
                assert_eq!(ledger.balance(Account(1)), Ok(1_500 - amount));
                assert_eq!(ledger.balance(Account(2)), Ok(500 + amount));
            });
        }
    });
    assert_eq!(LEDGER.get().expect("it is booted").activityhash(), Ok(before.as_str()));
}

#[cfg(feature = "kernel")]
#[test]
fn the_kernel_is_at_hand() {
    let fork: bootfork::kernel::Controller<NativeWorker> = LEDGER.fork().expect("it boots");
    assert!(fork.cranks() > 0);
}
