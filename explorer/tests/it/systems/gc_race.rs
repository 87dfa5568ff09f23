//! A collector frees what nobody refers to; a mutator takes a reference and uses it. If looking and
//! freeing are two turns, what is freed may have been taken in between.

use super::System;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GcRace {
    pub(crate) atomic: bool,
    collector: u8,
    mutator: u8,
    referred: bool,
    freed: bool,
}

impl GcRace {
    pub(crate) fn new(atomic: bool) -> Self {
        Self { atomic, collector: 0, mutator: 0, referred: false, freed: false }
    }
}

impl System for GcRace {
    fn successors(&self) -> Vec<Self> {
        let mut next = Vec::new();
        match self.collector {
            0 if self.referred => next.push(Self { collector: 2, ..*self }),
            0 if self.atomic => next.push(Self { collector: 2, freed: true, ..*self }),
            0 => next.push(Self { collector: 1, ..*self }),
            1 => next.push(Self { collector: 2, freed: true, ..*self }),
            _ => {}
        }
        match self.mutator {
            0 if self.freed => next.push(Self { mutator: 3, ..*self }),
            0 => next.push(Self { mutator: 1, referred: true, ..*self }),
            1 => next.push(Self { mutator: 2, ..*self }),
            2 => next.push(Self { mutator: 3, referred: false, ..*self }),
            _ => {}
        }
        next
    }

    /// It is in use and freed.
    fn is_broken(&self) -> bool {
        self.mutator == 2 && self.freed
    }

    fn number(&self) -> u8 {
        (self.collector * 4 + self.mutator) * 4 + u8::from(self.referred) * 2 + u8::from(self.freed)
    }
}
