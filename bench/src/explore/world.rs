//! A world that carries a store.

use std::time::{Duration, Instant};

use bootfork_explorer::policy::Brute;
use bootfork_explorer::{Context, Explorer, Flow, SplitMix64, World};
use bootfork_store::Store;

use super::Work;
use crate::figures::median;

/// The bytes of a value; with its key an entry is of the size of a kernel's.
const VALUE: usize = 92;
/// And those of a key.
const KEY: usize = 16;

/// A world with a store that does one step: it writes to some keys.
#[derive(Clone, Debug)]
pub struct Carrying {
    store: Store,
    keys: u64,
    writes: u32,
}

impl Carrying {
    /// The world with keys and values of so many bytes, frozen as what is booted is.
    pub fn new(work: Work) -> Self {
        let keys = (work.bytes / (KEY + VALUE) as u64).max(1);
        let store = (0..keys).map(|number| (key(number), [0; VALUE])).collect();
        Self { store, keys, writes: work.writes }
    }

    /// The same store, with a step that writes to so many keys.
    #[must_use]
    pub fn writing(&self, writes: u32) -> Self {
        Self { writes, ..self.clone() }
    }
}

fn key(number: u64) -> [u8; KEY] {
    let mut key = *b"ko0000000000.own";
    let mut left = number;
    for digit in key[2..12].iter_mut().rev() {
        *digit = b'0' + u8::try_from(left % 10).expect("a digit");
        left /= 10;
    }
    key
}

impl World for Carrying {
    type Rng = SplitMix64;

    fn step(&mut self, ctx: &mut Context) -> Flow {
        for _ in 0..self.writes {
            self.store.set(key(ctx.below(self.keys)), [1; VALUE]);
        }
        Flow::End
    }
}

/// The time of one timeline, explorer included: the median of some explorations of as many.
///
/// # Panics
/// If an exploration ends before it has run them all, or they are 2^32 or more.
pub fn timeline_time(world: &Carrying, timelines: u64, rounds: u32) -> Duration {
    let time = |_| {
        let explorer = Explorer::new(world.clone()).policy(Brute::default()).budget(timelines);
        let begun = Instant::now();
        let ran = explorer.run().seeds[0].timelines;
        assert_eq!(ran, timelines, "the budget is spent");
        begun.elapsed() / u32::try_from(timelines).expect("so many fit")
    };
    median((0..rounds).map(time).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_carries_what_it_is_said_to() {
        let world = Carrying::new(Work { bytes: 100_000, writes: 3 });
        let bytes: usize = world.store.iter().map(|(key, value)| key.len() + value.len()).sum();
        assert!((99_000..=100_000).contains(&bytes), "{bytes}");
        assert_eq!(key(0), *b"ko0000000000.own");
        assert_eq!(key(1_234_567), *b"ko0001234567.own");
    }

    #[test]
    fn a_step_writes_to_its_own_fork() {
        let world = Carrying::new(Work { bytes: 10_000, writes: 10 });
        let mut fork = world.clone();
        assert_eq!(fork.step(&mut Context::from_seed(1)), Flow::End);
        assert!((5..=10).contains(&fork.store.diff(&world.store).len()));
        assert_eq!(world.writing(0).step(&mut Context::from_seed(1)), Flow::End);
    }
}
