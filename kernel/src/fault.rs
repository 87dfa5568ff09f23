//! What can go wrong, by who is to blame: the vat, the caller, the stored state, the kernel.

use std::fmt;

use crate::check::Violation;
use crate::id::VatId;
use crate::worker::{Divergence, VatError};

/// Why a kernel operation could not be done.
///
/// ```
/// use bootfork_kernel::KernelError;
///
/// let error = KernelError::NoSuchVat { name: "alice".into() };
/// assert_eq!(error.to_string(), "no static vat is named \"alice\"");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KernelError {
    /// The kernel panicked (KERNEL.md section 15), now or in an earlier run. Start another one
    /// from a state before the panic, or restart this one to go on regardless.
    Panicked {
        /// Why it panicked.
        reason: String,
    },
    /// The store holds what no kernel writes. Import an undamaged state.
    Corrupt {
        /// The key that is wrong.
        key: String,
        /// What it should hold.
        expected: String,
    },
    /// The tables of a kernel that was to be opened break an invariant.
    Invariant(Box<Violation>),
    /// A recorded or replayed vat was given something else than at its recording.
    Diverged(Box<Divergence>),
    /// The host named a vat that is not there.
    NoSuchVat {
        /// The name it used.
        name: String,
    },
    /// The host named a device that is not there.
    NoSuchDevice {
        /// The name it used.
        name: String,
    },
    /// The host used a handle in a controller that did not give it: a fork's in its sibling, say.
    ForeignHandle {
        /// What it refers to where it is good.
        kref: String,
    },
    /// A vat called a device that nobody may use now, as while a boot is made for many tests.
    Tripwire {
        /// The device.
        device: String,
        /// The method that was called.
        method: String,
    },
    /// The host named an object or promise that is not there, or no more.
    NoSuchReference {
        /// What it named.
        kref: String,
    },
    /// A run policy's cleanup budget has 0 for a phase of which at least one thing must go at a
    /// time: the vat would never be gone. Allow 1 or more.
    NoCleanup {
        /// The phase: `snapshots` or `transcripts`.
        phase: &'static str,
    },
    /// The host asked for the resolution of a promise that has none.
    NotResolved {
        /// The promise.
        promise: String,
        /// What it is instead: `unresolved` or `unknown`.
        status: &'static str,
    },
    /// No worker can be made for a vat. Register code for its bundle.
    NoCode {
        /// The vat.
        vat: VatId,
        /// What the worker says.
        why: VatError,
    },
}

impl fmt::Display for KernelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked { reason } => write!(f, "kernel panicked: {reason}"),
            Self::Corrupt { key, expected } => {
                write!(f, "corrupt state: key {key:?} should hold {expected}")
            }
            Self::Invariant(violation) => violation.fmt(f),
            Self::Diverged(divergence) => divergence.fmt(f),
            Self::NoSuchVat { name } => write!(f, "no static vat is named {name:?}"),
            Self::NoSuchDevice { name } => write!(f, "no device is named {name:?}"),
            Self::ForeignHandle { kref } => write!(
                f,
                "the handle on {kref} is another controller's: use it there or in forks of that one"
            ),
            Self::Tripwire { device, method } => {
                write!(f, "tripwire: {method} of device {device} was called in a boot")
            }
            Self::NoSuchReference { kref } => write!(f, "there is no {kref} in this kernel"),
            Self::NoCleanup { phase } => {
                write!(f, "the cleanup budget has 0 for {phase}: allow 1 or more")
            }
            Self::NotResolved { promise, status } => {
                write!(f, "promise {promise} is {status}, so it has no resolution")
            }
            Self::NoCode { vat, why } => {
                write!(f, "no worker can be made for {vat}, register its code: {why}")
            }
        }
    }
}

impl std::error::Error for KernelError {}

/// What stops an operation inside a crank.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The vat broke a rule of KERNEL.md section 7.6; the delivery is undone, the vat terminated.
    Illegal,
    /// The kernel panics.
    Panic(String),
    /// No crank can go on.
    Error(KernelError),
}

impl Fault {
    /// The fault as a host sees it that is itself to blame.
    pub(crate) fn into_error(self) -> KernelError {
        match self {
            Self::Error(error) => error,
            Self::Panic(reason) => KernelError::Panicked { reason },
            Self::Illegal => KernelError::Panicked { reason: "a reference was refused".into() },
        }
    }
}

impl From<KernelError> for Fault {
    fn from(error: KernelError) -> Self {
        match error {
            KernelError::Panicked { reason } => Self::Panic(reason),
            error => Self::Error(error),
        }
    }
}

/// The result of work inside a crank.
pub(crate) type Outcome<T> = Result<T, Fault>;

/// An internal error of the kernel that is modelled (KERNEL.md section 15): a crank panics there,
/// a host call is refused.
pub(crate) fn internal_error(reason: impl Into<String>) -> KernelError {
    KernelError::Panicked { reason: reason.into() }
}

/// A [`KernelError::Corrupt`].
pub(crate) fn corrupt(key: impl fmt::Display, expected: impl Into<String>) -> KernelError {
    KernelError::Corrupt { key: key.to_string(), expected: expected.into() }
}
