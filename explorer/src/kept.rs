//! Worlds whose end cannot harm the explorer.

use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A world that is dropped wherever its last moment is given up. A panic of its destructor goes no
/// further: a timeline's own world is [taken](Kept::take) out and dropped where panics are seen.
#[derive(Clone, Debug)]
pub(crate) struct Kept<W>(Option<W>);

impl<W> Kept<W> {
    pub(crate) fn new(world: W) -> Self {
        Self(Some(world))
    }

    /// The place of a world that is not there yet.
    pub(crate) fn nothing() -> Self {
        Self(None)
    }

    pub(crate) fn get(&self) -> Option<&W> {
        self.0.as_ref()
    }

    pub(crate) fn take(&mut self) -> Option<W> {
        self.0.take()
    }
}

impl<W> Deref for Kept<W> {
    type Target = W;

    fn deref(&self) -> &W {
        self.0.as_ref().expect("a world that is under way")
    }
}

impl<W> DerefMut for Kept<W> {
    fn deref_mut(&mut self) -> &mut W {
        self.0.as_mut().expect("a world that is under way")
    }
}

impl<W> Drop for Kept<W> {
    fn drop(&mut self) {
        if std::mem::needs_drop::<W>() {
            let world = self.0.take();
            drop(catch_unwind(AssertUnwindSafe(|| drop(world))));
        }
    }
}
