//! Garbage collection between vats: what a count of zero leads to (KERNEL.md sections 8 and 9).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::event::{Event, GcEvent};
use crate::fault::{Fault, KernelError, Outcome, corrupt};
use crate::id::{ParseIdError, VatId, deserialize_text};
use crate::keeper::Keeper;
use crate::keeper::object::RefCount;
use crate::schema;
use crate::slot::Kref;

/// What a vat is to be told, in the order in which the kinds are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum GcKind {
    DropExport,
    RetireExport,
    RetireImport,
}

impl GcKind {
    const ALL: [Self; 3] = [Self::DropExport, Self::RetireExport, Self::RetireImport];

    fn name(self) -> &'static str {
        match self {
            Self::DropExport => "dropExport",
            Self::RetireExport => "retireExport",
            Self::RetireImport => "retireImport",
        }
    }

    fn event(self, event: GcEvent) -> Event {
        match self {
            Self::DropExport => Event::DropExports(event),
            Self::RetireExport => Event::RetireExports(event),
            Self::RetireImport => Event::RetireImports(event),
        }
    }
}

/// `V TYPE KO`. Actions sort as their texts, as vats and krefs do and the kinds' names too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct GcAction {
    vat: VatId,
    kind: GcKind,
    object: Kref,
}

impl fmt::Display for GcAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.vat, self.kind.name(), self.object)
    }
}

impl FromStr for GcAction {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let wrong = || ParseIdError::new("a GC action such as v1 dropExport ko20", text);
        let mut words = text.split(' ');
        let mut word = || words.next().ok_or_else(wrong);
        let (vat, name, object) = (word()?, word()?, word()?);
        let kind = GcKind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(wrong)?;
        Ok(Self { vat: vat.parse()?, kind, object: object.parse()? })
    }
}

impl Serialize for GcAction {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GcAction {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer)
    }
}

type GcActions = BTreeSet<GcAction>;

/// As stored while there is nothing to tell, which is nearly always.
const NO_ACTIONS: &str = "[]";

impl Keeper {
    fn add_gc_actions(&mut self, new: Vec<GcAction>) -> Result<(), KernelError> {
        if new.is_empty() && self.required(&schema::gc_actions())? == NO_ACTIONS {
            self.set(&schema::gc_actions(), NO_ACTIONS);
            return Ok(());
        }
        let mut actions: GcActions = self.json(&schema::gc_actions())?;
        actions.extend(new);
        self.set_json(&schema::gc_actions(), &actions);
        Ok(())
    }

    /// Retires objects at their end: every vat that still recognizes one is to be told.
    pub(crate) fn retire_objects(&mut self, objects: &[Kref]) -> Result<(), KernelError> {
        let mut actions = Vec::new();
        for &object in objects {
            for vat in self.importers(object)? {
                actions.push(GcAction { vat, kind: GcKind::RetireImport, object });
            }
            self.delete_object(object);
        }
        self.add_gc_actions(actions)
    }

    fn importers(&self, object: Kref) -> Result<Vec<VatId>, KernelError> {
        let mut importers = Vec::new();
        for vat in self.live_vats()? {
            if self.clist_entry(vat, object)?.is_some_and(|entry| entry.is_import()) {
                importers.push(vat);
            }
        }
        Ok(importers)
    }

    /// Looks at every kref whose count fell to zero, in order; the last step of every crank.
    ///
    /// # Errors
    /// [`Fault::Panic`] if an object's owner is deleted: cleanup misses what was exported as `o+`
    /// (KERNEL.md section 10).
    pub(crate) fn process_refcounts(&mut self) -> Outcome<()> {
        let mut actions = Vec::new();
        let mut position = 0;
        while let Some(kref) = self.state.volatile.maybe_free.at(position) {
            position += 1;
            match kref {
                Kref::Promise(_) => self.process_promise(kref)?,
                Kref::Object(_) => self.process_object(kref, &mut actions)?,
                Kref::Device(_) => {}
            }
        }
        self.state.volatile.maybe_free.clear();
        Ok(self.add_gc_actions(actions)?)
    }

    fn process_promise(&mut self, promise: Kref) -> Result<(), KernelError> {
        let Some(state) = self.promise_state(promise)? else { return Ok(()) };
        if self.number(&schema::ref_count(promise))? == 0 {
            self.delete_promise(promise, state)?;
        }
        Ok(())
    }

    fn process_object(&mut self, object: Kref, actions: &mut Vec<GcAction>) -> Outcome<()> {
        // A missing object counts as 0,0: such lost krefs come from cranks that were undone.
        let count = self.ref_count(object)?.unwrap_or(RefCount::NONE);
        if count.reachable > 0 {
            return Ok(());
        }
        match self.owner(object)? {
            Some(vat) if !self.is_terminated(vat) => {
                if !self.is_alive(vat) {
                    return Err(Fault::Panic(format!("{vat}, the owner of {object}, is deleted")));
                }
                let entry = self.clist_entry(vat, object)?;
                let entry = entry.ok_or_else(|| {
                    corrupt(schema::clist_kref(vat, object), "its exporter's entry")
                })?;
                if entry.reachable {
                    actions.push(GcAction { vat, kind: GcKind::DropExport, object });
                }
                if count.recognizable == 0 {
                    actions.push(GcAction { vat, kind: GcKind::RetireExport, object });
                }
                return Ok(());
            }
            // The vat is dead and not cleaned up yet: what it exported is an orphan already.
            Some(vat) => self.orphan(vat, object)?,
            None => {}
        }
        if count.recognizable > 0 {
            Ok(self.retire_objects(&[object])?)
        } else {
            self.delete_object(object);
            Ok(())
        }
    }

    /// Chooses what a vat is told next (KERNEL.md section 9.1). Actions that newer references
    /// have overtaken are removed on the way.
    pub(crate) fn take_gc_event(&mut self) -> Result<Option<Event>, KernelError> {
        if self.required(&schema::gc_actions())? == NO_ACTIONS {
            return Ok(None);
        }
        let mut actions: GcActions = self.json(&schema::gc_actions())?;
        if actions.is_empty() {
            return Ok(None);
        }
        let mut groups: BTreeMap<(VatId, GcKind), Vec<Kref>> = BTreeMap::new();
        for action in &actions {
            groups.entry((action.vat, action.kind)).or_default().push(action.object);
        }
        for ((vat, kind), objects) in groups {
            actions.retain(|action| (action.vat, action.kind) != (vat, kind));
            let mut krefs = Vec::new();
            for object in objects {
                if self.still_due(vat, kind, object)? {
                    krefs.push(object);
                }
            }
            if !krefs.is_empty() {
                self.set_json(&schema::gc_actions(), &actions);
                return Ok(Some(kind.event(GcEvent { vat, krefs })));
            }
        }
        self.set_json(&schema::gc_actions(), &actions);
        Ok(Some(Event::NegatedGcAction))
    }

    fn still_due(&self, vat: VatId, kind: GcKind, object: Kref) -> Result<bool, KernelError> {
        let Some(entry) = self.clist_entry(vat, object)? else { return Ok(false) };
        let count = self.ref_count(object)?;
        Ok(match kind {
            GcKind::DropExport => {
                count.is_some_and(|count| count.reachable == 0) && entry.reachable
            }
            GcKind::RetireExport => {
                count.is_some_and(|count| count.reachable == 0 && count.recognizable == 0)
            }
            GcKind::RetireImport => true,
        })
    }
}
