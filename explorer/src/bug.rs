//! What an exploration found to be wrong.

use std::fmt;

use crate::recipe::Recipe;
use crate::site::Kind;

/// A property that a timeline broke, with what makes that timeline again.
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
    /// Draws from the beginning of the timeline to the failure.
    pub draws: u64,
    /// Steps of the timeline up to the one that failed, which is counted.
    pub steps: u64,
    /// The name of the state in which the timeline ended.
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
        (self.kind, &self.property) == (other.kind, &other.property)
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
