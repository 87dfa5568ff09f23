//! The generator of the original's small worlds.

use crate::generator::Generator;

/// Marsaglia's xorshift of 64 bits with shifts 13, 7 and 17. Close seeds give close streams.
///
/// ```
/// use bootfork_explorer::{Generator, worlds::XorShift64};
/// assert_eq!(XorShift64::from_seed(0).next_u64(), XorShift64::from_seed(1).next_u64());
/// ```
#[derive(Clone, Debug)]
pub struct XorShift64(u64);

impl Generator for XorShift64 {
    /// Zero is no state of an xorshift: it stands for 1.
    fn from_seed(seed: u64) -> Self {
        Self(seed.max(1))
    }

    fn next_u64(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
