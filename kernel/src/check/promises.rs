//! Promises: P1 to P5.

use crate::check::Violation;
use crate::check::census::{Census, Promise};
use crate::check::fixed::sequence;
use crate::schema::{self, Key};
use crate::slot::Kref;

impl Census<'_> {
    /// P1 to P5.
    pub(super) fn check_promises(&self) -> Result<(), Violation> {
        for (number, promise) in &self.promises {
            let kref = Kref::Promise(*number);
            match promise.state {
                Some("unresolved") => self.check_unresolved(kref, promise)?,
                Some(_) => check_resolved(kref, promise)?,
                None => return Err(required("P1", &schema::promise_state(kref))),
            }
            if promise.count.is_none() {
                return Err(required("P1", &schema::ref_count(kref)));
            }
        }
        Ok(())
    }

    fn check_unresolved(&self, kref: Kref, promise: &Promise<'_>) -> Result<(), Violation> {
        let Some(decider) = promise.decider else {
            return Err(required("P1", &schema::promise_decider(kref)));
        };
        let Some(subscribers) = &promise.subscribers else {
            return Err(required("P1", &schema::promise_subscribers(kref)));
        };
        let next = schema::promise_queue_next_id(kref);
        let Some(length) = promise.queue_next else { return Err(required("P1", &next)) };
        absent("P1", promise.body, &schema::promise_body(kref))?;
        absent("P1", promise.slots.is_some(), &schema::promise_slots(kref))?;
        if let Some(vat) = decider
            && !(self.is_living(vat) && promise.known_to_decider)
        {
            let expected = "the kernel, or a living vat that knows the promise";
            let key = schema::promise_decider(kref);
            return Err(Violation::new("P3", key, expected, vat.to_string()));
        }
        let queue = next.as_str().strip_suffix(".nextID").unwrap_or_default();
        sequence("P4", queue, &promise.queue, 0, length)?;
        if subscribers.windows(2).any(|pair| pair[0] >= pair[1]) {
            let key = schema::promise_subscribers(kref);
            let found = format!("{subscribers:?}");
            return Err(Violation::new("P5", key, "sorted vats, each once", found));
        }
        Ok(())
    }
}

fn check_resolved(kref: Kref, promise: &Promise<'_>) -> Result<(), Violation> {
    for (there, key) in [
        (promise.body, schema::promise_body(kref)),
        (promise.slots.is_some(), schema::promise_slots(kref)),
    ] {
        if !there {
            return Err(required("P2", &key));
        }
    }
    absent("P2", promise.decider.is_some(), &schema::promise_decider(kref))?;
    absent("P2", promise.policy, &schema::promise_policy(kref))?;
    absent("P2", promise.subscribers.is_some(), &schema::promise_subscribers(kref))?;
    absent("P2", promise.queue_next.is_some(), &schema::promise_queue_next_id(kref))?;
    absent("P2", !promise.queue.is_empty(), &schema::promise_queue_item(kref, 0))
}

fn required(invariant: &'static str, key: &Key) -> Violation {
    Violation::new(invariant, key, "a value: other keys of the promise are there", "none")
}

fn absent(invariant: &'static str, there: bool, key: &Key) -> Result<(), Violation> {
    if there {
        let expected = "no value in the promise's state";
        return Err(Violation::new(invariant, key, expected, "one"));
    }
    Ok(())
}
