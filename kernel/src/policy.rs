//! Policies: when a run stops, and what a resolution sets off.

use crate::event::CleanupBudget;

/// What the kernel does when a promise that the host made is resolved (KERNEL.md section 7.8).
///
/// ```
/// use bootfork_kernel::ResolutionPolicy;
///
/// assert_eq!(ResolutionPolicy::parse("panic"), Some(ResolutionPolicy::Panic));
/// assert_eq!(ResolutionPolicy::parse("hope"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolutionPolicy {
    /// Nothing.
    Ignore,
    /// The embedder's log may show it.
    LogAlways,
    /// The embedder's log may show a rejection.
    LogFailure,
    /// A rejection panics the kernel.
    Panic,
}

impl ResolutionPolicy {
    /// The policy of that name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "ignore" => Some(Self::Ignore),
            "logAlways" => Some(Self::LogAlways),
            "logFailure" => Some(Self::LogFailure),
            "panic" => Some(Self::Panic),
            _ => None,
        }
    }

    /// The name that the store keeps; `ignore` is not kept.
    pub(crate) fn stored(self) -> Option<&'static str> {
        match self {
            Self::Ignore => None,
            Self::LogAlways => Some("logAlways"),
            Self::LogFailure => Some("logFailure"),
            Self::Panic => Some("panic"),
        }
    }
}

/// Decides after each crank whether a run goes on (KERNEL.md section 5).
///
/// Each method answers `true` to go on. The defaults never stop a run.
///
/// ```
/// use bootfork_kernel::{Config, Controller, NativeWorker, RunPolicy};
/// # use bootfork_kernel::{Syscalls, Vat, VatDelivery, VatError};
/// # struct Idle;
/// # impl Vat for Idle {
/// #     fn deliver(&mut self, _: &VatDelivery, _: &mut dyn Syscalls) -> Result<(), VatError> {
/// #         Ok(())
/// #     }
/// # }
///
/// /// Stops after each delivery.
/// struct OneDelivery;
/// impl RunPolicy for OneDelivery {
///     fn crank_complete(&mut self, _: Option<u64>) -> bool {
///         false
///     }
/// }
///
/// let worker = NativeWorker::new().with("idle", || Box::new(Idle));
/// let mut controller = Controller::boot(&Config::new("main").vat("main", "idle"), worker)?;
/// // Two events are routed, then one is delivered.
/// assert_eq!(controller.run_policy(&mut OneDelivery)?, 3);
/// assert_eq!(controller.run_policy(&mut OneDelivery)?, 1);
/// # Ok::<(), bootfork_kernel::KernelError>(())
/// ```
pub trait RunPolicy {
    /// A routing crank, or a delivery that reached no vat.
    fn empty_crank(&mut self) -> bool {
        true
    }

    /// A delivery, undone ones included, and the computrons that it used, where its worker counts
    /// them.
    fn crank_complete(&mut self, computrons: Option<u64>) -> bool {
        let _ = computrons;
        true
    }

    /// A crank that deleted some of a terminated vat.
    fn did_cleanup(&mut self) -> bool {
        true
    }

    /// How much of a terminated vat the next crank may delete; `None` for nothing now.
    fn allow_cleanup(&mut self) -> Option<CleanupBudget> {
        Some(CleanupBudget::UNLIMITED)
    }
}

/// Runs until nothing is left to do.
///
/// ```
/// use bootfork_kernel::{CleanupBudget, RunPolicy, ToQuiescence};
///
/// assert!(ToQuiescence.crank_complete(Some(u64::MAX)));
/// assert_eq!(ToQuiescence.allow_cleanup(), Some(CleanupBudget::UNLIMITED));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ToQuiescence;

impl RunPolicy for ToQuiescence {}

/// Stops a run after so many cranks, deliveries or computrons, whichever comes first.
///
/// ```
/// use bootfork_kernel::{RunLimit, RunPolicy};
///
/// let mut limit = RunLimit::cranks(2);
/// assert!(limit.empty_crank());
/// assert!(!limit.crank_complete(None));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RunLimit {
    cranks: Option<u64>,
    deliveries: Option<u64>,
    computrons: Option<u64>,
    cleanup: Option<CleanupBudget>,
}

impl RunLimit {
    /// No limit yet, and cleanup without a limit.
    pub const NONE: Self = Self {
        cranks: None,
        deliveries: None,
        computrons: None,
        cleanup: Some(CleanupBudget::UNLIMITED),
    };

    /// At most this many cranks of any kind.
    pub fn cranks(cranks: u64) -> Self {
        Self::NONE.with_cranks(Some(cranks))
    }

    /// At most this many cranks that delivered something.
    pub fn deliveries(deliveries: u64) -> Self {
        Self::NONE.with_deliveries(Some(deliveries))
    }

    /// No more cranks once they have used this many computrons together.
    pub fn computrons(computrons: u64) -> Self {
        Self { computrons: Some(computrons), ..Self::NONE }
    }

    /// The same limit with at most this many cranks; `None` for any number.
    #[must_use]
    pub fn with_cranks(self, cranks: Option<u64>) -> Self {
        Self { cranks, ..self }
    }

    /// The same limit with at most this many cranks that delivered something; `None` for any
    /// number.
    #[must_use]
    pub fn with_deliveries(self, deliveries: Option<u64>) -> Self {
        Self { deliveries, ..self }
    }

    /// The same limit with this much cleanup in a crank; `None` for no cleanup at all.
    #[must_use]
    pub fn with_cleanup(self, cleanup: Option<CleanupBudget>) -> Self {
        Self { cleanup, ..self }
    }

    fn count(limit: &mut Option<u64>, used: u64) -> bool {
        match limit {
            None => true,
            Some(left) => {
                *left = left.saturating_sub(used);
                *left > 0
            }
        }
    }
}

impl RunPolicy for RunLimit {
    fn empty_crank(&mut self) -> bool {
        Self::count(&mut self.cranks, 1)
    }

    fn crank_complete(&mut self, computrons: Option<u64>) -> bool {
        let cranks = Self::count(&mut self.cranks, 1);
        let deliveries = Self::count(&mut self.deliveries, 1);
        let computrons = Self::count(&mut self.computrons, computrons.unwrap_or(0));
        cranks && deliveries && computrons
    }

    fn did_cleanup(&mut self) -> bool {
        Self::count(&mut self.cranks, 1)
    }

    fn allow_cleanup(&mut self) -> Option<CleanupBudget> {
        self.cleanup
    }
}
