//! Translation between krefs and vrefs (KERNEL.md section 7): deliveries on their way to a vat,
//! syscalls on their way to the kernel. Whatever a vat may not say is refused here.

use crate::capdata::{CapData, Message, VatMessage};
use crate::delivery::{KernelDelivery, KernelResolution, Resolution, VatDelivery};
use crate::fault::{Fault, KernelError, Outcome};
use crate::id::VatId;
use crate::keeper::{Flags, Keeper, Promise};
use crate::slot::{Kref, Vref, VrefType};
use crate::smallcaps::{Reference, Value};
use crate::syscall::{KernelSyscall, VatSyscall};

/// A delivery in the vat's words; the vat imports on the way what it did not know.
pub(crate) fn delivery_to_vat(
    keeper: &mut Keeper,
    vat: VatId,
    delivery: &KernelDelivery,
) -> Outcome<VatDelivery> {
    Ok(match delivery {
        KernelDelivery::Message(target, message) => {
            let target = keeper.map_kernel_to_vat(vat, *target, Flags::Use)?;
            VatDelivery::Message(target, message_to_vat(keeper, vat, message)?)
        }
        KernelDelivery::Notify(resolutions) => {
            let map = |resolution| resolution_to_vat(keeper, vat, resolution);
            VatDelivery::Notify(resolutions.iter().map(map).collect::<Result<_, _>>()?)
        }
        KernelDelivery::DropExports(krefs) => {
            let vrefs = gc_to_vat(keeper, vat, krefs)?;
            for kref in krefs {
                keeper.clear_reachable(vat, *kref)?;
            }
            VatDelivery::DropExports(vrefs)
        }
        KernelDelivery::RetireExports(krefs) => {
            VatDelivery::RetireExports(retire_in_vat(keeper, vat, krefs)?)
        }
        KernelDelivery::RetireImports(krefs) => {
            VatDelivery::RetireImports(retire_in_vat(keeper, vat, krefs)?)
        }
        KernelDelivery::StartVat(parameters) => {
            VatDelivery::StartVat(data_to_vat(keeper, vat, parameters)?)
        }
        KernelDelivery::BringOutYourDead => VatDelivery::BringOutYourDead,
        KernelDelivery::ChangeVatOptions(options) => VatDelivery::ChangeVatOptions(options.clone()),
    })
}

fn data_to_vat(
    keeper: &mut Keeper,
    vat: VatId,
    data: &CapData,
) -> Result<CapData<Vref>, KernelError> {
    data.try_map(|kref| keeper.map_kernel_to_vat(vat, *kref, Flags::Use))
}

fn message_to_vat(keeper: &mut Keeper, vat: VatId, message: &Message) -> Outcome<VatMessage> {
    let methargs = data_to_vat(keeper, vat, &message.methargs)?;
    let Some(promise) = message.result_promise() else {
        return Ok(Message { methargs, result: Some(None) });
    };
    if keeper.promise(*promise)? != (Promise::Unresolved { decider: None }) {
        let why = format!("{promise} cannot be the result of a delivery: it has a decider");
        return Err(Fault::Panic(why));
    }
    let vref = keeper.map_kernel_to_vat(vat, *promise, Flags::Use)?;
    keeper.set_decider(*promise, Some(vat));
    Ok(Message { methargs, result: Some(Some(vref)) })
}

fn resolution_to_vat(
    keeper: &mut Keeper,
    vat: VatId,
    resolution: &KernelResolution,
) -> Result<Resolution, KernelError> {
    Ok(Resolution {
        promise: keeper.map_kernel_to_vat(vat, resolution.promise, Flags::Use)?,
        rejected: resolution.rejected,
        data: data_to_vat(keeper, vat, &resolution.data)?,
    })
}

fn gc_to_vat(keeper: &mut Keeper, vat: VatId, krefs: &[Kref]) -> Result<Vec<Vref>, KernelError> {
    krefs.iter().map(|kref| keeper.map_kernel_to_vat(vat, *kref, Flags::LetBe)).collect()
}

fn retire_in_vat(
    keeper: &mut Keeper,
    vat: VatId,
    krefs: &[Kref],
) -> Result<Vec<Vref>, KernelError> {
    let retire = |kref: &Kref| {
        let vref = keeper.map_kernel_to_vat(vat, *kref, Flags::LetBe)?;
        keeper.delete_clist_entry(vat, *kref)?;
        Ok(vref)
    };
    krefs.iter().map(retire).collect()
}

/// Translates the syscalls of one vat.
pub(crate) struct SyscallTranslator<'a> {
    pub(crate) keeper: &'a mut Keeper,
    pub(crate) vat: VatId,
    /// Whether the vat gets messages for promises that it decides.
    pub(crate) pipelining: bool,
}

