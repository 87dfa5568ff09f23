//! Where a world's random choices come from.

/// A deterministic generator that a seed fixes wholly.
///
/// A timeline is its root seed and the seeds it was given on the way, so a generator is never
/// moved on by anything but the draws of its world. Cloning one clones its position.
///
/// ```
/// use bootfork_explorer::Generator;
///
/// /// Counts upwards: a poor generator, and a good stand-in for one.
/// #[derive(Clone)]
/// struct Counter(u64);
///
/// impl Generator for Counter {
///     fn from_seed(seed: u64) -> Self {
///         Self(seed)
///     }
///     fn next_u64(&mut self) -> u64 {
///         self.0 += 1;
///         self.0
///     }
/// }
/// assert_eq!(Counter::from_seed(4).next_u64(), 5);
/// ```
pub trait Generator: Clone + Send + Sync + 'static {
    /// The generator at the beginning of the stream that the seed names.
    fn from_seed(seed: u64) -> Self;
    /// The next 64 bits.
    fn next_u64(&mut self) -> u64;
}

/// `SplitMix64` (Steele, Lea, Flood 2014): eight bytes of state, equally distributed, and seeds
/// that differ in one bit give unrelated streams. What a world uses unless it has a reason not to.
///
/// ```
/// use bootfork_explorer::{Generator, SplitMix64};
///
/// let mut generator = SplitMix64::from_seed(0);
/// assert_eq!(generator.next_u64(), 0xe220_a839_7b1d_cdaf);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitMix64(u64);

impl Generator for SplitMix64 {
    fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        finalize(self.0)
    }
}

/// The generator of a world that keeps its own: it only passes seeds on.
///
/// Such a world calls [`Context::count`](crate::Context::count) before each draw, and when that
/// answers with a seed it reseeds its generator before it draws.
///
/// ```
/// use bootfork_explorer::{Context, Explorer, Flow, Generator, Hook, SplitMix64, World};
///
/// #[derive(Clone)]
/// struct Dice {
///     own: SplitMix64,
///     thrown: u32,
/// }
///
/// impl World for Dice {
///     type Rng = Hook;
///
///     fn step(&mut self, ctx: &mut Context<Hook>) -> Flow {
///         if let Some(seed) = ctx.count() {
///             self.own = SplitMix64::from_seed(seed);
///         }
///         bootfork_explorer::assert_sometimes!(self.own.next_u64() % 6 == 5, "a six");
///         self.thrown += 1;
///         if self.thrown == 100 { Flow::End } else { Flow::Continue }
///     }
/// }
/// let dice = Dice { own: SplitMix64::from_seed(0), thrown: 0 };
/// assert!(Explorer::new(dice).budget(10).run().bugs.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    pending: Option<u64>,
}

impl Hook {
    pub(crate) fn take(&mut self) -> Option<u64> {
        self.pending.take()
    }
}

impl Generator for Hook {
    fn from_seed(seed: u64) -> Self {
        Self { pending: Some(seed) }
    }

    /// The seed it holds: a world with its own generator draws from that.
    fn next_u64(&mut self) -> u64 {
        self.pending.unwrap_or_default()
    }
}

/// The finaliser of `SplitMix64`: a bijection in which every input bit moves every output bit.
pub(crate) const fn finalize(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Mixes a word into a hash.
pub(crate) const fn mix(hash: u64, word: u64) -> u64 {
    finalize((hash.rotate_left(23) ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15))
}
