//! The generator of the original simulator: `ChaCha` with eight rounds.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use crate::generator::Generator;

/// `ChaCha8Rng::seed_from_u64`, and what `rand` samples from it.
///
/// ```
/// use bootfork_explorer::{Generator, worlds::ChaCha8};
/// assert_ne!(ChaCha8::from_seed(1).next_u64(), ChaCha8::from_seed(2).next_u64());
/// ```
#[derive(Clone, Debug)]
pub struct ChaCha8(pub(super) ChaCha8Rng);

impl Generator for ChaCha8 {
    fn from_seed(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }
}
