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
///
/// ```
/// use bootfork_kernel::{
///     Config, Controller, CrankKind, DeliveryStatus, Event, KernelDelivery, KernelSyscall,
///     NativeWorker, SyscallResult, Syscalls, ToQuiescence, Vat, VatDelivery, VatError, VatSyscall,
/// };
///
/// /// Says in its own store that it was started.
/// struct Main;
/// impl Vat for Main {
///     fn deliver(&mut self, told: &VatDelivery, to: &mut dyn Syscalls) -> Result<(), VatError> {
///         match told {
///             VatDelivery::StartVat(_) => to.vatstore_set("started", "yes"),
///             _ => Ok(()),
///         }
///     }
/// }
///
/// let worker = NativeWorker::new().with("main", || Box::new(Main));
/// let mut controller = Controller::boot(&Config::new("main").vat("main", "main"), worker)?;
/// let mut cranks = Vec::new();
/// while let (Some(crank), done) = controller.step_traced(&mut ToQuiescence) {
///     done?;
///     cranks.push(crank);
/// }
///
/// // First, the event is routed: it moves to the run-queue.
/// assert_eq!((cranks[0].crank, cranks[0].kind), (0, CrankKind::Routing));
/// assert!(cranks[0].deliveries.is_empty() && !cranks[0].writes.is_empty());
///
/// // Later it is delivered, as each side names it, and the vat makes its syscall.
/// let started = cranks.iter().find(|crank| crank.kind == CrankKind::Delivery).expect("one");
/// assert!(matches!(started.event, Event::StartVat { .. }));
/// let delivery = &started.deliveries[0];
/// assert!(matches!(delivery.kernel, KernelDelivery::StartVat(_)));
/// assert!(matches!(delivery.vat_form, VatDelivery::StartVat(_)));
/// let syscall = &delivery.syscalls[0];
/// assert!(matches!(&syscall.vat_form, VatSyscall::VatstoreSet(key, _) if key == "started"));
/// assert!(matches!(&syscall.kernel, Some(KernelSyscall::VatstoreSet(..))));
/// assert_eq!(syscall.result, SyscallResult::Ok(None));
/// assert_eq!(delivery.status, DeliveryStatus::Ok);
/// assert!(started.rollbacks.is_empty() && started.terminated.is_none());
///
/// // The last crank's hash is the kernel's.
/// let hashes = cranks.last().and_then(|crank| crank.hashes.as_ref()).expect("it ended well");
/// assert_eq!(hashes.activityhash, controller.activityhash()?);
/// # Ok::<(), bootfork_kernel::KernelError>(())
/// ```
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
///
/// As a log has it:
///
/// ```
/// use bootfork_kernel::CrankKind;
///
/// assert_eq!(serde_json::to_string(&CrankKind::Routing).unwrap(), r#""routing""#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CrankKind {
    /// An event moved from the acceptance queue to where it waits for delivery.
    Routing,
    /// An event was delivered.
    Delivery,
}

/// A savepoint that a crank went back to.
///
/// ```
/// use bootfork_kernel::Rollback;
///
/// assert_eq!(serde_json::to_string(&Rollback::Deliver).unwrap(), r#""deliver""#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Rollback {
    /// The crank's start: the event comes again.
    Start,
    /// After the event was taken: it is gone.
    Deliver,
}

/// One delivery.
///
/// See [`CrankTrace`] for an example.
#[derive(Clone, Debug)]
pub struct DeliveryTrace {
    /// To whom.
    pub vat: VatId,
    /// Where the vat's transcript ended before it: its position there, if the vat keeps one.
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
///
/// See [`CrankTrace`] for an example.
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
///
/// ```
/// use bootfork_kernel::ClistMode;
///
/// assert_eq!(serde_json::to_string(&ClistMode::Import).unwrap(), r#""import""#);
/// ```
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
///
/// ```
/// use bootfork_kernel::{
///     CapData, Config, Controller, NativeWorker, Syscalls, ToQuiescence, Vat, VatDelivery,
///     VatError,
/// };
/// # struct Idle;
/// # impl Vat for Idle {
/// #     fn deliver(&mut self, _: &VatDelivery, _: &mut dyn Syscalls) -> Result<(), VatError> {
/// #         Ok(())
/// #     }
/// # }
///
/// /// Leaves at the first message.
/// struct Brief;
/// impl Vat for Brief {
///     fn deliver(&mut self, told: &VatDelivery, to: &mut dyn Syscalls) -> Result<(), VatError> {
///         match told {
///             VatDelivery::Message(..) => to.exit(false, CapData::new("#\"bye\"", [])),
///             _ => Ok(()),
///         }
///     }
/// }
///
/// let worker =
///     NativeWorker::new().with("idle", || Box::new(Idle)).with("brief", || Box::new(Brief));
/// let config = Config::new("main").vat("main", "idle").vat("bob", "brief");
/// let mut controller = Controller::boot(&config, worker)?;
/// controller.run()?;
/// controller.queue_to_vat_root("bob", CapData::new(r##"#["hello",[]]"##, []), None)?;
/// let (mut terminated, mut cleanup) = (None, None);
/// while let (Some(crank), done) = controller.step_traced(&mut ToQuiescence) {
///     done?;
///     terminated = terminated.or(crank.terminated);
///     cleanup = cleanup.or(crank.cleanup);
/// }
/// let bob = terminated.expect("he left");
/// assert!(!bob.reject && bob.info.body == "#\"bye\"");
/// assert!(cleanup.expect("what he left is deleted").complete);
/// # Ok::<(), bootfork_kernel::KernelError>(())
/// ```
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
///
/// See [`Termination`] for an example of a vat that is cleaned up.
///
/// ```
/// use bootfork_kernel::Cleanup;
///
/// assert!(!Cleanup { exports: 2, ..Cleanup::default() }.complete);
/// ```
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
