//! Devices that answer from a recording.

use std::collections::BTreeMap;

use crate::capdata::CapData;
use crate::device::{Device, DeviceCall, DeviceSyscalls};
use crate::fault::KernelError;
use crate::id::VatId;
use crate::slot::Vref;
use crate::worker::Divergence;

/// What a device did meanwhile.
///
/// ```
/// use bootfork_kernel::{CapData, DeviceAction, Vref};
///
/// let wake = DeviceAction::Send(Vref::new("o-10"), CapData::new(r##"#["wake",[]]"##, []));
/// assert!(matches!(wake, DeviceAction::Send(target, _) if target.as_str() == "o-10"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceAction {
    /// It sent a message.
    Send(Vref, CapData<Vref>),
    /// It set its state.
    SetState(CapData<Vref>),
    /// It read a key of its store.
    VatstoreGet(String),
    /// It wrote a key of its store.
    VatstoreSet(String, String),
    /// It deleted a key of its store.
    VatstoreDelete(String),
    /// It asked for the key of its store after this one.
    VatstoreNextKey(String),
}

impl DeviceAction {
    /// Does it again.
    ///
    /// # Errors
    /// As [`DeviceSyscalls::send_only`].
    pub fn perform(&self, kernel: &mut dyn DeviceSyscalls) -> Result<(), String> {
        match self {
            Self::Send(target, methargs) => return kernel.send_only(target, methargs),
            Self::SetState(state) => kernel.set_state(state),
            // What a read finds is compared with the table at the end; here it is counted.
            Self::VatstoreGet(key) => drop(kernel.vatstore_get(key)),
            Self::VatstoreSet(key, value) => kernel.vatstore_set(key, value),
            Self::VatstoreDelete(key) => kernel.vatstore_delete(key),
            Self::VatstoreNextKey(after) => drop(kernel.vatstore_next_key(after)),
        }
        Ok(())
    }
}

/// One call, what it led to, and its answer.
///
/// ```
/// use bootfork_kernel::{CapData, RecordedCall, Vref};
///
/// let call = RecordedCall {
///     call: (Vref::new("d+0"), "getLastPolled".into(), CapData::new("#[]", [])),
///     actions: vec![],
///     answer: Ok(CapData::new("#\"+5\"", [])),
/// };
/// assert!(call.answer.is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedCall {
    /// The node, the method and the arguments, in the device's slots.
    pub call: (Vref, String, CapData<Vref>),
    /// What the device did meanwhile, in order.
    pub actions: Vec<DeviceAction>,
    /// What it answered.
    pub answer: Result<CapData<Vref>, String>,
}

/// Answers every call as recorded, found by its place in the kernel's history.
///
/// ```
/// use bootfork_kernel::{
///     CapData, Config, Controller, Device, DeviceCall, NativeWorker, RecordedCall,
///     RecordedDevice, Vref,
/// };
///
/// # use bootfork_kernel::{Syscalls, Vat, VatDelivery, VatError};
/// # struct Idle;
/// # impl Vat for Idle {
/// #     fn deliver(&mut self, _: &VatDelivery, _: &mut dyn Syscalls) -> Result<(), VatError> {
/// #         Ok(())
/// #     }
/// # }
/// # let config = Config::new("main").vat("main", "idle").device("clock", "clock-bundle");
/// # let worker = NativeWorker::new().with("idle", || Box::new(Idle));
/// # let mut controller = Controller::boot(&config, worker)?;
/// let (target, method, arguments) = (Vref::new("d+0"), "now".into(), CapData::new("#[]", []));
/// let call = DeviceCall { crank: 7, delivery: 0, syscall: 2, target, method, arguments };
/// let noon = CapData::new("#12", []);
/// let mut device = RecordedDevice::default();
/// let recorded = (call.target.clone(), call.method.clone(), call.arguments.clone());
/// let answer = Ok(noon.clone());
/// device.insert((7, 0, 2), RecordedCall { call: recorded, actions: vec![], answer });
///
/// let answer = controller.device_input("clock", |kernel| device.invoke(&call, kernel))?;
/// assert_eq!(answer, Ok(Ok(noon)));
/// let elsewhere = DeviceCall { crank: 8, ..call };
/// let answer = controller.device_input("clock", |kernel| device.invoke(&elsewhere, kernel))?;
/// assert!(answer.is_err());
/// # Ok::<(), bootfork_kernel::KernelError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RecordedDevice(BTreeMap<(u64, usize, usize), RecordedCall>);

impl RecordedDevice {
    /// Adds what happened at the given crank, delivery and syscall.
    pub fn insert(&mut self, place: (u64, usize, usize), call: RecordedCall) {
        self.0.insert(place, call);
    }
}

impl Device for RecordedDevice {
    fn invoke(
        &self,
        call: &DeviceCall,
        kernel: &mut dyn DeviceSyscalls,
    ) -> Result<Result<CapData<Vref>, String>, KernelError> {
        let differs = |what: &str, recorded: String, ours: String| {
            let what = format!("{what} of a call to a device");
            let (crank, vat) = (call.crank, VatId(0));
            Err(KernelError::Diverged(Box::new(Divergence { crank, vat, what, recorded, ours })))
        };
        let Some(recorded) = self.0.get(&(call.crank, call.delivery, call.syscall)) else {
            return differs("place", "no such call".into(), format!("{call:?}"));
        };
        let ours = (call.target.clone(), call.method.clone(), call.arguments.clone());
        if recorded.call != ours {
            return differs("form", format!("{:?}", recorded.call), format!("{ours:?}"));
        }
        for action in &recorded.actions {
            if let Err(error) = action.perform(kernel) {
                return differs("action", format!("{action:?}"), error);
            }
        }
        Ok(recorded.answer.clone())
    }
}
