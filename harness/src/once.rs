//! A value that is made once, by whoever asks first.
//!
//! *Synchronization.* One mutex guards the [`Progress`] of the making, and is never held while code
//! of others runs: not the maker, not a clone, not a drop of the value. Progress goes
//! `Untouched → Running → Made | Failed` and stays there; who finds it `Untouched` moves it on
//! and runs the maker, who finds it `Running` waits for the condition variable, which is notified
//! once, after the maker's end. A panic in the maker is caught, so there always is an end.

#![cfg_attr(not(loom), expect(unreachable_pub, reason = "models name it from outside"))]

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;

use crate::error::{BootError, Reason};
use crate::sync::{Arc, Condvar, Mutex, MutexGuard, ThreadId, current};

/// A place for one value.
pub struct Once<T> {
    progress: Mutex<Progress<T>>,
    ended: Condvar,
}

/// How far the making is.
enum Progress<T> {
    Untouched,
    Running(ThreadId),
    Made(Arc<T>),
    Failed(BootError),
}

impl<T> Once<T> {
    /// An empty place.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self { progress: Mutex::new(Progress::Untouched), ended: Condvar::new() }
    }

    /// The same for models, whose locks are not constant.
    #[cfg(loom)]
    #[expect(clippy::new_without_default, reason = "as shipped")]
    pub fn new() -> Self {
        Self { progress: Mutex::new(Progress::Untouched), ended: Condvar::new() }
    }

    /// The value; runs the maker, or waits for the one that runs, if need be. `name` is for errors.
    ///
    /// # Errors
    /// [`BootError`] if the maker failed or panicked: the same one for every caller, since nothing
    /// is made twice. [`BootError::is_reentrant`] if the maker itself calls this on its own
    /// thread; on another thread, for which it waits, it would wait for ever.
    pub fn get(
        &self,
        name: &'static str,
        make: impl FnOnce() -> Result<T, Box<dyn Error + Send + Sync>>,
    ) -> Result<Arc<T>, BootError> {
        let mut progress = self.lock();
        loop {
            match &*progress {
                Progress::Made(value) => return Ok(value.clone()),
                Progress::Failed(error) => return Err(error.clone()),
                Progress::Running(thread) if *thread == current().id() => {
                    return Err(BootError::new(name, Reason::Reentered));
                }
                Progress::Running(_) => {
                    let waited = self.ended.wait(progress);
                    progress = waited.unwrap_or_else(PoisonError::into_inner);
                }
                Progress::Untouched => {
                    *progress = Progress::Running(current().id());
                    drop(progress);
                    return self.run(name, make);
                }
            }
        }
    }

    /// A maker that panicked leaves nothing behind that anybody could look at.
    fn run(
        &self,
        name: &'static str,
        make: impl FnOnce() -> Result<T, Box<dyn Error + Send + Sync>>,
    ) -> Result<Arc<T>, BootError> {
        let ended = match catch_unwind(AssertUnwindSafe(make)) {
            Ok(Ok(value)) => Ok(Arc::new(value)),
            Ok(Err(error)) => Err(BootError::new(name, Reason::Failed(error))),
            Err(panic) => Err(BootError::new(name, Reason::from_panic(&*panic))),
        };
        *self.lock() = match &ended {
            Ok(value) => Progress::Made(value.clone()),
            Err(error) => Progress::Failed(error.clone()),
        };
        self.ended.notify_all();
        ended
    }

    /// How far the making is, in one word.
    pub(crate) fn progress(&self) -> &'static str {
        match &*self.lock() {
            Progress::Untouched => "untouched",
            Progress::Running(_) => "running",
            Progress::Made(_) => "booted",
            Progress::Failed(_) => "failed",
        }
    }

    fn lock(&self) -> MutexGuard<'_, Progress<T>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for Once<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Once").field(&self.progress()).finish()
    }
}
