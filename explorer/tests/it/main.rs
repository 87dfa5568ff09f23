//! What the explorer promises, each promise in a test that can fail.

#![forbid(unsafe_code)]

mod assertions;
mod exhaustive;
#[cfg(feature = "serde")]
mod json;
mod limits;
mod policies;
mod recipes;
mod systems;
mod threads;
