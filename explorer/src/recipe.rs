//! Recipes: what, beside the root seed, makes a timeline again.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::generator::mix;

/// The rules by which recipes are made and read. They change when the same text would make another
/// timeline: with the streams of [`SplitMix64`](crate::SplitMix64), say, or with what is a draw.
pub const RECIPE_VERSION: u32 = 1;

/// Take exactly `draws` draws from the present stream, then go on with the stream of `seed`.
///
/// ```
/// let recipe: bootfork_explorer::Recipe = "12@7".parse().unwrap();
/// assert_eq!((recipe.segments()[0].draws, recipe.segments()[0].seed), (12, 7));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Segment {
    /// How many draws are taken from the stream before this one. None is legal, and common.
    pub draws: u64,
    /// The seed of the stream that follows.
    pub seed: u64,
}

/// The way to a timeline: at which draws its stream was replaced, and by which. With the root seed
/// of the exploration it names the timeline completely.
///
/// In text, segments are `draws@seed` in decimal, joined by ` -> `; the recipe without segments is
/// empty. Draws are counted from the segment before, so their order has no meaning of its own.
///
/// ```
/// use bootfork_explorer::Recipe;
///
/// let recipe: Recipe = " 3@17 -> 0@99 ".parse()?;
/// assert_eq!(recipe.to_string(), "3@17 -> 0@99");
/// assert!("3@17 -> x@1".parse::<Recipe>().is_err());
/// # Ok::<(), bootfork_explorer::RecipeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Recipe(Vec<Segment>);

impl Recipe {
    /// Its segments, first to last.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether recipes of those rules can be replayed here.
    ///
    /// # Errors
    ///
    /// If they are not [those of this crate](RECIPE_VERSION).
    ///
    /// ```
    /// use bootfork_explorer::{RECIPE_VERSION, Recipe};
    ///
    /// assert!(Recipe::check_version(RECIPE_VERSION).is_ok());
    /// assert!(Recipe::check_version(RECIPE_VERSION + 1).is_err());
    /// ```
    pub fn check_version(version: u32) -> Result<(), RecipeError> {
        if version == RECIPE_VERSION { Ok(()) } else { Err(RecipeError::OtherVersion(version)) }
    }
}

impl From<Vec<Segment>> for Recipe {
    fn from(segments: Vec<Segment>) -> Self {
        Self(segments)
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Segment { draws, seed }) in self.0.iter().enumerate() {
            let arrow = if index == 0 { "" } else { " -> " };
            write!(f, "{arrow}{draws}@{seed}")?;
        }
        Ok(())
    }
}

impl FromStr for Recipe {
    type Err = RecipeError;

    fn from_str(text: &str) -> Result<Self, RecipeError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::default());
        }
        text.split(" -> ")
            .map(|segment| parse_segment(segment.trim()))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn parse_segment(segment: &str) -> Result<Segment, RecipeError> {
    let Some((draws, seed)) = segment.split_once('@') else {
        return Err(RecipeError::NoSeparator(segment.to_owned()));
    };
    Ok(Segment { draws: parse_number(draws)?, seed: parse_number(seed)? })
}

/// `u64::from_str` takes a leading `+`, which no recipe has.
fn parse_number(text: &str) -> Result<u64, RecipeError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or_else(|| RecipeError::BadNumber(text.to_owned()))
}

/// Why a text is no recipe.
///
/// ```
/// use bootfork_explorer::{Recipe, RecipeError};
///
/// let error = "3@17 -> 5".parse::<Recipe>().unwrap_err();
/// assert_eq!(error, RecipeError::NoSeparator("5".to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// A segment without `@`.
    #[error("recipe segment `{0}` has no `@`; segments are `draws@seed` joined by ` -> `")]
    NoSeparator(String),
    /// One half of a segment that is no number.
    #[error("`{0}` in a recipe is not a decimal number below 2^64")]
    BadNumber(String),
    /// A recipe by other rules, which would make another timeline.
    #[error(
        "the recipe is of version {0}, and version {RECIPE_VERSION} is replayed here; explore again"
    )]
    OtherVersion(u32),
}

/// A recipe that shares its beginning with those it was forked from.
#[derive(Clone, Debug)]
pub(crate) struct Trail(Option<Arc<Node>>);

#[derive(Debug)]
struct Node {
    segment: Segment,
    before: Trail,
    length: u32,
    hash: u64,
}

impl Trail {
    /// The way to the timeline that the root seed alone makes.
    pub(crate) const ROOT: Self = Self(None);

    pub(crate) fn then(&self, segment: Segment) -> Self {
        let hash = mix(mix(self.hash(), segment.draws), segment.seed);
        let node = Node { segment, before: self.clone(), length: self.length() + 1, hash };
        Self(Some(Arc::new(node)))
    }

    pub(crate) fn length(&self) -> u32 {
        self.0.as_ref().map_or(0, |node| node.length)
    }

    pub(crate) fn hash(&self) -> u64 {
        self.0.as_ref().map_or(0, |node| node.hash)
    }

    /// Its segments from number `from` on.
    pub(crate) fn segments_from(&self, from: u32) -> Vec<Segment> {
        let mut segments = Vec::with_capacity((self.length() - from.min(self.length())) as usize);
        let mut trail = self;
        while let Some(node) = trail.0.as_ref().filter(|node| node.length > from) {
            segments.push(node.segment);
            trail = &node.before;
        }
        segments.reverse();
        segments
    }

    pub(crate) fn recipe(&self) -> Recipe {
        Recipe(self.segments_from(0))
    }
}

/// Trails are as long as their timelines were forked often, so they are taken down in a loop.
impl Drop for Node {
    fn drop(&mut self) {
        let mut before = self.before.0.take();
        while let Some(mut node) = before.and_then(Arc::into_inner) {
            before = node.before.0.take();
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Recipe {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
