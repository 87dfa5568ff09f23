//! How far an exploration is.

/// How far the exploration of a root seed is, after a round of timelines.
///
/// ```
/// use bootfork_explorer::{Explorer, worlds::Planted};
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// static TIMELINES: AtomicU64 = AtomicU64::new(0);
/// let explorer = Explorer::new(Planted::default()).budget(500).on_round(|progress| {
///     TIMELINES.store(progress.timelines, Ordering::Relaxed);
/// });
/// assert_eq!(explorer.run().seeds[0].timelines, TIMELINES.load(Ordering::Relaxed));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The root seed.
    pub seed: u64,
    /// Timelines forked.
    pub timelines: u64,
    /// Draws made.
    pub draws: u64,
    /// Cells discovered: marks, and the buckets of those that tell buckets apart.
    pub discovered: u64,
    /// Properties broken.
    pub bugs: u64,
}
