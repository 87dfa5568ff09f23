//! World C: marks that every timeline passes.

use crate::context::Context;
use crate::world::{Flow, World};
use crate::worlds::XorShift64;

/// Three marks in a row, which each timeline passes: it shows that a budget binds.
///
/// ```
/// use bootfork_explorer::{Explorer, worlds::Energy};
///
/// assert_eq!(Explorer::new(Energy::default()).budget(8).run().seeds[0].timelines, 8);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Energy {}

settings! { Energy {} }
sites! {
    FIRST: Sometimes "first mark",
    SECOND: Sometimes "second mark",
    THIRD: Sometimes "third mark",
}

impl World for Energy {
    type Rng = XorShift64;

    fn step(&mut self, ctx: &mut Context<XorShift64>) -> Flow {
        for mark in SITES {
            mark.evaluate(&[], true, None);
            ctx.u64();
        }
        Flow::End
    }
}
