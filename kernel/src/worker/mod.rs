//! Workers run vats. A worker's state of a vat is a value, so a fork or a rollback keeps an old
//! one as it keeps an old root of the store.

pub(crate) mod native;
pub(crate) mod recorded;

use std::fmt;

use crate::capdata::{CapData, Message};
use crate::delivery::{Resolution, VatDelivery};
use crate::id::VatId;
use crate::slot::Vref;
use crate::syscall::{SyscallResult, VatSyscall};

/// Runs the code of vats.
///
/// A worker owns no state of any vat: [`State`](Self::State) is handed in by reference and the
/// next one handed back, and the kernel keeps it (after a delivery that counts) or drops it (after
/// one that is undone). All forks of a controller share one worker, so a worker must not hold
/// anything that a delivery changes.
pub trait VatWorker: fmt::Debug + Send + Sync {
    /// What a vat is between two deliveries, apart from its part of the store. Immutable.
    type State: Clone + fmt::Debug + Send + Sync;

    /// The state of a vat that has not run yet, or `None` if there is no code in the bundle of
    /// that ID.
    fn create(&self, vat: VatId, bundle_id: &str) -> Option<Self::State>;

    /// Whether the state of a vat is more than its part of the store and its code. Then a kernel
    /// that starts from stored tables makes it anew: it has the vat do again all deliveries of its
    /// present incarnation, each syscall answered from the transcript and checked against it. What
    /// a vat does must not depend on the crank that [`DeliveryContext`] names, which is another
    /// one in a replay.
    fn replays(&self) -> bool {
        false
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// It did. A message that the vat answers with a rejection is `Ok` too.
    Ok,
    /// It threw; the delivery is undone and the vat terminated.
    Error(String),
}

/// The kernel, as a vat sees it in a delivery.
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
            SyscallResult::Error(text) => Err(VatError(text)),
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

/// Why a vat's code could not go on.
///
/// ```
/// use bootfork_kernel::VatError;
///
/// assert_eq!(VatError::from("no such purse").to_string(), "no such purse");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VatError(String);

impl fmt::Display for VatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for VatError {}

impl<T: Into<String>> From<T> for VatError {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

/// The first thing that went otherwise than recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The crank.
    pub crank: u64,
    /// The vat.
    pub vat: VatId,
    /// What differs, such as `result of syscall 3`.
    pub what: String,
    /// What was recorded.
    pub recorded: String,
    /// What this kernel did.
    pub ours: String,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { crank, vat, what, recorded, ours } = self;
        write!(
            f,
            "crank {crank}, {vat}: {what} differs\n  recorded: {recorded}\n  ours:     {ours}"
        )
    }
}

impl std::error::Error for Divergence {}
