//! A promise has one decider. Its first passes it on in a message; one that does not look who the
//! decider is resolves it all the same.

use super::System;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WrongDecider {
    pub(crate) looks: bool,
    promise: Promise,
    resolved_by: Option<u8>,
    resolved_wrongly: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Promise {
    Here,
    Sent,
    Arrived,
}

impl WrongDecider {
    pub(crate) fn new(looks: bool) -> Self {
        Self { looks, promise: Promise::Here, resolved_by: None, resolved_wrongly: false }
    }
}

impl System for WrongDecider {
    fn successors(&self) -> Vec<Self> {
        let mut next = Vec::new();
        let (pending, sent) = (self.resolved_by.is_none(), self.promise != Promise::Here);
        if !sent && pending {
            next.push(Self { promise: Promise::Sent, ..*self });
        }
        if self.promise == Promise::Sent {
            next.push(Self { promise: Promise::Arrived, ..*self });
        }
        if pending && !(self.looks && sent) {
            next.push(Self { resolved_by: Some(0), resolved_wrongly: sent, ..*self });
        }
        if pending && self.promise == Promise::Arrived {
            next.push(Self { resolved_by: Some(1), ..*self });
        }
        next
    }

    fn is_broken(&self) -> bool {
        self.resolved_wrongly
    }

    fn number(&self) -> u8 {
        let resolved = self.resolved_by.map_or(0, |party| party + 1);
        (resolved * 3 + self.promise as u8) * 2 + u8::from(self.resolved_wrongly)
    }
}
