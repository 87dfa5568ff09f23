//! References counted anew: R1 to R4.

use crate::capdata::Message;
use crate::check::Violation;
use crate::check::census::{Census, Holder};
use crate::event::Event;
use crate::id::{DeviceId, VatId};
use crate::schema::{self, Key};
use crate::slot::Kref;

impl Census<'_> {
    /// R1 to R4; with what the host holds, counts must be equal.
    pub(super) fn check_references(&mut self, held: Option<&[Kref]>) -> Result<(), Violation> {
        self.count_queues()?;
        self.count_promises()?;
        self.count_clists()?;
        self.count_pins()?;
        for kref in held.unwrap_or_default() {
            self.refer(*kref, &|| schema::ref_count(*kref))?;
        }
        self.compare(held.is_some())
    }

    /// A reference that counts as reachable and recognizable.
    fn refer(&mut self, kref: Kref, from: &dyn Fn() -> Key) -> Result<(), Violation> {
        self.count(kref, true, from)
    }

    fn count(
        &mut self,
        kref: Kref,
        reachable: bool,
        from: &dyn Fn() -> Key,
    ) -> Result<(), Violation> {
        let missing =
            || Violation::new("R1", from(), "what exists", format!("a reference to {kref}"));
        match kref {
            Kref::Object(number) => {
                let object = self.objects.get_mut(&number).ok_or_else(missing)?;
                object.found.0 += u64::from(reachable);
                object.found.1 += 1;
            }
            Kref::Promise(number) => {
                self.promises.get_mut(&number).ok_or_else(missing)?.found += 1;
            }
            Kref::Device(number) => drop(self.nodes.get(&number).ok_or_else(missing)?),
        }
        Ok(())
    }

    fn message(
        &mut self,
        target: Kref,
        message: &Message,
        from: &dyn Fn() -> Key,
    ) -> Result<(), Violation> {
        self.refer(target, from)?;
        self.refer_all(message.result_promise().into_iter().chain(&message.methargs.slots), from)
    }

    fn refer_all<'k>(
        &mut self,
        mut krefs: impl Iterator<Item = &'k Kref>,
        from: &dyn Fn() -> Key,
    ) -> Result<(), Violation> {
        krefs.try_for_each(|kref| self.refer(*kref, from))
    }

    fn count_queues(&mut self) -> Result<(), Violation> {
        let (run, acceptance) =
            (std::mem::take(&mut self.run), std::mem::take(&mut self.acceptance));
        for (name, items) in [("runQueue", &run), ("acceptanceQueue", &acceptance)] {
            for (position, event) in items {
                let from = || schema::queue_item(name, *position);
                match event {
                    Event::Send { target, msg } => self.message(*target, msg, &from)?,
                    Event::Notify { promise, .. } => self.refer(*promise, &from)?,
                    Event::StartVat { parameters, .. }
                    | Event::CreateVat { parameters, .. }
                    | Event::UpgradeVat { parameters, .. } => {
                        self.refer_all(parameters.slots.iter(), &from)?;
                    }
                    _ => {}
                }
            }
        }
        (self.run, self.acceptance) = (run, acceptance);
        Ok(())
    }

    fn count_promises(&mut self) -> Result<(), Violation> {
        let numbers: Vec<u64> = self.promises.keys().copied().collect();
        for number in numbers {
            let kref = Kref::Promise(number);
            let Some(promise) = self.promises.get_mut(&number) else { continue };
            let slots = promise.slots.take().unwrap_or_default();
            let queue = std::mem::take(&mut promise.queue);
            self.refer_all(slots.iter(), &|| schema::promise_slots(kref))?;
            for (position, message) in &queue {
                self.message(kref, message, &|| schema::promise_queue_item(kref, *position))?;
            }
        }
        Ok(())
    }

    fn count_clists(&mut self) -> Result<(), Violation> {
        for (number, holder) in std::mem::take(&mut self.vats) {
            let vat = VatId(number);
            self.count_vat(vat, &holder)?;
            let parameters = holder.parameters.unwrap_or_else(|| crate::CapData::new("", []));
            self.refer_all(parameters.slots.iter(), &|| schema::vat_parameters(vat))?;
        }
        for (number, holder) in std::mem::take(&mut self.devices) {
            let device = DeviceId(number);
            for (kref, _, slot) in &holder.krefs {
                if slot.as_bytes().get(1) == Some(&b'-') {
                    self.refer(*kref, &|| schema::device_kref(device, *kref))?;
                }
            }
        }
        Ok(())
    }

    fn count_vat(&mut self, vat: VatId, holder: &Holder<'_>) -> Result<(), Violation> {
        for (kref, reachable, vref) in &holder.krefs {
            let from = || schema::clist_kref(vat, *kref);
            let imported = vref.as_bytes().get(1) == Some(&b'-');
            match kref {
                Kref::Object(number) => {
                    // What is missing, C4 judges.
                    if imported && self.objects.contains_key(number) {
                        self.count(*kref, *reachable, &from)?;
                    }
                }
                _ => self.refer(*kref, &from)?,
            }
        }
        Ok(())
    }

    fn count_pins(&mut self) -> Result<(), Violation> {
        let pinned = std::mem::take(&mut self.fixed.pinned);
        if pinned.windows(2).any(|pair| pair[0] >= pair[1]) {
            let found = format!("{pinned:?}");
            let expected = "sorted krefs, each once";
            return Err(Violation::new("R4", schema::pinned_objects(), expected, found));
        }
        self.refer_all(pinned.iter(), &schema::pinned_objects)?;
        if let Some(root) = self.fixed.vat_admin_root
            && !pinned.contains(&root)
        {
            let found = root.to_string();
            return Err(Violation::new("R1", schema::vat_admin_root(), "a pinned object", found));
        }
        for event in std::mem::take(&mut self.fixed.upgrade_events) {
            if let Event::Send { target, msg } = &event {
                self.message(*target, msg, &schema::upgrade_events)?;
            }
        }
        Ok(())
    }

    fn compare(&self, exactly: bool) -> Result<(), Violation> {
        for (number, object) in &self.objects {
            let key = || schema::ref_count(Kref::Object(*number));
            let Some((reachable, recognizable)) = object.count else {
                return Err(Violation::new(
                    "R1",
                    key(),
                    "two counts: the object has an owner",
                    "none",
                ));
            };
            let found = format!("{reachable},{recognizable}");
            if reachable > recognizable {
                return Err(Violation::new("R2", key(), "no more reachable than known", found));
            }
            let expected = object.found;
            let equal = (reachable, recognizable) == expected;
            let below = reachable < expected.0 || recognizable < expected.1;
            if below || (exactly && !equal) {
                return Err(miscounted(
                    exactly,
                    &key(),
                    &format!("{},{}", expected.0, expected.1),
                    found,
                ));
            }
        }
        for (number, promise) in &self.promises {
            let (count, expected) = (promise.count.unwrap_or(0), promise.found);
            if count < expected || (exactly && count != expected) {
                let key = schema::ref_count(Kref::Promise(*number));
                return Err(miscounted(exactly, &key, &expected.to_string(), count.to_string()));
            }
        }
        Ok(())
    }
}

fn miscounted(exactly: bool, key: &Key, references: &str, found: String) -> Violation {
    let bound = if exactly { "" } else { "at least " };
    Violation::new("R3", key, format!("{bound}{references}, by the references found"), found)
}
