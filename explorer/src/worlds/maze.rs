//! World E: four locks behind five gates each.

use crate::context::Context;
use crate::world::{Flow, World};
use crate::worlds::ChaCha8;

settings! { Maze { p: f64 = 0.0..=1.0, gates: u32, steps: u32 = 1..=u32::MAX } }
sites! {
    GATE: SometimesEach "gate",
    LOCK_OPENS: SometimesEach "lock opens",
    ALL_OPEN: Sometimes "all locks open",
    SOME_SHUT: Always "some lock stays shut",
}

/// Four locks, each behind gates of which a try passes few. Lock 1 needs lock 0 open, and lock 3
/// needs 0 and 2. A timeline that opens all of them has a bug, and it will not happen by chance:
/// for one lock in one step it is 0.05⁵.
///
/// ```
/// use bootfork_explorer::{Explorer, worlds::Maze};
///
/// let record = &Explorer::new(Maze::default()).budget(20_000).stop_at_first_bug().run().seeds[0];
/// assert!(record.found);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Maze {
    /// The probability of passing a gate.
    pub p: f64,
    /// Gates before a lock.
    pub gates: u32,
    /// Steps of a timeline.
    pub steps: u32,
    open: u8,
    step: u32,
}

impl Default for Maze {
    fn default() -> Self {
        Self { p: 0.05, gates: 5, steps: 500, open: 0, step: 0 }
    }
}

/// The locks that must be open before one can be tried.
const NEEDS: [u8; 4] = [0b0000, 0b0001, 0b0000, 0b0101];

impl Maze {
    fn try_lock(&mut self, lock: u8, ctx: &mut Context<ChaCha8>) {
        let (lock_key, open) = (i64::from(lock), i64::from(self.open.count_ones()));
        for gate in 1..=self.gates {
            GATE.evaluate(&[lock_key, i64::from(gate), open], true, None);
            if ctx.f64() >= self.p {
                return;
            }
        }
        self.open |= 1 << lock;
        LOCK_OPENS.evaluate(&[lock_key, open], true, None);
    }
}

impl World for Maze {
    type Rng = ChaCha8;

    fn step(&mut self, ctx: &mut Context<ChaCha8>) -> Flow {
        ctx.u64();
        for (lock, needs) in (0..).zip(NEEDS) {
            if self.open & (1 << lock) == 0 && self.open & needs == needs {
                self.try_lock(lock, ctx);
            }
        }
        let all_open = self.open == 0b1111;
        ALL_OPEN.evaluate(&[], all_open, None);
        SOME_SHUT.evaluate(&[], !all_open, None);
        self.step += 1;
        if all_open || self.step == self.steps { Flow::End } else { Flow::Continue }
    }

    fn state_key(&self) -> Option<u128> {
        Some(u128::from(self.step) << 8 | u128::from(self.open))
    }
}
