//! Edge coverage as a second signal beside assertions.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::context::Context;
use crate::site::{Kind, Site};
use crate::world::{Flow, World};

/// Counters of how often each edge of the control flow was taken, as a sanitizer's inline 8-bit
/// counters are.
///
/// A program that is compiled with them reaches them by symbols of its linker, which takes `unsafe`
/// that this crate does not contain; it hands them over as a slice of atomics, or by a type of its
/// own. They count for the whole process, so an exploration that uses them has one thread
/// ([`World::ALONE`]).
///
/// ```
/// use bootfork_explorer::Edges;
/// use std::sync::atomic::AtomicU8;
///
/// static COUNTERS: [AtomicU8; 2] = [AtomicU8::new(0), AtomicU8::new(3)];
/// let mut taken = Vec::new();
/// (&COUNTERS[..]).take(&mut |edge, count| taken.push((edge, count)));
/// assert_eq!(taken, [(1, 3)]);
/// ```
pub trait Edges: Clone + Send + Sync + 'static {
    /// Shows each counter that is not zero, and sets it to zero.
    fn take(&self, show: &mut dyn FnMut(usize, u8));
}

impl Edges for &'static [AtomicU8] {
    fn take(&self, show: &mut dyn FnMut(usize, u8)) {
        for (edge, counter) in self.iter().enumerate() {
            // Read first: most are zero, and a plain read leaves their cache lines shared.
            if counter.load(Ordering::Relaxed) != 0 {
                show(edge, counter.swap(0, Ordering::Relaxed));
            }
        }
    }
}

/// A world of which each edge is a mark, in as many buckets as it has classes of counts in a step:
/// 1, 2, 3, 4, 8, 16, 32 and 128 times.
///
/// ```
/// use bootfork_explorer::{Context, Explorer, Flow, SplitMix64, WithEdges, World};
/// use std::sync::atomic::{AtomicU8, Ordering};
///
/// static COUNTERS: [AtomicU8; 3] = [const { AtomicU8::new(0) }; 3];
///
/// #[derive(Clone)]
/// struct Branches;
///
/// impl World for Branches {
///     type Rng = SplitMix64;
///     fn step(&mut self, ctx: &mut Context) -> Flow {
///         // What an instrumented compiler would write.
///         COUNTERS[usize::from(ctx.chance(0.1))].fetch_add(1, Ordering::Relaxed);
///         Flow::End
///     }
/// }
/// let world = WithEdges::new(Branches, &COUNTERS[..]);
/// assert_eq!(Explorer::new(world).budget(100).run().seeds[0].states, 2);
/// ```
#[derive(Clone, Debug)]
pub struct WithEdges<W, E> {
    world: W,
    edges: E,
}

impl<W: World, E: Edges> WithEdges<W, E> {
    /// That world, with those counters.
    pub fn new(world: W, edges: E) -> Self {
        Self { world, edges }
    }
}

static EDGE: Site = Site::new(Kind::SometimesEach, "edge", module_path!(), file!(), line!());

impl<W: World, E: Edges> World for WithEdges<W, E> {
    type Rng = W::Rng;

    const ALONE: bool = true;

    fn step(&mut self, ctx: &mut Context<W::Rng>) -> Flow {
        // What ran between steps is nobody's.
        self.edges.take(&mut |_, _| {});
        let flow = self.world.step(ctx);
        self.edges.take(&mut |edge, count| {
            let edge = i64::try_from(edge).unwrap_or(i64::MAX);
            EDGE.evaluate(&[edge, class(count)], true, None);
        });
        flow
    }

    fn state_key(&self) -> Option<u128> {
        self.world.state_key()
    }

    fn weight(&self) -> usize {
        self.world.weight()
    }
}

/// The class of a count: counts within one are taken for the same.
fn class(count: u8) -> i64 {
    i64::from(match count {
        0..=3 => count,
        4..=7 => 4,
        8..=15 => 8,
        16..=31 => 16,
        32..=127 => 32,
        128.. => 128,
    })
}
