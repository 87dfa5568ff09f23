//! Worlds A and B: gates in a chain.

use crate::context::Context;
use crate::site::Site;
use crate::world::{Flow, World};
use crate::worlds::XorShift64;

/// Gates in a chain, in one step: the timeline that passes all of them has a bug.
///
/// [`Cascade::maze`] is the original's adaptive maze, [`Cascade::dungeon`] its adaptive dungeon.
///
/// ```
/// use bootfork_explorer::{Explorer, worlds::Cascade};
///
/// let record = &Explorer::new(Cascade::maze()).budget(600).stop_at_first_bug().run().seeds[0];
/// assert!(record.found);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cascade {
    gates: usize,
    /// A gate is passed by a draw whose remainder by this …
    pub of: u64,
    /// … is below this.
    pub pass: u64,
}

settings! { Cascade { gates: usize = 1..=GATES, of: u64 = 1..=u64::MAX, pass: u64 } }

impl Cascade {
    /// So many gates, each of which is passed by a draw whose remainder by `of` is below `pass`.
    ///
    /// # Panics
    ///
    /// If there are not 1 to 16 gates.
    pub fn new(gates: usize, of: u64, pass: u64) -> Self {
        assert!((1..=GATES).contains(&gates), "a chain has 1 to {GATES} gates, not {gates}");
        Self { gates, of, pass }
    }

    /// World A: six gates of 3 in 10.
    pub fn maze() -> Self {
        Self::new(6, 10, 3)
    }

    /// World B: five gates of 1 in 5.
    pub fn dungeon() -> Self {
        Self::new(5, 5, 1)
    }

    /// The assertions of a chain as long as this one.
    pub(crate) fn sites(&self) -> &'static [&'static Site] {
        &SITES[..OTHERS + self.gates]
    }
}

sites! {
    ENTRY: Sometimes "entry",
    SHUT: Always "some gate stays shut",
    GATE_1: Sometimes "gate 1",
    GATE_2: Sometimes "gate 2",
    GATE_3: Sometimes "gate 3",
    GATE_4: Sometimes "gate 4",
    GATE_5: Sometimes "gate 5",
    GATE_6: Sometimes "gate 6",
    GATE_7: Sometimes "gate 7",
    GATE_8: Sometimes "gate 8",
    GATE_9: Sometimes "gate 9",
    GATE_10: Sometimes "gate 10",
    GATE_11: Sometimes "gate 11",
    GATE_12: Sometimes "gate 12",
    GATE_13: Sometimes "gate 13",
    GATE_14: Sometimes "gate 14",
    GATE_15: Sometimes "gate 15",
    GATE_16: Sometimes "gate 16",
}

/// The sites that are no gates, which come before them.
const OTHERS: usize = 2;
/// The most gates there can be: each has a site.
const GATES: usize = SITES.len() - OTHERS;

impl World for Cascade {
    type Rng = XorShift64;

    fn step(&mut self, ctx: &mut Context<XorShift64>) -> Flow {
        ENTRY.evaluate(&[], true, None);
        for gate in &self.sites()[OTHERS..] {
            if ctx.u64() % self.of.max(1) >= self.pass {
                SHUT.evaluate(&[], true, None);
                return Flow::End;
            }
            gate.evaluate(&[], true, None);
        }
        SHUT.evaluate(&[], false, None);
        Flow::End
    }
}
