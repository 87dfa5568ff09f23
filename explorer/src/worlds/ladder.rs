//! World G: floors above each other.

use crate::context::Context;
use crate::world::{Flow, World};
use crate::worlds::XorShift64;

/// Eight floors, each reached by one draw in six from the one below: at the top is a bug.
///
/// ```
/// use bootfork_explorer::{Explorer, worlds::Ladder};
///
/// let found = Explorer::new(Ladder::default()).budget(2_000).stop_at_first_bug().run();
/// assert_eq!(found.bugs.len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// Floors above the ground.
    pub floors: u64,
    /// A floor is reached by one draw in this many.
    pub of: u64,
}

impl Default for Ladder {
    fn default() -> Self {
        Self { floors: 8, of: 6 }
    }
}

settings! { Ladder { floors: u64, of: u64 = 1..=u64::MAX } }
sites! {
    ENTRY: Sometimes "ladder entry",
    FLOOR: SometimesEach "ladder floor",
    BELOW: Always "nobody reaches the top",
}

impl World for Ladder {
    type Rng = XorShift64;

    fn step(&mut self, ctx: &mut Context<XorShift64>) -> Flow {
        ENTRY.evaluate(&[], true, None);
        for floor in 1..=self.floors {
            if !ctx.u64().is_multiple_of(self.of) {
                BELOW.evaluate(&[], true, None);
                return Flow::End;
            }
            FLOOR.evaluate(&[floor.cast_signed()], true, None);
        }
        BELOW.evaluate(&[], false, None);
        Flow::End
    }
}
