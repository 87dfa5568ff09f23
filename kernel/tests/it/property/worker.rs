//! Runs random vats, and can stop one of them short.

use std::sync::{Arc, Mutex};

use bootfork_kernel::{
    Delivered, DeliveryContext, DeliveryStatus, Divergence, SyscallResult, Syscalls, VatDelivery,
    VatId, VatSyscall, VatWorker,
};

use super::vat::RandomVat;

/// Which delivery throws instead of making its syscall number `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) crank: u64,
    pub(super) at: usize,
}

#[derive(Debug)]
pub(super) struct RandomWorker {
    pub(super) seed: u64,
    pub(super) risk: usize,
    /// No part of any state: a test sets it for the time of one crank.
    pub(super) cut: Mutex<Option<Cut>>,
}

impl VatWorker for RandomWorker {
    type State = Arc<RandomVat>;

    fn create(&self, vat: VatId, bundle_id: &str) -> Option<Self::State> {
        let seed = self.seed ^ vat.0.wrapping_mul(0xd6e8_feb8_6659_fd93);
        Some(Arc::new(RandomVat::new(seed, bundle_id == "pipelining", self.risk)))
    }

    fn deliver(
        &self,
        state: &Self::State,
        at: &DeliveryContext,
        delivery: &VatDelivery,
        syscalls: &mut dyn Syscalls,
    ) -> Result<Delivered<Self::State>, Box<Divergence>> {
        let cut = self.cut.lock().expect("no test panics with it").filter(|c| c.crank == at.crank);
        let mut next = RandomVat::clone(state);
        let mut gate = Gate { syscalls, left: cut.map(|cut| cut.at) };
        let mut done = next.deliver(delivery, &mut gate);
        if cut.is_some() {
            done = Err("cut short".into());
        }
        let status = done.map_or_else(DeliveryStatus::Error, |()| DeliveryStatus::Ok);
        Ok(Delivered { status, computrons: None, next: Some(Arc::new(next)) })
    }
}

/// Lets so many syscalls through.
struct Gate<'a> {
    syscalls: &'a mut dyn Syscalls,
    left: Option<usize>,
}

impl Syscalls for Gate<'_> {
    fn syscall(&mut self, syscall: VatSyscall) -> SyscallResult {
        match &mut self.left {
            None => self.syscalls.syscall(syscall),
            Some(0) => SyscallResult::Error("cut short".into()),
            Some(left) => {
                *left -= 1;
                self.syscalls.syscall(syscall)
            }
        }
    }
}
