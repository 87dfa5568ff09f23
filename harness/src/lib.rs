//! Boot once, fork per test.
//!
//! A test suite that needs an expensive starting state declares it once, as a [`Boot`]. The first
//! test that asks runs the boot, the others wait for it, and each gets a fork of its own.
//!
//! ```
//! use bootfork::{Boot, Json};
//!
//! static PRIMES: Boot<Vec<u32>> =
//!     Boot::new("primes", || Ok((2..1_000).filter(|n| (2..*n).all(|d| n % d != 0)).collect()))
//!         .cached_as::<Json>(); // shared with other processes, and with the next run
//!
//! #[bootfork::test(PRIMES)]
//! fn a_prime_less(primes: &mut Vec<u32>) {
//!     primes.pop();
//!     assert_eq!(primes.len(), 167);
//! }
//!
//! #[bootfork::test(PRIMES)]
//! fn no_other_test_is_seen(primes: &mut Vec<u32>) {
//!     assert_eq!(primes.len(), 168);
//! }
//! # assert_eq!(PRIMES.fork()?.len(), 168);
//! # Ok::<(), bootfork::BootError>(())
//! ```
//!
//! | what | by |
//! |---|---|
//! | a state, made once | [`Boot`]; [`Boot::cached`] for all processes, see [`cache`] |
//! | what it depends on | [`Boot::inputs`], [`Input`] |
//! | states of many kinds | [`State`], [`Json`], bytes, stores, kernels (`KernelState`) |
//! | states that differ a little | [`Boot::then`], [`Family`] |
//! | a test from a fork | [`macro@test`]; [`Boot::with_input`] in a fuzz target |
//! | randomness and devices of a fork | [`Boot::on_fork`], [`Arrival::seed`], [`Endowment`] |
//! | is the boot deterministic? | [`Boot::check_determinism`], [`mark`] |
//! | does a restored state go on alike? | [`Boot::shadow`] |
//! | what did a failed test do? | [`TestFork`], `bootfork cache diff` |
//! | what could happen in a kernel? | `explore::KernelWorld` |
//!
//! # Features
//!
//! None is on by default. `kernel` has `bootfork_kernel` at hand as `bootfork::kernel`, with
//! `KernelState`, the form of kernels, and `run`, which marks each crank. `proptest` has
//! `ForkedMachine`, for tests of `proptest-state-machine`. `explorer` has `bootfork_explorer` as
//! `bootfork::explorer`, and makes worlds of kernels, in which bugs are looked for instead of
//! tested for. `tracing` opens spans of the crate of that name, at level `DEBUG` and target
//! `bootfork`, each with the name of the `boot`: `boot`, from the first question of a process to
//! its state, and in it `lookup` of the entry and `open` of its state, `wait` for another process,
//! `build` of state and entry; then `fork`, for each.

#![forbid(unsafe_code)]

mod arrival;
mod boot;
pub mod cache;
mod causes;
mod declaration;
mod determinism;
mod difference;
mod divergence;
mod error;
#[cfg(feature = "explorer")]
pub mod explore;
mod family;
mod history;
mod inputs;
#[cfg(feature = "kernel")]
mod kernel_form;
#[cfg(feature = "proptest")]
mod machine;
mod once;
mod progress;
mod shadow;
mod state;
mod sync;
mod test_fork;
mod trace;

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
pub use difference::{Difference, differences};
pub use divergence::Divergence;
pub use error::BootError;
pub use family::{Family, ParameterRecipe};
pub use history::mark;
pub use inputs::{Fact, Input};
#[cfg(feature = "kernel")]
pub use kernel_form::{KernelState, Vats, run};
#[cfg(feature = "proptest")]
pub use machine::{ForkedMachine, FromFork};
pub use shadow::Shadow;
pub use state::{Json, State};
pub use test_fork::{Outcome, TestFork};

/// The example in the README, kept compiling.
#[cfg(all(doctest, feature = "kernel"))]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(feature = "explorer")]
pub use bootfork_explorer as explorer;
#[cfg(feature = "kernel")]
pub use bootfork_kernel as kernel;
