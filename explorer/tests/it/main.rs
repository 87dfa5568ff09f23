//! What the explorer promises, each promise in a test that can fail.

#![forbid(unsafe_code)]

mod assertions;
mod behind;
mod exhaustive;
mod guards;
#[cfg(feature = "serde")]
mod json;
mod levels;
mod limits;
mod policies;
mod progress;
mod recipes;
mod systems;
mod threads;
