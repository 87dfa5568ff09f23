//! Multiverse exploration of any deterministic world, on forks in process.

#![forbid(unsafe_code)]

mod assertions;
mod bug;
mod context;
mod edges;
mod energy;
mod exploration;
mod explorer;
mod generator;
mod hush;
mod journal;
mod knowledge;
mod moment;
mod number;
pub mod policy;
mod pool;
mod recipe;
mod replay;
mod search;
mod site;
mod timeline;
mod world;
#[cfg(feature = "worlds")]
pub mod worlds;

#[doc(hidden)]
pub use assertions::expansion;
pub use bug::Bug;
pub use context::{Choices, Context};
pub use edges::{Edges, WithEdges};
pub use exploration::{AssertionRecord, Exploration, Gap, SeedRecord};
pub use explorer::{Explorer, Replayed};
pub use generator::{Generator, Hook, SplitMix64};
pub use journal::News;
pub use knowledge::{Cell, CellId, Knowledge};
pub use moment::Moment;
pub use number::Number;
pub use policy::Policy;
pub use recipe::{Recipe, RecipeError, Segment};
pub use replay::Replay;
pub use search::{Discovery, Outcome, Search};
pub use site::{Kind, SITES, Site};
pub use timeline::{End, Job, Limits};
pub use world::{Flow, World};
