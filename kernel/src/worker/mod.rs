//! Workers run vats. A worker's state of a vat is a value, so a fork or a rollback keeps an old
//! one as it keeps an old root of the store.

pub(crate) mod error;
pub(crate) mod native;
pub(crate) mod recorded;

use std::fmt;

use crate::capdata::{CapData, Message};
use crate::delivery::{Resolution, VatDelivery};
use crate::id::VatId;
use crate::slot::Vref;
use crate::source::VatSource;
use crate::syscall::{SyscallResult, VatSyscall};
pub use error::{Divergence, VatError};

/// Runs the code of vats.
///
/// A worker owns no state of any vat: [`State`](Self::State) is handed in by reference and the
/// next one handed back, and the kernel keeps it (after a delivery that counts) or drops it (after
/// one that is undone). All forks of a controller share one worker, so a worker must not hold
/// anything that a delivery changes.
///
/// ```
/// use bootfork_kernel::{
///     Call, CapData, Config, Controller, Delivered, DeliveryContext, DeliveryStatus, Divergence,
///     RunUtils, Syscalls, VatDelivery, VatError, VatId, VatSource, VatWorker,
/// };
///
/// /// Its vats answer each message with the number of messages so far, which is their state.
/// #[derive(Debug)]
/// struct Counting;
///
/// impl VatWorker for Counting {
///     type State = u64;
///
///     fn create(&self, _: VatId, source: &VatSource) -> Result<u64, VatError> {
///         match source.bundle_id().as_deref() {
///             Some("counter") => Ok(0),
///             _ => Err(VatError::new(format!("there is no code in {source}"))),
///         }
///     }
///
///     fn replays(&self) -> bool {
///         true
///     }
///
///     fn deliver(
///         &self,
///         count: &u64,
///         _: &DeliveryContext,
///         told: &VatDelivery,
///         to: &mut dyn Syscalls,
///     ) -> Result<Delivered<u64>, Box<Divergence>> {
///         let VatDelivery::Message(_, message) = told else {
///             return Ok(Delivered { status: DeliveryStatus::Ok, computrons: None, next: None });
///         };
///         let next = count + 1;
///         let status = match message.result_promise().cloned() {
///             None => DeliveryStatus::Ok,
///             Some(result) => {
///                 let answer = CapData::new(format!("#{next}"), []);
///                 match to.resolve(result, false, answer) {
///                     Ok(()) => DeliveryStatus::Ok,
///                     Err(error) => DeliveryStatus::Error(error.to_string()),
///                 }
///             }
///         };
///         Ok(Delivered { status, computrons: Some(1000), next: Some(next) })
///     }
/// }
///
/// let mut booted = Controller::boot(&Config::new("main").vat("main", "counter"), Counting)?;
/// booted.run()?;
/// let count = |mut controller: Controller<Counting>| {
///     RunUtils::new(&mut controller).ask_root("main", &Call::new("count"))
/// };
/// // The bootstrap message was the first one. Forks share no state, and a restart makes it anew.
/// assert_eq!(count(booted.fork())?.body, "#2");
/// assert_eq!(count(booted.fork())?.body, "#2");
/// assert_eq!(count(booted.restart()?)?.body, "#2");
/// # Ok::<(), bootfork_kernel::AskError>(())
/// ```
pub trait VatWorker: fmt::Debug + Send + Sync {
    /// What a vat is between two deliveries, apart from its part of the store. Immutable.
    type State: Clone + fmt::Debug + Send + Sync;

    /// The state of a vat that has not run yet.
    ///
    /// # Errors
    /// Why no worker can be made for it, as when there is no code in its bundle. A create-vat
    /// fails with this text.
    fn create(&self, vat: VatId, source: &VatSource) -> Result<Self::State, VatError>;

    /// Whether the state of a vat is more than its part of the store and its code. Then a kernel
    /// that starts from stored tables makes it anew: it has the vat do again all deliveries of its
    /// present incarnation, each syscall answered from the transcript and checked against it. What
    /// a vat does must not depend on the crank that [`DeliveryContext`] names, which is another
    /// one in a replay.
    fn replays(&self) -> bool {
        false
    }

