//! Why there is no booted state.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// A boot that gave no state. Everybody who asks for the state gets the same error.
///
/// ```
/// use bootfork::Boot;
///
/// static BROKEN: Boot<u64> = Boot::new("broken", || Ok("no number".parse()?));
///
/// let error = BROKEN.fork().unwrap_err();
/// assert_eq!(error.to_string(), "boot \"broken\" failed: invalid digit found in string");
/// assert!(std::error::Error::source(&error).is_some());
/// assert_eq!(BROKEN.fork().unwrap_err().to_string(), error.to_string());
/// ```
#[derive(Clone, Debug)]
pub struct BootError {
    name: &'static str,
    reason: Arc<Reason>,
}

#[derive(Debug)]
pub(crate) enum Reason {
    Failed(Box<dyn Error + Send + Sync>),
    Panicked(String),
    Reentered,
}

impl BootError {
    pub(crate) fn new(name: &'static str, reason: Reason) -> Self {
        Self { name, reason: Arc::new(reason) }
    }

    /// The name of the boot.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether the boot's own code panicked.
    pub fn is_panic(&self) -> bool {
        matches!(*self.reason, Reason::Panicked(_))
    }

    /// Whether the boot asked for its own state, which is not there before it ends.
    pub fn is_reentrant(&self) -> bool {
        matches!(*self.reason, Reason::Reentered)
    }
}

impl fmt::Display for BootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name;
        match &*self.reason {
            Reason::Failed(error) => write!(f, "boot {name:?} failed: {error}"),
            Reason::Panicked(message) => write!(f, "boot {name:?} panicked: {message}"),
            Reason::Reentered => write!(f, "boot {name:?} needs its own state to begin with"),
        }
    }
}

impl Error for BootError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &*self.reason {
            Reason::Failed(error) => Some(&**error),
            Reason::Panicked(_) | Reason::Reentered => None,
        }
    }
}

impl Reason {
    /// The message of a caught panic.
    pub(crate) fn from_panic(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Self::Panicked(text.unwrap_or("a panic without a message").to_owned())
    }
}
