//! A state that is made once, by whoever asks first, in this process or another.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use bootfork_store::image::{FORMAT, HASHES};

use crate::arrival::Arrival;
use crate::cache::obtain::Wanted;
use crate::cache::{Cache, Mode, Settings, folder_name};
use crate::declaration::Declaration;
use crate::error::BootError;
use crate::inputs::{Fingerprint, Input, PARAMETER, PLACE};
use crate::once::Once;
use crate::progress::tell;
use crate::state::{Form, State};
use crate::trace::span;

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

/// What makes another state out of a state.
///
/// ```
/// use bootfork::{Boot, Step};
///
/// const DOUBLE: Step<u32> = |n| {
///     *n *= 2;
///     Ok(())
/// };
/// static ONE: Boot<u32> = Boot::new("one", || Ok(1));
/// static TWO: Boot<u32> = ONE.then("two", DOUBLE);
/// assert_eq!(TWO.fork()?, 2);
/// # Ok::<(), bootfork::BootError>(())
/// ```
pub type Step<T> = fn(&mut T) -> Result<(), Box<dyn Error + Send + Sync>>;

/// A recipe for a state, and the state once it is made: **once in a process**, by whoever asks
/// first, while the others wait; and if it is [cached](Self::cached), once for all processes.
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
pub struct Boot<T: 'static> {
    declaration: Declaration<T>,
    source: Source<T>,
    once: Once<T>,
}

/// Where the state comes from.
pub(crate) enum Source<T: 'static> {
    Recipe(Recipe<T>),
    /// A recipe that was given this parameter.
    Value(String, Box<dyn Fn() -> Result<T, Box<dyn Error + Send + Sync>> + Send + Sync>),
    /// Another boot's state, and what is done to it.
    Step(&'static Boot<T>, fn(&Boot<T>) -> Result<T, BootError>, Step<T>),
}

impl<T> Boot<T> {
    /// A boot that has not run, of a state that stays in its process. The name is for messages, and
    /// for the cache.
    #[track_caller]
    pub const fn new(name: &'static str, recipe: Recipe<T>) -> Self {
        Self::of(Declaration::new(name), Source::Recipe(recipe))
    }

    pub(crate) const fn of(declaration: Declaration<T>, source: Source<T>) -> Self {
        Self { declaration, source, once: Once::new() }
    }

    /// Shares the state with other processes, through the [cache](crate::cache).
    #[must_use]
    pub const fn cached(self) -> Self
    where
        T: State,
    {
        self.cached_as::<T>()
    }

    /// As [`cached`](Self::cached), in a form that is not the type's own.
    #[must_use]
    pub const fn cached_as<S: State<T>>(mut self) -> Self {
        self.declaration.cached_as::<S>();
        self
    }

    /// Declares what the recipe depends on; else it depends on the test binary. The name of the
    /// boot, the file in which it is declared and the form of the state always count: boots in one
    /// file that declare their inputs need names of their own.
    #[must_use]
    pub const fn inputs(mut self, inputs: &'static [Input]) -> Self {
        self.declaration.inputs(inputs);
        self
    }

    /// What is done to every fork before its owner has it: where it gets its randomness, and what
    /// of the world outside it may reach. No fork inherits that from its boot.
    #[must_use]
    pub const fn on_fork(mut self, act: fn(&mut T, &Arrival)) -> Self {
        self.declaration.on_fork(act);
        self
    }

    /// A boot that goes on from this one's state. Of a family of such boots each pays for its own
    /// step alone. It is cached if this one is, depends on all that this one does besides its own
    /// inputs, and its forks get what this one's get.
    #[must_use]
    #[track_caller]
    pub const fn then(&'static self, name: &'static str, step: Step<T>) -> Self
    where
        T: Clone,
    {
        Self::of(Declaration::new(name), Source::Step(self, Self::copy, step))
    }