impl SyscallTranslator<'_> {
    /// A syscall in the kernel's words.
    ///
    /// # Errors
    /// [`Fault::Illegal`] by the table of KERNEL.md section 7.6. What was written by then is
    /// undone with the crank.
    pub(crate) fn translate(&mut self, syscall: &VatSyscall) -> Outcome<KernelSyscall> {
        let vat = self.vat;
        Ok(match syscall {
            VatSyscall::Send(target, message) => self.send(target, message)?,
            VatSyscall::Subscribe(promise) => KernelSyscall::Subscribe(vat, self.promise(promise)?),
            VatSyscall::Resolve(resolutions) => self.resolve(resolutions)?,
            VatSyscall::Exit(failure, info) => KernelSyscall::Exit(vat, *failure, self.data(info)?),
            VatSyscall::VatstoreGet(key) => KernelSyscall::VatstoreGet(vat, key.clone()),
            VatSyscall::VatstoreSet(key, value) => {
                KernelSyscall::VatstoreSet(vat, key.clone(), value.clone())
            }
            VatSyscall::VatstoreGetNextKey(key) => {
                KernelSyscall::VatstoreGetNextKey(vat, key.clone())
            }
            VatSyscall::VatstoreDelete(key) => KernelSyscall::VatstoreDelete(vat, key.clone()),
            VatSyscall::DropImports(vrefs) => KernelSyscall::DropImports(self.drop_imports(vrefs)?),
            VatSyscall::RetireImports(vrefs) => {
                KernelSyscall::RetireImports(self.retire(vrefs, false)?)
            }
            VatSyscall::RetireExports(vrefs) => {
                KernelSyscall::RetireExports(self.retire(vrefs, true)?)
            }
            VatSyscall::AbandonExports(vrefs) => {
                let map = |vref| self.known_object(vref, true);
                let krefs = vrefs.iter().map(map).collect::<Result<_, _>>()?;
                KernelSyscall::AbandonExports(vat, krefs)
            }
            VatSyscall::CallNow(device, method, arguments) => {
                let node = self.used(device)?;
                require(matches!(node, Kref::Device(_)))?;
                // All slots are looked at before the first is mapped.
                let fit =
                    |vref: &Vref| vref.kind().is_some_and(|kind| kind.of != VrefType::Promise);
                require(arguments.slots.iter().all(fit))?;
                KernelSyscall::Invoke(node, method.clone(), self.data(arguments)?)
            }
            VatSyscall::Malformed(_) => return Err(Fault::Illegal),
        })
    }

    fn used(&mut self, vref: &Vref) -> Outcome<Kref> {
        self.keeper.map_vat_to_kernel(self.vat, vref, Flags::Use)
    }

    /// The reference is mapped before it is asked what it is, and such writes stay hashed.
    fn promise(&mut self, vref: &Vref) -> Outcome<Kref> {
        let promise = self.used(vref)?;
        require(promise.is_promise())?;
        Ok(promise)
    }

    fn data(&mut self, data: &CapData<Vref>) -> Outcome<CapData> {
        data.try_map(|vref| self.used(vref))
    }

    fn send(&mut self, target: &Vref, message: &VatMessage) -> Outcome<KernelSyscall> {
        let target = self.used(target)?;
        let methargs = self.data(&message.methargs)?;
        // An empty text is no result to the original, as `null` is none.
        let result = match message.result_promise().filter(|vref| !vref.as_str().is_empty()) {
            None => None,
            Some(vref) => Some(self.result_promise(vref)?),
        };
        Ok(KernelSyscall::Send(target, Message { methargs, result: Some(result) }))
    }

    /// The promise for a result: one that the vat decides, whose decider it is no more.
    fn result_promise(&mut self, vref: &Vref) -> Outcome<Kref> {
        require(vref.kind().is_some_and(|kind| kind.of == VrefType::Promise))?;
        let known = self.keeper.lookup_vref(self.vat, vref)?.is_some();
        require(self.pipelining || !known)?;
        let promise = self.used(vref)?;
        let decided = Promise::Unresolved { decider: Some(self.vat) };
        require(self.keeper.promise(promise)? == decided)?;
        self.keeper.set_decider(promise, None);
        Ok(promise)
    }

    fn resolve(&mut self, resolutions: &[Resolution]) -> Outcome<KernelSyscall> {
        let mut translated = Vec::with_capacity(resolutions.len());
        for Resolution { promise, rejected, data } in resolutions {
            require(promise.kind().is_some_and(|kind| kind.of == VrefType::Promise))?;
            if !rejected {
                let value = Value::decode(data).map_err(|_| Fault::Illegal)?;
                require(!matches!(value, Value::Promise { .. }))?;
            }
            let promise = self.used(promise)?;
            let data = self.data(data)?;
            translated.push(Resolution { promise, rejected: *rejected, data });
        }
        for Resolution { promise, .. } in &translated {
            // Resolving the same promise twice in one call: its entry is gone by then.
            self.keeper.retire_promise(self.vat, *promise)?;
        }
        Ok(KernelSyscall::Resolve(self.vat, translated))
    }

    /// An object of the vat's c-list, exported or imported as wanted, whatever its flag.
    fn known_object(&mut self, vref: &Vref, exported: bool) -> Outcome<Kref> {
        let kind = vref.kind().ok_or(Fault::Illegal)?;
        require(kind.of == VrefType::Object && kind.exported == exported)?;
        self.keeper.lookup_vref(self.vat, vref)?.ok_or(Fault::Illegal)
    }

    fn drop_imports(&mut self, vrefs: &[Vref]) -> Outcome<Vec<Kref>> {
        let map = |vref| {
            let object = self.known_object(vref, false)?;
            self.keeper.clear_reachable(self.vat, object)?;
            Ok(object)
        };
        vrefs.iter().map(map).collect()
    }

    /// Deletes entries that the vat no longer reaches.
    fn retire(&mut self, vrefs: &[Vref], exported: bool) -> Outcome<Vec<Kref>> {
        let map = |vref| {
            let object = self.known_object(vref, exported)?;
            let entry = self.keeper.clist_entry(self.vat, object)?;
            require(entry.is_some_and(|entry| !entry.reachable))?;
            self.keeper.delete_clist_entry(self.vat, object)?;
            Ok(object)
        };
        vrefs.iter().map(map).collect()
    }
}

fn require(legal: bool) -> Outcome<()> {
    if legal { Ok(()) } else { Err(Fault::Illegal) }
}
