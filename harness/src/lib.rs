//! Boot once, fork per test.
//!
//! A test suite that needs an expensive starting state declares it once, as a [`Boot`]. The first
//! test that asks runs the boot, the others wait for it, and each gets a fork of its own.
//!
//! ```
//! use bootfork::Boot;
//! use bootfork_kernel::{Controller, NativeWorker};
//! use bootfork_ledger::{Account, Ledger, LedgerConfig};
//!
//! static LEDGER: Boot<Controller<NativeWorker>> =
//!     Boot::new("ledger", || Ok(bootfork_ledger::boot(&LedgerConfig::default())?));
//!
//! // In one test …
//! let mut fork = LEDGER.fork()?;
//! Ledger::new(&mut fork).transfer(Account(1), Account(2), 10)?;
//!
//! // … and in another, which sees nothing of the first.
//! let mut fork = LEDGER.fork()?;
//! assert_eq!(Ledger::new(&mut fork).balance(Account(1))?, 1_000);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The states of a bootfork-kernel fork in O(1); feature `kernel` has it at hand as
//! `bootfork::kernel`. Any other state that is [`Clone`] will do.

#![forbid(unsafe_code)]

mod arrival;
mod boot;
pub mod cache;
mod determinism;
mod difference;
mod error;
mod family;
mod history;
mod inputs;
#[cfg(feature = "kernel")]
mod kernel_form;
#[cfg(feature = "proptest")]
mod machine;
mod once;
mod progress;
mod state;
mod sync;
mod test_fork;

pub use arrival::{Arrival, Endowment};
pub use boot::{Boot, Recipe, Step};
/// A test that starts from a fork: one parameter for each boot that is named.
///
/// ```
/// use bootfork::Boot;
///
/// static WORLD: Boot<Vec<u8>> = Boot::new("world", || Ok(vec![1, 2, 3])).cached();
///
/// #[bootfork::test(WORLD)]
/// fn worlds_grow(world: &mut Vec<u8>) {
///     world.push(4);
///     assert_eq!(*world, [1, 2, 3, 4]);
/// }
///
/// #[bootfork::test(WORLD, WORLD)]
/// fn two_worlds_have_nothing_in_common(one: &mut Vec<u8>, mut other: Vec<u8>) {
///     one.clear();
///     other.push(4);
///     assert!(one.is_empty());
/// }
/// ```
///
/// A fork that is taken by reference is kept as an image when the test fails, by a panic or by the
/// `Err` that it returns, and two commands are printed: one shows what the test has changed in it,
/// one runs the test again from there. A fork that is taken by value is the test's alone.
///
/// Other attributes that make tests stand below, and go on as they are: `#[tokio::test]`,
/// `#[rstest]` with its cases and fixtures, proptest's `#[property_test]`, each of whose cases
/// starts from a fork of its own.
///
/// # What does not compile
///
/// A test without a boot:
///
/// ```compile_fail
/// #[bootfork::test]
/// fn nobody_is_poor(world: &mut Vec<u8>) {}
/// ```
///
/// A test that does not take the fork:
///
/// ```compile_fail
/// # static WORLD: bootfork::Boot<Vec<u8>> = bootfork::Boot::new("world", || Ok(vec![]));
/// #[bootfork::test(WORLD)]
/// fn nobody_is_poor() {}
/// ```
///
/// A parameter that nobody gives:
///
/// ```compile_fail
/// # static WORLD: bootfork::Boot<Vec<u8>> = bootfork::Boot::new("world", || Ok(vec![]));
/// #[bootfork::test(WORLD)]
/// fn nobody_is_poor(world: &mut Vec<u8>, people: u32) {}
/// ```
///
/// An `async` test without a runtime:
///
/// ```compile_fail
/// # static WORLD: bootfork::Boot<Vec<u8>> = bootfork::Boot::new("world", || Ok(vec![]));
/// #[bootfork::test(WORLD)]
/// async fn nobody_is_poor(world: &mut Vec<u8>) {}
/// ```
///
/// What is not a function, and what is a method:
///
/// ```compile_fail
/// # static WORLD: bootfork::Boot<Vec<u8>> = bootfork::Boot::new("world", || Ok(vec![]));
/// #[bootfork::test(WORLD)]
/// struct World;
/// ```
///
pub use bootfork_macros::test;
pub use bootfork_store as store;
pub use bootfork_store::image;
pub use determinism::{Divergence, Shadow};
pub use difference::{Difference, differences};
pub use error::BootError;
pub use family::{Family, ParameterRecipe};
pub use history::mark;
pub use inputs::{Fact, Input};
#[cfg(feature = "kernel")]
pub use kernel_form::{KernelState, Vats, run};
#[cfg(feature = "proptest")]
pub use machine::{ForkedMachine, FromFork};
pub use state::{Json, State};
pub use test_fork::{Outcome, TestFork};

/// The example in the README, kept compiling.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(feature = "kernel")]
pub use bootfork_kernel as kernel;
