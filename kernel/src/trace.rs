//! What a watched crank did, in the words of a recording.

use serde::Serialize;

use crate::capdata::CapData;
use crate::delivery::{KernelDelivery, VatDelivery};
use crate::event::Event;
use crate::id::VatId;
use crate::keeper::Hashes;
use crate::slot::{Kref, Vref};
use crate::syscall::{KernelSyscall, SyscallResult, VatSyscall};
use crate::worker::DeliveryStatus;

/// Everything that a crank did. See [`Controller::step_traced`](crate::Controller::step_traced).
#[derive(Clone, Debug)]
pub struct CrankTrace {
    /// The crank's number.
    pub crank: u64,
    /// Whether it routed an event or delivered one.
    pub kind: CrankKind,
    /// The event.
    pub event: Event,
    /// The savepoints that it was rolled back to.
    pub rollbacks: Vec<Rollback>,
    /// What was delivered.
    pub deliveries: Vec<DeliveryTrace>,
    /// How c-lists changed, in order, rolled-back changes included.
    pub clist: Vec<(ClistMode, VatId, Kref, Vref)>,
    /// The vat that the crank terminated.
    pub terminated: Option<Termination>,
    /// What was deleted of a terminated vat.
    pub cleanup: Option<Cleanup>,
    /// Every write, in order, those that were undone included, but for the activity hash.
    pub writes: Vec<Write>,
    /// The hashes; `None` if the crank panicked before it came to emit them.
    pub hashes: Option<Hashes>,
}

/// One write to the key-value table.
///
/// ```
/// use bootfork_kernel::Write;
///
/// let write = Write::Set("crankNumber".into(), "0".into());
/// assert_eq!(write, Write::Set("crankNumber".to_owned(), "0".to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// A key got this value, which may be the one that it had.
    Set(String, String),
    /// A key was deleted, which may not have been there.
    Delete(String),
}

/// The two kinds of crank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CrankKind {
    /// An event moved from the acceptance queue to where it waits for delivery.
    Routing,
    /// An event was delivered.
    Delivery,
}

/// A savepoint that a crank went back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Rollback {
    /// The crank's start: the event comes again.
    Start,
    /// After the event was taken: it is gone.
    Deliver,
}

/// One delivery.
#[derive(Clone, Debug)]
pub struct DeliveryTrace {
    /// To whom.
    pub vat: VatId,
    /// Its position in the vat's transcript; 0 for a vat that keeps none.
    pub number: u64,
    /// In krefs.
    pub kernel: KernelDelivery,
    /// In the vat's vrefs.
    pub vat_form: VatDelivery,
    /// What the vat asked meanwhile.
    pub syscalls: Vec<SyscallTrace>,
    /// How it ended.
    pub status: DeliveryStatus,
}

/// One syscall.
#[derive(Clone, Debug)]
pub struct SyscallTrace {
    /// In the vat's vrefs.
    pub vat_form: VatSyscall,
    /// In krefs; `None` for an illegal one.
    pub kernel: Option<KernelSyscall>,
    /// The answer.
    pub result: SyscallResult,
}

/// How a c-list entry changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ClistMode {
    /// The vat came to know a kref.
    Import,
    /// The kernel came to know a vref.
    Export,
    /// The entry was deleted.
    Drop,
}

/// Why a vat ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Termination {
    /// Which vat.
    pub vat: VatId,
    /// Whether it counts as a failure.
    pub reject: bool,
    /// What the vat or the kernel had to say.
    pub info: CapData,
}

/// What a cleanup crank deleted, by phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleanup {
    /// Objects orphaned.
    pub exports: u64,
    /// Imports deleted.
    pub imports: u64,
    /// Promises deleted.
    pub promises: u64,
    /// Other keys deleted.
    pub kv: u64,
    /// Transcript spans deleted.
    pub transcripts: u64,
    /// Whether nothing is left.
    pub complete: bool,
}

impl CrankTrace {
    pub(crate) fn new(crank: u64, kind: CrankKind, event: &Event) -> Self {
        Self {
            crank,
            kind,
            event: event.clone(),
            rollbacks: Vec::new(),
            deliveries: Vec::new(),
            clist: Vec::new(),
            terminated: None,
            cleanup: None,
            writes: Vec::new(),
            hashes: None,
        }
    }
}
