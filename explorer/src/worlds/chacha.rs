//! The generator of the original simulator: `ChaCha` with eight rounds.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use crate::generator::Generator;

/// `ChaCha8Rng::seed_from_u64`, and what `rand` samples from it.
///
/// A clone is the seed and the position: the words that the original has in store, 256 bytes, are
/// made again if it ever draws. Most clones never do, as one is made in each step.
///
/// ```
/// use bootfork_explorer::{Generator, worlds::ChaCha8};
/// assert_ne!(ChaCha8::from_seed(1).next_u64(), ChaCha8::from_seed(2).next_u64());
/// ```
#[derive(Debug)]
pub struct ChaCha8 {
    seed: u64,
    /// Words drawn when it was made. What was drawn since is the stream's to know.
    position: u128,
    stream: Option<ChaCha8Rng>,
}

impl ChaCha8 {
    #[inline]
    pub(super) fn stream(&mut self) -> &mut ChaCha8Rng {
        self.stream.get_or_insert_with(|| open(self.seed, self.position))
    }
}

#[cold]
fn open(seed: u64, position: u128) -> ChaCha8Rng {
    let mut stream = ChaCha8Rng::seed_from_u64(seed);
    stream.set_word_pos(position);
    stream
}

impl Generator for ChaCha8 {
    fn from_seed(seed: u64) -> Self {
        Self { seed, position: 0, stream: None }
    }

    fn next_u64(&mut self) -> u64 {
        self.stream().next_u64()
    }
}

impl Clone for ChaCha8 {
    fn clone(&self) -> Self {
        let position = self.stream.as_ref().map_or(self.position, ChaCha8Rng::get_word_pos);
        Self { seed: self.seed, position, stream: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_draws_what_the_original_draws_and_so_does_each_clone() {
        let mut original = ChaCha8Rng::seed_from_u64(7);
        let mut ours = ChaCha8::from_seed(7);
        for _ in 0..300 {
            let mut clone = ours.clone().clone();
            let expected = original.next_u64();
            assert_eq!((ours.next_u64(), clone.next_u64()), (expected, expected));
        }
    }
}
