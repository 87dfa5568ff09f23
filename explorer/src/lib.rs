//! Multiverse exploration of any deterministic world: run it from a seed, and whenever it does
//! something new, fork it there and give the copies other luck.
//!
//! A bug that takes twenty unlikely things in a row is out of reach of seeds tried one after the
//! other. It is twenty times one unlikely thing for an explorer that keeps what it has reached. A
//! fork here is a clone of a value, no process: exploring is deterministic, inspectable, and as
//! fast as the world is to clone.
//!
//! ```
//! use bootfork_explorer::{
//!     Context, Explorer, Flow, SplitMix64, World, assert_always, assert_sometimes_each,
//! };
//!
//! /// A door with a code of eight digits, which says how many of them are right so far.
//! #[derive(Clone)]
//! struct Door {
//!     right: u32,
//!     tries: u32,
//! }
//!
//! impl World for Door {
//!     type Rng = SplitMix64;
//!
//!     fn step(&mut self, ctx: &mut Context) -> Flow {
//!         self.right = if ctx.below(10) == 7 { self.right + 1 } else { 0 };
//!         self.tries += 1;
//!         assert_sometimes_each!("digits", [("right", self.right)]);
//!         assert_always!(self.right < 8, "the door stays shut");
//!         if self.tries == 100 { Flow::End } else { Flow::Continue }
//!     }
//! }
//!
//! let explorer = Explorer::new(Door { right: 0, tries: 0 }).budget(2_000).stop_at_first_bug();
//! let exploration = explorer.run();
//! let bug = &exploration.bugs[0];
//! assert_eq!(bug.property, "the door stays shut");
//! // Seed and recipe make the timeline again, on any machine.
//! assert_eq!(explorer.replay(bug.root_seed, &bug.recipe).broken, ["the door stays shut"]);
//! ```
//!
//! # The nouns
//!
//! - A [`World`] is a value that a step turns into the next one. It draws from its [`Context`] and
//!   from nothing else, so that a seed fixes what it does. [`Replay`] makes a world of any
//!   deterministic closure, [`Hook`] of one that has a generator of its own.
//! - A *timeline* is one run: a root seed and a [`Recipe`], which says at which draws the stream
//!   was replaced, and by which.
//! - *Assertions* are macros named as those of `antithesis_sdk`, and stand anywhere in the code.
//!   Properties ([`assert_always!`] and its like) that do not hold are bugs. Marks
//!   ([`assert_sometimes!`], [`assert_sometimes_each!`] …) tell the explorer what is worth
//!   reaching: their first time is a *discovery*. None ever panics, and outside of an exploration
//!   they do nothing. [`SITES`] has them all, so that one never reached is reported.
//! - A [`Moment`] is the point of a discovery, to fork from: the world as it was before that step.
//!   A child takes the step's draws again up to the point and goes on with the stream of its own
//!   seed.
//! - A [`Policy`] says which moments are forked and how far their timelines are followed:
//!   [`Adaptive`](policy::Adaptive) unless told otherwise, [`Exhaustive`](policy::Exhaustive) where
//!   states can be counted, and the older ways to compare with.
//!
//! # What is promised
//!
//! - *The same result* on any number of threads and machines: bugs, recipes, counts. Work is handed
//!   out in rounds whose size is the policy's; no clock decides anything, and no map is of random
//!   order. A world that breaks this (a clock, an address, a global) shows by bugs whose
//!   [`verified`](Bug::verified) is false.
//! - *Each recipe was replayed* from the start before its bug is reported.
//! - *What a world does wrong ends its timeline*: a panic is a bug with its message (the process's
//!   panic hook passes over those within timelines), draws and steps have [`Limits`], moments a
//!   budget of [memory](Explorer::memory). A step that neither draws nor returns hangs, as it would
//!   anywhere.
//!
//! `DESIGN.md` beside the sources has the policy's figures and what was tried instead.

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
mod kept;
mod knowledge;
mod moment;
mod number;
pub mod policy;
mod pool;
mod progress;
mod recipe;
mod replay;
mod search;
mod site;
mod tally;
mod timeline;
mod watermark;
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
pub use progress::Progress;
pub use recipe::{RECIPE_VERSION, Recipe, RecipeError, Segment};
pub use replay::Replay;
pub use search::{Discovery, Outcome, Search};
pub use site::{Kind, SITES, Site};
pub use timeline::{End, Job, Limits};
pub use watermark::{Value, Watermark};
pub use world::{Flow, World};
