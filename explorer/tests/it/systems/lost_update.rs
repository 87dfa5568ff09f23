//! Two processes add one to a number. If reading and writing are two turns, one addition is lost.

use super::System;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LostUpdate {
    pub(crate) atomic: bool,
    /// What each has read, and whether it has written.
    read: [Option<u8>; 2],
    done: [bool; 2],
    value: u8,
}

impl LostUpdate {
    pub(crate) fn new(atomic: bool) -> Self {
        Self { atomic, read: [None; 2], done: [false; 2], value: 0 }
    }
}

impl System for LostUpdate {
    fn successors(&self) -> Vec<Self> {
        let mut next = Vec::new();
        for process in (0..2).filter(|&process| !self.done[process]) {
            let mut after = *self;
            let known = if self.atomic { Some(self.value) } else { self.read[process] };
            if let Some(value) = known {
                after.value = value + 1;
                after.done[process] = true;
                after.read[process] = None;
            } else {
                after.read[process] = Some(self.value);
            }
            next.push(after);
        }
        next
    }

    fn is_broken(&self) -> bool {
        self.done == [true; 2] && self.value < 2
    }

    fn number(&self) -> u8 {
        let process =
            |at: usize| if self.done[at] { 3 } else { self.read[at].map_or(0, |v| v + 1) };
        (process(0) * 4 + process(1)) * 3 + self.value
    }
}