    /// The state of a vat as bytes, for an [image](crate::Controller::image). By default there are
    /// none: a restored kernel then makes the state anew, as one that was started does.
    fn save(&self, state: &Self::State) -> Option<Vec<u8>> {
        let _ = state;
        None
    }

    /// The state that was [saved](Self::save).
    ///
    /// # Errors
    /// Why the bytes are no state of a vat of that code.
    fn load(&self, vat: VatId, source: &VatSource, saved: &[u8]) -> Result<Self::State, VatError> {
        let _ = (source, saved);
        Err(VatError::new(format!("this worker has saved nothing of {vat}")))
    }

    /// Makes one delivery. The vat's syscalls are answered before they return.
    ///
    /// # Errors
    /// [`Divergence`] if the worker replays and the vat, or the kernel, did something else this
    /// time. That says nothing about the vat: the run is of no use any more.
    fn deliver(
        &self,
        state: &Self::State,
        at: &DeliveryContext,
        delivery: &VatDelivery,
        syscalls: &mut dyn Syscalls,
    ) -> Result<Delivered<Self::State>, Box<Divergence>>;
}

/// Where in the kernel's history a delivery happens, and what it may use up.
///
/// ```
/// use bootfork_kernel::{DeliveryContext, VatId};
///
/// // The first delivery of crank 7; the vat has no meter.
/// let at = DeliveryContext { vat: VatId(3), crank: 7, ordinal: 0, limit: None };
/// assert_eq!(at.vat.to_string(), "v3");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryContext {
    /// The vat that it is made to.
    pub vat: VatId,
    /// The number of the crank.
    pub crank: u64,
    /// Which delivery of that crank, from 0.
    pub ordinal: usize,
    /// The most computrons it may use; `None` for no limit.
    pub limit: Option<u64>,
}

/// What came of a delivery.
///
/// ```
/// use bootfork_kernel::{Delivered, DeliveryStatus};
///
/// // Done, nobody counted, and the vat's state is the number 8 from now on.
/// let delivered = Delivered { status: DeliveryStatus::Ok, computrons: None, next: Some(8) };
/// assert_eq!(delivered.next, Some(8));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered<S> {
    /// Whether the vat's code got through.
    pub status: DeliveryStatus,
    /// Computrons used, by a worker that counts them.
    pub computrons: Option<u64>,
    /// The vat's state from now on, if the delivery counts; `None` if it is the one it was.
    pub next: Option<S>,
}

/// Whether a vat's code got through a delivery.
///
/// ```
/// use bootfork_kernel::{
///     CapData, Config, Controller, DeliveryStatus, NativeWorker, Syscalls, ToQuiescence, Vat,
///     VatDelivery, VatError,
/// };
/// # struct Idle;
/// # impl Vat for Idle {
/// #     fn deliver(&mut self, _: &VatDelivery, _: &mut dyn Syscalls) -> Result<(), VatError> {
/// #         Ok(())
/// #     }
/// # }
///
/// struct Clumsy;
/// impl Vat for Clumsy {
///     fn deliver(&mut self, told: &VatDelivery, _: &mut dyn Syscalls) -> Result<(), VatError> {
///         match told {
///             VatDelivery::Message(..) => Err(VatError::new("dropped it")),
///             _ => Ok(()),
///         }
///     }
/// }
///
/// let worker =
///     NativeWorker::new().with("idle", || Box::new(Idle)).with("clumsy", || Box::new(Clumsy));
/// let config = Config::new("main").vat("main", "idle").vat("carol", "clumsy");
/// let mut controller = Controller::boot(&config, worker)?;
/// controller.run()?;
/// controller.queue_to_vat_root("carol", CapData::new(r##"#["take",[]]"##, []), None)?;
/// let mut ends = Vec::new();
/// while let (Some(crank), done) = controller.step_traced(&mut ToQuiescence) {
///     done?;
///     ends.extend(crank.deliveries.into_iter().map(|delivery| delivery.status));
/// }
/// assert!(ends.contains(&DeliveryStatus::Error("dropped it".into())));
/// # Ok::<(), bootfork_kernel::KernelError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// It did. A message that the vat answers with a rejection is `Ok` too.
    Ok,
    /// It threw; the delivery is undone and the vat terminated.
    Error(String),
}

