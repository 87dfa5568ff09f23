//! Objects and reference counts (KERNEL.md section 8).

use crate::fault::{KernelError, corrupt, internal_error};
use crate::id::{VatId, parse_number};
use crate::keeper::Keeper;
use crate::schema;
use crate::slot::Kref;
use crate::stats::Gauge;
use crate::text::{Part, Text, text};

/// How often an object is referred to; `reachable` never exceeds `recognizable`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RefCount {
    pub(crate) reachable: u64,
    pub(crate) recognizable: u64,
}

impl RefCount {
    pub(crate) const NONE: Self = Self { reachable: 0, recognizable: 0 };
}

/// Which of an object's two counts a reference takes part in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strength {
    /// Reachable and recognizable.
    Full,
    /// Recognizable only.
    Weak,
}

impl Keeper {
    pub(crate) fn new_object(&mut self, owner: VatId) -> Result<Kref, KernelError> {
        let object = Kref::Object(self.take_number(&schema::object_next_id())?);
        self.set(&schema::owner(object), &text![owner]);
        self.set_ref_count(object, RefCount { reachable: 0, recognizable: 0 });
        self.up(Gauge::KernelObjects);
        Ok(object)
    }

    /// Forgets an object; what refers to it meanwhile refers to nothing.
    pub(crate) fn delete_object(&mut self, object: Kref) {
        self.delete(&schema::owner(object));
        self.delete(&schema::ref_count(object));
        self.down(Gauge::KernelObjects);
    }

    /// The vat that exports the object, alive or not.
    pub(crate) fn owner(&self, object: Kref) -> Result<Option<VatId>, KernelError> {
        let key = schema::owner(object);
        self.text(&key)?.map(|text| text.parse().map_err(|_| corrupt(&key, "a vat ID"))).transpose()
    }

    /// The vat that exports the object, if it can still be delivered to.
    pub(crate) fn live_owner(&self, object: Kref) -> Result<Option<VatId>, KernelError> {
        Ok(self.owner(object)?.filter(|vat| !self.is_terminated(*vat)))
    }

    pub(super) fn delete_owner(&mut self, object: Kref) {
        self.delete(&schema::owner(object));
    }

    /// The object's counts, or `None` if there is no such object.
    pub(crate) fn ref_count(&self, object: Kref) -> Result<Option<RefCount>, KernelError> {
        let key = schema::ref_count(object);
        let Some(text) = self.text(&key)? else { return Ok(None) };
        text.split_once(',')
            .and_then(|(reachable, recognizable)| {
                let reachable = parse_number(reachable)?;
                let recognizable = parse_number(recognizable)?;
                Some(RefCount { reachable, recognizable })
            })
            .filter(|count| count.reachable <= count.recognizable)
            .map(Some)
            .ok_or_else(|| corrupt(&key, "reachable,recognizable"))
    }

    fn set_ref_count(&mut self, object: Kref, count: RefCount) {
        let RefCount { reachable, recognizable } = count;
        self.set(&schema::ref_count(object), &text![reachable, ",", recognizable]);
    }

    /// Counts one more reference. A missing object counts from zero: such lost krefs come from
    /// cranks that were undone, in the reason of a vat that left with a failure.
    pub(crate) fn increment(&mut self, kref: Kref, strength: Strength) -> Result<(), KernelError> {
        match kref {
            Kref::Device(_) => Ok(()),
            Kref::Promise(_) => self.take_number(&schema::ref_count(kref)).map(drop),
            Kref::Object(_) => {
                let mut count = self.ref_count(kref)?.unwrap_or(RefCount::NONE);
                count.recognizable += 1;
                count.reachable += u64::from(strength == Strength::Full);
                self.set_ref_count(kref, count);
                Ok(())
            }
        }
    }

    /// Counts one reference less. What nothing refers to any more is looked at when the crank
    /// ends. A missing object is let be.
    pub(crate) fn decrement(&mut self, kref: Kref, strength: Strength) -> Result<(), KernelError> {
        let key = schema::ref_count(kref);
        let too_low = || internal_error(format!("{kref} is counted below zero"));
        match kref {
            Kref::Device(_) => {}
            Kref::Promise(_) => {
                let count = self.number(&key)?.checked_sub(1).ok_or_else(too_low)?;
                self.set_number(&key, count);
                if count == 0 {
                    self.maybe_free(kref);
                }
            }
            Kref::Object(_) => {
                let Some(mut count) = self.ref_count(kref)? else { return Ok(()) };
                count.recognizable = count.recognizable.checked_sub(1).ok_or_else(too_low)?;
                if strength == Strength::Full {
                    count.reachable = count.reachable.checked_sub(1).ok_or_else(too_low)?;
                }
                if count.reachable > count.recognizable {
                    return Err(too_low());
                }
                self.set_ref_count(kref, count);
                if count.reachable == 0 || count.recognizable == 0 {
                    self.maybe_free(kref);
                }
            }
        }
        Ok(())
    }

    /// Moves an object that is recognized anyway into reach.
    pub(super) fn increment_reachable(&mut self, object: Kref) -> Result<(), KernelError> {
        let missing = || corrupt(schema::ref_count(object), "the counts of an object");
        let mut count = self.ref_count(object)?.ok_or_else(missing)?;
        count.reachable += 1;
        self.set_ref_count(object, count);
        Ok(())
    }

    /// Moves an object out of reach, though still recognized. A missing object is let be.
    pub(super) fn decrement_reachable(&mut self, object: Kref) -> Result<(), KernelError> {
        let Some(mut count) = self.ref_count(object)? else { return Ok(()) };
        let too_low = || internal_error(format!("{object} is counted below zero"));
        count.reachable = count.reachable.checked_sub(1).ok_or_else(too_low)?;
        self.set_ref_count(object, count);
        if count.reachable == 0 {
            self.maybe_free(object);
        }
        Ok(())
    }

    pub(super) fn maybe_free(&mut self, kref: Kref) {
        self.state.volatile.maybe_free.insert(kref);
    }

    /// Holds an object for ever: the first pin counts a reference.
    pub(crate) fn pin(&mut self, object: Kref) -> Result<(), KernelError> {
        let key = schema::pinned_objects();
        let pinned = self.text(&key)?.unwrap_or_default().to_owned();
        let mut pinned = split_list(&key, &pinned, "krefs")?;
        if !pinned.contains(&object) {
            self.increment(object, Strength::Full)?;
            pinned.push(object);
            pinned.sort_unstable();
            self.set(&key, &join_list(&pinned));
        }
        Ok(())
    }
}

/// Reads a list joined by commas; the empty text is the empty list.
pub(super) fn split_list<T: std::str::FromStr>(
    key: &schema::Key,
    text: &str,
    what: &str,
) -> Result<Vec<T>, KernelError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let wrong = |_| corrupt(key, format!("{what} joined by commas"));
    text.split(',').map(str::parse).collect::<Result<_, _>>().map_err(wrong)
}

pub(super) fn join_list(items: &[impl Part + Copy]) -> Text {
    let mut list = Text::new();
    for (position, item) in items.iter().enumerate() {
        list.add(if position > 0 { "," } else { "" });
        list.add(*item);
    }
    list
}
