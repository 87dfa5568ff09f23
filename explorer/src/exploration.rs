//! What came out of an exploration.

use crate::bug::Bug;
use crate::site::Kind;

/// What came out of an exploration.
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
    /// Moments given up to save memory.
    pub evicted: u64,
    /// What the policy has to say beside.
    pub notes: Vec<String>,
    /// The properties broken.
    pub bugs: Vec<Bug>,
}

/// What became of one assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The buckets that were told apart.
    pub buckets: u64,
}

/// An assertion that no timeline reached.
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
