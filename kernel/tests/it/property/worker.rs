//! Runs random vats, and can stop one of them short.

use std::sync::{Arc, Mutex};

use bootfork_kernel::{
    Delivered, DeliveryContext, DeliveryStatus, Divergence, SyscallResult, Syscalls, VatDelivery,
    VatError, VatId, VatSource, VatSyscall, VatWorker,
};

use super::vat::RandomVat;

/// What vats may be made of. There is no code in the last one.
pub(super) const BUNDLES: [&str; 4] = ["plain", "plain-too", "pipelining", "empty"];

/// No vat starts with parameters that hold this.
pub(super) const REFUSED: &str = "refused";

/// A delivery that makes these syscalls and no other, and throws.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    pub(super) crank: u64,
    pub(super) ordinal: usize,
    pub(super) syscalls: Vec<VatSyscall>,
    pub(super) throws: String,
}

/// Where a vat has its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Memory {
    /// On its heap, which a restart loses.
    Heap,
    /// In its part of the store, and it is made anew for each delivery: the amnesia mode.
    Store,
    /// In both, and it reads what is on its heap. A restart replays it.
    Both,
}

/// Where a vat's memory is in its part of the store.
const MEMORY: &str = "memory";

#[derive(Debug)]
pub(super) struct RandomWorker {
    pub(super) seed: u64,
    pub(super) risk: usize,
    pub(super) memory: Memory,
    /// No part of any state: a test sets it for the time of one crank.
    pub(super) cut: Mutex<Option<Cut>>,
}

impl RandomWorker {
    fn born(&self, vat: VatId, pipelining: bool) -> RandomVat {
        let seed = self.seed ^ vat.0.wrapping_mul(0xd6e8_feb8_6659_fd93);
        RandomVat::new(seed, pipelining, self.risk)
    }

    /// Handles a delivery; what the vat is from then on, if it is more than its part of the store.
    fn run(
        &self,
        state: &RandomVat,
        at: &DeliveryContext,
        told: &VatDelivery,
        kernel: &mut dyn Syscalls,
    ) -> (Result<(), String>, Option<Arc<RandomVat>>) {
        if matches!(told, VatDelivery::StartVat(parameters) if parameters.body.contains(REFUSED)) {
            return (Err("it refuses to start".into()), None);
        }
        let mut vat = state.clone();
        if self.memory == Memory::Heap {
            return (vat.deliver(told, kernel), Some(Arc::new(vat)));
        }
        if matches!(told, VatDelivery::StartVat(_)) {
            // It may have been asked for its dead before, and has forgotten that in any case.
            vat = self.born(at.vat, state.pipelining);
        } else {
            let stored = kernel.syscall(VatSyscall::VatstoreGet(MEMORY.into()));
            if self.memory == Memory::Store
                && let SyscallResult::Ok(Some(stored)) = stored
            {
                vat = serde_json::from_str(&stored).expect("what the vat wrote");
            }
        }
        let done = vat.deliver(told, kernel);
        let memory = serde_json::to_string(&vat).expect("a JSON form");
        kernel.syscall(VatSyscall::VatstoreSet(MEMORY.into(), memory));
        (done, Some(Arc::new(vat)).filter(|_| self.memory == Memory::Both))
    }
}

impl VatWorker for RandomWorker {
    type State = Arc<RandomVat>;

    fn create(&self, vat: VatId, source: &VatSource) -> Result<Self::State, VatError> {
        match source.bundle_id().as_deref() {
            None | Some("empty") => Err(VatError::new(format!("there is no code in {source}"))),
            // One that came along has its ID made of the same name.
            Some(id) => Ok(Arc::new(self.born(vat, id.ends_with("pipelining")))),
        }
    }

    fn replays(&self) -> bool {
        self.memory == Memory::Both
    }

    fn deliver(
        &self,
        state: &Self::State,
        at: &DeliveryContext,
        delivery: &VatDelivery,
        syscalls: &mut dyn Syscalls,
    ) -> Result<Delivered<Self::State>, Box<Divergence>> {
        let cut = self.cut.lock().expect("no test panics with it").clone();
        let (done, next) = match cut.filter(|c| (c.crank, c.ordinal) == (at.crank, at.ordinal)) {
            None => self.run(state, at, delivery, syscalls),
            Some(cut) => {
                for syscall in cut.syscalls {
                    syscalls.syscall(syscall);
                }
                (Err(cut.throws), None)
            }
        };
        let status = done.map_or_else(DeliveryStatus::Error, |()| DeliveryStatus::Ok);
        Ok(Delivered { status, computrons: Some(20), next })
    }
}
