//! Ask a kernel something and get the answer: queue, run, settle.

use std::fmt;

use crate::capdata::CapData;
use crate::controller::Controller;
use crate::fault::KernelError;
use crate::handle::Handle;
use crate::keeper::PromiseState;
use crate::policy::ResolutionPolicy;
use crate::smallcaps::Value;
use crate::worker::VatWorker;

/// A message in the making: a method, its arguments, and what they refer to.
///
/// ```
/// use bootfork_kernel::{Call, Value};
///
/// let call = Call::new("deposit").arg(Value::Number(7.0)).arg(Value::text("!"));
/// assert_eq!(call.encode().body, r##"#["deposit",[7,"!!"]]"##);
/// ```
#[derive(Clone, Debug)]
pub struct Call {
    method: Value,
    arguments: Vec<Value>,
    slots: Vec<Handle>,
}

impl Call {
    /// A call without arguments yet.
    pub fn new(method: &str) -> Self {
        Self { method: Value::text(method), arguments: Vec::new(), slots: Vec::new() }
    }

    /// Adds an argument that refers to nothing.
    #[must_use]
    pub fn arg(mut self, argument: Value) -> Self {
        self.arguments.push(argument);
        self
    }

    /// Adds an object as an argument, under an interface name.
    #[must_use]
    pub fn object(mut self, object: &Handle, iface: &str) -> Self {
        let slot = self.slots.len();
        self.slots.push(object.clone());
        self.arg(Value::Object { slot, iface: Some(iface.to_owned()) })
    }

    /// The encoded `[method, [arguments…]]`.
    pub fn encode(&self) -> CapData<Handle> {
        Value::Array(vec![self.method.clone(), Value::Array(self.arguments.clone())])
            .encode(&self.slots)
    }
}

/// Why a question got no answer.
///
/// ```
/// use bootfork_kernel::{
///     AskError, Call, Config, Controller, KernelError, NativeWorker, RunUtils, Syscalls, Vat,
///     VatDelivery, VatError,
/// };
/// # struct Idle;
/// # impl Vat for Idle {
/// #     fn deliver(&mut self, _: &VatDelivery, _: &mut dyn Syscalls) -> Result<(), VatError> {
/// #         Ok(())
/// #     }
/// # }
///
/// let worker = NativeWorker::new().with("idle", || Box::new(Idle));
/// let mut controller = Controller::boot(&Config::new("main").vat("main", "idle"), worker)?;
/// let mut utils = RunUtils::new(&mut controller);
/// // The vat is there and never answers; another one is not there.
/// let answer = utils.ask_root("main", &Call::new("speak"));
/// assert!(matches!(answer, Err(AskError::Unsettled(_))));
/// let answer = utils.ask_root("nobody", &Call::new("speak"));
/// assert!(matches!(answer, Err(AskError::Kernel(KernelError::NoSuchVat { .. }))));
/// # Ok::<(), KernelError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AskError {
    /// The kernel could not go on.
    Kernel(KernelError),
    /// The vat rejected the message, with this.
    Rejected(CapData<Handle>),
    /// Nothing is left to do and the result is still open: the vat waits for something that
    /// nobody sends.
    Unsettled(Handle),
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kernel(error) => error.fmt(f),
            Self::Rejected(data) => write!(f, "the message was rejected: {}", data.body),
            Self::Unsettled(promise) => {
                write!(f, "the kernel has nothing left to do and {promise} is not resolved")
            }
        }
    }
}

impl std::error::Error for AskError {
    /// The kernel's error, where there is one.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Kernel(error) => Some(error),
            Self::Rejected(_) | Self::Unsettled(_) => None,
        }
    }
}

impl From<KernelError> for AskError {
    fn from(error: KernelError) -> Self {
        Self::Kernel(error)
    }
}

/// Questions to a controller: each queues a message, runs to quiescence, and returns the answer.
///
/// *What the host holds.* An answer gives up the promise of its question, and the host holds what
/// the answer's slots refer to instead: an object for as long as the kernel lives, so that what a
/// test asked for is not collected, a promise until [`Controller::kp_resolution`] gives it up. So
/// it is with the reason of a rejection. A question without an answer ([`AskError::Unsettled`])
/// keeps its promise; should it be resolved later, `kp_resolution` has the answer.
///
/// ```
/// use bootfork_kernel::{
///     AskError, Call, CapData, Config, Controller, NativeWorker, RunUtils, Syscalls, Vat,
///     VatDelivery, VatError,
/// };
///
/// struct Seven;
/// impl Vat for Seven {
///     fn deliver(&mut self, told: &VatDelivery, to: &mut dyn Syscalls) -> Result<(), VatError> {
///         let VatDelivery::Message(_, message) = told else { return Ok(()) };
///         let Some(result) = message.result_promise() else { return Ok(()) };
///         to.resolve(result.clone(), false, CapData::new("#7", []))
///     }
/// }
///
/// let worker = NativeWorker::new().with("seven", || Box::new(Seven));
/// let mut controller = Controller::boot(&Config::new("main").vat("main", "seven"), worker)?;
/// let answer = RunUtils::new(&mut controller).ask_root("main", &Call::new("get"))?;
/// assert_eq!(answer.body, "#7");
/// # Ok::<(), AskError>(())
/// ```
#[derive(Debug)]
pub struct RunUtils<'a, W: VatWorker> {
    controller: &'a mut Controller<W>,
}

impl<'a, W: VatWorker> RunUtils<'a, W> {
    /// Questions to this controller.
    pub fn new(controller: &'a mut Controller<W>) -> Self {
        Self { controller }
    }

    /// Asks the root object of a static vat.
    ///
    /// # Errors
    /// [`AskError`].
    pub fn ask_root(&mut self, vat: &str, call: &Call) -> Result<CapData<Handle>, AskError> {
        let policy = Some(ResolutionPolicy::Ignore);
        let result = self.controller.queue_to_vat_root(vat, call.encode(), policy)?;
        self.settle(result)
    }

    /// Asks any object.
    ///
    /// # Errors
    /// [`AskError`].
    pub fn ask(&mut self, target: &Handle, call: &Call) -> Result<CapData<Handle>, AskError> {
        let policy = Some(ResolutionPolicy::Ignore);
        let result = self.controller.queue_to_vat_object(target, call.encode(), policy)?;
        self.settle(result)
    }

    /// Tells an object, and asks for no answer.
    ///
    /// # Errors
    /// [`KernelError`].
    pub fn send_only(&mut self, target: &Handle, call: &Call) -> Result<(), KernelError> {
        self.controller.queue_to_vat_object(target, call.encode(), None)?;
        self.controller.run().map(drop)
    }

    fn settle(&mut self, result: Option<Handle>) -> Result<CapData<Handle>, AskError> {
        self.controller.run()?;
        let Some(result) = result else { return Ok(Value::Undefined.encode(&[])) };
        match self.controller.kp_status(&result)? {
            Some(PromiseState::Fulfilled) => Ok(self.controller.kp_resolution(&result, true)?),
            Some(PromiseState::Rejected) => {
                Err(AskError::Rejected(self.controller.kp_resolution(&result, true)?))
            }
            Some(PromiseState::Unresolved) | None => Err(AskError::Unsettled(result)),
        }
    }
}
