//! A waiter looks at a flag and goes to sleep; a setter sets it and wakes whoever sleeps. If
//! looking and falling asleep are two turns, the wake-up between them is lost.

use super::System;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LostWakeup {
    pub(crate) atomic: bool,
    flag: bool,
    waiter: Waiter,
    setter: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Waiter {
    Looks,
    SawNothing,
    Sleeps,
    Done,
}

impl LostWakeup {
    pub(crate) fn new(atomic: bool) -> Self {
        Self { atomic, flag: false, waiter: Waiter::Looks, setter: 0 }
    }
}

impl System for LostWakeup {
    fn successors(&self) -> Vec<Self> {
        let waiter = match self.waiter {
            Waiter::Looks if self.flag => Some(Waiter::Done),
            Waiter::Looks if self.atomic => Some(Waiter::Sleeps),
            Waiter::Looks => Some(Waiter::SawNothing),
            Waiter::SawNothing => Some(Waiter::Sleeps),
            Waiter::Sleeps | Waiter::Done => None,
        };
        let mut next: Vec<Self> =
            waiter.map(|waiter| Self { waiter, ..*self }).into_iter().collect();
        match self.setter {
            0 => next.push(Self { flag: true, setter: 1, ..*self }),
            1 => {
                let wakes = self.waiter == Waiter::Sleeps;
                let waiter = if wakes { Waiter::Done } else { self.waiter };
                next.push(Self { waiter, setter: 2, ..*self });
            }
            _ => {}
        }
        next
    }

    fn is_broken(&self) -> bool {
        self.waiter == Waiter::Sleeps && self.setter == 2
    }

    fn number(&self) -> u8 {
        self.waiter as u8 * 3 + self.setter
    }
}
