//! What an exploration found to be wrong.

use std::fmt;

use crate::recipe::Recipe;
use crate::site::Kind;

/// A property that a timeline broke, with what makes that timeline again.
///
/// ```
/// use bootfork_explorer::{Explorer, worlds::Planted};
///
/// let bug = &Explorer::new(Planted::default()).run().bugs[0];
/// assert!(bug.verified);
/// assert!(bug.to_string().starts_with("always: g3 stays shut; seed 1, recipe `"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Bug {
    /// The message of the assertion, or of the panic.
    pub property: String,
    /// The kind of assertion, or none for a panic.
    pub kind: Option<Kind>,
    /// What the assertion was given to say about it.
    pub details: String,
    /// The seed of the exploration's root, without which the recipe is nothing.
    pub root_seed: u64,
    /// The way to the timeline.
    pub recipe: Recipe,
    /// The [rules](crate::RECIPE_VERSION) that the recipe is made by.
    pub recipe_version: u32,
    /// Where a panic was: file, line and column. A panic is known by it, since its message may have
    /// values in it: the first of them is the property.
    pub place: Option<String>,
    /// Draws from the beginning of the timeline to the failure.
    pub draws: u64,
    /// Steps of the timeline up to the one that failed, which is counted.
    pub steps: u64,
    /// The name of the state in which the timeline ended, if the world gives one: for a step that
    /// was broken off, by a panic, of the state before it; none for a panic when the world is
    /// dropped. In JSON, hexadecimal digits.
    #[cfg_attr(feature = "serde", serde(serialize_with = "hexadecimal"))]
    pub state_key: Option<u128>,
    /// Timelines forked when it was found, its own included.
    pub timelines: u64,
    /// Whether the recipe, run from the start, broke the same property at the same draw and left
    /// the same state.
    pub verified: bool,
}

impl Bug {
    /// Whether another one is of the same property.
    pub fn is_same_property(&self, other: &Self) -> bool {
        self.kind == other.kind
            && if self.place.is_some() || other.place.is_some() {
                self.place == other.place
            } else {
                self.property == other.property
            }
    }
}

impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.map_or_else(|| "panic".to_owned(), |kind| kind.to_string());
        write!(f, "{kind}: {}", self.property)?;
        if !self.details.is_empty() {
            write!(f, " ({})", self.details)?;
        }
        write!(f, "; seed {}, recipe `{}`", self.root_seed, self.recipe)
    }
}

#[cfg(feature = "serde")]
#[allow(clippy::ref_option)] // serde passes fields by reference
fn hexadecimal<S: serde::Serializer>(key: &Option<u128>, to: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&key.map(|key| format!("{key:032x}")), to)
}
