//! Vats that answer from a recording, and name the first thing that is not as recorded.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::delivery::VatDelivery;
use crate::id::VatId;
use crate::syscall::{SyscallResult, VatSyscall};
use crate::worker::{Delivered, DeliveryContext, DeliveryStatus, Divergence, Syscalls, VatWorker};

/// What one vat was told and did, in its own references.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedDelivery {
    /// The vat.
    pub vat: VatId,
    /// What it was told.
    pub delivery: VatDelivery,
    /// What it asked, and was answered.
    pub syscalls: Vec<RecordedSyscall>,
    /// Whether it got through.
    pub status: DeliveryStatus,
}

/// One syscall and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedSyscall {
    /// What the vat asked.
    pub syscall: VatSyscall,
    /// What the kernel answered.
    pub result: SyscallResult,
}

/// Every delivery of a run, by crank number and ordinal in the crank. Finding them so, and not by
/// a cursor, lets any number of forks replay any part of the run.
///
/// ```
/// use bootfork_kernel::{DeliveryStatus, RecordedDelivery, Recording, VatDelivery, VatId};
///
/// let mut recording = Recording::default();
/// recording.insert(0, 0, RecordedDelivery {
///     vat: VatId(1),
///     delivery: VatDelivery::BringOutYourDead,
///     syscalls: vec![],
///     status: DeliveryStatus::Ok,
/// });
/// assert_eq!(recording.len(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Recording(BTreeMap<(u64, usize), RecordedDelivery>);

impl Recording {
    /// Adds what happened in a crank; an entry of the same place is replaced.
    pub fn insert(&mut self, crank: u64, ordinal: usize, delivery: RecordedDelivery) {
        self.0.insert((crank, ordinal), delivery);
    }

    /// What happened there, if anything was recorded.
    pub fn get(&self, crank: u64, ordinal: usize) -> Option<&RecordedDelivery> {
        self.0.get(&(crank, ordinal))
    }

    /// How many deliveries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Answers every delivery as a [`Recording`] does, and fails at the first difference.
#[derive(Clone, Debug, Default)]
pub struct RecordedWorker {
    recording: Arc<Recording>,
}

impl RecordedWorker {
    /// A worker over this recording.
    pub fn new(recording: Recording) -> Self {
        Self { recording: Arc::new(recording) }
    }
}

impl VatWorker for RecordedWorker {
    type State = ();

    fn create(&self, _vat: VatId, _bundle_id: &str) -> Option<()> {
        Some(())
    }

    fn deliver(
        &self,
        _state: &(),
        at: &DeliveryContext,
        delivery: &VatDelivery,
        syscalls: &mut dyn Syscalls,
    ) -> Result<Delivered<()>, Box<Divergence>> {
        let differs = |what: String, recorded: String, ours: String| {
            Box::new(Divergence { crank: at.crank, vat: at.vat, what, recorded, ours })
        };
        let Some(recorded) = self.recording.get(at.crank, at.ordinal) else {
            let what = format!("delivery {}", at.ordinal);
            return Err(differs(what, "no such delivery".into(), json(delivery)));
        };
        if recorded.vat != at.vat {
            let what = "the vat delivered to".into();
            return Err(differs(what, recorded.vat.to_string(), at.vat.to_string()));
        }
        if recorded.delivery != *delivery {
            return Err(differs("delivery".into(), json(&recorded.delivery), json(delivery)));
        }
        for (index, RecordedSyscall { syscall, result }) in recorded.syscalls.iter().enumerate() {
            let answer = syscalls.syscall(syscall.clone());
            if answer != *result {
                let what = format!("the result of syscall {index}, {},", json(syscall));
                return Err(differs(what, json(result), json(&answer)));
            }
        }
        Ok(Delivered { status: recorded.status.clone(), computrons: None, next: None })
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("deliveries and syscalls have a JSON form")
}
