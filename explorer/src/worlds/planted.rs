//! World D: a bug behind two gates.

use crate::context::Context;
use crate::world::{Flow, World};
use crate::worlds::XorShift64;

/// One mark always, two of one in ten, and behind them a bug.
///
/// ```
/// use bootfork_explorer::{Explorer, worlds::Planted};
///
/// let found = Explorer::new(Planted::default()).budget(500).run();
/// assert_eq!(found.bugs.len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// A gate is passed by one draw in this many.
    pub of: u64,
}

impl Default for Planted {
    fn default() -> Self {
        Self { of: 10 }
    }
}

settings! { Planted { of: u64 = 1..=u64::MAX } }
sites! {
    G1: Sometimes "g1",
    G2: Sometimes "g2",
    G3: Sometimes "g3",
    SHUT: Always "g3 stays shut",
}

impl World for Planted {
    type Rng = XorShift64;

    fn step(&mut self, ctx: &mut Context<XorShift64>) -> Flow {
        G1.evaluate(&[], true, None);
        for gate in [&G2, &G3] {
            let passes = ctx.u64().is_multiple_of(self.of);
            gate.evaluate(&[], passes, None);
            if !passes {
                SHUT.evaluate(&[], true, None);
                return Flow::End;
            }
        }
        SHUT.evaluate(&[], false, None);
        Flow::End
    }
}
