//! The ledger as a host sees it.

mod forks;
mod growth;
mod money;
mod nonsense;

use bootfork_kernel::{Controller, NativeWorker};
use bootfork_ledger::{LedgerConfig, boot};

const TRADERS: u32 = 4;
const ACCOUNTS: u32 = 9;
const MONEY: u64 = 9_000;

fn booted() -> Controller<NativeWorker> {
    let config = LedgerConfig { traders: TRADERS, accounts: ACCOUNTS, ..LedgerConfig::default() };
    boot(&config).expect("the ledger boots")
}

/// Numbers that look random and are the same in every run (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}
