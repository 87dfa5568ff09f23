//! C-lists: which vref a vat has for a kref, and whether it reaches it (KERNEL.md section 7).
//!
//! An entry is two keys: `V.c.KREF` holds a flag and the vref, `V.c.VREF` holds the kref. The
//! flag is `R` while the vat reaches the object, `_` while it merely recognizes it.

use crate::fault::{Fault, KernelError, Outcome, corrupt, internal_error};
use crate::id::VatId;
use crate::keeper::Keeper;
use crate::keeper::object::Strength;
use crate::schema;
use crate::slot::{Kref, Vref, VrefKind, VrefType};
use crate::stats::Gauge;
use crate::text::text;
use crate::trace::ClistMode;

/// Whether a translation touches the reachable flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flags {
    /// The reference is being used: an entry becomes, or must be, reachable.
    Use,
    /// GC syscalls and deliveries: the flag is looked at by the caller.
    LetBe,
}

/// The kernel side of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) reachable: bool,
    pub(crate) vref: Vref,
}

impl Entry {
    pub(crate) fn is_import(&self) -> bool {
        self.vref.as_str().as_bytes().get(1) == Some(&b'-')
    }
}

impl Keeper {
    pub(crate) fn clist_entry(&self, vat: VatId, kref: Kref) -> Result<Option<Entry>, KernelError> {
        let key = schema::clist_kref(vat, kref);
        let Some(text) = self.text(&key)? else { return Ok(None) };
        let (flag, vref) = text.split_once(' ').unwrap_or_default();
        let reachable = match flag {
            "R" => true,
            "_" => false,
            _ => return Err(corrupt(&key, "R or _, a space, a vref")),
        };
        Ok(Some(Entry { reachable, vref: Vref::new(vref) }))
    }

    fn existing_entry(&self, vat: VatId, kref: Kref) -> Result<Entry, KernelError> {
        self.clist_entry(vat, kref)?
            .ok_or_else(|| corrupt(schema::clist_kref(vat, kref), "the other half of an entry"))
    }

    fn set_entry(&mut self, vat: VatId, kref: Kref, vref: &Vref, reachable: bool) {
        let flag = if reachable { "R " } else { "_ " };
        self.set(&schema::clist_kref(vat, kref), &text![flag, vref]);
    }

    /// The kref that a vat means by a vref, if it has one.
    pub(crate) fn lookup_vref(&self, vat: VatId, vref: &Vref) -> Result<Option<Kref>, KernelError> {
        let key = schema::clist_vref(vat, vref);
        let parse = |text: &str| text.parse().map_err(|_| corrupt(&key, "a kref"));
        self.text(&key)?.map(parse).transpose()
    }

    /// `mapKernelToVat` of KERNEL.md section 7.1: the vat's vref for a kref, imported now if the
    /// vat does not know it.
    pub(crate) fn map_kernel_to_vat(
        &mut self,
        vat: VatId,
        kref: Kref,
        flags: Flags,
    ) -> Result<Vref, KernelError> {
        let entry = match self.clist_entry(vat, kref)? {
            Some(entry) => entry,
            None => self.import(vat, kref)?,
        };
        if flags == Flags::Use {
            if entry.is_import() {
                self.set_entry(vat, kref, &entry.vref, true);
                if !entry.reachable && matches!(kref, Kref::Object(_)) {
                    self.increment_reachable(kref)?;
                }
            } else if !entry.reachable {
                // A host may name what its owner was told to drop.
                return Err(internal_error(format!("{vat} has dropped its own {kref}")));
            }
        }
        Ok(entry.vref)
    }

    fn import(&mut self, vat: VatId, kref: Kref) -> Result<Entry, KernelError> {
        let (letter, next) = match kref {
            Kref::Object(_) => ('o', schema::vat_object_next_id(vat)),
            Kref::Promise(_) => ('p', schema::vat_promise_next_id(vat)),
            Kref::Device(_) => ('d', schema::vat_device_next_id(vat)),
        };
        let vref = Vref::new(format!("{letter}-{}", self.take_number(&next)?));
        self.increment(kref, Strength::Weak)?;
        self.up(Gauge::ClistEntries);
        self.set(&schema::clist_vref(vat, &vref), &text![kref]);
        self.set_entry(vat, kref, &vref, false);
        self.log_clist(ClistMode::Import, vat, kref, &vref);
        Ok(Entry { reachable: false, vref })
    }

    /// `mapVatToKernel` of KERNEL.md section 7.2: the kref that a vat means, allocated now if the
    /// vat exports it for the first time.
    ///
    /// # Errors
    /// [`Fault::Illegal`] for what a vat may not name.
    pub(crate) fn map_vat_to_kernel(
        &mut self,
        vat: VatId,
        vref: &Vref,
        flags: Flags,
    ) -> Outcome<Kref> {
        let kind = vref.kind().ok_or(Fault::Illegal)?;
        let kref = match self.lookup_vref(vat, vref)? {
            Some(kref) => kref,
            None => self.export(vat, vref, kind)?,
        };
        if flags == Flags::Use {
            if kind.exported {
                self.set_entry(vat, kref, vref, true);
            } else if !self.existing_entry(vat, kref)?.reachable {
                return Err(Fault::Illegal);
            }
        }
        Ok(kref)
    }

