//! One call to a device, from the side of what the device does meanwhile.

use crate::capdata::{CapData, Message};
use crate::device::{DeviceCall, DeviceSyscalls, Endowments, vat_admin};
use crate::fault::{Fault, KernelError, Outcome};
use crate::id::DeviceId;
use crate::keeper::Keeper;
use crate::slot::{Kref, Vref, VrefType};
use crate::stats::Counter;

/// The text that a vat gets whatever a device's own code throws.
pub(crate) const FAILED: &str = "device.invoke failed, see logs for details";

/// Where in the kernel's history a call is made: crank, delivery, syscall.
pub(crate) type Place = (u64, usize, usize);

/// Performs an `invoke`: maps into the device, calls it, maps its answer back.
///
/// # Errors
/// [`Fault::Panic`] if the device is not running or answers with what it does not have.
pub(crate) fn invoke(
    keeper: &mut Keeper,
    endowments: &Endowments,
    (crank, delivery, syscall): Place,
    node: Kref,
    method: &str,
    arguments: &CapData,
) -> Outcome<Result<CapData, String>> {
    let device = keeper.device_of(node)?;
    let target = keeper.map_kernel_to_device(device, node)?;
    let mapped = keeper.data_to_device(device, arguments)?;
    let name = device_name(keeper, device)?;
    let mut session = DeviceSession { keeper, device, fault: None };
    let answer = if name == "vatAdmin" {
        vat_admin::invoke(&mut session, &target, method, arguments)?
    } else {
        let Some(code) = endowments.device(&name) else {
            return Err(endowments.missing(&name, method));
        };
        let (method, arguments) = (method.to_owned(), mapped);
        let call = DeviceCall { crank, delivery, syscall, target, method, arguments };
        code.invoke(&call, &mut session)?
    };
    if let Some(fault) = session.fault {
        return Err(fault);
    }
    match answer {
        Ok(data) => keeper.data_from_device(device, &data).map(Ok),
        Err(text) => Ok(Err(text)),
    }
}

fn device_name(keeper: &Keeper, device: DeviceId) -> Result<String, KernelError> {
    let named = keeper.devices()?.into_iter().find(|(_, id)| *id == device);
    Ok(named.map(|(name, _)| name).unwrap_or_default())
}

/// A device at work.
pub(crate) struct DeviceSession<'a> {
    pub(crate) keeper: &'a mut Keeper,
    pub(crate) device: DeviceId,
    /// What the device did wrong, for the kernel to answer for.
    pub(crate) fault: Option<Fault>,
}

impl DeviceSession<'_> {
    fn send(&mut self, target: &Vref, methargs: &CapData<Vref>) -> Outcome<()> {
        if target.kind().is_none_or(|kind| kind.of != VrefType::Object) {
            return Err(Fault::Panic(format!("{target} is no object to send to")));
        }
        let target = self.keeper.map_device_to_kernel(self.device, target)?;
        let methargs = self.keeper.data_from_device(self.device, methargs)?;
        self.keeper.send(target, Message { methargs, result: Some(None) })?;
        Ok(())
    }

    fn count(&mut self, counter: Counter) {
        self.keeper.count(Counter::Syscalls);
        self.keeper.count(counter);
    }

    /// What the table holds; a damaged one is the kernel's fault, and the device sees nothing.
    fn found<T>(&mut self, found: Result<Option<T>, KernelError>) -> Option<T> {
        found.unwrap_or_else(|error| {
            self.fault = Some(error.into());
            None
        })
    }
}

impl DeviceSyscalls for DeviceSession<'_> {
    /// What a device gets wrong is thrown at the device; the rest is for the kernel to answer.
    fn send_only(&mut self, target: &Vref, methargs: &CapData<Vref>) -> Result<(), String> {
        self.send(target, methargs).map_err(|fault| match fault {
            Fault::Panic(reason) => reason,
            fault => {
                self.fault = Some(fault);
                "the kernel cannot go on".into()
            }
        })
    }

    fn state(&mut self) -> Option<CapData<Vref>> {
        let state = self.keeper.device_state(self.device);
        self.found(state)
    }

    fn set_state(&mut self, state: &CapData<Vref>) {
        self.keeper.set_device_state(self.device, state);
    }

    fn vatstore_get(&mut self, key: &str) -> Option<String> {
        self.count(Counter::SyscallVatstoreGet);
        let value = self.keeper.device_store_get(self.device, key);
        self.found(value)
    }

    fn vatstore_set(&mut self, key: &str, value: &str) {
        self.count(Counter::SyscallVatstoreSet);
        self.keeper.device_store_set(self.device, key, value);
    }

    fn vatstore_delete(&mut self, key: &str) {
        self.count(Counter::SyscallVatstoreDelete);
        self.keeper.device_store_delete(self.device, key);
    }

    fn vatstore_next_key(&mut self, after: &str) -> Option<String> {
        self.count(Counter::SyscallVatstoreGetNextKey);
        self.keeper.device_store_next_key(self.device, after)
    }

    fn host_data(&mut self) -> Option<String> {
        let data = self.keeper.device_host_data(self.device).map(|data| data.map(str::to_owned));
        self.found(data)
    }

    fn set_host_data(&mut self, data: &str) {
        self.keeper.set_device_host_data(self.device, data);
    }
}
