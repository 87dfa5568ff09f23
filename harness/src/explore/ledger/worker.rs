//! Runs the ledger's vats and the teller.

use bootfork_kernel::{
    Delivered, DeliveryContext, DeliveryStatus, Divergence, NativeWorker, Syscalls, VatConstructor,
    VatDelivery, VatError, VatId, VatSource, VatWorker,
};

use super::teller::{self, Teller};

/// The worker of the ledger's world: native vats, and a teller that may have a memory.
#[derive(Debug)]
pub(super) struct LedgerWorker {
    vats: NativeWorker,
    /// One that has done nothing yet.
    teller: Teller,
}

impl LedgerWorker {
    pub(super) fn new(teller: Teller) -> Self {
        Self { vats: bootfork_ledger::worker(), teller }
    }
}

/// What a vat of the ledger is between two deliveries.
#[derive(Clone, Debug)]
pub(super) enum LedgerVat {
    /// Its code.
    Native(VatConstructor),
    /// What it remembers.
    Teller(Teller),
}

/// What a restart does to memory is the point: nothing is replayed.
impl VatWorker for LedgerWorker {
    type State = LedgerVat;

    fn create(&self, vat: VatId, source: &VatSource) -> Result<LedgerVat, VatError> {
        if source.bundle_id().as_deref() == Some(teller::BUNDLE) {
            return Ok(LedgerVat::Teller(self.teller.clone()));
        }
        self.vats.create(vat, source).map(LedgerVat::Native)
    }

    fn deliver(
        &self,
        state: &LedgerVat,
        at: &DeliveryContext,
        delivery: &VatDelivery,
        syscalls: &mut dyn Syscalls,
    ) -> Result<Delivered<LedgerVat>, Box<Divergence>> {
        let teller = match state {
            LedgerVat::Teller(teller) => teller,
            LedgerVat::Native(vat) => {
                let Delivered { status, computrons, next } =
                    self.vats.deliver(vat, at, delivery, syscalls)?;
                return Ok(Delivered { status, computrons, next: next.map(LedgerVat::Native) });
            }
        };
        let mut teller = teller.clone();
        let status = match teller.deliver(delivery, syscalls) {
            Ok(()) => DeliveryStatus::Ok,
            Err(error) => DeliveryStatus::Error(error.to_string()),
        };
        Ok(Delivered { status, computrons: None, next: Some(LedgerVat::Teller(teller)) })
    }
}
