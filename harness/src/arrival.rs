//! What a fork gets that its boot must not have: randomness of its own, and the world outside.

use std::cell::Cell;
use std::env;
use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::test_fork::current_test;

/// A fork that has just been made, for [`Boot::on_fork`](crate::Boot::on_fork).
///
/// ```
/// use bootfork::Boot;
///
/// #[derive(Clone)]
/// struct World {
///     random: u64,
/// }
///
/// static WORLD: Boot<World> = Boot::new("world", || Ok(World { random: 0 }))
///     .on_fork(|world, fork| world.random = fork.seed());
///
/// let (one, other) = (WORLD.fork()?, WORLD.fork()?);
/// assert_ne!(one.random, other.random);
/// # Ok::<(), bootfork::BootError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Arrival {
    test: Option<String>,
    seed: u64,
}

thread_local! {
    /// How many forks this thread, which is to say this test, has had.
    static FORKS: Cell<u64> = const { Cell::new(0) };
}

impl Arrival {
    /// The next fork of this thread's.
    pub(crate) fn next(boot: &str) -> Self {
        let number = FORKS.replace(FORKS.get() + 1);
        let test = current_test();
        let chosen = env::var_os("BOOTFORK_SEED").unwrap_or_default();
        let mut hasher = blake3::Hasher::new_derive_key("bootfork fork seed 1");
        for text in [boot.as_bytes(), test.as_deref().unwrap_or("").as_bytes()] {
            hasher.update(text).update(&[0]);
        }
        hasher.update(&number.to_le_bytes()).update(chosen.as_encoded_bytes());
        let mut seed = [0; 8];
        hasher.finalize_xof().fill(&mut seed);
        Self { test, seed: u64::from_le_bytes(seed) }
    }

    /// A fork with a seed that its owner chose.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { test: current_test(), seed }
    }

    /// The seed of all randomness in this fork.
    ///
    /// It follows from the name of the boot, the name of the test, how many forks the test has had
    /// before on its thread, and `BOOTFORK_SEED`: forks draw apart from each other, and a test that
    /// is run again draws as before.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The test that the fork is for, if a thread of libtest's asked for it.
    pub fn test(&self) -> Option<&str> {
        self.test.as_deref()
    }
}

/// Something outside that a state reaches: a connection, a clock, a folder. It is given to a fork,
/// never to a boot: there it is a tripwire, and its use a panic that says so.
///
/// A clone is a tripwire again, so nothing that was given crosses a fork, and serialized it is
/// nothing.
///
/// ```
/// use bootfork::{Boot, Endowment};
///
/// #[derive(Clone)]
/// struct World {
///     clock: Endowment<fn() -> u64>,
/// }
///
/// static WORLD: Boot<World> = Boot::new("world", || Ok(World { clock: Endowment::tripwire() }))
///     .on_fork(|world, _| world.clock.give(|| 17));
/// assert_eq!((WORLD.fork()?.clock)(), 17);
///
/// static HASTY: Boot<u64> = Boot::new("hasty", || {
///     let clock: Endowment<fn() -> u64> = Endowment::tripwire();
///     Ok(clock())
/// });
/// assert!(HASTY.fork().unwrap_err().to_string().contains("not there during a boot"));
/// # Ok::<(), bootfork::BootError>(())
/// ```
pub struct Endowment<E>(Option<E>);

impl<E> Endowment<E> {
    /// Nothing that could be used.
    pub const fn tripwire() -> Self {
        Self(None)
    }

    /// Gives it to a fork.
    pub fn give(&mut self, endowment: E) {
        self.0 = Some(endowment);
    }

    /// Whether it was given.
    pub fn is_given(&self) -> bool {
        self.0.is_some()
    }
}

#[track_caller]
fn tripped<E>() -> ! {
    let name = std::any::type_name::<E>();
    panic!("an endowment ({name}) is not there during a boot: give it to forks, in `on_fork`")
}

impl<E> Deref for Endowment<E> {
    type Target = E;

    #[track_caller]
    fn deref(&self) -> &E {
        self.0.as_ref().unwrap_or_else(|| tripped::<E>())
    }
}

impl<E> DerefMut for Endowment<E> {
    #[track_caller]
    fn deref_mut(&mut self) -> &mut E {
        self.0.as_mut().unwrap_or_else(|| tripped::<E>())
    }
}

impl<E> Clone for Endowment<E> {
    fn clone(&self) -> Self {
        Self::tripwire()
    }
}

impl<E> Default for Endowment<E> {
    fn default() -> Self {
        Self::tripwire()
    }
}

impl<E> fmt::Debug for Endowment<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_given() { "Endowment(given)" } else { "Endowment(tripwire)" })
    }
}

impl<E> serde::Serialize for Endowment<E> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de, E> serde::Deserialize<'de> for Endowment<E> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <()>::deserialize(deserializer).map(|()| Self::tripwire())
    }
}
