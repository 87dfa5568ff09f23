//! What can be explored.

use crate::context::Context;
use crate::generator::Generator;

/// Whether a timeline goes on after a step.
///
/// ```
/// use bootfork_explorer::Flow;
/// assert_ne!(Flow::Continue, Flow::End);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// There is more to do.
    Continue,
    /// This timeline has come to its own end.
    End,
}

/// A deterministic world: a value that a step turns into the next one.
///
/// Equal worlds given equal draws do the same. A clone is a fork, and the explorer makes one at
/// every step, so cloning is to be cheap: share what is large (an `Arc`, a persistent map).
///
/// Properties and marks are stated with the assertion macros, anywhere below `step`.
///
/// ```
/// use bootfork_explorer::{Context, Flow, SplitMix64, World};
///
/// /// A walk on a line that must not leave it.
/// #[derive(Clone)]
/// struct Walk(i64);
///
/// impl World for Walk {
///     type Rng = SplitMix64;
///
///     fn step(&mut self, ctx: &mut Context<SplitMix64>) -> Flow {
///         self.0 += if ctx.chance(0.5) { 1 } else { -1 };
///         bootfork_explorer::assert_sometimes_each!("distance", [("from home", self.0.abs())]);
///         bootfork_explorer::assert_always!(self.0.abs() < 30, "on the line");
///         Flow::Continue
///     }
/// }
/// ```
pub trait World: Clone + Send + Sync + 'static {
    /// The generator of its draws: [`SplitMix64`](crate::SplitMix64) unless there is a reason.
    type Rng: Generator;

    /// Whether its steps touch what the whole process shares, so that no two may run at a time:
    /// then explorations have one thread, whatever they are given.
    const ALONE: bool = false;

    /// Does the next thing that happens.
    fn step(&mut self, ctx: &mut Context<Self::Rng>) -> Flow;

    /// A name for the state: equal names are taken for equal states, which need not be explored
    /// twice. A digest serves. None if there is no cheap one.
    fn state_key(&self) -> Option<u128> {
        None
    }

    /// The bytes that keeping this value costs beyond what it shares with others, roughly. The
    /// memory budget is counted in them.
    fn weight(&self) -> usize {
        size_of::<Self>()
    }
}
