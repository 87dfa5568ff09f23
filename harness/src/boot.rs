//! A state that is made once, by whoever asks first.
//!
//! *Synchronization.* One mutex guards the [`Progress`] of the boot, and is never held while code
//! of others runs: not the recipe, not a clone, not a drop of the state. Progress goes
//! `Untouched → Running → Booted | Failed` and stays there; who finds it `Untouched` moves it on
//! and runs the recipe, who finds it `Running` waits for the condition variable, which is notified
//! once, after the recipe's end. A panic in the recipe is caught, so there always is an end.

use std::error::Error;
use std::fmt;
use std::panic::catch_unwind;
use std::sync::PoisonError;

use crate::error::{BootError, Reason};
use crate::sync::{Arc, Condvar, Mutex, MutexGuard, ThreadId, current};

/// What makes a state: a function, or a closure that captures nothing.
///
/// ```
/// use bootfork::{Boot, Recipe};
///
/// const ANSWER: Recipe<u32> = || Ok("42".parse()?);
/// static BOOT: Boot<u32> = Boot::new("answer", ANSWER);
/// assert_eq!(BOOT.fork()?, 42);
/// # Ok::<(), bootfork::BootError>(())
/// ```
pub type Recipe<T> = fn() -> Result<T, Box<dyn Error + Send + Sync>>;

/// A recipe for a state, and the state once it is made: **once in a process**, by whoever asks
/// first, while the others wait.
///
/// Declare it as a static. The state is never dropped then.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// use bootfork::Boot;
///
/// static BOOTS: AtomicU32 = AtomicU32::new(0);
/// static PRIMES: Boot<Vec<u32>> = Boot::new("primes", || {
///     BOOTS.fetch_add(1, Ordering::Relaxed);
///     Ok((2..100).filter(|n| (2..*n).all(|d| n % d != 0)).collect())
/// });
///
/// let mut mine = PRIMES.fork()?;
/// mine.clear();
/// assert_eq!(PRIMES.fork()?.len(), 25);
/// assert_eq!(PRIMES.get()?[0], 2);
/// assert_eq!(BOOTS.load(Ordering::Relaxed), 1);
/// # Ok::<(), bootfork::BootError>(())
/// ```
pub struct Boot<T> {
    name: &'static str,
    recipe: Recipe<T>,
    progress: Mutex<Progress<T>>,
    ended: Condvar,
}

/// How far a boot is.
enum Progress<T> {
    Untouched,
    Running(ThreadId),
    Booted(Arc<T>),
    Failed(BootError),
}

impl<T> Boot<T> {
    /// A boot that has not run. Its name is for error messages.
    #[cfg(not(loom))]
    pub const fn new(name: &'static str, recipe: Recipe<T>) -> Self {
        let progress = Mutex::new(Progress::Untouched);
        Self { name, recipe, progress, ended: Condvar::new() }
    }

    /// The same for models, whose locks are not constant.
    #[cfg(loom)]
    pub fn new(name: &'static str, recipe: Recipe<T>) -> Self {
        let progress = Mutex::new(Progress::Untouched);
        Self { name, recipe, progress, ended: Condvar::new() }
    }

    /// The name of the boot.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The state as it was booted, shared by all who look at it. Runs the boot, or waits for it,
    /// if need be; afterwards O(1).
    ///
    /// # Errors
    /// [`BootError`] if the recipe failed or panicked: the same one for every caller, since a boot
    /// is not tried twice. [`BootError::is_reentrant`] if the recipe itself calls this on its own
    /// thread; on another thread, for which it waits, it would wait for ever.
    pub fn get(&self) -> Result<Arc<T>, BootError> {
        let mut progress = self.lock();
        loop {
            match &*progress {
                Progress::Booted(state) => return Ok(state.clone()),
                Progress::Failed(error) => return Err(error.clone()),
                Progress::Running(thread) if *thread == current().id() => {
                    return Err(BootError::new(self.name, Reason::Reentered));
                }
                Progress::Running(_) => {
                    let waited = self.ended.wait(progress);
                    progress = waited.unwrap_or_else(PoisonError::into_inner);
                }
                Progress::Untouched => {
                    *progress = Progress::Running(current().id());
                    drop(progress);
                    return self.run();
                }
            }
        }
    }

    /// A state of the caller's own, in which nothing has happened since the boot: one clone of
    /// what [`get`](Self::get) returns.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn fork(&self) -> Result<T, BootError>
    where
        T: Clone,
    {
        self.get().map(|state| T::clone(&state))
    }

    fn run(&self) -> Result<Arc<T>, BootError> {
        let made = match catch_unwind(self.recipe) {
            Ok(Ok(state)) => Ok(Arc::new(state)),
            Ok(Err(error)) => Err(BootError::new(self.name, Reason::Failed(error))),
            Err(panic) => Err(BootError::new(self.name, Reason::from_panic(&*panic))),
        };
        *self.lock() = match &made {
            Ok(state) => Progress::Booted(state.clone()),
            Err(error) => Progress::Failed(error.clone()),
        };
        self.ended.notify_all();
        made
    }

    fn lock(&self) -> MutexGuard<'_, Progress<T>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for Boot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let progress = match &*self.lock() {
            Progress::Untouched => "untouched",
            Progress::Running(_) => "running",
            Progress::Booted(_) => "booted",
            Progress::Failed(_) => "failed",
        };
        f.debug_struct("Boot")
            .field("name", &self.name)
            .field("progress", &progress)
            .finish_non_exhaustive()
    }
}