    fn export(&mut self, vat: VatId, vref: &Vref, kind: VrefKind) -> Outcome<Kref> {
        let kref = match (kind.exported, kind.of) {
            (true, VrefType::Object) => self.new_object(vat)?,
            (true, VrefType::Promise) => {
                let promise = self.new_promise(None)?;
                self.set_decider(promise, Some(vat));
                self.increment(promise, Strength::Full)?;
                promise
            }
            (true, VrefType::Device) | (false, _) => return Err(Fault::Illegal),
        };
        self.up(Gauge::ClistEntries);
        self.set_entry(vat, kref, vref, false);
        self.set(&schema::clist_vref(vat, vref), &text![kref]);
        self.log_clist(ClistMode::Export, vat, kref, vref);
        Ok(kref)
    }

    /// Clears the reachable flag; an import that was reachable is counted down.
    pub(crate) fn clear_reachable(&mut self, vat: VatId, kref: Kref) -> Result<(), KernelError> {
        let entry = self.existing_entry(vat, kref)?;
        self.clear_entry(vat, kref, &entry)
    }

    fn clear_entry(&mut self, vat: VatId, kref: Kref, entry: &Entry) -> Result<(), KernelError> {
        self.set_entry(vat, kref, &entry.vref, false);
        if entry.reachable && entry.is_import() && matches!(kref, Kref::Object(_)) {
            self.decrement_reachable(kref)?;
        }
        Ok(())
    }

    /// Deletes both halves of an entry, and the reference that it counted.
    pub(crate) fn delete_clist_entry(&mut self, vat: VatId, kref: Kref) -> Result<(), KernelError> {
        let entry = self.existing_entry(vat, kref)?;
        self.clear_entry(vat, kref, &entry)?;
        if entry.is_import() || matches!(kref, Kref::Promise(_)) {
            self.decrement(kref, Strength::Weak)?;
        }
        self.down(Gauge::ClistEntries);
        self.log_clist(ClistMode::Drop, vat, kref, &entry.vref);
        self.delete_both_halves(vat, kref, &entry.vref);
        Ok(())
    }

    fn delete_both_halves(&mut self, vat: VatId, kref: Kref, vref: &Vref) {
        self.delete(&schema::clist_kref(vat, kref));
        self.delete(&schema::clist_vref(vat, vref));
    }

    /// *retire* of KERNEL.md section 7.7: a promise that the vat was told, or told, the end of.
    pub(crate) fn retire_promise(&mut self, vat: VatId, promise: Kref) -> Result<(), KernelError> {
        self.map_kernel_to_vat(vat, promise, Flags::Use)?;
        self.delete_clist_entry(vat, promise)
    }

    /// Takes an exported object away from its vat: nobody owns it from now on.
    pub(crate) fn orphan(&mut self, vat: VatId, object: Kref) -> Result<(), KernelError> {
        let entry = self.existing_entry(vat, object)?;
        self.delete_owner(object);
        self.delete_both_halves(vat, object, &entry.vref);
        self.maybe_free(object);
        Ok(())
    }

    /// Those entries of a vat whose vref begins so, in the order of vrefs. The list is complete
    /// before the caller changes anything.
    pub(crate) fn clist_entries(
        &self,
        vat: VatId,
        vref: &str,
    ) -> Result<Vec<(Kref, Vref)>, KernelError> {
        let prefix = schema::clist_prefix(vat, vref);
        self.keys_after(prefix.as_str())
            .map(|rest| {
                let vref = Vref::new(format!("{vref}{rest}"));
                let key = schema::clist_vref(vat, &vref);
                let kref = self.required(&key)?.parse().map_err(|_| corrupt(&key, "a kref"))?;
                Ok((kref, vref))
            })
            .collect()
    }

    /// The kref of the first such entry, or `None`.
    pub(crate) fn first_clist_kref(
        &self,
        vat: VatId,
        vref: &str,
    ) -> Result<Option<Kref>, KernelError> {
        let prefix = schema::clist_prefix(vat, vref);
        let Some(key) = self.next_key_with_prefix(prefix.as_str(), prefix.as_str()) else {
            return Ok(None);
        };
        let key = schema::Key::fixed(key);
        self.required(&key)?.parse().map(Some).map_err(|_| corrupt(&key, "a kref"))
    }

    fn log_clist(&mut self, mode: ClistMode, vat: VatId, kref: Kref, vref: &Vref) {
        if let Some(trace) = &mut self.trace {
            trace.clist.push((mode, vat, kref, vref.clone()));
        }
    }
}
