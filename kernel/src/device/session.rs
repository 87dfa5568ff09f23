//! One call to a device, from the side of what the device does meanwhile.

use crate::capdata::{CapData, Message};
use crate::device::{DeviceCall, DeviceSyscalls, Endowments, vat_admin};
use crate::fault::{Fault, KernelError, Outcome};
use crate::id::DeviceId;
use crate::keeper::Keeper;
use crate::slot::{Kref, Vref};

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

impl DeviceSyscalls for DeviceSession<'_> {
    fn send_only(&mut self, target: &Vref, methargs: &CapData<Vref>) -> Result<(), String> {
        let mut send = || -> Outcome<()> {
            let target = self.keeper.map_device_to_kernel(self.device, target)?;
            let methargs = self.keeper.data_from_device(self.device, methargs)?;
            self.keeper.send(target, Message { methargs, result: Some(None) })?;
            Ok(())
        };
        send().map_err(|fault| {
            self.fault = Some(fault);
            "a device named a slot that it does not have".into()
        })
    }

    fn state(&mut self) -> Option<CapData<Vref>> {
        self.keeper.device_state(self.device).unwrap_or_else(|error| {
            self.fault = Some(error.into());
            None
        })
    }

    fn set_state(&mut self, state: &CapData<Vref>) {
        self.keeper.set_device_state(self.device, state);
    }
}
