//! What goes wrong in a delivery: a vat's own error, and a replay that does something else.

use std::fmt;
use std::num::ParseIntError;
use std::str::Utf8Error;

use crate::id::VatId;

/// Why a vat's code could not go on: a text, since that is all that the kernel keeps of it.
///
/// Texts and the errors of reading a number, a text or JSON become one by `?`.
///
/// ```
/// use bootfork_kernel::VatError;
///
/// fn balance(stored: &str) -> Result<u64, VatError> {
///     if stored.is_empty() {
///         return Err(VatError::new("no such purse"));
///     }
///     Ok(stored.parse()?)
/// }
///
/// assert_eq!(balance("7"), Ok(7));
/// assert_eq!(balance("").unwrap_err().to_string(), "no such purse");
/// assert_eq!(balance("x").unwrap_err().to_string(), "invalid digit found in string");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VatError(String);

impl VatError {
    /// An error of these words.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for VatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for VatError {}

impl From<&str> for VatError {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for VatError {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<serde_json::Error> for VatError {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<ParseIntError> for VatError {
    fn from(error: ParseIntError) -> Self {
        Self(error.to_string())
    }
}

impl From<Utf8Error> for VatError {
    fn from(error: Utf8Error) -> Self {
        Self(error.to_string())
    }
}

/// The first thing that went otherwise than recorded.
///
/// ```
/// use bootfork_kernel::{Config, Controller, KernelError, RecordedWorker};
///
/// let nothing_recorded = RecordedWorker::default();
/// let config = Config::new("main").vat("main", "any");
/// let error = Controller::boot(&config, nothing_recorded)?.run().expect_err("it must differ");
/// let KernelError::Diverged(divergence) = error else { panic!("{error}") };
/// assert_eq!(divergence.recorded, "no such delivery");
/// assert_eq!(divergence.ours, r##"["startVat",{"body":"#{\"argv\":[]}","slots":[]}]"##);
/// # Ok::<(), KernelError>(())
/// ```
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
