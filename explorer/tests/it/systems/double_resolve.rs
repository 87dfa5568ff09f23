//! Two parties resolve one promise. If looking whether it is resolved and resolving it are two
//! turns, both do.

use super::System;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DoubleResolve {
    pub(crate) atomic: bool,
    parties: [u8; 2],
    resolutions: u8,
}

impl DoubleResolve {
    pub(crate) fn new(atomic: bool) -> Self {
        Self { atomic, parties: [0; 2], resolutions: 0 }
    }
}

impl System for DoubleResolve {
    fn successors(&self) -> Vec<Self> {
        let mut next = Vec::new();
        for party in 0..2 {
            let mut after = *self;
            match self.parties[party] {
                0 if self.resolutions > 0 => after.parties[party] = 2,
                0 if self.atomic => {
                    after.parties[party] = 2;
                    after.resolutions += 1;
                }
                0 => after.parties[party] = 1,
                1 => {
                    after.parties[party] = 2;
                    after.resolutions += 1;
                }
                _ => continue,
            }
            next.push(after);
        }
        next
    }

    fn is_broken(&self) -> bool {
        self.resolutions > 1
    }

    fn number(&self) -> u8 {
        (self.parties[0] * 3 + self.parties[1]) * 3 + self.resolutions
    }
}