/// The kernel, as a vat sees it in a delivery.
///
/// Whatever implements it can stand in for the kernel, as in the test of a vat:
///
/// ```
/// use bootfork_kernel::{SyscallResult, Syscalls, VatSyscall};
///
/// #[derive(Default)]
/// struct Pretend(Vec<VatSyscall>);
///
/// impl Syscalls for Pretend {
///     fn syscall(&mut self, syscall: VatSyscall) -> SyscallResult {
///         self.0.push(syscall);
///         SyscallResult::Ok(None)
///     }
/// }
///
/// let mut pretend = Pretend::default();
/// let kernel: &mut dyn Syscalls = &mut pretend;
/// kernel.vatstore_set("owner", "alice")?;
/// assert_eq!(kernel.vatstore_get("purse")?, None);
/// assert_eq!(pretend.0[0], VatSyscall::VatstoreSet("owner".into(), "alice".into()));
/// # Ok::<(), bootfork_kernel::VatError>(())
/// ```
pub trait Syscalls {
    /// Makes one syscall.
    ///
    /// An illegal one is answered with an error; when the delivery is over it is undone and the
    /// vat terminated, whatever else the vat does.
    fn syscall(&mut self, syscall: VatSyscall) -> SyscallResult;
}

/// Syscalls one by one, with the error that a vat can return by `?`.
impl dyn Syscalls + '_ {
    fn ask(&mut self, syscall: VatSyscall) -> Result<Option<String>, VatError> {
        match self.syscall(syscall) {
            SyscallResult::Ok(value) => Ok(value),
            SyscallResult::Data(data) => Ok(Some(data.body)),
            SyscallResult::Error(text) => Err(VatError::new(text)),
        }
    }

    /// Sends a message; `result` is a promise of the vat's own, new unless the vat pipelines.
    ///
    /// # Errors
    /// The kernel's answer to an illegal syscall, as for every method here.
    pub fn send(
        &mut self,
        target: Vref,
        methargs: CapData<Vref>,
        result: Option<Vref>,
    ) -> Result<(), VatError> {
        let message = Message { methargs, result: Some(result) };
        self.ask(VatSyscall::Send(target, message)).map(drop)
    }

    /// Asks to be notified when a promise is resolved.
    ///
    /// # Errors
    /// As `send`.
    pub fn subscribe(&mut self, promise: Vref) -> Result<(), VatError> {
        self.ask(VatSyscall::Subscribe(promise)).map(drop)
    }

    /// Resolves one promise that the vat decides.
    ///
    /// # Errors
    /// As `send`.
    pub fn resolve(
        &mut self,
        promise: Vref,
        rejected: bool,
        data: CapData<Vref>,
    ) -> Result<(), VatError> {
        self.ask(VatSyscall::Resolve(vec![Resolution { promise, rejected, data }])).map(drop)
    }

    /// The value of a key of the vat's own store; an empty value reads as none.
    ///
    /// # Errors
    /// As `send`.
    pub fn vatstore_get(&mut self, key: &str) -> Result<Option<String>, VatError> {
        self.ask(VatSyscall::VatstoreGet(key.to_owned()))
    }

    /// Writes a key of the vat's own store.
    ///
    /// # Errors
    /// As `send`.
    pub fn vatstore_set(&mut self, key: &str, value: impl Into<String>) -> Result<(), VatError> {
        self.ask(VatSyscall::VatstoreSet(key.to_owned(), value.into())).map(drop)
    }

    /// The least key of the vat's own store that is greater than `after`.
    ///
    /// # Errors
    /// As `send`.
    pub fn vatstore_next_key(&mut self, after: &str) -> Result<Option<String>, VatError> {
        self.ask(VatSyscall::VatstoreGetNextKey(after.to_owned()))
    }

    /// Deletes a key of the vat's own store; a missing one is no error.
    ///
    /// # Errors
    /// As `send`.
    pub fn vatstore_delete(&mut self, key: &str) -> Result<(), VatError> {
        self.ask(VatSyscall::VatstoreDelete(key.to_owned())).map(drop)
    }

    /// Ends the vat when this delivery is over.
    ///
    /// # Errors
    /// As `send`.
    pub fn exit(&mut self, failure: bool, info: CapData<Vref>) -> Result<(), VatError> {
        self.ask(VatSyscall::Exit(failure, info)).map(drop)
    }
}
