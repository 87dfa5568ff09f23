//! C-lists of vats and devices: C1 to C4, and their part of K4.

use crate::check::Violation;
use crate::check::census::{Census, Holder};
use crate::id::{DeviceId, VatId, parse_number};
use crate::schema::{self, Key};
use crate::slot::{Kref, Vref, VrefType};

/// Whose c-list it is.
#[derive(Clone, Copy)]
enum Who {
    /// A vat, and whether it is terminated.
    Vat(VatId, bool),
    Device(DeviceId),
}

impl Who {
    fn kref_key(self, kref: Kref) -> Key {
        match self {
            Self::Vat(vat, _) => schema::clist_kref(vat, kref),
            Self::Device(device) => schema::device_kref(device, kref),
        }
    }

    fn vref_key(self, vref: &str) -> Key {
        let vref = Vref::new(vref);
        match self {
            Self::Vat(vat, _) => schema::clist_vref(vat, &vref),
            Self::Device(device) => schema::device_slot(device, &vref),
        }
    }

    fn is_terminated(self) -> bool {
        matches!(self, Self::Vat(_, true))
    }
}

impl Census<'_> {
    /// C1 to C4. Marks what is exported, and which deciders know their promises.
    pub(super) fn check_clists(&mut self) -> Result<(), Violation> {
        let vats = std::mem::take(&mut self.vats);
        let devices = std::mem::take(&mut self.devices);
        for (number, holder) in &vats {
            let vat = VatId(*number);
            let who = Who::Vat(vat, self.is_terminated(vat));
            check_halves(who, holder)?;
            for (kref, reachable, vref) in &holder.krefs {
                self.check_vat_entry(vat, *kref, *reachable, vref)?;
            }
        }
        for (number, holder) in &devices {
            let who = Who::Device(DeviceId(*number));
            check_halves(who, holder)?;
            for (kref, _, slot) in &holder.krefs {
                check_number(who, holder, *kref, slot)?;
                if let Kref::Device(node) = kref
                    && let Some(node) = self.nodes.get_mut(node)
                    && node.owner == DeviceId(*number)
                {
                    node.exported = true;
                }
            }
        }
        (self.vats, self.devices) = (vats, devices);
        self.check_owners()
    }

    fn check_vat_entry(
        &mut self,
        vat: VatId,
        kref: Kref,
        reachable: bool,
        vref: &str,
    ) -> Result<(), Violation> {
        let wrong = |invariant, expected: &str, found: String| {
            Err(Violation::new(invariant, schema::clist_kref(vat, kref), expected, found))
        };
        let imported = is_import(vref);
        match kref {
            Kref::Object(number) if !imported => match self.objects.get_mut(&number) {
                Some(object) if object.owner == Some(vat) => object.exported = true,
                Some(object) => {
                    let found = object.owner.map_or("nobody".into(), |owner| owner.to_string());
                    return wrong("C3", "an object that the vat owns", format!("{found} does"));
                }
                None => return wrong("C3", "an object that exists", "none".into()),
            },
            Kref::Object(number) => {
                let count = self.objects.get(&number).and_then(|object| object.count);
                if reachable && count.is_none_or(|(reachable, _)| reachable == 0) {
                    return wrong("C4", "an object that is reachable", format!("{count:?}"));
                }
                if count.is_none() && self.is_living(vat) && !self.is_about_to_be_told(vat, kref) {
                    return wrong("C4", "an object, or a retireImport to come", "neither".into());
                }
            }
            Kref::Promise(number) => {
                if let Some(promise) = self.promises.get_mut(&number)
                    && promise.decider == Some(Some(vat))
                {
                    promise.known_to_decider = true;
                }
            }
            Kref::Device(_) if !imported => {
                return wrong("C2", "no device node among exports", vref.into());
            }
            Kref::Device(_) => {}
        }
        Ok(())
    }

    fn is_about_to_be_told(&self, vat: VatId, kref: Kref) -> bool {
        let actions = &self.fixed.actions;
        actions.iter().any(|(who, kind, object)| {
            *who == vat && *object == kref && kind.as_str() == "retireImport"
        })
    }

    fn check_owners(&self) -> Result<(), Violation> {
        for (number, object) in &self.objects {
            let kref = Kref::Object(*number);
            let Some(owner) = object.owner.filter(|_| !object.exported) else { continue };
            if self.is_living(owner) {
                let found = "no such entry";
                let key = schema::clist_kref(owner, kref);
                return Err(Violation::new("C3", key, "the owner's entry", found));
            }
        }
        match self.nodes.iter().find(|(_, node)| !node.exported) {
            Some((number, node)) => {
                let key = schema::device_kref(node.owner, Kref::Device(*number));
                Err(Violation::new("C3", key, "the owner's entry", "no such entry"))
            }
            None => Ok(()),
        }
    }
}

fn is_import(vref: &str) -> bool {
    vref.as_bytes().get(1) == Some(&b'-')
}

/// C1 and C2.
fn check_halves(who: Who, holder: &Holder<'_>) -> Result<(), Violation> {
    let half_deleted = |vref: &str| who.is_terminated() && (vref == "o+" || vref.starts_with('d'));
    let mut expected: Vec<_> = holder.krefs.iter().map(|(kref, _, vref)| (*vref, *kref)).collect();
    expected.sort_unstable_by_key(|(vref, _)| *vref);
    let mut own = holder.vrefs.iter().filter(|(vref, _)| !half_deleted(vref)).peekable();
    for (vref, kref) in expected.into_iter().filter(|(vref, _)| !half_deleted(vref)) {
        let key = || who.vref_key(vref);
        match own.peek() {
            Some((other, found)) if *other == vref => {
                if *found != kref {
                    return Err(Violation::new("C1", key(), kref.to_string(), found.to_string()));
                }
                own.next();
            }
            Some((other, found)) if *other < vref => return Err(only_half(who, other, *found)),
            _ => return Err(Violation::new("C1", key(), kref.to_string(), "no such key")),
        }
        let of = Vref::new(vref).kind().map(|kind| kind.of);
        let same_type = match kref {
            Kref::Object(_) => of == Some(VrefType::Object),
            Kref::Promise(_) => of == Some(VrefType::Promise),
            Kref::Device(_) => of == Some(VrefType::Device),
        };
        if !same_type {
            let expected = "a vref of the kref's type";
            return Err(Violation::new("C2", who.kref_key(kref), expected, vref));
        }
        if !who.is_terminated() {
            check_number(who, holder, kref, vref)?;
        }
    }
    own.next().map_or(Ok(()), |(vref, kref)| Err(only_half(who, vref, *kref)))
}

fn only_half(who: Who, vref: &str, kref: Kref) -> Violation {
    Violation::new(
        "C1",
        who.kref_key(kref),
        format!("the other half, of {vref}"),
        "another or none",
    )
}

/// K4 of an import.
fn check_number(who: Who, holder: &Holder<'_>, kref: Kref, vref: &str) -> Result<(), Violation> {
    let kind = match kref {
        Kref::Object(_) => 0,
        Kref::Promise(_) => 1,
        Kref::Device(_) => 2,
    };
    if !is_import(vref) {
        return Ok(());
    }
    match (parse_number(&vref[2..]), holder.next[kind]) {
        (Some(number), Some(next)) if number < next => Ok(()),
        (_, next) => {
            let expected = "a number below the counter";
            let found = format!("{vref}, counter {next:?}");
            Err(Violation::new("K4", who.kref_key(kref), expected, found))
        }
    }
}
