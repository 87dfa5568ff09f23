//! What came out of an exploration.

use crate::bug::Bug;
use crate::site::Kind;
use crate::watermark::Watermark;

/// What came out of an exploration.
///
/// ```
/// use bootfork_explorer::{Explorer, worlds::Planted};
///
/// let exploration = Explorer::new(Planted::default()).seeds(7, 3).run();
/// assert_eq!(exploration.seeds.len(), 3);
/// assert_eq!(exploration.bugs.len(), 1, "each property once");
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Exploration {
    /// The policy's name.
    pub policy: String,
    /// A record for each root seed, in order.
    pub seeds: Vec<SeedRecord>,
    /// The bugs, each property once: the first seed that found it has it.
    pub bugs: Vec<Bug>,
    /// Every assertion that was reached, in the order of messages.
    pub assertions: Vec<AssertionRecord>,
    /// What the program states and no timeline reached.
    pub never_reached: Vec<Gap>,
}

/// What came out of one root seed.
///
/// ```
/// use bootfork_explorer::{Explorer, worlds::Planted};
///
/// let record = &Explorer::new(Planted::default()).stop_at_first_bug().run().seeds[0];
/// assert!(record.found && record.timelines_to_bug == Some(record.timelines));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SeedRecord {
    /// The root seed.
    pub seed: u64,
    /// Whether a bug was found.
    pub found: bool,
    /// Timelines forked when the first bug was seen, its own included.
    pub timelines_to_bug: Option<u64>,
    /// Draws made until the first bug was seen, in all timelines, those taken again included.
    pub draws_to_bug: Option<u64>,
    /// Timelines forked. The root's own run is none.
    pub timelines: u64,
    /// Draws made in all timelines, those taken again included.
    pub draws: u64,
    /// Steps made in all timelines.
    pub steps: u64,
    /// The time it took. Nothing depends on it.
    pub seconds: f64,
    /// Distinct states where the policy tells them apart, cells discovered otherwise.
    pub states: u64,
    /// The steps within which every state there is was seen, where the policy can tell.
    pub depth: Option<u64>,
    /// Whether nothing is left that another timeline could find.
    pub exhausted: bool,
    /// Whether a time limit ended it: there was more to spend.
    pub timed_out: bool,
    /// Timelines cut off at a limit of draws or steps.
    pub cut: u64,
    /// Moments given up to save memory.
    pub evicted: u64,
    /// What the policy has to say beside.
    pub notes: Vec<String>,
    /// The properties broken.
    pub bugs: Vec<Bug>,
}

/// What became of one assertion.
///
/// ```
/// use bootfork_explorer::{Explorer, worlds::Maze};
///
/// let exploration = Explorer::new(Maze::default()).budget(100).run();
/// let record = exploration.assertions.iter().find(|record| record.message == "gate");
/// assert!(record.is_some_and(|record| record.passed && record.buckets > 5));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct AssertionRecord {
    /// Its message.
    pub message: String,
    /// Its kind.
    pub kind: Kind,
    /// Whether it kept what its kind promises, over all seeds.
    pub passed: bool,
    /// How often it was reached, and held.
    pub hits: u64,
    /// How often it was evaluated and did not hold.
    pub misses: u64,
    /// The distinct buckets that were told apart.
    pub buckets: u64,
    /// Of a comparison, the value nearest to its failure or, where it is to hold sometimes, to its
    /// success.
    pub watermark: Option<Watermark>,
    /// Of conditions that are to hold together, the most that did.
    pub frontier: Option<i64>,
}

/// An assertion that no timeline reached.
///
/// ```
/// use bootfork_explorer::{Context, Explorer, Replay, assert_reachable};
///
/// let world = Replay::new(|ctx: &mut Context| {
///     if ctx.below(6) == 6 {
///         assert_reachable!("a seven");
///     }
/// });
/// let exploration = Explorer::new(world).catalogue(module_path!()).budget(10).run();
/// assert_eq!(exploration.never_reached[0].message, "a seven");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Gap {
    /// Its message.
    pub message: String,
    /// Its kind.
    pub kind: Kind,
    /// Where it stands: file and line.
    pub place: String,
}
