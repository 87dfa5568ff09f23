//! The example in the README.

use bootfork::kernel::{Controller, NativeWorker};
use bootfork::{Boot, KernelState, Vats};
use bootfork_ledger::{Account, Ledger, LedgerConfig};

struct LedgerVats; // the vats' code, which no image has in it
impl Vats for LedgerVats {
    type Worker = NativeWorker;
    fn worker() -> NativeWorker {
        bootfork_ledger::worker()
    }
}

static LEDGER: Boot<Controller<NativeWorker>> =
    Boot::new("ledger", || Ok(bootfork_ledger::boot(&LedgerConfig::default())?))
        .cached_as::<KernelState<LedgerVats>>();

#[bootfork::test(LEDGER)]
fn a_transfer_moves_money(kernel: &mut Controller<NativeWorker>) {
    let mut ledger = Ledger::new(kernel);
    ledger.transfer(Account(1), Account(2), 10).unwrap();
    assert_eq!(ledger.balance(Account(2)), Ok(1_010)); // nobody else sees the transfer
}
