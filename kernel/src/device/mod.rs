//! Devices: what vats call synchronously (KERNEL.md section 11.3).
//!
//! A device keeps what it must remember in the kernel's table and nowhere else; what it holds
//! besides is *authority*, an endowment from the host. Endowments never cross a fork: a fork's
//! host gives its own, or the fork has none.

pub(crate) mod recorded;
mod session;
mod vat_admin;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::capdata::CapData;
use crate::slot::Vref;
use crate::worker::Divergence;

pub(crate) use session::{DeviceSession, invoke};

/// The code of a device, with what its host endowed it with.
pub trait Device: fmt::Debug + Send + Sync {
    /// Answers one call, in the device's own slots.
    ///
    /// An error in the answer reaches the calling vat as such, and harms nobody.
    ///
    /// # Errors
    /// [`Divergence`] if the device replays and was called otherwise than recorded.
    fn invoke(
        &self,
        call: &DeviceCall,
        kernel: &mut dyn DeviceSyscalls,
    ) -> Result<Result<CapData<Vref>, String>, Box<Divergence>>;
}

/// A call to a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCall {
    /// The crank.
    pub crank: u64,
    /// Which delivery of that crank, from 0.
    pub delivery: usize,
    /// Which syscall of that delivery, from 0.
    pub syscall: usize,
    /// The node that is called, such as `d+0`.
    pub target: Vref,
    /// The method.
    pub method: String,
    /// The encoded arguments.
    pub arguments: CapData<Vref>,
}

/// The kernel, as a device sees it.
pub trait DeviceSyscalls {
    /// Sends a message whose result nobody waits for.
    ///
    /// # Errors
    /// The kernel's words if the device names a slot that it does not have.
    fn send_only(&mut self, target: &Vref, methargs: &CapData<Vref>) -> Result<(), String>;

    /// The state that the device set last.
    fn state(&mut self) -> Option<CapData<Vref>>;

    /// Replaces the device's state.
    fn set_state(&mut self, state: &CapData<Vref>);
}

/// The devices of one controller, by name. The vatAdmin device is the kernel's own and needs none.
///
/// ```
/// use bootfork_kernel::Endowments;
///
/// let none = Endowments::default();
/// assert!(none.device("bridge").is_none());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Endowments(BTreeMap<String, Arc<dyn Device>>);

impl Endowments {
    /// Adds a device.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, device: Arc<dyn Device>) -> Self {
        self.0.insert(name.into(), device);
        self
    }

    /// The device of that name.
    pub fn device(&self, name: &str) -> Option<&Arc<dyn Device>> {
        self.0.get(name)
    }
}
