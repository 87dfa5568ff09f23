//! References that the specification leaves counted though nothing holds them any more.

use bootfork_kernel::{
    CapData, Controller, CrankKind, CrankTrace, DeliveryTrace, Event, Kref, SyscallResult,
    SyscallTrace, VatId, VatSyscall,
};

use super::worker::RandomWorker;

type Kernel = Controller<RandomWorker>;

/// The parameters of the vats that are being deleted, as they were before a crank.
pub(super) struct Left(Vec<(VatId, Vec<Kref>)>);

impl Left {
    pub(super) fn before(kernel: &Kernel) -> Self {
        let dead: Vec<VatId> = kernel.kv().get("vats.terminated").map_or(Vec::new(), |list| {
            serde_json::from_slice::<Vec<String>>(list)
                .expect("a list")
                .iter()
                .map(|vat| vat.parse().expect("a vat ID"))
                .collect()
        });
        let parameters = |vat: VatId| {
            let data = kernel.kv().get(format!("{vat}.vatParameters"))?;
            let data: CapData = serde_json::from_slice(data).expect("capdata");
            Some((vat, data.slots))
        };
        Self(dead.into_iter().filter_map(parameters).collect())
    }

    /// What this crank has left counted.
    pub(super) fn after(self, trace: &CrankTrace, kernel: &Kernel) -> Vec<Kref> {
        let undone = !trace.rollbacks.is_empty();
        match &trace.event {
            // Section 6: a create-vat that was undone leaves what its event held.
            Event::CreateVat { parameters, .. } if is_delivery(trace) && undone => {
                parameters.slots.clone()
            }
            // Section 11.2: so does an upgrade; section 6: and one of a vat that is dead.
            Event::UpgradeVat { parameters, .. }
                if is_delivery(trace) && (undone || trace.deliveries.is_empty()) =>
            {
                parameters.slots.clone()
            }
            // Section 10: the parameters of a dead vat go in phase 4, their slots stay counted.
            Event::CleanupTerminatedVat { vat, .. } => {
                let gone = |of: &VatId| !kernel.kv().contains(format!("{of}.vatParameters"));
                let mut parameters = self.0.into_iter();
                parameters
                    .find(|(of, _)| of == vat && gone(of))
                    .map_or(Vec::new(), |(_, slots)| slots)
            }
            // Section 7.6: routing a message to a device panics, and the message is lost.
            Event::Send { target: Kref::Device(_), msg } => {
                msg.result_promise().into_iter().chain(&msg.methargs.slots).copied().collect()
            }
            _ => Vec::new(),
        }
    }
}

fn is_delivery(trace: &CrankTrace) -> bool {
    trace.kind == CrankKind::Delivery
}

/// Whether a delivery ended a vat, by way of vatAdmin.
pub(super) fn ends_a_vat(delivery: &DeliveryTrace) -> bool {
    delivery.syscalls.iter().any(|made| has_ended(made).is_some())
}

/// The vat that a syscall has ended, by way of vatAdmin.
pub(super) fn has_ended(made: &SyscallTrace) -> Option<String> {
    ended_vat(&made.vat_form).filter(|_| matches!(made.result, SyscallResult::Data(_)))
}

/// The vat that a syscall ends if vatAdmin takes it.
pub(super) fn ended_vat(syscall: &VatSyscall) -> Option<String> {
    let VatSyscall::CallNow(_, method, arguments) = syscall else { return None };
    let vat = arguments.body.split('"').nth(1)?;
    (method == "terminateWithFailure").then(|| vat.to_owned())
}
