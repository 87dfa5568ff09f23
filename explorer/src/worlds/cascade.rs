//! Worlds A and B: gates in a chain.

use crate::context::Context;
use crate::site::{Kind, Site};
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
    /// Gates in the chain, 16 at most.
    pub gates: u64,
    /// A gate is passed by a draw whose remainder by this …
    pub of: u64,
    /// … is below this.
    pub pass: u64,
}

settings! { Cascade { gates: u64, of: u64, pass: u64 } }

impl Cascade {
    /// World A: six gates of 3 in 10.
    pub fn maze() -> Self {
        Self { gates: 6, of: 10, pass: 3 }
    }

    /// World B: five gates of 1 in 5.
    pub fn dungeon() -> Self {
        Self { gates: 5, of: 5, pass: 1 }
    }
}

const fn site(kind: Kind, message: &'static str) -> Site {
    Site::new(kind, message, module_path!(), file!(), line!())
}

static ENTRY: Site = site(Kind::Sometimes, "entry");
static SHUT: Site = site(Kind::Always, "some gate stays shut");
static GATES: [Site; 16] = [
    site(Kind::Sometimes, "gate 1"),
    site(Kind::Sometimes, "gate 2"),
    site(Kind::Sometimes, "gate 3"),
    site(Kind::Sometimes, "gate 4"),
    site(Kind::Sometimes, "gate 5"),
    site(Kind::Sometimes, "gate 6"),
    site(Kind::Sometimes, "gate 7"),
    site(Kind::Sometimes, "gate 8"),
    site(Kind::Sometimes, "gate 9"),
    site(Kind::Sometimes, "gate 10"),
    site(Kind::Sometimes, "gate 11"),
    site(Kind::Sometimes, "gate 12"),
    site(Kind::Sometimes, "gate 13"),
    site(Kind::Sometimes, "gate 14"),
    site(Kind::Sometimes, "gate 15"),
    site(Kind::Sometimes, "gate 16"),
];

pub(crate) static SITES: &[&Site] = &[&ENTRY, &SHUT];

impl World for Cascade {
    type Rng = XorShift64;

    fn step(&mut self, ctx: &mut Context<XorShift64>) -> Flow {
        ENTRY.evaluate(&[], true, None);
        let gates = usize::try_from(self.gates).unwrap_or(usize::MAX);
        for gate in GATES.iter().take(gates) {
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
