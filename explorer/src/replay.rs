//! Worlds that cannot be cloned.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::context::Context;
use crate::generator::{Generator, SplitMix64};
use crate::world::{Flow, World};

/// A whole simulation as a world: any deterministic closure, even over state that cannot be cloned.
///
/// Its run is one step, so going on from a moment means running it from the start again with the
/// draws that it made. Nothing is given up on the way but that time: recipes, discoveries and
/// results are those of a world that forks.
///
/// The policy [`policy::Replay`](crate::policy::Replay) is something else: a way to spend a budget
/// on any world, without forks.
///
/// ```
/// use bootfork_explorer::{Context, Explorer, Replay, assert_always, assert_sometimes_each};
///
/// let dice = Replay::new(|ctx: &mut Context| {
///     for sixes in 0..6 {
///         assert_sometimes_each!("sixes in a row", [("sixes", sixes)]);
///         if ctx.below(6) != 5 {
///             return;
///         }
///     }
///     assert_always!(false, "six sixes");
/// });
/// assert_eq!(Explorer::new(dice).budget(1_000).stop_at_first_bug().run().bugs.len(), 1);
/// ```
pub struct Replay<F, R = SplitMix64> {
    run: Arc<F>,
    rng: PhantomData<fn() -> R>,
}

impl<F: Fn(&mut Context<R>) + Send + Sync + 'static, R: Generator> Replay<F, R> {
    /// The simulation that the closure runs from its beginning to its end.
    pub fn new(run: F) -> Self {
        Self { run: Arc::new(run), rng: PhantomData }
    }
}

impl<F, R> Clone for Replay<F, R> {
    fn clone(&self) -> Self {
        Self { run: Arc::clone(&self.run), rng: PhantomData }
    }
}

impl<F, R> fmt::Debug for Replay<F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay").finish_non_exhaustive()
    }
}

impl<F: Fn(&mut Context<R>) + Send + Sync + 'static, R: Generator> World for Replay<F, R> {
    type Rng = R;

    fn step(&mut self, ctx: &mut Context<R>) -> Flow {
        (self.run)(ctx);
        Flow::End
    }
}
