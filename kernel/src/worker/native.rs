//! Vats written in Rust against the syscalls themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::delivery::VatDelivery;
use crate::id::VatId;
use crate::source::VatSource;
use crate::worker::{
    Delivered, DeliveryContext, DeliveryStatus, Divergence, Syscalls, VatError, VatWorker,
};

/// A vat in Rust. It keeps what it must remember in its part of the store, nowhere else: it is
/// made anew for every delivery, so that a field which one delivery writes is gone in the next.
///
/// See [`NativeWorker`] for an example.
///
/// ```
/// use bootfork_kernel::{
///     AskError, Call, CapData, Config, Controller, NativeWorker, RunUtils, Syscalls, Vat,
///     VatDelivery, VatError,
/// };
/// # struct Idle;
/// # impl Vat for Idle {
/// #     fn deliver(&mut self, _: &VatDelivery, _: &mut dyn Syscalls) -> Result<(), VatError> {
/// #         Ok(())
/// #     }
/// # }
///
/// /// Refuses whatever it is asked.
/// struct Deaf;
/// impl Vat for Deaf {
///     fn deliver(&mut self, told: &VatDelivery, to: &mut dyn Syscalls) -> Result<(), VatError> {
///         let VatDelivery::Message(_, message) = told else { return Ok(()) };
///         let Some(result) = message.result_promise() else { return Ok(()) };
///         to.resolve(result.clone(), true, CapData::new("#\"no\"", []))
///     }
/// }
///
/// let worker =
///     NativeWorker::new().with("idle", || Box::new(Idle)).with("deaf", || Box::new(Deaf));
/// let config = Config::new("main").vat("main", "idle").vat("dave", "deaf");
/// let mut controller = Controller::boot(&config, worker)?;
/// let answer = RunUtils::new(&mut controller).ask_root("dave", &Call::new("listen"));
/// assert!(matches!(answer, Err(AskError::Rejected(reason)) if reason.body == "#\"no\""));
/// # Ok::<(), AskError>(())
/// ```
pub trait Vat {
    /// Handles one delivery.
    ///
    /// # Errors
    /// An error undoes the delivery and terminates the vat. To refuse a message, reject its
    /// result promise and return `Ok`.
    fn deliver(
        &mut self,
        delivery: &VatDelivery,
        syscalls: &mut dyn Syscalls,
    ) -> Result<(), VatError>;
}

/// Makes a vat that knows nothing yet.
///
/// ```
/// use bootfork_kernel::{NativeWorker, Syscalls, Vat, VatConstructor, VatDelivery, VatError};
/// # struct Idle;
/// # impl Vat for Idle {
/// #     fn deliver(&mut self, _: &VatDelivery, _: &mut dyn Syscalls) -> Result<(), VatError> {
/// #         Ok(())
/// #     }
/// # }
///
/// let idle: VatConstructor = || Box::new(Idle);
/// let worker = NativeWorker::new().with("idle", idle).with("also-idle", idle);
/// assert!(format!("{worker:?}").contains("also-idle"));
/// ```
pub type VatConstructor = fn() -> Box<dyn Vat>;

/// Runs native vats from a registry of bundles.
///
/// ```
/// use bootfork_kernel::{
///     CapData, Config, Controller, NativeWorker, Syscalls, Vat, VatDelivery, VatError,
/// };
///
/// struct Counter;
///
/// impl Vat for Counter {
///     fn deliver(&mut self, told: &VatDelivery, to: &mut dyn Syscalls) -> Result<(), VatError> {
///         let VatDelivery::Message(_, message) = told else { return Ok(()) };
///         let count = to.vatstore_get("count")?.map_or(0, |text| text.len()) + 1;
///         to.vatstore_set("count", "|".repeat(count))?;
///         match message.result_promise() {
///             Some(result) => {
///                 to.resolve(result.clone(), false, CapData::new(format!("#{count}"), []))
///             }
///             None => Ok(()),
///         }
///     }
/// }
///
/// let worker = NativeWorker::new().with("counter", || Box::new(Counter));
/// let mut controller = Controller::boot(&Config::new("main").vat("main", "counter"), worker)?;
/// controller.run()?;
/// # Ok::<(), bootfork_kernel::KernelError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct NativeWorker {
    bundles: Arc<BTreeMap<String, VatConstructor>>,
}

impl NativeWorker {
    /// A worker that has no code yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers the code of a bundle.
    #[must_use]
    pub fn with(mut self, bundle_id: impl Into<String>, constructor: VatConstructor) -> Self {
        Arc::make_mut(&mut self.bundles).insert(bundle_id.into(), constructor);
        self
    }
}

impl VatWorker for NativeWorker {
    type State = VatConstructor;

    fn create(&self, _vat: VatId, source: &VatSource) -> Result<VatConstructor, VatError> {
        let code = source.bundle_id().and_then(|id| self.bundles.get(&id).copied());
        code.ok_or_else(|| VatError::new(format!("there is no code in {source}")))
    }

    fn deliver(
        &self,
        constructor: &VatConstructor,
        _at: &DeliveryContext,
        delivery: &VatDelivery,
        syscalls: &mut dyn Syscalls,
    ) -> Result<Delivered<VatConstructor>, Box<Divergence>> {
        let status = match constructor().deliver(delivery, syscalls) {
            Ok(()) => DeliveryStatus::Ok,
            Err(error) => DeliveryStatus::Error(error.to_string()),
        };
        Ok(Delivered { status, computrons: None, next: None })
    }
}
