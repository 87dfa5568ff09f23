//! Moments: points of timelines from which others are forked.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::generator::{finalize, mix};
use crate::kept::Kept;
use crate::recipe::{Recipe, Segment, Trail};
use crate::site::Site;
use crate::world::World;

/// A point of a timeline, kept as the world before the step that it lies in. Whoever goes on from
/// it takes that step again, with its draws as they were up to the point.
///
/// ```
/// use bootfork_explorer::{Explorer, Job, Search, worlds::Maze};
///
/// let policy = |search: &mut Search<'_, Maze>| {
///     let root = Job::resume(&search.start()).leash(100);
///     let start = search.start();
///     assert!(start.is_kept() && !start.evicted().is_kept());
///     search.run(vec![root]);
/// };
/// Explorer::new(Maze::default()).policy(policy).run();
/// ```
pub struct Moment<W: World> {
    /// None if it was given up to save memory: then the way to it is gone again from the start.
    pub(crate) body: Option<Body<W>>,
    pub(crate) trail: Trail,
    /// Draws up to the point, and at which of them its segment began.
    pub(crate) draws: u64,
    pub(crate) segment_start: u64,
    /// Assertions evaluated up to the point.
    pub(crate) marks: u64,
    /// Steps finished before it.
    pub(crate) steps: u64,
}

/// The world before a step, and what else goes on from there.
#[derive(Clone)]
pub(crate) struct Body<W: World> {
    pub(crate) world: Arc<Kept<W>>,
    pub(crate) rng: W::Rng,
    pub(crate) draws: u64,
    pub(crate) segment_start: u64,
    pub(crate) marks: u64,
    /// How many segments of the trail had begun.
    pub(crate) segments: u32,
    pub(crate) owed: Vec<&'static Site>,
}

impl<W: World> Moment<W> {
    /// The recipe of the timeline that it lies on.
    pub fn recipe(&self) -> Recipe {
        self.trail.recipe()
    }

    /// How many forks lead here.
    pub fn depth(&self) -> u32 {
        self.trail.length()
    }

    /// Draws from the beginning of the timeline.
    pub fn draws(&self) -> u64 {
        self.draws
    }

    /// Steps finished before it.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The name of the world's state before the step that it lies in.
    pub fn state_key(&self) -> Option<u128> {
        let world = &self.body.as_ref()?.world;
        catch_unwind(AssertUnwindSafe(|| world.state_key())).unwrap_or(None)
    }

    /// The bytes that keeping it costs, roughly.
    pub fn weight(&self) -> usize {
        size_of::<Self>().saturating_add(self.body.as_ref().map_or(0, |body| body.world.weight()))
    }

    /// The bytes that giving its world up saves.
    pub(crate) fn spare(&self) -> u128 {
        self.body.as_ref().map_or(0, |body| body.world.weight() as u128)
    }

    /// Whether its world is kept.
    pub fn is_kept(&self) -> bool {
        self.body.is_some()
    }

    /// The same point without its world: to go on from it, the way to it is gone again.
    #[must_use]
    pub fn evicted(&self) -> Self {
        Self { body: None, trail: self.trail.clone(), ..*self }
    }

    /// The seed of a child: all that tells it from another is mixed into it. `place` stands for
    /// assertion and bucket, `index` for the children before it.
    pub(crate) fn child_seed(&self, root_seed: u64, place: u64, index: u64) -> u64 {
        let words = [self.trail.hash(), place, self.draws, self.marks, index];
        words.into_iter().fold(finalize(root_seed), mix)
    }

    pub(crate) fn child_segment(&self, seed: u64) -> Segment {
        Segment { draws: self.draws - self.segment_start, seed }
    }
}

impl<W: World> fmt::Debug for Moment<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Moment")
            .field("recipe", &self.recipe())
            .field("draws", &self.draws)
            .field("steps", &self.steps)
            .field("is_kept", &self.body.is_some())
            .finish_non_exhaustive()
    }
}
