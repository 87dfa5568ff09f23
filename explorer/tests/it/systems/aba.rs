//! A stack of A on B. One process takes A off by comparing and swapping the top; another takes A
//! and B, and puts A back, in between. The top is A again, and what was next to it is gone.

use super::System;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Aba {
    /// Whether the comparison is of versions too.
    pub(crate) versioned: bool,
    top: Top,
    version: u8,
    /// The version that the first process saw when it read A and B; then it has swapped, or not.
    first: Swap,
    other: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Top {
    A,
    B,
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Swap {
    ToRead,
    Read(u8),
    Failed,
    Done,
}

impl Aba {
    pub(crate) fn new(versioned: bool) -> Self {
        Self { versioned, top: Top::A, version: 0, first: Swap::ToRead, other: 0 }
    }
}

impl System for Aba {
    fn successors(&self) -> Vec<Self> {
        let mut next = Vec::new();
        match self.first {
            // It takes B for what lies under A, so it reads while that is so.
            Swap::ToRead if self.other == 0 => {
                next.push(Self { first: Swap::Read(self.version), ..*self });
            }
            Swap::Read(version) => {
                let same = self.top == Top::A && (!self.versioned || version == self.version);
                let swapped = Self { first: Swap::Done, top: Top::B, ..*self };
                next.push(if same { swapped } else { Self { first: Swap::Failed, ..*self } });
            }
            _ => {}
        }
        let (version, other) = (self.version + 1, self.other + 1);
        match (self.other, self.first) {
            (_, Swap::Done) => {}
            (0, _) => next.push(Self { top: Top::B, version, other, ..*self }),
            (1, _) => next.push(Self { top: Top::Nothing, version, other, ..*self }),
            (2, _) => next.push(Self { top: Top::A, version, other, ..*self }),
            _ => {}
        }
        next
    }

    /// The top is B, which the other process took away.
    fn is_broken(&self) -> bool {
        self.top == Top::B && self.other == 3
    }

    fn number(&self) -> u8 {
        let first = match self.first {
            Swap::ToRead => 0,
            Swap::Read(version) => 1 + version,
            Swap::Failed => 5,
            Swap::Done => 6,
        };
        (first * 4 + self.other) * 3 + self.top as u8
    }
}
