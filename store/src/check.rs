//! What a failed check reports.

use std::error::Error;
use std::fmt;

/// An invariant that does not hold, by the number it has in the documentation of the sources.
///
/// [`Store::check`](crate::Store::check) gives it; a store whose check fails has been damaged by a
/// defect of this crate.
///
/// ```
/// let store: bootfork_store::Store = [("a", "1"), ("b", "2")].into_iter().collect();
/// assert_eq!(store.check(), Ok(()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    invariant: &'static str,
    detail: String,
}

impl Violation {
    pub(crate) fn unless(
        holds: bool,
        invariant: &'static str,
        detail: impl FnOnce() -> String,
    ) -> Result<(), Self> {
        if holds { Ok(()) } else { Err(Self { invariant, detail: detail() }) }
    }

    /// The number of the invariant: a letter (N: trie, O: order index, F: frozen region,
    /// M: map) and a number.
    pub fn invariant(&self) -> &'static str {
        self.invariant
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invariant {} does not hold: {}", self.invariant, self.detail)
    }
}

impl Error for Violation {}