    /// The name of the boot.
    pub fn name(&self) -> &'static str {
        self.declaration.name
    }

    /// The name of the boot as that of a file; boots of a family have one each.
    pub(crate) fn file_name(&self) -> String {
        match &self.source {
            Source::Value(value, _) => folder_name(&format!("{}-{value}", self.name())),
            Source::Recipe(_) | Source::Step(..) => folder_name(self.name()),
        }
    }

    /// The state as it was booted, shared by all who look at it. Runs the boot, or waits for it,
    /// if need be; afterwards O(1).
    ///
    /// # Errors
    /// [`BootError`] if the recipe failed or panicked: the same one for every caller, since a boot
    /// is not tried twice. [`BootError::is_reentrant`] if the recipe itself calls this on its own
    /// thread; on another thread, for which it waits, it would wait for ever.
    pub fn get(&self) -> Result<Arc<T>, BootError> {
        self.once.get(self.name(), || self.obtain())
    }

    /// A state of the caller's own, in which nothing has happened since the boot but
    /// [`on_fork`](Self::on_fork): one clone of what [`get`](Self::get) returns.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn fork(&self) -> Result<T, BootError>
    where
        T: Clone,
    {
        self.fork_for(|| Arrival::next(self.name()))
    }

    /// A fork for somebody who has randomness of his own, such as a fuzzer's input.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn fork_seeded(&self, seed: u64) -> Result<T, BootError>
    where
        T: Clone,
    {
        self.fork_for(|| Arrival::seeded(seed))
    }

    fn fork_for(&self, arrival: impl FnOnce() -> Arrival) -> Result<T, BootError>
    where
        T: Clone,
    {
        let booted = self.get()?;
        span!("fork", self.name());
        let mut state = T::clone(&booted);
        if let Some(act) = self.hook() {
            act(&mut state, &arrival());
        }
        Ok(state)
    }

    /// Does something in a fork: the body of a fuzz target, which is called with one input after
    /// the other while the boot stays. The seed of the fork follows from the input.
    ///
    /// ```
    /// use bootfork::Boot;
    ///
    /// static WORLD: Boot<Vec<u8>> = Boot::new("world", || Ok(vec![1, 2, 3])).cached();
    ///
    /// // fuzz_target!(|input: &[u8]| one_input(input));
    /// fn one_input(input: &[u8]) {
    ///     WORLD.with_input(input, |world, input| {
    ///         world.extend(input);
    ///         assert_eq!(world.len(), 3 + input.len(), "input after input starts from the boot");
    ///     });
    /// }
    /// one_input(b"abc");
    /// one_input(b"de");
    /// ```
    ///
    /// # Panics
    /// If the boot fails, since a fuzzer has no other way to hear of it.
    pub fn with_input<R>(&self, input: &[u8], act: impl FnOnce(&mut T, &[u8]) -> R) -> R
    where
        T: Clone,
    {
        let mut seed = [0; 8];
        blake3::Hasher::new().update(input).finalize_xof().fill(&mut seed);
        let fork = self.fork_seeded(u64::from_le_bytes(seed));
        act(&mut fork.unwrap_or_else(|error| panic!("{error}")), input)
    }

    fn copy(&self) -> Result<T, BootError>
    where
        T: Clone,
    {
        self.get().map(|state| T::clone(&state))
    }

    /// Has a state of whatever origin get what forks get.
    pub(crate) fn arrive(&self, state: &mut T) {
        if let Some(act) = self.hook() {
            act(state, &Arrival::next(self.name()));
        }
    }

    pub(crate) fn hook(&self) -> Option<fn(&mut T, &Arrival)> {
        match &self.source {
            Source::Step(base, ..) if self.declaration.on_fork.is_none() => base.hook(),
            _ => self.declaration.on_fork,
        }
    }

    fn obtain(&self) -> Result<T, Box<dyn Error + Send + Sync>> {
        span!("boot", self.name());
        let Some(form) = self.form() else { return self.boot() };
        let settings = Settings::from_env()?;
        let Some(folder) = settings.folder.clone().filter(|_| settings.mode != Mode::Off) else {
            return self.boot();
        };
        let cache = Cache::at(folder);
        let facts = self.facts(&form, &cache)?;
        let wanted =
            Wanted { boot: self.name(), facts, form, settings: &settings, cache, tell: &tell };
        wanted.obtain(|| self.boot())
    }

    /// Boots, whatever there may be in the cache.
    pub(crate) fn boot(&self) -> Result<T, Box<dyn Error + Send + Sync>> {
        match &self.source {
            Source::Recipe(recipe) => recipe(),
            Source::Value(_, recipe) => recipe(),
            Source::Step(base, copy, step) => {
                let mut state = copy(base)?;
                step(&mut state)?;
                Ok(state)
            }
        }
    }

    /// As [`boot`](Self::boot), and its base likewise, whatever there may be of it in this process.
    pub(crate) fn boot_anew(&self) -> Result<T, Box<dyn Error + Send + Sync>> {
        let Source::Step(base, _, step) = &self.source else { return self.boot() };
        let mut state = base.boot_anew()?;
        step(&mut state)?;
        Ok(state)
    }

    pub(crate) fn form(&self) -> Option<Form<T>> {
        match &self.source {
            Source::Step(base, ..) if self.declaration.form.is_none() => base.form(),
            _ => self.declaration.form,
        }
    }

    /// All that the entry depends on: how images are written, and then the state.
    fn facts(&self, form: &Form<T>, cache: &Cache) -> io::Result<Fingerprint> {
        let mut facts = Fingerprint::default();
        facts.add("bootfork", env!("CARGO_PKG_VERSION"));
        facts.add("image format", format!("{FORMAT}, hashes {HASHES}"));
        facts.add("form", form.name());
        self.observe(&mut facts, cache)?;
        Ok(facts)
    }

    /// What the state depends on, that of its base first.
    fn observe(&self, facts: &mut Fingerprint, cache: &Cache) -> io::Result<()> {
        match &self.source {
            Source::Recipe(_) => {}
            Source::Value(value, _) => facts.add(format!("{PARAMETER}{}", self.name()), value),
            Source::Step(base, ..) => base.observe(facts, cache)?,
        }
        let (place, inputs) = self.declaration.place_and_inputs();
        facts.add(format!("{PLACE}{}", self.name()), place);
        facts.observe(inputs, cache)
    }
}

impl<T> fmt::Debug for Boot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Boot")
            .field("name", &self.name())
            .field("progress", &self.once.progress())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts<T>(boot: &Boot<T>) -> Vec<(String, String)> {
        let folder = tempfile::tempdir().expect("a folder");
        let form = boot.form().expect("it is cached");
        let facts = boot.facts(&form, &Cache::at(folder.path())).expect("all inputs can be had");
        facts.0.into_iter().map(|fact| (fact.name, fact.value)).collect()
    }

    #[test]
    fn states_depend_on_how_images_are_written() {
        let boot: Boot<Vec<u8>> = Boot::new("world", || Ok(vec![])).cached().inputs(&[]);
        let expected = [
            ("bootfork", env!("CARGO_PKG_VERSION").to_owned()),
            ("image format", format!("{FORMAT}, hashes {HASHES}")),
            ("form", "bytes 1".to_owned()),
            ("boot world", "harness/src/boot.rs".to_owned()),
        ];
        assert_eq!(facts(&boot), expected.map(|(name, value)| (name.to_owned(), value)));
    }
}
