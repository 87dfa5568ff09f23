//! Vats that answer from a recording, and name the first thing that is not as recorded.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::delivery::VatDelivery;
use crate::id::VatId;
use crate::source::VatSource;
use crate::syscall::{SyscallResult, VatSyscall};
use crate::worker::{
    Delivered, DeliveryContext, DeliveryStatus, Divergence, Syscalls, VatError, VatWorker,
};

/// What one vat was told and did, in its own references.
///
/// ```
/// use bootfork_kernel::{
///     DeliveryStatus, RecordedDelivery, RecordedSyscall, SyscallResult, VatDelivery, VatId,
///     VatSyscall,
/// };
///
/// let read = VatSyscall::VatstoreGet("owner".into());
/// let recorded = RecordedDelivery {
///     vat: VatId(1),
///     delivery: VatDelivery::BringOutYourDead,
///     syscalls: vec![RecordedSyscall { syscall: read, result: SyscallResult::Ok(None) }],
///     status: DeliveryStatus::Ok,
/// };
/// assert_eq!(recorded.syscalls.len(), 1);
/// ```
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
///
/// ```
/// use bootfork_kernel::{RecordedSyscall, SyscallResult, VatSyscall, Vref};
///
/// let syscall = VatSyscall::Subscribe(Vref::new("p-60"));
/// let recorded = RecordedSyscall { syscall, result: SyscallResult::Ok(None) };
/// assert_eq!(recorded.result, SyscallResult::Ok(None));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedSyscall {
    /// What the vat asked.
    pub syscall: VatSyscall,
    /// What the kernel answered.
    pub result: SyscallResult,
}

/// Every delivery of a run and every vat that could not be made.
/// Deliveries are found by crank number and ordinal in the crank. Finding them so, and not by
/// a cursor, lets any number of forks replay any part of the run.
///
/// ```
/// use bootfork_kernel::{DeliveryStatus, RecordedDelivery, Answers, VatDelivery, VatId};
///
/// let mut answers = Answers::default();
/// answers.insert(0, 0, RecordedDelivery {
///     vat: VatId(1),
///     delivery: VatDelivery::BringOutYourDead,
///     syscalls: vec![],
///     status: DeliveryStatus::Ok,
/// });
/// assert_eq!(answers.len(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Answers {
    deliveries: BTreeMap<(u64, usize), RecordedDelivery>,
    /// The dynamic vats that no worker could be made for, and why. None of them ever ran.
    failures: BTreeMap<VatId, VatError>,
}

impl Answers {
    /// Adds what happened in a crank; an entry of the same place is replaced.
    pub fn insert(&mut self, crank: u64, ordinal: usize, delivery: RecordedDelivery) {
        self.deliveries.insert((crank, ordinal), delivery);
    }

    /// Adds that no worker could be made for a dynamic vat.
    pub fn insert_failure(&mut self, vat: VatId, why: VatError) {
        self.failures.insert(vat, why);
    }

    /// What happened there, if anything was recorded.
    pub fn get(&self, crank: u64, ordinal: usize) -> Option<&RecordedDelivery> {
        self.deliveries.get(&(crank, ordinal))
    }

    /// How many deliveries there are.
    pub fn len(&self) -> usize {
        self.deliveries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.deliveries.is_empty()
    }
}

/// Answers every delivery as [`Answers`] say, and fails at the first difference.
///
/// ```
/// use bootfork_kernel::{
///     Answers, Config, Controller, DeliveryStatus, NativeWorker, RecordedDelivery, RecordedWorker,
///     ToQuiescence,
/// };
/// # use bootfork_kernel::{Syscalls, Vat, VatDelivery, VatError};
/// # struct Idle;
/// # impl Vat for Idle {
/// #     fn deliver(&mut self, _: &VatDelivery, _: &mut dyn Syscalls) -> Result<(), VatError> {
/// #         Ok(())
/// #     }
/// # }
///
/// let config = Config::new("main").vat("main", "idle");
/// let worker = NativeWorker::new().with("idle", || Box::new(Idle));
/// let mut original = Controller::boot(&config, worker)?;
/// let mut answers = Answers::default();
/// while let (Some(crank), done) = original.step_traced(&mut ToQuiescence) {
///     done?;
///     for (ordinal, delivery) in crank.deliveries.into_iter().enumerate() {
///         let (vat, status) = (delivery.vat, delivery.status);
///         // This vat makes no syscalls.
///         let recorded =
///             RecordedDelivery { vat, delivery: delivery.vat_form, syscalls: vec![], status };
///         answers.insert(crank.crank, ordinal, recorded);
///     }
/// }
///
/// let mut replayed = Controller::boot(&config, RecordedWorker::new(answers))?;
/// replayed.run()?;
/// assert_eq!(replayed.activityhash()?, original.activityhash()?);
/// # Ok::<(), bootfork_kernel::KernelError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RecordedWorker {
    answers: Arc<Answers>,
}

impl RecordedWorker {
    /// A worker over these answers.
    pub fn new(answers: Answers) -> Self {
        Self { answers: Arc::new(answers) }
    }
}

impl VatWorker for RecordedWorker {
    type State = ();

    fn create(&self, vat: VatId, _source: &VatSource) -> Result<(), VatError> {
        self.answers.failures.get(&vat).map_or(Ok(()), |why| Err(why.clone()))
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
        let Some(recorded) = self.answers.get(at.crank, at.ordinal) else {
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
