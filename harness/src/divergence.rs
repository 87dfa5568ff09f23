//! What a check found.

use std::fmt;

use crate::difference::Difference;

/// Two states that should be equal and are not, or why they could not be compared. Its `Debug` text
/// is the message, so that a test may just unwrap.
///
/// ```
/// use bootfork::{Boot, Divergence};
///
/// static WORLD: Boot<Vec<u8>> = Boot::new("world", || Ok(vec![]));
/// let error: Divergence = WORLD.check_determinism().unwrap_err();
/// assert!(error.difference().is_none());
/// assert!(error.to_string().contains("it is not cached"));
/// ```
pub struct Divergence {
    boot: &'static str,
    kind: Box<Kind>,
}

enum Kind {
    Unchecked { reason: String },
    Boots { step: String, difference: Difference, causes: Vec<&'static str> },
    Restored { step: String, difference: Difference },
}

impl Divergence {
    pub(crate) fn unchecked(boot: &'static str, reason: impl fmt::Display) -> Self {
        Self { boot, kind: Box::new(Kind::Unchecked { reason: reason.to_string() }) }
    }

    pub(crate) fn of_boots(
        boot: &'static str,
        step: String,
        difference: Difference,
        causes: Vec<&'static str>,
    ) -> Self {
        Self { boot, kind: Box::new(Kind::Boots { step, difference, causes }) }
    }

    pub(crate) fn of_restored(boot: &'static str, step: &str, difference: Difference) -> Self {
        Self { boot, kind: Box::new(Kind::Restored { step: step.to_owned(), difference }) }
    }

    /// The name of the boot.
    pub fn boot(&self) -> &'static str {
        self.boot
    }

    /// The first step that differs.
    pub fn step(&self) -> Option<&str> {
        match &*self.kind {
            Kind::Unchecked { .. } => None,
            Kind::Boots { step, .. } | Kind::Restored { step, .. } => Some(step),
        }
    }

    /// The first key that differs in that step.
    pub fn difference(&self) -> Option<&Difference> {
        match &*self.kind {
            Kind::Unchecked { .. } => None,
            Kind::Boots { difference, .. } | Kind::Restored { difference, .. } => Some(difference),
        }
    }

    /// What a difference between two boots may come from, judging by the values.
    pub fn likely_causes(&self) -> &[&'static str] {
        match &*self.kind {
            Kind::Boots { causes, .. } => causes,
            Kind::Unchecked { .. } | Kind::Restored { .. } => &[],
        }
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let boot = self.boot;
        match &*self.kind {
            Kind::Unchecked { reason } => write!(f, "boot {boot:?} is not checked: {reason}"),
            Kind::Boots { step, difference, causes } => {
                writeln!(f, "boot {boot:?} is not deterministic")?;
                writeln!(f, "  first different step: {step}")?;
                writeln!(f, "  first different key:  {difference}")?;
                write!(f, "  likely causes:        {}", causes.join("; "))
            }
            Kind::Restored { step, difference } => {
                writeln!(f, "boot {boot:?}: a restored state goes on otherwise")?;
                writeln!(f, "  first different step: {step}")?;
                write!(f, "  first different key:  {difference}")
            }
        }
    }
}

impl fmt::Debug for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Divergence {}
